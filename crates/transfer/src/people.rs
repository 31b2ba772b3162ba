//! People in the files of an export: by their email address, so that they can be recognised on another instance, and by
//! name.

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, Utc};
use database::{Db, accounts, members};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use vocabulary::{AccountId, WorkspaceId};

/// A person. Somebody without an address has no account on the instance that made the export.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub struct Person {
    #[serde(default)]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// The people of an export.
pub struct People<'a> {
    db: &'a Db,
    accounts: HashMap<Uuid, Option<(String, String)>>,
}

impl<'a> People<'a> {
    pub fn of(db: &'a Db) -> People<'a> {
        People { db, accounts: HashMap::new() }
    }

    /// The person with this id, shown under this name. If the name is not that of the account, the person is somebody
    /// else, whose name came with an import, and has no address.
    pub async fn person(&mut self, id: Uuid, name: &str) -> sqlx::Result<Person> {
        if !self.accounts.contains_key(&id) {
            let found = accounts::find(self.db, AccountId(id)).await?;
            self.accounts.insert(id, found.map(|account| (account.name, account.email)));
        }
        let own = self.accounts.get(&id).and_then(Option::as_ref);
        let email = own.filter(|(own, email)| own == name && email.contains('@')).map(|(_, email)| email.clone());
        Ok(Person { name: name.to_owned(), email })
    }

    /// The account with this id.
    pub async fn account(&mut self, id: Uuid) -> sqlx::Result<Person> {
        let found = accounts::find(self.db, AccountId(id)).await?;
        self.person(id, &found.map(|account| account.name).unwrap_or_default()).await
    }
}

/// The people whom an import names.
pub struct Known<'a> {
    db: &'a Db,
    workspace: WorkspaceId,
    members: HashMap<String, Option<AccountId>>,
}

impl<'a> Known<'a> {
    pub fn of(db: &'a Db, workspace: WorkspaceId) -> Known<'a> {
        Known { db, workspace, members: HashMap::new() }
    }

    /// The member with the address of a person.
    pub async fn member(&mut self, person: &Person) -> sqlx::Result<Option<AccountId>> {
        let Some(email) = person.email.as_deref().filter(|email| email.contains('@')) else { return Ok(None) };
        if let Some(known) = self.members.get(email) {
            return Ok(*known);
        }
        let account = accounts::by_email(self.db, email).await?.map(|account| account.account_id);
        let member = match account {
            Some(account) => members::find(self.db, self.workspace, account).await?.map(|_| account),
            None => None,
        };
        self.members.insert(email.to_owned(), member);
        Ok(member)
    }
}

/// A time as exports write it, with microseconds, which both kinds of databases keep.
pub fn written(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}
