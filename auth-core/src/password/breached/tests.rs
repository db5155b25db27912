//! What is told, what is believed, and what is done where nobody answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use crate::error::{BoxError, ErrorKind};
use crate::outbound::{Method, Outbound, OutboundConfig, OutboundResponse};
use crate::testing::FakeHttpClient;
use crate::tests::{Log, System};

use super::range::SplitHash;
use super::{BreachCheck, BreachedPasswords, HashPrefix};

/// Its SHA-1 is 5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8.
const PASSWORD: &str = "password";
const REST: &str = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";

/// Accepted by the policy.
const ACCEPTED: &str = "violet umbrella cactus seventeen";

#[test]
fn five_digits_are_told_and_the_rest_is_looked_for() {
    let hash = SplitHash::of(PASSWORD);
    assert_eq!(hash.prefix.as_str(), "5BAA6");
    assert!(!format!("{:?}", hash.prefix).contains("5BAA6"));
    let other = "0018A45C4D1DEF81644B54AB7F969B88D65:21";
    for (range, is_in) in [
        (format!("{other}\r\n{REST}:3861493"), true),
        (format!("{REST}:1\n"), true),
        (REST.to_lowercase() + ":7", true),
        (other.to_owned(), false),
        (format!("{REST}:0\r\n{other}"), false),
    ] {
        assert_eq!(hash.is_in(range.as_bytes()), Some(is_in), "{range}");
    }
}

#[test]
fn what_is_no_range_is_no_answer() {
    let hash = SplitHash::of(PASSWORD);
    for garbage in [
        String::new(),
        "<html>log in to the network</html>".to_owned(),
        REST.to_owned(),
        format!("{REST}:many"),
        format!("{REST}:-1"),
        format!("5BAA6{REST}:1"),
        format!("{REST}:1\nand then something else"),
        format!("{REST}:1\n\n{REST}:1"),
    ] {
        assert_eq!(hash.is_in(garbage.as_bytes()), None, "{garbage}");
    }
    assert_eq!(hash.is_in(&[0xff, b':', b'1']), None);
}

