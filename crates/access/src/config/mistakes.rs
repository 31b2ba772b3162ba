//! Describes a mistake in the configuration to the operator, in one sentence: what was written, where, and which key
//! was probably meant. The values of secrets are never repeated.

use std::path::Path;

use figment::error::Kind;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Metadata, Profile, Provider, Source};

use super::environment::{PREFIX, SECRETS, settings};
use super::{ConfigError, DEFAULTS};

/// The keys in `default.toml`.
fn known_keys() -> Vec<String> {
    dict(&Toml::string(DEFAULTS)).into_keys().collect()
}

fn dict(provider: &impl Provider) -> Dict {
    provider.data().ok().and_then(|mut profiles| profiles.remove(&Profile::Default)).unwrap_or_default()
}

/// Refuses a key that does not exist, in the environment or in the file.
///
/// # Errors
/// The sentence for the operator.
pub(super) fn check_keys(file: Option<&Path>) -> Result<(), ConfigError> {
    let known = known_keys();
    let is_known = |key: &str| known.iter().any(|known| known == key);
    if let Some(file) = file {
        for (key, value) in dict(&Toml::file_exact(file)) {
            if !is_known(&key) {
                // Names the key as it was written: `files.shared` if it is in a table.
                let written = match &value {
                    Value::Dict(_, inner) if inner.len() == 1 => {
                        format!("{key}.{}", inner.keys().next().map_or("", String::as_str))
                    }
                    _ => key,
                };
                let nearest = nearest(&written, &known);
                return refuse(format!("{written} in {} is no setting; the nearest is {nearest}", file.display()));
            }
        }
    }
    for name in settings() {
        let key = name[PREFIX.len()..].to_ascii_lowercase();
        if !is_known(&key) {
            let nearest = format!("{PREFIX}{}", nearest(&key, &known).to_ascii_uppercase());
            return refuse(format!("the environment variable {name} is no setting; the nearest is {nearest}"));
        }
    }
    Ok(())
}

fn refuse(sentence: String) -> Result<(), ConfigError> {
    Err(ConfigError::Refused(sentence))
}

/// The sentence for a value that does not fit its key, or for a file that is not TOML.
pub(super) fn sentence(error: &figment::Error, figment: &Figment) -> String {
    let key = error.path.join(".");
    let metadata = error.metadata.as_ref().or_else(|| figment.find_metadata(&key));
    let place = place(&key, metadata);
    let is_secret = SECRETS.contains(&key.as_str());
    match &error.kind {
        Kind::InvalidType(_, expected) | Kind::InvalidValue(_, expected) if is_secret => {
            format!("{place} must be {expected}: put it in quotes")
        }
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("{place} is {actual}, but must be {expected}")
        }
        Kind::Message(message) => match written(figment, &key).filter(|_| !is_secret) {
            Some(written) => format!("{place} is {written}: {}", in_one_line(message)),
            None => format!("{place}: {}", in_one_line(message)),
        },
        other => format!("{place}: {other}"),
    }
}

/// The value of a key as text, if it is a string or a number.
fn written(figment: &Figment, key: &str) -> Option<String> {
    match figment.find_value(key).ok()? {
        Value::String(_, text) => Some(format!("{text:?}")),
        value => value.to_i128().map(|number| number.to_string()),
    }
}

/// The place of a key, as the operator wrote it.
fn place(key: &str, metadata: Option<&Metadata>) -> String {
    let source = metadata.and_then(|metadata| metadata.source.as_ref());
    match (source, metadata.map(|metadata| metadata.name.as_ref())) {
        (Some(Source::File(file)), _) if key.is_empty() => file.display().to_string(),
        (Some(Source::File(file)), _) => format!("{key} in {}", file.display()),
        (_, Some(name)) if name.contains("environment") => {
            format!("the environment variable {PREFIX}{}", key.replace('.', "_").to_ascii_uppercase())
        }
        _ => key.to_owned(),
    }
}

/// A TOML error in one line, without the excerpt of the file.
fn in_one_line(message: &str) -> String {
    let lines = message.lines().filter(|line| !line.contains('|')).map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(": ")
}

fn nearest<'k>(written: &str, known: &'k [String]) -> &'k str {
    known.iter().min_by_key(|known| distance(written, known)).map_or("", String::as_str)
}

/// The number of characters to insert, delete or replace.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, a) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (column, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_key_is_found() {
        let known = known_keys();
        let cases = [
            ("lisen", "listen"),
            ("revision_day", "revision_days"),
            ("databse_url", "database_url"),
            ("flies_url", "files_url"),
        ];
        for (written, meant) in cases {
            assert_eq!(nearest(written, &known), meant);
        }
        assert_eq!([distance("", "abc"), distance("abc", ""), distance("kitten", "sitting")], [3, 3, 3]);
    }
}
