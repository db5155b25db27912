//! Providers as they really answer: what a login does not need cannot end it, and what proves something is read to the letter.

use auth_core::provider::{ProviderConfig, ProviderEntries, TrustedEmailDomains};
use conformance::{ALICE, Answer, CLIENT, Framework, IdToken, Idp, Key, Signature, form};
use serde_json::{Value, json};

use crate::accounts::{ADDRESS, linked, prove_address};
use crate::id_tokens::rest;
use crate::rp::{Begun, ID, Rp};

const METADATA: &str = "/.well-known/openid-configuration";

/// A login, which succeeds; what the application knows of the person then.
#[track_caller]
fn me(rp: &Rp) -> Value {
    let session = rp.log_in();
    rp.app.get("/auth/me").session(&session).send().expect(200).json()["user"].clone()
}

/// A login from its start on, at a provider that may be too broken to begin it.
fn try_from_the_start(rp: &Rp) -> conformance::Reply {
    let start = rp.start_of(ID, &[]).send();
    if start.status != 303 {
        return start;
    }
    let location = start.header("location").unwrap().to_owned();
    let begun = Begun { location, browser: start.cookie("session-login").unwrap() };
    rp.come_back(&begun, &rp.idp.authorize(&begun.location))
}

pub(crate) fn what_is_for_show_ends_no_login(on: Framework) {
    let rp = Rp::start(on);
    let absent = [json!(null), json!(7), json!({"first": "Jane"}), json!(["jane"]), json!(true)];
    for (index, member) in ["picture", "preferred_username", "name", "email"].into_iter().enumerate() {
        for (turn, value) in absent.iter().enumerate() {
            rest(&rp, index * absent.len() + turn);
            let subject = format!("{member} {turn}");
            rp.idp.set_claims(&json!({"sub": subject, "email_verified": true, member: value}));
            assert_eq!(me(&rp)["email"], Value::Null, "{member}: {value}");
        }
    }
    // In the ID token alone: `null` says no more than nothing.
    let harmless: [fn(&mut IdToken); 5] = [
        |token| token.claims["sid"] = json!(7),
        |token| token.claims["azp"] = json!(null),
        |token| token.claims["at_hash"] = json!(null),
        |token| token.claims["nbf"] = json!(null),
        |token| token.claims["auth_time"] = json!(null),
    ];
    for (index, change) in harmless.into_iter().enumerate() {
        rest(&rp, index);
        rp.idp.forge(change);
        rp.log_in();
    }
    // What cannot be read makes nobody fresh.
    rp.idp.forge(|token| token.claims["auth_time"] = json!("yesterday"));
    let session = rp.log_in();
    assert_eq!(rp.app.get("/auth/me").session(&session).send().json()["auth"]["fresh"], false);
}

pub(crate) fn what_a_token_answer_says_beside_its_token_ends_no_login(on: Framework) {
    let rp = Rp::start(on);
    for (index, (member, value)) in [
        ("scope", json!(["openid"])),
        ("scope", json!(7)),
        ("expires_in", json!("3599")),
        ("expires_in", json!(3599.0)),
        ("expires_in", json!("")),
        ("expires_in", json!(-1)),
        ("expires_in", json!("soon")),
        ("expires_in", json!(null)),
        ("token_type", json!(null)),
        ("refresh_token", json!({})),
    ]
    .into_iter()
    .enumerate()
    {
        rest(&rp, index);
        rp.idp.lie("/token", move |_, honest| honest.but(|answer| value.clone_into(&mut answer[member])));
        rp.log_in();
    }
}

pub(crate) fn metadata_is_taken_as_it_is_written(on: Framework) {
    for (member, value) in [
        ("id_token_signing_alg_values_supported", json!("EdDSA")),
        ("token_endpoint_auth_methods_supported", json!("client_secret_post")),
        ("token_endpoint_auth_methods_supported", json!(null)),
        ("authorization_response_iss_parameter_supported", json!(null)),
        ("end_session_endpoint", json!("")),
        ("end_session_endpoint", json!("/end")),
        ("revocation_endpoint", json!("http://idp.example/revoke")),
        ("introspection_endpoint", json!(["http://127.0.0.1/"])),
        ("userinfo_endpoint", json!(null)),
    ] {
        let rp = Rp::start(on);
        rp.idp.lie(METADATA, move |_, honest| honest.but(|metadata| value.clone_into(&mut metadata[member])));
        rp.log_in();
    }
    // UserInfo is not needed where the ID token has the address.
    let rp = Rp::start(on);
    rp.idp.set_claims(&json!({"sub": "1", "email": "jane@example.net"}));
    rp.idp.lie(METADATA, |_, honest| honest.but(|metadata| metadata["userinfo_endpoint"] = json!("/me")));
    rp.log_in();
}

