//! From what is said of a provider to one that can be used, or to what is wrong with it.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::issuer::{IssuerId, IssuerMetadata, JwsAlgorithm};
use crate::key::{SigningAlgorithm, SigningKey};
use crate::oauth::ClientAuthentication;
use crate::outbound::OutboundUrl;
use crate::secret::Secret;
use crate::user::Email;

use super::config::{ProviderEntry, ResponseMode, SignUpPolicy, TrustedEmailDomains};
use super::presets::{PRESETS, Place, Preset, SecretUse, preset};
use super::profile::Reading;
use super::registry::{Issuance, Kind, Provider, TrustedDomains, is_tenant};
use super::{ProviderConfig, ProviderId};

/// What is asked for where neither the entry nor a preset says.
const DEFAULT_SCOPES: &[&str] = &["openid", "email", "profile"];

/// The least length of a client secret that keys HS256, in bytes (RFC 7518 section 3.2).
const MIN_HMAC_SECRET: usize = 32;

/// The tenant of Microsoft's own accounts (https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference, `tid`).
const CONSUMERS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

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

/// The algorithms of ID tokens, by their registered names.
const ALGORITHMS: [(&str, JwsAlgorithm); 10] = [
    ("EdDSA", JwsAlgorithm::EdDsa),
    ("ES256", JwsAlgorithm::Es256),
    ("ES384", JwsAlgorithm::Es384),
    ("HS256", JwsAlgorithm::Hs256),
    ("PS256", JwsAlgorithm::Ps256),
    ("PS384", JwsAlgorithm::Ps384),
    ("PS512", JwsAlgorithm::Ps512),
    ("RS256", JwsAlgorithm::Rs256),
    ("RS384", JwsAlgorithm::Rs384),
    ("RS512", JwsAlgorithm::Rs512),
];

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

/// Where a provider is, and what is known of it by that.
struct Located {
    kind: Kind,
    issuers: Issuance,
    metadata: Option<IssuerMetadata>,
    profile_urls: Vec<OutboundUrl>,
    /// Whether this is the very place that the preset speaks of.
    is_presets_own: bool,
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
        let id_token_algorithms = self.algorithms(is_openid_connect, &authentication)?;
        if self.entry.max_age.is_some() && !is_openid_connect {
            return Err("has a `max_age`, which only OpenID Connect can keep: remove it".to_owned());
        }
        Ok(Provider {
            label: self.label(&id),
            scopes: self.scopes(is_openid_connect)?,
            parameters: self.parameters()?,
            has_pkce: self.preset.is_none_or(|preset| preset.has_pkce),
            has_form_post: self.has_form_post()?,
            has_user_parameter: self.preset.is_some_and(|preset| preset.has_user_parameter),
            max_age: self.entry.max_age.map(Duration::from_secs),
            trusted: self.trusted(located.is_presets_own)?,
            links_by_verified_email: self.entry.link_by_verified_email.unwrap_or(false),
            is_sign_up_open: self.entry.sign_up.unwrap_or_default() == SignUpPolicy::Open,
            has_rp_initiated_logout: self.entry.rp_initiated_logout.unwrap_or(false),
            keeps_tokens: self.entry.keep_tokens.unwrap_or(false),
            api_origins: self.api_origins(located.is_presets_own)?,
            reading: self.reading()?,
            client_id: self.client_id()?.to_owned(),
            is_authentication_open: self.is_authentication_open(),
            authentication,
            id_token_algorithms,
            kind: located.kind,
            issuers: located.issuers,
            metadata: located.metadata.map(Arc::new),
            profile_urls: located.profile_urls,
            id,
        })
    }

    fn label(&self, id: &ProviderId) -> String {
        let given = self.entry.label.as_deref().or(self.preset.map(|preset| preset.label));
        given.unwrap_or(id.as_str()).to_owned()
    }

    fn client_id(&self) -> Checked<&'a str> {
        given(&self.entry.client_id)?
            .ok_or_else(|| "has no `client_id`: set it to the one that the provider gave".to_owned())
    }
}

/// A text that is not empty, if there is one.
fn given(text: &Option<String>) -> Checked<Option<&str>> {
    match text.as_deref() {
        Some(text) if text.trim().is_empty() => Err("has an empty setting: set it or remove it".to_owned()),
        text => Ok(text),
    }
}

