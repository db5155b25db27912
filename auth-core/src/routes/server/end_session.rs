//! `/auth/end_session`: a client wants its user logged out here too.

use crate::access::session_required;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthRequest, AuthResponse, Fields, path, see_other, see_other_route};
use crate::page::{ConfirmPage, Confirmation, Form, Link};
use crate::routes::about::{About, Answer, Member, Schema, optional};
use crate::routes::exchange::{Exchange, Failure};
use crate::server::{LogoutParameters, LogoutWish};
use crate::text::Text;

use super::authorize::server;

const WISH: [Member; 4] = [
    optional("id_token_hint", Schema::Secret, "an ID token of the session that is to end"),
    optional("client_id", Schema::Text, "the client"),
    optional(
        "post_logout_redirect_uri",
        Schema::Text,
        "where the browser goes then: one that the client is registered with",
    ),
    optional("state", Schema::Text, "goes there as it is"),
];

pub(crate) const END_SESSION: About = About::new(
    "Where a client sends its user to log out",
    "OpenID Connect RP-Initiated Logout 1.0. The user is asked, unless the ID token is of the session that the browser has.",
)
.query(&WISH)
.answers(&[Answer::page(), Answer::redirect("logged out: to the client, or to the front page")])
.sets_cookies();

/// `GET /auth/end_session`.
pub(crate) async fn end_session(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::query(&exchange.request)?;
    wished(exchange, &fields).await
}

const DECIDED: [Member; 5] = {
    let [hint, client, place, state] = WISH;
    let decision =
        optional("decision", Schema::Word(&["logout"]), "the user has been asked: from our own page alone");
    [hint, client, place, state, decision]
};

pub(crate) const LOG_OUT: About =
    About::new("The same by a form", "With `decision` the user has been asked.")
        .form(&DECIDED)
        .answers(&[Answer::page_of("the page that asks"), Answer::redirect("logged out")])
        .sets_cookies()
        .refuses(&[(ErrorKind::CsrfFailed, "with `decision`: the form was another site's")]);

/// `POST /auth/end_session`, from our own page or from a client's.
pub(crate) async fn log_out(exchange: &Exchange) -> Result<AuthResponse, Failure> {
    let fields = Fields::form(&exchange.request)?;
    if fields.text("decision")? != Some("logout") {
        return wished(exchange, &fields).await;
    }
    exchange.check_origin()?;
    let wish = read(exchange, &fields).await?;
    Ok(end(exchange, &exchange.request, &wish).await?)
}

async fn wished(exchange: &Exchange, fields: &Fields) -> Result<AuthResponse, Failure> {
    let wish = read(exchange, fields).await?;
    let session = match exchange.require(&session_required()).await {
        Ok(identity) => identity.session_record().map(|session| session.handle),
        Err(Failure::Rejected(rejection)) if rejection.kind() == ErrorKind::Unavailable => {
            return Err(Failure::Rejected(rejection));
        }
        // Nobody, or somebody who may do nothing but that.
        Err(_) => None,
    };
    let server = server(exchange)?;
    match session.is_some_and(|session| server.is_of(&wish, &session)) {
        true => Ok(end(exchange, &exchange.request, &wish).await?),
        false => Ok(asked(exchange, &wish)),
    }
}

async fn read(exchange: &Exchange, fields: &Fields) -> Result<LogoutWish, Error> {
    let given = |name| Ok::<_, Error>(fields.text(name)?.filter(|value| !value.is_empty()));
    let asked = LogoutParameters {
        id_token_hint: given("id_token_hint")?,
        client_id: given("client_id")?,
        post_logout_redirect_uri: given("post_logout_redirect_uri")?,
        state: given("state")?,
    };
    server(exchange)?.read_logout(&asked).await
}

async fn end(exchange: &Exchange, request: &AuthRequest, wish: &LogoutWish) -> Result<AuthResponse, Error> {
    exchange.context.end(request).await?;
    Ok(match wish.location() {
        Some(location) => see_other_route(&location),
        None => see_other(&exchange.auth.home()),
    })
}

fn asked(exchange: &Exchange, wish: &LogoutWish) -> AuthResponse {
    let style = exchange.style();
    let say = |text| style.texts().say(&text);
    let with = |form: Form, name, value: Option<&str>| match value {
        Some(value) => form.with(name, value),
        None => form,
    };
    let form = with(Form::to(style.path(path::END_SESSION)), "client_id", wish.client_id());
    let (place, state) = wish.place().unzip();
    let form = with(form, "post_logout_redirect_uri", place);
    let form = with(form, "state", state.flatten()).with("decision", "logout");
    let sentence = match wish.client_name() {
        Some(client) => say(Text::EndSessionLeadOf { client: client.to_owned() }),
        None => say(Text::EndSessionLead),
    };
    let (title, button) = (say(Text::EndSessionTitle), say(Text::AccountLogOut));
    let page = ConfirmPage {
        what: Confirmation::LogOut,
        form,
        title: &title,
        sentence: &sentence,
        button: &button,
        way_back: Some(Link::new(style.home(), say(Text::EndSessionStay))),
    };
    style.page(200, &page)
}