/// Answers as it was told to, and keeps what it was asked.
#[derive(Clone, Debug)]
struct Told {
    answer: fn(&str) -> Result<Vec<u8>, BoxError>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Told {
    fn new(answer: fn(&str) -> Result<Vec<u8>, BoxError>) -> Self {
        Self { answer, asked: Arc::default() }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

#[async_trait]
impl BreachedPasswords for Told {
    async fn range(&self, prefix: &HashPrefix) -> Result<Vec<u8>, BoxError> {
        self.asked.lock().unwrap().push(prefix.as_str().to_owned());
        (self.answer)(prefix.as_str())
    }
}

/// As if every password were known.
fn every(prefix: &str) -> Result<Vec<u8>, BoxError> {
    let hash = [PASSWORD, ACCEPTED].map(hash).into_iter().find(|hash| hash.starts_with(prefix));
    Ok(format!("{}:5\r\n", &hash.unwrap_or_else(|| "0".repeat(40))[5..]).into_bytes())
}

fn hash(password: &str) -> String {
    use sha1::Digest as _;
    base16ct::upper::encode_string(&<[u8; 20]>::from(sha1::Sha1::digest(password)))
}

async fn system(known: Told) -> System {
    System::with(|builder| builder.breached_passwords(BreachCheck::by(known))).await
}

/// Sets alice's password, and answers what is wrong with it.
async fn set(system: &System, password: &str) -> Result<(), Vec<&'static str>> {
    match system.auth.accounts().set_password(&system.alice.id, password).await {
        Ok(is_set) => {
            assert!(is_set);
            Ok(())
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::WeakPassword);
            Err(error.violations().iter().map(|violation| violation.code).collect())
        }
    }
}

#[tokio::test]
async fn a_known_password_is_refused_wherever_one_is_set() {
    let known = Told::new(every);
    let system = system(known.clone()).await;
    assert_eq!(set(&system, ACCEPTED).await, Err(vec!["breached"]));
    let users = system.auth.users();
    let new = users.new_user("bob").unwrap();
    let refused = users.create(new, ACCEPTED).await.unwrap_err();
    assert_eq!(refused.violations()[0].code, "breached");
    assert!(users.find("bob").await.unwrap().is_none(), "nothing was made");
    assert!(known.asked().iter().all(|asked| asked.len() == 5));
}

#[tokio::test]
async fn what_the_policy_refuses_is_not_asked_about() {
    let known = Told::new(every);
    let system = system(known.clone()).await;
    let before = known.asked();
    assert_eq!(set(&system, "password1234567").await, Err(vec!["too_common"]));
    assert_eq!(known.asked(), before);
}

#[tokio::test]
async fn a_login_asks_nobody() {
    let known = Told::new(every);
    let system = System::with(|builder| builder.breached_passwords(BreachCheck::by(known.clone()))).await;
    let before = known.asked();
    let _ = system.admit().await;
    assert_eq!(known.asked(), before);
}

#[tokio::test]
async fn where_nobody_answers_the_password_is_taken_and_it_is_logged() {
    for answer in [
        (|_| Err("down for maintenance".into())) as fn(&str) -> Result<Vec<u8>, BoxError>,
        |_| Ok(b"<html>".to_vec()),
        |_| Ok(Vec::new()),
    ] {
        let log = Log::capture();
        let system = system(Told::new(answer)).await;
        assert_eq!(set(&system, ACCEPTED).await, Ok(()));
        assert!(log.count("was not looked for") > 0);
        assert_eq!(log.count(&hash(ACCEPTED)[..5]), 0);
    }
}

#[derive(Debug)]
struct Stalls;

#[async_trait]
impl BreachedPasswords for Stalls {
    async fn range(&self, _: &HashPrefix) -> Result<Vec<u8>, BoxError> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_limit() {
    let breaches = BreachCheck::by(Stalls).within(Duration::from_secs(3));
    let breaches = breaches.start(|| unreachable!("the application's own asks by itself")).unwrap();
    let began = tokio::time::Instant::now();
    assert!(!breaches.hold(ACCEPTED).await);
    assert_eq!(began.elapsed(), Duration::from_secs(3));
}

#[tokio::test]
async fn five_digits_go_out_and_nothing_else_does() {
    let digits = hash(ACCEPTED);
    let client = FakeHttpClient::default();
    let url = format!("https://api.pwnedpasswords.com/range/{}", &digits[..5]);
    client.answer(Method::Get, &url, OutboundResponse::new(200, format!("{}:9", &digits[5..])));
    let system = System::with(|builder| {
        builder.http_client(client.clone()).breached_passwords(BreachCheck::have_i_been_pwned())
    });
    let system = system.await;
    assert_eq!(set(&system, ACCEPTED).await, Err(vec!["breached"]));
    let sent = client.requests();
    let request = sent.iter().find(|request| request.url.as_str() == url).unwrap();
    assert!(request.body.is_none());
    let padding = request.headers.iter().find(|(name, _)| name == "add-padding").unwrap();
    assert_eq!(padding.1.expose(), "true");
    for request in sent {
        assert!(!request.url.as_str().contains(&digits[5..]));
    }
}

#[tokio::test]
async fn a_mirror_that_may_not_be_called_is_refused_at_start() {
    let outbound = || Ok(Outbound::new(Arc::new(FakeHttpClient::default()), OutboundConfig::default()));
    for url in ["http://pwned.example/range/", "https://10.0.0.1/range/", "pwned.example"] {
        assert!(BreachCheck::mirror(url).start(outbound).is_err(), "{url}");
    }
    assert!(BreachCheck::mirror("https://pwned.example/range/").start(outbound).is_ok());
}
