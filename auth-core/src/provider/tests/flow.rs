//! A login, a link and a re-authentication from begin to end, without a request of ours.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::*;
use super::idp::{Idp, Visit, url};
use crate::clock::Timestamp;
use crate::error::{ErrorKind, StoreError};
use crate::http::{BrowserId, SafeRedirect};
use crate::identity::Identity;
use crate::outbound::Method;
use crate::password::PasswordHash;
use crate::session::{Begun, Origin, SessionKey, SessionRecord};
use crate::store::{Backend as _, MemoryStore, Stores};
use crate::testing::ManualClock;
use crate::tests::System;
use crate::user::{Account, LoginName, User, UserId, UserStore, UserUpdate};

/// Counts how often a user is read by id.
#[derive(Debug)]
struct Counting {
    users: Arc<dyn UserStore>,
    reads: AtomicUsize,
}

impl Counting {
    fn read(&self) -> &dyn UserStore {
        self.reads.fetch_add(1, Ordering::Relaxed);
        &*self.users
    }
}

#[async_trait]
impl UserStore for Counting {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.read().get(id).await
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        self.users.find(login).await
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.read().account(id).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        self.users.rehash_password(id, old, new).await
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        self.users.set_password(id, old, new).await
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        self.users.raise_epoch(id).await
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.users.record_login(id, at).await
    }
}

/// A system that knows a provider, and whose reads of users are counted.
struct World {
    system: System,
    idp: Idp,
    users: Arc<Counting>,
}

/// Somebody at a browser.
#[derive(Default)]
struct Person {
    browser: Option<String>,
    session: Option<SessionKey>,
}

impl Person {
    fn of(begun: &Begun) -> Self {
        Self { session: Some(begun.key), ..Self::default() }
    }

    fn visitor(&self) -> Visitor {
        Visitor {
            browser: self.browser.as_deref().and_then(BrowserId::parse),
            session: self.session,
            origin: Origin::new(Some([192, 0, 2, 1].into()), Some("a browser")),
        }
    }
}

impl World {
    async fn new() -> Self {
        let clock = ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000));
        let idp = Idp::new(&clock);
        let stores = MemoryStore::new().stores();
        let users = Arc::new(Counting { users: stores.users.clone(), reads: AtomicUsize::new(0) });
        let stores = Stores { users: users.clone(), ..stores };
        let client = idp.client.clone();
        let configure =
            |builder: crate::AuthBuilder| builder.stores(stores).provider(Idp::config()).http_client(client);
        let system = System::at(clock, configure).await;
        Self { system, idp, users }
    }

    fn providers(&self) -> &Providers {
        self.system.auth.providers()
    }

    /// How often a user was read since this was asked last.
    fn reads(&self) -> usize {
        self.users.reads.swap(0, Ordering::Relaxed)
    }

    /// Sends somebody to the provider.
    async fn leave(&self, person: &mut Person, errand: Errand) -> Visit {
        let next = SafeRedirect::or_home(Some("/private"));
        let departure = self.providers().begin("idp", person.visitor(), errand, next).await.unwrap();
        person.browser = Some(departure.browser.expose());
        Visit::new(departure.url.as_str())
    }

    /// The provider's yes, with these claims changed.
    fn yes(&self, visit: &Visit, claims: Value) -> CallbackParameters {
        let code = Some(self.idp.grant(visit, claims));
        CallbackParameters { code, state: Some(visit.get("state").to_owned()), ..Default::default() }
    }

    async fn come_back(
        &self,
        person: &Person,
        parameters: CallbackParameters,
    ) -> Result<Finished, Unfinished> {
        self.reads();
        self.providers().finish("idp", Answer::Here(parameters), person.visitor()).await
    }

    /// A login from begin to end.
    async fn log_in(&self, person: &mut Person) -> Entered {
        let visit = self.leave(person, Errand::Login).await;
        let finished = self.come_back(person, self.yes(&visit, json!({}))).await.unwrap();
        assert_eq!(finished.next.as_str(), "/private");
        let Outcome::LoggedIn(entered) = finished.outcome else { panic!("{finished:?}") };
        person.session = Some(entered.begun.key);
        entered
    }

    /// Alice with a session by her password.
    async fn alice(&self) -> (Person, Identity) {
        let admitted = self.system.admit().await;
        let begun =
            self.system.auth.sessions().begin(admitted, false, Origin::default(), None).await.unwrap();
        let identity = Identity::session(self.system.alice.clone(), begun.key, begun.record.clone().into());
        (Person::of(&begun), identity)
    }

    async fn session(&self, key: &SessionKey) -> Option<Arc<SessionRecord>> {
        self.system.auth.sessions().find(key, self.system.auth.now()).await.unwrap()
    }

    fn asked_for_tokens(&self) -> usize {
        self.idp.client.requests_to(Method::Post, &url("/token")).len()
    }
}

