//! Providers from the environment.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;

use serde::de::value::MapDeserializer;
use serde::{Deserialize, de};

use crate::error::Error;
use crate::secret::Secret;

use super::config::{ProviderEntry, ResponseMode};
use super::{ProfileFields, ProviderConfig, SignUpPolicy, TrustedEmailDomains, UserinfoMethod};

/// What the variables begin with; then the provider's id and the setting.
const PREFIX: &str = "AUTH_PROVIDER_";

impl ProviderConfig {
    /// All providers of the environment, by their ids. `AUTH_PROVIDER_GITHUB_CLIENT_ID` and `AUTH_PROVIDER_GITHUB_CLIENT_SECRET` make
    /// one; empty variables are as if they were not set.
    ///
    /// The variables are `AUTH_PROVIDER_<ID>_<SETTING>`. `<ID>` is the provider's id in capital letters, in which `-` cannot be
    /// written. The settings are those of [`ProviderEntries`](super::ProviderEntries):
    ///
    /// | setting | value |
    /// |---|---|
    /// | `PRESET`, `ISSUER`, `AUTHORIZATION_ENDPOINT`, `TOKEN_ENDPOINT`, `USERINFO_ENDPOINT` | a text |
    /// | `TENANT`, `DOMAIN`, `REALM`, `LABEL` | a text |
    /// | `CLIENT_ID`, `CLIENT_SECRET`, `CLIENT_AUTHENTICATION`, `CLIENT_KEY`, `CLIENT_KEY_ID`, `TEAM_ID` | a text |
    /// | `SCOPES`, `API_ORIGINS`, `SECOND_FACTOR_VALUES` | texts, separated by spaces or commas |
    /// | `TRUSTED_EMAIL_DOMAINS` | `all`, `none`, or domains, separated by spaces or commas |
    /// | `LINK_BY_VERIFIED_EMAIL`, `KEEP_TOKENS`, `RP_INITIATED_LOGOUT` | `true` or `false` |
    /// | `CAN_REAUTHENTICATE`, `PKCE`, `TEXTUAL_BOOLEANS` | `true` or `false` |
    /// | `SIGN_UP` | `open` or `closed` |
    /// | `RESPONSE_MODE` | `query` or `form_post` |
    /// | `USERINFO_METHOD` | `get` or `post` |
    /// | `USERINFO_ACCEPT`, `ID_TOKEN_SIGNED_RESPONSE_ALG` | a text |
    /// | `MAX_AGE` | seconds |
    /// | `AUTHORIZATION_PARAMS`, `PROFILE`, `USERINFO_HEADERS` | `name=value&name=value`, form-encoded |
    ///
    /// # Errors
    /// `Configuration` that names the variable.
    pub fn all_from_env() -> Result<Vec<Self>, Error> {
        Self::all_from_variables(env::vars_os())
    }

    pub(crate) fn all_from_variables(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Vec<Self>, Error> {
        let mut entries: BTreeMap<String, ProviderEntry> = BTreeMap::new();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            let value = value.into_string().map_err(|_| fault(name, "is not UTF-8"))?;
            if value.is_empty() {
                continue;
            }
            let (id, set) = taken_apart(name)?;
            set(entries.entry(id).or_default(), value).map_err(|wrong| fault(name, wrong))?;
        }
        let config = |(id, entry)| Self { id, entry, authentication: None };
        Ok(entries.into_iter().map(config).collect())
    }
}

fn fault(name: &str, wrong: &str) -> Error {
    Error::configuration(format!("{name} {wrong}"))
}

/// The provider's id, and how its setting is made.
fn taken_apart(name: &str) -> Result<(String, Set), Error> {
    let rest = name.strip_prefix(PREFIX).unwrap_or_default();
    let found = SETTINGS.iter().find_map(|(setting, set)| {
        let id = rest.strip_suffix(setting)?.strip_suffix('_')?;
        (!id.is_empty()).then(|| (id.to_ascii_lowercase(), *set))
    });
    found.ok_or_else(|| {
        let settings: Vec<_> = SETTINGS.iter().map(|(setting, _)| *setting).collect();
        fault(
            name,
            &format!("is no setting of a provider: write {PREFIX}<ID>_ and one of {}", settings.join(", ")),
        )
    })
}

/// The variable of a provider that is meant by a name which ends like one and begins nearly so:
/// `AUTH_PROVIDERS_GITHUB_CLIENT_ID`.
pub(crate) fn meant_provider_variable(name: &str, is_close: fn(&str, &str) -> bool) -> Option<String> {
    let name = name.to_ascii_uppercase();
    let (head, rest) = name.match_indices('_').nth(1).map(|(at, _)| name.split_at(at + 1))?;
    let meant = format!("{PREFIX}{rest}");
    (is_close(head, PREFIX) && taken_apart(&meant).is_ok()).then_some(meant)
}

