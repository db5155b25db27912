//! Things that happen at the same time, and clients that hang up (ARCHITECTURE.md, "The way of a
//! request": what changes state runs in a task of its own).

use std::io::Write as _;
use std::net::TcpStream;
use std::num::NonZeroUsize;

use auth_core::session::SessionConfig;
use conformance::{ALICE, BOB, Faults, Framework, Reply, Request};

/// Sends all of these at once.
pub(crate) fn at_once(requests: Vec<Request>) -> Vec<Reply> {
    std::thread::scope(|scope| {
        let sent: Vec<_> = requests.into_iter().map(|request| scope.spawn(move || request.send())).collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    })
}

pub(crate) fn of_many_password_changes_at_once_one_wins(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let new = |number: usize| format!("violet umbrella cactus number {number}");
    let requests = (0..10).map(|number| {
        let new = new(number);
        let fields = [("current_password", ALICE.password), ("new_password", new.as_str())];
        app.post("/auth/password/change").session(&session).form(&fields)
    });
    let replies = at_once(requests.collect());
    let won: Vec<_> = (0..10).filter(|number| replies[*number].status == 204).collect();
    assert_eq!(won.len(), 1, "{:?}", replies.iter().map(|reply| reply.status).collect::<Vec<_>>());
    assert!(replies.iter().all(|reply| reply.status < 500));
    for number in 0..10 {
        let expected = if number == won[0] { 200 } else { 401 };
        app.try_login(ALICE.name, &new(number)).send().expect(expected);
    }
    assert!(app.is_logged_in(&replies[won[0]].session().unwrap()) && !app.is_logged_in(&session));
}

pub(crate) fn of_many_reauthentications_at_once_one_session_remains(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let fields = [("password", ALICE.password)];
    let replies =
        at_once((0..10).map(|_| app.post("/auth/reauthenticate").session(&session).form(&fields)).collect());
    let ids: Vec<_> = replies.iter().filter_map(Reply::session).collect();
    assert_eq!(ids.len(), 1, "one of them renewed the session");
    assert!(app.is_logged_in(&ids[0]) && !app.is_logged_in(&session));
    assert_eq!(app.sessions(ALICE), 1);
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 401)));
}

pub(crate) fn the_most_sessions_hold_under_logins_at_once(on: Framework) {
    let most = NonZeroUsize::new(3).unwrap();
    let app = on.start_with(|builder| builder.sessions(SessionConfig::default().max_per_user(most)));
    let bobs = app.login(BOB);
    let replies = at_once((0..12).map(|_| app.try_login(ALICE.name, ALICE.password)).collect());
    let ids: Vec<_> = replies.into_iter().map(|reply| reply.expect(200).session().unwrap()).collect();
    assert_eq!(app.sessions(ALICE), 3);
    assert_eq!(ids.iter().filter(|id| app.is_logged_in(id)).count(), 3);
    assert!(app.is_logged_in(&bobs));
}

pub(crate) fn a_client_that_hangs_up_leaves_nothing_half_done(on: Framework) {
    let faults = Faults::new();
    let stores = faults.stores();
    let app = on.start_with(|builder| builder.stores(stores));
    let (mine, other) = (app.login(ALICE), app.login(ALICE));
    let new = "violet umbrella cactus seventeen";
    let fields = [("current_password", ALICE.password), ("new_password", new)];
    let request = app.post("/auth/password/change").session(&mine).form(&fields);
    let gate = faults.close_gate();
    let mut stream = TcpStream::connect(("127.0.0.1", app.port)).unwrap();
    stream.write_all(&request.bytes()).unwrap();
    gate.wait();
    drop(stream);
    // Another request's reply means that the server had time to notice.
    app.get("/open").send().expect(200);
    gate.open();
    let is_done = (0..1_000_000).any(|_| app.sessions(ALICE) == 1);
    assert!(is_done, "the change went through: only the renewed session is left");
    assert!(!app.is_logged_in(&mine) && !app.is_logged_in(&other));
    app.try_login(ALICE.name, new).send().expect(200);
    app.try_login(ALICE.name, ALICE.password).send().expect(401);
}

pub(crate) fn a_failed_login_leaves_the_session_that_is_there(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let reply = app.try_login(BOB.name, "not the password of bob").session(&session).send();
    assert_eq!(reply.problem(401, "invalid_credentials").header("set-cookie"), None);
    assert!(app.is_logged_in(&session));
}
