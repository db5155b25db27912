//! A login, a link and a re-authentication from begin to end, without a request of ours.

use std::time::Duration;

use serde_json::json;

use super::super::*;
use super::world::{ALICES, Person, World, identity, kind, session};
use crate::error::ErrorKind;
use crate::http::SafeRedirect;
use crate::session::FRESH;
use crate::user::{Email, UserUpdate};

#[tokio::test]
async fn a_login_begins_a_session_and_ends_the_one_that_the_browser_came_with() {
    let world = World::new().await;
    let mut person = Person::default();
    let first = world.log_in(&mut person).await;
    assert_eq!(world.reads(), 0, "a new account is known from being made");

    let second = world.log_in(&mut person).await;
    assert_eq!(world.reads(), 1);
    assert_eq!(first.0.id, second.0.id);
    assert!(world.session(first.1.key()).await.is_none());
    let session = world.session(second.1.key()).await.unwrap();
    let linked = &world.providers().linked_accounts(&second.0.id).await.unwrap()[0];
    assert_eq!(session.provider().unwrap().account, linked.id.to_string());
    assert_eq!(linked.last_login_at, Some(session.created_at));
    assert_eq!(session.user_agent.as_deref(), Some("a browser"));
}

#[tokio::test]
async fn a_disabled_account_is_not_let_in_and_keeps_its_browsers_session() {
    let world = World::new().await;
    let (user, _) = world.log_in(&mut Person::default()).await;
    let disabled = UserUpdate { is_active: Some(false), ..Default::default() };
    world.system.auth.users().update(&user.id, disabled).await.unwrap();
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
    assert_eq!(world.log_in(&mut Person::default()).await.0.id, world.system.alice.id);
}

/// The address of an account from now on.
fn address(text: Option<&str>, is_proven: bool) -> UserUpdate {
    let email = text.map(|text| Email::new(text).unwrap());
    UserUpdate { email: Some((email, is_proven)), ..UserUpdate::default() }
}

#[tokio::test]
async fn an_account_is_linked_by_an_address_that_is_its_own_before_and_after() {
    let world = World::linking_by_address().await;
    let (alice, mut person) = (&world.system.alice.id, Person::default());
    let claims = json!({ "email": ALICES, "email_verified": true });
    for update in
        [address(None, false), address(Some("another@example.com"), true), address(Some(ALICES), false)]
    {
        let visit = world.leave(&mut person, Errand::Login).await;
        world.update_alice_meanwhile(update);
        let refused = world.come_back(&person, world.yes(&visit, claims.clone())).await.unwrap_err();
        assert_eq!(kind(refused), ErrorKind::LinkRequired);
        assert!(world.providers().linked_accounts(alice).await.unwrap().is_empty());
        world.update_alice(address(Some(ALICES), true)).await;
    }
    let visit = world.leave(&mut person, Errand::Login).await;
    let finished = world.come_back(&person, world.yes(&visit, claims)).await.unwrap();
    assert_eq!(world.reads(), 2, "whose address it is, and once the link is there");
    assert_eq!(session(finished).0.id, *alice);
    assert_eq!(world.providers().linked_accounts(alice).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_login_that_is_not_dated_is_fresh_only_where_there_is_no_password() {
    let world = World::linking_by_address().await;
    let mut person = Person::default();
    for (sub, email, is_fresh) in [("somebody", None, true), ("alice", Some(ALICES), false)] {
        let visit = world.leave(&mut person, Errand::Login).await;
        let claims = json!({ "sub": sub, "email": email, "email_verified": true, "auth_time": null });
        let (_, begun) = session(world.come_back(&person, world.yes(&visit, claims)).await.unwrap());
        let is_within = begun.record().auth_time.is_within(FRESH, world.system.auth.now());
        assert_eq!(is_within, is_fresh, "{sub}");
    }
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
    let (user, begun) = world.log_in(&mut person).await;
    let identity = identity(&user, &begun);
    world.system.advance(3_600);
    let visit = world.leave(&mut person, Errand::reauthenticate(&identity).unwrap()).await;
    assert_eq!((visit.get("prompt"), visit.get("max_age")), ("login", "0"));
    let finished = world.come_back(&person, world.yes(&visit, json!({}))).await.unwrap();
    assert_eq!(world.reads(), 1);
    let confirmed = session(finished);
    assert!(world.session(begun.key()).await.is_none());
    let renewed = world.session(confirmed.1.key()).await.unwrap();
    assert_eq!((&confirmed.0.id, renewed.handle), (&user.id, begun.record().handle));
    assert!(renewed.auth_time.is_within(Duration::ZERO, world.system.auth.now()));
}

#[tokio::test]
async fn an_epoch_that_moved_while_the_provider_answered_confirms_nobody() {
    let world = World::new().await;
    let mut person = Person::default();
    let (user, begun) = world.log_in(&mut person).await;
    let identity = identity(&user, &begun);
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
    let refused = world.providers().begin("idp", person.traveller(), errand, SafeRedirect::home()).await;
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
