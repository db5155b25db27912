//! An access token of another issuer.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::clock::Timestamp;
use crate::issuer::{Claims, OutsideRefusal, Verified};
use crate::outbound::OutsideError;
use crate::token::{ScopeSet, is_access_token_typ};

use super::TokenProfile;
use super::kind::TokenKinds;

/// Claims that of all tokens only ID tokens have (OpenID Connect Core 1.0 sections 2 and 3.3.2.11).
const OF_ID_TOKENS: [&str; 3] = ["nonce", "at_hash", "c_hash"];

/// Where the client is named: by RFC 9068 and RFC 7662, by OpenID Connect (Keycloak, Auth0, Entra), by Okta, by Entra's version 1.
const CLIENT_CLAIMS: [&str; 4] = ["client_id", "azp", "cid", "appid"];

/// An access token of another issuer, found to be valid and meant for this API. Only this crate makes one.
#[derive(Debug)]
pub struct OutsideToken {
    verified: Verified,
    scope: String,
    expires_at: Option<Timestamp>,
    /// The later one of `nbf` and `iat`.
    begins_at: Option<Timestamp>,
    auth_time: Option<Timestamp>,
}

impl OutsideToken {
    /// Who issued it; empty where that is a program that shares a secret and no name with this one.
    pub fn issuer(&self) -> &str {
        self.text("iss").unwrap_or_default()
    }

    /// Whom it stands for at its issuer: a user, or the client itself. It means nothing without the issuer.
    pub fn subject(&self) -> Option<&str> {
        self.text("sub")
    }

    /// The client that it was issued to.
    pub fn client_id(&self) -> Option<&str> {
        CLIENT_CLAIMS.into_iter().find_map(|name| self.text(name))
    }

    /// What it may be used for.
    pub fn scope(&self) -> ScopeSet<'_> {
        ScopeSet::of(&self.scope)
    }

    /// When it ends. Introspected tokens need not say.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// When the user last proved who they are, if the issuer says so.
    pub fn auth_time(&self) -> Option<Timestamp> {
        self.auth_time
    }

    /// Any claim, if it is there and of this type: `token.claim::<Vec<String>>("roles")`.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.claims().get(name)?).ok()
    }

    /// All claims.
    pub fn claims(&self) -> &Claims {
        &self.verified.claims
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.claims().get(name)?.as_str()
    }

    /// Takes a token whose signature is right.
    pub(super) fn signed(
        verified: Verified,
        profile: TokenProfile,
        kinds: &TokenKinds,
    ) -> Result<Self, OutsideError> {
        let (claims, typ) = (&verified.claims, verified.typ.as_deref());
        let says_access = kinds.check(claims)?;
        match profile {
            TokenProfile::Rfc9068 => check_rfc9068(claims, typ)?,
            TokenProfile::PlainJwt => check_plain(claims, typ, says_access)?,
        }
        if claims.time("exp")?.is_none() {
            return Err(OutsideError::token(OutsideRefusal::Claims));
        }
        Self::of(verified)
    }

    /// Takes an issuer's answer about a token that is active.
    pub(super) fn introspected(
        mut members: Map<String, Value>,
        issuer: &str,
        kinds: &TokenKinds,
    ) -> Result<Self, OutsideError> {
        // Some servers write all members of RFC 7662 section 2.2, and null where they have nothing to say.
        members.retain(|_, value| !value.is_null());
        let said = members.entry("iss").or_insert_with(|| issuer.into());
        if said != issuer {
            return Err(OutsideError::token(OutsideRefusal::Issuer));
        }
        let claims = Claims::from(members);
        kinds.check(&claims)?;
        Self::of(Verified { typ: None, claims })
    }

    fn of(verified: Verified) -> Result<Self, OutsideError> {
        let claims = &verified.claims;
        // A token that is bound to a key or a certificate of its holder was stolen where it comes without them (RFC 7800, RFC
        // 8705, RFC 9449), and they are not checked here.
        if claims.get("cnf").is_some() {
            return Err(OutsideError::token(OutsideRefusal::Bound));
        }
        for name in CLIENT_CLAIMS.iter().chain(["sub"].iter()) {
            claims.text(name)?;
        }
        let scope = scope(claims)?;
        Ok(Self {
            scope,
            expires_at: claims.time("exp")?,
            begins_at: claims.time("nbf")?.max(claims.time("iat")?),
            auth_time: claims.time("auth_time")?,
            verified,
        })
    }

    /// Refuses a token that is meant for none of these audiences. One that names none at all is meant for whoever these clients
    /// call.
    pub(super) fn check_audience(
        &self,
        audiences: &[String],
        clients: &[String],
    ) -> Result<(), OutsideError> {
        let is_meant = if self.claims().get("aud").is_some() {
            let named = self.claims().texts("aud")?;
            audiences.iter().any(|audience| named.contains(&audience.as_str()))
        } else {
            self.text("client_id").is_some_and(|id| clients.iter().any(|client| client == id))
        };
        if is_meant { Ok(()) } else { Err(OutsideError::token(OutsideRefusal::Audience)) }
    }

    /// Refuses a token that is over at `now` or has not begun, give or take what clocks differ by.
    pub(super) fn check_times(&self, now: Timestamp, leeway: Duration) -> Result<(), OutsideError> {
        // RFC 7519 section 4.1.4: not to be taken on or after `exp`.
        if self.expires_at.is_some_and(|end| now >= end + leeway) {
            return Err(OutsideError::token(OutsideRefusal::Expired));
        }
        if self.begins_at.is_some_and(|begin| begin > now + leeway) {
            return Err(OutsideError::token(OutsideRefusal::NotYetValid));
        }
        Ok(())
    }
}

