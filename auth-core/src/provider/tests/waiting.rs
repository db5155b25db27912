//! Logins that wait for a second factor: until it came they stand on what every login by a provider stands on.

use std::sync::Arc;

use serde_json::json;

use super::super::*;
use super::world::{Everybody, Person, World};
use crate::error::ErrorKind;
use crate::login::NotShown;
use crate::session::Entered;

/// A system where everybody has a second factor.
async fn world() -> World {
    World::with(|builder| builder.second_factors(Arc::new(Everybody))).await
}

#[tokio::test]
async fn a_login_that_waited_goes_on_to_where_it_wanted_as_the_providers() {
    let world = world().await;
    let mut person = Person::default();
    let id = world.wait(&mut person).await;
    world.system.advance(599);
    let (entered, next) = world.show_factor(&person, &id).await.unwrap().unwrap();
    assert_eq!(next.unwrap().as_str(), "/private");
    let Entered::Session(user, begun) = entered else { panic!("{entered:?}") };
    let linked = &world.providers().linked_accounts(&user.id).await.unwrap()[0];
    assert_eq!(begun.record().provider().unwrap().account, linked.id.to_string());
    world.log_out_there().await;
    assert!(world.session(begun.key()).await.is_none(), "a logout there finds it");
}

#[tokio::test]
async fn a_login_that_its_provider_ended_while_it_waited_lets_nobody_in() {
    let world = world().await;
    let mut person = Person::default();
    let id = world.wait(&mut person).await;
    world.system.advance(1);
    world.log_out_there().await;
    world.system.advance(590);
    let refused = world.show_factor(&person, &id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ProviderError);
    let again = world.show_factor(&person, &id).await.unwrap();
    assert_eq!(again.unwrap_err(), NotShown::NothingWaits);
    // One that is begun after the logout is another.
    let id = world.wait(&mut person).await;
    assert!(world.show_factor(&person, &id).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_login_whose_account_was_unlinked_while_it_waited_lets_nobody_in() {
    let world = world().await;
    let (mut owner, alice) = world.alice_with_a_factor().await;
    let visit = world.leave(&mut owner, Errand::link(&alice, world.system.auth.now()).unwrap()).await;
    assert!(world.come_back(&owner, world.yes(&visit, json!({}))).await.is_ok());
    let (mut person, alice) = (Person::default(), &world.system.alice);
    let id = world.wait(&mut person).await;
    let linked = world.providers().linked_accounts(&alice.id).await.unwrap();
    world.providers().unlink(&alice.id, &linked[0].id, None).await.unwrap();
    let refused = world.show_factor(&person, &id).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ProviderError);
    assert_eq!(world.system.auth.sessions().list(alice).await.unwrap().len(), 1, "the one that linked it");
}
