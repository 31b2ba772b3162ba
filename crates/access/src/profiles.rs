//! The names and colours that people and guests may have.

use endpoint::{Error, Result};
use sha2::{Digest, Sha256};

/// Carets and avatars: 5:1 under white, 3:1 on both grounds.
const COLORS: [&str; 12] = [
    "#b4472d", "#96590b", "#6b6a12", "#2f7030", "#0f7263", "#0d6a8c", "#3566bd", "#6257c8", "#9244b6", "#ad3480",
    "#b13a56", "#5e6470",
];

/// A person keeps one colour everywhere.
pub fn color_of(email: &str) -> String {
    let hash = Sha256::digest(email.to_lowercase());
    COLORS[usize::from(hash[0]) % COLORS.len()].to_owned()
}

/// # Errors
/// [`Error::Invalid`] unless somebody could be called so.
pub fn check_person_name(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(Error::Invalid("a name has 1 to 200 characters"));
    }
    Ok(())
}

/// # Errors
/// [`Error::Invalid`] unless a caret can have it on both grounds.
pub fn check_color(color: &str) -> Result<()> {
    if COLORS.contains(&color) { Ok(()) } else { Err(Error::Invalid("this is no colour of carets and avatars")) }
}
