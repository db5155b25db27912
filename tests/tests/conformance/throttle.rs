//! The limits on guessing (NIST SP 800-63B-4 section 3.2.2; OWASP ASVS 5.0 section 6.3.1).

use std::time::{Duration, Instant};

use auth_core::http::TrustedProxies;
use auth_core::throttle::ThrottleConfig;
use conformance::{ALICE, BOB, Framework, Reply, TestApp};

/// The documented limit of an account in five minutes.
const LIMIT: usize = 25;
/// The documented limit of a network in a minute.
const NETWORK_LIMIT: usize = 100;
/// How long the most impatient of the stores waits for an answer: Redis.
const STORE_PATIENCE: Duration = Duration::from_secs(1);

fn guess(app: &TestApp, name: &str) -> Reply {
    app.try_login(name, "not the password of anybody").send()
}

#[track_caller]
fn too_many(reply: Reply) -> u64 {
    let reply = reply.problem(429, "too_many_attempts");
    let wait: u64 = reply.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(reply.json()["retry_after"], wait);
    assert!(wait > 0 && reply.header("set-cookie").is_none());
    wait
}

pub(crate) fn a_name_is_limited_at_the_documented_number(on: Framework) {
    let app = on.start();
    for _ in 0..LIMIT {
        guess(&app, "alice").problem(401, "invalid_credentials");
    }
    let wait = too_many(guess(&app, "alice"));
    too_many(app.try_login(ALICE.name, ALICE.password).send());
    too_many(app.try_login("ALICE", ALICE.password).send());
    // Nothing shows that it is a name of the same account.
    app.try_login("ALICE@example.com", ALICE.password).send().expect(200);
    app.try_login(BOB.name, BOB.password).send().expect(200);
    app.clock.advance(Duration::from_secs(wait));
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn an_unknown_name_is_limited_alike(on: Framework) {
    let app = on.start();
    let run = |name: &str| {
        let replies: Vec<_> = (0..=LIMIT).map(|_| guess(&app, name)).collect();
        replies.into_iter().map(|reply| (reply.status, reply.body_but_for_its_event())).collect::<Vec<_>>()
    };
    assert_eq!(run("alice"), run("carol"));
}

pub(crate) fn a_page_says_so_too(on: Framework) {
    let app = on.start();
    for _ in 0..LIMIT {
        guess(&app, "alice");
    }
    let page = app.try_login(ALICE.name, ALICE.password).browser().send().expect(429);
    assert!(page.header("retry-after").is_some() && page.text().contains("<form"));
}

pub(crate) fn all_routes_share_one_counter(on: Framework) {
    let app = on.start();
    let wrong = "not the password of alice";
    let session = app.login(ALICE);
    for round in 0..LIMIT {
        let pair = [("grant_type", "password"), ("username", "alice"), ("password", wrong)];
        // A different wrong password each time: one that is repeated over Basic counts once.
        let other = format!("{wrong} {round}");
        let status = match round % 4 {
            0 => guess(&app, "alice").status,
            1 => app.post("/auth/token").form(&pair).send().oauth(400, "invalid_grant").status,
            2 => app.get("/basic").basic("alice", &other).send().problem(401, "unauthenticated").status,
            _ => {
                app.post("/auth/reauthenticate").session(&session).form(&[("password", wrong)]).send().status
            }
        };
        assert_ne!(status, 429, "round {round}");
    }
    too_many(guess(&app, "alice"));
    too_many(app.get("/basic").basic(ALICE.name, ALICE.password).send());
    let reply = app.try_token(ALICE, "").send().oauth(429, "temporarily_unavailable");
    assert!(reply.header("retry-after").is_some());
    assert!(app.is_logged_in(&session), "a session that is there stays open to its owner");
}

pub(crate) fn one_wrong_basic_password_repeated_counts_once(on: Framework) {
    let app = on.start();
    for _ in 0..2 * LIMIT {
        app.get("/basic").basic("alice", "the old password of alice").send().problem(401, "unauthenticated");
    }
    app.get("/basic").basic(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn a_success_costs_nothing_and_forgives_nothing(on: Framework) {
    let app = on.start();
    for _ in 0..LIMIT - 1 {
        guess(&app, "alice").problem(401, "invalid_credentials");
        app.try_login(ALICE.name, ALICE.password).send().expect(200);
    }
    guess(&app, "alice").problem(401, "invalid_credentials");
    too_many(guess(&app, "alice"));
}

pub(crate) fn a_network_is_limited_across_names(on: Framework) {
    let app = on.start();
    for number in 0..NETWORK_LIMIT {
        guess(&app, &format!("user{number}")).problem(401, "invalid_credentials");
    }
    too_many(guess(&app, "another"));
    too_many(app.try_login(BOB.name, BOB.password).send());
}

pub(crate) fn forwarding_headers_of_a_stranger_change_nothing(on: Framework) {
    let app = on.start();
    let guess = |number: usize| {
        let address = format!("198.51.100.{}", number % 250);
        let request = app.try_login(&format!("user{number}"), "not the password of anybody");
        let request = request.header("X-Forwarded-For", &address).header("X-Real-IP", &address);
        request.header("Forwarded", format!("for={address}")).header("CF-Connecting-IP", &address).send()
    };
    for number in 0..NETWORK_LIMIT {
        guess(number).problem(401, "invalid_credentials");
    }
    too_many(guess(NETWORK_LIMIT));
    let reply = app.try_login(BOB.name, BOB.password).header("X-Forwarded-For", "198.51.100.1").send();
    too_many(reply);
}

pub(crate) fn a_trusted_proxy_names_the_client(on: Framework) {
    let proxies = TrustedProxies::parse("127.0.0.1,10.0.0.0/8").unwrap();
    let app =
        on.start_with(|builder| builder.trusted_proxies(proxies).throttle(ThrottleConfig::insecure_off()));
    let seen = |lines: &[&str]| {
        let request = app.try_login(ALICE.name, ALICE.password).header("X-Real-IP", "6.6.6.6");
        let request = lines.iter().fold(request, |request, line| request.header("X-Forwarded-For", line));
        let session = request.send().expect(200).session().unwrap();
        let list = app.get("/auth/sessions").session(&session).send().json();
        let list = list["sessions"].as_array().unwrap().clone();
        list.iter().find(|entry| entry["current"] == true).unwrap()["ip"].as_str().unwrap().to_owned()
    };
    assert_eq!(seen(&[]), "127.0.0.1");
    assert_eq!(seen(&["198.51.100.1"]), "198.51.100.1");
    assert_eq!(seen(&["6.6.6.6, 198.51.100.1, 10.0.0.2"]), "198.51.100.1");
    assert_eq!(seen(&["6.6.6.6", "198.51.100.1, 10.0.0.2"]), "198.51.100.1");
    assert_eq!(seen(&["198.51.100.1:4711"]), "198.51.100.1");
    assert_eq!(seen(&["[2001:db8::5]:443"]), "2001:db8::5");
    for garbage in
        ["unknown", "198.51.100.1, x", ",", "", "198.51.100.999", "<script>", "198.51.100.1;10.0.0.1"]
    {
        assert_eq!(seen(&[garbage]), "127.0.0.1", "{garbage}");
    }
}

pub(crate) fn behind_a_proxy_each_client_has_its_own_limit(on: Framework) {
    let proxies = TrustedProxies::parse("127.0.0.1").unwrap();
    let app = on.start_with(|builder| builder.trusted_proxies(proxies));
    let from = |address: &str, name: &str| {
        app.try_login(name, "not the password of anybody").header("X-Forwarded-For", address).send()
    };
    for number in 0..NETWORK_LIMIT {
        from("198.51.100.1", &format!("user{number}")).problem(401, "invalid_credentials");
    }
    too_many(from("198.51.100.1", "another"));
    from("198.51.100.2", "another").problem(401, "invalid_credentials");
}

/// A server whose store leaves a guess unanswered counts by itself, and lets a fifth of the limit through beside what the store did. That
/// can only be where a store on another machine would be, and where a guess took as long as one is waited for.
pub(crate) fn many_guesses_at_once_evaluate_no_more_than_the_limit(on: Framework) {
    let app = on.start();
    let guesses: Vec<(u16, Duration)> = std::thread::scope(|scope| {
        let guess = || {
            let began = Instant::now();
            (guess(&app, "alice").status, began.elapsed())
        };
        let guesses: Vec<_> = (0..200).map(|_| scope.spawn(guess)).collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let evaluated = guesses.iter().filter(|(status, _)| *status == 401).count();
    let was_silent = app.is_on_servers() && guesses.iter().any(|(_, took)| *took >= STORE_PATIENCE);
    match was_silent {
        true => assert!(evaluated <= LIMIT + LIMIT / 5, "{guesses:?}"),
        false => assert_eq!(evaluated, LIMIT, "{guesses:?}"),
    }
    assert!(guesses.iter().all(|(status, _)| matches!(status, 401 | 429)), "{guesses:?}");
}

pub(crate) fn large_passwords_are_refused_before_any_hash(on: Framework) {
    let app = on.start();
    let large = "x".repeat(1024 * 1024);
    app.try_login(ALICE.name, &large).send().problem(413, "payload_too_large");
    let reply = app.try_login(ALICE.name, &"x".repeat(1025)).send();
    assert!(matches!(reply.status, 400 | 401), "{reply:?}");
    app.try_login(&"a".repeat(2000), "some password or other").send().problem(400, "invalid_request");
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn support_staff_can_let_an_account_in_again(on: Framework) {
    let app = on.start();
    for _ in 0..LIMIT {
        guess(&app, "alice");
    }
    too_many(guess(&app, "alice"));
    let id = app.user(ALICE).id.clone();
    app.block_on(app.auth.throttle().clear(&id)).unwrap();
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
}

pub(crate) fn a_clock_that_steps_back_unlocks_nothing(on: Framework) {
    let app = on.start();
    for _ in 0..LIMIT {
        guess(&app, "alice");
    }
    app.clock.step_back(Duration::from_secs(24 * 60 * 60));
    too_many(app.try_login(ALICE.name, ALICE.password).send());
}
