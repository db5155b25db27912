//! Where a provider is.

use crate::issuer::IssuerId;
use crate::outbound::OutboundUrl;

use super::super::presets::Place;
use super::super::registry::Kind;
use super::{Checked, Draft, given};

/// The tenant of Microsoft's own accounts (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference, `tid`).
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// Where a provider is, and what is known of it by that.
pub(super) struct Located {
    pub(super) kind: Kind,
    pub(super) has_many_issuers: bool,
    pub(super) refused_tenant: Option<&'static str>,
    pub(super) profile_urls: Vec<OutboundUrl>,
    /// Whether this is the very place that the preset speaks of.
    pub(super) is_presets_own: bool,
}

impl Draft<'_> {
    pub(super) fn locate(&self) -> Checked<Located> {
        let entry = self.entry;
        let place = self.preset.map(|preset| preset.place);
        let takes_domain = matches!(place, Some(Place::IssuerAt { .. }));
        refuse_unused("tenant", &entry.tenant, matches!(place, Some(Place::Entra)))?;
        refuse_unused("domain", &entry.domain, takes_domain && entry.issuer.is_none())?;
        let takes_realm =
            matches!(place, Some(Place::IssuerAt { template, .. }) if template.contains("{realm}"));
        refuse_unused("realm", &entry.realm, takes_realm && entry.issuer.is_none())?;
        let takes_issuer = takes_domain || place.is_none();
        refuse_unused("issuer", &entry.issuer, takes_issuer)?;
        let takes_endpoints = place.is_none_or(|place| matches!(place, Place::Endpoints { .. }));
        for (name, endpoint) in self.endpoints() {
            // Beside an issuer it is an API of its own, by which the profile is read.
            let is_profile = name == "userinfo_endpoint" && place.is_none();
            refuse_unused(name, endpoint, is_profile || takes_endpoints && entry.issuer.is_none())?;
        }
        match place {
            None if entry.issuer.is_none() => self.at_endpoints(None),
            None => {
                let issuer = given("issuer", &entry.issuer)?.unwrap_or_default();
                self.at_issuer(issuer, given("userinfo_endpoint", &entry.userinfo_endpoint)?)
            }
            Some(Place::Issuer { issuer, profile }) => {
                Ok(Located { is_presets_own: true, ..self.at_issuer(issuer, profile)? })
            }
            Some(Place::IssuerAt { template, base }) => self.at_own_issuer(template, base),
            Some(Place::Entra) => self.at_entra(),
            Some(place @ Place::Endpoints { .. }) => self.at_endpoints(Some(place)),
        }
    }

    fn endpoints(&self) -> [(&'static str, &Option<String>); 3] {
        [
            ("authorization_endpoint", &self.entry.authorization_endpoint),
            ("token_endpoint", &self.entry.token_endpoint),
            ("userinfo_endpoint", &self.entry.userinfo_endpoint),
        ]
    }

    fn at_issuer(&self, issuer: &str, profile: Option<&str>) -> Checked<Located> {
        self.url("issuer", issuer)?;
        let profile_urls =
            profile.iter().map(|url| self.url("userinfo_endpoint", url)).collect::<Checked<_>>()?;
        let issuer = IssuerId::parse(issuer).map_err(|_| "has a wrong `issuer`: remove its query")?;
        Ok(Located {
            kind: Kind::OpenIdConnect { issuer },
            has_many_issuers: false,
            refused_tenant: None,
            profile_urls,
            is_presets_own: false,
        })
    }

    /// By the operator's issuer, domain and realm, or where the preset is without them.
    fn at_own_issuer(&self, template: &str, base: Option<&str>) -> Checked<Located> {
        if let Some(issuer) = given("issuer", &self.entry.issuer)? {
            return self.at_issuer(issuer, None);
        }
        let domain = given("domain", &self.entry.domain)?;
        let own = domain
            .or(base)
            .ok_or("needs a `domain`: set it to where the provider is, like sso.example.com")?;
        let base_url = if own.contains("://") { own.to_owned() } else { format!("https://{own}") };
        let mut issuer = template.replace("{base}", base_url.trim_end_matches('/'));
        if template.contains("{realm}") {
            let realm = given("realm", &self.entry.realm)?
                .ok_or("needs a `realm`: set it to the name of the realm")?;
            if !realm.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)) {
                return Err("has a `realm` that does not fit into a URL: write it as the URLs there have it"
                    .to_owned());
            }
            issuer = issuer.replace("{realm}", realm);
        }
        Ok(Located { is_presets_own: domain.is_none(), ..self.at_issuer(&issuer, None)? })
    }

    fn at_entra(&self) -> Checked<Located> {
        let tenant = given("tenant", &self.entry.tenant)?.ok_or(
            "needs a `tenant`: set it to the tenant's id, or to `common`, `organizations` or `consumers` for accounts of others too",
        )?;
        let refused_tenant = match tenant {
            "common" => None,
            "organizations" => Some(CONSUMERS),
            "consumers" => return self.at_issuer(&entra_issuer(CONSUMERS), None),
            tenant if is_uuid(tenant) => return self.at_issuer(&entra_issuer(tenant), None),
            _ => {
                return Err("has a `tenant` that is neither an id (a UUID in small letters) nor `common`, `organizations` or \
                     `consumers`: issuers are named by the id, so a domain will not do"
                    .to_owned());
            }
        };
        let issuer = IssuerId::template(&entra_issuer(tenant), &entra_issuer("{tenantid}"));
        let kind = Kind::OpenIdConnect { issuer: issuer.map_err(|error| error.to_string())? };
        Ok(Located {
            kind,
            has_many_issuers: true,
            refused_tenant,
            ..self.at_issuer(&entra_issuer(tenant), None)?
        })
    }

    fn at_endpoints(&self, place: Option<Place>) -> Checked<Located> {
        let given = self.endpoints().map(|(_, endpoint)| endpoint.as_deref());
        let (all, own_issuer, more) = match (place, given) {
            (Some(Place::Endpoints { issuer, authorization, token, userinfo, more }), [None, None, None]) => {
                ([authorization, token, userinfo], Some(issuer), more)
            }
            (place, [Some(authorization), Some(token), Some(userinfo)]) => {
                let more = if let Some(Place::Endpoints { more, .. }) = place { more } else { &[] };
                ([authorization, token, userinfo], None, more)
            }
            _ => {
                return Err("has not all of `authorization_endpoint`, `token_endpoint` and `userinfo_endpoint`: set the others too"
                    .to_owned());
            }
        };
        let [authorization, token, userinfo] = all;
        let authorization = self.url("authorization_endpoint", authorization)?;
        let origin = authorization.url().origin().ascii_serialization();
        let further = more.iter().map(|path| self.url("userinfo_endpoint", &format!("{userinfo}{path}")));
        let userinfo = self.url("userinfo_endpoint", userinfo);
        Ok(Located {
            profile_urls: std::iter::once(userinfo).chain(further).collect::<Checked<_>>()?,
            kind: Kind::OAuth2 {
                issuer: own_issuer.map_or(origin, str::to_owned),
                token: self.url("token_endpoint", token)?,
                authorization,
            },
            has_many_issuers: false,
            refused_tenant: None,
            is_presets_own: own_issuer.is_some(),
        })
    }

    /// A URL that nobody on the way can read or change: `https`, or loopback for a developer.
    pub(super) fn url(&self, name: &str, text: &str) -> Checked<OutboundUrl> {
        // Without the text: somebody may have written a password into it.
        let url = OutboundUrl::parse(text).map_err(|_| {
            format!("has a wrong `{name}`: write a URL like https://login.example.com, without user name, password and fragment")
        })?;
        if url.url().scheme() == "https" || self.is_local && url.is_loopback() {
            return Ok(url);
        }
        Err(format!(
            "has a `{name}` over plain http: use https (http is for loopback addresses beside an http://localhost base URL)"
        ))
    }
}

pub(super) fn refuse_unused(name: &str, setting: &Option<String>, is_used: bool) -> Checked<()> {
    if setting.is_none() || is_used {
        return Ok(());
    }
    Err(format!(
        "has a `{name}`, which does not go with the rest: remove it, or say by it alone where the provider is"
    ))
}

/// A UUID in its usual form.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(i, byte)| match i {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

fn entra_issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}
