//! Configuration: one struct, one commented default file, overridden by a file, the environment and
//! the command line, in this order. An unknown key is an error.

mod environment;
mod mistakes;

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use database::DbOptions;
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use ipnet::IpNet;
use journal::JournalOptions;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use vocabulary::Role;

use crate::pre_auth_memory::PreAuthMemory;

/// The reference of all keys, with their reasons.
pub const DEFAULTS: &str = include_str!("default.toml");

/// See `default.toml` for what each key means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: SocketAddr,
    pub data: PathBuf,
    pub database_url: SecretString,
    pub journal_url: SecretString,
    pub bus_url: SecretString,
    pub bus_ca_file: String,
    pub database_connections: u32,
    pub journal_connections: u32,
    pub require_replica_set: bool,
    pub trim_journal: bool,
    pub trash_days: u64,
    pub public_pages: bool,
    pub tls_cert: String,
    pub tls_key: String,
    pub files_url: SecretString,
    pub files_key: SecretString,
    pub largest_file_bytes: u64,
    pub workspace_files_bytes: u64,
    pub import_bytes: u64,
    pub import_unpacked_bytes: u64,
    pub import_ratio: u64,
    pub import_files: u64,
    pub import_depth: u64,
    pub import_pages: u64,
    pub import_days: u32,
    pub unused_file_days: u32,
    pub clamd: String,
    pub export_fonts: String,
    pub frame_origins: Vec<String>,
    pub public_url: String,
    pub trusted_proxies: Vec<IpNet>,
    pub open: bool,
    pub demo: bool,
    pub headless_secret: SecretString,
    pub headless_jwks_url: String,
    pub headless_audience: String,
    pub headless_issuer: String,
    pub headless_workspace: String,
    pub headless_authorship: Authorship,
    pub headless_xml_roots: HashMap<String, Vec<String>>,
    pub headless_keep_deleted: Vec<String>,
    pub smtp_url: SecretString,
    pub mail_from: String,
    pub mail_after_seconds: u32,
    pub mail_digest_seconds: NonZeroU32,
    pub oidc_issuer: String,
    pub oidc_client_id: String,
    pub oidc_client_secret: SecretString,
    pub oidc_name: String,
    pub oidc_scopes: Vec<String>,
    pub oidc_group_claim: String,
    pub oidc_roles: HashMap<String, Role>,
    #[serde(deserialize_with = "role_or_none")]
    pub oidc_first_role: Option<Role>,
    pub audit_key: SecretString,
    pub audit_anchors: String,
    pub allowed_origins: Vec<String>,
    pub requests_per_minute_of_address: NonZeroU32,
    pub requests_per_minute_of_session: NonZeroU32,
    pub log_format: LogFormat,
    pub log_filter: String,
    pub documents_per_socket: usize,
    pub connections_per_address: usize,
    pub unadmitted_bytes: usize,
    pub messages_per_second: u32,
    pub presence_bytes: usize,
    pub presence_bytes_per_second: u32,
    pub loaded_bytes: usize,
    pub building_bytes: usize,
    pub work_waiting_of_person: usize,
    pub idle_room_seconds: u64,
    pub quiet_document_seconds: u64,
    pub revision_quiet_seconds: u64,
    pub revision_days: u32,
    pub webhook_networks: Vec<IpNet>,
    pub webhook_days: u32,
    pub least_free_bytes: u64,
    pub header_seconds: u64,
    pub body_seconds: u64,
    pub stop_seconds: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Authorship {
    Record,
    Enforce,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Human,
    Json,
}

/// Options of the command line that override the configuration.
#[derive(Args, Clone, Debug, Default, Serialize)]
pub struct Overrides {
    /// Address and port to listen on; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// Folder for all data
    #[arg(long, value_name = "FOLDER")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// Any document name, anyone may edit, no sign-in; loopback only
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    /// Fill a new instance with a workspace to look at, and a teammate who types
    #[arg(long)]
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub demo: bool,
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE")]
    #[serde(skip)]
    pub config: Option<PathBuf>,
}