fn unknown_preset(name: &str) -> String {
    let names: Vec<_> = PRESETS.iter().map(|preset| preset.name).collect();
    format!(
        "has the preset `{name}`, which there is not: use one of {}, or name an `issuer`",
        names.join(", ")
    )
}

/// Places.
impl Draft<'_> {
    fn locate(&self) -> Checked<Located> {
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
            refuse_unused(name, endpoint, takes_endpoints && entry.issuer.is_none())?;
        }
        match place {
            None if entry.issuer.is_none() => self.at_endpoints(None),
            None => self.at_issuer(given(&entry.issuer)?.unwrap_or_default(), None),
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
        let profile_urls = profile.iter().map(|url| self.url("profile", url)).collect::<Checked<_>>()?;
        let issuer = IssuerId::parse(issuer).map_err(|error| format!("has a wrong `issuer`: {error}"))?;
        Ok(Located {
            kind: Kind::OpenIdConnect { issuer },
            issuers: Issuance::One,
            metadata: None,
            profile_urls,
            is_presets_own: false,
        })
    }

    /// By the operator's issuer, domain and realm, or where the preset is without them.
    fn at_own_issuer(&self, template: &str, base: Option<&str>) -> Checked<Located> {
        if let Some(issuer) = given(&self.entry.issuer)? {
            return self.at_issuer(issuer, None);
        }
        let domain = given(&self.entry.domain)?;
        let own = domain
            .or(base)
            .ok_or("needs a `domain`: set it to where the provider is, like sso.example.com")?;
        let base_url = if own.contains("://") { own.to_owned() } else { format!("https://{own}") };
        let mut issuer = template.replace("{base}", base_url.trim_end_matches('/'));
        if template.contains("{realm}") {
            let realm =
                given(&self.entry.realm)?.ok_or("needs a `realm`: set it to the name of the realm")?;
            if !realm.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)) {
                return Err("has a `realm` that does not fit into a URL: write it as the URLs there have it"
                    .to_owned());
            }
            issuer = issuer.replace("{realm}", realm);
        }
        Ok(Located { is_presets_own: domain.is_none(), ..self.at_issuer(&issuer, None)? })
    }

    fn at_entra(&self) -> Checked<Located> {
        let tenant = given(&self.entry.tenant)?.ok_or(
            "needs a `tenant`: set it to the tenant's id, or to `common`, `organizations` or `consumers` for accounts of others too",
        )?;
        let except = match tenant {
            "common" => None,
            "organizations" => Some(CONSUMERS),
            "consumers" => return self.at_issuer(&entra_issuer(CONSUMERS), None),
            tenant if is_tenant(tenant) => return self.at_issuer(&entra_issuer(tenant), None),
            _ => {
                return Err("has a `tenant` that is neither an id (a UUID in small letters) nor `common`, `organizations` or \
                     `consumers`: issuers are named by the id, so a domain will not do"
                    .to_owned());
            }
        };
        let pattern = entra_issuer("{tenantid}");
        Ok(Located {
            issuers: Issuance::PerTenant { except },
            metadata: Some(entra_metadata(tenant, &pattern)),
            ..self.at_issuer(&pattern, None)?
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
            issuers: Issuance::One,
            metadata: None,
            is_presets_own: own_issuer.is_some(),
        })
    }

    /// A URL that nobody on the way can read or change: `https`, or loopback for a developer.
    fn url(&self, name: &str, text: &str) -> Checked<OutboundUrl> {
        let url = OutboundUrl::parse(text).map_err(|error| format!("has a wrong `{name}`: {error}"))?;
        if url.url().scheme() == "https" || self.is_local && url.is_loopback() {
            return Ok(url);
        }
        Err(format!(
            "has a `{name}` over plain http: use https (http is for loopback addresses beside an http://localhost base URL)"
        ))
    }
}

fn refuse_unused(name: &str, setting: &Option<String>, is_used: bool) -> Checked<()> {
    if setting.is_none() || is_used {
        return Ok(());
    }
    Err(format!(
        "has a `{name}`, which does not go with the rest: remove it, or say by it alone where the provider is"
    ))
}

fn entra_issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

