//! `/auth/consent`: where a request is gone on with, and its user asked.

use crate::access::session_required;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, Fields, path, see_other_route};
use crate::page::{ConsentPage, Form, ReplyStyle};
use crate::routes::about::{About, Answer as Reply, Audience, Member, Schema, required};
use crate::routes::exchange::{Exchange, Failure};
use crate::server::{AuthorizationRequest, Decision, Proposal, RequestHandle, Server, Step};

use super::authorize::{EXPIRED, answered, parse, server, way_back};

const REQUEST: Member = required("request", Schema::Text, "the name of the request that waits");

pub(crate) const CONSENT_PAGE: About = About::new(
    "The page that asks whether a client may",
    "A request that waited for a login goes on here. Where nobody has to be asked, the client is answered.",
)
.query(&[REQUEST])
.answers(&[Reply::page(), Reply::redirect("to the client, or to where its user goes on")])
.refuses(&[EXPIRED]);

/// `GET /auth/consent`.
pub(crate) async fn consent_page(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let server = server(exchange)?;
    let fields = Fields::query(&exchange.request)?;
    let handle = parse(fields.required("request")?)?;
    let browser = exchange.context.browser(&exchange.request);
    // Nobody logs in for what is over.
    let request = server.waiting_request(&handle, browser.as_ref()).await?;
    let caller = match exchange.require(&session_required()).await {
        Err(Failure::Rejected(rejection)) if rejection.kind() == ErrorKind::Unauthenticated => {
            return Ok(to_log_in(exchange, &request, &handle));
        }
        caller => caller?,
    };
    let step = server.resume(&handle, browser.as_ref(), &caller).await?;
    Ok(gone_on(exchange, (server, &request, &handle), step))
}

pub(crate) const DECIDE: About = About::new("Allows it, or does not", "The client is answered.")
    .audience(Audience::User)
    .body(&[
        REQUEST,
        required("ticket", Schema::Secret, "what the page carries"),
        required("decision", Schema::Word(&["allow", "deny"]), ""),
    ])
    .answers(&[
        Reply::redirect("to the client, for programs too"),
        Reply::page_of("with `form_post`: the page that hands the answer on; for who has taken it back meanwhile: the page once more"),
    ])
    .refuses(&[EXPIRED]);

/// `POST /auth/consent`.
pub(crate) async fn decide(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let server = server(exchange)?;
    let caller = exchange.require(&session_required()).await?;
    let fields = Fields::form_or_json(&exchange.request)?;
    let (handle, ticket) = (fields.required("request")?, fields.required("ticket")?);
    let decision = Decision::parse(fields.required("decision")?)
        .ok_or_else(|| Error::invalid_request("decision is neither allow nor deny"))?;
    let handle = parse(handle)?;
    let browser = exchange.context.browser(&exchange.request);
    let request = server.waiting_request(&handle, browser.as_ref()).await?;
    let decided = (decision, ticket);
    let step = server.take_decision((&handle, browser.as_ref()), &caller, decided).await?;
    Ok(gone_on(exchange, (server, &request, &handle), step))
}

fn gone_on(
    exchange: &Exchange,
    (server, request, handle): (&Server, &AuthorizationRequest, &RequestHandle),
    step: Step,
) -> AuthResponse {
    match step {
        Step::Answer(answer) => answered(exchange, answer),
        Step::Ask(proposal) => asked(exchange, (server, request, handle), &proposal),
        Step::LogIn => to_log_in(exchange, request, handle),
        Step::Prove => {
            let style = exchange.style();
            see_other_route(&style.detour_to(path::REAUTHENTICATE, &way_back(exchange, handle)))
        }
    }
}

fn to_log_in(exchange: &Exchange, request: &AuthorizationRequest, handle: &RequestHandle) -> AuthResponse {
    let login = exchange.style().detour_to(path::LOGIN, &way_back(exchange, handle));
    let hint = request
        .login_hint()
        .map(|hint| form_urlencoded::Serializer::new(String::new()).append_pair("login_hint", hint).finish());
    see_other_route(&[Some(login), hint].into_iter().flatten().collect::<Vec<_>>().join("&"))
}

fn asked(
    exchange: &Exchange,
    (server, request, handle): (&Server, &AuthorizationRequest, &RequestHandle),
    proposal: &Proposal,
) -> AuthResponse {
    let style = in_a_language_of(exchange, request);
    let here = way_back(exchange, handle);
    let form = Form::to(style.path(path::CONSENT))
        .with("request", handle.expose())
        .with("ticket", server.ticket(proposal, handle));
    let scopes = proposal.words(server, style.texts());
    let other_account = style.detour_to(path::LOGIN, &here);
    let client = proposal.client();
    let asking = (client.display_name(), client.logo(), request.place());
    let page = ConsentPage::new(asking, proposal.user().username(), &scopes, form, (&here, &other_account));
    style.page(200, &page)
}

/// In one that the client speaks with its user, unless they have chosen one here.
fn in_a_language_of(exchange: &Exchange, request: &AuthorizationRequest) -> ReplyStyle {
    let style = exchange.style();
    let spoken = request.languages().find_map(|tag| style.spoken_tag(tag));
    match spoken {
        Some(tag) => style.clone().unless_chosen(&exchange.request, tag),
        None => style.clone(),
    }
}
