//! Providers as files and the environment have them.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use crate::secret::Secret;

use super::super::ProfileFields;
use super::{ProviderConfig, ResponseMode, SignUpPolicy, TrustedEmailDomains, UserinfoMethod};

/// A provider's settings, as they are given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::provider) struct ProviderEntry {
    pub(in crate::provider) preset: Option<String>,
    pub(in crate::provider) issuer: Option<String>,
    pub(in crate::provider) authorization_endpoint: Option<String>,
    pub(in crate::provider) token_endpoint: Option<String>,
    pub(in crate::provider) userinfo_endpoint: Option<String>,
    pub(in crate::provider) tenant: Option<String>,
    pub(in crate::provider) domain: Option<String>,
    pub(in crate::provider) realm: Option<String>,
    pub(in crate::provider) client_id: Option<String>,
    #[serde(deserialize_with = "secret")]
    pub(in crate::provider) client_secret: Option<Secret>,
    pub(in crate::provider) client_authentication: Option<String>,
    #[serde(deserialize_with = "secret")]
    pub(in crate::provider) client_key: Option<Secret>,
    pub(in crate::provider) client_key_id: Option<String>,
    pub(in crate::provider) team_id: Option<String>,
    pub(in crate::provider) scopes: Option<Vec<String>>,
    pub(in crate::provider) label: Option<String>,
    pub(in crate::provider) trusted_email_domains: Option<TrustedEmailDomains>,
    pub(in crate::provider) link_by_verified_email: Option<bool>,
    pub(in crate::provider) sign_up: Option<SignUpPolicy>,
    pub(in crate::provider) keep_tokens: Option<bool>,
    pub(in crate::provider) api_origins: Option<Vec<String>>,
    pub(in crate::provider) response_mode: Option<ResponseMode>,
    pub(in crate::provider) id_token_signed_response_alg: Option<String>,
    pub(in crate::provider) max_age: Option<u64>,
    pub(in crate::provider) can_reauthenticate: Option<bool>,
    pub(in crate::provider) pkce: Option<bool>,
    pub(in crate::provider) textual_booleans: Option<bool>,
    pub(in crate::provider) userinfo_method: Option<UserinfoMethod>,
    pub(in crate::provider) userinfo_accept: Option<String>,
    pub(in crate::provider) userinfo_headers: BTreeMap<String, String>,
    pub(in crate::provider) rp_initiated_logout: Option<bool>,
    pub(in crate::provider) second_factor_values: Option<Vec<String>>,
    pub(in crate::provider) authorization_params: BTreeMap<String, String>,
    pub(in crate::provider) profile: Option<ProfileFields>,
}

/// Login providers as a file has them: a table with a table for each, by the name that its routes carry. They keep the order of the
/// file where its format gives it (for TOML, the feature `preserve_order` of the crate `toml`).
///
/// | key | meaning |
/// |---|---|
/// | `preset` | one of the presets; without any place the one that is named like the provider |
/// | `issuer` | an OpenID Connect provider, by discovery |
/// | `authorization_endpoint`, `token_endpoint`, `userinfo_endpoint` | an OAuth 2.0 provider |
/// | `userinfo_endpoint` beside `issuer` | an API of the provider's own, by which the profile is read instead of the ID token |
/// | `tenant`, `domain`, `realm` | for presets that are told where they are; `cognito` takes the region's host as the domain and the pool's id as the realm |
/// | `client_id`, `client_secret` | the registration; without a secret a public client |
/// | `client_authentication` | `client_secret_basic`, `client_secret_post`, `private_key_jwt`, `none` |
/// | `client_key`, `client_key_id`, `team_id` | a private key in PEM form; the other two for Apple |
/// | `scopes` | a list; the preset's, or `openid`, `email`, `profile` |
/// | `label` | what the button says |
/// | `trusted_email_domains` | `"all"`, `"none"` or a list of domains |
/// | `link_by_verified_email` | `true`: who is vouched for with a verified address logs in to the account that has it |
/// | `sign_up` | `"open"`, `"closed"` |
/// | `keep_tokens`, `api_origins` | keep the provider's tokens, and send them to these origins |
/// | `response_mode` | `"query"`, `"form_post"` |
/// | `id_token_signed_response_alg` | the one algorithm of its ID tokens |
/// | `max_age` | the seconds since the login there, at most |
/// | `userinfo_method`, `userinfo_accept` | `"post"`, and the media type to ask for, where `"get"` and JSON will not do |
/// | `userinfo_headers` | a table of further headers of that request |
/// | `can_reauthenticate` | `false`: it cannot be asked for a new login, or does not say when that was |
/// | `pkce` | `false`: it refuses a code that comes with a verifier |
/// | `textual_booleans` | `true`: it writes `email_verified` as `"true"`, `1` or `"1"` too |
/// | `rp_initiated_logout` | `true`: logging out here logs out there |
/// | `second_factor_values` | a list of values of `amr` and `acr`, such as `["mfa"]`: a login there that has one of them has shown a second factor |
/// | `authorization_params` | a table of further parameters of the authorization request |
/// | `profile` | a table, see [`ProfileFields`] |
///
/// ```
/// use auth_core::provider::ProviderEntries;
///
/// # fn example() -> Result<(), serde_json::Error> {
/// let entries: ProviderEntries = serde_json::from_str(
///     r#"{ "github": { "client_id": "Iv1.8a61f9b3a7aba766", "client_secret": "…" },
///          "work": { "issuer": "https://login.example.com", "client_id": "app", "label": "Work account" } }"#,
/// )?;
/// let builder = auth_core::Auth::builder().providers(entries);
///
/// let misspelt = serde_json::from_str::<ProviderEntries>(r#"{ "work": { "isuer": "https://login.example.com" } }"#);
/// assert!(misspelt.unwrap_err().to_string().starts_with("the provider `work`: unknown field `isuer`"));
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct ProviderEntries(Vec<ProviderConfig>);

/// A file of login providers: [`ProviderEntries`] under the key `providers`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvidersFile {
    /// The providers.
    pub providers: ProviderEntries,
}

impl IntoIterator for ProviderEntries {
    type Item = ProviderConfig;
    type IntoIter = std::vec::IntoIter<ProviderConfig>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de> Deserialize<'de> for ProviderEntries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = ProviderEntries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of providers")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ProviderEntries, A::Error> {
        let mut configs = Vec::new();
        while let Some(id) = map.next_key::<String>()? {
            let entry = map.next_value();
            let entry =
                entry.map_err(|error| A::Error::custom(format_args!("the provider `{id}`: {error}")))?;
            configs.push(ProviderConfig { id, entry, authentication: None });
        }
        Ok(ProviderEntries(configs))
    }
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Secret>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(Secret::new))
}