/// The bytes of a key that is written as text, or as `hex:` and hexadecimal digits.
fn key_bytes(name: &str, key: &SecretString, why: &str) -> Result<Option<Vec<u8>>, ConfigError> {
    let refuse = |reason: String| Err(ConfigError::Refused(reason));
    let text = key.expose_secret();
    if text.is_empty() {
        return Ok(None);
    }
    if text.contains("change-me") {
        return refuse(format!("{name} is the placeholder of the example: make one with openssl rand -hex 32"));
    }
    let key = match text.strip_prefix("hex:") {
        Some(digits) => {
            let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
            match (0..digits.len()).step_by(2).map(byte).collect::<Option<Vec<u8>>>() {
                Some(key) => key,
                None => return refuse(format!("{name} is not hexadecimal after hex:")),
            }
        }
        None => text.as_bytes().to_vec(),
    };
    if key.len() < 32 {
        return refuse(format!("{name} must have at least 32 bytes: {why}"));
    }
    Ok(Some(key))
}

#[derive(Debug, Error)]
pub enum ConfigError {
    #[error("the configuration cannot be used: {0}")]
    Refused(String),
}

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;
/// The longest configurable time. Much longer ones would overflow when added to a date or a clock.
const LONGEST_SECONDS: u64 = 100 * 365 * SECONDS_OF_A_DAY;

