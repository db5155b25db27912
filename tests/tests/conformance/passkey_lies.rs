//! Passkeys that are not what was asked for, and what is no passkey at all: refused by contract, and nothing is kept or used up by it
//! (ATTACKS WA-02, WA-04 to WA-06, WA-08; WebAuthn Level 3 sections 7.1 and 7.2).

use std::time::Duration;

use auth_core::testing::{SoftAuthenticator, Told, attestation};
use conformance::{ALICE, BOB, Framework, TestApp};
use serde_json::{Value, json};

type Lie = (&'static str, fn(&mut SoftAuthenticator), fn(&mut Told));

/// The flags stand behind the hash of the relying party (section 6.1).
const FLAGS: usize = 32;
/// The credential begins behind flags and counter: the model, the length of the id.
const ATTESTED: usize = 37;
/// Where the COSE_Key begins behind an id of 32 bytes.
const KEY: usize = ATTESTED + 16 + 2 + 32;

/// What holds for both ceremonies.
const BOTH: [Lie; 14] = [
    ("another challenge", nothing, |told| change(told, "challenge", json!("A".repeat(43)))),
    ("a challenge of another length", nothing, |told| change(told, "challenge", json!("AAAA"))),
    ("http", |phone| phone.origin = "http://localhost".to_owned(), honest),
    ("https", |phone| phone.origin = phone.origin.replace("http:", "https:"), honest),
    ("another port", |phone| phone.origin.push('1'), honest),
    ("a sibling", |phone| phone.origin = "https://evil.example".to_owned(), honest),
    ("a suffix", |phone| phone.origin = phone.origin.replace("localhost", "localhost.evil.example"), honest),
    ("a subdomain", |phone| phone.origin = phone.origin.replace("localhost", "evil.localhost"), honest),
    ("a path behind it", |phone| phone.origin.push('/'), honest),
    ("in a frame", nothing, |told| change(told, "crossOrigin", json!(true))),
    ("another relying party", nothing, |told| told.authenticator_data[0] ^= 1),
    ("nobody there", |phone| phone.is_present = false, honest),
    ("backed up, and cannot be", |phone| phone.is_backed_up = true, honest),
    ("a byte too many", nothing, |told| told.authenticator_data.push(0)),
];

fn nothing(_: &mut SoftAuthenticator) {}

fn honest(_: &mut Told) {}

fn change(told: &mut Told, member: &str, value: Value) {
    let mut data: Value = serde_json::from_slice(&told.client_data).unwrap();
    data[member] = value;
    told.client_data = data.to_string().into_bytes();
}

/// Writes a member once more.
fn twice(told: &mut Told, member: &str) {
    told.client_data.pop();
    told.client_data.extend(format!(r#","{member}"}}"#).into_bytes());
}

/// The attestation object anew, of what the authenticator says now.
fn attested(told: &mut Told) {
    told.attestation = attestation(&told.authenticator_data);
}

fn refused_at_making(app: &TestApp, (what, about, lie): Lie) {
    let session = app.login(BOB);
    let mut phone = app.phone(1);
    about(&mut phone);
    let made = phone.make_lying(&app.begin_making(&session), |told| {
        let before = told.attestation.clone();
        lie(told);
        if told.attestation == before {
            attested(told);
        }
    });
    let reply = app.finish_making(&session, &made).send();
    assert_eq!(reply.status, 400, "{what}: {}", reply.text());
    reply.problem(400, "invalid_credential");
    assert_eq!(app.passkeys(&session).len(), 0, "{what}");
}

pub(crate) fn what_was_not_asked_for_is_not_kept(on: Framework) {
    let app = on.start();
    BOTH.into_iter().for_each(|lie| refused_at_making(&app, lie));
    let more: [Lie; 12] = [
        ("of the other ceremony", nothing, |told| change(told, "type", json!("webauthn.get"))),
        ("a challenge that stands twice", nothing, |told| twice(told, r#"challenge":"AAAA"#)),
        ("a type that stands twice", nothing, |told| twice(told, r#"type":"webauthn.create"#)),
        ("another id than it holds", nothing, |told| told.id[0] ^= 1),
        ("an id of 1024 bytes", |phone| phone.id = vec![7; 1024], honest),
        ("no id", |phone| phone.id = Vec::new(), honest),
        ("no credential", nothing, |told| {
            told.authenticator_data.truncate(ATTESTED);
            told.authenticator_data[FLAGS] &= !(1 << 6);
        }),
        ("a key of another algorithm", nothing, |told| told.authenticator_data[KEY + 4] = 0x27),
        ("a key of another curve", nothing, |told| told.authenticator_data[KEY + 6] = 0x02),
        ("a point off the curve", nothing, |told| *told.authenticator_data.last_mut().unwrap() ^= 1),
        ("a key with a member twice", nothing, |told| {
            told.authenticator_data[KEY] = 0xa6;
            told.authenticator_data.extend([0x01, 0x02]);
        }),
        ("extensions that are not there", nothing, |told| told.authenticator_data[FLAGS] |= 1 << 7),
    ];
    more.into_iter().for_each(|lie| refused_at_making(&app, lie));
}

/// What an authenticator says of itself, around the data that it vouches for.
type Attest = fn(&[u8]) -> Vec<u8>;

/// Attestation objects that are broken, or of a format that nobody asked for.
pub(crate) fn what_is_broken_is_not_kept(on: Framework) {
    let app = on.start();
    let statements: [Attest; 9] = [
        |_| Vec::new(),
        |_| vec![0xa0],
        |_| vec![0xff; 2000],
        |_| vec![0x9f; 2000],
        |_| vec![0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        // A member twice, `authData` as text, a statement where there is said to be none, an unknown format.
        |data| [&[0xa4], &attestation(data)[1..], b"\x63fmt\x64none"].concat(),
        |_| [&b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x63abc"[..]].concat(),
        |data| {
            let whole = attestation(data);
            let at = whole.windows(7).position(|part| part == b"attStmt").unwrap() + 7;
            [&whole[..at], b"\xa1\x61a\x01", &whole[at + 1..]].concat()
        },
        |data| {
            let whole = attestation(data);
            let at = whole.windows(4).position(|part| part == b"none").unwrap();
            [&whole[..at], b"some", &whole[at + 4..]].concat()
        },
    ];
    let session = app.login(BOB);
    for statement in statements {
        let mut phone = app.phone(1);
        let made = phone.make_lying(&app.begin_making(&session), |told| {
            told.attestation = statement(&told.authenticator_data);
        });
        app.finish_making(&session, &made).send().problem(400, "invalid_credential");
    }
    // Formats whose statements are verified have to hold.
    for (format, statement) in [
        ("packed", &b"\xa2\x63alg\x26\x63sig\x41\x00"[..]),
        ("fido-u2f", b"\xa2\x63sig\x41\x00\x63x5c\x81\x41\x00"),
        ("tpm", b"\xa1\x63ver\x632.0"),
        ("apple", b"\xa1\x63x5c\x80"),
        ("android-key", b"\xa3\x63alg\x26\x63sig\x41\x00\x63x5c\x81\x41\x00"),
        ("android-safetynet", b"\xa2\x63ver\x6110\x68response\x41\x00"),
        ("compound", b"\xa1\x61a\x80"),
    ] {
        let mut phone = app.phone(1);
        let made = phone.make_lying(&app.begin_making(&session), |told| {
            let length = u16::try_from(told.authenticator_data.len()).unwrap().to_be_bytes();
            let name = [&[0x60 | u8::try_from(format.len()).unwrap()], format.as_bytes()].concat();
            let head =
                [b"\xa3\x63fmt", name.as_slice(), b"\x67attStmt", statement, b"\x68authData\x59"].concat();
            told.attestation = [head.as_slice(), &length, &told.authenticator_data].concat();
        });
        app.finish_making(&session, &made).send().problem(400, "invalid_credential");
    }
    for (body, status) in broken_bodies() {
        let reply = app.post("/auth/passkeys/register/finish").session(&session).json(&body).send();
        let code = if body["credential"].is_object() { "invalid_credential" } else { "invalid_request" };
        reply.problem(status, code);
    }
    let huge = json!({ "credential": { "id": "A".repeat(1 << 20) } });
    let reply = app.post("/auth/passkeys/register/finish").session(&session).json(&huge);
    reply.send().problem(413, "payload_too_large");
    assert_eq!(app.passkeys(&session).len(), 0);
}

/// Bodies in which things have the wrong type; what is an object is read as a credential, which is none.
fn broken_bodies() -> Vec<(Value, u16)> {
    let credential = |value: Value| json!({ "credential": value });
    vec![
        (json!({}), 400),
        (credential(Value::Null), 400),
        (credential(json!("x")), 400),
        (credential(json!([])), 400),
        (credential(json!(7)), 400),
        (credential(json!({})), 400),
        (credential(json!({ "id": 1, "rawId": {}, "type": [], "response": null })), 400),
        (credential(json!({ "id": "AA", "rawId": "AA", "type": "public-key", "response": [1] })), 400),
    ]
}

fn refused_at_login(app: &TestApp, phone: &mut SoftAuthenticator, (what, about, lie): Lie) {
    let asked = app.begin_passkey_login();
    let before = (phone.origin.clone(), phone.is_present, phone.is_verified, phone.is_backed_up);
    about(phone);
    let used = phone.ask_lying(&asked.options, lie);
    (phone.origin, phone.is_present, phone.is_verified, phone.is_backed_up) = before;
    let reply = app.finish_passkey_login(&asked, &used).send();
    assert_eq!(reply.status, 401, "{what}: {}", reply.text());
    assert_eq!(reply.problem(401, "invalid_credentials").session(), None, "{what}");
}

pub(crate) fn what_was_not_asked_for_logs_nobody_in(on: Framework) {
    let app = on.start();
    let (mut phone, _) = app.with_passkey(ALICE, 1);
    for lie in BOTH {
        refused_at_login(&app, &mut phone, lie);
    }
    let more: [Lie; 10] = [
        ("of the other ceremony", nothing, |told| change(told, "type", json!("webauthn.create"))),
        ("of no ceremony", nothing, |told| change(told, "type", json!("payment.get"))),
        ("a challenge that stands twice", nothing, |told| twice(told, r#"challenge":"AAAA"#)),
        ("an origin that stands twice", nothing, |told| twice(told, r#"origin":"https://evil.example"#)),
        ("nobody verified", |phone| phone.is_verified = false, honest),
        ("it can be backed up now", nothing, |told| told.authenticator_data[FLAGS] |= 1 << 3),
        ("of nobody", nothing, |told| told.user_handle = None),
        ("of another account", nothing, |told| told.user_handle = Some(vec![1; 64])),
        ("another id", nothing, |told| told.id[0] ^= 1),
        ("data that end early", nothing, |told| told.authenticator_data.truncate(36)),
    ];
    for lie in more {
        refused_at_login(&app, &mut phone, lie);
    }
    // After all of them the honest one is let in.
    app.passkey_login(&mut phone).expect(200);
    assert_eq!(app.sessions(ALICE), 2);
}

pub(crate) fn what_is_broken_logs_nobody_in(on: Framework) {
    let app = on.start();
    let (mut phone, _) = app.with_passkey(ALICE, 1);
    let asked = app.begin_passkey_login();
    let used = phone.ask(&asked.options);
    for (pointer, wrong) in [
        ("/id", json!(null)),
        ("/rawId", json!("AAAA")),
        ("/type", json!("password")),
        ("/response", json!("x")),
        ("/response/clientDataJSON", json!("")),
        ("/response/clientDataJSON", json!("e30")),
        ("/response/authenticatorData", json!("AAAA")),
        ("/response/authenticatorData", json!({ "0": 1 })),
        ("/response/signature", json!(1)),
        ("/response/userHandle", json!([])),
    ] {
        let mut broken = used.clone();
        *broken.pointer_mut(pointer).unwrap() = wrong;
        let reply = app.finish_passkey_login(&asked, &broken).send();
        assert_eq!(reply.status, 401, "{pointer}: {}", reply.text());
    }
    for (body, status) in broken_bodies() {
        let status = if body["credential"].is_object() { 401 } else { status };
        let reply = app.post("/auth/passkeys/login/finish").json(&body).send();
        assert_eq!(reply.status, status, "{body}");
    }
    let huge = json!({ "credential": { "id": "A".repeat(1 << 20) } });
    app.post("/auth/passkeys/login/finish").json(&huge).send().problem(413, "payload_too_large");
    // What could not be read has used nothing up: except those whose challenge could, and was taken.
    let asked = app.begin_passkey_login();
    let mut unsigned = phone.ask(&asked.options);
    unsigned["response"]["signature"] = json!("");
    app.finish_passkey_login(&asked, &unsigned).send().problem(401, "invalid_credentials");
    app.passkey_login(&mut phone).expect(200);
}

/// The trap: a challenge that the body names beside the one that was signed counts for nothing.
pub(crate) fn the_challenge_is_the_one_that_was_signed(on: Framework) {
    let app = on.start();
    let (mut phone, _) = app.with_passkey(ALICE, 1);
    let stolen = phone.ask(&json!({ "rpId": "localhost", "challenge": "A".repeat(43) }));
    let asked = app.begin_passkey_login();
    let challenge = &asked.options["challenge"];
    let mut beside = stolen.clone();
    (beside["challenge"], beside["response"]["challenge"]) = (challenge.clone(), challenge.clone());
    let body = json!({ "credential": beside, "challenge": challenge });
    let finish = app.post("/auth/passkeys/login/finish").cookies(&[("session-login", &asked.browser)]);
    finish.json(&body).send().problem(401, "invalid_credentials");
    // Put into what was signed, the signature is over something else.
    let mut moved = stolen;
    let honest = phone.ask(&asked.options);
    moved["response"]["clientDataJSON"] = honest["response"]["clientDataJSON"].clone();
    moved["response"]["signature"] = phone.ask(&json!({ "rpId": "localhost", "challenge": "A".repeat(43) }))
        ["response"]["signature"]
        .clone();
    app.finish_passkey_login(&asked, &moved).send().problem(401, "invalid_credentials");
}

pub(crate) fn a_ceremony_is_of_its_browser_and_of_its_kind(on: Framework) {
    let app = on.start();
    let (mut phone, session) = app.with_passkey(ALICE, 1);
    let (asked, other) = (app.begin_passkey_login(), app.begin_passkey_login());
    let used = phone.ask(&asked.options);
    // In another browser, and in none: nothing is used up by that.
    let elsewhere = conformance::Asked { browser: other.browser.clone(), ..asked.clone() };
    app.finish_passkey_login(&elsewhere, &used).send().problem(401, "invalid_credentials");
    let body = json!({ "credential": used });
    app.post("/auth/passkeys/login/finish").json(&body).send().problem(401, "invalid_credentials");
    app.finish_passkey_login(&asked, &used).send().expect(200);
    // Once.
    app.finish_passkey_login(&asked, &used).send().problem(401, "invalid_credentials");
    // What was asked for in order to make one, to log in, and the other way round.
    let to_make = app.begin_making(&session);
    let options = json!({ "rpId": "localhost", "challenge": to_make["challenge"] });
    let used = phone.ask(&options);
    app.finish_passkey_login(&other, &used).send().problem(401, "invalid_credentials");
    let options = json!({ "rp": { "id": "localhost" }, "user": { "id": "AAAA" }, "challenge": other.options["challenge"] });
    let made = app.phone(2).make(&options);
    app.finish_making(&session, &made).send().problem(400, "invalid_credential");
    // One browser has room for several tabs.
    let again =
        app.post("/auth/passkeys/login/start").cookies(&[("session-login", &other.browser)]).json(&json!({}));
    let again = conformance::asked(again.send());
    assert_eq!(again.browser, other.browser);
    for tab in [other, again] {
        let used = phone.ask(&tab.options);
        app.finish_passkey_login(&tab, &used).send().expect(200);
    }
}

pub(crate) fn a_ceremony_ends_after_five_minutes(on: Framework) {
    let app = on.start();
    let (mut phone, _) = app.with_passkey(ALICE, 1);
    for (seconds, status) in [(299, 200), (300, 401)] {
        let asked = app.begin_passkey_login();
        let used = phone.ask(&asked.options);
        app.clock.advance(Duration::from_secs(seconds));
        app.finish_passkey_login(&asked, &used).send().expect(status);
    }
}
