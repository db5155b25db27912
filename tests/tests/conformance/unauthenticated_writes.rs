//! What somebody who is not logged in can make a store keep: only what is real, or as much as their network has turns for.

use std::time::Duration;

use async_trait::async_trait;
use auth_core::clock::{Clock as _, Timestamp};
use auth_core::error::StoreError;
use auth_core::provider::ProviderConfig;
use auth_core::session::OutsideSessions;
use auth_core::testing::ManualClock;
use auth_core::user::UserId;
use conformance::{ALICE, CLIENT, Faults, Framework, Idp, Request, TestApp};
use serde_json::json;

/// The turns of a network in a minute (`ThrottleConfig`), and more requests than that.
const TURNS: usize = 100;
const MANY: usize = TURNS + 20;

/// The counters of a network, and those of a guess beside them: the name's, the account's, and everybody's.
const PER_NETWORK: usize = 2;
const PER_GUESS: usize = 6;

fn start(on: Framework) -> (TestApp, Faults) {
    let faults = Faults::new();
    let stores = faults.stores();
    let github = ProviderConfig::preset("github", "our-id-at-github").client_secret("a secret of theirs");
    (on.start_with(|builder| builder.stores(stores).provider(github)), faults)
}

/// What is there by now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Kept {
    values: usize,
    sessions: usize,
    families: usize,
    accounts: (usize, usize),
    counters: usize,
}

impl Kept {
    fn by(app: &TestApp, faults: &Faults) -> Self {
        Self {
            values: faults.short_lived_values(),
            sessions: faults.session_inserts(),
            families: faults.families(),
            accounts: app.block_on(faults.accounts()),
            counters: faults.counters(),
        }
    }
}

/// How many values these requests left, and how many of them were refused for being too many. They leave nothing else, but for
/// as many counters as `counters`, however many they are.
#[track_caller]
fn left_by(
    app: &TestApp,
    faults: &Faults,
    counters: usize,
    requests: impl Iterator<Item = Request>,
) -> (usize, usize) {
    let before = Kept::by(app, faults);
    let refused = requests.filter(|request| request.clone().send().status == 429).count();
    let after = Kept::by(app, faults);
    assert!(after.counters - before.counters <= counters, "{before:?} {after:?}");
    assert_eq!(after, Kept { values: after.values, counters: after.counters, ..before });
    (after.values - before.values, refused)
}

/// An old system that knows one cookie.
#[derive(Debug)]
struct OldSystem;

#[async_trait]
impl OutsideSessions for OldSystem {
    fn cookie_name(&self) -> &str {
        "sessionid"
    }

    async fn user_of(&self, cookie: &str, _: Timestamp) -> Result<Option<UserId>, StoreError> {
        Ok((cookie == "genuine").then(|| UserId::new("somebody")))
    }
}

pub(crate) fn a_logout_notes_only_cookies_that_the_other_system_knows(on: Framework) {
    let faults = Faults::new();
    let stores = faults.stores();
    let until = ManualClock::default().now() + Duration::from_secs(24 * 60 * 60);
    let app = on.start_with(|builder| builder.stores(stores).outside_sessions(OldSystem, until));
    let logout = |cookie: &str| app.post("/auth/logout").cookies(&[("sessionid", cookie)]);
    let invented = (0..50).map(|number| logout(&format!("invented{number}")));
    assert_eq!(left_by(&app, &faults, 0, invented), (0, 0));
    assert_eq!(left_by(&app, &faults, 0, std::iter::once(logout("genuine"))), (1, 0));
}

pub(crate) fn logins_at_a_provider_are_begun_as_often_as_a_network_has_turns(on: Framework) {
    let (app, faults) = start(on);
    let begin = || app.post("/auth/login/github").form(&[]);
    assert_eq!(left_by(&app, &faults, PER_NETWORK, (0..MANY).map(|_| begin())), (TURNS, MANY - TURNS));
}

pub(crate) fn answers_of_a_provider_are_kept_as_often_as_a_network_has_turns(on: Framework) {
    let (app, faults) = start(on);
    let post = |number: usize| {
        let state = format!("made up {number}");
        app.post("/auth/login/github/callback").form(&[("state", state.as_str()), ("code", "x")])
    };
    assert_eq!(left_by(&app, &faults, PER_NETWORK, (0..MANY).map(post)), (TURNS, MANY - TURNS));
}

