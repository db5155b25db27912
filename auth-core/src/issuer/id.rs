//! Who an issuer is (OpenID Connect Discovery 1.0 section 4.1, RFC 8414 section 3).

use std::fmt;

use url::Url;

use crate::error::Error;
use crate::outbound::OutboundUrl;

/// What stands for the tenant in the issuer of Entra's metadata for many tenants.
const TENANT: &str = "{tenantid}";

/// The longest tenant that is put into a template; Entra's are UUIDs.
const MAX_TENANT_LEN: usize = 64;

/// An issuer's identifier, compared byte by byte (RFC 8414 section 3.3): a URL without query and fragment.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct IssuerId {
    located_at: String,
    /// The issuer as metadata writes it, where that is not where it was found.
    template: Option<String>,
}

impl IssuerId {
    /// Takes the identifier as it is written.
    ///
    /// # Errors
    /// `Configuration` when it is no `http` or `https` URL, or has a query or a fragment.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let url = OutboundUrl::parse(text)?;
        if url.url().query().is_some() {
            return Err(Error::configuration(format!("the issuer `{text}` must not have a query")));
        }
        Ok(Self { located_at: text.to_owned(), template: None })
    }

    /// Many issuers with one set of metadata and keys: Microsoft Entra's `common` and `organizations`, whose metadata, found
    /// below `located_at`, names the issuer `https://login.microsoftonline.com/{tenantid}/v2.0`. A token's `iss` must be that
    /// template with the token's own `tid` in place of `{tenantid}`.
    ///
    /// # Security
    /// Whoever has a tenant of their own can issue tokens that pass. Users of different tenants differ by `iss`, but what such
    /// a token says of an e-mail address is the word of that tenant's administrator.
    ///
    /// # Errors
    /// `Configuration` when `located_at` is no issuer, or the template is no URL with `{tenantid}` once in its path.
    pub fn template(located_at: &str, template: &str) -> Result<Self, Error> {
        let located_at = Self::parse(located_at)?.located_at;
        let (before, after) = template.split_once(TENANT).unwrap_or_default();
        let with_tenant = Self::parse(&format!("{before}tenant{after}"));
        // A tenant in the host would let it choose whom to believe.
        let is_segment = before.ends_with('/') && (after.is_empty() || after.starts_with('/'));
        if with_tenant.is_err() || Url::parse(before).is_err() || !is_segment || after.contains(TENANT) {
            return Err(Error::configuration(format!(
                "the issuer template `{template}` must be a URL with `{TENANT}` once, as a segment of its path"
            )));
        }
        Ok(Self { located_at, template: Some(template.to_owned()) })
    }

    /// The identifier's text: for a template, where its metadata is found.
    pub fn as_str(&self) -> &str {
        &self.located_at
    }

    /// Whether a token with this `iss`, and this `tid` if it has one, is of this issuer.
    pub fn is_issuer_of(&self, iss: &str, tenant: Option<&str>) -> bool {
        let Some(template) = &self.template else { return iss == self.located_at };
        tenant
            .filter(|tenant| is_tenant(tenant))
            .is_some_and(|tenant| template.replacen(TENANT, tenant, 1) == iss)
    }

    /// Whether a token with this `iss` may be of this issuer, as far as that tells: which tenant of a template it is, only its
    /// verified claims do.
    pub(crate) fn may_be_issuer_of(&self, iss: &str) -> bool {
        let Some((before, after)) = self.template.as_deref().and_then(|template| template.split_once(TENANT))
        else {
            return iss == self.located_at;
        };
        let tenant = iss.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        self.is_issuer_of(iss, tenant)
    }

    /// What the metadata has to name as issuer.
    pub(super) fn in_metadata(&self) -> &str {
        self.template.as_deref().unwrap_or(&self.located_at)
    }

    /// Where OpenID providers have their metadata: behind the whole issuer (Discovery 1.0 section 4.1).
    pub(super) fn openid_metadata_url(&self) -> Result<OutboundUrl, Error> {
        let base = self.located_at.strip_suffix('/').unwrap_or(&self.located_at);
        OutboundUrl::parse(&format!("{base}/.well-known/openid-configuration"))
    }

    /// Where other authorization servers have theirs: between host and path (RFC 8414 section 3.1).
    pub(super) fn oauth_metadata_url(&self) -> Result<OutboundUrl, Error> {
        let issuer = OutboundUrl::parse(&self.located_at)?;
        let path = issuer.url().path();
        let mut url = issuer.url().clone();
        url.set_path(&format!(
            "/.well-known/oauth-authorization-server{}",
            path.strip_suffix('/').unwrap_or(path)
        ));
        OutboundUrl::parse(url.as_str())
    }
}

/// Nothing that could change the shape of a URL.
fn is_tenant(text: &str) -> bool {
    (1..=MAX_TENANT_LEN).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl fmt::Debug for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IssuerId({})", self.located_at)
    }
}

impl fmt::Display for IssuerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.located_at)
    }
}

/// The longest issuer of a document that is shown, in characters.
const MAX_SHOWN: usize = 200;

/// What the operator reads when the document at an issuer names another one, most often the same in another spelling.
pub(super) fn other_issuer(asked: &str, named: &str) -> String {
    if named.is_empty() {
        return format!("the metadata of {asked} has no `issuer`");
    }
    let shown: String = named.chars().take(MAX_SHOWN).collect();
    let hint = match difference(asked, named) {
        Some(what) => {
            format!(", which differs by {what} alone: if that is the provider you mean, name it so")
        }
        None => String::new(),
    };
    format!("the metadata of {asked} names the issuer {shown:?}{hint}")
}

