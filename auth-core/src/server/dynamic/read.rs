//! From a client's metadata (RFC 7591 section 2) to what it is registered with.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};
use crate::key::SigningAlgorithm;

use super::super::uri::{self, Checked};
use super::super::{ClientAuthMethod, GrantType, OAuthClient, SubjectType};
use super::RegistrationRules;

/// How many URIs of a kind a client has at most, and of how many bytes each.
const MAX_URIS: usize = 20;
const MAX_URI: usize = 2_000;

/// The longest name that people read, in characters.
const MAX_NAME: usize = 100;

/// What is wrong with the metadata, by the codes of RFC 7591 section 3.2.2.
#[derive(Debug)]
pub(in crate::server) enum Fault {
    Metadata(String),
    RedirectUri(String),
    SoftwareStatement,
}

type Read<T> = Result<T, Fault>;

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Metadata(what) => Self::new(ErrorKind::InvalidClientMetadata).with_detail(what),
            Fault::RedirectUri(what) => Self::new(ErrorKind::InvalidRedirectUri).with_detail(what),
            Fault::SoftwareStatement => Self::new(ErrorKind::UnapprovedSoftwareStatement),
        }
    }
}

/// Who says what a client is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::server) enum Kind {
    /// Anybody, by registering it.
    Anybodys,
    /// The client itself, at the URL that is its id.
    Document,
    /// Whoever has the initial access token.
    ByToken,
}

/// What a client's wishes are held against.
pub(in crate::server) struct Reading<'a> {
    pub(in crate::server) rules: &'a RegistrationRules,
    pub(in crate::server) kind: Kind,
    pub(in crate::server) signs_by: Option<SigningAlgorithm>,
    pub(in crate::server) are_names_pairwise: bool,
    pub(in crate::server) longest_life: Duration,
}

