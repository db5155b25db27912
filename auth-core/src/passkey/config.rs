//! Settings of passkeys, and what they are checked for.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::error::Error;

use super::authenticators::Aaguid;

/// How passkeys are used here. The default asks nothing of the operator: the relying party is the host of the base URL.
///
/// ```
/// use auth_core::passkey::PasskeyConfig;
///
/// let config = PasskeyConfig::default().rp_id("example.com").related_origin("https://example.co.kr");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "settings do nothing until they are given to a builder"]
pub struct PasskeyConfig {
    rp_id: Option<String>,
    related: Vec<String>,
    authenticators: Option<BTreeSet<Aaguid>>,
}

impl PasskeyConfig {
    /// The domain that passkeys belong to: the base URL's host, as it is by default, or a parent of it that is the application's own
    /// (`example.com` for `https://app.example.com`). Passkeys that were made for one are of no use for another, so choose before the
    /// first is made.
    #[doc(alias("relying party"))]
    pub fn rp_id(mut self, domain: impl Into<String>) -> Self {
        self.rp_id = Some(domain.into());
        self
    }

    /// Another origin, on another domain, whose pages may use the same passkeys: `https://example.co.kr`. Browsers look for it at
    /// `/.well-known/webauthn`, which is answered with these.
    ///
    /// # Security
    /// Whoever has that origin logs your users in there: name none that is not yours.
    pub fn related_origin(mut self, origin: impl Into<String>) -> Self {
        self.related.push(origin.into());
        self
    }

    /// Only authenticators of these models are registered, each by its AAGUID (`ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4`).
    ///
    /// # Security
    /// An authenticator says itself what it is, and browsers may ask their users whether it shall. That steers honest people; it keeps out
    /// nobody who writes an authenticator.
    ///
    /// # Errors
    /// `Configuration` for a text that is no AAGUID.
    pub fn only_authenticators<T: AsRef<str>>(
        mut self,
        aaguids: impl IntoIterator<Item = T>,
    ) -> Result<Self, Error> {
        let read = |text: T| {
            Aaguid::parse(text.as_ref()).ok_or_else(|| {
                Error::configuration("an AAGUID is written like a UUID: ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4")
            })
        };
        self.authenticators = Some(aaguids.into_iter().map(read).collect::<Result<_, _>>()?);
        Ok(self)
    }

    /// The relying party that these settings make, of an application at `origin` on `host`.
    ///
    /// # Errors
    /// `Configuration` with what to change.
    pub(crate) fn relying_party(&self, origin: &str, host: &str) -> Result<RelyingParty, Error> {
        let id = self.rp_id.as_deref().unwrap_or(host);
        if host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[') {
            return Err(Error::configuration(
                "passkeys belong to a domain, and the base URL has an address: use http://localhost, or a name",
            ));
        }
        if id != host && !is_parent(id, host) {
            return Err(Error::configuration(format!(
                "the relying party {id} is neither the base URL's host {host} nor a parent of it: browsers refuse to make passkeys \
                 for it"
            )));
        }
        for related in &self.related {
            check_related(related)?;
        }
        let origins = std::iter::once(origin.to_owned()).chain(self.related.iter().cloned()).collect();
        let authenticators = self.authenticators.clone();
        Ok(RelyingParty { id: id.to_owned(), id_hash: Sha256::digest(id).into(), origins, authenticators })
    }
}

/// Whether browsers let a page of `host` use passkeys of `id`, as far as can be told without the list of public suffixes: a domain with
/// a dot in it, at whose end the host stands.
fn is_parent(id: &str, host: &str) -> bool {
    id.contains('.') && host.strip_suffix(id).is_some_and(|rest| rest.ends_with('.'))
}

fn check_related(origin: &str) -> Result<(), Error> {
    let is_origin = url::Url::parse(origin)
        .is_ok_and(|url| url.scheme() == "https" && url.origin().ascii_serialization() == origin);
    match is_origin {
        true => Ok(()),
        false => Err(Error::configuration(format!(
            "the related origin {origin} is not scheme and host as browsers send them: https://example.co.kr"
        ))),
    }
}