/// Whether the variable is of a provider, and no other setting.
pub(crate) fn is_provider_variable(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// Makes a setting, or says what is wrong with its value.
pub(super) type Set = fn(&mut ProviderEntry, String) -> Result<(), &'static str>;

/// Each setting, and how it is made. None ends in `_` and another one, so that the end of a variable's name tells which it is.
pub(super) const SETTINGS: &[(&str, Set)] = &[
    ("API_ORIGINS", |entry, text| put(&mut entry.api_origins, list(&text))),
    ("AUTHORIZATION_ENDPOINT", |entry, text| put(&mut entry.authorization_endpoint, text)),
    ("AUTHORIZATION_PARAMS", |entry, text| {
        entry.authorization_params = pairs(&text);
        Ok(())
    }),
    ("CAN_REAUTHENTICATE", |entry, text| put(&mut entry.can_reauthenticate, switch(&text)?)),
    ("CLIENT_AUTHENTICATION", |entry, text| put(&mut entry.client_authentication, text)),
    ("CLIENT_ID", |entry, text| put(&mut entry.client_id, text)),
    ("CLIENT_KEY", |entry, text| put(&mut entry.client_key, Secret::new(text))),
    ("CLIENT_KEY_ID", |entry, text| put(&mut entry.client_key_id, text)),
    ("CLIENT_SECRET", |entry, text| put(&mut entry.client_secret, Secret::new(text))),
    ("DOMAIN", |entry, text| put(&mut entry.domain, text)),
    ("ID_TOKEN_SIGNED_RESPONSE_ALG", |entry, text| put(&mut entry.id_token_signed_response_alg, text)),
    ("ISSUER", |entry, text| put(&mut entry.issuer, text)),
    ("KEEP_TOKENS", |entry, text| put(&mut entry.keep_tokens, switch(&text)?)),
    ("LABEL", |entry, text| put(&mut entry.label, text)),
    ("LINK_BY_VERIFIED_EMAIL", |entry, text| put(&mut entry.link_by_verified_email, switch(&text)?)),
    ("MAX_AGE", |entry, text| put(&mut entry.max_age, text.parse().map_err(|_| "is no number of seconds")?)),
    ("PKCE", |entry, text| put(&mut entry.pkce, switch(&text)?)),
    ("PRESET", |entry, text| put(&mut entry.preset, text)),
    ("PROFILE", |entry, text| put(&mut entry.profile, profile(&text)?)),
    ("REALM", |entry, text| put(&mut entry.realm, text)),
    ("RESPONSE_MODE", |entry, text| put(&mut entry.response_mode, response_mode(&text)?)),
    ("RP_INITIATED_LOGOUT", |entry, text| put(&mut entry.rp_initiated_logout, switch(&text)?)),
    ("SCOPES", |entry, text| put(&mut entry.scopes, list(&text))),
    ("SECOND_FACTOR_VALUES", |entry, text| put(&mut entry.second_factor_values, list(&text))),
    ("SIGN_UP", |entry, text| put(&mut entry.sign_up, sign_up(&text)?)),
    ("TEAM_ID", |entry, text| put(&mut entry.team_id, text)),
    ("TENANT", |entry, text| put(&mut entry.tenant, text)),
    ("TEXTUAL_BOOLEANS", |entry, text| put(&mut entry.textual_booleans, switch(&text)?)),
    ("TOKEN_ENDPOINT", |entry, text| put(&mut entry.token_endpoint, text)),
    ("TRUSTED_EMAIL_DOMAINS", |entry, text| put(&mut entry.trusted_email_domains, domains(&text))),
    ("USERINFO_ACCEPT", |entry, text| put(&mut entry.userinfo_accept, text)),
    ("USERINFO_ENDPOINT", |entry, text| put(&mut entry.userinfo_endpoint, text)),
    ("USERINFO_HEADERS", |entry, text| {
        entry.userinfo_headers = pairs(&text);
        Ok(())
    }),
    ("USERINFO_METHOD", |entry, text| put(&mut entry.userinfo_method, userinfo_method(&text)?)),
];

fn put<T>(setting: &mut Option<T>, value: T) -> Result<(), &'static str> {
    *setting = Some(value);
    Ok(())
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

fn list(text: &str) -> Vec<String> {
    text.split([' ', ',']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn switch(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "is neither `true` nor `false`")
}

fn profile(text: &str) -> Result<ProfileFields, &'static str> {
    let fields: MapDeserializer<'_, _, de::value::Error> =
        MapDeserializer::new(form_urlencoded::parse(text.as_bytes()));
    ProfileFields::deserialize(fields).map_err(|_| {
        "names something else than `subject`, `email`, `email_verified`, `username`, `name` and `picture`"
    })
}

fn domains(text: &str) -> TrustedEmailDomains {
    match text {
        "all" => TrustedEmailDomains::All,
        "none" => TrustedEmailDomains::None,
        _ => TrustedEmailDomains::Only(list(text)),
    }
}

fn sign_up(text: &str) -> Result<SignUpPolicy, &'static str> {
    match text {
        "closed" => Ok(SignUpPolicy::Closed),
        "open" => Ok(SignUpPolicy::Open),
        _ => Err("is neither `open` nor `closed`"),
    }
}

fn userinfo_method(text: &str) -> Result<UserinfoMethod, &'static str> {
    match text {
        "get" => Ok(UserinfoMethod::Get),
        "post" => Ok(UserinfoMethod::Post),
        _ => Err("is neither `get` nor `post`"),
    }
}

fn response_mode(text: &str) -> Result<ResponseMode, &'static str> {
    match text {
        "form_post" => Ok(ResponseMode::FormPost),
        "query" => Ok(ResponseMode::Query),
        _ => Err("is neither `query` nor `form_post`"),
    }
}
