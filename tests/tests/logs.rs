//! No secret reaches the log (OWASP Logging Cheat Sheet, "Data to exclude"): every flow at the most talkative level, then a search
//! for every secret.
//!
//! The capture is of the whole process, so this is a program of its own with one test.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use auth_core::clock::Clock as _;
use auth_core::mfa::MfaConfig;
use auth_core::password::{Argon2Params, PasswordConfig, PasswordHash, PasswordHasher};
use auth_core::provider::ProviderConfig;
use auth_core::store::{Backend, MemoryStore};
use auth_core::testing::{SeededRandom, TestTotp};
use auth_core::throttle::ThrottleConfig;
use auth_core::user::Account;
use auth_store::{DjangoOptions, SqlStore};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conformance::{
    ALICE, Answer, BOB, CLIENT, DjangoDatabase, DjangoKind, DjangoProject, DjangoUsers, DjangoVersion,
    Framework, Idp, Log, ROOT, Request, TestApp, query,
};
use serde_json::{Value, json};
use tracing::Level;

/// What must never be seen: passwords tried or set, their hashes, session ids, tokens.
#[derive(Default)]
struct Secrets(Vec<String>);

impl Secrets {
    fn keep(&mut self, secret: impl Into<String>) -> String {
        let secret = secret.into();
        self.0.push(secret.clone());
        secret
    }

    /// Keeps a stored hash, and the digest in it by itself.
    fn keep_hash(&mut self, encoded: &str) {
        let digest = encoded.rsplit('$').next().unwrap();
        for part in [encoded, digest].into_iter().filter(|part| part.len() > 8) {
            self.keep(part);
        }
    }
}

#[test]
fn no_flow_logs_a_secret_at_any_level() {
    let log = Log::start(Level::TRACE);
    let mut secrets = Secrets::default();
    for person in [ALICE, BOB, ROOT] {
        secrets.keep(person.password);
    }
    for framework in Framework::ALL {
        sessions(&framework.start(), &mut secrets);
        sessions(&framework.start_on_sqlite(), &mut secrets);
        tokens(&framework.start(), &mut secrets);
        mailed(&framework.start(), &mut secrets);
        mailed(&framework.start_on_sqlite(), &mut secrets);
        factors(&framework, &mut secrets);
        mistakes(&framework.start(), &mut secrets);
        hostile(&framework.start(), &log);
        other_sites(&framework.start(), &log);
        stored_cookies(&framework.start_by_hand(), &log);
        providers(framework, &mut secrets);
        stored_hashes(framework, async || MemoryStore::new(), &mut secrets);
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}?mode=rwc", folder.path().join("hashes.db").display());
        stored_hashes(framework, async || SqlStore::connect(&url).await.unwrap(), &mut secrets);
        for database in [DjangoDatabase::Sqlite, DjangoDatabase::Postgres] {
            djangos_hashes(framework, database, &mut secrets);
        }
    }
    tracing::info!("the capture works");
    let log = log.take();
    assert!(log.contains("the capture works") && log.len() > 1000, "{} bytes", log.len());
    for secret in secrets.0 {
        let seen = log.lines().find(|line| line.contains(&secret));
        assert_eq!(seen, None, "a secret stands in the log");
    }
    forged_lines(&log);
}

fn sessions(app: &TestApp, secrets: &mut Secrets) {
    let session = secrets.keep(app.login(ALICE));
    let planted = secrets.keep("planted-session-id-that-nobody-made");
    app.get("/private").session(&planted).send();
    app.get("/auth/me").session(&session).send().expect(200);
    app.get("/auth/sessions").session(&session).send().expect(200);
    app.clock.advance(Duration::from_secs(90));
    let request = app.post("/auth/reauthenticate").session(&session).form(&[("password", ALICE.password)]);
    let session = secrets.keep(request.send().expect(200).session().unwrap());
    let new = secrets.keep("violet umbrella cactus seventeen");
    let fields = [("current_password", ALICE.password), ("new_password", new.as_str())];
    let reply = app.post("/auth/password/change").session(&session).form(&fields).send().expect(204);
    let session = secrets.keep(reply.session().unwrap());
    app.request("DELETE", "/auth/sessions").session(&session).send().expect(204);
    app.post("/auth/logout").session(&session).send().expect(204);
    secrets.keep(STANDARD.encode(format!("{}:{}", BOB.name, BOB.password)));
    app.get("/basic").basic(BOB.name, BOB.password).send().expect(200);
}

