//! Which client asks.

use crate::error::{Error, ErrorKind};
use crate::http::{AuthRequest, Fields, RequestView as _, basic_credentials, split_authorization};
use crate::routes::about::{Member, Schema, optional};
use crate::routes::exchange::Exchange;
use crate::secret::Secret;
use crate::token::Client;

use super::fields::given;

#[cfg(not(feature = "server"))]
mod disabled;
#[cfg(feature = "server")]
mod enabled;

#[cfg(not(feature = "server"))]
pub(super) use self::disabled::Registered;
#[cfg(feature = "server")]
pub(super) use self::enabled::Registered;

#[cfg(not(feature = "server"))]
use self::disabled::find;
#[cfg(feature = "server")]
use self::enabled::find;

pub(super) const CLIENT_ID: Member =
    optional("client_id", Schema::Text, "the client; without it, `first-party`, the application's own");
pub(super) const CLIENT_SECRET: Member = optional(
    "client_secret",
    Schema::Secret,
    "the client's secret, where it is registered to send it so; `first-party` has none",
);
pub(super) const CLIENT_ASSERTION_TYPE: Member = optional(
    "client_assertion_type",
    Schema::Text,
    "`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`, with an assertion",
);
pub(super) const CLIENT_ASSERTION: Member = optional(
    "client_assertion",
    Schema::Text,
    "a JWT of the client's, where it is registered for `private_key_jwt`",
);

/// Who asks, as it has proven.
pub(super) enum Caller {
    /// The application's own client.
    FirstParty,
    /// One that is registered.
    Registered(Registered),
}

impl Caller {
    pub(super) fn client(&self) -> Client<'_> {
        match self {
            Self::FirstParty => Client::FIRST_PARTY,
            Self::Registered(client) => client.for_tokens(),
        }
    }
}

/// What a request brings to say which client it is of. An id or a secret that is empty is an absent one, in Basic as in the body: Swagger UI
/// sends `Basic Og==`, a colon alone, when its fields for the client are left empty, and a public client may be named without a secret (RFC
/// 6749 section 2.3.1).
struct Brought<'a> {
    basic: Option<(String, Secret)>,
    id: Option<&'a str>,
    secret: Option<&'a str>,
    assertion: Option<&'a str>,
    assertion_type: Option<&'a str>,
}

impl<'a> Brought<'a> {
    fn read(request: &AuthRequest, fields: &'a Fields) -> Result<Self, Error> {
        if request.header_texts("authorization").nth(1).is_some() {
            return Err(Error::invalid_request("there are several Authorization headers"));
        }
        let basic = match tried_basic(request) {
            Some(credentials) => Some(basic_credentials(credentials).ok_or(ErrorKind::InvalidClient)?),
            None => None,
        };
        Ok(Self {
            basic: basic.filter(|(id, secret)| !id.is_empty() || !secret.expose().is_empty()),
            id: given(fields, "client_id")?,
            secret: given(fields, "client_secret")?,
            assertion: given(fields, "client_assertion")?,
            assertion_type: given(fields, "client_assertion_type")?,
        })
    }

    /// Whether it is the application's own client, which has nothing to prove it by.
    fn is_first_party(&self) -> bool {
        let is_ours = |id: &str| id.is_empty() || id == Client::FIRST_PARTY.id();
        let has_secret = |(_, secret): &(String, Secret)| !secret.expose().is_empty();
        self.basic.as_ref().is_none_or(|basic| is_ours(&basic.0) && !has_secret(basic))
            && self.id.is_none_or(is_ours)
            && self.secret.is_none()
            && self.assertion.is_none()
            && self.assertion_type.is_none()
    }
}

/// Who the client is. Whoever tries to be one and fails is nobody.
pub(super) async fn authenticate(exchange: &Exchange, fields: &Fields) -> Result<Caller, Error> {
    let brought = Brought::read(&exchange.request, fields)?;
    if brought.is_first_party() {
        return Ok(Caller::FirstParty);
    }
    find(exchange, brought).await.map(Caller::Registered)
}

/// The credentials by which the client tries to authenticate by HTTP Basic (RFC 6749 section 2.3.1); other schemes mean nothing
/// here.
pub(super) fn tried_basic(request: &AuthRequest) -> Option<&str> {
    let (scheme, credentials) = split_authorization(request.header_text("authorization")?);
    scheme.eq_ignore_ascii_case("Basic").then_some(credentials)
}
