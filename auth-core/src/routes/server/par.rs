//! `POST /auth/par`: requests that clients push (RFC 9126).

use serde_json::json;

use crate::error::ErrorKind;
use crate::http::{AuthResponse, form_pairs, json_response};
use crate::routes::about::{About, Answer, Member, Object, Schema, required as field};
use crate::routes::exchange::{Exchange, Failure};
use crate::server::{PUSHED_LIFE, Parameters};

use super::authorize::{PUSHED, server};
use super::client::{
    CLIENT_ASSERTION, CLIENT_ASSERTION_TYPE, CLIENT_ID, CLIENT_SECRET, Caller, authenticate,
};
use super::fields::read;
use super::holder::{held_key, with_next_nonce};

/// What says who the client is, and is no part of its request.
const PROOFS: [&str; 3] = ["client_assertion", "client_assertion_type", "client_secret"];

pub(crate) const PAR: About = About::new(
    "Where a client pushes its request",
    "RFC 9126: the parameters of the authorization endpoint, in the client's own name. Its user is sent with `client_id` and \
     `request_uri` alone. A key that it shows by a header `DPoP` is the one that the code is bound to (RFC 9449 section 10.1).",
)
.form(&FIELDS)
.answers(&[Answer::json(201, &[&PUSHED_REQUEST], "good for 60 seconds, for this client, once")])
.refuses(&[
    (ErrorKind::InvalidClient, "the client is unknown, or is not who it says"),
    (ErrorKind::InvalidScope, "the scope is malformed, or more than the client is registered for"),
    (ErrorKind::InvalidTarget, "the resource is none of the client's"),
    (ErrorKind::UnauthorizedClient, "the client is not registered for codes"),
    (ErrorKind::InvalidDpopProof, "the proof of the key does not hold, was used, or is of another key than `dpop_jkt`"),
    (ErrorKind::UseDpopNonce, "the proof has to bear the nonce that comes with this answer, in `DPoP-Nonce`"),
    (ErrorKind::TooManyAttempts, "too many failed attempts of clients from this network, or too many requests of public ones"),
]);

/// The parameters, and what says who the client is.
const FIELDS: [Member; 21] = {
    let mut fields = [CLIENT_ID; 21];
    let mut at = 0;
    while at < PUSHED.len() {
        fields[at] = PUSHED[at];
        at += 1;
    }
    fields[at] = CLIENT_SECRET;
    fields[at + 1] = CLIENT_ASSERTION_TYPE;
    fields[at + 2] = CLIENT_ASSERTION;
    fields
};

const PUSHED_REQUEST: Object = Object {
    name: "PushedRequest",
    about: "A request that was pushed (RFC 9126 section 2.2).",
    members: &[
        field("request_uri", Schema::Text, "its name"),
        field("expires_in", Schema::Integer, "for how many seconds it is good"),
    ],
};

/// `POST /auth/par`.
pub(crate) async fn par(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = read(&exchange.request)?;
    let Caller::Registered(client) = authenticate(exchange, &fields).await? else {
        return Err(ErrorKind::InvalidClient.into());
    };
    let pairs = form_pairs(&exchange.request)?.into_iter();
    let asked = pairs.filter(|(name, _)| !PROOFS.contains(&name.as_str())).collect();
    let (parameters, key) = (Parameters::new(asked)?, held_key(exchange).await?);
    let request_uri = server(exchange)?.push(&client, &parameters, key, exchange.client_ip()).await?;
    let answer = json!({"request_uri": request_uri, "expires_in": PUSHED_LIFE.as_secs()});
    Ok(with_next_nonce(exchange, json_response(201, &answer)))
}
