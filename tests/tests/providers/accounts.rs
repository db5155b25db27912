//! Whose account a login by a provider opens (OpenID Connect Core 1.0 section 5.7: issuer and subject, and nothing else,
//! name somebody).

use auth_core::provider::{SignUpPolicy, TrustedEmailDomains};
use auth_core::user::{Email, UserUpdate};
use conformance::{ALICE, BOB, Framework, Idp, Pair, Person, ROOT, TestApp};
use serde_json::{Value, json};

use crate::rp::{ID, Rp, entry};

/// Whose account is wanted.
const VICTIM: Person = ALICE;

/// The victim's address.
pub(crate) const ADDRESS: &str = "alice@example.com";

/// Notes that a demo user's address was proven.
pub(crate) fn prove_address(app: &TestApp, person: Person) {
    set_address(app, person, true);
}

fn set_address(app: &TestApp, person: Person, is_proven: bool) {
    let mut update = UserUpdate::default();
    update.email = Some((Some(Email::new(&format!("{}@example.com", person.name)).unwrap()), is_proven));
    let id = app.user(person).id.clone();
    app.block_on(app.auth.users().update(&id, update)).unwrap();
}

/// The linked accounts of a demo user.
pub(crate) fn linked(app: &TestApp, person: Person) -> usize {
    let id = app.user(person).id.clone();
    app.block_on(app.auth.providers().linked_accounts(&id)).unwrap().len()
}

fn me(rp: &Rp, session: &str) -> Value {
    rp.app.get("/auth/account").session(session).send().expect(200).json()["user"].clone()
}

fn claims(subject: &str, more: &Value) -> Value {
    let mut claims = json!({"sub": subject, "preferred_username": "mallory"});
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    claims
}

pub(crate) fn an_unproven_address_opens_nothing(on: Framework) {
    let rp = Rp::start_with(on, |entry| {
        entry.trusted_email_domains(TrustedEmailDomains::All).link_by_verified_email(true)
    });
    prove_address(&rp.app, VICTIM);
    for said in [
        json!({"email_verified": false}),
        json!({}),
        json!({"email_verified": "true"}),
        json!({"email_verified": 1}),
    ] {
        let mut told = claims("1001", &said);
        told["email"] = json!(ADDRESS);
        for (number, address) in [ADDRESS, "ALICE@EXAMPLE.COM", "nobody@example.com"].into_iter().enumerate()
        {
            told["email"] = json!(address);
            told["sub"] = json!(format!("{number} {said}"));
            rp.idp.set_claims(&told);
            // Whether somebody has the address makes no difference: an account of one's own, without it.
            let session = rp.try_login().redirect("/").cookie("session").unwrap();
            let user = me(&rp, &session);
            assert_ne!(user["username"], VICTIM.name);
            assert_eq!((&user["email"], &user["email_verified"]), (&json!(null), &json!(false)));
        }
    }
    assert_eq!(linked(&rp.app, VICTIM), 0);
}

pub(crate) fn a_proven_address_links_only_by_policy_and_trust(on: Framework) {
    let trust =
        |domains: &[&str]| TrustedEmailDomains::Only(domains.iter().map(|&domain| domain.into()).collect());
    for (domains, links, expected) in [
        (TrustedEmailDomains::None, true, 409),
        (trust(&["example.org"]), true, 409),
        (trust(&["ample.com", "sub.example.com"]), true, 409),
        (TrustedEmailDomains::All, false, 409),
        (trust(&["example.com"]), true, 303),
        (TrustedEmailDomains::All, true, 303),
    ] {
        let rp = Rp::start_with(on, |entry| {
            entry.trusted_email_domains(domains.clone()).link_by_verified_email(links)
        });
        prove_address(&rp.app, VICTIM);
        rp.idp.set_claims(&claims("1001", &json!({"email": ADDRESS, "email_verified": true})));
        let reply = rp.try_login();
        assert_eq!(reply.status, expected, "{domains:?} {links}: {}", reply.text());
        match reply.cookie("session") {
            Some(session) => assert_eq!(rp.who(&session), VICTIM.name),
            None => drop(reply.problem(409, "link_required")),
        }
        assert_eq!(linked(&rp.app, VICTIM), usize::from(expected == 303));
    }
}

/// What somebody prepared under the address of another, and waits for its owner to come by (ATTACKS SQ-01).
struct Prepared {
    session: String,
    pair: Pair,
    links: Vec<String>,
}

