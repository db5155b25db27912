//! What a registration must hold before a server starts with it.

use std::time::Duration;

use uuid::Uuid;

use crate::error::Error;
use crate::issuer::KeySet;
use crate::outbound::OutboundUrl;
use crate::token::FIRST_PARTY;

use super::client::ClientKeys;
use super::config::is_a_scope;
use super::uri::{self, Checked};
use super::{ClientAuthMethod, GrantType, OAuthClient, SubjectType};

/// The longest id, in bytes.
const MAX_ID: usize = 255;

/// The longest grace of refresh tokens, as of [`TokenConfig`](crate::token::TokenConfig).
const MAX_GRACE: Duration = Duration::from_secs(60);

/// How many secrets are valid at once: the old one and the new one of a rotation.
const MAX_SECRETS: usize = 2;

impl OAuthClient {
    /// The client, once all of it holds. `longest_life` is that of access tokens of the whole server.
    ///
    /// # Errors
    /// `Configuration` that names the client and the setting.
    pub(super) fn checked(self, longest_life: Duration) -> Result<Self, Error> {
        let id = self.id.clone();
        self.check(longest_life).map_err(|fault| Error::configuration(format!("the client `{id}` {fault}")))
    }

    pub(super) fn check(self, longest_life: Duration) -> Checked<Self> {
        check_id(&self.id)?;
        self.check_settings(longest_life)
    }

    /// The same of all but its id.
    pub(super) fn check_settings(mut self, longest_life: Duration) -> Checked<Self> {
        self.check_uris()?;
        for resource in &self.resources {
            uri::resource(resource).map_err(|fault| in_setting("resources", resource, &fault))?;
        }
        for scope in &self.scopes {
            if !is_a_scope(scope) {
                return Err(format!("has in `scopes` what is no scope: `{}`", scope.escape_default()));
            }
        }
        self.keys = self.read_keys()?;
        self.check_method()?;
        self.check_grants()?;
        self.check_subject()?;
        if self.refresh_grace.is_some_and(|grace| grace > MAX_GRACE) {
            return Err("has a `refresh_grace` of more than 60 seconds".to_owned());
        }
        if self.access_life.is_some_and(|life| life < Duration::from_secs(1) || life > longest_life) {
            let longest = longest_life.as_secs();
            return Err(format!(
                "has an `access_life` outside of 1 to {longest} seconds, the life of access tokens here"
            ));
        }
        Ok(self)
    }

    fn check_uris(&self) -> Checked<()> {
        let redirects = self.redirect_uris.iter().map(|text| ("redirect_uris", text));
        let logouts = self.post_logout_redirect_uris.iter().map(|text| ("post_logout_redirect_uris", text));
        for (setting, text) in redirects.chain(logouts) {
            uri::redirect(text).map_err(|fault| in_setting(setting, text, &fault))?;
        }
        let of_the_web = [
            ("backchannel_logout_uri", &self.backchannel_logout_uri),
            ("logo_uri", &self.logo_uri),
            ("jwks_uri", &self.jwks_uri),
        ];
        for (setting, text) in of_the_web {
            if let Some(text) = text {
                uri::web_url(text).map_err(|fault| in_setting(setting, text, &fault))?;
            }
        }
        Ok(())
    }

    fn read_keys(&self) -> Checked<Option<ClientKeys>> {
        match (&self.jwks, &self.jwks_uri) {
            (Some(_), Some(_)) => Err("has both `jwks` and `jwks_uri`: keep one".to_owned()),
            (Some(json), None) => {
                let keys = KeySet::of_json(json).map_err(|fault| format!("has a `jwks` that {fault}"))?;
                Ok(Some(ClientKeys::Given(keys)))
            }
            (None, Some(url)) => {
                let url = OutboundUrl::parse(url).map_err(|_| "has a wrong `jwks_uri`".to_owned())?;
                Ok(Some(ClientKeys::At(url)))
            }
            (None, None) => Ok(None),
        }
    }