impl Reading<'_> {
    /// The client of this id that the metadata describe, without a secret.
    pub(in crate::server) fn client(&self, id: &str, metadata: &Map<String, Value>) -> Read<OAuthClient> {
        let wishes = Wishes(metadata);
        if wishes.0.contains_key("software_statement") {
            return Err(Fault::SoftwareStatement);
        }
        let grants = self.grants(&wishes)?;
        wishes.check_response_types(&grants)?;
        self.check_algorithm(&wishes)?;
        wishes.check_urls_of_people()?;
        let mut client = OAuthClient {
            name: wishes.name()?,
            redirect_uris: wishes.uris("redirect_uris", Fault::RedirectUri)?,
            resources: self.rules.resources.clone(),
            post_logout_redirect_uris: wishes.uris("post_logout_redirect_uris", Fault::Metadata)?,
            backchannel_logout_uri: wishes.public_url("backchannel_logout_uri")?,
            scopes: self.scopes(&wishes)?,
            auth_method: Some(self.method(&wishes)?),
            requires_par: wishes.flag("require_pushed_authorization_requests")?,
            requires_dpop: wishes.flag("dpop_bound_access_tokens")?,
            subject: self.subject(&wishes)?,
            grants,
            ..OAuthClient::new(id)
        };
        if client.has_grant(GrantType::AuthorizationCode) && client.redirect_uris.is_empty() {
            return Err(Fault::RedirectUri("redirect_uris is missing".to_owned()));
        }
        if client.method() == ClientAuthMethod::PrivateKeyJwt {
            (client.jwks, client.jwks_uri) = wishes.keys()?;
        }
        Ok(client)
    }

    /// The ways that such a client may go, of those that it wishes for. One that acts for itself is for the operator to register.
    fn grants(&self, wishes: &Wishes<'_>) -> Read<Vec<GrantType>> {
        let allowed: &[_] = match self.kind {
            Kind::Anybodys | Kind::Document => &[GrantType::AuthorizationCode, GrantType::RefreshToken],
            Kind::ByToken => &[GrantType::AuthorizationCode, GrantType::RefreshToken, GrantType::DeviceCode],
        };
        let wished = wishes.texts("grant_types")?.unwrap_or_else(|| vec!["authorization_code"]);
        let grants: Vec<_> =
            allowed.iter().copied().filter(|grant| wished.contains(&grant.as_str())).collect();
        let leads_somewhere = grants.iter().any(|grant| *grant != GrantType::RefreshToken);
        match leads_somewhere {
            true => Ok(grants),
            false => Err(Fault::Metadata(
                "grant_types holds no way to tokens that clients register for here: authorization_code is one"
                    .to_owned(),
            )),
        }
    }

    /// How the client proves who it is. One that anybody registers proves nothing, whatever it wishes.
    fn method(&self, wishes: &Wishes<'_>) -> Read<ClientAuthMethod> {
        let wished = wishes.text("token_endpoint_auth_method")?;
        let (default, offered): (_, &[_]) = match self.kind {
            Kind::Anybodys => return Ok(ClientAuthMethod::None),
            // A secret that stands where everybody reads is none.
            Kind::Document => {
                (ClientAuthMethod::None, &[ClientAuthMethod::None, ClientAuthMethod::PrivateKeyJwt])
            }
            // RFC 7591 section 2 has the default.
            Kind::ByToken => (
                ClientAuthMethod::ClientSecretBasic,
                &[
                    ClientAuthMethod::ClientSecretBasic,
                    ClientAuthMethod::ClientSecretPost,
                    ClientAuthMethod::None,
                    ClientAuthMethod::PrivateKeyJwt,
                ],
            ),
        };
        let wished = wished.unwrap_or(default.as_str());
        offered.iter().copied().find(|method| method.as_str() == wished).ok_or_else(|| {
            Fault::Metadata("token_endpoint_auth_method is none that clients register for here".to_owned())
        })
    }

    /// What such clients may ask for, of what it wishes for; all of it where it says nothing.
    fn scopes(&self, wishes: &Wishes<'_>) -> Read<Vec<String>> {
        let allowed = self.rules.scopes.iter();
        Ok(match wishes.text("scope")? {
            None => allowed.cloned().collect(),
            Some(wished) => {
                let wished: Vec<_> = wished.split(' ').collect();
                allowed.filter(|scope| wished.contains(&scope.as_str())).cloned().collect()
            }
        })
    }

    fn subject(&self, wishes: &Wishes<'_>) -> Read<SubjectType> {
        if wishes.0.contains_key("sector_identifier_uri") {
            return Err(Fault::Metadata("sector_identifier_uri is not taken: it is not fetched".to_owned()));
        }
        match wishes.text("subject_type")? {
            None | Some("public") => Ok(SubjectType::Public),
            Some("pairwise") if self.are_names_pairwise => Ok(SubjectType::Pairwise),
            Some(_) => Err(Fault::Metadata("subject_type is none of subject_types_supported".to_owned())),
        }
    }

    /// A client that counts on another algorithm would refuse each ID token.
    fn check_algorithm(&self, wishes: &Wishes<'_>) -> Read<()> {
        let wished = wishes.text("id_token_signed_response_alg")?;
        let ours = self.signs_by.map(|algorithm| algorithm.to_string());
        // A document is written for the issuers of the whole world.
        match wished.is_none() || wished == ours.as_deref() || self.kind == Kind::Document {
            true => Ok(()),
            false => Err(Fault::Metadata(
                "id_token_signed_response_alg is none of id_token_signing_alg_values_supported".to_owned(),
            )),
        }
    }

    /// The same rules as for the operator's own.
    pub(in crate::server) fn checked(&self, client: OAuthClient) -> Read<OAuthClient> {
        let checked = match self.kind {
            // Its id is a URL, and was looked at.
            Kind::Document => client.check_settings(self.longest_life),
            Kind::Anybodys | Kind::ByToken => client.check(self.longest_life),
        };
        checked.map_err(|fault| Fault::Metadata(format!("the client {fault}")))
    }
}

/// What a client wishes to be registered with. What is not known is not looked at (RFC 7591 section 2).
struct Wishes<'a>(&'a Map<String, Value>);

