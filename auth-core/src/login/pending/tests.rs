use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::error::ErrorKind;
use crate::key::ApplicationSecrets;
use crate::login::{Admission, Admitted, Amr, Credentials, Method, NotShown, SecondFactors};
use crate::store::{Backend as _, MemoryStore};
use crate::testing::SeededRandom;
use crate::tests::{PASSWORD, SECRET, System};
use crate::user::{User, UserUpdate};

/// Everybody has an authenticator app.
#[derive(Debug)]
struct Everybody;

#[async_trait::async_trait]
impl SecondFactors for Everybody {
    async fn missing(&self, _: &User, amr: Amr) -> Result<Vec<Method>, Error> {
        Ok(if amr.contains(Amr::OTP) { Vec::new() } else { vec![Method::Totp] })
    }
}

/// Nobody, until they enrol.
#[derive(Debug, Default)]
struct Enrolled(AtomicBool);

#[async_trait::async_trait]
impl SecondFactors for Enrolled {
    async fn missing(&self, user: &User, amr: Amr) -> Result<Vec<Method>, Error> {
        if self.0.load(Ordering::Relaxed) { Everybody.missing(user, amr).await } else { Ok(Vec::new()) }
    }
}

struct Room {
    system: System,
    logins: PendingLogins,
}

impl Room {
    async fn new() -> Self {
        let store = MemoryStore::new();
        let system =
            System::with(|builder| builder.store(store.clone()).second_factors(Arc::new(Everybody))).await;
        let (secrets, stores) = (ApplicationSecrets::from_text(SECRET).unwrap(), store.stores());
        let (clock, random) = (system.clock.clone(), Arc::new(SeededRandom::new(3)));
        let logins = PendingLogins::new(stores.short_lived, &secrets, clock, random);
        Self { system, logins }
    }

    async fn pending(&self) -> PendingLogin {
        let credentials = Credentials::Password { login: "alice", password: PASSWORD };
        match self.system.auth.admit(credentials, None).await.unwrap() {
            Admission::Pending(pending) => pending,
            Admission::Admitted(_) => panic!("a factor is missing"),
        }
    }

    /// Shows a factor, a wrong one where `shown` is nothing.
    async fn show(&self, id: &PendingId, shown: Option<Amr>) -> Result<(Admitted, String), NotShown> {
        self.logins.finish(self.system.auth.logins(), id, async |_| Ok(shown)).await.unwrap()
    }

    async fn take_try(&self, id: &PendingId) -> bool {
        self.show(id, None).await.err() == Some(NotShown::Wrong)
    }

    async fn keep(&self) -> PendingId {
        self.logins.keep(&self.pending().await, &"goal").await.unwrap()
    }

    async fn complete(&self, id: &PendingId) -> Option<(Admitted, String)> {
        self.show(id, Some(Amr::OTP)).await.ok()
    }
}

#[tokio::test]
async fn a_factor_that_was_shown_makes_the_login_whole_once() {
    let room = Room::new().await;
    let began = crate::clock::Clock::now(&*room.system.clock);
    let id = room.keep().await;
    room.system.advance(60);
    let (admitted, goal) = room.complete(&id).await.unwrap();
    assert_eq!((admitted.user().username(), goal.as_str()), ("alice", "goal"));
    assert_eq!(admitted.amr(), Amr::PWD.and(Amr::OTP).and(Amr::MFA));
    assert_eq!(admitted.auth_time(), began);
    assert!(room.complete(&id).await.is_none());
    assert!(!room.take_try(&id).await);
}

#[tokio::test]
async fn a_login_that_waits_is_no_login_that_was_noted() {
    let room = Room::new().await;
    let id = room.keep().await;
    let last =
        async || room.system.auth.users().get(&room.system.alice.id).await.unwrap().unwrap().last_login;
    assert_eq!(last().await, None);
    let _ = room.complete(&id).await.unwrap();
    assert!(last().await.is_some());
}

