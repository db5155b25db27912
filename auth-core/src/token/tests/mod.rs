mod access_tokens;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::http::request;
use crate::identity::Identity;
use crate::tests::System;
use crate::token::{Client, RefreshFamily, ScopePolicy, ScopeRequest, TokenConfig, TokenPair};
use crate::user::{UserId, UserUpdate};

const DAY: u64 = 24 * 60 * 60;

/// Grants every scope but `denied`.
#[derive(Debug)]
struct Generous;

#[async_trait]
impl ScopePolicy for Generous {
    async fn allows(&self, request: ScopeRequest<'_>) -> Result<bool, Error> {
        Ok(request.scope != "denied")
    }
}

async fn system() -> System {
    System::with(|builder| builder.scope_policy(Generous)).await
}

async fn grant(system: &System) -> TokenPair {
    system.auth.tokens().grant(system.admit().await, Client::FIRST_PARTY, "a b denied").await.unwrap()
}

async fn refresh(system: &System, pair: &TokenPair) -> Result<TokenPair, ErrorKind> {
    let token = pair.refresh_token.expose();
    system.auth.tokens().refresh(token, Client::FIRST_PARTY, None).await.map_err(|error| error.kind())
}

async fn is_accepted(system: &System, pair: &TokenPair) -> bool {
    system.auth.tokens().recognise(pair.access_token.expose(), system.auth.now()).await.is_ok()
}

#[tokio::test]
async fn the_scope_is_what_the_policy_leaves_of_what_was_asked() {
    let system = system().await;
    assert_eq!(grant(&system).await.scope, "a b");
    let plain = System::new().await;
    assert_eq!(grant(&plain).await.scope, "");
}

#[tokio::test]
async fn an_access_token_stands_for_its_user_until_it_expires() {
    let system = system().await;
    let pair = grant(&system).await;
    let identity = Identity::of_bearer(
        system.auth.tokens().recognise(pair.access_token.expose(), system.auth.now()).await.unwrap(),
    );
    assert_eq!(identity.user().unwrap().username(), "alice");
    assert!(identity.scope().contains("a") && !identity.scope().contains("denied"));
    system.advance(15 * 60 + 31);
    assert!(!is_accepted(&system, &pair).await);
}

#[tokio::test]
async fn another_clients_token_does_not_stand_for_the_user() {
    let system = system().await;
    let pair = system.auth.tokens().grant(system.admit().await, Client::new("other"), "a").await.unwrap();
    let identity = Identity::of_bearer(
        system.auth.tokens().recognise(pair.access_token.expose(), system.auth.now()).await.unwrap(),
    );
    assert!(identity.acting_user().is_none() && identity.user().is_some() && !identity.is_first_party());
}

#[tokio::test]
async fn a_refresh_token_is_rotated_and_its_predecessor_answered_alike_within_the_grace() {
    let system = system().await;
    let first = grant(&system).await;
    let second = refresh(&system, &first).await.unwrap();
    system.advance(9);
    let again = refresh(&system, &first).await.unwrap();
    assert!(second.refresh_token.is_same(&again.refresh_token));
    assert!(refresh(&system, &second).await.is_ok());
}

#[tokio::test]
async fn reuse_outside_the_grace_ends_the_family_and_its_access_tokens() {
    let system = system().await;
    let first = grant(&system).await;
    let second = refresh(&system, &first).await.unwrap();
    system.advance(10);
    assert_eq!(refresh(&system, &first).await.unwrap_err(), ErrorKind::InvalidGrant);
    assert_eq!(refresh(&system, &second).await.unwrap_err(), ErrorKind::InvalidGrant);
    assert!(!is_accepted(&system, &second).await && !is_accepted(&system, &first).await);
}

#[tokio::test]
async fn reuse_after_the_successor_was_used_ends_the_family_within_the_grace_too() {
    let system = system().await;
    let first = grant(&system).await;
    let second = refresh(&system, &first).await.unwrap();
    let third = refresh(&system, &second).await.unwrap();
    assert_eq!(refresh(&system, &first).await.unwrap_err(), ErrorKind::InvalidGrant);
    assert_eq!(refresh(&system, &third).await.unwrap_err(), ErrorKind::InvalidGrant);
}