pub(crate) fn logout_tokens_that_the_provider_did_not_sign_leave_nothing(on: Framework) {
    let (faults, idp) = (Faults::new(), Idp::start());
    let stores = faults.stores();
    let entry = ProviderConfig::openid_connect("work", idp.issuer(), CLIENT.0).client_secret(CLIENT.1);
    let app = on.start_with(|builder| builder.stores(stores).provider(entry));
    let signed = idp.sign("logout+jwt", &json!({ "sub": "somebody", "jti": "once" }));
    let forged = |number: usize| {
        let mut token = signed.clone();
        token.truncate(token.len() - 4);
        let token = format!("{token}{number:04}");
        app.post("/auth/login/work/backchannel-logout").form(&[("logout_token", token.as_str())])
    };
    assert_eq!(left_by(&app, &faults, 0, (0..20).map(forged)), (0, 0));
}

pub(crate) fn made_up_credentials_leave_nothing(on: Framework) {
    let (app, faults) = start(on);
    let pair = app.tokens(ALICE, "");
    let session = app.login(ALICE);
    let change = |text: &str| {
        let mut text = text.to_owned();
        let last = if text.ends_with('A') { "B" } else { "A" };
        text.replace_range(text.len() - 1.., last);
        text
    };
    // Another family's: a wrong token of one that is there ends it.
    let mut refresh = pair.refresh.clone();
    refresh.replace_range(8..16, "madeupby");
    let (access, session) = (change(&pair.access), change(&session));
    let requests = [
        app.try_refresh("made up"),
        app.try_refresh(&refresh),
        app.post("/auth/revoke").form(&[("token", "made up")]),
        app.post("/auth/revoke").form(&[("token", &access)]),
        app.get("/private").session(&session),
        app.post("/auth/logout").session(&session),
        app.get("/api").bearer(&access),
        app.get("/basic").basic("nobody", "nothing"),
        app.try_login("nobody", "nothing at all"),
        app.try_login(ALICE.name, "not the password of alice"),
        app.get("/auth/login/github/callback?state=x&code=x"),
        app.get("/auth/login/github/callback?handle=x"),
    ];
    assert_eq!(left_by(&app, &faults, 4 * PER_GUESS, requests.into_iter()), (0, 0));
}

pub(crate) fn guesses_leave_as_many_counters_as_a_network_has_turns(on: Framework) {
    let (app, faults) = start(on);
    let guess = |number: usize| app.try_login(&format!("nobody{number}"), "nothing at all");
    let within = left_by(&app, &faults, PER_NETWORK + TURNS * PER_GUESS, (0..TURNS).map(guess));
    assert_eq!(within, (0, 0));
    assert_eq!(left_by(&app, &faults, 0, (TURNS..MANY).map(guess)), (0, MANY - TURNS));
}

pub(crate) fn passkeys_are_asked_for_as_often_as_a_network_has_turns(on: Framework) {
    let (app, faults) = start(on);
    let by_name = |number: usize| json!({"username": format!("somebody {number}")});
    let begin = |body| app.post("/auth/passkeys/login/start").json(&body);
    let begun = (0..MANY).map(|number| begin(if number % 2 == 0 { json!({}) } else { by_name(number) }));
    assert_eq!(left_by(&app, &faults, PER_NETWORK, begun), (TURNS, MANY - TURNS));
}

/// Whoever is logged in has turns too, which they get back for a passkey that they have made.
pub(crate) fn passkeys_are_begun_as_often_as_a_network_has_turns(on: Framework) {
    let (app, faults) = start(on);
    let session = app.login(ALICE);
    let mut phone = app.phone(1);
    let session = app.make_passkey(&session, &mut phone);
    let begin = || app.post("/auth/passkeys/register/start").session(&session).json(&json!({}));
    assert_eq!(left_by(&app, &faults, PER_NETWORK, (0..MANY).map(|_| begin())), (TURNS, MANY - TURNS));
}
