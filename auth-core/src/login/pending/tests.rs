use super::*;
use crate::error::ErrorKind;
use crate::key::ApplicationSecrets;
use crate::login::{Admission, Amr, Credentials, Method, SecondFactors};
use crate::store::{Backend as _, MemoryStore};
use crate::testing::SeededRandom;
use crate::tests::{PASSWORD, SECRET, System};
use crate::user::{User, UserStore, UserUpdate};

/// Everybody has an authenticator app.
#[derive(Debug)]
struct Everybody;

#[async_trait::async_trait]
impl SecondFactors for Everybody {
    async fn missing(&self, _: &User, amr: Amr) -> Result<Vec<Method>, Error> {
        Ok(if amr.contains(Amr::OTP) { Vec::new() } else { vec![Method::Totp] })
    }
}

struct Room {
    system: System,
    logins: PendingLogins,
    users: Arc<dyn UserStore>,
}

impl Room {
    async fn new() -> Self {
        let store = MemoryStore::new();
        let system =
            System::with(|builder| builder.store(store.clone()).second_factors(Arc::new(Everybody))).await;
        let (secrets, stores) = (ApplicationSecrets::from_text(SECRET).unwrap(), store.stores());
        let (clock, random) = (system.clock.clone(), Arc::new(SeededRandom::new(3)));
        let logins = PendingLogins::new(stores.short_lived, &secrets, clock, random);
        Self { system, logins, users: stores.users }
    }

    async fn pending(&self) -> PendingLogin {
        let credentials = Credentials::Password { login: "alice", password: PASSWORD };
        match self.system.auth.admit(credentials, None).await.unwrap() {
            Admission::Pending(pending) => pending,
            Admission::Admitted(_) => panic!("a factor is missing"),
        }
    }

    async fn take_try(&self, id: &PendingId) -> bool {
        self.logins.take_try(&*self.users, id).await.unwrap()
    }

    async fn keep(&self) -> PendingId {
        self.logins.keep(&self.pending().await, &"goal").await.unwrap()
    }

    async fn complete(&self, id: &PendingId) -> Option<(crate::login::Admitted, String)> {
        self.logins.complete(&*self.users, id, Amr::OTP).await.unwrap()
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
        let (logins, users, id) = (room.logins.clone(), room.users.clone(), id.clone());
        tokio::spawn(async move { logins.take_try(&*users, &id).await.unwrap() })
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
    let key = room.logins.key(&id).unwrap();
    assert!(room.logins.is_of(&key, &pending).await.unwrap());
    room.logins.give_up(&id).await.unwrap();
    assert!(!room.logins.is_of(&key, &pending).await.unwrap());
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