#[tokio::test]
async fn each_client_has_its_own_grace() {
    let config = TokenConfig::default().grace(Duration::from_secs(20));
    let config =
        config.client_grace("server", Duration::ZERO).client_grace("mobile", Duration::from_secs(60));
    let system = System::with(|builder| builder.tokens(config)).await;
    let tokens = system.auth.tokens();
    for (id, grace) in [("server", 0), ("mobile", 60), ("any other", 20), ("Mobile", 20)] {
        let client = Client::new(id);
        for (waited, is_answered) in [(grace, false), (grace.max(1) - 1, grace > 0)] {
            let first = tokens.grant(system.admit().await, client, "").await.unwrap();
            tokens.refresh(first.refresh_token.expose(), client, None).await.unwrap();
            system.advance(waited);
            let again = tokens.refresh(first.refresh_token.expose(), client, None).await;
            assert_eq!(again.is_ok(), is_answered, "{id} after {waited} s");
        }
    }
    let long = TokenConfig::default().client_grace("mobile", Duration::from_secs(61));
    assert!(crate::tests::builder().tokens(long).build().await.is_err());
}

/// Password grants belong to no session: they are in the list of what a user can end, and end with it.
#[tokio::test]
async fn families_are_listed_and_end_with_all_other_sessions() {
    let system = system().await;
    let (tokens, sessions) = (system.auth.tokens(), system.auth.sessions());
    let alice = &system.alice;
    let mut pairs = Vec::new();
    for _ in 0..3 {
        pairs.push(grant(&system).await);
        system.advance(1);
    }
    let listed = tokens.families(alice).await.unwrap();
    let times: Vec<_> = listed.iter().map(|family| family.created_at).collect();
    assert!(times.len() == 3 && times.is_sorted_by(|one, next| one > next), "newest first");
    assert!(sessions.revoke(&alice.id, &listed[0].sid).await.unwrap());
    assert!(!sessions.revoke(&alice.id, &listed[0].sid).await.unwrap());
    assert!(!sessions.revoke(&UserId::new("somebody else"), &listed[1].sid).await.unwrap());
    assert!(!is_accepted(&system, &pairs[2]).await);
    assert_eq!(refresh(&system, &pairs[2]).await.unwrap_err(), ErrorKind::InvalidGrant);

    assert_eq!(sessions.revoke_others(&alice.id, Some(&listed[1].sid)).await.unwrap(), 1);
    assert!(!is_accepted(&system, &pairs[0]).await && is_accepted(&system, &pairs[1]).await);
    let kept = refresh(&system, &pairs[1]).await.unwrap();
    assert_eq!(sessions.revoke_others(&alice.id, None).await.unwrap(), 1);
    assert!(!is_accepted(&system, &kept).await);
    assert!(tokens.families(alice).await.unwrap().is_empty());
}

/// A refresh that is under way when its user ends everything gives nothing that lives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refresh_in_flight_does_not_outlive_the_end_of_all_sessions() {
    let system = Arc::new(system().await);
    for _ in 0..50 {
        let first = grant(&system).await;
        let refreshing = tokio::spawn({
            let system = system.clone();
            async move { refresh(&system, &first).await }
        });
        system.auth.sessions().revoke_others(&system.alice.id, None).await.unwrap();
        if let Ok(next) = refreshing.await.unwrap() {
            assert!(!is_accepted(&system, &next).await);
            assert_eq!(refresh(&system, &next).await.unwrap_err(), ErrorKind::InvalidGrant);
        }
    }
}

#[tokio::test]
async fn families_that_are_over_are_not_listed() {
    let system = system().await;
    let listed = async || system.auth.tokens().families(&system.alice).await.unwrap().len();
    let by_access = grant(&system).await;
    system.auth.tokens().revoke(by_access.access_token.expose(), Client::FIRST_PARTY).await.unwrap();
    assert_eq!(listed().await, 0, "revoked by its access token");
    grant(&system).await;
    assert_eq!(listed().await, 1);
    system.advance(30 * DAY);
    assert_eq!(listed().await, 0, "idle");
}