/// RFC 9068 sections 2.1 and 2.2.
fn check_rfc9068(claims: &Claims, typ: Option<&str>) -> Result<(), OutsideError> {
    if !typ.is_some_and(is_access_token_typ) {
        return Err(OutsideError::token(OutsideRefusal::Type));
    }
    for name in ["sub", "client_id", "jti"] {
        claims.required_text(name)?;
    }
    if claims.time("iat")?.is_some() { Ok(()) } else { Err(OutsideError::token(OutsideRefusal::Claims)) }
}

/// What is left to tell an access token by where its type does not.
fn check_plain(claims: &Claims, typ: Option<&str>, says_access: bool) -> Result<(), OutsideError> {
    if !typ.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT") || is_access_token_typ(typ)) {
        return Err(OutsideError::token(OutsideRefusal::Type));
    }
    // Keycloak before version 24 wrote the nonce into access tokens too: there the kind tells.
    let is_id_token = !says_access && OF_ID_TOKENS.iter().any(|name| claims.get(name).is_some());
    // Security events, logout tokens among them (RFC 8417 section 2.2), are of no other kind.
    if is_id_token || claims.get("events").is_some() {
        return Err(OutsideError::token(OutsideRefusal::Type));
    }
    Ok(())
}

/// The scope: `scope` (RFC 9068 section 2.2.3, RFC 7662 section 2.2), or `scp` of Entra and Okta. Neither may be the name of another
/// kind of token, also where the other one counts; nor may `scopes` of programs of one's own, which counts nowhere.
fn scope(claims: &Claims) -> Result<String, OutsideError> {
    let (scope, scp) = (scope_in(claims, "scope")?, scope_in(claims, "scp")?);
    for words in [&scope, &scp, &words_in(claims, "scopes")] {
        TokenKinds::check_scope(words)?;
    }
    Ok(if claims.get("scope").is_some() { scope } else { scp })
}

/// The scope in one member: words separated by spaces, or a list of words.
fn scope_in(claims: &Claims, name: &str) -> Result<String, OutsideError> {
    if let Some(Value::String(words)) = claims.get(name) {
        return Ok(words.clone());
    }
    let words = claims.texts(name)?;
    // One entry with a space in it would become two scopes.
    if words.iter().any(|word| word.contains(' ')) {
        Err(OutsideError::token(OutsideRefusal::Claims))
    } else {
        Ok(words.join(" "))
    }
}

/// Whatever texts stand in a member that nothing else is read from.
fn words_in(claims: &Claims, name: &str) -> String {
    match claims.get(name) {
        Some(Value::String(words)) => words.clone(),
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "),
        _ => String::new(),
    }
}