fn kind(refused: Unfinished) -> ErrorKind {
    match refused {
        Unfinished::Cancelled { error, .. } | Unfinished::Failed(error) | Unfinished::Stale(error) => {
            error.kind()
        }
    }
}

#[tokio::test]
async fn a_login_begins_a_session_and_ends_the_one_that_the_browser_came_with() {
    let world = World::new().await;
    let mut person = Person::default();
    let first = world.log_in(&mut person).await;
    assert_eq!(world.reads(), 0, "a new account is known from being made");

    let second = world.log_in(&mut person).await;
    assert_eq!(world.reads(), 1);
    assert_eq!(first.user.id, second.user.id);
    assert!(world.session(&first.begun.key).await.is_none());
    let session = world.session(&second.begun.key).await.unwrap();
    let linked = &world.providers().linked_accounts(&second.user.id).await.unwrap()[0];
    assert_eq!(session.provider().unwrap().account, linked.id.to_string());
    assert_eq!(linked.last_login_at, Some(session.created_at));
    assert_eq!(session.user_agent.as_deref(), Some("a browser"));
}

#[tokio::test]
async fn a_disabled_account_is_not_let_in_and_keeps_its_browsers_session() {
    let world = World::new().await;
    let entered = world.log_in(&mut Person::default()).await;
    let disabled = UserUpdate { is_active: Some(false), ..Default::default() };
    world.system.auth.users().update(&entered.user.id, disabled).await.unwrap();
    let (mut person, _) = world.alice().await;
    let visit = world.leave(&mut person, Errand::Login).await;
    let refused = world.come_back(&person, world.yes(&visit, json!({}))).await.unwrap_err();
    assert_eq!(kind(refused), ErrorKind::InvalidCredentials);
    assert!(world.session(&person.session.unwrap()).await.is_some());
}

#[tokio::test]
async fn an_account_is_linked_in_the_session_that_asked() {
    let world = World::new().await;
    let (mut person, alice) = world.alice().await;
    let errand = || Errand::link(&alice, world.system.auth.now()).unwrap();
    let visit = world.leave(&mut person, errand()).await;
    let (stranger, _) = world.alice().await;
    let elsewhere = Person { session: stranger.session, browser: person.browser.clone() };
    let refused = world.come_back(&elsewhere, world.yes(&visit, json!({}))).await.unwrap_err();
    assert_eq!(kind(refused), ErrorKind::StateMismatch);
    assert_eq!(world.asked_for_tokens(), 0);

    let visit = world.leave(&mut person, errand()).await;
    let finished = world.come_back(&person, world.yes(&visit, json!({}))).await.unwrap();
    assert!(matches!(finished.outcome, Outcome::Linked), "{finished:?}");
    assert_eq!(world.reads(), 2, "before the link, and once it is there");
    let linked = world.providers().linked_accounts(&world.system.alice.id).await.unwrap();
    assert_eq!(linked[0].subject, "248289761001");
    assert!(world.session(&person.session.unwrap()).await.is_some());
    assert_eq!(world.log_in(&mut Person::default()).await.user.id, world.system.alice.id);
}

