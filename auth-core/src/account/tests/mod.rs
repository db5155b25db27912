mod mailed;
mod reset_factors;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::*;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::identity::Identity;
use crate::login::{Amr, Credentials, Method, SecondFactors};
use crate::password::PasswordPolicy;
use crate::random::OsRandom;
use crate::session::{Entered, Goal, Origin, Visitor};
use crate::store::{Backend as _, MemoryStore};
use crate::tests::{PASSWORD, System};
use crate::throttle::{Limit, Lockouts, ThrottleConfig};
use crate::token::Client;
use crate::user::{Ending, EndingCause, NewUser, PersonName, User, UserId, UserUpdate, Users};

const NEW: &str = "another good demo passphrase";

/// A system that closes an account after two failures in a row, and what a command has of it: its stores.
async fn system() -> (System, Accounts) {
    let store = MemoryStore::new();
    let in_a_row = ThrottleConfig::default().account([Limit::new(3, Duration::MAX)]);
    let system = System::with(|builder| builder.store(store.clone()).throttle(in_a_row)).await;
    let stores = store.stores();
    let (admin, hasher) = (stores.user_admin.unwrap(), system.auth.hasher().clone());
    let users =
        Users::new(admin, hasher, PasswordPolicy::default(), system.clock.clone(), Arc::new(OsRandom));
    let lockouts = Lockouts::new(stores.users, stores.short_lived.clone());
    let accounts = Accounts::new(users, lockouts, stores.short_lived, system.clock.clone());
    (system, accounts)
}

#[tokio::test]
async fn a_password_set_without_an_application_secret_lets_a_closed_account_in_too() {
    let (system, accounts) = system().await;
    for _ in 0..2 {
        system.try_admit("alice", "wrong").await.unwrap_err();
    }
    assert_eq!(system.try_admit("alice", PASSWORD).await.unwrap_err().kind(), ErrorKind::InvalidCredentials);
    assert!(accounts.set_password(&system.alice.id, NEW).await.unwrap());
    let _ = system.try_admit("alice", NEW).await.unwrap();
}

#[tokio::test]
async fn a_password_that_the_policy_refuses_changes_nothing() {
    let (system, accounts) = system().await;
    let admitted = system.admit().await;
    for weak in [
        accounts.set_password(&system.alice.id, "password").await.map(drop),
        system.auth.own_accounts().write(admitted, "password", None).await.map(drop),
    ] {
        assert_eq!(weak.unwrap_err().kind(), ErrorKind::WeakPassword);
    }
    assert_eq!(system.admit().await.user().auth_epoch, system.alice.auth_epoch);
}

#[tokio::test]
async fn nobody_has_no_password_to_set() {
    let (_system, accounts) = system().await;
    assert!(!accounts.set_password(&UserId::new("nobody"), NEW).await.unwrap());
}

#[tokio::test]
async fn whoever_was_let_in_changes_no_password_that_was_changed_meanwhile() {
    let (system, _) = system().await;
    let (own, stale) = (system.auth.own_accounts(), system.admit().await);
    let changed = own.write(system.admit().await, NEW, None).await.unwrap();
    assert_eq!(changed.user().auth_epoch, system.alice.auth_epoch + 1);
    let late = own.write(stale, "yet another demo passphrase", None).await.unwrap_err();
    assert_eq!(late.kind(), ErrorKind::InvalidCredentials);
    let _ = system.try_admit("alice", NEW).await.unwrap();
}

#[tokio::test]
async fn an_account_that_was_disabled_meanwhile_keeps_its_password() {
    let (system, _) = system().await;
    let (users, alice, admitted) = (system.auth.users(), &system.alice.id, system.admit().await);
    let is_active = |is_active| UserUpdate { is_active: Some(is_active), ..UserUpdate::default() };
    users.update(alice, is_active(false)).await.unwrap();
    let refused = system.auth.own_accounts().write(admitted, NEW, None).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidCredentials);
    users.update(alice, is_active(true)).await.unwrap();
    assert_eq!(system.try_admit("alice", NEW).await.unwrap_err().kind(), ErrorKind::InvalidCredentials);
    let _ = system.admit().await;
}

/// Everybody has an authenticator app.
#[derive(Debug)]
struct Everybody;

