//! What is said of a provider before it is checked: in code, or in a file.

mod entry;
mod policy;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::oauth_client::ClientAuthentication;
use crate::secret::Secret;

use super::ProfileFields;

pub use self::entry::{ProviderEntries, ProvidersFile};
pub use self::policy::{SignUpPolicy, TrustedEmailDomains, UserinfoMethod};

pub(super) use self::entry::ProviderEntry;
pub(super) use self::policy::ResponseMode;

/// A provider to log in with, by a preset or by where it is.
///
/// What is wrong with it is said by [`AuthBuilder::build`](crate::AuthBuilder::build), by the provider's name and with what to
/// change.
///
/// ```
/// use auth_core::provider::ProviderConfig;
///
/// let github = ProviderConfig::preset("github", "Iv1.8a61f9b3a7aba766").client_secret("…");
/// let work = ProviderConfig::openid_connect("work", "https://login.example.com", "app")
///     .client_secret("…")
///     .label("Work account")
///     .trusted_email_domains(["example.com"]);
/// # let _ = (github, work);
/// ```
#[derive(Clone, Debug)]
#[doc(alias("oauth", "oidc", "social_login", "sso"))]
#[must_use = "a provider does nothing until the builder has it"]
pub struct ProviderConfig {
    pub(super) id: String,
    pub(super) entry: ProviderEntry,
    pub(super) authentication: Option<ClientAuthentication>,
}

impl ProviderConfig {
    /// A provider that this crate knows, under its own name: `amazon`, `apple`, `atlassian`, `auth0`, `bitbucket`, `box`, `cognito`,
    /// `discord`, `dropbox`, `facebook`, `figma`, `forgejo`, `gitea`, `github`, `gitlab`, `google`, `heroku`, `kakao`, `keycloak`,
    /// `line`, `linkedin`, `microsoft`, `naver`, `notion`, `okta`, `salesforce`, `slack`, `spotify`, `twitch`, `x`, `yahoo`, `zoom`.
    pub fn preset(preset: impl Into<String>, client_id: impl Into<String>) -> Self {
        let preset = preset.into();
        let entry = ProviderEntry { preset: Some(preset.clone()), ..ProviderEntry::default() };
        Self::new(preset, entry, client_id)
    }

    /// An OpenID Connect provider, which says the rest of itself (OpenID Connect Discovery 1.0 section 4).
    pub fn openid_connect(
        id: impl Into<String>,
        issuer: impl Into<String>,
        client_id: impl Into<String>,
    ) -> Self {
        let entry = ProviderEntry { issuer: Some(issuer.into()), ..ProviderEntry::default() };
        Self::new(id.into(), entry, client_id)
    }

    /// A provider of OAuth 2.0 alone. Who somebody is there is read by [`profile`](Self::profile).
    pub fn oauth2(id: impl Into<String>, endpoints: ProviderEndpoints, client_id: impl Into<String>) -> Self {
        let entry = ProviderEntry {
            authorization_endpoint: Some(endpoints.authorization),
            token_endpoint: Some(endpoints.token),
            userinfo_endpoint: Some(endpoints.userinfo),
            ..ProviderEntry::default()
        };
        Self::new(id.into(), entry, client_id)
    }

    fn new(id: String, entry: ProviderEntry, client_id: impl Into<String>) -> Self {
        let entry = ProviderEntry { client_id: Some(client_id.into()), ..entry };
        Self { id, entry, authentication: None }
    }

    /// The name in routes, in place of the preset's: 1 to 40 of `a`–`z`, `0`–`9`, `-` and `_`, beginning with a letter.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// The client secret. How it is sent, the preset or the provider's metadata says.
    pub fn client_secret(mut self, secret: impl Into<Secret>) -> Self {
        self.entry.client_secret = Some(secret.into());
        self
    }

    /// How this application says who it is, in place of what follows from a secret.
    pub fn authentication(mut self, authentication: ClientAuthentication) -> Self {
        self.authentication = Some(authentication);
        self
    }

    /// The private key of Apple's client secret: the text of the `.p8` file, the key's id, and the id of the team.
    pub fn apple_key(
        mut self,
        pem: impl Into<Secret>,
        key_id: impl Into<String>,
        team_id: impl Into<String>,
    ) -> Self {
        self.entry.client_key = Some(pem.into());
        self.entry.client_key_id = Some(key_id.into());
        self.entry.team_id = Some(team_id.into());
        self
    }