/// Secrets of authenticator apps, codes of every kind, the cookies beside them, and passkeys.
fn factors(on: &Framework, secrets: &mut Secrets) {
    let app = on.start_with(|builder| builder.mfa(MfaConfig::default().mailed_codes(true)));
    let session = secrets.keep(app.login(ALICE));
    let offer = app.post("/auth/mfa/totp").session(&session).send().expect(200).json();
    let secret = secrets.keep(offer["secret"].as_str().unwrap());
    let totp = TestTotp::of_secret(&secret);
    // Six digits stand in a log by chance: the code is none of what is looked for.
    let code = || json!({"code": totp.code_at(app.clock.now()), "trust_device": true});
    let confirmed = app.post("/auth/mfa/totp/confirm").session(&session).json(&code()).send().expect(200);
    let codes = confirmed.json()["recovery_codes"].clone();
    let codes: Vec<_> =
        codes.as_array().unwrap().iter().map(|code| secrets.keep(code.as_str().unwrap())).collect();
    let session = secrets.keep(confirmed.session().unwrap());
    let wait = |secrets: &mut Secrets| {
        let reply = app.try_login(ALICE.name, ALICE.password).send().expect(200);
        secrets.keep(reply.cookie("pending").unwrap())
    };
    let pending = wait(secrets);
    let show = |pending: &str, body: &Value| {
        app.post("/auth/mfa").cookies(&[("pending", pending)]).json(body).send()
    };
    show(&pending, &json!({"recovery_code": codes[0]})).expect(200);
    show(&wait(secrets), &json!({"recovery_code": codes[0]})).expect(401);
    app.clock.advance(Duration::from_secs(30));
    let shown = show(&wait(secrets), &code()).expect(200);
    secrets.keep(shown.cookie("device").unwrap());
    let pending = wait(secrets);
    app.post("/auth/mfa/email").cookies(&[("pending", &pending)]).send().expect(202);
    let mailed = app.mails_to("alice@example.com").last().unwrap().text().to_owned();
    let (_, mailed) = mailed.split_once("log in to ").and_then(|(_, rest)| rest.split_once(": ")).unwrap();
    show(&pending, &json!({"code": secrets.keep(&mailed[..9])})).expect(200);
    let mut phone = app.phone(1);
    let options = app.begin_making(&session);
    secrets.keep(options["challenge"].as_str().unwrap());
    let made = phone.make(&options);
    secrets.keep(made["response"]["attestationObject"].as_str().unwrap());
    app.finish_making(&session, &made).send().expect(201);
    let asked = app.begin_passkey_login();
    let used = phone.ask(&asked.options);
    secrets.keep(used["response"]["signature"].as_str().unwrap());
    app.finish_passkey_login(&asked, &used).send().expect(200);
    app.finish_passkey_login(&asked, &used).send().expect(401);
}

