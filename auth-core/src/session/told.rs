//! Telling OAuth clients that a session has ended (OpenID Connect Back-Channel Logout 1.0).
//!
//! Who is told stands in the session. A letter to each is in the outbox before the session is gone: should one of the two fail, whoever tries
//! again finds the session still there, and a client is told twice rather than never.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::user::{EndedSessions, LetterKind, UserId};

#[cfg(feature = "server")]
use super::SessionKey;
use super::{SessionHandle, SessionRecord, Sessions};

/// How many clients a session tells of its end at most: those that came first.
#[cfg(feature = "server")]
const MOST_TOLD: usize = 100;

/// For how long it is tried to tell a client.
const TRIED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// What a client is to be told: whose session is over, and which.
#[derive(Deserialize, Serialize)]
pub(crate) struct LogoutLetter {
    pub(crate) client: String,
    pub(crate) user: String,
    pub(crate) session: String,
}

impl Sessions {
    /// Has a client told when this session ends. One that has ended meanwhile stays so: nothing is given in it any more.
    ///
    /// # Errors
    /// `Unavailable`.
    #[cfg(feature = "server")]
    pub(crate) async fn tell_at_end(&self, key: &SessionKey, client: &str) -> Result<(), Error> {
        for _ in 0..super::service::WRITE_ATTEMPTS {
            let Some(record) = self.find(key, self.clock.now()).await? else { return Ok(()) };
            let told = record.told_clients();
            if told.len() >= MOST_TOLD || told.iter().any(|held| **held == *client) {
                return Ok(());
            }
            let expected = record.data_version();
            let mut data = record.extra.as_deref().cloned().unwrap_or_default();
            data.version = expected + 1;
            data.told_clients.push(client.into());
            if self.store.write_data(key, expected, data).await? {
                return Ok(());
            }
        }
        Err(super::service::contended())
    }

    /// Posts what the clients of a session are told that is about to end.
    pub(super) async fn post_end(&self, record: &SessionRecord) -> Result<(), Error> {
        let Some(outbox) = &self.outbox else { return Ok(()) };
        for client in record.told_clients() {
            let letter = LogoutLetter {
                client: client.as_ref().to_owned(),
                user: record.user.as_str().to_owned(),
                session: record.handle.to_string(),
            };
            outbox.post(outbox.sealed(LetterKind::Logout, &letter, TRIED_FOR)?).await?;
        }
        Ok(())
    }

    /// The same of all sessions of a user but one.
    pub(super) async fn post_ends(&self, user: &UserId, keep: Option<&SessionHandle>) -> Result<(), Error> {
        if self.outbox.is_none() {
            return Ok(());
        }
        for record in self.store.list(user).await?.iter().filter(|record| keep != Some(&record.handle)) {
            self.post_end(record).await?;
        }
        Ok(())
    }

    /// The user's sessions, where some of them may have to make room.
    pub(super) async fn before_making_room(&self, user: &UserId) -> Result<Vec<Arc<SessionRecord>>, Error> {
        match self.outbox.is_some() && self.config.max.is_some() {
            true => Ok(self.store.list(user).await?),
            false => Ok(Vec::new()),
        }
    }
}

#[async_trait]
impl EndedSessions for Sessions {
    async fn all_have_ended(&self, user: &UserId) -> Result<(), Error> {
        self.forget_others(user, None).await
    }
}