const SQUATTERS: &str = "violet umbrella cactus seventeen";

fn squat(rp: &Rp) -> Prepared {
    let app = &rp.app;
    let form = json!({"username": "squatter", "email": ADDRESS, "password": SQUATTERS});
    set_address(app, VICTIM, false);
    let (victim, mut none) = (app.user(VICTIM).id.clone(), UserUpdate::default());
    none.email = Some((None, false));
    app.block_on(app.auth.users().update(&victim, none)).unwrap();
    app.post("/auth/register").json(&form).send().expect(202);
    let verify = app.mailed_token(ADDRESS);
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    let reset = app.mailed_token(ADDRESS);
    let session = app.try_login("squatter", SQUATTERS).send().expect(200).session().unwrap();
    rp.idp.set_claims(&claims("squatters", &json!({})));
    rp.link(&session).expect(303);
    let fields = [("grant_type", "password"), ("username", "squatter"), ("password", SQUATTERS)];
    let tokens = app.post("/auth/token").form(&fields).send().expect(200).json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    Prepared {
        session,
        pair: Pair { access: text("access_token"), refresh: text("refresh_token") },
        links: vec![verify, reset],
    }
}

pub(crate) fn a_proven_address_takes_the_account_that_a_squatter_prepared(on: Framework) {
    for links in [true, false] {
        let rp = Rp::start_with(on, |entry| {
            entry.trusted_email_domains(TrustedEmailDomains::All).link_by_verified_email(links)
        });
        claimed(&rp);
    }
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    claimed(&Rp::start_on_sqlite_with(on, |entry| entry.trusted_email_domains(TrustedEmailDomains::All)));
}

fn claimed(rp: &Rp) {
    let (app, prepared) = (&rp.app, squat(rp));
    rp.idp.set_claims(&claims("victims", &json!({"email": ADDRESS, "email_verified": true})));
    let owners = rp.log_in();
    let user = me(rp, &owners);
    assert_eq!(
        (&user["username"], &user["email"]),
        (&json!("squatter"), &json!(ADDRESS)),
        "the account is the owner's"
    );
    assert_eq!(user["email_verified"], true);
    // Nothing that was set up before opens anything any more.
    assert!(!app.is_logged_in(&prepared.session));
    app.try_refresh(&prepared.pair.refresh).send().oauth(400, "invalid_grant");
    app.get("/api").bearer(&prepared.pair.access).send().problem(401, "invalid_token");
    for login in ["squatter", ADDRESS] {
        app.try_login(login, SQUATTERS).send().problem(401, "invalid_credentials");
    }
    for token in &prepared.links {
        let body = json!({"token": token, "new_password": SQUATTERS});
        app.post("/auth/password/reset").json(&body).send().problem(400, "invalid_token_link");
        app.post("/auth/email/verify")
            .json(&json!({"token": token}))
            .send()
            .problem(400, "invalid_token_link");
    }
    rp.idp.set_claims(&claims("squatters", &json!({})));
    let squatters = rp.log_in();
    assert_ne!(
        rp.id(&squatters),
        rp.id(&owners),
        "the squatter's own account at the provider opens another one"
    );
    rp.idp.set_claims(&claims("victims", &json!({"email": ADDRESS, "email_verified": true})));
    assert_eq!(rp.id(&rp.log_in()), rp.id(&owners));
}

pub(crate) fn what_is_no_proof_or_not_a_squatters_takes_no_account(on: Framework) {
    for (domains, said) in [
        (TrustedEmailDomains::None, json!(true)),
        (TrustedEmailDomains::All, json!(false)),
        (TrustedEmailDomains::All, json!("true")),
    ] {
        let rp = Rp::start_with(on, |entry| entry.trusted_email_domains(domains));
        let prepared = squat(&rp);
        rp.idp.set_claims(&claims("1001", &json!({"email": ADDRESS, "email_verified": said})));
        let user = me(&rp, &rp.log_in());
        assert_eq!((&user["email"], &user["email_verified"]), (&json!(null), &json!(false)));
        assert!(rp.app.is_logged_in(&prepared.session));
    }
    // A look-alike of the address, and an account of the staff.
    for (person, address) in [(VICTIM, "\u{ff41}lice@example.com"), (ROOT, "root@example.com")] {
        let rp = Rp::start_with(on, |entry| entry.trusted_email_domains(TrustedEmailDomains::All));
        set_address(&rp.app, person, false);
        rp.idp.set_claims(&claims("1001", &json!({"email": address, "email_verified": true})));
        let prepared = rp.app.login(person);
        assert_ne!(rp.id(&rp.log_in()), rp.id(&prepared), "{address}");
        assert!(rp.app.is_logged_in(&prepared));
    }
}

