//! Who may register clients, and what for.

use std::time::Duration;

use crate::error::Error;
use crate::key::weakness;
use crate::secret::Secret;
use crate::token::OPENID;

use super::super::client::SecretDigest;

/// For how long a client stays that anybody could register, before somebody uses it.
pub(super) const UNUSED_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// For how long it stays once it was used: as long as a refresh token of its lives.
pub(in crate::server) const USED_LIFE: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Who may register clients by `POST /auth/clients` (RFC 7591).
///
/// ```
/// use auth_core::server::{ClientRegistration, ServerConfig};
///
/// let config = ServerConfig::new()
///     .scope("reports:read", [("en", "Read your reports")])
///     .client_registration(ClientRegistration::Open)
///     .registrable_scopes(["openid", "reports:read"]);
/// # let _ = config;
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum ClientRegistration {
    /// Whoever brings this initial access token, 32 random characters or more, as `Authorization: Bearer`.
    InitialAccessToken(Secret),
    /// Nobody: there are no such routes.
    #[default]
    Off,
    /// Anybody. What is registered so is public, comes by codes alone, and is gone after a day in which nobody used it, or after 90 days
    /// since it last was.
    Open,
}

/// What clients may be that nobody of the operator's registered.
#[derive(Clone, Debug)]
pub(crate) struct RegistrationRules {
    /// What has to be brought; nothing where anybody may.
    pub(super) token: Option<SecretDigest>,
    pub(in crate::server) scopes: Vec<String>,
    pub(in crate::server) resources: Vec<String>,
}

impl RegistrationRules {
    /// The rules; nothing where nobody may.
    ///
    /// # Errors
    /// `Configuration` for an initial access token that can be guessed.
    pub(crate) fn new(
        registration: &ClientRegistration,
        scopes: Vec<String>,
        resources: Vec<String>,
    ) -> Result<Option<Self>, Error> {
        let token = match registration {
            ClientRegistration::Off => return Ok(None),
            ClientRegistration::Open => None,
            ClientRegistration::InitialAccessToken(token) => {
                check_token(token)?;
                Some(SecretDigest::of(token))
            }
        };
        Ok(Some(Self { token, scopes, resources }))
    }

    /// Those of clients that describe themselves.
    pub(crate) fn of_documents(scopes: Vec<String>, resources: Vec<String>) -> Self {
        Self { token: None, scopes, resources }
    }

    /// Whether such clients may ask who somebody is.
    pub(crate) fn give_id_tokens(&self) -> bool {
        self.scopes.iter().any(|scope| scope == OPENID)
    }

    /// Whether anybody may.
    pub(super) fn is_open(&self) -> bool {
        self.token.is_none()
    }
}

fn check_token(token: &Secret) -> Result<(), Error> {
    let bytes = token.expose().as_bytes();
    let fault = match bytes.iter().all(u8::is_ascii_graphic) {
        true => weakness(bytes),
        false => Some("holds what no header does: `openssl rand -hex 32` makes one".to_owned()),
    };
    match fault {
        None => Ok(()),
        Some(fault) => {
            Err(Error::configuration(format!("the initial access token of client registration {fault}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(registration: &ClientRegistration) -> Result<Option<RegistrationRules>, Error> {
        RegistrationRules::new(registration, Vec::new(), Vec::new())
    }

    #[test]
    fn nobody_registers_unless_the_settings_say_so() {
        assert!(rules(&ClientRegistration::default()).unwrap().is_none());
        assert!(rules(&ClientRegistration::Open).unwrap().unwrap().is_open());
    }

    #[test]
    fn an_initial_access_token_that_can_be_guessed_is_refused() {
        let by = |token: &str| rules(&ClientRegistration::InitialAccessToken(token.to_owned().into()));
        assert!(!by("0f5c1d7a9b3e48266c2d8f0a4e1b7395").unwrap().unwrap().is_open());
        for bad in ["", "0f5c1d7a9b3e48266c2d8f0a4e1b739", &"ab".repeat(20), &"a b c d e f g h i".repeat(3)] {
            let message = by(bad).unwrap_err().to_string();
            assert!(message.contains("initial access token") && message.contains("openssl"), "{message}");
        }
    }
}