impl Config {
    /// Reads defaults, file, environment and command line.
    ///
    /// # Errors
    /// [`ConfigError`], which names the value that was written, and where.
    pub fn load(overrides: &Overrides) -> Result<Config, ConfigError> {
        let file = overrides.config.clone().or_else(|| std::env::var_os("CONSILIUM_CONFIG").map(PathBuf::from));
        let mut figment = Figment::from(Toml::string(DEFAULTS));
        if let Some(file) = &file {
            if !file.is_file() {
                return Err(ConfigError::Refused(format!(
                    "the configuration {:?} is not a file",
                    file.display().to_string()
                )));
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        mistakes::check_keys(file.as_deref())?;
        let figment = figment
            .merge(environment::secrets_from_files().map_err(ConfigError::Refused)?)
            .merge(
                Env::prefixed(environment::PREFIX)
                    .ignore(&environment::NOT_KEYS)
                    .filter(|key| environment::is_setting(key.as_str())),
            )
            .merge(Serialized::defaults(overrides));
        let config: Config =
            figment.extract().map_err(|error| ConfigError::Refused(mistakes::sentence(&error, &figment)))?;
        config.checked()
    }

    fn checked(mut self) -> Result<Config, ConfigError> {
        let refuse = |reason: &str| Err(ConfigError::Refused(reason.to_owned()));
        if self.data.as_os_str().is_empty() {
            return refuse("data is empty: name a folder, or leave it out (also in the environment)");
        }
        if self.open && !self.listen.ip().is_loopback() {
            return refuse("open = true lets anyone edit; it listens on loopback addresses only");
        }
        if self.open && self.demo {
            return refuse("demo = true fills a workspace to sign in to; open = true has none");
        }
        for (key, url, schemes) in [
            ("database_url", self.database_url(), &["sqlite:", "postgres://", "postgresql://"][..]),
            (
                "journal_url",
                self.journal_url(),
                &["sqlite:", "postgres://", "postgresql://", "mongodb://", "mongodb+srv://"],
            ),
            ("bus_url", self.bus_url.expose_secret().to_owned(), &["local", "redis://", "rediss://"]),
        ] {
            // Without this check, the value would be taken for a file name, and a new, empty instance would be created
            // there.
            if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
                let mut sentence = format!("{key} begins with one of {}", schemes.join(", "));
                // A value that is not a URL may be a secret.
                let written = masked_url(&url);
                if written != "***" {
                    sentence = format!("{sentence}, not {written:?}");
                }
                return Err(ConfigError::Refused(sentence));
            }
        }
        if self.bus_url.expose_secret() != "local" {
            for (key, url) in [("database_url", self.database_url()), ("journal_url", self.journal_url())] {
                if url.starts_with("sqlite:") {
                    return Err(ConfigError::Refused(format!(
                        "bus_url joins several nodes, and {key} is a file that only one of them has: {key} must name a server"
                    )));
                }
            }
        }
        if self.tls_cert.is_empty() != self.tls_key.is_empty() {
            return refuse("tls_cert and tls_key go together");
        }
        if self.database_connections == 0 || self.journal_connections < 2 {
            return refuse(
                "database_connections must be above 0 and journal_connections above 1: one writes, others read",
            );
        }
        let secret = self.headless_secret.expose_secret();
        if !secret.is_empty() && secret.len() < 32 {
            return refuse("headless_secret must have at least 32 bytes: shorter ones can be guessed from one token");
        }
        let jwks = self.headless_jwks_url.as_str();
        if !jwks.is_empty() && !is_safe_url(jwks) {
            return refuse(
                "headless_jwks_url must start with https://: an attacker on the network could replace the keys and sign in as anyone",
            );
        }
        if !self.oidc_issuer.is_empty() && !is_safe_url(&self.oidc_issuer) {
            return refuse(
                "oidc_issuer must start with https://: an attacker who answers in its place could sign in as anyone",
            );
        }
        if self.oidc_issuer.is_empty() != self.oidc_client_id.is_empty() {
            return refuse("oidc_issuer and oidc_client_id go together");
        }
        self.audit_key_bytes()?;
        let files = self.files_url.expose_secret();
        if !files.is_empty() && !files.starts_with("file:") && !files.starts_with("s3://") {
            return refuse("files_url begins with one of file:, s3://");
        }
        self.files_key_bytes()?;
        if self.largest_file_bytes == 0 || self.largest_file_bytes > i64::MAX as u64 {
            return refuse("largest_file_bytes must be above 0");
        }
        self.allowed_origins =
            self.allowed_origins.iter().map(|written| origin("allowed_origins", written)).collect::<Result<_, _>>()?;
        self.frame_origins =
            self.frame_origins.iter().map(|written| origin("frame_origins", written)).collect::<Result<_, _>>()?;
        if self.frame_origins.iter().any(|origin| !origin.starts_with("https://")) {
            return refuse("frame_origins must start with https://: a page could be changed on its way");
        }
        if self.messages_per_second == 0 || self.documents_per_socket == 0 || self.connections_per_address == 0 {
            return refuse("messages_per_second, documents_per_socket and connections_per_address must be above 0");
        }
        if !(1 << 10..=1 << 20).contains(&self.presence_bytes) || self.presence_bytes_per_second < 1 << 10 {
            return refuse("presence_bytes must be 1024 to 1048576, and presence_bytes_per_second at least 1024");
        }
        if self.unadmitted_bytes < PreAuthMemory::LEAST_BYTES {
            return refuse(
                "unadmitted_bytes must be 2097152 at least: one client may send half of that before it is let in",
            );
        }
        for (key, seconds) in [
            ("idle_room_seconds", self.idle_room_seconds),
            ("quiet_document_seconds", self.quiet_document_seconds),
            ("revision_quiet_seconds", self.revision_quiet_seconds),
            ("header_seconds", self.header_seconds),
            ("body_seconds", self.body_seconds),
            ("stop_seconds", self.stop_seconds),
            ("trash_days", self.trash_days.saturating_mul(SECONDS_OF_A_DAY)),
        ] {
            if seconds > LONGEST_SECONDS {
                return Err(ConfigError::Refused(format!("{key} is at most a hundred years")));
            }
        }
        if !self.public_url.is_empty() {
            if !is_web(&self.public_url) {
                return Err(ConfigError::Refused(format!(
                    "public_url must start with http:// or https://, not {:?}",
                    self.public_url
                )));
            }
            self.public_url = origin("public_url", &self.public_url)?;
        }
        Ok(self)
    }

    /// The configured key of the audit log's chain; `None` if there is none.
    ///
    /// # Errors
    /// When it is too short, or is the placeholder of the example.
    pub fn audit_key_bytes(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        key_bytes("audit_key", &self.audit_key, "shorter ones can be guessed from one row")
    }

    /// The key with which stored files are encrypted; `None` if there is none.
    ///
    /// # Errors
    /// The errors of [`Config::audit_key_bytes`].
    pub fn files_key_bytes(&self) -> Result<Option<Vec<u8>>, ConfigError> {
        key_bytes("files_key", &self.files_key, "shorter ones can be guessed from one file")
    }

    /// The URL of the relational database, or its default.
    pub fn database_url(&self) -> String {
        self.url(&self.database_url, "sqlite:", "consilium.db")
    }

    /// Settings of a database server.
    pub fn database_options(&self) -> DbOptions {
        DbOptions { connections: self.database_connections, ..DbOptions::default() }
    }

    /// Settings of a journal on a server.
    pub fn journal_options(&self) -> JournalOptions {
        JournalOptions {
            connections: self.journal_connections,
            require_replica_set: self.require_replica_set,
            ..JournalOptions::default()
        }
    }

    /// The URL of the journal, or its default.
    pub fn journal_url(&self) -> String {
        self.url(&self.journal_url, "sqlite:", "journal.db")
    }

    /// The URL of the file store, or its default.
    pub fn files_url(&self) -> String {
        self.url(&self.files_url, "file:", "files")
    }

    fn url(&self, configured: &SecretString, scheme: &str, file: &str) -> String {
        match configured.expose_secret() {
            "" => format!("{scheme}{}", self.data.join(file).display()),
            url => url.to_owned(),
        }
    }

    /// Every effective value as TOML, secrets masked.
    pub fn describe(&self) -> String {
        let masked = |secret: &SecretString| masked_url(secret.expose_secret());
        let text = |key: &str, value: &str| format!("{key} = {value:?}\n");
        let hidden = |secret: &SecretString| if secret.expose_secret().is_empty() { "" } else { "***" };
        [
            text("listen", &self.listen.to_string()),
            text("data", &self.data.display().to_string()),
            text("database_url", &masked(&self.database_url.expose_or(&self.database_url()))),
            text("journal_url", &masked(&self.journal_url.expose_or(&self.journal_url()))),
            text("bus_url", &masked(&self.bus_url)),
            text("bus_ca_file", &self.bus_ca_file),
            format!("database_connections = {}\n", self.database_connections),
            format!("journal_connections = {}\n", self.journal_connections),
            format!("require_replica_set = {}\n", self.require_replica_set),
            format!("trim_journal = {}\n", self.trim_journal),
            format!("trash_days = {}\n", self.trash_days),
            format!("public_pages = {}\n", self.public_pages),
            text("files_url", &masked(&self.files_url.expose_or(&self.files_url()))),
            text("files_key", hidden(&self.files_key)),
            format!("largest_file_bytes = {}\n", self.largest_file_bytes),
            format!("workspace_files_bytes = {}\n", self.workspace_files_bytes),
            format!("import_bytes = {}\n", self.import_bytes),
            format!("import_unpacked_bytes = {}\n", self.import_unpacked_bytes),
            format!("import_ratio = {}\n", self.import_ratio),
            format!("import_files = {}\n", self.import_files),
            format!("import_depth = {}\n", self.import_depth),
            format!("import_pages = {}\n", self.import_pages),
            format!("import_days = {}\n", self.import_days),
            format!("unused_file_days = {}\n", self.unused_file_days),
            text("clamd", &self.clamd),
            text("export_fonts", &self.export_fonts),
            format!("frame_origins = {:?}\n", self.frame_origins),
            text("public_url", &self.public_url),
            text("tls_cert", &self.tls_cert),
            text("tls_key", &self.tls_key),
            format!("trusted_proxies = {}\n", list(&self.trusted_proxies)),
            format!("open = {}\ndemo = {}\n", self.open, self.demo),
            text("headless_secret", hidden(&self.headless_secret)),
            text("headless_jwks_url", &self.headless_jwks_url),
            text("headless_audience", &self.headless_audience),
            text("headless_issuer", &self.headless_issuer),
            text("headless_workspace", &self.headless_workspace),
            text(
                "headless_authorship",
                if self.headless_authorship == Authorship::Enforce { "enforce" } else { "record" },
            ),
            format!("headless_xml_roots = {}\n", inline_table(&self.headless_xml_roots, Vec::clone)),
            format!("headless_keep_deleted = {:?}\n", self.headless_keep_deleted),
            text("smtp_url", &masked(&self.smtp_url)),
            text("mail_from", &self.mail_from),
            format!("mail_after_seconds = {}\n", self.mail_after_seconds),
            format!("mail_digest_seconds = {}\n", self.mail_digest_seconds),
            text("oidc_issuer", &self.oidc_issuer),
            text("oidc_client_id", &self.oidc_client_id),
            text("oidc_client_secret", hidden(&self.oidc_client_secret)),
            text("oidc_name", &self.oidc_name),
            format!("oidc_scopes = {:?}\n", self.oidc_scopes),
            text("oidc_group_claim", &self.oidc_group_claim),
            format!("oidc_roles = {}\n", inline_table(&self.oidc_roles, |role| role.as_str().to_owned())),
            text("oidc_first_role", self.oidc_first_role.map_or("", Role::as_str)),
            text("audit_key", hidden(&self.audit_key)),
            text("audit_anchors", &self.audit_anchors),
            format!("allowed_origins = {:?}\n", self.allowed_origins),
            format!("requests_per_minute_of_address = {}\n", self.requests_per_minute_of_address),
            format!("requests_per_minute_of_session = {}\n", self.requests_per_minute_of_session),
            text("log_format", if self.log_format == LogFormat::Json { "json" } else { "human" }),
            text("log_filter", &self.log_filter),
            format!("documents_per_socket = {}\n", self.documents_per_socket),
            format!("connections_per_address = {}\n", self.connections_per_address),
            format!("unadmitted_bytes = {}\n", self.unadmitted_bytes),
            format!("messages_per_second = {}\n", self.messages_per_second),
            format!("presence_bytes = {}\n", self.presence_bytes),
            format!("presence_bytes_per_second = {}\n", self.presence_bytes_per_second),
            format!("loaded_bytes = {}\nidle_room_seconds = {}\n", self.loaded_bytes, self.idle_room_seconds),
            format!("quiet_document_seconds = {}\n", self.quiet_document_seconds),
            format!("building_bytes = {}\n", self.building_bytes),
            format!("work_waiting_of_person = {}\n", self.work_waiting_of_person),
            format!("revision_quiet_seconds = {}\n", self.revision_quiet_seconds),
            format!("revision_days = {}\n", self.revision_days),
            format!("webhook_networks = {}\n", list(&self.webhook_networks)),
            format!("webhook_days = {}\n", self.webhook_days),
            format!("least_free_bytes = {}\n", self.least_free_bytes),
            format!("header_seconds = {}\nbody_seconds = {}\n", self.header_seconds, self.body_seconds),
            format!("stop_seconds = {}\n", self.stop_seconds),
        ]
        .concat()
    }
}

/// A URL with its user and password masked, and all parameters that may be secret.
pub fn masked_url(url: &str) -> String {
    // Masked before the parameters are split off, because a password that was not escaped may contain a question mark.
    let masked = without_user(url);
    let Some((url, parameters)) = masked.split_once('?') else { return masked };
    let parameters: Vec<String> = parameters
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, _)) if is_public(name) => parameter.to_owned(),
            Some((name, _)) => format!("{name}=***"),
            None => "***".to_owned(),
        })
        .collect();
    format!("{url}?{}", parameters.join("&"))
}