    /// The scopes to ask for, in place of the preset's or of `openid email profile`.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.entry.scopes = Some(scopes.into_iter().map(Into::into).collect());
        self
    }

    /// An API of the provider's own, beside its [`issuer`](Self::openid_connect), by which the profile is read instead of the ID token.
    /// Both have to speak of one subject; where the API says it, [`profile`](Self::profile) tells.
    pub fn userinfo_endpoint(mut self, url: impl Into<String>) -> Self {
        self.entry.userinfo_endpoint = Some(url.into());
        self
    }

    /// What the button says.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.entry.label = Some(label.into());
        self
    }

    /// The Microsoft Entra tenant: its id, or `common`, `organizations`, `consumers`.
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.entry.tenant = Some(tenant.into());
        self
    }

    /// Where the provider is, for presets that are told: `example.okta.com`, `gitlab.example.com`, `https://sso.example.com/auth`.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.entry.domain = Some(domain.into());
        self
    }

    /// The Keycloak realm.
    pub fn realm(mut self, realm: impl Into<String>) -> Self {
        self.entry.realm = Some(realm.into());
        self
    }

    /// The verified addresses that are believed, in place of the preset's choice: those of these domains, or a
    /// [`TrustedEmailDomains`].
    ///
    /// # Security
    /// Whoever administers a believed provider can take the addresses of these domains for themselves here.
    pub fn trusted_email_domains(mut self, domains: impl Into<TrustedEmailDomains>) -> Self {
        self.entry.trusted_email_domains = Some(domains.into());
        self
    }

    /// Whether somebody who is vouched for with a believed address is logged in to the account here that has proven the same one.
    /// Off by default: they log in to it in its own way once, and link then.
    pub fn link_by_verified_email(mut self, is_on: bool) -> Self {
        self.entry.link_by_verified_email = Some(is_on);
        self
    }

    /// Whether people without an account get one; they do by default.
    pub fn sign_up(mut self, policy: SignUpPolicy) -> Self {
        self.entry.sign_up = Some(policy);
        self
    }

    /// Whether the provider's tokens are kept, sealed, to call its API with; they are not by default.
    pub fn keep_tokens(mut self, is_on: bool) -> Self {
        self.entry.keep_tokens = Some(is_on);
        self
    }

    /// The origins (`https://api.example.com`) that a user's access token may be sent to, in place of the preset's.
    pub fn api_origins<S: Into<String>>(mut self, origins: impl IntoIterator<Item = S>) -> Self {
        self.entry.api_origins = Some(origins.into_iter().map(Into::into).collect());
        self
    }

    /// Whether the provider posts its answer as a form instead of putting it into the URL.
    pub fn response_mode_form_post(mut self, is_on: bool) -> Self {
        self.entry.response_mode = Some(if is_on { ResponseMode::FormPost } else { ResponseMode::Query });
        self
    }

    /// The one algorithm of the provider's ID tokens (RFC 7518 section 3.1), in place of whichever its keys are for. `HS256` is
    /// keyed by the client secret, and taken only where it is named here.
    pub fn id_token_signed_response_alg(mut self, algorithm: impl Into<String>) -> Self {
        self.entry.id_token_signed_response_alg = Some(algorithm.into());
        self
    }

    /// How UserInfo, or the API in its place, is asked; by GET, unless a preset says otherwise.
    pub fn userinfo_method(mut self, method: UserinfoMethod) -> Self {
        self.entry.userinfo_method = Some(method);
        self
    }

    /// The media type that UserInfo, or the API in its place, is asked for (`Accept`), in place of `application/json`: some APIs name
    /// their version by it.
    pub fn userinfo_accept(mut self, media_type: impl Into<String>) -> Self {
        self.entry.userinfo_accept = Some(media_type.into());
        self
    }

    /// Adds a header to that request: some APIs name their version by one of their own. It takes the place of the preset's.
    pub fn userinfo_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.entry.userinfo_headers.insert(name.into(), value.into());
        self
    }

    /// Whether the provider can be asked for a new login (`prompt=login`, `max_age=0`) and says when that was (`auth_time`); OpenID
    /// Connect providers can, unless a preset says otherwise. Users without a password here log in again with one that cannot, where
    /// others would confirm; that login is fresh whatever its `auth_time`.
    pub fn can_reauthenticate(mut self, can: bool) -> Self {
        self.entry.can_reauthenticate = Some(can);
        self
    }

    /// Whether codes are bound to the browser's login by PKCE (RFC 7636); they are, unless a preset says otherwise.
    ///
    /// # Security
    /// `false` is for providers that refuse a code which comes with a verifier. Without OpenID Connect, whose `nonce` does the same,
    /// somebody who steals a code can then log in with it in a browser of their own.
    pub fn pkce(mut self, is_on: bool) -> Self {
        self.entry.pkce = Some(is_on);
        self
    }

    /// Whether the provider writes the word on a proven address as `"true"`, `1` or `"1"` too; only a JSON `true` counts, unless a
    /// preset says otherwise.
    ///
    /// # Security
    /// Some providers let people enter the texts of their profile by themselves.
    pub fn textual_booleans(mut self, are_taken: bool) -> Self {
        self.entry.textual_booleans = Some(are_taken);
        self
    }

    /// Adds a parameter to the authorization request.
    pub fn authorization_parameter(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.entry.authorization_params.insert(name.into(), value.into());
        self
    }

    /// How long ago the login at the provider may be, to the second (OpenID Connect Core 1.0 section 3.1.2.1, `max_age`).
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.entry.max_age = Some(max_age.as_secs());
        self
    }

    /// Whether logging out here logs out at the provider too (OpenID Connect RP-Initiated Logout 1.0); off by default.
    pub fn rp_initiated_logout(mut self, is_on: bool) -> Self {
        self.entry.rp_initiated_logout = Some(is_on);
        self
    }

    /// Which values of `amr` (RFC 8176) and `acr` in an ID token say that the user has shown the provider a second factor: `mfa` at Okta
    /// and Microsoft Entra, the name of a level of assurance at Keycloak. Such a login is one with a factor here, and is asked for no
    /// other one; any other login by this provider is asked as one by password is. None by default: the provider's word stands for the
    /// first factor alone.
    ///
    /// Trust this to a provider whose accounts nobody else hands out.
    pub fn second_factor_values<S: Into<String>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
        self.entry.second_factor_values = Some(values.into_iter().map(Into::into).collect());
        self
    }

    /// Where the provider's answers say what.
    pub fn profile(mut self, fields: ProfileFields) -> Self {
        self.entry.profile = Some(fields);
        self
    }
}

/// Where a provider without OpenID Connect takes which request.
#[derive(Clone, Debug)]
pub struct ProviderEndpoints {
    /// Where browsers are sent to log in. Its origin stands for the issuer.
    pub authorization: String,
    /// Where codes and refresh tokens are exchanged.
    pub token: String,
    /// Where the access token's owner is described in JSON.
    pub userinfo: String,
}
