//! From parameters to a request, or to what is wrong with them.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::dpop::is_thumbprint;
use crate::error::Error;
use crate::text::Text;
use crate::token::ScopeSet;

use super::super::{GrantType, OAuthClient, Server};
use super::answer::{Answer, ResponseMode, WayBack};
use super::claims;
use super::parameters::{Parameters, Repeated};
use super::prompt::Prompt;
use super::request::{Asked, AuthorizationRequest, Sent, WantedFactor};

/// More of a name that nobody has is in no line of the log.
const MOST_SHOWN: usize = 300;

/// Why a client does not get what it asked for, in the words of RFC 6749 section 4.1.2.1, OpenID Connect Core 1.0 section 3.1.2.6, RFC
/// 8707 section 2 and OpenID Connect Core Unmet Authentication Requirements 1.0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fault {
    AccessDenied,
    ConsentRequired,
    InvalidRequest(&'static str),
    InvalidScope,
    InvalidTarget,
    LoginRequired,
    RegistrationNotSupported,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnmetAuthenticationRequirements,
    UnsupportedResponseType,
}

impl Fault {
    fn code(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::ConsentRequired => "consent_required",
            Self::InvalidRequest(_) => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidTarget => "invalid_target",
            Self::LoginRequired => "login_required",
            Self::RegistrationNotSupported => "registration_not_supported",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::UnmetAuthenticationRequirements => "unmet_authentication_requirements",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }

    /// A sentence for developers.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::AccessDenied => "the user said no",
            Self::ConsentRequired => "the user has to be asked, and prompt is none",
            Self::InvalidRequest(what) => what,
            Self::InvalidScope => "the scope is malformed, or more than the client is registered for",
            Self::InvalidTarget => "the client is not registered for this resource",
            Self::LoginRequired => "the user has to log in",
            Self::RegistrationNotSupported => "clients do not register by their requests",
            Self::RequestNotSupported => "request objects are not taken",
            Self::RequestUriNotSupported => "request objects are not fetched",
            Self::UnauthorizedClient => "the client is not registered for codes",
            Self::UnmetAuthenticationRequirements => "the user has no second factor",
            Self::UnsupportedResponseType => "there are codes only: response_type has to be code",
        }
    }

    /// The answer that says so.
    pub(super) fn answer(self, way_back: WayBack, issuer: &str) -> Answer {
        let says = [("error", self.code()), ("error_description", self.description())];
        Answer::new(way_back, issuer, says.map(|(name, value)| (name, value.to_owned())).into())
    }
}

impl Server {
    /// Reads an authorization request.
    ///
    /// # Errors
    /// `InvalidRequest` where it is not known whose it is; `Unavailable`. What else is wrong is the answer to its client.
    pub(crate) async fn read_request(
        &self,
        parameters: &Parameters,
        sent: Sent,
        network: Option<IpAddr>,
    ) -> Result<Result<AuthorizationRequest, Answer>, Error> {
        let client_id = parameters.one("client_id").ok().flatten();
        let client = match client_id {
            Some(id) => self.client_for(id, network).await?,
            None => None,
        };
        let client = client.ok_or_else(|| stranger(client_id, "the client is not known"))?;
        if let Some(request_uri) = parameters.get("request_uri")
            && let Some(request) = self.fetch_pushed(&client, request_uri, sent).await?
        {
            return Ok(Ok(request));
        }
        let redirect_uri = match parameters.one("redirect_uri") {
            Ok(Some(uri)) if client.takes_codes_at(uri) => uri,
            Ok(uri) => return Err(strange_place(&client, uri)),
            Err(Repeated) => return Err(strange_place(&client, None)),
        };
        let way_back = WayBack {
            redirect_uri: redirect_uri.to_owned(),
            mode: parameters.get("response_mode").and_then(ResponseMode::parse).unwrap_or_default(),
            state: parameters.get("state").map(str::to_owned),
        };
        let asked = match client.requires_par {
            true => Err(Fault::InvalidRequest("the client has to push its requests")),
            false => self.read_asked(&client, parameters),
        };
        Ok(match asked {
            Ok(asked) => {
                Ok(AuthorizationRequest::new(client.id(), way_back, asked, (sent, self.clock.now())))
            }
            Err(fault) => {
                tracing::debug!(client = client.id(), ?fault, "an authorization request was refused");
                Err(fault.answer(way_back, &self.issuer))
            }
        })
    }

