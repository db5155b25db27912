//! What is asked of a provider, and what is believed of it.

use std::collections::HashSet;

use crate::user::Email;

use super::super::UserinfoMethod;
use super::super::config::{ResponseMode, TrustedEmailDomains};
use super::super::presets::Place;
use super::super::profile::{ProfileFields, Reading, STANDARD_CLAIMS};
use super::super::registry::TrustedDomains;
use super::{Checked, Draft, given};

/// What is asked for where neither the entry nor a preset says.
const DEFAULT_SCOPES: &[&str] = &["openid", "email", "profile"];

/// Parameters of the authorization request that the flow itself sets.
const OWN_PARAMETERS: [&str; 12] = [
    "client_id",
    "code_challenge",
    "code_challenge_method",
    "max_age",
    "nonce",
    "redirect_uri",
    "request",
    "request_uri",
    "response_mode",
    "response_type",
    "scope",
    "state",
];

/// Headers of the request for the profile that are set by the login itself, or by HTTP.
const OWN_HEADERS: [&str; 7] =
    ["accept", "authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"];

impl Draft<'_> {
    pub(super) fn scopes(&self, is_openid_connect: bool) -> Checked<Vec<String>> {
        let scopes: Vec<String> = match (&self.entry.scopes, self.preset) {
            (Some(scopes), _) => scopes.clone(),
            (None, Some(preset)) => preset.scopes.iter().copied().map(str::to_owned).collect(),
            (None, None) if is_openid_connect => DEFAULT_SCOPES.iter().copied().map(str::to_owned).collect(),
            (None, None) => Vec::new(),
        };
        if let Some(scope) = scopes.iter().find(|scope| !is_scope(scope)) {
            return Err(format!(
                "has `{scope}` among its `scopes`, which is no scope: write each as a text of its own"
            ));
        }
        if is_openid_connect && !scopes.iter().any(|scope| scope == "openid") {
            return Err(
                "has `scopes` without `openid`, without which there is no ID token: add it".to_owned()
            );
        }
        Ok(scopes)
    }

    pub(super) fn parameters(&self) -> Checked<Vec<(String, String)>> {
        let parameters = &self.entry.authorization_params;
        if let Some(name) = parameters.keys().find(|name| OWN_PARAMETERS.contains(&name.as_str())) {
            return Err(format!(
                "has `{name}` among its `authorization_params`, which the login itself sets: remove it"
            ));
        }
        let presets = self.preset.map_or(&[][..], |preset| preset.parameters).iter();
        let presets = presets.filter(|(name, _)| !parameters.contains_key(*name));
        let presets = presets.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(presets.chain(parameters.clone()).collect())
    }

    pub(super) fn userinfo_method(&self) -> UserinfoMethod {
        let presets = self.preset.map(|preset| preset.userinfo_method);
        self.entry.userinfo_method.or(presets).unwrap_or_default()
    }

    pub(super) fn userinfo_accept(&self) -> Checked<Option<String>> {
        let accept = given("userinfo_accept", &self.entry.userinfo_accept)?;
        if accept.is_some_and(|accept| !is_printable(accept)) {
            return Err(
                "has a `userinfo_accept` that is no media type: write it like application/json".to_owned()
            );
        }
        Ok(accept.or(self.preset.and_then(|preset| preset.userinfo_accept)).map(str::to_owned))
    }

    /// The entry's, and those of the preset that it does not name.
    pub(super) fn userinfo_headers(&self) -> Checked<Vec<(String, String)>> {
        let own = self.entry.userinfo_headers.iter();
        let mut headers: Vec<_> =
            own.map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        let is_fit = |(name, value): &&(String, String)| {
            is_header_name(name) && !OWN_HEADERS.contains(&name.as_str()) && is_printable(value)
        };
        if let Some((name, _)) = headers.iter().find(|header| !is_fit(header)) {
            return Err(format!(
                "has `{}` among its `userinfo_headers`, which is no header, has a value that is none, or is set by the login itself: \
                 remove it",
                name.escape_debug()
            ));
        }
        for (name, value) in self.preset.map_or(&[][..], |preset| preset.userinfo_headers) {
            if headers.iter().all(|(held, _)| held != name) {
                headers.push(((*name).to_owned(), (*value).to_owned()));
            }
        }
        Ok(headers)
    }

    pub(super) fn has_form_post(&self) -> Checked<bool> {
        let is_presets = self.preset.is_some_and(|preset| preset.has_form_post);
        match self.entry.response_mode {
            None => Ok(is_presets),
            Some(ResponseMode::Query) if is_presets && self.entry.scopes.is_none() => {
                Err("has the `response_mode` `query`, with which Apple refuses these scopes: remove it"
                    .to_owned())
            }
            Some(mode) => Ok(mode == ResponseMode::FormPost),
        }
    }

    pub(super) fn trusted(&self, is_presets_own: bool) -> Checked<TrustedDomains> {
        // Where the entry reads addresses its own way, the preset's reasons to believe them are gone.
        let is_believed = is_presets_own
            && self.entry.profile.is_none()
            && self.preset.is_some_and(|preset| preset.is_believed);
        let domains = match &self.entry.trusted_email_domains {
            Some(TrustedEmailDomains::All) => return Ok(TrustedDomains::All),
            None if is_believed => return Ok(TrustedDomains::All),
            None | Some(TrustedEmailDomains::None) => &[][..],
            Some(TrustedEmailDomains::Only(domains)) => domains,
        };
        let canonical = domains.iter().map(|domain| {
            let canonical = canonical_domain(domain);
            canonical.ok_or_else(|| {
                format!("has `{domain}` among its `trusted_email_domains`, which is no domain: write it like example.com")
            })
        });
        Ok(TrustedDomains::Only(canonical.collect::<Checked<HashSet<_>>>()?))
    }

    pub(super) fn api_origins(&self, is_presets_own: bool) -> Checked<Vec<String>> {
        let presets = self.preset.filter(|preset| is_presets_own || matches!(preset.place, Place::Entra));
        let origins = match &self.entry.api_origins {
            Some(origins) => origins.clone(),
            None => presets
                .map_or(&[][..], |preset| preset.api_origins)
                .iter()
                .copied()
                .map(str::to_owned)
                .collect(),
        };
        for origin in &origins {
            let url = self.url("api_origins", origin)?;
            if url.url().path() != "/" || url.url().query().is_some() {
                return Err(format!(
                    "has `{origin}` among its `api_origins`, which is no origin: write scheme, host and port, like https://api.example.com"
                ));
            }
        }
        Ok(origins)
    }

    /// With an ID token, and no API of the provider's own beside it (`has_sub`), nothing else than `sub` identifies anybody (OpenID
    /// Connect Core 1.0 section 5.7).
    pub(super) fn reading(&self, has_sub: bool) -> Checked<Reading> {
        let has_textual_booleans = self
            .entry
            .textual_booleans
            .unwrap_or(self.preset.is_some_and(|preset| preset.has_textual_booleans));
        let reading = match (&self.entry.profile, self.preset) {
            (Some(fields), _) => {
                let fields = checked_fields(fields)?;
                if has_sub && fields.subject != STANDARD_CLAIMS.subject {
                    return Err(format!(
                        "has a `profile` with the `subject` `{}`: an OpenID Connect provider identifies people by `sub` alone, \
                         so remove it",
                        fields.subject
                    ));
                }
                Reading::of(fields, !has_sub)
            }
            (None, None) => Reading::of(ProfileFields::default(), !has_sub),
            (None, Some(preset)) => Reading {
                address: preset.address,
                ..Reading::of(preset.pointers.into(), preset.has_numeric_subject)
            },
        };
        Ok(Reading { has_textual_booleans, ..reading })
    }
}

fn checked_fields(fields: &ProfileFields) -> Checked<ProfileFields> {
    let pointers = [
        &fields.subject,
        &fields.email,
        &fields.email_verified,
        &fields.username,
        &fields.name,
        &fields.picture,
    ];
    if fields.subject.is_empty()
        || pointers.iter().any(|pointer| !pointer.is_empty() && !pointer.starts_with('/'))
    {
        return Err("has a `profile` that is not made of JSON pointers, or has none for the `subject`: write them like /user/id"
            .to_owned());
    }
    Ok(fields.clone())
}

/// A scope of RFC 6749 section 3.3.
fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// Whether it is ASCII that shows.
fn is_printable(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

/// A field name of RFC 9110 section 5.1, without those signs that no API uses.
fn is_header_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The domain in the form in which addresses are compared.
fn canonical_domain(domain: &str) -> Option<String> {
    let address = Email::new(&format!("x@{domain}")).ok()?;
    address.canonical().strip_prefix("x@").map(str::to_owned)
}
