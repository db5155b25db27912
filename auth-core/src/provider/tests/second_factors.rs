//! What a provider says of second factors: its word counts where it is believed.

use serde_json::{Value, json};

use super::super::*;
use super::idp::Idp;
use super::world::{Person, World};
use crate::error::ErrorKind;
use crate::login::Amr;
use crate::session::Entered;
use crate::testing::enrol_totp;

/// What a session has of somebody with an authenticator app who logs in by a provider that says this; nothing where they are asked for it.
async fn comes_in(believed: &[&str], said: Value) -> Option<Amr> {
    let entry = Idp::config().second_factor_values(believed.iter().copied());
    let world = World::knowing(entry, |builder| builder).await;
    let mut person = Person::default();
    let (user, _) = world.log_in(&mut person).await;
    enrol_totp(&world.system.auth, user.username()).await.unwrap();
    let visit = world.leave(&mut person, Errand::Login).await;
    let finished = world.come_back(&person, world.yes(&visit, said)).await.unwrap();
    match finished.outcome {
        Outcome::Entered(Entered::Session(_, begun)) => Some(begun.record().amr),
        Outcome::Entered(Entered::Waits(_, refusal)) => {
            assert_eq!(refusal.kind(), ErrorKind::LoginPending);
            None
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_factor_that_was_shown_there_is_one_here_where_that_is_believed() {
    let both = Some(Amr::FED.and(Amr::MFA));
    assert_eq!(comes_in(&["mfa"][..], json!({"amr": ["pwd", "mfa"]})).await, both);
    assert_eq!(comes_in(&["gold", "mfa"], json!({"acr": "gold"})).await, both);
}

#[tokio::test]
async fn anything_else_is_asked_as_after_a_password() {
    for (believed, said) in [
        (&[][..], json!({"amr": ["mfa"], "acr": "mfa"})),
        (&["mfa"][..], json!({"amr": ["pwd"]})),
        (&["mfa"][..], json!({"amr": 7, "acr": {"mfa": true}})),
        (&["mfa"][..], json!({})),
        (&["mfa"][..], json!({"amr": ["MFA", "mfa2"], "acr": ""})),
    ] {
        assert_eq!(comes_in(believed, said.clone()).await, None, "{believed:?} {said}");
    }
}