    /// What it is to prove itself by is there, and nothing else that somebody may take to count.
    fn check_method(&self) -> Checked<()> {
        let (has_secret, has_keys) = (!self.secrets.is_empty(), self.keys.is_some());
        if self.secrets.len() > MAX_SECRETS {
            return Err(format!(
                "has {} secrets: the old one and the new one of a rotation is all",
                self.secrets.len()
            ));
        }
        if let Some(weakness) = &self.weakness {
            return Err(format!("has a `secret` that {weakness}"));
        }
        match self.method() {
            ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost if !has_secret => {
                Err(format!("has the `auth_method` {} and no `secret`", self.method().as_str()))
            }
            ClientAuthMethod::PrivateKeyJwt if !has_keys => {
                Err("has the `auth_method` private_key_jwt and neither `jwks` nor `jwks_uri`".to_owned())
            }
            ClientAuthMethod::PrivateKeyJwt if has_secret => {
                Err("has a `secret` beside private_key_jwt, which would never be asked for: remove it"
                    .to_owned())
            }
            ClientAuthMethod::None if has_secret => {
                Err("has a `secret` and the `auth_method` none: remove one of them".to_owned())
            }
            _ => Ok(()),
        }
    }

    fn check_grants(&self) -> Checked<()> {
        let has = |grant| self.has_grant(grant);
        if self.grants.is_empty() {
            return Err("has no `grants`".to_owned());
        }
        if has(GrantType::AuthorizationCode) && self.redirect_uris.is_empty() {
            return Err("has the grant authorization_code and no `redirect_uris`".to_owned());
        }
        let alone =
            [GrantType::ClientCredentials, GrantType::TokenExchange].into_iter().find(|grant| has(*grant));
        match alone.filter(|_| self.is_public()) {
            Some(grant) => {
                Err(format!("has the grant {} and is public: it would be whoever names it", grant.as_str()))
            }
            None => Ok(()),
        }
    }

    /// Whoever has pairwise names has a sector: one host.
    fn check_subject(&self) -> Checked<()> {
        if self.sector_identifier.as_deref().is_some_and(|host| url::Host::parse(host).is_err()) {
            return Err("has a `sector_identifier` that is no host: write one like shop.example".to_owned());
        }
        if self.subject == SubjectType::Pairwise && self.sector().is_none() {
            return Err("has pairwise subjects, and redirect URIs of none or of several hosts: say which host counts by `sector_identifier`".to_owned());
        }
        Ok(())
    }

    /// The host whose clients share the pairwise names of users (OpenID Connect Core 1.0 section 8.1).
    pub(super) fn sector(&self) -> Option<String> {
        if let Some(sector) = &self.sector_identifier {
            return Some(sector.clone());
        }
        let host = |text: &String| Some(url::Url::parse(text).ok()?.host_str()?.to_owned());
        let mut hosts = self.redirect_uris.iter().map(host);
        let first = hosts.next()??;
        hosts.all(|other| other.as_deref() == Some(&first)).then_some(first)
    }
}

/// Whether a client could be called so. A store is asked for no other: PostgreSQL takes no NUL.
pub(super) fn may_be_an_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_ID && id.bytes().all(|byte| byte.is_ascii_graphic())
}

fn check_id(id: &str) -> Checked<()> {
    if !may_be_an_id(id) {
        return Err("has an id that is not 1 to 255 visible ASCII characters".to_owned());
    }
    if id == FIRST_PARTY {
        return Err("has the id of the built-in client".to_owned());
    }
    if id.starts_with("https:") || id.starts_with("http:") {
        return Err("has a URL for an id: those name clients that describe themselves".to_owned());
    }
    if Uuid::try_parse(id).is_ok() || id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("has an id that a user could have: use a word".to_owned());
    }
    Ok(())
}