impl<'a> Wishes<'a> {
    fn text(&self, name: &str) -> Read<Option<&'a str>> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Fault::Metadata(format!("{name} is no text"))),
        }
    }

    fn flag(&self, name: &str) -> Read<bool> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(Fault::Metadata(format!("{name} is neither true nor false"))),
        }
    }

    fn texts(&self, name: &str) -> Read<Option<Vec<&'a str>>> {
        let fault = || Fault::Metadata(format!("{name} is no list of texts"));
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(list)) => {
                list.iter().map(|one| one.as_str().ok_or_else(fault)).collect::<Read<_>>().map(Some)
            }
            Some(_) => Err(fault()),
        }
    }

    /// URIs that browsers are sent to.
    fn uris(&self, name: &str, fault: fn(String) -> Fault) -> Read<Vec<String>> {
        let wished = self.texts(name).map_err(|_| fault(format!("{name} is no list of texts")))?;
        let wished = wished.unwrap_or_default();
        if wished.len() > MAX_URIS {
            return Err(fault(format!("{name} holds more than {MAX_URIS}")));
        }
        let checked = |text: &str| {
            bounded(text)
                .and_then(|()| uri::redirect(text))
                .map_err(|what| fault(format!("one of {name} {what}")))?;
            Ok(text.to_owned())
        };
        wished.into_iter().map(checked).collect()
    }

    /// A URL that is called from here.
    fn public_url(&self, name: &str) -> Read<Option<String>> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let checked = bounded(text).and_then(|()| uri::public_url(text));
        checked.map_err(|what| Fault::Metadata(format!("{name} {what}")))?;
        Ok(Some(text.to_owned()))
    }

    /// URLs that people may be shown. None of them is kept: who nobody here knows is known by its redirect URIs alone.
    fn check_urls_of_people(&self) -> Read<()> {
        for name in ["client_uri", "logo_uri", "policy_uri", "tos_uri"] {
            self.public_url(name)?;
        }
        Ok(())
    }

    fn check_response_types(&self, grants: &[GrantType]) -> Read<()> {
        let wished = self.texts("response_types")?.unwrap_or_else(|| vec!["code"]);
        match !grants.contains(&GrantType::AuthorizationCode) || wished.contains(&"code") {
            true => Ok(()),
            false => Err(Fault::Metadata("response_types does not hold code".to_owned())),
        }
    }

    fn name(&self) -> Read<Option<String>> {
        let Some(name) = self.text("client_name")?.map(str::trim).filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        match name.chars().count() <= MAX_NAME && name.chars().all(is_shown) {
            true => Ok(Some(name.to_owned())),
            false => Err(Fault::Metadata(format!(
                "client_name is longer than {MAX_NAME} characters, or holds some that do not show"
            ))),
        }
    }

    /// Its public keys, or where they are.
    fn keys(&self) -> Read<(Option<String>, Option<String>)> {
        let url = self.public_url("jwks_uri")?;
        let Some(keys) = self.0.get("jwks").filter(|keys| !keys.is_null()) else {
            return match url {
                Some(url) => Ok((None, Some(url))),
                None => Err(Fault::Metadata("private_key_jwt wants jwks or jwks_uri".to_owned())),
            };
        };
        if url.is_some() {
            return Err(Fault::Metadata(
                "there are both jwks and jwks_uri: one of them is enough".to_owned(),
            ));
        }
        match has_secrets(keys) {
            true => Err(Fault::Metadata("jwks holds a secret or a private key".to_owned())),
            false => Ok((Some(keys.to_string()), None)),
        }
    }
}

/// Whether a key set has what no public key has (RFC 7518 section 6).
fn has_secrets(keys: &Value) -> bool {
    let keys = keys["keys"].as_array().map(Vec::as_slice).unwrap_or_default();
    keys.iter()
        .any(|key| key["kty"] == "oct" || ["d", "k", "p", "q"].iter().any(|member| key.get(member).is_some()))
}

fn bounded(text: &str) -> Checked<()> {
    match text.len() <= MAX_URI {
        true => Ok(()),
        false => Err(format!("is longer than {MAX_URI} bytes")),
    }
}

/// Whether a character is seen for what it is: none that controls others, turns their direction, or takes no room.
fn is_shown(character: char) -> bool {
    let is_hidden = matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    !character.is_control() && !is_hidden
}