/// Whether a parameter only says where something is or how it is reached. All others may be secrets.
fn is_public(parameter: &str) -> bool {
    const PUBLIC: [&str; 12] = [
        "sslmode",
        "ssl-mode",
        "sslrootcert",
        "host",
        "port",
        "dbname",
        "application_name",
        "region",
        "endpoint",
        "replicaset",
        "authsource",
        "tls",
    ];
    PUBLIC.contains(&parameter.to_ascii_lowercase().as_str())
}

fn without_user(url: &str) -> String {
    let parts = url.split_once("://").and_then(|(scheme, rest)| rest.rsplit_once('@').map(|(_, host)| (scheme, host)));
    match parts {
        Some((scheme, host)) => format!("{scheme}://***@{host}"),
        None if url.is_empty() || url.contains(':') || url == "local" => url.to_owned(),
        None => "***".to_owned(),
    }
}

fn is_web(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| scheme == "http" || scheme == "https")
}

/// An origin as browsers write it: they send `https://plans.example.org` for `https://Plans.example.org:443/`.
fn origin(key: &str, written: &str) -> Result<String, ConfigError> {
    let refuse = |reason: &str| Err(ConfigError::Refused(format!("{key} {reason}: {written:?}")));
    if written.contains(|c: char| c == '\\' || c == '*' || c.is_whitespace() || c.is_control()) {
        return refuse("is one exact scheme and host, without spaces, \\ and *");
    }
    if !is_web(written) {
        // An origin such as chrome-extension://…, which browsers send unchanged.
        return match written.split_once("://") {
            Some((scheme, host)) if !scheme.is_empty() && !host.is_empty() && !host.contains('/') => {
                Ok(written.to_owned())
            }
            _ => refuse("is a scheme and a host, such as https://app.example"),
        };
    }
    let Ok(url) = reqwest::Url::parse(written) else {
        return refuse("is no URL that a browser opens: check its host and port");
    };
    if written.contains('@') {
        return refuse("has a host, and no name or password: it is in every link and mail");
    }
    // The rest is checked as it was written: nothing may follow the host, not even a second `/` or an empty `?`.
    let path = written.split_once("://").and_then(|(_, rest)| rest.split_once(['/', '?', '#'])).map(|(_, path)| path);
    if url.path() != "/" || path.is_some_and(|path| !path.is_empty()) || written.ends_with(['?', '#']) {
        return refuse("must be a scheme and a host, without a path: serve Consilium on a host name of its own");
    }
    Ok(url.origin().ascii_serialization())
}