    pub(super) fn read_asked(&self, client: &OAuthClient, parameters: &Parameters) -> Result<Asked, Fault> {
        if parameters.has_repeated() {
            return Err(Fault::InvalidRequest("a parameter is there twice"));
        }
        check_form(parameters)?;
        if !client.has_grant(GrantType::AuthorizationCode) {
            return Err(Fault::UnauthorizedClient);
        }
        let get = |name| parameters.get(name).map(str::to_owned);
        Ok(Asked {
            scope: scope(client, parameters)?,
            code_challenge: code_challenge(parameters)?,
            nonce: get("nonce"),
            prompt: parameters.get("prompt").map_or(Ok(Prompt::default()), Prompt::read)?,
            max_age: max_age(parameters)?,
            login_hint: get("login_hint"),
            ui_locales: get("ui_locales"),
            factor: factor(parameters)?,
            resource: self.audience(client, parameters.get("resource")).map_err(|_| Fault::InvalidTarget)?,
            subject: self.hinted_subject(client, parameters)?,
            dpop_jkt: dpop_jkt(parameters)?,
        })
    }

    /// Whom the client takes its user for.
    fn hinted_subject(&self, client: &OAuthClient, parameters: &Parameters) -> Result<Option<String>, Fault> {
        let Some(token) = parameters.get("id_token_hint") else { return Ok(None) };
        let hint = self.read_hint(token).filter(|hint| hint.aud == client.id());
        let hint = hint.ok_or(Fault::InvalidRequest("id_token_hint is no ID token of this client's"))?;
        Ok(Some(hint.sub))
    }
}

impl OAuthClient {
    /// Whether what was registered when a request came is still.
    pub(super) fn is_still_answered(&self, request: &AuthorizationRequest) -> bool {
        self.has_grant(GrantType::AuthorizationCode) && self.takes_codes_at(&request.way_back.redirect_uri)
    }

    /// Whether codes may be sent there: compared letter by letter, but for the port of a loopback address (RFC 8252 section 7.3).
    pub(super) fn takes_codes_at(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| registered == uri || differ_in_port(registered, uri))
    }
}

/// Whether both are of the same loopback address, and nothing else of them differs. `localhost` may be somebody else's (section 8.3).
fn differ_in_port(registered: &str, asked: &str) -> bool {
    ["http://127.0.0.1", "http://[::1]"].into_iter().any(|host| {
        let rest = |uri| without_port(str::strip_prefix(uri, host)?);
        rest(registered).is_some_and(|registered| rest(asked) == Some(registered))
    })
}

/// What follows an authority, without the port in front of it.
fn without_port(rest: &str) -> Option<&str> {
    let rest = match rest.strip_prefix(':') {
        None => rest,
        Some(after) => {
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            after[..digits].parse::<u16>().ok().filter(|port| *port != 0)?;
            &after[digits..]
        }
    };
    (rest.is_empty() || rest.starts_with(['/', '?'])).then_some(rest)
}

/// What has to be said, and what is not taken.
fn check_form(parameters: &Parameters) -> Result<(), Fault> {
    for (name, fault) in [
        ("request", Fault::RequestNotSupported),
        ("request_uri", Fault::RequestUriNotSupported),
        ("registration", Fault::RegistrationNotSupported),
    ] {
        if parameters.get(name).is_some() {
            return Err(fault);
        }
    }
    match parameters.get("response_type") {
        Some("code") => {}
        Some(_) => return Err(Fault::UnsupportedResponseType),
        None => return Err(Fault::InvalidRequest("response_type is missing")),
    }
    match parameters.get("response_mode") {
        Some(mode) if ResponseMode::parse(mode).is_none() => {
            Err(Fault::InvalidRequest("response_mode is neither query nor form_post"))
        }
        _ => Ok(()),
    }
}

fn scope(client: &OAuthClient, parameters: &Parameters) -> Result<String, Fault> {
    let scope =
        ScopeSet::parse(parameters.get("scope").unwrap_or_default()).map_err(|_| Fault::InvalidScope)?;
    match scope.iter().all(|word| client.may_ask_for(word)) {
        true => Ok(scope.as_str().to_owned()),
        false => Err(Fault::InvalidScope),
    }
}

/// The challenge of the only method by which a code that is read on its way is good for nothing (RFC 9700 section 2.1.1).
fn code_challenge(parameters: &Parameters) -> Result<String, Fault> {
    let challenge =
        parameters.get("code_challenge").ok_or(Fault::InvalidRequest("code_challenge is missing"))?;
    if parameters.get("code_challenge_method") != Some("S256") {
        return Err(Fault::InvalidRequest("code_challenge_method has to be S256"));
    }
    // The SHA-256 of the verifier.
    match URL_SAFE_NO_PAD.decode(challenge).is_ok_and(|hash| hash.len() == 32) {
        true => Ok(challenge.to_owned()),
        false => Err(Fault::InvalidRequest("code_challenge is no hash")),
    }
}

