//! Makes JSON that JavaScript wrote readable for yrs without changing its length. yrs refuses two things that
//! `JSON.stringify` writes: half a surrogate pair as an escape, which remains when a preview is cut within an emoji,
//! and whole numbers up to 1e21 as digits, if they do not fit an `i64`.

/// The same JSON in a form that yrs can read, with the same length. Half a surrogate pair becomes U+FFFD, as when
/// JavaScript writes UTF-8, and a large number gets an exponent. `None` if yrs can read the original.
pub(crate) fn readable(json: &str) -> Option<String> {
    // Nearly all JSON has neither escapes nor large numbers.
    let has_escapes = json.contains("\\u");
    let is_suspect = |run: &[u8]| run.len() >= DIGITS_OF_I64;
    if !has_escapes && !json.as_bytes().split(|byte| !byte.is_ascii_digit()).any(is_suspect) {
        return None;
    }
    let mut out = json.as_bytes().to_vec();
    let (mut at, mut in_string) = (0, false);
    while at < out.len() {
        match out[at] {
            b'"' => in_string = !in_string,
            b'\\' if in_string => {
                at += escape(&mut out, at);
                continue;
            }
            byte if !in_string && (byte.is_ascii_digit() || byte == b'-') => {
                at += number(&mut out, at);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    // The result is still UTF-8, because only ASCII was replaced, by ASCII.
    String::from_utf8(out).ok().filter(|readable| readable != json)
}

/// The digits of `i64::MAX`.
const DIGITS_OF_I64: usize = 19;

/// Replaces the escape at a place if it is half a pair, and returns the length of the escape or pair.
fn escape(json: &mut [u8], at: usize) -> usize {
    let (first, second) = (unit(json, at), unit(json, at + 6));
    match (first, second) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
        (Some(0xd800..=0xdfff), _) => {
            json[at + 2..at + 6].copy_from_slice(b"fffd");
            6
        }
        _ => 2,
    }
}

/// The UTF-16 unit that an escape means.
fn unit(json: &[u8], at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Gives the number at a place an exponent if it is whole and larger than an `i64`, and returns its length.
fn number(json: &mut [u8], at: usize) -> usize {
    let is_of_number = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    let len = json[at..].iter().take_while(is_of_number).count();
    let digits = &mut json[at..at + len];
    let whole = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<u64>().ok());
    if whole.is_some_and(|whole| i64::try_from(whole).is_err()) {
        // Beyond the 17 digits of a double, JavaScript writes zeros.
        digits[len - 2..].copy_from_slice(b"e2");
    }
    len
}

#[cfg(test)]
mod tests {
    use super::readable;

    /// [SYNC-25] JSON that yrs reads stays unchanged. Half a surrogate pair and large whole numbers become readable,
    /// and the length stays the same.
    #[test]
    fn what_javascript_writes_is_readable() {
        for fine in [
            r#"{"a":1,"b":[true,null,"\u00e9 \ud83d\ude00 \\ud83d"]}"#,
            "9223372036854775807",
            "[-9223372036854775808,1e20,0.12345678901234567890123]",
            r#"["18446744073709550000",18446744073709552000]"#,
            "100000000000000000000",
        ] {
            assert_eq!(readable(fine), None, "{fine}");
        }
        for (written, expected) in [
            (r#"{"comment":"so good \ud83d"}"#, r#"{"comment":"so good \ufffd"}"#),
            (r#""\ude00\ud83d\ud83d\ude00""#, r#""\ufffd\ufffd\ud83d\ude00""#),
            (r#"["\\\ud83d",1]"#, r#"["\\\ufffd",1]"#),
            (r#"{"id":10000000000000000000}"#, r#"{"id":100000000000000000e2}"#),
            ("[-1,18446744073709550000]", "[-1,184467440737095500e2]"),
        ] {
            let found = readable(written).unwrap_or_else(|| panic!("{written} is not read"));
            assert_eq!(found, expected);
            assert_eq!(found.len(), written.len());
            serde_json::from_str::<serde_json::Value>(&found).expect("JSON");
            yrs::Any::from_json(&found).unwrap_or_else(|error| panic!("yrs does not read {found}: {error}"));
        }
    }
}
