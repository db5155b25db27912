mod look_ups;

use std::sync::Arc;

use crate::error::ErrorKind;
use crate::login::Credentials;
use crate::password::{Argon2Params, PasswordConfig};
use crate::store::{Backend as _, MemoryStore};
use crate::tests::{PASSWORD, System, builder};
use crate::user::UserUpdate;

#[tokio::test]
async fn the_right_password_is_admitted_by_name_and_by_address() {
    let system = System::new().await;
    let mut bob = system.auth.users().new_user("bob").unwrap();
    bob.email = Some(crate::user::Email::new("bob@example.com").unwrap());
    system.auth.users().create(bob, PASSWORD).await.unwrap();
    for login in ["bob", "BOB", "Bob@Example.COM"] {
        assert_eq!(system.try_admit(login, PASSWORD).await.unwrap().user().username(), "bob");
    }
}

#[tokio::test]
async fn unknown_wrong_and_disabled_cost_one_hash_and_answer_alike() {
    let system = System::new().await;
    let users = system.auth.users();
    let disabled = users.create(users.new_user("disabled").unwrap(), PASSWORD).await.unwrap();
    let update = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    users.update(&disabled.id, update).await.unwrap();
    users.create_without_password(users.new_user("social").unwrap()).await.unwrap();
    for (login, password) in [
        ("nobody", PASSWORD),
        ("alice", "wrong"),
        ("disabled", PASSWORD),
        ("disabled", "wrong"),
        ("social", PASSWORD),
    ] {
        let before = system.auth.hasher().runs();
        let error = system.try_admit(login, password).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidCredentials, "{login}");
        assert_eq!(system.auth.hasher().runs() - before, 1, "{login}");
    }
}

#[tokio::test]
async fn the_applications_word_admits_active_accounts_only() {
    let system = System::new().await;
    let vouched = Credentials::Vouched { user: &system.alice.id, amr: super::Amr::FED };
    assert!(
        system.auth.admit(vouched, None).await.unwrap().admitted().unwrap().amr().contains(super::Amr::FED)
    );
    let update = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    system.auth.users().update(&system.alice.id, update).await.unwrap();
    let vouched = Credentials::Vouched { user: &system.alice.id, amr: super::Amr::FED };
    assert_eq!(system.auth.admit(vouched, None).await.unwrap_err().kind(), ErrorKind::InvalidCredentials);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_parallel_logins_renew_an_old_hash_once_and_lock_nobody_out() {
    let store = MemoryStore::new();
    let old = System::with(|builder| builder.store(store.clone())).await;
    let params = Argon2Params::insecure_any_cost(16, 1, 1).unwrap();
    let newer = builder().store(store.clone()).password(PasswordConfig::default().with_params(params));
    let newer = Arc::new(newer.build().await.unwrap());
    let logins = (0..20).map(|_| {
        let auth = newer.clone();
        tokio::spawn(async move {
            auth.admit(Credentials::Password { login: "alice", password: PASSWORD }, None).await.map(|_| ())
        })
    });
    for login in logins.collect::<Vec<_>>() {
        login.await.unwrap().unwrap();
    }
    assert_eq!(newer.hasher().runs(), 21);
    let account = store.stores().users.account(&old.alice.id).await.unwrap().unwrap();
    assert!(account.password.unwrap().as_encoded().contains("m=16,"));
    assert_eq!(account.user.auth_epoch, old.alice.auth_epoch);
}

#[tokio::test]
async fn a_basic_pair_costs_one_hash_a_minute_and_one_failure_however_often_it_is_repeated() {
    let system = System::new().await;
    let basic = system.auth.basic();
    for _ in 0..5 {
        basic.recognise("alice", PASSWORD, Default::default).await.unwrap();
    }
    let after_setup = system.auth.hasher().runs();
    for _ in 0..200 {
        let error = basic.recognise("alice", "wrong", Default::default).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidCredentials);
    }
    assert_eq!(system.auth.hasher().runs() - after_setup, 1);
    basic.recognise("alice", PASSWORD, Default::default).await.unwrap();
    system.advance(61);
    basic.recognise("alice", PASSWORD, Default::default).await.unwrap();
    assert_eq!(system.auth.hasher().runs() - after_setup, 2);
}

#[tokio::test]
async fn a_client_that_hangs_up_during_basic_has_not_failed() {
    let system = System::new().await;
    for _ in 0..30 {
        system.advance(61);
        let mut asked = Box::pin(system.auth.basic().recognise("alice", PASSWORD, Default::default));
        let poll = std::future::poll_fn(|cx| std::task::Poll::Ready(asked.as_mut().poll(cx).is_ready()));
        assert!(!poll.await);
        drop(asked);
        let now = Some(crate::clock::Clock::now(&*system.clock));
        while system.auth.users().get(&system.alice.id).await.unwrap().unwrap().last_login != now {
            tokio::task::yield_now().await;
        }
    }
    system.advance(61);
    system.auth.basic().recognise("alice", PASSWORD, Default::default).await.unwrap();
}

#[tokio::test]
async fn a_changed_password_is_noticed_by_basic_at_once() {
    let system = System::new().await;
    let basic = system.auth.basic();
    basic.recognise("alice", PASSWORD, Default::default).await.unwrap();
    basic.recognise("alice", "another good demo passphrase", Default::default).await.unwrap_err();
    system.auth.accounts().set_password(&system.alice.id, "another good demo passphrase").await.unwrap();
    assert!(basic.recognise("alice", PASSWORD, Default::default).await.is_err());
    assert!(basic.recognise("alice", "another good demo passphrase", Default::default).await.is_ok());
}
