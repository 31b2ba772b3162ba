//! Settings in environment variables.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use figment::providers::Serialized;

pub(super) const PREFIX: &str = "CONSILIUM_";

/// The largest file of a secret, which is a key, a password or a URL. A larger file is the wrong one, or never ends.
const LARGEST_SECRET: u64 = 64 << 10;

/// The environment variable with our prefix that is not a key: it names the configuration file.
pub(super) const NOT_KEYS: [&str; 1] = ["CONFIG"];

/// The names of the variables that are meant as settings.
pub(super) fn settings() -> impl Iterator<Item = String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter(|name| name.strip_prefix(PREFIX).is_some_and(|key| is_setting(key) && !NOT_KEYS.contains(&key)))
}

/// Whether an environment variable, without the prefix, is meant for this program. For a Service whose name begins with
/// consilium, Kubernetes sets variables such as `CONSILIUM_PORT=tcp://…` in every container.
pub fn is_setting(key: &str) -> bool {
    let key = key.to_ascii_uppercase();
    let words: Vec<&str> = key.split('_').collect();
    let is_port = |at: usize| words.get(at) == Some(&"PORT");
    let of_service = |at: usize| words[at] == "SERVICE" && (words.get(at + 1) == Some(&"HOST") || is_port(at + 1));
    let of_port = |at: usize| {
        is_port(at) && words.get(at + 1).is_some_and(|port| port.parse::<u16>().is_ok()) && words.len() > at + 2
    };
    let is_address = key == "PORT" || key.ends_with("_PORT");
    let value = || std::env::var(format!("{PREFIX}{key}")).unwrap_or_default();
    let injected = (0..words.len()).any(|at| of_service(at) || of_port(at)) || (is_address && value().contains("://"));
    let of_file = key.strip_suffix("_FILE").is_some_and(|key| SECRETS.contains(&key.to_ascii_lowercase().as_str()));
    !injected && !of_file
}

/// Keys whose value may be in a file: `CONSILIUM_AUDIT_KEY_FILE` names the file of `audit_key`.
pub(super) const SECRETS: [&str; 9] = [
    "database_url",
    "journal_url",
    "bus_url",
    "files_url",
    "files_key",
    "headless_secret",
    "smtp_url",
    "oidc_client_secret",
    "audit_key",
];

/// # Errors
/// A sentence, when a file cannot be read, or a secret is set twice.
pub fn secrets_from_files() -> Result<Serialized<BTreeMap<&'static str, String>>, String> {
    let mut found = BTreeMap::new();
    for key in SECRETS {
        let name = format!("{PREFIX}{}", key.to_ascii_uppercase());
        let Some(file) = std::env::var_os(format!("{name}_FILE")) else { continue };
        if std::env::var_os(&name).is_some() {
            return Err(format!("{name} and {name}_FILE are both set"));
        }
        let text = read_secret(Path::new(&file))
            .map_err(|error| format!("{name}_FILE: {} cannot be read: {error}", file.to_string_lossy()))?;
        let text = text.trim_end_matches(['\r', '\n']);
        // An empty secret would count as unset, and mean another store or no encryption.
        if text.trim().is_empty() {
            return Err(format!("{name}_FILE: {} is empty", file.to_string_lossy()));
        }
        found.insert(key, text.to_owned());
    }
    Ok(Serialized::defaults(found))
}

/// Reads a file, but refuses one that is too large for a secret.
fn read_secret(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let read = File::open(file)?.take(LARGEST_SECRET + 1).read_to_string(&mut text)?;
    if read as u64 > LARGEST_SECRET {
        return Err(std::io::Error::other("it is larger than 64 KiB"));
    }
    Ok(text)
}
