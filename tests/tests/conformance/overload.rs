//! More logins than the machine can hash (OWASP ASVS 5.0 section 15.1.3).

use auth_core::password::{Argon2Params, PasswordConfig};
use conformance::{ALICE, BOB, Framework, Reply};

/// An app that hashes for a while, one after the other, with one waiting.
fn busy() -> PasswordConfig {
    let params = Argon2Params::insecure_any_cost(32 * 1024, 2, 1).unwrap();
    PasswordConfig::default().with_params(params).with_threads(1).with_queue(1)
}

pub(crate) fn a_full_queue_answers_503_and_nothing_worse(on: Framework) {
    let app = on.start_with(|builder| builder.password(busy()));
    let session = app.login(BOB);
    let replies: Vec<Reply> = std::thread::scope(|scope| {
        let logins: Vec<_> =
            (0..16).map(|_| scope.spawn(|| app.try_login(ALICE.name, ALICE.password).send())).collect();
        // Meanwhile whoever is logged in is served: hashing has threads of its own.
        assert!(app.is_logged_in(&session));
        logins.into_iter().map(|login| login.join().unwrap()).collect()
    });
    let refused: Vec<_> = replies.iter().filter(|reply| reply.status != 200).collect();
    assert!(!refused.is_empty() && refused.len() < 16, "{} of 16 refused", refused.len());
    for reply in refused {
        let reply = reply.clone().problem(503, "unavailable");
        assert!(reply.header("retry-after").is_some());
    }
}

pub(crate) fn being_turned_away_is_no_failed_guess(on: Framework) {
    let app = on.start_with(|builder| builder.password(busy()));
    for _ in 0..3 {
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    let status = app.try_login(ALICE.name, ALICE.password).send().status;
                    assert!(status == 200 || status == 503, "{status}");
                });
            }
        });
    }
    app.try_login(ALICE.name, ALICE.password).send().expect(200);
}
