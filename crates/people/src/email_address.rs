//! Email addresses. Two addresses that look the same must be the same, because an address is an identity: invisible
//! characters are refused, and so is everything that mail servers would not accept.

use endpoint::{Error, Result};

/// The limit of SMTP (RFC 5321).
const LONGEST_BYTES: usize = 254;
const LONGEST_USER_BYTES: usize = 64;
const LONGEST_LABEL_BYTES: usize = 63;
/// The signs of an unquoted address (RFC 5322), besides letters, digits and dots.
const SIGNS: &str = "!#$%&'*+-/=?^_`{|}~";

/// Checks an address without spaces around it.
///
/// # Errors
/// [`Error::Invalid`].
pub fn check_email(email: &str) -> Result<()> {
    if is_address(email) { Ok(()) } else { Err(Error::Invalid("this is not an email address")) }
}

fn is_address(email: &str) -> bool {
    let Some((user, host)) = email.split_once('@') else { return false };
    let is_user = |part: &str| !part.is_empty() && part.chars().all(|c| is_letter(c) || SIGNS.contains(c));
    // A second @ is refused, because no part of a host may have it.
    email.len() <= LONGEST_BYTES
        && user.len() <= LONGEST_USER_BYTES
        && user.split('.').all(is_user)
        && host.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    (1..=LONGEST_LABEL_BYTES).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| is_letter(c) || c == '-')
}

/// Whether a character is a letter or digit of any script, as in international addresses. Format characters, combining
/// marks and spaces are not allowed, nor are compatibility forms, such as full-width letters, which look like other
/// letters.
fn is_letter(c: char) -> bool {
    let is_compatibility_form = matches!(c, '\u{fb00}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' | '\u{ff00}'..='\u{ffef}' | '\u{1d400}'..='\u{1d7ff}' | '\u{2100}'..='\u{218f}' | '\u{2460}'..='\u{24ff}');
    c.is_ascii_alphanumeric() || (!c.is_ascii() && c.is_alphanumeric() && !is_compatibility_form)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [AUTH-25] B9: an address has one "@", and no characters that are invisible or look like others.
    #[test]
    fn look_alikes_of_an_address_are_refused() {
        for good in [
            "a@example.org",
            "ana.alvarez+plan@mail.example.co.uk",
            "o'brien_1@x-y.org",
            "ana@localhost",
            "jürgen@müller.example",
            "пётр@пример.рф",
            "用户@例子.广告",
        ] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "a",
            "@example.org",
            "a@",
            "a@b@c",
            "a@@c",
            "a@b..c",
            ".a@b",
            "a.@b",
            "a@-b",
            "a@b-",
            "a@b.",
            "a b@c",
            "a@b c",
            "\"a\"@b",
            "a,b@c",
            "a;b@c",
            "<a@b>",
            "a:b@c",
            "a(b)@c",
            "a@[127.0.0.1]",
            "a\\b@c",
            &long,
        ] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
        // Zero width, joiners, direction marks, soft hyphen, BOM, variation selector, tags, controls, spaces, a
        // combining mark, full-width and mathematical letters.
        for hidden in [
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{ad}',
            '\u{feff}',
            '\u{fe0f}',
            '\u{e0061}',
            '\u{0}',
            '\u{7f}',
            '\u{85}',
            '\u{a0}',
            '\u{3000}',
            '\u{2028}',
            '\u{301}',
            '\u{34f}',
            '\u{180e}',
            '\u{ff41}',
            '\u{1d41a}',
            '\u{212a}',
        ] {
            for address in [
                format!("a@example.org{hidden}"),
                format!("a{hidden}@example.org"),
                format!("{hidden}a@example.org"),
                format!("a@exam{hidden}ple.org"),
            ] {
                assert!(check_email(&address).is_err(), "{:?}", address);
            }
        }
    }
}