#[tokio::test]
async fn a_clock_that_steps_back_does_not_stretch_the_grace() {
    let system = system().await;
    let first = grant(&system).await;
    refresh(&system, &first).await.unwrap();
    system.advance(60);
    system.clock.step_back(Duration::from_secs(120));
    assert_eq!(refresh(&system, &first).await.unwrap_err(), ErrorKind::InvalidGrant);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_parallel_uses_get_one_and_the_same_successor() {
    let system = Arc::new(system().await);
    let first = Arc::new(grant(&system).await);
    let uses = (0..50).map(|_| {
        let (system, first) = (system.clone(), first.clone());
        tokio::spawn(async move { refresh(&system, &first).await.unwrap().refresh_token })
    });
    let mut successors = Vec::new();
    for one in uses.collect::<Vec<_>>() {
        successors.push(one.await.unwrap());
    }
    assert!(successors.iter().all(|token| token.is_same(&successors[0])));
}

#[tokio::test]
async fn another_client_gets_nothing_and_harms_nobody() {
    let system = system().await;
    let pair = grant(&system).await;
    let token = pair.refresh_token.expose();
    let theirs = Client::new("other");
    let error = system.auth.tokens().refresh(token, theirs, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidGrant);
    system.auth.tokens().revoke(token, theirs).await.unwrap();
    system.auth.tokens().revoke(pair.access_token.expose(), theirs).await.unwrap();
    assert!(is_accepted(&system, &pair).await);
    assert!(refresh(&system, &pair).await.is_ok());
}

#[tokio::test]
async fn a_client_s_access_token_ends_no_other_client_s_family_of_the_session() {
    let system = system().await;
    let (tokens, other) = (system.auth.tokens(), Client::new("other"));
    let ours = grant(&system).await;
    let theirs = tokens.grant(system.admit().await, other, "a").await.unwrap();
    let context = system.auth.context();
    context.observe(&request("GET", "/", &[]));
    context.login(&system.alice.id).await.unwrap();
    let session = Some(system.auth.sessions().list(&system.alice).await.unwrap()[0].handle);
    for (key, family) in tokens.store.list(&system.alice.id).await.unwrap() {
        tokens.store.remove(&key).await.unwrap();
        tokens.store.insert(&key, RefreshFamily { session, ..family }).await.unwrap();
    }
    let ours = refresh(&system, &ours).await.unwrap();
    tokens.revoke(ours.access_token.expose(), Client::FIRST_PARTY).await.unwrap();
    assert_eq!(refresh(&system, &ours).await.unwrap_err(), ErrorKind::InvalidGrant);
    assert!(tokens.refresh(theirs.refresh_token.expose(), other, None).await.is_ok());
}

#[tokio::test]
async fn scope_can_be_narrowed_at_a_refresh_but_not_widened() {
    let system = system().await;
    let pair = grant(&system).await;
    let tokens = system.auth.tokens();
    let ask = |token: &TokenPair, scope: &'static str| {
        let token = token.refresh_token.expose().to_owned();
        async move { tokens.refresh(&token, Client::FIRST_PARTY, Some(scope)).await }
    };
    for wider in ["a b c", "denied", "a  b"] {
        assert_eq!(ask(&pair, wider).await.unwrap_err().kind(), ErrorKind::InvalidScope, "{wider}");
    }
    let narrowed = ask(&pair, "b").await.unwrap();
    assert_eq!(narrowed.scope, "b");
    assert_eq!(refresh(&system, &narrowed).await.unwrap().scope, "a b");
}

#[tokio::test]
async fn daily_use_does_not_carry_a_family_past_its_absolute_end() {
    let system = system().await;
    let mut pair = grant(&system).await;
    for _ in 0..89 {
        system.advance(DAY);
        pair = refresh(&system, &pair).await.unwrap();
    }
    system.advance(DAY);
    assert_eq!(refresh(&system, &pair).await.unwrap_err(), ErrorKind::InvalidGrant);
}

#[tokio::test]
async fn thirty_days_without_use_end_a_family() {
    let system = system().await;
    let pair = grant(&system).await;
    system.advance(30 * DAY);
    assert_eq!(refresh(&system, &pair).await.unwrap_err(), ErrorKind::InvalidGrant);
}

#[tokio::test]
async fn a_disabled_user_and_a_raised_epoch_end_tokens_at_once() {
    let disable = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    let system = system().await;
    let pair = grant(&system).await;
    system.auth.users().update(&system.alice.id, disable).await.unwrap();
    assert!(!is_accepted(&system, &pair).await);
    assert_eq!(refresh(&system, &pair).await.unwrap_err(), ErrorKind::InvalidGrant);

    let system = self::system().await;
    let pair = grant(&system).await;
    system.auth.users().end_all_sessions(&system.alice.id).await.unwrap();
    assert!(!is_accepted(&system, &pair).await);
    assert_eq!(refresh(&system, &pair).await.unwrap_err(), ErrorKind::InvalidGrant);
}

#[tokio::test]
async fn revoking_either_token_ends_both() {
    for which in 0..2 {
        let system = system().await;
        let pair = grant(&system).await;
        let token = if which == 0 { &pair.refresh_token } else { &pair.access_token };
        system.auth.tokens().revoke(token.expose(), Client::FIRST_PARTY).await.unwrap();
        assert!(!is_accepted(&system, &pair).await);
        assert_eq!(refresh(&system, &pair).await.unwrap_err(), ErrorKind::InvalidGrant);
    }
}

#[tokio::test]
async fn garbage_is_refused_and_revoked_without_a_word() {
    let system = system().await;
    let pair = grant(&system).await;
    for garbage in ["", "x", &"A".repeat(66), &"A".repeat(10_000), "a.b.c", "\u{e9}"] {
        let error = system.auth.tokens().refresh(garbage, Client::FIRST_PARTY, None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidGrant);
        system.auth.tokens().revoke(garbage, Client::FIRST_PARTY).await.unwrap();
    }
    assert!(is_accepted(&system, &pair).await);
}