#[tokio::test]
async fn a_login_of_long_ago_neither_leaves_to_link_nor_comes_back() {
    let world = World::new().await;
    let (mut person, alice) = world.alice().await;
    let errand = || Errand::link(&alice, world.system.auth.now());
    let visit = world.leave(&mut person, errand().unwrap()).await;
    world.system.advance(301);
    assert_eq!(errand().unwrap_err().kind(), ErrorKind::ReauthenticationRequired);
    let refused = world.come_back(&person, world.yes(&visit, json!({}))).await.unwrap_err();
    assert_eq!(kind(refused), ErrorKind::ReauthenticationRequired);
    assert!(world.providers().linked_accounts(&world.system.alice.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_session_is_fresh_again_under_another_id() {
    let world = World::new().await;
    let mut person = Person::default();
    let Entered { user, begun } = world.log_in(&mut person).await;
    let identity = Identity::session(user.clone(), begun.key, begun.record.clone().into());
    world.system.advance(3_600);
    let visit = world.leave(&mut person, Errand::reauthenticate(&identity).unwrap()).await;
    assert_eq!((visit.get("prompt"), visit.get("max_age")), ("login", "0"));
    let finished = world.come_back(&person, world.yes(&visit, json!({}))).await.unwrap();
    assert_eq!(world.reads(), 1);
    let Outcome::Confirmed(entered) = finished.outcome else { panic!("{finished:?}") };
    assert!(world.session(&begun.key).await.is_none());
    let renewed = world.session(&entered.begun.key).await.unwrap();
    assert_eq!((&entered.user.id, renewed.handle), (&user.id, begun.record.handle));
    assert!(renewed.auth_time.is_within(Duration::ZERO, world.system.auth.now()));
}

#[tokio::test]
async fn an_epoch_that_moved_while_the_provider_answered_confirms_nobody() {
    let world = World::new().await;
    let mut person = Person::default();
    let Entered { user, begun } = world.log_in(&mut person).await;
    let identity = Identity::session(user.clone(), begun.key, begun.record.clone().into());
    let visit = world.leave(&mut person, Errand::reauthenticate(&identity).unwrap()).await;
    world.system.auth.users().end_all_sessions(&user.id).await.unwrap();
    let refused = world.come_back(&person, world.yes(&visit, json!({}))).await.unwrap_err();
    assert_eq!(kind(refused), ErrorKind::StateMismatch);
}

#[tokio::test]
async fn an_account_with_a_password_is_not_even_sent_to_confirm() {
    let world = World::new().await;
    let (person, alice) = world.alice().await;
    let errand = Errand::reauthenticate(&alice).unwrap();
    let refused = world.providers().begin("idp", person.visitor(), errand, SafeRedirect::home()).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ReauthenticationRequired);
}

#[tokio::test]
async fn an_answer_is_good_once_and_for_its_browser() {
    let world = World::new().await;
    let (mut person, mut other) = (Person::default(), Person::default());
    let visit = world.leave(&mut person, Errand::Login).await;
    let _ = world.leave(&mut other, Errand::Login).await;
    for stranger in [&other, &Person::default()] {
        let refused = world.come_back(stranger, world.yes(&visit, json!({}))).await.unwrap_err();
        assert!(matches!(refused, Unfinished::Stale(_)), "{refused:?}");
    }
    assert!(world.come_back(&person, world.yes(&visit, json!({}))).await.is_ok());
    let refused = world.come_back(&person, world.yes(&visit, json!({}))).await.unwrap_err();
    assert!(matches!(refused, Unfinished::Stale(_)), "{refused:?}");
    assert_eq!(world.asked_for_tokens(), 1);
}

#[tokio::test]
async fn whoever_cancels_is_told_where_they_came_from() {
    let world = World::new().await;
    let mut person = Person::default();
    let visit = world.leave(&mut person, Errand::Login).await;
    let parameters = CallbackParameters {
        error: Some("access_denied".to_owned()),
        state: Some(visit.get("state").to_owned()),
        ..Default::default()
    };
    match world.come_back(&person, parameters).await {
        Err(Unfinished::Cancelled { errand: Errand::Login, next, error }) => {
            assert_eq!((next.as_str(), error.kind()), ("/private", ErrorKind::ProviderDenied));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(world.asked_for_tokens(), 0);
}
