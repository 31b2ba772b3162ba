//! The virus scanner, if one is configured.

use endpoint::Result;

use crate::Files;
use crate::incoming::Incoming;

impl Files {
    pub(crate) async fn scan(&self, _: &Incoming) -> Result<()> {
        Ok(())
    }
}