/// What stands in mails lets people in: links, codes, and by what the browser is known that asked.
fn mailed(app: &TestApp, secrets: &mut Secrets) {
    const NEW: &str = "eleven quiet lanterns by the lake";
    let form = json!({"username": "carol", "email": "carol@example.com", "password": secrets.keep(NEW)});
    let reply = app.post("/auth/register").json(&form).send().expect(202);
    let browser = secrets.keep(reply.cookie("session-signup").unwrap());
    let token = secrets.keep(app.mailed_token("carol@example.com"));
    app.get(&format!("/auth/email/verify?token={token}")).browser().send().expect(200);
    let verify = app.post("/auth/email/verify").cookies(&[("session-signup", &browser)]);
    verify.json(&json!({"token": token})).send().expect(204);
    app.post("/auth/password/forgot").json(&json!({"email": "carol@example.com"})).send().expect(202);
    let token = secrets.keep(app.mailed_token("carol@example.com"));
    let reset = json!({"token": token, "new_password": secrets.keep("violet umbrella cactus seventeen")});
    app.post("/auth/password/reset").json(&reset).send().expect(204);
    app.post("/auth/password/reset").json(&reset).send().expect(400);
    // That the password was changed is told before: of two mails of one moment either may come first.
    app.mails_to("carol@example.com");
    app.post("/auth/magic-link").json(&json!({"email": "carol@example.com"})).send().expect(202);
    let token = secrets.keep(app.mailed_token("carol@example.com"));
    let mails = app.mails_to("carol@example.com");
    let (_, code) = mails.last().unwrap().text().split_once("you asked: ").unwrap();
    secrets.keep(&code[..9]);
    app.post("/auth/magic-link/confirm").json(&json!({"code": &code[..9]})).send().expect(400);
    let entered = app.post("/auth/magic-link/confirm").json(&json!({"token": token})).send().expect(200);
    let session = secrets.keep(entered.session().unwrap());
    app.post("/auth/email/change")
        .session(&session)
        .json(&json!({"email": "c@x.example"}))
        .send()
        .expect(202);
    let (undo, change) = (app.mailed_token("carol@example.com"), app.mailed_token("c@x.example"));
    let change = json!({"token": secrets.keep(change)});
    app.post("/auth/email/verify").session(&session).json(&change).send().expect(204);
    app.post("/auth/email/undo").json(&json!({"token": secrets.keep(undo)})).send().expect(204);
}

fn tokens(app: &TestApp, secrets: &mut Secrets) {
    let pair = app.tokens(ALICE, "reports:read");
    let (access, refresh) = (secrets.keep(pair.access), secrets.keep(pair.refresh));
    app.get("/scoped").bearer(&access).send().expect(200);
    let reply = app.try_refresh(&refresh).send().expect(200).json();
    let next = secrets.keep(reply["refresh_token"].as_str().unwrap());
    secrets.keep(reply["access_token"].as_str().unwrap());
    app.try_refresh(&next).send().expect(200);
    app.try_refresh(&refresh).send().expect(400);
    let pair = app.tokens(BOB, "");
    let refresh = secrets.keep(pair.refresh);
    app.post("/auth/revoke").form(&[("token", &refresh)]).send().expect(200);
    app.post("/auth/revoke").form(&[("token", &secrets.keep(pair.access))]).send().expect(200);
}

fn mistakes(app: &TestApp, secrets: &mut Secrets) {
    let wrong = secrets.keep("a wrong password, typed in a hurry");
    let token = secrets.keep("eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.c2lnbmF0dXJl");
    app.try_login("alice", &wrong).send().expect(401);
    app.try_login("carol", &wrong).browser().send().expect(401);
    app.get("/basic").basic("alice", &wrong).send().expect(401);
    app.get("/api").bearer(&token).send().expect(401);
    app.try_refresh(&token).send().expect(400);
    app.post("/auth/token").basic("client", &wrong).form(&[("grant_type", &wrong)]).send().expect(401);
    app.get(&format!("/private?access_token={token}")).send().expect(401);
    app.post("/auth/login")
        .body("application/json", format!("{{\"password\":\"{wrong}\""))
        .send()
        .expect(400);
    app.post("/auth/login")
        .json(&serde_json::json!({"username": "a", "password": [wrong]}))
        .send()
        .expect(400);
    let name = "mallory\r\nINFO auth_core: forged line\u{1b}[31m";
    app.try_login(name, &wrong).header("User-Agent", "x\u{1b}[31m \"quoted\"").send();
}