#[async_trait]
impl SecondFactors for Everybody {
    async fn missing(&self, _: &User, amr: Amr) -> Result<Vec<Method>, Error> {
        Ok(if amr.contains(Amr::OTP) { Vec::new() } else { vec![Method::Totp] })
    }
}

/// How old a session's proof is, of before and after its user changed the password 200 seconds later.
async fn proofs_around_a_change(system: &System, shown: Amr) -> (Timestamp, Timestamp) {
    let (auth, id) = (&system.auth, &system.alice.id);
    let admission = auth.admit(Credentials::Vouched { user: id, amr: shown }, None).await.unwrap();
    let visitor = Visitor::new(None, Origin::default());
    let entered = auth.entrance().enter(admission, Goal::login(false), visitor).await.unwrap();
    let Entered::Session(user, begun) = entered else { panic!("{entered:?}") };
    let before = begun.record().auth_time;
    let caller = Identity::session(user, *begun.key(), Arc::new(begun.record().clone()));
    system.advance(200);
    let visitor = Visitor::new(caller.session_key(), Origin::default());
    let changed = auth.own_accounts().change_password(&caller, (PASSWORD, NEW), None, visitor).await.unwrap();
    let Entered::Session(_, renewed) = changed else { panic!("{changed:?}") };
    (before, renewed.record().auth_time)
}

#[tokio::test]
async fn a_changed_password_makes_a_factor_that_was_spared_no_younger() {
    let system = System::with(|builder| builder.second_factors(Arc::new(Everybody))).await;
    let (before, after) = proofs_around_a_change(&system, Amr::PWD.and(Amr::OTP).and(Amr::MFA)).await;
    assert_eq!(after, before);

    let system = System::new().await;
    let (before, after) = proofs_around_a_change(&system, Amr::PWD).await;
    assert_eq!(after, before + Duration::from_secs(200), "the password was all, and it was shown again");
}

#[tokio::test]
async fn a_caller_whose_login_has_ended_changes_and_closes_nothing() {
    let (system, _) = system().await;
    let (auth, stale) = (&system.auth, system.alice.clone());
    auth.users().end_all_sessions(&stale.id).await.unwrap();
    let names = [("first_name".to_owned(), "Mallory".into())].into();
    let refused = auth.accounts().change_own_profile(&stale, names).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unauthenticated);
    let alice = auth.users().get(&stale.id).await.unwrap().unwrap();
    assert!(alice.is_active && alice.first_name.as_str().is_empty());
    let names = [("first_name".to_owned(), "Alice".into())].into();
    assert_eq!(auth.accounts().change_own_profile(&alice, names).await.unwrap().first_name.as_str(), "Alice");
}

#[tokio::test]
async fn a_closed_account_is_opened_as_it_was() {
    let (system, accounts) = system().await;
    let (users, id) = (system.auth.users(), &system.alice.id);
    let is_active = async || users.get(id).await.unwrap().unwrap().is_active;
    let off = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    users.update(id, off.clone()).await.unwrap();
    let before = users.get(id).await.unwrap().unwrap();
    assert!(accounts.close(id).await.unwrap());
    let closed = users.get(id).await.unwrap().unwrap();
    assert!(closed.is_closed() && closed.auth_epoch > before.auth_epoch);
    assert!(accounts.reopen(id).await.unwrap() && !is_active().await, "it was switched off before");
    users.update(id, UserUpdate { is_active: Some(true), ..UserUpdate::default() }).await.unwrap();
    assert!(accounts.close(id).await.unwrap());
    users.update(id, off).await.unwrap();
    assert!(accounts.reopen(id).await.unwrap() && !is_active().await, "or meanwhile");
    users.update(id, UserUpdate { is_active: Some(true), ..UserUpdate::default() }).await.unwrap();
    assert!(accounts.close(id).await.unwrap() && accounts.reopen(id).await.unwrap());
    assert!(is_active().await);
}

#[tokio::test]
async fn a_command_that_knows_no_sessions_erases_no_account_that_somebody_may_be_logged_in_to() {
    let (system, accounts) = system().await;
    let users = system.auth.users();
    let ending = Some(Ending { cause: EndingCause::UnprovenEntered, at: system.auth.now() });
    let new = NewUser { ending, ..users.new_user("newcomer").unwrap() };
    let newcomer = users.create_without_password(new).await.unwrap();
    assert_eq!(accounts.erase_ended().await.unwrap(), 0);
    assert!(users.get(&newcomer.id).await.unwrap().is_some());
    system.advance(8 * 24 * 60 * 60);
    assert_eq!(system.auth.accounts().erase_ended().await.unwrap(), 1, "a server knows that nobody is");
}