pub(crate) fn names_come_along_with_a_new_account(on: Framework) {
    let rp = Rp::start(on);
    let told = json!({"given_name": "Mal\u{e9}", "family_name": "Ory", "email_verified": false});
    rp.idp.set_claims(&claims("1001", &told));
    let user = me(&rp, &rp.log_in());
    assert_eq!((&user["first_name"], &user["last_name"]), (&json!("Mal\u{e9}"), &json!("Ory")));
    // They are the account's own from then on.
    rp.idp.set_claims(&claims("1001", &json!({"given_name": "Else"})));
    assert_eq!(me(&rp, &rp.log_in())["first_name"], "Mal\u{e9}");
    rp.idp.set_claims(&claims("1002", &json!({"given_name": "ev\u{202e}il", "family_name": 7})));
    let user = me(&rp, &rp.log_in());
    assert_eq!((&user["first_name"], &user["last_name"]), (&json!(""), &json!("")));
}

pub(crate) fn a_new_account_has_the_address_if_it_is_proven(on: Framework) {
    for (domains, said, email, is_verified) in [
        (TrustedEmailDomains::All, json!(true), json!("mallory@example.net"), true),
        (TrustedEmailDomains::All, json!(false), json!(null), false),
        (TrustedEmailDomains::All, json!("true"), json!(null), false),
        (TrustedEmailDomains::None, json!(true), json!(null), false),
    ] {
        let rp = Rp::start_with(on, |entry| entry.trusted_email_domains(domains));
        rp.idp.set_claims(&claims("1001", &json!({"email": "mallory@example.net", "email_verified": said})));
        let user = me(&rp, &rp.log_in());
        assert_eq!(user["username"], "mallory");
        assert_eq!((&user["email"], &user["email_verified"]), (&email, &json!(is_verified)), "{said}");
        for flag in ["is_staff", "is_superuser"] {
            assert_eq!(user[flag], false);
        }
        assert_eq!((&user["groups"], &user["permissions"]), (&json!([]), &json!([])));
    }
}

pub(crate) fn an_account_is_known_by_issuer_and_subject_alone(on: Framework) {
    let (idp, other) = (Idp::start(), Idp::start());
    let entries = [entry(ID, &idp), entry("other", &other)];
    let rp = Rp::with(on, idp, |builder| builder.providers(entries));
    let first = rp.id(&rp.log_in());
    // The same subject at another provider.
    let begun = rp.begin_by(rp.start_of("other", &[]));
    let target = format!("/auth/login/other/callback?{}", other.authorize(&begun.location));
    let reply = rp.app.get(&target).cookies(&[("session-login", &begun.browser)]).send().expect(303);
    assert_ne!(rp.id(&reply.cookie("session").unwrap()), first);
    // Another subject, and the name of the victim.
    for name in ["preferred_username", "upn", "name", "email"] {
        rp.idp.set_claims(&json!({"sub": format!("by {name}"), name: VICTIM.name}));
        let session = rp.log_in();
        assert_ne!(rp.id(&session), first);
        assert_ne!(rp.id(&session), rp.app.user(VICTIM).id.to_string(), "{name}");
        assert_ne!(rp.who(&session), VICTIM.name, "{name}");
    }
    // The same subject under other names.
    let same =
        json!({"sub": "248289761001", "preferred_username": VICTIM.name, "upn": VICTIM.name, "name": "root"});
    rp.idp.set_claims(&same);
    assert_eq!(rp.id(&rp.log_in()), first);
    // Subjects are compared byte by byte.
    rp.idp.set_claims(&json!({"sub": "A"}));
    let capital = rp.id(&rp.log_in());
    rp.idp.set_claims(&json!({"sub": "a"}));
    assert_ne!(rp.id(&rp.log_in()), capital);
}