/// Whatever stands in a request, its refusal is one line of the log.
fn hostile(app: &TestApp, log: &Log) {
    let text = "x\r\nINFO auth_core: forged line\u{1b}[31m\u{9b}2J \"quoted\" {{ 7*7 }}";
    for (path, fields) in [
        ("/auth/login", json!({"username": text, "password": text})),
        ("/auth/password/reset", json!({"token": text, "new_password": text})),
        ("/auth/email/verify", json!({"token": text})),
        ("/auth/email/undo", json!({"token": text})),
        ("/auth/unlock", json!({"token": text})),
        ("/auth/account/secure", json!({"token": text})),
        ("/auth/magic-link/confirm", json!({"code": text})),
    ] {
        let lines = log.of(|| {
            let agent = "x\u{9b}31m \u{202e} \"quoted\"";
            let reply = app.post(path).header("User-Agent", agent).json(&fields).send();
            assert!((400..500).contains(&reply.status), "{reply:?}");
        });
        let told = lines.lines().filter(|line| line.contains("event_id=")).count();
        assert_eq!(told, 1, "{path}: {lines}");
    }
}

/// Why a form is refused stands in one line of the log, with both origins, whichever way the request takes.
fn other_sites(app: &TestApp, log: &Log) {
    let session = app.login(ALICE);
    for request in [
        app.try_login("alice", "x"),
        app.post("/private").session(&session),
        app.post("/auth/logout").session(&session).form(&[]),
    ] {
        let log = log.of(|| {
            let origin = "https://evil.example\u{9b}31m";
            request.header("Origin", origin).header("Sec-Fetch-Site", "cross-site").send().expect(403);
        });
        let lines: Vec<_> = log.lines().filter(|line| line.contains("another site")).collect();
        assert_eq!(lines.len(), 1, "{log}");
        for part in ["WARN", "https://evil.example", "cross-site", &format!("expected=\"{}\"", app.base)] {
            assert!(lines[0].contains(part), "{part}: {}", lines[0]);
        }
    }
}

/// A handler that tells caches to keep a session cookie is named once.
fn stored_cookies(app: &TestApp, log: &Log) {
    let log = log.of(|| drop(app.post("/in?secret=1").send().expect(200)));
    let lines: Vec<_> = log.lines().filter(|line| line.contains("no-store")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("WARN") && lines[0].contains("path=\"/in\""), "{}", lines[0]);
    assert!(!log.contains("secret=1"), "{log}");
}

fn providers(on: Framework, secrets: &mut Secrets) {
    let idp = Idp::start();
    let entry = ProviderConfig::openid_connect("work", idp.issuer(), CLIENT.0).client_secret(CLIENT.1);
    let entry = entry.keep_tokens(true).rp_initiated_logout(true);
    let app = on.start_with(|builder| builder.provider(entry));
    secrets.keep(CLIENT.1);
    let issued = Arc::new(Mutex::new(Vec::new()));
    let held = issued.clone();
    idp.lie("/token", move |_, honest| honest.but(|answer| held.lock().unwrap().push(answer.clone())));
    let session = there_and_back(&app, &idp, &[], secrets).unwrap();
    let reply = app.post("/auth/logout").form(&[]).session(&session).browser().send().expect(303);
    secrets.keep(query(reply.header("location").unwrap(), "id_token_hint").unwrap());
    let alice = secrets.keep(app.login(ALICE));
    there_and_back(&app, &idp, &[("session", &alice)], secrets);
    app.get("/auth/accounts").session(&alice).send().expect(200);
    // What goes wrong is logged with its reason, and without what it is about.
    idp.forge(|token| token.claims["nonce"] = Value::from("a nonce of somebody else"));
    there_and_back(&app, &idp, &[], secrets);
    idp.repent();
    idp.lie("/token", |seen, _| Answer::json(400, &Value::from_iter([("error", seen.body.as_str())])));
    there_and_back(&app, &idp, &[], secrets);
    idp.lie("/token", |seen, _| Answer::html(200, &seen.body));
    there_and_back(&app, &idp, &[], secrets);
    let token = secrets.keep(idp.sign("logout+jwt", &Value::from_iter([("sub", "248289761001")])));
    app.post("/auth/login/work/backchannel-logout").form(&[("logout_token", &token)]).send().expect(400);
    for seen in idp.seen("/token") {
        for name in ["code", "code_verifier"] {
            secrets.keep(seen.field(name).unwrap());
        }
        secrets.keep(seen.header("authorization").unwrap_or(CLIENT.1).replace("Basic ", ""));
    }
    for answer in issued.lock().unwrap().iter() {
        for name in ["access_token", "refresh_token", "id_token"] {
            secrets.keep(answer[name].as_str().unwrap());
        }
    }
}