/// By what alone two issuers differ that are likely to be meant for one. They stay two: what is compared is compared byte by byte.
fn difference(asked: &str, named: &str) -> Option<&'static str> {
    if asked.trim_end_matches('/') == named.trim_end_matches('/') {
        return Some("a slash at its end");
    }
    let (asked, named) = (Url::parse(asked).ok()?, Url::parse(named).ok()?);
    let is_local = |url: &Url| matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let has = |part: fn(&Url) -> String| part(&asked) == part(&named);
    let (same_scheme, same_host) = (has(|url| url.scheme().to_owned()), asked.host_str() == named.host_str());
    let same_port = asked.port_or_known_default() == named.port_or_known_default();
    let same_path = has(|url| url.path().to_owned());
    match (same_scheme, same_host, same_port, same_path) {
        (true, true, true, true) => Some("its spelling"),
        (true, true, true, false) => Some("its path"),
        (true, true, false, true) => Some("its port"),
        (true, false, true, true) if is_local(&asked) && is_local(&named) => {
            Some("the name of this machine (`localhost`, `127.0.0.1`)")
        }
        (false, true, _, true) => Some("`http` in place of `https`, or the other way round"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRA: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";
    const COMMON: &str = "https://login.microsoftonline.com/common/v2.0";

    #[test]
    fn an_issuer_is_compared_byte_by_byte() {
        let issuer = IssuerId::parse("https://idp.example/realm").unwrap();
        assert!(issuer.is_issuer_of("https://idp.example/realm", None));
        for other in [
            "https://idp.example/realm/",
            "https://idp.example/Realm",
            "https://IDP.example/realm",
            "https://idp.example:443/realm",
            "http://idp.example/realm",
            "https://idp.example/real",
            "https://idp.example/realm2",
            "",
        ] {
            assert!(!issuer.is_issuer_of(other, None), "{other}");
        }
    }

    #[test]
    fn a_template_takes_the_tokens_own_tenant_and_no_other() {
        let issuer = IssuerId::template(COMMON, ENTRA).unwrap();
        let tenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
        let iss = format!("https://login.microsoftonline.com/{tenant}/v2.0");
        assert!(issuer.is_issuer_of(&iss, Some(tenant)));
        assert!(!issuer.is_issuer_of(&iss, None));
        assert!(!issuer.is_issuer_of(&iss, Some("72f988bf-86f1-41af-91ab-2d7cd011db47")));
        assert!(!issuer.is_issuer_of(COMMON, None) && !issuer.is_issuer_of(ENTRA, Some(TENANT)));
        for bad in ["", "a/b", "..", "a%2fb", "a b", &"a".repeat(65)] {
            assert!(!issuer.is_issuer_of(&ENTRA.replace(TENANT, bad), Some(bad)), "{bad}");
        }
    }

    #[test]
    fn another_issuer_is_named_and_the_one_thing_that_differs() {
        for (asked, named, hint) in [
            ("https://idp.example", "https://idp.example/", "a slash at its end"),
            ("https://idp.example/realm/", "https://idp.example/realm", "a slash at its end"),
            ("https://idp.example", "https://idp.example/realms/staff", "its path"),
            ("https://idp.example/", "https://IDP.example/", "its spelling"),
            ("https://idp.example/", "https://idp.example:443/", "its spelling"),
            ("http://127.0.0.1:9000", "http://localhost:9000", "the name of this machine"),
            ("http://localhost:8080/a", "http://127.0.0.1:8080/a", "the name of this machine"),
            ("http://localhost:8080", "http://localhost:9000", "its port"),
            ("https://idp.example", "http://idp.example", "`http`"),
        ] {
            let said = other_issuer(asked, named);
            assert!(said.contains(asked) && said.contains(named), "{said}");
            assert!(said.contains(&format!("differs by {hint}")) && said.contains("alone"), "{said}");
        }
        for unlike in ["https://evil.example", "https://idp.example.evil.example/", "nonsense\nline"] {
            let said = other_issuer("https://idp.example", unlike);
            assert!(
                !said.contains("differs") && !said.contains('\n') && said.contains("names the issuer"),
                "{said}"
            );
        }
        assert!(other_issuer("https://idp.example", "").contains("has no `issuer`"));
        assert!(other_issuer("https://idp.example", &"x".repeat(9_000)).len() < 400);
    }

    #[test]
    fn templates_without_a_tenant_in_their_path_are_refused() {
        for bad in [
            COMMON,
            "https://{tenantid}.example/v2.0",
            "https://{tenantid}/v2.0",
            "https://idp.example:{tenantid}/",
            "https://idp.example{tenantid}/",
            "https://idp.example/x{tenantid}",
            "https://idp.example/{tenantid}x",
            "https://idp.example/{tenantid}/{tenantid}",
            "https://idp.example/?tenant={tenantid}",
            "{tenantid}",
            "/{tenantid}/",
            "",
        ] {
            assert!(IssuerId::template(COMMON, bad).is_err(), "{bad}");
        }
        assert!(IssuerId::template("not a URL", ENTRA).is_err());
        for bad in ["idp.example", "https://idp.example/?a", "https://idp.example/#a", "file:///etc"] {
            assert!(IssuerId::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn metadata_is_where_the_specifications_say() {
        for (issuer, openid, oauth) in [
            (
                "https://idp.example",
                "https://idp.example/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://idp.example/",
                "https://idp.example/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server",
            ),
            (
                "https://idp.example/a/b",
                "https://idp.example/a/b/.well-known/openid-configuration",
                "https://idp.example/.well-known/oauth-authorization-server/a/b",
            ),
        ] {
            let issuer = IssuerId::parse(issuer).unwrap();
            assert_eq!(issuer.openid_metadata_url().unwrap().as_str(), openid);
            assert_eq!(issuer.oauth_metadata_url().unwrap().as_str(), oauth);
        }
    }
}