pub(crate) fn what_a_login_needs_ends_it(on: Framework) {
    for (member, value) in [
        ("authorization_endpoint", json!("/authorize")),
        ("token_endpoint", json!(null)),
        ("jwks_uri", json!(["http://127.0.0.1/jwks"])),
        ("userinfo_endpoint", json!("/me")),
        ("issuer", json!(null)),
    ] {
        let rp = Rp::start(on);
        rp.idp.lie(METADATA, move |_, honest| honest.but(|metadata| value.clone_into(&mut metadata[member])));
        rp.refused(|| try_from_the_start(&rp), 400, "provider_error");
    }
}

pub(crate) fn json_may_be_called_a_page(on: Framework) {
    let rp = Rp::start(on);
    for path in [METADATA, "/jwks", "/token", "/userinfo"] {
        rp.idp.lie(path, |_, honest| match honest {
            Answer::Reply { status, body, .. } => {
                Answer::html(status, std::str::from_utf8(&body).expect("JSON is a text"))
            }
            other => other,
        });
    }
    rp.log_in();
}

/// A provider in the manner of GitHub: OAuth 2.0 alone, with the addresses in a document of their own.
fn forge(idp: &Idp) -> ProviderConfig {
    let at = |path: &str| format!("{}{path}", idp.issuer());
    let entry = json!({
        "preset": "github", "client_id": CLIENT.0, "client_secret": CLIENT.1, "trusted_email_domains": "all",
        "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"), "userinfo_endpoint": at("/userinfo"),
    });
    let entries: ProviderEntries = serde_json::from_value(json!({ ID: entry })).unwrap();
    entries.into_iter().next().unwrap()
}

pub(crate) fn what_the_application_may_not_see_ends_no_login(on: Framework) {
    let idp = Idp::start();
    let config = forge(&idp);
    let rp = Rp::with(on, idp, |builder| builder.provider(config));
    rp.idp.set_claims(&json!({"id": 583_231, "login": "octocat"}));
    for status in [403, 404] {
        let said = json!({"message": "Resource not accessible by integration"});
        rp.idp.lie("/userinfo/emails", move |_, _| Answer::json(status, &said));
        let user = me(&rp);
        assert_eq!((&user["username"], &user["email"]), (&json!("octocat"), &Value::Null), "{status}");
    }
    // An outage, and a token that is not taken, are something else: the address would be lost for good.
    for status in [401, 500, 503] {
        rp.idp.lie("/userinfo/emails", move |_, _| Answer::json(status, &json!({})));
        rp.blamed();
    }
    // Who somebody is cannot be left out.
    rp.idp.lie("/userinfo", |_, _| Answer::json(403, &json!({})));
    rp.blamed();

    let rp = Rp::start(on);
    for status in [403, 404] {
        rp.idp.lie("/userinfo", move |_, _| Answer::json(status, &json!({"error": "insufficient_scope"})));
        rp.log_in();
    }
}

/// What UserInfo says where this application is registered for signed answers.
fn signed(rp: &Rp, key: &Key, change: impl Fn(&mut IdToken)) -> Answer {
    let claims = json!({
        "iss": rp.idp.issuer(), "aud": CLIENT.0, "sub": "248289761001", "email": "jane@example.net", "email_verified": true,
    });
    let signature = Signature::Key(key.clone());
    let mut token = IdToken { header: key.header("JWT"), claims, payload: None, signature };
    change(&mut token);
    Answer::text(200, "application/jwt; charset=utf-8", &token.sign(key))
}