/// Whether a URL uses TLS or is on this machine.
fn is_safe_url(url: &str) -> bool {
    let local = ["http://127.0.0.1:", "http://localhost:", "http://[::1]:"];
    url.starts_with("https://") || local.iter().any(|start| url.starts_with(start))
}

/// Parses a role; `""` is none.
fn role_or_none<'de, D: serde::Deserializer<'de>>(field: D) -> Result<Option<Role>, D::Error> {
    let text = String::deserialize(field)?;
    match (text.as_str(), Role::parse(&text)) {
        ("", _) => Ok(None),
        (_, Some(role)) => Ok(Some(role)),
        (_, None) => Err(serde::de::Error::custom("a role is viewer, analyst, manager or admin")),
    }
}

fn list(networks: &[IpNet]) -> String {
    format!("{:?}", networks.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// Writes a table as a single line of TOML, sorted by name.
fn inline_table<T, S: std::fmt::Debug>(table: &HashMap<String, T>, shown: impl Fn(&T) -> S) -> String {
    let sorted: BTreeMap<_, _> = table.iter().collect();
    let pairs: Vec<String> = sorted.into_iter().map(|(name, value)| format!("{name:?} = {:?}", shown(value))).collect();
    format!("{{ {} }}", pairs.join(", "))
}

trait ExposeOr {
    fn expose_or(&self, fallback: &str) -> SecretString;
}

impl ExposeOr for SecretString {
    /// A mask for the secret; empty if the secret is empty.
    fn expose_or(&self, fallback: &str) -> SecretString {
        if self.expose_secret().is_empty() { fallback.into() } else { self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(toml: &str) -> Result<Config, String> {
        Figment::from(Toml::string(DEFAULTS)).merge(Toml::string(toml)).extract().map_err(|error| error.to_string())
    }

    #[test]
    fn defaults_are_complete_and_unknown_keys_are_errors() {
        let config = parse("").expect("the defaults");
        assert!(config.database_url().ends_with("consilium.db"));
        let error = parse("lisen = \"x\"").expect_err("a typo");
        assert!(error.contains("lisen"), "{error}");
    }

    #[test]
    fn secrets_are_never_described() {
        let config =
            parse("headless_secret = \"hush-hush-hush-hush-hush-hush-hush\"\ndatabase_url = \"postgres://u:pw@db/x\"");
        let text = config.expect("both are strings").describe();
        assert!(!text.contains("hush") && !text.contains("pw") && text.contains("postgres://***@db/x"), "{text}");
        // The description that is printed can be parsed again.
        parse(&text).expect("the description is a configuration");
    }

    #[test]
    fn keys_are_not_fetched_in_the_clear() {
        for (url, allowed) in
            [("https://id.example/jwks", true), ("http://127.0.0.1:9/jwks", true), ("http://id.example/jwks", false)]
        {
            let config = parse(&format!("headless_jwks_url = \"{url}\"")).expect("well-formed");
            assert_eq!(config.checked().is_ok(), allowed, "{url}");
        }
    }

    /// [OPS-9] Values with which the server would start but not work are refused.
    #[test]
    fn values_that_cannot_work_are_refused() {
        for text in [
            "header_seconds = 9223372036854775807",
            "revision_quiet_seconds = 9223372036854775807",
            "trash_days = 9223372036854775807",
            "public_url = \"http://\"",
            "public_url = \"https://user:secret@example.org\"",
        ] {
            assert!(parse(text).expect("well-formed").checked().is_err(), "{text}");
        }
        assert!(parse("public_url = \"https://example.org/\"").expect("well-formed").checked().is_ok());
    }

    /// [OPS-9] Origins are turned into the form that browsers send, or are refused.
    #[test]
    fn origins_are_what_browsers_send() {
        for (written, sent) in [
            ("HTTPS://Plans.Example.org:443/", "https://plans.example.org"),
            ("http://EXAMPLE.org:80", "http://example.org"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
            ("https://app.example:8443", "https://app.example:8443"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            for key in ["public_url", "allowed_origins"] {
                assert_eq!(origin(key, written).expect(written), sent);
            }
        }
        assert_eq!(origin("allowed_origins", "chrome-extension://abc").expect("as it is"), "chrome-extension://abc");
        for bad in [
            "https:\\\\example.org",
            "https://example.org\\",
            "https://example.org/plans",
            "https://example.org//",
            "https://example.org?",
            "https://example.org/#",
            "https://*.example",
            "*",
            "null",
            "https://",
            "example.org",
            "https://u:p@example.org",
            "https://example.org:99999",
            "https://exa mple.org",
            "",
        ] {
            assert!(origin("allowed_origins", bad).is_err(), "{bad}");
        }
        let config = parse("allowed_origins = [\"HTTPS://App.Example:443\"]\npublic_url = \"HTTPS://Example.org\"");
        let config = config.expect("well-formed").checked().expect("both are origins");
        assert_eq!(
            (config.public_url.as_str(), &*config.allowed_origins),
            ("https://example.org", &["https://app.example".to_owned()][..])
        );
        assert!(parse("data = \"\"").expect("well-formed").checked().is_err(), "no folder is named");
    }

    #[test]
    fn an_open_server_stays_on_loopback() {
        let config = parse("open = true\nlisten = \"0.0.0.0:80\"").expect("well-formed");
        assert!(config.checked().is_err());
    }
}