fn in_setting(setting: &str, text: &str, fault: &str) -> String {
    // What holds a password is not repeated.
    if text.contains('@') {
        format!("has a wrong `{setting}`: one of them {fault}")
    } else {
        format!("has a wrong `{setting}`: `{}` {fault}", text.escape_default())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LIFE: Duration = Duration::from_secs(900);

    fn shop() -> OAuthClient {
        OAuthClient::new("shop")
            .secret("some words of thirty-two bytes or so")
            .redirect_uris(["https://shop.example/cb"])
            .scopes(["openid"])
    }

    #[track_caller]
    fn refused(client: OAuthClient, named: &str) {
        let message = client.checked(LIFE).unwrap_err().to_string();
        assert!(message.contains(named), "{message}");
    }

    #[test]
    fn an_id_is_none_that_a_user_could_have() {
        for good in ["a", "shop.example", "com.example.app", "17a", "a:b%c", &"x".repeat(255)] {
            assert!(OAuthClient { id: good.to_owned(), ..shop() }.checked(LIFE).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a b",
            "\u{e9}",
            &"x".repeat(256),
            "first-party",
            "17",
            "0197a4c5-7f3e-7c1d-9a3b-2f6d8e1c4b5a",
        ] {
            refused(OAuthClient { id: bad.to_owned(), ..shop() }, "id");
        }
        refused(OAuthClient { id: "https://shop.example/client.json".to_owned(), ..shop() }, "URL");
    }

    #[test]
    fn what_it_proves_itself_by_is_there_and_nothing_else() {
        assert_eq!(shop().method(), ClientAuthMethod::ClientSecretBasic);
        refused(shop().public(), "auth_method");
        refused(shop().secret("b").secret("c"), "3 secrets");
        refused(shop().auth_method(ClientAuthMethod::PrivateKeyJwt), "jwks");
        let keyed = || OAuthClient::new("robot").grants([GrantType::ClientCredentials]);
        refused(keyed().jwks("[]"), "jwks");
        refused(keyed().jwks(r#"{"keys":[]}"#), "jwks");
        refused(keyed().jwks(json!({"keys": [{"kty": "oct", "k": "AAAA"}]}).to_string()), "jwks");
        refused(keyed().jwks_uri("http://robot.example/jwks.json"), "jwks_uri");
        refused(keyed().jwks_uri("https://robot.example/jwks.json").secret("a"), "secret");
        assert!(keyed().jwks_uri("https://robot.example/jwks.json").checked(LIFE).is_ok());
    }

    #[test]
    fn a_secret_that_could_be_guessed_is_none() {
        for (weak, fault) in [
            ("", "0 bytes"),
            ("short", "5 bytes"),
            (&"x".repeat(31), "31 bytes"),
            (&"x".repeat(40), "pattern"),
            ("0123456789abcdef0123456789abcdef", "pattern"),
            ("please change-me before you go live", "placeholder"),
        ] {
            let client = OAuthClient::new("robot").grants([GrantType::ClientCredentials]).secret(weak);
            let message = client.checked(LIFE).unwrap_err().to_string();
            for named in ["the client `robot`", "`secret`", fault, "openssl rand -base64 32"] {
                assert!(message.contains(named), "{named}: {message}");
            }
        }
        refused(shop().secret("short"), "5 bytes");
    }

    #[test]
    fn a_public_client_acts_for_nobody_by_itself() {
        let public = || OAuthClient::new("app").redirect_uris(["com.example.app:/cb"]);
        assert!(public().checked(LIFE).is_ok());
        for grant in [GrantType::ClientCredentials, GrantType::TokenExchange] {
            refused(public().grants([grant]), "public");
        }
        refused(public().grants([]), "grants");
        refused(OAuthClient::new("app"), "redirect_uris");
        assert!(OAuthClient::new("tv").grants([GrantType::DeviceCode]).checked(LIFE).is_ok());
    }

    #[test]
    fn pairwise_names_are_of_one_host() {
        let pairwise = || shop().subject(SubjectType::Pairwise);
        assert_eq!(pairwise().checked(LIFE).unwrap().sector().as_deref(), Some("shop.example"));
        let two = || pairwise().redirect_uris(["https://shop.example/cb", "https://shop.example.kr/cb"]);
        refused(two(), "pairwise");
        assert!(two().sector_identifier("shop.example").checked(LIFE).is_ok());
        refused(two().sector_identifier("not a host"), "sector_identifier");
    }

    #[test]
    fn times_are_within_those_of_all() {
        assert!(shop().access_life(LIFE).refresh_grace(MAX_GRACE).checked(LIFE).is_ok());
        refused(shop().access_life(LIFE + Duration::from_secs(1)), "access_life");
        refused(shop().access_life(Duration::ZERO), "access_life");
        refused(shop().refresh_grace(MAX_GRACE + Duration::from_secs(1)), "refresh_grace");
    }
}
