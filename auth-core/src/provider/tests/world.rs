//! A system that knows a provider, and people at browsers who go there and come back, without a request of ours.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};

use super::super::*;
use super::idp::{Idp, Visit, url};
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind, StoreError};
use crate::http::{BrowserId, SafeRedirect};
use crate::identity::Identity;
use crate::login::{self, Admitted, Amr, Credentials, NotShown, PendingId, SecondFactors};
use crate::outbound::Method;
use crate::password::PasswordHash;
use crate::session::{Begun, Entered, Origin, SessionKey, SessionRecord, Visitor};
use crate::store::{Backend as _, MemoryStore, Stores};
use crate::testing::ManualClock;
use crate::tests::System;
use crate::user::{Account, Email, LoginName, User, UserAdmin, UserId, UserStore, UserUpdate};

/// Counts how often a user is read.
#[derive(Debug)]
struct Counting {
    users: Arc<dyn UserAdmin>,
    reads: AtomicUsize,
    /// What happens to whom once somebody was looked up.
    meanwhile: Mutex<Option<(UserId, UserUpdate)>>,
}

impl Counting {
    fn read(&self) -> &dyn UserAdmin {
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
        let found = self.read().find(login).await?;
        let change = self.meanwhile.lock().unwrap().take();
        if let Some((id, update)) = change {
            self.users.update(&id, update).await?;
        }
        Ok(found)
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

/// The address that is alice's own, where she has one.
pub(super) const ALICES: &str = "alice@example.com";

/// A system that knows a provider, and whose reads of users are counted.
pub(super) struct World {
    pub(super) system: System,
    pub(super) idp: Idp,
    users: Arc<Counting>,
}

/// Somebody at a browser.
#[derive(Default)]
pub(super) struct Person {
    pub(super) browser: Option<String>,
    pub(super) session: Option<SessionKey>,
}

impl Person {
    pub(super) fn of(begun: &Begun) -> Self {
        Self { session: Some(*begun.key()), ..Self::default() }
    }

    pub(super) fn visitor(&self) -> Visitor {
        Visitor::new(self.session, Origin::new(Some([192, 0, 2, 1].into()), Some("a browser")))
    }

    pub(super) fn traveller(&self) -> Traveller {
        let browser = self.browser.as_deref().and_then(BrowserId::parse);
        Traveller { browser, visitor: self.visitor() }
    }
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with(|builder| builder).await
    }

    pub(super) async fn with(change: impl FnOnce(crate::AuthBuilder) -> crate::AuthBuilder) -> Self {
        Self::knowing(Idp::config(), change).await
    }

    /// Where a proven address is enough to be linked, and alice has proven hers.
    pub(super) async fn linking_by_address() -> Self {
        let entry = Idp::config().trusted_email_domains(TrustedEmailDomains::All);
        let world = Self::knowing(entry.link_by_verified_email(true), |builder| builder).await;
        let proven =
            UserUpdate { email: Some((Some(Email::new(ALICES).unwrap()), true)), ..Default::default() };
        world.update_alice(proven).await;
        world
    }

    pub(super) async fn knowing(
        entry: ProviderConfig,
        change: impl FnOnce(crate::AuthBuilder) -> crate::AuthBuilder,
    ) -> Self {
        let clock = ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000));
        let idp = Idp::new(&clock);
        let stores = MemoryStore::new().stores();
        let users = Arc::new(Counting {
            users: stores.user_admin.clone().unwrap(),
            reads: AtomicUsize::new(0),
            meanwhile: Mutex::default(),
        });
        let stores = Stores { users: users.clone(), ..stores };
        let client = idp.client.clone();
        let configure =
            |builder: crate::AuthBuilder| change(builder.stores(stores).provider(entry).http_client(client));
        let system = System::at(clock, configure).await;
        Self { system, idp, users }
    }

    pub(super) fn providers(&self) -> &Providers {
        self.system.auth.providers()
    }

    /// How often a user was read since this was asked last.
    pub(super) fn reads(&self) -> usize {
        self.users.reads.swap(0, Ordering::Relaxed)
    }

    /// Changes alice's account, now.
    pub(super) async fn update_alice(&self, update: UserUpdate) {
        self.system.auth.users().update(&self.system.alice.id, update).await.unwrap();
    }

    /// Changes alice's account once somebody was looked up.
    pub(super) fn update_alice_meanwhile(&self, update: UserUpdate) {
        *self.users.meanwhile.lock().unwrap() = Some((self.system.alice.id.clone(), update));
    }

    /// Sends somebody to the provider.
    pub(super) async fn leave(&self, person: &mut Person, errand: Errand) -> Visit {
        let next = SafeRedirect::or_home(Some("/private"));
        let departure = self.providers().begin("idp", person.traveller(), errand, next).await.unwrap();
        person.browser = Some(departure.browser.expose());
        Visit::new(departure.url.as_str())
    }

    /// The provider's yes, with these claims changed.
    pub(super) fn yes(&self, visit: &Visit, claims: Value) -> CallbackParameters {
        let code = Some(self.idp.grant(visit, claims));
        CallbackParameters { code, state: Some(visit.get("state").to_owned()), ..Default::default() }
    }

    pub(super) async fn come_back(
        &self,
        person: &Person,
        parameters: CallbackParameters,
    ) -> Result<Finished, Unfinished> {
        self.reads();
        self.providers().finish("idp", Answer::Here(parameters), person.traveller()).await
    }

    /// A login from begin to end.
    pub(super) async fn log_in(&self, person: &mut Person) -> (Arc<User>, Begun) {
        let visit = self.leave(person, Errand::Login).await;
        let finished = self.come_back(person, self.yes(&visit, json!({}))).await.unwrap();
        assert_eq!(finished.next.as_str(), "/private");
        let (user, begun) = session(finished);
        person.session = Some(*begun.key());
        (user, begun)
    }

    /// A login from begin to where it waits for a factor.
    pub(super) async fn wait(&self, person: &mut Person) -> PendingId {
        let visit = self.leave(person, Errand::Login).await;
        let finished = self.come_back(person, self.yes(&visit, json!({}))).await.unwrap();
        let Outcome::Entered(Entered::Waits(id, refusal)) = finished.outcome else { panic!("{finished:?}") };
        assert_eq!(refusal.kind(), ErrorKind::LoginPending);
        id
    }

    /// Shows the factor that is missing.
    pub(super) async fn show_factor(
        &self,
        person: &Person,
        id: &PendingId,
    ) -> Result<Result<(Entered, Option<SafeRedirect>), NotShown>, Error> {
        let verify = async |_| Ok(Some(Amr::OTP));
        self.system.auth.entrance().finish(id, person.visitor(), None, verify).await
    }

    /// The provider ends all sessions of its person.
    pub(super) async fn log_out_there(&self) {
        self.providers().log_out("idp", &self.idp.logout_token(json!({}))).await.unwrap();
    }

    /// Alice with a session by her password.
    pub(super) async fn alice(&self) -> (Person, Identity) {
        self.session_of(self.system.admit().await).await
    }

    /// The same where everybody has a second factor, which she has shown.
    pub(super) async fn alice_with_a_factor(&self) -> (Person, Identity) {
        let alice = Credentials::Vouched { user: &self.system.alice.id, amr: Amr::OTP };
        self.session_of(self.system.auth.admit(alice, None).await.unwrap().admitted().unwrap()).await
    }

    async fn session_of(&self, admitted: Admitted) -> (Person, Identity) {
        let begun = self.system.auth.sessions().begin(admitted, false, Origin::default()).await.unwrap();
        (Person::of(&begun), identity(&self.system.alice, &begun))
    }

    pub(super) async fn session(&self, key: &SessionKey) -> Option<Arc<SessionRecord>> {
        self.system.auth.sessions().find(key, self.system.auth.now()).await.unwrap()
    }

    pub(super) fn asked_for_tokens(&self) -> usize {
        self.idp.client.requests_to(Method::Post, &url("/token")).len()
    }
}

/// The caller by a session that was just begun.
pub(super) fn identity(user: &Arc<User>, begun: &Begun) -> Identity {
    Identity::session(user.clone(), *begun.key(), begun.record().clone().into())
}

/// Who is in, and by what session.
#[track_caller]
pub(super) fn session(finished: Finished) -> (Arc<User>, Begun) {
    match finished.outcome {
        Outcome::Entered(Entered::Session(user, begun)) => (user, begun),
        other => panic!("{other:?}"),
    }
}

/// Everybody has an authenticator app.
#[derive(Debug)]
pub(super) struct Everybody;

#[async_trait]
impl SecondFactors for Everybody {
    async fn missing(&self, _: &User, amr: Amr) -> Result<Vec<login::Method>, Error> {
        Ok(if amr.contains(Amr::OTP) { Vec::new() } else { vec![login::Method::Totp] })
    }
}

pub(super) fn kind(refused: Unfinished) -> ErrorKind {
    match refused {
        Unfinished::Cancelled { error, .. } | Unfinished::Failed(error) | Unfinished::Stale(error) => {
            error.kind()
        }
    }
}
