//! What a provider is believed and allowed, and how it is asked.

use std::fmt;

use serde::de::{Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, de};

/// Which verified addresses of a provider are believed.
///
/// A provider that lets its customers or administrators enter addresses can vouch for a stranger's: believe it for the domains
/// that are its own, not for all.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TrustedEmailDomains {
    /// Those of every domain.
    All,
    /// None.
    None,
    /// Those of these domains; their subdomains are others.
    Only(Vec<String>),
}

/// Whether people without an account get one by a provider.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum SignUpPolicy {
    /// They do not; who has an account can link it.
    Closed,
    /// They do.
    #[default]
    Open,
}

/// How UserInfo is asked. Complete: OpenID Connect Core 1.0 section 5.3.1 has these two.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum UserinfoMethod {
    /// GET.
    #[default]
    Get,
    /// POST, with an empty body.
    Post,
}

/// How a provider answers through the browser (OAuth 2.0 Multiple Response Types and Form Post Response Mode).
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "snake_case")]
pub(in crate::provider) enum ResponseMode {
    FormPost,
    Query,
}

impl<S: Into<String>, const N: usize> From<[S; N]> for TrustedEmailDomains {
    fn from(domains: [S; N]) -> Self {
        Self::Only(domains.into_iter().map(Into::into).collect())
    }
}

impl From<Vec<String>> for TrustedEmailDomains {
    fn from(domains: Vec<String>) -> Self {
        Self::Only(domains)
    }
}

impl<'de> Deserialize<'de> for TrustedEmailDomains {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DomainsVisitor)
    }
}

struct DomainsVisitor;

impl<'de> Visitor<'de> for DomainsVisitor {
    type Value = TrustedEmailDomains;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`all`, `none` or a list of domains")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<TrustedEmailDomains, E> {
        match text {
            "all" => Ok(TrustedEmailDomains::All),
            "none" => Ok(TrustedEmailDomains::None),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TrustedEmailDomains, A::Error> {
        let mut domains = Vec::new();
        while let Some(domain) = list.next_element()? {
            domains.push(domain);
        }
        Ok(TrustedEmailDomains::Only(domains))
    }
}
