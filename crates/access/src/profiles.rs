//! Rules for the names and colours of people and guests.

use endpoint::{Error, Result};
use sha2::{Digest, Sha256};

/// Colours of carets and avatars, with a contrast of 5:1 to white text and 3:1 to both backgrounds.
const COLORS: [&str; 12] = [
    "#b4472d", "#96590b", "#6b6a12", "#2f7030", "#0f7263", "#0d6a8c", "#3566bd", "#6257c8", "#9244b6", "#ad3480",
    "#b13a56", "#5e6470",
];

/// The colour of a person, the same everywhere.
pub fn color_of(email: &str) -> String {
    let hash = Sha256::digest(email.to_lowercase());
    COLORS[usize::from(hash[0]) % COLORS.len()].to_owned()
}

/// # Errors
/// [`Error::Invalid`] unless the name is acceptable.
pub fn check_person_name(name: &str) -> Result<()> {
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(Error::Invalid("a name has 1 to 200 characters"));
    }
    Ok(())
}

/// # Errors
/// [`Error::Invalid`] unless a caret in this colour is visible on both backgrounds.
pub fn check_color(color: &str) -> Result<()> {
    if COLORS.contains(&color) {
        Ok(())
    } else {
        Err(Error::Invalid("this colour is not allowed for carets and avatars"))
    }
}