/// The thumbprint of the key that the client will show.
fn dpop_jkt(parameters: &Parameters) -> Result<Option<String>, Fault> {
    match parameters.get("dpop_jkt") {
        Some(jkt) if !is_thumbprint(jkt) => Err(Fault::InvalidRequest("dpop_jkt is no thumbprint")),
        jkt => Ok(jkt.map(str::to_owned)),
    }
}

fn max_age(parameters: &Parameters) -> Result<Option<u64>, Fault> {
    let Some(text) = parameters.get("max_age") else { return Ok(None) };
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse().ok().filter(|_| is_number);
    seconds.map(Some).ok_or(Fault::InvalidRequest("max_age is no number of seconds"))
}

fn factor(parameters: &Parameters) -> Result<WantedFactor, Fault> {
    let named = parameters.get("acr_values").unwrap_or_default();
    let is_named = named.split(' ').any(|value| value == super::super::ACR_MFA);
    let claimed = parameters.get("claims").map_or(Ok(WantedFactor::No), claims::factor_of)?;
    Ok(claimed.max(if is_named { WantedFactor::IfThere } else { WantedFactor::No }))
}

/// Nobody's request. Whose it says that it is, only the log learns.
fn stranger(client_id: Option<&str>, why: &str) -> Error {
    let client_id = client_id.map(shown);
    tracing::warn!(?client_id, "an authorization request was refused: {why}");
    Error::invalid(Text::AuthorizeUnknownClient)
}

fn strange_place(client: &OAuthClient, uri: Option<&str>) -> Error {
    let redirect_uri = uri.map(shown);
    tracing::warn!(
        client = client.id(),
        ?redirect_uri,
        "an authorization request was refused: its redirect URI is not among the client's, or is missing"
    );
    Error::invalid(Text::AuthorizeUnknownPlace { client: client.display_name().to_owned() })
}

/// As much of what a stranger sent as the log shows.
pub(in crate::server) fn shown(text: &str) -> String {
    text.chars().take(MOST_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirect_uris_are_compared_letter_by_letter() {
        let client = OAuthClient::new("shop").redirect_uris(["https://shop.example/cb"]);
        assert!(client.takes_codes_at("https://shop.example/cb"));
        for other in [
            "https://shop.example/cb.evil",
            "https://shop.example/cb/",
            "https://shop.example/cb/../x",
            "https://shop.example/cb/..%2fx",
            "https://shop.example/x/..;/cb",
            "https://shop.example/cb%252f",
            "https://shop.example/%63b",
            "https://evil@shop.example/cb",
            "https://shop.example@evil.example/cb",
            "https://shop.example/cb#",
            "https://shop.example/cb#x",
            "https://shop.example/cb?",
            "https://shop.example/cb?x=1",
            "https://shop.example/cb;x",
            "https://SHOP.example/cb",
            "HTTPS://shop.example/cb",
            "https://shop.example:443/cb",
            "https://shop.example:8443/cb",
            "https://shop.example./cb",
            "https://www.shop.example/cb",
            "https://shop.example.evil/cb",
            "https://shop.example/CB",
            "http://shop.example/cb",
            "//shop.example/cb",
            "https:/shop.example/cb",
            "https://shop.example\\@evil.example/cb",
            "https://shop.example/cb\n",
            " https://shop.example/cb",
            "",
        ] {
            assert!(!client.takes_codes_at(other), "{other}");
        }
    }

    #[test]
    fn only_the_port_of_a_loopback_address_may_differ() {
        let client = OAuthClient::new("app").redirect_uris([
            "http://127.0.0.1/cb",
            "http://[::1]:1234/cb?x=1",
            "http://localhost:9876/cb",
        ]);
        for same in [
            "http://127.0.0.1/cb",
            "http://127.0.0.1:50123/cb",
            "http://[::1]/cb?x=1",
            "http://[::1]:7/cb?x=1",
            "http://localhost:9876/cb",
        ] {
            assert!(client.takes_codes_at(same), "{same}");
        }
        for other in [
            "http://127.0.0.1:/cb",
            "http://127.0.0.1:0/cb",
            "http://127.0.0.1:65536/cb",
            "http://127.0.0.1:80@evil.example/cb",
            "http://127.0.0.1.evil.example/cb",
            "http://127.0.0.1:1/cb/x",
            "http://127.0.0.1:1/",
            "http://127.0.0.2:1/cb",
            "https://127.0.0.1:1/cb",
            "http://[::1]:7/cb",
            "http://[::1]7/cb?x=1",
            "http://localhost:1/cb",
            "http://localhost/cb",
            "http://localhost.evil.example:9876/cb",
        ] {
            assert!(!client.takes_codes_at(other), "{other}");
        }
    }
}
