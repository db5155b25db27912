//! Letters on their way to a real mail server: what arrives, and what becomes of them when it refuses, hangs up, or has them come back.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

use std::time::Duration;

use auth_core::mail::SmtpMailer;
use conformance::{Framework, MailServer, Mood, TakenMail, TestApp};
use serde_json::json;

const ADDRESS: &str = "carol@example.com";

/// The first wait after an attempt that came to nothing, and a little.
const FIRST_WAIT: Duration = Duration::from_secs(11);

fn app(server: &MailServer) -> TestApp {
    let mailer = SmtpMailer::new(&server.url()).unwrap();
    Framework::Axum.start_on_sqlite_with(|builder| builder.mailer(mailer, "accounts@demo.example"))
}

fn register(app: &TestApp) {
    let form = json!({"username": "carol", "email": ADDRESS, "password": "velvet harbour lantern nineteen"});
    app.post("/auth/register").json(&form).send().expect(202);
}

fn deliver(app: &TestApp) {
    app.block_on(app.auth.deliver_mail()).unwrap();
}

fn link(mail: &TakenMail) -> String {
    let (_, rest) = mail.text.split_once("?token=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

fn verify(app: &TestApp, token: &str) -> u16 {
    app.post("/auth/email/verify").json(&json!({"token": token})).send().status
}

#[test]
fn a_mail_arrives_as_it_was_meant_and_its_link_works() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server);
    register(&app);
    deliver(&app);
    let [mail] = &*server.mails() else { panic!("{:?}", server.mails()) };
    assert_eq!((&*mail.sender, &*mail.recipients), ("accounts@demo.example", &[ADDRESS.to_owned()][..]));
    assert!(mail.headers["from"].contains("<accounts@demo.example>"), "{mail:?}");
    assert_eq!(mail.headers["to"], ADDRESS);
    assert_eq!(mail.headers["auto-submitted"], "auto-generated");
    assert!(mail.headers.contains_key("message-id") && mail.headers.contains_key("date"), "{mail:?}");
    let token = link(mail);
    assert!(mail.html.contains(&format!("{}/auth/email/verify?token={token}", app.base)), "{}", mail.html);
    assert_eq!(verify(&app, &token), 204);
    deliver(&app);
    assert_eq!(server.attempts(), 1, "and it is sent once");
}

#[test]
fn a_mailbox_that_does_not_exist_is_given_up() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server);
    server.be(Mood::Refuse);
    register(&app);
    deliver(&app);
    server.be(Mood::Take);
    app.clock.advance(Duration::from_secs(2 * 60 * 60));
    deliver(&app);
    assert_eq!((server.attempts(), server.mails().len()), (1, 0));
}

#[test]
fn a_server_that_has_everybody_come_back_gets_the_mail_then() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server);
    server.be(Mood::Greylist);
    register(&app);
    deliver(&app);
    deliver(&app);
    assert_eq!((server.attempts(), server.mails().len()), (1, 0), "not before the wait is over");
    app.clock.advance(FIRST_WAIT);
    deliver(&app);
    let [mail] = &*server.mails() else { panic!("{:?}", server.mails()) };
    assert_eq!(verify(&app, &link(mail)), 204);
}

#[test]
fn a_mail_whose_fate_is_unknown_is_sent_again_and_its_last_link_works() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server);
    server.be(Mood::HangUp);
    register(&app);
    deliver(&app);
    server.be(Mood::Forget);
    app.clock.advance(FIRST_WAIT);
    deliver(&app);
    server.be(Mood::Take);
    app.clock.advance(FIRST_WAIT * 3);
    deliver(&app);
    let [first, second] = &*server.mails() else { panic!("{:?}", server.mails()) };
    assert_eq!(verify(&app, &link(first)), 400, "a newer link voids it");
    assert_eq!(verify(&app, &link(second)), 204);
    app.clock.advance(Duration::from_secs(2 * 60 * 60));
    deliver(&app);
    assert_eq!(server.attempts(), 3);
}

#[test]
fn nobody_waits_for_a_mail_server_that_is_gone() {
    let Some(server) = MailServer::start() else { return };
    let app = app(&server);
    drop(server);
    register(&app);
    deliver(&app);
    app.post("/auth/password/forgot").json(&json!({"email": ADDRESS})).send().expect(202);
    app.try_login("carol", "velvet harbour lantern nineteen").send().expect(200);
}