#[tokio::test]
async fn five_tries_are_had_and_200_at_once_are_no_more() {
    let room = Room::new().await;
    let id = Arc::new(room.keep().await);
    let tries = (0..200).map(|_| {
        let (logins, auth, id) = (room.logins.clone(), room.system.auth.clone(), id.clone());
        tokio::spawn(async move {
            let shown = logins.finish::<String, _>(auth.logins(), &id, async |_| Ok(None)).await.unwrap();
            shown.err() == Some(NotShown::Wrong)
        })
    });
    let mut had = 0;
    for taken in tries.collect::<Vec<_>>() {
        had += usize::from(taken.await.unwrap());
    }
    assert_eq!(had, 5);
    room.system.advance(9 * 60 + 59);
    assert!(!room.take_try(&id).await);
    assert!(room.take_try(&room.keep().await).await, "another login has tries of its own");
}

#[tokio::test]
async fn nobody_is_let_in_whose_tries_are_used_up() {
    let room = Room::new().await;
    let id = room.keep().await;
    for _ in 0..4 {
        assert_eq!(room.show(&id, None).await.unwrap_err(), NotShown::Wrong);
    }
    let other = room.keep().await;
    assert_eq!(room.show(&id, None).await.unwrap_err(), NotShown::Wrong);
    let was_asked = AtomicBool::new(false);
    let verify = async |_| {
        was_asked.store(true, Ordering::Relaxed);
        Ok(Some(Amr::OTP))
    };
    let shown = room.logins.finish::<String, _>(room.system.auth.logins(), &id, verify).await.unwrap();
    assert_eq!(shown.unwrap_err(), NotShown::NothingWaits);
    assert!(!was_asked.into_inner(), "what was shown is not even looked at");
    assert!(room.complete(&other).await.is_some());
}

#[tokio::test]
async fn the_last_try_counts_and_what_cannot_be_told_is_none() {
    let room = Room::new().await;
    let id = room.keep().await;
    for _ in 0..4 {
        assert!(room.take_try(&id).await);
    }
    for _ in 0..6 {
        let verify = async |_| Err(ErrorKind::Unavailable.into());
        let failed = room.logins.finish::<String, _>(room.system.auth.logins(), &id, verify).await;
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::Unavailable);
    }
    assert!(room.complete(&id).await.is_some());
}

#[tokio::test]
async fn a_password_that_changes_while_the_factor_is_looked_at_lets_nobody_in() {
    let room = Room::new().await;
    let (id, accounts) = (room.keep().await, room.system.auth.accounts());
    let verify = async |user: Arc<User>| {
        assert!(accounts.set_password(&user.id, "another good demo passphrase").await?);
        Ok(Some(Amr::OTP))
    };
    let shown = room.logins.finish::<String, _>(room.system.auth.logins(), &id, verify).await.unwrap();
    assert_eq!(shown.unwrap_err(), NotShown::NothingWaits);
}

#[tokio::test]
async fn it_waits_for_ten_minutes() {
    let room = Room::new().await;
    let (early, late) = (room.keep().await, room.keep().await);
    room.system.advance(10 * 60 - 1);
    assert!(room.take_try(&early).await);
    assert!(room.complete(&early).await.is_some());
    room.system.advance(1);
    assert!(!room.take_try(&late).await);
    assert!(room.complete(&late).await.is_none());
}

#[tokio::test]
async fn whatever_ends_sessions_ends_it() {
    for end in 0..4 {
        let room = Room::new().await;
        let id = room.keep().await;
        let (auth, alice) = (&room.system.auth, &room.system.alice.id);
        match end {
            0 => assert!(auth.accounts().set_password(alice, "another good demo passphrase").await.unwrap()),
            1 => assert!(auth.users().end_all_sessions(alice).await.unwrap()),
            2 => assert!(auth.users().remove(alice).await.unwrap()),
            _ => {
                let update = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
                auth.users().update(alice, update).await.unwrap();
            }
        }
        assert!(!room.take_try(&id).await, "{end}");
        assert!(room.complete(&id).await.is_none(), "{end}");
    }
}

