use std::sync::Arc;
use std::time::Duration;

use super::totp::TotpKey;
use super::*;
use crate::account::FactorReset;
use crate::clock::{Clock as _, Timestamp};
use crate::error::{Error, ErrorKind, StoreError};
use crate::event::{AuditFilter, EventKind};
use crate::login::{Amr, Method, SecondFactors as _};
use crate::password::PasswordHash;
use crate::store::{Backend as _, MemoryStore};
use crate::tests::{System, with_every_route};
use crate::user::{Account, Email, LoginName, User, UserId, UserStore, UserUpdate};

/// Alice with an authenticator app.
struct Room {
    system: System,
    store: MemoryStore,
    key: TotpKey,
    codes: Vec<String>,
}

impl Room {
    async fn new() -> Self {
        let store = MemoryStore::new();
        let system = System::with(|builder| builder.store(store.clone())).await;
        let (key, codes) = system.auth.mfa().enrol_by_hand(&system.alice).await.unwrap();
        let codes = codes.iter().map(|code| code.expose().to_owned()).collect();
        Self { system, store, key, codes }
    }

    fn now(&self) -> Timestamp {
        self.system.clock.now()
    }

    async fn alice(&self) -> Arc<User> {
        self.system.auth.users().get(&self.system.alice.id).await.unwrap().unwrap()
    }

    async fn show(&self, shown: Shown<'_>) -> Result<Amr, ErrorKind> {
        let alice = self.alice().await;
        let shown = self.system.auth.mfa().show(&alice, shown, "place").await;
        shown.map_err(|error: Error| error.kind())
    }

    async fn show_code(&self) -> Result<Amr, ErrorKind> {
        self.show(Shown::Code(&self.key.code_at(self.now()))).await
    }
}

#[tokio::test]
async fn a_right_password_gives_no_more_guesses_and_a_right_code_takes_none() {
    let room = Room::new().await;
    for _ in 0..20 {
        assert_eq!(room.show(Shown::Code("000000")).await, Err(ErrorKind::InvalidCode));
        assert!(room.system.try_admit("alice", crate::tests::PASSWORD).await.is_err(), "a factor is missing");
    }
    assert_eq!(room.show_code().await, Err(ErrorKind::TooManyAttempts));
    room.system.auth.throttle().clear(&room.system.alice.id).await.unwrap();
    for _ in 0..25 {
        assert_eq!(room.show_code().await, Ok(Amr::OTP));
        room.system.advance(30);
    }
}

#[tokio::test]
async fn the_store_has_neither_the_secret_nor_a_code() {
    let room = Room::new().await;
    let factors = room.store.stores().factors.list(&room.system.alice.id).await.unwrap();
    assert_eq!(factors.len(), 11);
    let all = format!("{factors:?}");
    for code in &room.codes {
        assert!(!all.contains(code.as_str()) && !all.contains(&code.replace('-', "")));
    }
    let secret = room.key.to_bytes();
    let holds = |data: &[u8]| data.windows(16).any(|window| secret.windows(16).any(|part| part == window));
    assert!(!factors.iter().any(|factor| holds(&factor.data) || holds(&factor.handle)));
}

#[tokio::test]
async fn a_secret_opens_in_its_own_row_alone() {
    let room = Room::new().await;
    let store = room.store.stores().factors;
    let totp = store.find(FactorKind::Totp, room.system.alice.id.as_str().as_bytes()).await.unwrap().unwrap();
    let opens = |factor: &Factor| room.system.auth.mfa().factors().sealer.open(factor).is_some();
    assert!(opens(&totp));
    assert!(!opens(&Factor { id: FactorId::new([9; 16]), ..totp.clone() }));
    assert!(!opens(&Factor { user: crate::user::UserId::new("bob"), ..totp.clone() }));
    assert!(!opens(&Factor { kind: FactorKind::Passkey, ..totp }));
}

#[tokio::test]
async fn whoever_vouches_for_several_factors_is_asked_for_none() {
    let room = Room::new().await;
    let (alice, factors) = (room.alice().await, room.system.auth.mfa().factors());
    for (amr, missing) in [
        (Amr::default(), vec![Method::Totp, Method::RecoveryCode]),
        (Amr::PWD.and(Amr::OTP), vec![Method::Totp, Method::RecoveryCode]),
        (Amr::FED, vec![Method::Totp, Method::RecoveryCode]),
        (Amr::PWD.and(Amr::MFA), vec![]),
    ] {
        assert_eq!(factors.missing(&alice, amr).await.unwrap(), missing, "{amr:?}");
    }
}