pub(crate) fn names_of_new_accounts_are_made_to_fit(on: Framework) {
    let rp = Rp::start(on);
    let hostile = "x".repeat(200);
    for (index, name) in [
        "alice",
        "alice@example.com",
        "a:b",
        " ",
        "",
        "<script>",
        "\u{0}\u{1b}[31m",
        "root",
        "\u{ff41}lice",
        &hostile,
    ]
    .into_iter()
    .enumerate()
    {
        crate::id_tokens::rest(&rp, index);
        rp.idp.set_claims(&json!({"sub": format!("n{index}"), "preferred_username": name}));
        let username = rp.who(&rp.log_in());
        assert!(!["alice", "root", ""].contains(&&*username), "{name:?} became {username:?}");
        assert!(
            !username.contains(['@', ':', '\u{0}', '\u{1b}']) && username.chars().count() <= 150,
            "{username:?}"
        );
    }
}

pub(crate) fn many_first_logins_at_once_make_one_account(on: Framework) {
    let rp = Rp::start(on);
    let begun: Vec<_> = (0..8).map(|_| rp.begin()).collect();
    let backs: Vec<_> = begun.iter().map(|begun| rp.idp.authorize(&begun.location)).collect();
    let sessions: Vec<String> = std::thread::scope(|scope| {
        let rp = &rp;
        let running: Vec<_> = begun
            .iter()
            .zip(&backs)
            .map(|(begun, back)| scope.spawn(move || rp.come_back(begun, back).expect(303).cookie("session")))
            .collect();
        running.into_iter().map(|running| running.join().unwrap().unwrap()).collect()
    });
    let ids: std::collections::BTreeSet<_> = sessions.iter().map(|session| rp.id(session)).collect();
    assert_eq!(ids.len(), 1);
}

pub(crate) fn an_account_that_was_switched_off_stays_out(on: Framework) {
    let rp = Rp::start(on);
    let session = rp.log_in();
    let id = auth_core::user::UserId::new(rp.id(&session));
    let mut update = UserUpdate::default();
    update.is_active = Some(false);
    rp.app.block_on(rp.app.auth.users().update(&id, update)).unwrap();
    let before = rp.faults.session_inserts();
    let reply = rp.try_login();
    assert!((400..500).contains(&reply.status), "{reply:?}");
    assert_eq!((reply.cookie("session"), rp.faults.session_inserts()), (None, before));
    assert!(!rp.app.is_logged_in(&session));
}

pub(crate) fn an_account_that_was_removed_is_made_anew(on: Framework) {
    let rp = Rp::start(on);
    let first = rp.id(&rp.log_in());
    rp.app.block_on(rp.app.auth.users().remove(&auth_core::user::UserId::new(first.clone()))).unwrap();
    assert_ne!(rp.id(&rp.log_in()), first);
}

pub(crate) fn nobody_signs_up_where_that_is_closed(on: Framework) {
    let rp = Rp::start_with(on, |entry| entry.sign_up(SignUpPolicy::Closed));
    rp.refused(|| rp.try_login(), 403, "sign_up_closed");
    let alice = rp.app.login(ALICE);
    rp.link(&alice).expect(303);
    assert_eq!(rp.who(&rp.log_in()), ALICE.name, "who has an account can link it");
}

pub(crate) fn whoever_has_to_link_first_is_told_how(on: Framework) {
    let rp = Rp::start(on);
    prove_address(&rp.app, VICTIM);
    rp.idp.set_claims(&claims("1001", &json!({"email": ADDRESS, "email_verified": true})));
    let begun = rp.begin();
    let page = rp.way_back(&begun, &rp.idp.authorize(&begun.location)).browser().send().expect(409);
    assert!(page.text().contains("href=\"/auth/login?next="), "{}", page.text());
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    // So they log in to it, and connect the two.
    let alice = rp.app.login(VICTIM);
    rp.link(&alice).expect(303);
    assert_eq!(rp.who(&rp.log_in()), VICTIM.name);
}

pub(crate) fn an_account_without_a_password_has_no_other_way_in(on: Framework) {
    let rp = Rp::start(on);
    assert_eq!(rp.who(&rp.log_in()), "jane");
    for password in ["", "jane", "null", "248289761001", BOB.password] {
        let reply = rp.app.try_login("jane", password).send();
        assert!(reply.status == 401 || reply.status == 400, "{password:?}: {reply:?}");
        assert_eq!(reply.header("set-cookie"), None);
    }
}
