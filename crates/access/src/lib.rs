//! From credentials to a caller and a right, for REST and for sockets; and the handles that every feature works with.
//! Knows no feature.

mod addresses;
pub mod admission;
mod app;
mod attempts;
pub mod caller;
mod client_address;
pub mod config;
mod document_request;
mod flags;
mod headless;
mod headless_names;
mod healing;
mod health;
pub mod idempotency;
mod jwks;
pub mod live_document;
mod mail;
pub mod passwords;
pub mod persons;
pub mod needs;
pub mod rate_limits;
pub mod refusals;
mod remembered;
pub mod rights;
mod session_keys;
mod unadmitted;
pub mod work;

pub use addresses::{Addresses, Entry};
pub use admission::{Admitted, Credentials, KEY_PREFIX};
pub use app::{App, StartError};
pub use attempts::{Browser, SignIns};
pub use caller::{Access, Asker, Caller, Sight, Visitor, check_site};
pub use client_address::ClientAddress;
pub use config::Config;
pub use document_request::{Table, saved};
pub use flags::{Flags, READ_ONLY};
pub use headless::Headless;
pub use headless_names::HeadlessNames;
pub use healing::Healing;
pub use health::{Database, Health};
pub use mail::{Mail, MailError, SendError};
pub use remembered::Remembered;
pub use session_keys::{Cookies, Secure, SessionKeys, Token, rotate};
pub use unadmitted::Unadmitted;
