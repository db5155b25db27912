//! `/auth/device_authorization` and `/auth/device`: logging in on a device without a browser (RFC 8628).

use serde_json::json;

use crate::access::session_required;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, json_response, path, prefers_html, with_retry_after};
use crate::page::{DevicePage, Form, Link, NoticePage};
use crate::routes::about::{About, Answer, Audience, Object, Schema, optional, required as field};
use crate::routes::exchange::{Exchange, Failure};
use crate::server::{Decision, DeviceRequest, Server};
use crate::text::Text;

use super::authorize::server;
use super::client::{
    CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE, CLIENT_ID, CLIENT_SECRET, Caller, authenticate,
};
use super::fields::{given, read};

pub(crate) const DEVICE_AUTHORIZATION: About = About::new(
    "Where a device begins",
    "RFC 8628. It shows the short code and the address to its owner, and asks the token endpoint with the long one.",
)
.form(&[
    optional("scope", Schema::Text, "what is asked for, with spaces between"),
    optional("resource", Schema::Text, "for whom the access token is to be (RFC 8707)"),
    CLIENT_ID,
    CLIENT_SECRET,
    CLIENT_ASSERTION_TYPE,
    CLIENT_ASSERTION,
])
.answers(&[Answer::json(200, &[&DEVICE_CODES], "good for ten minutes")])
.refuses(&[
    (ErrorKind::InvalidClient, "the client is unknown, or is not who it says"),
    (ErrorKind::InvalidScope, "the scope is malformed, or more than the client is registered for"),
    (ErrorKind::InvalidTarget, "the resource is none of the client's"),
    (ErrorKind::UnauthorizedClient, "the client is not registered for this grant"),
    (ErrorKind::TooManyAttempts, "too much was asked for from this network"),
]);

const DEVICE_CODES: Object = Object {
    name: "DeviceCodes",
    about: "What a device shows, and what it asks by (RFC 8628 section 3.2).",
    members: &[
        field("device_code", Schema::Text, "for the token endpoint"),
        field("user_code", Schema::Text, "for the owner"),
        field("verification_uri", Schema::Text, "where the owner types it"),
        field("verification_uri_complete", Schema::Text, "the same with the code in it, for a QR code"),
        field("expires_in", Schema::Integer, "for how many seconds both are good"),
        field("interval", Schema::Integer, "how many seconds the device waits between questions"),
    ],
};

/// `POST /auth/device_authorization`.
pub(crate) async fn device_authorization(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = read(&exchange.request)?;
    let Caller::Registered(client) = authenticate(exchange, &fields).await? else {
        return Err(ErrorKind::InvalidClient.into());
    };
    let (scope, resource) = (given(&fields, "scope")?, given(&fields, "resource")?);
    let begun = server(exchange)?.begin_device(&client, scope, resource, exchange.client_ip()).await?;
    let (here, user_code) = (exchange.style().url(path::DEVICE, None), begun.spaced_user_code());
    let answer = json!({
        "device_code": begun.device_code.expose(),
        "user_code": user_code,
        "verification_uri": here,
        "verification_uri_complete": format!("{here}?user_code={user_code}"),
        "expires_in": begun.expires_in.as_secs(),
        "interval": begun.interval.as_secs(),
    });
    Ok(json_response(200, &answer))
}

const USER_CODE: &str = "user_code";
const TICKET: &str = "ticket";

const DEVICE_REQUEST: Object = Object {
    name: "DeviceRequest",
    about: "What a device asks its owner for.",
    members: &[
        field("client_id", Schema::Text, ""),
        field("name", Schema::Text, "what the client is called on pages"),
        field("scope", Schema::Text, "what it would get, with spaces between"),
        field(USER_CODE, Schema::Text, "the code, as the device has to show it"),
        field(TICKET, Schema::Secret, "what the decision brings"),
    ],
};

const WRONG_CODE: (ErrorKind, &str) =
    (ErrorKind::InvalidUserCode, "the code is wrong, has ended, or was typed in another session");
const TOO_MANY: (ErrorKind, &str) = (ErrorKind::TooManyAttempts, "too many codes were typed");

pub(crate) const DEVICE_PAGE: About = About::new(
    "The page for a device's code",
    "With the code, what the device asks for; the code is this session's then. A program is answered that too.",
)
.audience(Audience::User)
.query(&[optional(USER_CODE, Schema::Text, "the code, in any case, with or without the hyphen")])
.answers(&[Answer::json_or_page(&DEVICE_REQUEST, "what the device asks for; without a code the page for it")])
.refuses(&[WRONG_CODE, TOO_MANY]);

