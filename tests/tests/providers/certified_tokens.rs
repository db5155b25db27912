//! Access tokens of the certified provider `oidc-provider` at guards that ask for them, on each framework.

use std::time::Duration;

use auth_core::clock::{Clock as _, SystemClock};
use auth_core::oauth_client::ClientAuthentication;
use auth_core::resource::OutsideIssuer;
use conformance::{Framework, Issuer, Request, Software, TestApp};
use serde_json::json;

/// The API's name in `aud`.
const AUDIENCE: &str = "https://api.example.org";

const SECRET: &str = "a-secret-that-is-long-enough-for-all";

/// A program that is given signed tokens, and one that is given opaque ones: the provider goes by the name.
const PROGRAMS: [&str; 2] = ["a-program", "an-opaque-program"];

pub(crate) fn its_tokens_are_taken_of_either_kind(on: Framework) {
    for program in PROGRAMS {
        let Some(issuer) = issuer() else { return };
        let accepted = if program == PROGRAMS[0] { signed(&issuer) } else { asked(&issuer) };
        let app = start(on, [accepted]);
        let reading = token(&issuer, program, "reports:read");
        assert_eq!(app.get("/reports").bearer(&reading).send().expect(200).text(), who(&issuer, program));
        let writing = token(&issuer, program, "reports:write");
        app.get("/reports").bearer(&writing).send().problem(403, "insufficient_scope");
        app.get("/own").bearer(&reading).send().problem(401, "invalid_token");
        // Its keys change in mid-flight.
        issuer.rotate();
        app.clock.advance(Duration::from_secs(31));
        app.get("/reports").bearer(&token(&issuer, program, "reports:read")).send().expect(200);
    }
}

pub(crate) fn an_api_may_take_its_tokens_of_both_kinds(on: Framework) {
    let Some(issuer) = issuer() else { return };
    let app = start(on, [signed(&issuer), asked(&issuer)]);
    for program in PROGRAMS {
        let token = token(&issuer, program, "reports:read");
        assert_eq!(app.get("/reports").bearer(&token).send().expect(200).text(), who(&issuer, program));
    }
    assert_eq!(issuer.count("POST /token/introspection"), 1, "about the opaque one");
    app.get("/reports").bearer("made-up").send().problem(401, "invalid_token");
}

/// The provider, which knows both programs.
fn issuer() -> Option<Issuer> {
    let issuer = Software::OidcProvider.issuer()?;
    for program in PROGRAMS {
        issuer.client(&json!({
            "client_id": program, "client_secret": SECRET, "redirect_uris": [], "response_types": [],
            "grant_types": ["client_credentials"],
        }));
    }
    Some(issuer)
}

fn signed(issuer: &Issuer) -> OutsideIssuer {
    OutsideIssuer::jwt(&issuer.issuer).audience(AUDIENCE)
}

fn asked(issuer: &Issuer) -> OutsideIssuer {
    let authentication = ClientAuthentication::SecretBasic(SECRET.into());
    OutsideIssuer::introspection(&issuer.issuer, PROGRAMS[1], authentication).audience(AUDIENCE)
}

fn start<const N: usize>(on: Framework, accepted: [OutsideIssuer; N]) -> TestApp {
    let app = on.start_api(|builder| {
        accepted.into_iter().fold(builder, |builder, issuer| builder.outside_issuer(issuer))
    });
    // The provider knows no time but the real one.
    app.clock.set(SystemClock.now());
    app
}

/// A token of the program's own; signed or not, as it should be.
fn token(issuer: &Issuer, program: &str, scope: &str) -> String {
    let fields = [("grant_type", "client_credentials"), ("scope", scope)];
    let request = Request::at(&format!("{}/token", issuer.issuer), "POST").basic(program, SECRET);
    let answer = request.form(&fields).send().expect(200).json();
    let token = answer["access_token"].as_str().unwrap().to_owned();
    assert_eq!(token.contains('.'), program == PROGRAMS[0], "{token}");
    token
}

/// What the API answers. Asked about a program's token, the provider names no subject.
fn who(issuer: &Issuer, program: &str) -> String {
    format!("{} {}", issuer.issuer, if program == PROGRAMS[0] { program } else { "-" })
}