#[tokio::test]
async fn an_account_that_ends_for_a_reason_of_a_later_version_is_left_to_that() {
    let (system, _) = system().await;
    let (users, now) = (system.auth.users(), system.auth.now());
    let ending = Some(Ending { cause: EndingCause::parse("a later word"), at: now });
    let new = NewUser { ending, ..users.new_user("newcomer").unwrap() };
    let newcomer = users.create_without_password(new).await.unwrap();
    system.advance(60);
    assert_eq!(system.auth.accounts().erase_ended().await.unwrap(), 0);
    assert_eq!(users.get(&newcomer.id).await.unwrap().unwrap().ending, ending);
}

#[tokio::test]
async fn a_command_that_erases_an_account_ends_what_it_began() {
    let store = MemoryStore::new();
    let system = System::with(|builder| builder.store(store.clone())).await;
    let (auth, stores) = (&system.auth, store.stores());
    let lockouts = Lockouts::new(stores.users.clone(), stores.short_lived.clone());
    let accounts =
        Accounts::new(auth.users().clone(), lockouts, stores.short_lived.clone(), system.clock.clone())
            .with_begun(stores.sessions.clone(), stores.refresh.clone());
    crate::testing::login_as(auth, "alice").await.unwrap();
    accounts.with_grace(Duration::ZERO).close(&system.alice.id).await.unwrap();
    assert_eq!(stores.sessions.remove_by_user(&system.alice.id, None).await.unwrap().len(), 0);
    assert_eq!(auth.accounts().erase_ended().await.unwrap(), 1);
    assert!(auth.users().get(&system.alice.id).await.unwrap().is_none());
}

/// An account that somebody signed up for, and who chose a first name for it.
async fn signed_up(system: &System) -> User {
    let users = system.auth.users();
    let at = system.auth.now() + Duration::from_secs(30 * 24 * 60 * 60);
    let mut new = users.new_user("newcomer").unwrap();
    (new.ending, new.first_name) =
        (Some(Ending { cause: EndingCause::UnprovenEntered, at }), PersonName::new("Squatter").unwrap());
    (*users.create_without_password(new).await.unwrap()).clone()
}

/// How an account is once its sessions and tokens, and the time that a mere registration is kept, are over.
async fn much_later(system: &System, user: &UserId) -> Option<Arc<User>> {
    for days in [31, 100] {
        system.advance(days * 24 * 60 * 60);
        system.auth.remove_expired().await.unwrap();
    }
    system.auth.users().get(user).await.unwrap()
}

#[tokio::test]
async fn a_refresh_long_after_signing_up_keeps_the_account_also_once_its_tokens_are_over() {
    for (hours, stays) in [(23, false), (25, true)] {
        let (system, _) = system().await;
        let (auth, user) = (&system.auth, Arc::new(signed_up(&system).await));
        let admission = auth.entrance().logins().admit_known(user.clone(), Amr::PWD).await.unwrap();
        let crate::login::Admission::Admitted(admitted) = admission else { panic!("no factor is missing") };
        let pair = auth.tokens().grant(admitted, Client::FIRST_PARTY, "").await.unwrap();
        system.advance(hours * 60 * 60);
        auth.tokens().refresh(pair.refresh_token.expose(), Client::FIRST_PARTY, None).await.unwrap();
        assert_eq!(much_later(&system, &user.id).await.is_some(), stays, "{hours} hours");
    }
}

#[tokio::test]
async fn what_was_chosen_for_an_account_goes_with_a_claim_however_long_it_was_used() {
    let (system, _) = system().await;
    let (users, user) = (system.auth.users(), Arc::new(signed_up(&system).await));
    assert_eq!(users.claimed(&user).first_name, Some(PersonName::default()));
    system.advance(25 * 60 * 60);
    users.note_use(&user, system.auth.now()).await;
    let used = much_later(&system, &user.id).await.expect("somebody came back to it");
    assert_eq!(used.ending.and_then(|ending| ending.comes_at()), None);
    assert_eq!(users.claimed(&used).first_name, Some(PersonName::default()));
}