/// Goes to the provider, to log in or, with a session, to link, and comes back: by a form, since that has the most steps.
fn there_and_back(
    app: &TestApp,
    idp: &Idp,
    session: &[(&str, &str)],
    secrets: &mut Secrets,
) -> Option<String> {
    let fields: &[_] = if session.is_empty() { &[] } else { &[("link", "true")] };
    let start = app.post("/auth/login/work").form(fields).cookies(session).send().expect(303);
    let location = start.header("location").unwrap();
    for name in ["state", "nonce"] {
        secrets.keep(query(location, name).unwrap());
    }
    let browser = secrets.keep(start.cookie("session-login").unwrap());
    let back = idp.authorize(location);
    let callback = format!("{}/auth/login/work/callback", app.base);
    let post = Request::at(&callback, "POST").body("application/x-www-form-urlencoded", back);
    let reply = post.send().expect(303);
    let fetch = reply.header("location").unwrap();
    secrets.keep(fetch.split('=').nth(1).unwrap());
    let cookies = [session, &[("session-login", &*browser)]].concat();
    let session = app.get(fetch).cookies(&cookies).send().cookie("session");
    session.map(|session| secrets.keep(session))
}

/// A login with a wrong and with the right password over each kind of stored hash, usable or not, and one over its upgrade.
fn stored_hashes<B: Backend + 'static>(on: Framework, open: impl AsyncFnOnce() -> B, secrets: &mut Secrets) {
    let mut kept = None;
    let app = on.start_with_async(async |builder| {
        let backend = open().await;
        kept = backend.stores().user_admin;
        builder.store(backend).password(cheap_passwords()).throttle(ThrottleConfig::insecure_off())
    });
    let stored = kept.unwrap();
    let (usable, unusable) = (usable_hashes(&app), unusable_hashes());
    let all: Vec<_> = usable.iter().chain(&unusable).enumerate().collect();
    for (number, hash) in &all {
        secrets.keep_hash(hash);
        let mut user = app.auth.users().new_user(&format!("user{number}")).unwrap();
        user.password = Some(PasswordHash::from_encoded(hash.as_str()));
        app.block_on(app.auth.users().create_without_password(user)).unwrap();
    }
    for (number, hash) in &all {
        let (name, status) = (format!("user{number}"), if *number < usable.len() { 200 } else { 401 });
        app.try_login(&name, "not the password").send().expect(401);
        for _ in ["over the hash", "over its upgrade"] {
            let reply = app.try_login(&name, ALICE.password).send();
            assert_eq!(reply.status, status, "{hash}");
        }
    }
    let encoded = |account: Account| account.password.map(|hash| hash.as_encoded().to_owned());
    let now: Vec<_> =
        app.block_on(stored.list(None, 1000)).unwrap().into_iter().filter_map(encoded).collect();
    assert_eq!(usable.iter().filter(|hash| now.contains(hash)).count(), 0, "all of them were replaced");
    now.iter().for_each(|hash| secrets.keep_hash(hash));
}