/// Whom passkeys are for, checked.
#[derive(Debug)]
pub(crate) struct RelyingParty {
    id: String,
    id_hash: [u8; 32],
    /// Ours first.
    origins: Vec<String>,
    authenticators: Option<BTreeSet<Aaguid>>,
}

impl RelyingParty {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn id_hash(&self) -> &[u8; 32] {
        &self.id_hash
    }

    pub(super) fn origins(&self) -> impl Iterator<Item = &str> {
        self.origins.iter().map(String::as_str)
    }

    /// The origins on other domains.
    pub(super) fn related(&self) -> &[String] {
        self.origins.get(1..).unwrap_or_default()
    }

    /// Whether a page of this origin may ask, letter by letter: no origin is a part of another one.
    pub(super) fn is_ours(&self, origin: &str) -> bool {
        self.origins().any(|ours| ours == origin)
    }

    /// What is asked of authenticators about themselves (WebAuthn Level 3 section 5.4.7). Browsers hide the model of some from whoever asks for
    /// nothing.
    pub(super) fn attestation(&self) -> &'static str {
        if self.authenticators.is_some() { "direct" } else { "none" }
    }

    pub(super) fn takes(&self, authenticator: &Aaguid) -> bool {
        self.authenticators.as_ref().is_none_or(|listed| listed.contains(authenticator))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_relying_party_is_the_host_or_a_parent_of_it() {
        let party =
            |config: PasskeyConfig| config.relying_party("https://app.example.com", "app.example.com");
        assert_eq!(party(PasskeyConfig::default()).unwrap().id(), "app.example.com");
        assert_eq!(party(PasskeyConfig::default().rp_id("example.com")).unwrap().id(), "example.com");
        for wrong in ["com", "pp.example.com", "other.example", "app.example.com.evil", "", "EXAMPLE.com"] {
            assert!(party(PasskeyConfig::default().rp_id(wrong)).is_err(), "{wrong}");
        }
        assert!(PasskeyConfig::default().relying_party("http://localhost:3000", "localhost").is_ok());
        for (origin, host) in [("http://127.0.0.1:3000", "127.0.0.1"), ("http://[::1]:3000", "[::1]")] {
            assert!(PasskeyConfig::default().relying_party(origin, host).is_err(), "{host}");
        }
    }

    #[test]
    fn origins_are_compared_whole() {
        let config = PasskeyConfig::default().related_origin("https://example.co.kr");
        let party = config.relying_party("https://app.example", "app.example").unwrap();
        assert!(party.is_ours("https://app.example") && party.is_ours("https://example.co.kr"));
        for other in [
            "http://app.example",
            "https://app.example:8443",
            "https://app.example/",
            "https://evil.app.example",
            "https://app.example.evil",
            "https://notapp.example",
            "HTTPS://APP.EXAMPLE",
            "null",
            "",
        ] {
            assert!(!party.is_ours(other), "{other}");
        }
        for wrong in ["http://example.co.kr", "https://example.co.kr/", "example.co.kr", "https://*.co.kr/x"]
        {
            let config = PasskeyConfig::default().related_origin(wrong);
            assert!(config.relying_party("https://app.example", "app.example").is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_list_of_authenticators_lets_no_other_in() {
        let (listed, other) =
            ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "00000000-0000-0000-0000-000000000000");
        let config = PasskeyConfig::default().only_authenticators([listed]).unwrap();
        let party = config.relying_party("https://app.example", "app.example").unwrap();
        assert_eq!(party.attestation(), "direct");
        assert!(party.takes(&Aaguid::parse(listed).unwrap()));
        assert!(!party.takes(&Aaguid::parse(other).unwrap()));
        assert!(PasskeyConfig::default().only_authenticators(["YubiKey"]).is_err());
    }
}