#[tokio::test]
async fn another_cookie_finds_nothing_and_a_record_moved_to_another_place_opens_nothing() {
    let room = Room::new().await;
    let (id, other) = (room.keep().await, PendingId::generate(1, &SeededRandom::new(9)));
    assert!(!room.take_try(&other).await);
    let (from, to) = (room.logins.key(&id).unwrap(), room.logins.key(&other).unwrap());
    let now = crate::clock::Clock::now(&*room.system.clock);
    let sealed = room.logins.store.get(&from.0, now).await.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains(room.system.alice.id.as_str()), "it is sealed");
    room.logins.store.put(&to.0, &sealed, PENDING_LIFE, now).await.unwrap();
    assert!(room.complete(&other).await.is_none());
    assert!(room.complete(&id).await.is_some());
}

#[tokio::test]
async fn what_is_given_up_waits_no_more() {
    let room = Room::new().await;
    let (pending, id) = (room.pending().await, room.keep().await);
    assert!(room.logins.is_of(&id, &pending).await.unwrap());
    room.logins.give_up(&id).await.unwrap();
    assert!(!room.logins.is_of(&id, &pending).await.unwrap());
    assert!(room.complete(&id).await.is_none());
}

#[tokio::test]
async fn where_nothing_can_wait_the_error_names_the_methods() {
    let room = Room::new().await;
    let credentials = Credentials::Password { login: "alice", password: PASSWORD };
    let refused = room.system.auth.admit(credentials, None).await.unwrap().admitted().unwrap_err();
    assert_eq!((refused.kind(), refused.methods()), (ErrorKind::LoginPending, &["totp"][..]));
}

#[tokio::test]
async fn basic_refuses_the_account_as_a_wrong_password_and_keeps_no_success() {
    let room = Room::new().await;
    let (auth, basic) = (&room.system.auth, room.system.auth.basic());
    for _ in 0..2 {
        for password in [PASSWORD, "wrong"] {
            let error = basic.recognise("alice", password, Default::default).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
        }
    }
    assert_eq!(auth.hasher().runs(), 3, "one for the account and one for each pair");
}

#[tokio::test]
async fn what_basic_keeps_of_a_right_pair_ends_with_the_epoch_that_a_first_factor_raises() {
    let factors = Arc::new(Enrolled::default());
    let system = System::with(|builder| builder.second_factors(factors.clone())).await;
    let (auth, basic) = (&system.auth, system.auth.basic());
    let recognise = async || basic.recognise("alice", PASSWORD, Default::default).await;
    for _ in 0..2 {
        let _ = recognise().await.unwrap();
    }
    assert_eq!(auth.hasher().runs(), 2, "one for the account, one for the pair, which is kept");
    // As the contract has it of whatever makes an account want more.
    factors.0.store(true, Ordering::Relaxed);
    assert!(auth.users().end_all_sessions(&system.alice.id).await.unwrap());
    assert_eq!(recognise().await.unwrap_err().kind(), ErrorKind::InvalidCredentials);
}

#[tokio::test]
async fn where_nothing_can_wait_a_right_password_counts_as_a_wrong_one() {
    let mut let_through = Vec::new();
    for password in [PASSWORD, "wrong"] {
        let room = Room::new().await;
        let mut answers = Vec::new();
        for _ in 0..40 {
            let source = Default::default();
            let asked = room.system.auth.logins().admit_at_once("alice", password, &source);
            answers.push(asked.await.unwrap_err().kind());
        }
        assert_eq!(answers.last(), Some(&ErrorKind::TooManyAttempts));
        let_through.push((answers, room.system.auth.hasher().runs()));
    }
    assert_eq!(let_through[0], let_through[1]);
}