/// The same over hashes that Django made, in its own table.
fn djangos_hashes(on: Framework, database: DjangoDatabase, secrets: &mut Secrets) {
    let kind = DjangoKind { version: DjangoVersion::V5_2, database, users: DjangoUsers::Djangos };
    let Some(django) = DjangoProject::start(kind) else { return };
    let password = || {
        let user = django.ask("describe", json!({"username": "dora"}));
        user["password"].as_str().unwrap().to_owned()
    };
    django.ask("create_user", json!({"username": "dora", "password": ALICE.password}));
    let before = password();
    let app = on.start_with_async(async |builder| {
        let users = django.users(DjangoOptions::take_over()).await;
        builder.without_mail().store(users.beside(MemoryStore::new()))
    });
    app.try_login("dora", "not the password").send().expect(401);
    for _ in ["over the hash", "over its upgrade"] {
        app.try_login("dora", ALICE.password).send().expect(200);
    }
    let after = password();
    assert_ne!(before, after, "it was replaced");
    [before, after].iter().for_each(|hash| secrets.keep_hash(hash));
}

/// A hash of [`ALICE`]'s password in each format that lets somebody in, as their own libraries made them, and a wrapped one.
fn usable_hashes(app: &TestApp) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/coming-from/hashes.json");
    let fixtures: Vec<Value> = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    // Not those at their libraries' own cost, which takes its time.
    let is_meant = |entry: &&Value| {
        entry["password"] == ALICE.password && entry["refused"] != true && entry["is_default"] != true
    };
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    let by_format: BTreeMap<_, _> =
        fixtures.iter().filter(is_meant).map(|entry| (text(entry, "format"), text(entry, "hash"))).collect();
    assert_eq!(by_format.len(), 27, "one of each format");
    let hasher = PasswordHasher::new(&cheap_passwords(), Arc::new(SeededRandom::default())).unwrap();
    let weak = PasswordHash::from_encoded(by_format["django md5"].as_str());
    let wrapped = app.block_on(hasher.wrap(&weak)).unwrap().unwrap();
    by_format.into_values().chain([wrapped.as_encoded().to_owned()]).collect()
}

/// Hashes that verify nothing: cut off, over a cap, unknown, not ASCII, unusable.
fn unusable_hashes() -> Vec<String> {
    let hashes = [
        "$argon2id$v=19$m=19456,t=2,p=1$Zm9yIHRoZSBsb2dzIQ$Y3V0IG9m",
        "$argon2id$v=19$m=4194304,t=64,p=1$Zm9yIHRoZSBsb2dzIQ$b3ZlciB0aGUgY2FwIG9uIG1lbW9yeQ",
        "pbkdf2_sha256$4294967295$forthelogs$b3ZlciB0aGUgY2FwIG9uIGl0ZXJhdGlvbnMsIDMyIEI=",
        "$2b$31$GhvMmNVjRW29ulnudl.LbuAnUtN/LRfe1JsBm1Xu6LE3059z5Tr8m",
        "an unknown format$salt of the logs$digest of the logs",
        "pbkdf2_sha256$1000$forthelogs$kein ASCII, gewiß nicht",
        "!an unusable one of the logs",
    ];
    hashes.map(str::to_owned).to_vec()
}

/// Argon2 at its least, and what the hashes of Flask-Security among the fixtures need.
fn cheap_passwords() -> PasswordConfig {
    let salt = "146585145368132386173505678016728509634";
    let params = Argon2Params::insecure_any_cost(8, 1, 1).unwrap();
    PasswordConfig::default().with_params(params).with_threads(1).with_flask_security_salt(salt)
}

/// Hostile text makes no line of its own and colours no terminal.
fn forged_lines(log: &str) {
    assert!(!log.contains('\u{1b}'), "an escape sequence stands in the log");
    assert!(!log.lines().any(|line| line.starts_with("INFO auth_core: forged")), "a line was forged");
}