/// `GET /auth/device`.
pub(crate) async fn device_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let server = server(exchange)?;
    let caller = exchange.require(&session_required()).await?;
    let fields = Fields::query(&exchange.request)?;
    let Some(code) = fields.text(USER_CODE)?.filter(|code| !code.is_empty()) else {
        return Ok(typing(exchange, 200, None));
    };
    match server.claim_device(code, &caller, exchange.client_ip()).await {
        Ok(request) => Ok(asked(exchange, server, &request)),
        Err(error) => refused(exchange, error),
    }
}

pub(crate) const DEVICE: About = About::new(
    "Types a device's code, allows it or does not",
    "Without `decision` it is answered what the device asks for, and the code is this session's.",
)
.audience(Audience::User)
.body(&[
    field(USER_CODE, Schema::Text, "the code, in any case, with or without the hyphen"),
    optional("decision", Schema::Word(&["allow", "deny"]), ""),
    optional(TICKET, Schema::Secret, "with a decision: what came with what the device asks for"),
])
.answers(&[
    Answer::json_or_page(&DEVICE_REQUEST, "what the device asks for"),
    Answer::nothing(204, "decided; a browser gets a page that says so"),
])
.refuses(&[WRONG_CODE, TOO_MANY]);

/// `POST /auth/device`.
pub(crate) async fn device(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let server = server(exchange)?;
    let caller = exchange.require(&session_required()).await?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let (code, network) = (fields.required(USER_CODE)?, exchange.client_ip());
    let decided = match (fields.text("decision")?, fields.text(TICKET)?) {
        (None, _) => None,
        (Some(word), _) => {
            let decision = Decision::parse(word);
            let wrong = || Error::invalid_request("decision is neither allow nor deny");
            Some((decision.ok_or_else(wrong)?, fields.required(TICKET)?))
        }
    };
    let answered = match decided {
        None => {
            server.claim_device(code, &caller, network).await.map(|request| asked(exchange, server, &request))
        }
        Some(decided) => {
            let request = server.decide_device(code, &caller, decided, network).await;
            request.map(|request| done(exchange, &request, decided.0))
        }
    };
    answered.or_else(|error| refused(exchange, error))
}

/// A browser is shown the page once more; a program is told.
fn refused(exchange: &Exchange, error: Error) -> Result<AuthResponse, Failure> {
    let is_shown_again = matches!(error.kind(), ErrorKind::InvalidUserCode | ErrorKind::TooManyAttempts);
    if !is_shown_again || !prefers_html(&exchange.request) {
        return Err(error.into());
    }
    let style = exchange.style();
    let said = style.texts().say(&error.kind().row().title).into_owned();
    let page = typing(exchange, error.kind().reply().status, Some(&said));
    Ok(with_retry_after(page, &error))
}

fn typing(exchange: &Exchange, status: u16, error: Option<&str>) -> AuthResponse {
    let style = exchange.style();
    style.page(status, &DevicePage::typing(Form::to(style.path(path::DEVICE)), error))
}

fn asked(exchange: &Exchange, server: &Server, request: &DeviceRequest) -> AuthResponse {
    let client = request.client();
    if !prefers_html(&exchange.request) {
        let answer = json!({
            "client_id": client.id(), "name": client.display_name(), "scope": request.scope(),
            USER_CODE: request.user_code(), TICKET: request.ticket(),
        });
        return json_response(200, &answer);
    }
    let style = exchange.style();
    let form = Form::to(style.path(path::DEVICE))
        .with(USER_CODE, request.user_code())
        .with(TICKET, request.ticket());
    let scopes = request.words(server, style.texts());
    style.page(200, &DevicePage::asking(form, (client.display_name(), request.user_code()), &scopes))
}

fn done(exchange: &Exchange, request: &DeviceRequest, decision: Decision) -> AuthResponse {
    if !prefers_html(&exchange.request) {
        return AuthResponse::new(204);
    }
    let style = exchange.style();
    let client = request.client().display_name().to_owned();
    let (title, sentence) = match decision {
        Decision::Allow => (Text::DeviceAllowedTitle, Text::DeviceAllowed { client }),
        Decision::Deny => (Text::DeviceDeniedTitle, Text::DeviceDenied { client }),
    };
    let (title, sentence) = (style.texts().say(&title), style.texts().say(&sentence));
    let way_on = Link::new(style.home(), style.texts().say(&Text::PageHome));
    style.page(200, &NoticePage { title: &title, sentence: &sentence, way_on })
}
