use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::clock::Clock as _;
use crate::error::Error;
use crate::key::ApplicationSecrets;
use crate::outbox::{Courier, Delivery, Fate, Outbox};
use crate::random::OsRandom;
use crate::store::{Backend as _, MemoryStore, Stores};
use crate::testing::{ManualClock, MemoryMailer};
use crate::throttle::{Postage, Throttle, ThrottleConfig};
use crate::user::{Email, LetterKind};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const SECOND: Duration = Duration::from_secs(1);

/// Writes to whom the letter says: `?` for what cannot be written now, nothing for nobody.
#[derive(Debug)]
struct ToWhomItSays;

#[async_trait]
impl Correspondent for ToWhomItSays {
    async fn write(&self, letter: &[u8]) -> Result<Option<Written>, Error> {
        let said: String = serde_json::from_slice(letter).unwrap();
        let from = Email::new("accounts@app.example").unwrap();
        let mail = |to: &str| {
            let to = Email::new(to).unwrap();
            let parts = MailParts { text: "plain".to_owned(), html: "<p>rich</p>".to_owned() };
            Mail::new(("App", &from), to, "Hello", parts)
        };
        Ok(match said.as_str() {
            "?" => return Err(crate::error::ErrorKind::Unavailable.into()),
            "" => None,
            to => Some(Written { mail: mail(to), postage: Postage::default() }),
        })
    }
}

struct World {
    stores: Stores,
    clock: ManualClock,
    outbox: Outbox,
    mailer: MemoryMailer,
}

impl World {
    fn new() -> Self {
        let (stores, clock) = (MemoryStore::new().stores(), ManualClock::default());
        let outbox =
            Outbox::new(stores.outbox.clone(), &secrets(), Arc::new(clock.clone()), Arc::new(OsRandom));
        Self { stores, clock, outbox, mailer: MemoryMailer::new() }
    }

    /// A server that delivers.
    fn delivery(&self) -> Delivery {
        self.delivery_from(self.outbox.clone())
    }

    fn delivery_from(&self, outbox: Outbox) -> Delivery {
        Delivery::new(outbox, vec![self.mails()])
    }

    fn mails(&self) -> Arc<dyn Courier> {
        let (users, store) = (self.stores.users.clone(), self.stores.short_lived.clone());
        let hash = secrets().keyed_hash("throttle");
        let throttle =
            Throttle::new(ThrottleConfig::default(), users, store, Arc::new(self.clock.clone()), hash);
        Arc::new(MailCourier::new(Arc::new(self.mailer.clone()), Arc::new(ToWhomItSays), throttle))
    }

    async fn post(&self, letter: &str) {
        self.outbox.post(self.outbox.sealed(MAIL, &letter, DAY).unwrap()).await.unwrap();
    }

    async fn deliver(&self) -> usize {
        self.delivery().deliver_due().await.unwrap()
    }

    fn sent(&self) -> usize {
        self.mailer.sent().len()
    }

    /// Whether nothing waits, whenever it is due.
    async fn is_empty(&self) -> bool {
        let now = self.clock.now();
        self.stores.outbox.claim(MAIL, 1, now + 100 * DAY, now).await.unwrap().is_empty()
    }
}

fn secrets() -> ApplicationSecrets {
    ApplicationSecrets::from_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").unwrap()
}

#[tokio::test]
async fn a_letter_is_sent_once_and_is_gone() {
    let world = World::new();
    world.post("a@x.example").await;
    assert_eq!((world.deliver().await, world.deliver().await), (1, 0));
    assert_eq!(world.sent(), 1);
    assert!(world.is_empty().await);
}

#[tokio::test]
async fn nobody_is_told_nothing() {
    let world = World::new();
    world.post("").await;
    world.deliver().await;
    assert_eq!(world.sent(), 0);
    assert!(world.is_empty().await);
}

#[tokio::test]
async fn what_cannot_be_sent_now_is_tried_again_after_longer_and_longer_waits() {
    let world = World::new();
    world.mailer.fail();
    world.post("a@x.example").await;
    for wait in [10, 30, 90] {
        assert_eq!(world.deliver().await, 1);
        world.clock.advance(Duration::from_secs(wait) - Duration::from_millis(1));
        assert_eq!(world.deliver().await, 0, "{wait}");
        world.clock.advance(Duration::from_millis(1));
    }
    world.mailer.recover();
    world.deliver().await;
    assert_eq!(world.sent(), 1);
    assert!(world.is_empty().await);
}

#[tokio::test]
async fn what_cannot_be_written_now_is_tried_again() {
    let world = World::new();
    world.post("?").await;
    world.deliver().await;
    assert!(!world.is_empty().await);
}

#[tokio::test]
async fn what_is_refused_for_good_and_what_is_of_no_use_any_more_is_given_up() {
    let world = World::new();
    world.mailer.refuse();
    world.post("a@x.example").await;
    world.deliver().await;
    assert!(world.is_empty().await);

    world.mailer.fail();
    world.post("a@x.example").await;
    world.deliver().await;
    world.mailer.recover();
    world.clock.advance(DAY);
    world.deliver().await;
    assert_eq!(world.sent(), 0);
    assert!(world.is_empty().await);
}