/// What Microsoft says at `common` and `organizations`. Its `issuer` there is a pattern, which no discovery may take (OpenID
/// Connect Discovery 1.0 section 4.3).
fn entra_metadata(tenant: &str, pattern: &str) -> IssuerMetadata {
    let at =
        |path: &str| OutboundUrl::parse(&format!("https://login.microsoftonline.com/{tenant}/{path}")).ok();
    IssuerMetadata {
        authorization_endpoint: at("oauth2/v2.0/authorize"),
        token_endpoint: at("oauth2/v2.0/token"),
        jwks_uri: at("discovery/v2.0/keys"),
        end_session_endpoint: at("oauth2/v2.0/logout"),
        issuer: pattern.to_owned(),
        ..IssuerMetadata::default()
    }
}

/// The registration.
impl Draft<'_> {
    fn authentication(&self) -> Checked<ClientAuthentication> {
        let entry = self.entry;
        if let Some(given) = &self.config.authentication {
            if entry.client_secret.is_some() || entry.client_key.is_some() {
                return Err(
                    "has an authentication and a secret or key beside it: remove one of them".to_owned()
                );
            }
            return Ok(given.clone());
        }
        let secret_use = self.preset.map_or(SecretUse::Optional, |preset| preset.secret);
        match (&entry.client_secret, &entry.client_key) {
            (Some(_), Some(_)) => {
                Err("has a `client_secret` and a `client_key`: remove one of them".to_owned())
            }
            (Some(secret), None) => self.by_secret(secret, secret_use),
            (None, Some(key)) => self.by_key(key, secret_use),
            (None, None) => self.without_secret(secret_use),
        }
    }

    /// Whether the provider's metadata decides how a secret is sent.
    fn is_authentication_open(&self) -> bool {
        let is_presets_choice = self.preset.is_some_and(|preset| preset.secret != SecretUse::Optional);
        self.config.authentication.is_none()
            && self.entry.client_authentication.is_none()
            && !is_presets_choice
    }

    fn by_secret(&self, secret: &Secret, secret_use: SecretUse) -> Checked<ClientAuthentication> {
        if secret.expose().trim().is_empty() {
            return Err("has an empty `client_secret`: set it, or remove it for a public client".to_owned());
        }
        self.refuse_key_ids()?;
        let in_form = match self.entry.client_authentication.as_deref() {
            None => secret_use != SecretUse::Optional,
            Some("client_secret_basic") => false,
            Some("client_secret_post") => true,
            Some(other) => return Err(self.wrong_method(other, "a `client_secret`")),
        };
        Ok(if in_form {
            ClientAuthentication::SecretPost(secret.clone())
        } else {
            ClientAuthentication::SecretBasic(secret.clone())
        })
    }

    fn by_key(&self, pem: &Secret, secret_use: SecretUse) -> Checked<ClientAuthentication> {
        if let Some(method) =
            self.entry.client_authentication.as_deref().filter(|method| *method != "private_key_jwt")
        {
            return Err(self.wrong_method(method, "a `client_key`"));
        }
        let read = |algorithm| SigningKey::from_pem(algorithm, pem.expose());
        let SecretUse::Signed { audience } = secret_use else {
            self.refuse_key_ids()?;
            let algorithms = [SigningAlgorithm::EdDsa, SigningAlgorithm::Es256, SigningAlgorithm::Rs256];
            let key = algorithms.into_iter().find_map(|algorithm| read(algorithm).ok());
            let key =
                key.ok_or("has a `client_key` that is no private key in PEM form for EdDSA, ES256 or RS256")?;
            return Ok(ClientAuthentication::PrivateKeyJwt(Arc::new(key)));
        };
        let key = read(SigningAlgorithm::Es256);
        let key = key.map_err(|_| "has a `client_key` that is not the text of Apple's .p8 file")?;
        let needed = |name: &str, text| {
            given(text)?.map(str::to_owned).ok_or_else(|| format!("needs a `{name}` beside its `client_key`"))
        };
        Ok(ClientAuthentication::SignedSecret {
            team: needed("team_id", &self.entry.team_id)?,
            kid: needed("client_key_id", &self.entry.client_key_id)?,
            audience: audience.to_owned(),
            key: Arc::new(key),
        })
    }

    fn without_secret(&self, secret_use: SecretUse) -> Checked<ClientAuthentication> {
        match secret_use {
            SecretUse::Needed => {
                return Err(
                    "has no `client_secret`: set it to the one that the provider gave with the client id"
                        .to_owned(),
                );
            }
            SecretUse::Signed { .. } => {
                return Err("has no `client_key`: set it to the text of Apple's .p8 file, and `client_key_id` and `team_id` to the \
                     ids of the key and of the team"
                    .to_owned());
            }
            SecretUse::Optional | SecretUse::OptionalInForm => self.refuse_key_ids()?,
        }
        match self.entry.client_authentication.as_deref() {
            None | Some("none") => Ok(ClientAuthentication::None),
            Some(method) => Err(self.wrong_method(method, "neither a `client_secret` nor a `client_key`")),
        }
    }

    fn refuse_key_ids(&self) -> Checked<()> {
        refuse_unused("client_key_id", &self.entry.client_key_id, false)?;
        refuse_unused("team_id", &self.entry.team_id, false)
    }

    fn wrong_method(&self, method: &str, beside: &str) -> String {
        format!(
            "has the `client_authentication` `{method}` and {beside}: `client_secret_basic` and `client_secret_post` go with a secret, \
             `private_key_jwt` with a key, `none` with neither"
        )
    }

    fn algorithms(
        &self,
        is_openid_connect: bool,
        authentication: &ClientAuthentication,
    ) -> Checked<Vec<JwsAlgorithm>> {
        let algorithms = match self.entry.id_token_signed_response_alg.as_deref() {
            None => self.preset.map_or(&[][..], |preset| preset.id_token_algorithms).to_vec(),
            Some(_) if !is_openid_connect => {
                return Err("has an `id_token_signed_response_alg`, and no ID tokens: remove it".to_owned());
            }
            Some(name) => {
                let known = ALGORITHMS.iter().find(|(known, _)| *known == name);
                let names = ALGORITHMS.map(|(name, _)| name).join(", ");
                vec![
                    known
                        .ok_or_else(|| {
                            format!("has an `id_token_signed_response_alg` that is none of {names}")
                        })?
                        .1,
                ]
            }
        };
        let secret = match authentication {
            ClientAuthentication::SecretBasic(secret) | ClientAuthentication::SecretPost(secret) => {
                secret.expose()
            }
            _ => "",
        };
        if algorithms.contains(&JwsAlgorithm::Hs256) && secret.len() < MIN_HMAC_SECRET {
            return Err(format!(
                "has HS256 ID tokens, which the client secret is the key of: that must have {MIN_HMAC_SECRET} bytes or more"
            ));
        }
        Ok(algorithms)
    }
}