pub(crate) fn userinfo_may_be_signed(on: Framework) {
    let rp = Rp::start_with(on, |entry| entry.trusted_email_domains(TrustedEmailDomains::All));
    let key = rp.idp.key();
    let good: [fn(&mut IdToken); 3] = [
        |_| {},
        |token| token.claims["aud"] = json!([CLIENT.0, "another-client"]),
        |token| {
            token.without("iss");
            token.without("aud");
        },
    ];
    for change in good {
        let answer = signed(&rp, &key, change);
        rp.idp.lie("/userinfo", move |_, _| answer.clone());
        assert_eq!(me(&rp)["email"], "jane@example.net");
    }
    let bad: [fn(&mut IdToken); 9] = [
        |token| token.claims["iss"] = json!("https://evil.example"),
        |token| token.claims["aud"] = json!("another-client"),
        |token| token.claims["sub"] = json!("somebody-else"),
        |token| token.without("sub"),
        |token| token.claims["exp"] = json!(1),
        |token| token.signature = Signature::Wrong,
        |token| token.header["typ"] = json!("at+jwt"),
        |token| {
            token.header["alg"] = json!("none");
            token.signature = Signature::Missing;
        },
        |token| {
            token.header["alg"] = json!("HS256");
            token.signature = Signature::Hmac(CLIENT.1.as_bytes().to_vec());
        },
    ];
    for (index, change) in bad.into_iter().enumerate() {
        rest(&rp, index);
        let answer = signed(&rp, &key, change);
        rp.idp.lie("/userinfo", move |_, _| answer.clone());
        rp.blamed();
    }
    for body in ["", "{}", "a.b.c.d.e", "a.b.c"] {
        rp.idp.lie("/userinfo", move |_, _| Answer::text(200, "application/jwt", body));
        rp.blamed();
    }
}

pub(crate) fn somebody_who_cancels_is_told_so(on: Framework) {
    let rp = Rp::start(on);
    for code in ["access_denied", "user_cancelled_login", "user_cancelled_authorize"] {
        let begun = rp.begin();
        let back = form(&[("error", code), ("state", &begun.state()), ("iss", rp.idp.issuer())]);
        let page = rp.way_back(&begun, &back).browser().send().expect(400).text();
        assert!(page.contains("Cancelled at the login provider") && page.contains("Work account"), "{page}");
        assert!(page.contains("href=\"/auth/login?next=%2F\""), "{page}");
    }
    let begun = rp.begin();
    let back = form(&[("error", "server_error"), ("state", &begun.state()), ("iss", rp.idp.issuer())]);
    let page = rp.way_back(&begun, &back).browser().send().expect(400).text();
    assert!(!page.contains("Cancelled") && page.contains("Work account said: server_error"), "{page}");
    assert!(
        page.contains("is not available at the moment") && page.contains("You did nothing wrong"),
        "{page}"
    );
}

pub(crate) fn whoever_meets_a_broken_provider_reads_whose_fault_it_is(on: Framework) {
    let rp = Rp::start(on);
    for (answer, said) in [
        (Answer::json(503, &json!({})), "Work account is not available at the moment."),
        (
            Answer::html(200, "<h1>Maintenance</h1>"),
            "Logging in with Work account does not work at the moment.",
        ),
        (
            Answer::json(400, &json!({"error": "invalid_client"})),
            "Logging in with Work account does not work",
        ),
    ] {
        rp.idp.lie("/token", move |_, _| answer.clone());
        let begun = rp.begin();
        let back = rp.idp.authorize(&begun.location);
        let page = rp.way_back(&begun, &back).browser().send().expect(400).text();
        assert!(page.contains(said) && page.contains("You did nothing wrong"), "{page}");
        assert!(
            page.contains("Try again in a few minutes") && !page.contains("check what was sent"),
            "{page}"
        );
        assert!(page.contains("href=\"/auth/login\""), "there is a way on: {page}");
    }
    // Before anybody is sent there: when the provider is asked again is known.
    let rp = Rp::start(on);
    rp.idp.lie(METADATA, |_, _| Answer::json(503, &json!({})));
    let reply = rp.start_of(ID, &[]).send().problem(400, "provider_error");
    let detail = reply.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("is not available") && detail.contains("Try again in 30 seconds"), "{detail}");
    assert_eq!(reply.header("retry-after"), Some("30"));
}

pub(crate) fn an_address_that_only_looks_the_same_opens_nothing(on: Framework) {
    let rp = Rp::start_with(on, |entry| {
        entry.trusted_email_domains(TrustedEmailDomains::All).link_by_verified_email(true)
    });
    prove_address(&rp.app, ALICE);
    for (index, look_alike) in
        ["\u{ff41}lice@example.com", "a\u{2113}ice@example.com", "al\u{2139}ce@example.com"]
            .into_iter()
            .enumerate()
    {
        let claims = json!({"sub": index.to_string(), "email": look_alike, "email_verified": true});
        rp.idp.set_claims(&claims);
        let user = me(&rp);
        assert_ne!(user["username"], ALICE.name);
        assert_eq!((&user["email"], &user["email_verified"]), (&Value::Null, &json!(false)), "{look_alike}");
    }
    assert_eq!(linked(&rp.app, ALICE), 0);
    rp.idp.set_claims(&json!({"sub": "own", "email": ADDRESS.to_uppercase(), "email_verified": true}));
    assert_eq!(me(&rp)["username"], ALICE.name, "the case of ASCII letters is none of it");
}
