//! By what name a client knows a user.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::Error;
use crate::user::UserId;

use super::{OAuthClient, Server, SubjectType};

impl Server {
    /// The user's id, or, for a client with pairwise subjects, a name of which nobody but us can tell whose it is: another one in each
    /// sector (OpenID Connect Core 1.0 section 8.1).
    ///
    /// # Errors
    /// `Configuration` where such a client is kept, and nothing was given to make names from.
    pub(super) fn subject(&self, client: &OAuthClient, user: &UserId) -> Result<String, Error> {
        if client.subject == SubjectType::Public {
            return Ok(user.as_str().to_owned());
        }
        let (sector, hash) = client.sector().zip(self.pairwise_hash.as_ref()).ok_or_else(|| {
            let id = client.id();
            Error::configuration(format!(
                "the client `{id}` has pairwise subjects, and there is nothing to make them from: call `.pairwise_secret(..)`"
            ))
        })?;
        Ok(URL_SAFE_NO_PAD.encode(hash.hash([sector.as_str(), user.as_str()].join("\n").as_bytes())))
    }
}
