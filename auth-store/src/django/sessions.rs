//! Django's sessions.

use async_trait::async_trait;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::session::OutsideSessions;
use auth_core::user::UserId;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;

use crate::sql::Row;

use super::DjangoStore;
use super::record::Record;

/// The longest session key: Django's column is a `varchar(40)`.
const MAX_KEY: usize = 40;
/// The shortest that Django takes.
const MIN_KEY: usize = 8;

/// The sessions of the Django project beside us (`django.contrib.sessions.backends.db` and `cached_db`), for
/// [`AuthBuilder::outside_sessions`](auth_core::AuthBuilder::outside_sessions).
///
/// A cookie stands for its user as long as Django would say so: the session is in `django_session` and not over, its data is signed
/// with the `SECRET_KEY` or one of the fallbacks, the account is active, and the password is the one that the session began with.
/// An encoding that [`DjangoStore`] replaced by a newer one of the same password does not count as another password.
#[derive(Clone, Debug)]
pub struct DjangoSessions {
    pub(super) store: DjangoStore,
    pub(super) cookie: String,
}

/// What a session says of its user.
#[derive(Deserialize)]
struct Data {
    #[serde(rename = "_auth_user_id")]
    user: String,
    #[serde(rename = "_auth_user_hash")]
    hash: String,
}

impl DjangoSessions {
    /// The name of the cookie, where it is not `sessionid` (`SESSION_COOKIE_NAME`).
    #[must_use]
    pub fn cookie(mut self, name: impl Into<String>) -> Self {
        self.cookie = name.into();
        self
    }

    async fn data(&self, key: &str, now: Timestamp) -> Result<Option<Data>, StoreError> {
        let inner = &self.store.0;
        let params = [("key", key.into()), ("now", now.into())];
        let data = |row: &Row<'_>| Ok(row.string(0)?.to_owned());
        let stored = inner.database.one(&inner.sql.session, &params, data).await?;
        let opened = stored.and_then(|stored| inner.keys.open_session(&stored));
        // A session of somebody who is not logged in says nothing of a user.
        Ok(opened.and_then(|json| serde_json::from_slice(&json).ok()))
    }

    /// Whether the session began with the password that the account has.
    fn is_of_password(&self, hash: &str, record: &Record) -> bool {
        let present = self.store.0.keys.session_hashes(&record.encoded);
        let replaced = record.still_kept().into_iter().flat_map(|kept| kept.session_hashes.iter().cloned());
        present.chain(replaced).any(|known| known.as_bytes().ct_eq(hash.as_bytes()).into())
    }
}

#[async_trait]
impl OutsideSessions for DjangoSessions {
    fn cookie_name(&self) -> &str {
        &self.cookie
    }

    async fn user_of(&self, cookie: &str, now: Timestamp) -> Result<Option<UserId>, StoreError> {
        if !is_key(cookie) {
            return Ok(None);
        }
        let Some(data) = self.data(cookie, now).await? else { return Ok(None) };
        let Some(record) = self.store.record(&UserId::new(data.user.as_str())).await? else {
            return Ok(None);
        };
        let is_valid = record.user.is_active && self.is_of_password(&data.hash, &record);
        Ok(is_valid.then_some(record.user.id))
    }
}

/// Anything else is not looked up.
fn is_key(text: &str) -> bool {
    (MIN_KEY..=MAX_KEY).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}