/// What is asked for, and what is believed.
impl Draft<'_> {
    fn scopes(&self, is_openid_connect: bool) -> Checked<Vec<String>> {
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

    fn parameters(&self) -> Checked<Vec<(String, String)>> {
        let parameters = &self.entry.authorization_params;
        if let Some(name) = parameters.keys().find(|name| OWN_PARAMETERS.contains(&name.as_str())) {
            return Err(format!(
                "has `{name}` among its `authorization_params`, which the login itself sets: remove it"
            ));
        }
        Ok(parameters.clone().into_iter().collect())
    }

    fn has_form_post(&self) -> Checked<bool> {
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

    fn trusted(&self, is_presets_own: bool) -> Checked<TrustedDomains> {
        let is_believed = is_presets_own && self.preset.is_some_and(|preset| preset.is_believed);
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

    fn api_origins(&self, is_presets_own: bool) -> Checked<Vec<String>> {
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

    fn reading(&self) -> Checked<Reading> {
        let Some(fields) = self.entry.profile.clone() else {
            let presets =
                self.preset.map(|preset| Reading { fields: preset.pointers.into(), address: preset.address });
            return Ok(presets.unwrap_or_else(|| Reading { fields: Default::default(), address: None }));
        };
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
        Ok(Reading { fields, address: None })
    }
}

/// A scope of RFC 6749 section 3.3.
fn is_scope(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

/// The domain in the form in which addresses are compared.
fn canonical_domain(domain: &str) -> Option<String> {
    let address = Email::new(&format!("x@{domain}")).ok()?;
    address.canonical().strip_prefix("x@").map(str::to_owned)
}
