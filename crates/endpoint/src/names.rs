//! Document names in the addresses of sockets and in REST paths.

use percent_encoding::percent_decode_str;

use crate::Error;

/// Longest name in bytes. Names become paths, log fields and rows, and need no more.
const MAX_NAME_BYTES: usize = 512;

/// Decodes a path once, so that `Plan ü` is the same document on both paths.
///
/// # Errors
/// [`Error::Invalid`] when it is not a name.
pub fn document_name(path: &str) -> Result<String, Error> {
    let name =
        percent_decode_str(path).decode_utf8().map_err(|_| Error::Invalid("a document name is not valid UTF-8"))?;
    check_name(&name)?;
    Ok(name.into_owned())
}

/// # Errors
/// [`Error::Invalid`] unless it has 1 to 512 bytes and no control characters.
pub fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name.len() > MAX_NAME_BYTES {
        return Err(Error::Invalid("a document name has 1 to 512 bytes"));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::Invalid("a document name has no control characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_once() {
        assert_eq!(document_name("Plan%20%C3%BC").expect("a name"), "Plan ü");
        assert_eq!(document_name("a/b%2525").expect("a name"), "a/b%25");
        assert!(document_name("").is_err() && document_name("%00").is_err() && document_name("%ff").is_err());
        assert!(document_name(&"x".repeat(513)).is_err());
    }
}