#[tokio::test]
async fn a_factor_ends_what_was_begun_before_and_an_unproven_address_gets_none() {
    let room = Room::new().await;
    assert_eq!(room.alice().await.auth_epoch, room.system.alice.auth_epoch + 1);
    let users = room.system.auth.users();
    let mut bob = users.new_user("bob").unwrap();
    bob.email = Some(Email::new("bob@x.example").unwrap());
    let bob = users.create_without_password(bob).await.unwrap();
    let mfa = room.system.auth.mfa();
    assert_eq!(mfa.enrol_by_hand(&bob).await.unwrap_err().kind(), ErrorKind::EmailUnverified);
    let proven = UserUpdate { email: Some((bob.email.clone(), true)), ..UserUpdate::default() };
    let bob = users.update(&bob.id, proven).await.unwrap().unwrap();
    assert_eq!(mfa.enrol_by_hand(&bob).await.unwrap().1.len(), 10);
    // What was read before is not what the account is now.
    assert_eq!(mfa.enrol_by_hand(&bob).await.unwrap_err().kind(), ErrorKind::Unauthenticated);
}

#[tokio::test]
async fn with_the_last_factor_go_the_codes_and_the_trusted_devices() {
    let room = Room::new().await;
    let (alice, mfa) = (room.alice().await, room.system.auth.mfa());
    assert!(mfa.trust(&alice, Some("a browser")).await.unwrap().is_some());
    assert_eq!(mfa.held(&alice).await.unwrap().devices.len(), 1);
    let none = mfa.dismiss(&alice, |_| false, None, FactorTold::TotpRemoved).await.unwrap_err();
    assert_eq!(none.kind(), ErrorKind::NotFound);
    let alice = mfa.dismiss(&alice, |_| true, None, FactorTold::TotpRemoved).await.unwrap();
    assert!(room.store.stores().factors.list(&alice.id).await.unwrap().is_empty());
}

#[tokio::test]
async fn twenty_browsers_are_trusted_and_the_oldest_make_room() {
    let room = Room::new().await;
    let (alice, mfa) = (room.alice().await, room.system.auth.mfa());
    let mut first = None;
    for _ in 0..25 {
        let token = mfa.trust(&alice, None).await.unwrap().unwrap();
        first.get_or_insert(token);
        room.system.advance(1);
    }
    assert_eq!(mfa.held(&alice).await.unwrap().devices.len(), 20);
    let key = mfa.factors().device_key(&first.unwrap()).unwrap();
    assert!(!mfa.factors().is_spared(&alice, &key).await.unwrap());
    room.system.clock.advance(Duration::from_secs(31 * 24 * 3_600));
    let removed = room.system.auth.remove_expired().await.unwrap();
    assert!(removed >= 20, "{removed}");
    assert_eq!(room.store.stores().factors.list(&alice.id).await.unwrap().len(), 11);
}

#[tokio::test]
async fn factors_outlive_the_secret_that_sealed_them() {
    const NEWER: &str = "cBh6w0Lq7oVYjWnq1x0m4c9hJr2pDk8sTtUeZyXvGfA=";
    let room = Room::new().await;
    let with_secrets = async |text: String| {
        let builder = crate::tests::builder().store(room.store.clone()).secret_text(&text);
        builder.clock(room.system.clock.clone()).build().await.unwrap()
    };
    let newer = with_secrets(format!("2:{NEWER},1:{}", crate::tests::SECRET)).await;
    assert_eq!(newer.reseal().await.unwrap().factors, 11);
    assert_eq!(newer.reseal().await.unwrap().factors, 0, "once is enough");
    let (alice, alone) = (room.alice().await, with_secrets(format!("2:{NEWER}")).await);
    let code = room.key.code_at(room.now());
    for (shown, amr) in [(Shown::RecoveryCode(&room.codes[0]), Amr::RECOVERY), (Shown::Code(&code), Amr::OTP)]
    {
        assert_eq!(alone.mfa().show(&alice, shown, "place").await.unwrap(), amr);
    }
}

#[tokio::test]
async fn a_mailed_code_counts_where_the_apps_secret_cannot_be_opened() {
    let (store, mailer) = (MemoryStore::new(), crate::testing::MemoryMailer::new());
    let system = System::with(|builder| {
        let builder = builder.mailer(mailer, "accounts@app.example").deliver_mail_by_hand();
        builder.store(store.clone()).mfa(MfaConfig::default().mailed_codes(true))
    });
    let (system, stores) = (system.await, store.stores());
    system.auth.mfa().enrol_by_hand(&system.alice).await.unwrap();
    let held = stores.factors.list(&system.alice.id).await.unwrap();
    let app = held.iter().find(|factor| factor.kind == FactorKind::Totp).unwrap();
    assert!(stores.factors.write_data(&app.id, &app.data, b"nothing").await.unwrap());
    let mfa = system.auth.mfa();
    let code = mfa.factors().mailed().make("place").await.unwrap();
    let alice = system.auth.users().get(&system.alice.id).await.unwrap().unwrap();
    let wrong = mfa.show(&alice, Shown::Code("000000"), "place").await.unwrap_err();
    assert_eq!(wrong.kind(), ErrorKind::Internal);
    assert_eq!(mfa.show(&alice, Shown::Code(code.expose()), "place").await.unwrap(), Amr::EMAIL);
}