#[tokio::test]
async fn a_letter_whose_deliverer_died_is_delivered_by_another() {
    let world = World::new();
    world.post("a@x.example").await;
    let now = world.clock.now();
    let claimed = world.stores.outbox.claim(MAIL, 1, now, now + 60 * SECOND).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(world.deliver().await, 0, "it is somebody's");
    world.clock.advance(60 * SECOND);
    world.deliver().await;
    assert_eq!(world.sent(), 1);
}

#[tokio::test]
async fn of_many_servers_each_letter_is_sent_by_one() {
    let world = World::new();
    for number in 0..200 {
        world.post(&format!("{number}@x.example")).await;
    }
    let servers = [(); 4].map(|()| {
        let delivery = world.delivery();
        tokio::spawn(async move { delivery.deliver_due().await.unwrap() })
    });
    for server in servers {
        server.await.unwrap();
    }
    assert_eq!(world.sent(), 200);
    assert!(world.is_empty().await);
}

#[tokio::test]
async fn a_letter_of_a_secret_that_this_server_does_not_have_waits_for_another() {
    let world = World::new();
    world.post("a@x.example").await;
    let other = ApplicationSecrets::from_text("F3LC5Y0xefQ2BUNpGXanhcjtCWJ3ZY+aQsVW3JsKmCc=").unwrap();
    let (store, clock) = (world.stores.outbox.clone(), Arc::new(world.clock.clone()));
    let elsewhere = Outbox::new(store, &other, clock, Arc::new(OsRandom));
    world.delivery_from(elsewhere).deliver_due().await.unwrap();
    assert_eq!(world.sent(), 0);
    world.clock.advance(60 * SECOND);
    world.deliver().await;
    assert_eq!(world.sent(), 1);
}

#[tokio::test]
async fn the_store_holds_nothing_that_can_be_read() {
    let world = World::new();
    world.post("secret@x.example").await;
    let now = world.clock.now();
    let letter = world.stores.outbox.claim(MAIL, 1, now, now).await.unwrap().pop().unwrap();
    assert!(!letter.sealed.windows(6).any(|window| window == b"secret"));
}

/// Delivers what it is named after, or breaks.
#[derive(Debug)]
enum Odd {
    Hangs,
    Panics(LetterKind),
}

#[async_trait]
impl Courier for Odd {
    fn kind(&self) -> LetterKind {
        match self {
            Self::Hangs => LetterKind::Webhook,
            Self::Panics(kind) => *kind,
        }
    }

    async fn deliver(&self, _: &[u8]) -> Fate {
        match self {
            Self::Hangs => std::future::pending().await,
            Self::Panics(_) => panic!("on purpose"),
        }
    }
}

#[tokio::test]
async fn no_mail_waits_for_webhooks_that_hang() {
    let world = World::new();
    for _ in 0..20 {
        world.outbox.post(world.outbox.sealed(LetterKind::Webhook, &"x", DAY).unwrap()).await.unwrap();
    }
    world.post("a@x.example").await;
    let delivery = Delivery::new(world.outbox.clone(), vec![Arc::new(Odd::Hangs), world.mails()]);
    let [hanging, mails] = delivery.rounds() else { panic!("two couriers") };
    let mut under_way = crate::outbox::UnderWay::default();
    let hanging = hanging.clone();
    let stuck = tokio::spawn(async move { hanging.take_on(&mut under_way).await });
    let mut sent = crate::outbox::UnderWay::default();
    assert_eq!(mails.take_on(&mut sent).await.unwrap(), 1);
    sent.ended().await;
    assert_eq!(world.sent(), 1);
    assert!(!stuck.is_finished());
    stuck.abort();
}

#[tokio::test]
async fn a_mailer_that_panics_is_asked_again_and_ends_nothing() {
    let world = World::new();
    world.post("a@x.example").await;
    let odd = Delivery::new(world.outbox.clone(), vec![Arc::new(Odd::Panics(MAIL))]);
    assert_eq!((odd.deliver_due().await.unwrap(), odd.deliver_due().await.unwrap()), (1, 0));
    world.clock.advance(10 * SECOND);
    assert_eq!(world.deliver().await, 1);
    assert_eq!(world.sent(), 1);
}

#[tokio::test]
async fn a_letter_that_nobody_here_delivers_loses_no_attempt() {
    let world = World::new();
    world.outbox.post(world.outbox.sealed(LetterKind::Webhook, &"x", DAY).unwrap()).await.unwrap();
    assert_eq!(world.deliver().await, 0);
    let now = world.clock.now();
    let claimed = world.stores.outbox.claim(LetterKind::Webhook, 1, now, now).await.unwrap();
    assert_eq!(claimed[0].attempts, 1);
}
