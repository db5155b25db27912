//! From what is said of a provider to one that can be used, or to what is wrong with it.

mod place;
mod policy;
mod registration;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::error::Error;

use super::config::{ProviderEntry, SignUpPolicy};
use super::presets::{self, Preset, preset};
use super::registry::{Kind, Provider};
use super::{ProviderConfig, ProviderId};

/// What is wrong with a provider, as the rest of a sentence that its name begins.
type Checked<T> = Result<T, String>;

impl ProviderConfig {
    /// Checks all of it.
    ///
    /// # Errors
    /// `Configuration`, with the provider's name and what to change. No value that could be secret is in it.
    pub(super) fn check(self, is_local: bool) -> Result<Provider, Error> {
        let id = ProviderId::new(&self.id)?;
        let checked = Draft::new(&self, is_local).and_then(|draft| draft.provider(id.clone()));
        checked.map_err(|fault| Error::configuration(format!("the provider `{id}` {fault}")))
    }
}

/// An entry and its preset on the way to a provider.
struct Draft<'a> {
    config: &'a ProviderConfig,
    entry: &'a ProviderEntry,
    preset: Option<&'static Preset>,
    is_local: bool,
}

impl<'a> Draft<'a> {
    fn new(config: &'a ProviderConfig, is_local: bool) -> Checked<Self> {
        let entry = &config.entry;
        let has_place = entry.issuer.is_some() || entry.authorization_endpoint.is_some();
        let named = match &entry.preset {
            Some(name) => Some(preset(name).ok_or_else(|| unknown_preset(name))?),
            None if has_place => None,
            None => Some(preset(&config.id).ok_or(
                "says nowhere where it is: name a `preset`, an `issuer`, or the endpoints \
                 (`authorization_endpoint`, `token_endpoint`, `userinfo_endpoint`)",
            )?),
        };
        Ok(Self { config, entry, preset: named, is_local })
    }

    fn provider(&self, id: ProviderId) -> Checked<Provider> {
        let located = self.locate()?;
        let is_openid_connect = matches!(located.kind, Kind::OpenIdConnect { .. });
        let authentication = self.authentication()?;
        let id_token_algorithms = self.algorithms(is_openid_connect)?;
        let secret_key = self.secret_key(&id_token_algorithms, &authentication)?;
        if self.entry.max_age.is_some() && !is_openid_connect {
            return Err("has a `max_age`, which only OpenID Connect can keep: remove it".to_owned());
        }
        Ok(Provider {
            label: self.label(&id)?,
            scopes: self.scopes(is_openid_connect)?,
            parameters: self.parameters()?,
            has_pkce: self.entry.pkce.unwrap_or(self.preset.is_none_or(|preset| preset.has_pkce)),
            has_form_post: self.has_form_post()?,
            has_user_parameter: self.preset.is_some_and(|preset| preset.has_user_parameter),
            can_reauthenticate: self.can_reauthenticate(is_openid_connect)?,
            max_age: self.entry.max_age.map(Duration::from_secs),
            trusted: self.trusted(located.is_presets_own)?,
            links_by_verified_email: self.entry.link_by_verified_email.unwrap_or(false),
            is_sign_up_open: self.entry.sign_up.unwrap_or_default() == SignUpPolicy::Open,
            has_rp_initiated_logout: self.entry.rp_initiated_logout.unwrap_or(false),
            keeps_tokens: self.entry.keep_tokens.unwrap_or(false),
            second_factor_values: self.second_factor_values(is_openid_connect)?,
            api_origins: self.api_origins(located.is_presets_own)?,
            userinfo_method: self.userinfo_method(),
            userinfo_accept: self.userinfo_accept()?,
            userinfo_headers: self.userinfo_headers()?,
            reading: self.reading(is_openid_connect && located.profile_urls.is_empty())?,
            client_id: self.client_id()?.to_owned(),
            is_authentication_open: self.is_authentication_open(),
            authentication,
            id_token_algorithms,
            secret_key,
            kind: located.kind,
            has_many_issuers: located.has_many_issuers,
            refused_tenant: located.refused_tenant,
            profile_urls: located.profile_urls,
            id,
        })
    }

    fn second_factor_values(&self, is_openid_connect: bool) -> Checked<Vec<String>> {
        let values = self.entry.second_factor_values.clone().unwrap_or_default();
        if !values.is_empty() && !is_openid_connect {
            return Err("has `second_factor_values`, which only an ID token can have: remove them".to_owned());
        }
        match values.iter().any(|value| value.is_empty() || value == "pwd") {
            true => Err("has `second_factor_values` that no second factor is called by: name what the provider says of one,                          such as `mfa`"
                .to_owned()),
            false => Ok(values),
        }
    }

    fn can_reauthenticate(&self, is_openid_connect: bool) -> Checked<bool> {
        match self.entry.can_reauthenticate {
            Some(true) if !is_openid_connect => {
                Err("has `can_reauthenticate`, and only OpenID Connect says when a login was: remove it"
                    .to_owned())
            }
            Some(can) => Ok(can),
            None => Ok(is_openid_connect && self.preset.is_none_or(|preset| preset.can_reauthenticate)),
        }
    }

    fn label(&self, id: &ProviderId) -> Checked<String> {
        let label = given("label", &self.entry.label)?.or(self.preset.map(|preset| preset.label));
        Ok(label.unwrap_or(id.as_str()).to_owned())
    }

    fn client_id(&self) -> Checked<&'a str> {
        given("client_id", &self.entry.client_id)?
            .ok_or_else(|| "has no `client_id`: set it to the one that the provider gave".to_owned())
    }
}

/// A text that is not empty, if there is one.
fn given<'t>(name: &str, text: &'t Option<String>) -> Checked<Option<&'t str>> {
    match text.as_deref() {
        Some(text) if text.trim().is_empty() => Err(format!("has an empty `{name}`: set it or remove it")),
        text => Ok(text),
    }
}

fn unknown_preset(name: &str) -> String {
    let names: Vec<_> = presets::all().into_iter().map(|preset| preset.name).collect();
    format!(
        "has the preset `{name}`, which there is not: use one of {}, or name an `issuer`",
        names.join(", ")
    )
}