#[tokio::test]
async fn a_factor_without_the_password_says_nothing_of_one_that_was_set_by_mail() {
    let store = MemoryStore::new();
    let system = System::with(|builder| with_every_route(builder).store(store.clone())).await;
    let (mfa, factors, id) = (system.auth.mfa(), store.stores().factors, &system.alice.id);
    let is_marked =
        async || factors.list(id).await.unwrap().iter().any(|held| held.kind == FactorKind::MailedPassword);
    factors.apply(mfa.factors().password_set_by_mail(&system.alice).into()).await.unwrap();
    let shown = [
        (Amr::HWK.and(Amr::MFA), true),
        (Amr::FED.and(Amr::OTP).and(Amr::MFA), true),
        (Amr::PWD.and(Amr::EMAIL).and(Amr::MFA), true),
        (Amr::PWD.and(Amr::OTP).and(Amr::MFA), false),
    ];
    for (amr, stays) in shown {
        mfa.factors().was_shown(&system.alice, amr).await;
        assert_eq!(is_marked().await, stays, "{amr:?}");
    }
    for (amr, stays) in [(Amr::HWK.and(Amr::MFA), true), (Amr::PWD, false)] {
        let alice = system.auth.users().get(id).await.unwrap().unwrap();
        factors.apply(mfa.factors().password_set_by_mail(&alice).into()).await.unwrap();
        let new = mfa.new_factor(id, FactorKind::Totp, id.as_str().as_bytes().to_vec());
        mfa.enrol((&alice, amr), new, FactorTold::TotpAdded).await.unwrap();
        assert_eq!(is_marked().await, stays, "{amr:?}");
    }
}

/// Users of the application's own, whose table takes nothing along.
#[derive(Debug)]
struct Own(Arc<dyn UserStore>);

#[async_trait::async_trait]
impl UserStore for Own {
    async fn get(&self, id: &UserId) -> Result<Option<Arc<User>>, StoreError> {
        self.0.get(id).await
    }

    async fn find(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        self.0.find(login).await
    }

    async fn account(&self, id: &UserId) -> Result<Option<Account>, StoreError> {
        self.0.account(id).await
    }

    async fn rehash_password(
        &self,
        id: &UserId,
        old: &PasswordHash,
        new: &PasswordHash,
    ) -> Result<bool, StoreError> {
        self.0.rehash_password(id, old, new).await
    }

    async fn set_password(
        &self,
        id: &UserId,
        old: Option<&PasswordHash>,
        new: &PasswordHash,
    ) -> Result<Option<u64>, StoreError> {
        self.0.set_password(id, old, new).await
    }

    async fn raise_epoch(&self, id: &UserId) -> Result<Option<u64>, StoreError> {
        self.0.raise_epoch(id).await
    }

    async fn record_login(&self, id: &UserId, at: Timestamp) -> Result<(), StoreError> {
        self.0.record_login(id, at).await
    }
}

#[tokio::test]
async fn over_accounts_of_another_system_a_factor_ends_what_was_begun_and_is_told_of() {
    let store = MemoryStore::new();
    let (system, stores) = (System::with(|builder| builder.store(store.clone())).await, store.stores());
    let alice = system.auth.users().get(&system.alice.id).await.unwrap().unwrap();
    let users = stores.users.clone();
    let own = stores.with_users(Arc::new(Own(users)));
    let auth = crate::tests::builder().stores(own).clock(system.clock.clone()).build().await.unwrap();
    let told = async |kind| auth.audit().list(&AuditFilter::default().of_kind(kind), 9).await.unwrap().len();
    let epoch = async || auth.users().get(&alice.id).await.unwrap().unwrap().auth_epoch;
    let (key, _) = auth.mfa().enrol_by_hand(&alice).await.unwrap();
    assert_eq!((epoch().await, told(EventKind::FactorAdded).await), (alice.auth_epoch + 1, 1));
    // What was read before is not what the account is now.
    let late = auth.mfa().enrol_by_hand(&alice).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::Unauthenticated);
    let now = auth.users().get(&alice.id).await.unwrap().unwrap();
    let code = key.code_at(system.clock.now());
    assert_eq!(auth.mfa().show(&now, Shown::Code(&code), "place").await.unwrap(), Amr::OTP);
    let reset = auth.accounts().reset_factors(&alice.id).await.unwrap();
    assert_eq!(reset, Some(FactorReset::Done { factors: 1 }));
    assert_eq!((epoch().await, told(EventKind::FactorsReset).await), (alice.auth_epoch + 2, 1));
    assert!(!auth.mfa().held(&now).await.unwrap().has_factor());
}
