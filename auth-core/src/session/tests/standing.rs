//! Logins by providers that may have ended: what becomes of the session.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::session::{
    Begun, Entered, Entrance, Goal, Origin, ProviderLogin, ProviderSession, Standing, Visitor,
};
use crate::tests::System;

/// Answers so, one after the other; then that the login stands.
#[derive(Debug)]
struct Answers(Mutex<VecDeque<Option<ErrorKind>>>);

#[async_trait]
impl Standing for Answers {
    async fn check(&self, _: &ProviderLogin) -> Result<(), Error> {
        self.0.lock().unwrap().pop_front().flatten().map_or(Ok(()), |kind| Err(kind.into()))
    }
}

async fn enter(
    system: &System,
    answers: &[Option<ErrorKind>],
    goal: Goal,
    came_with: Option<&Begun>,
) -> Result<Begun, ErrorKind> {
    let standing = Answers(Mutex::new(answers.iter().copied().collect()));
    let built = system.auth.entrance();
    let (logins, pending) = (built.logins().clone(), built.pending_logins.clone());
    let entrance = Entrance::new(logins, pending, built.sessions().clone(), Arc::new(standing));
    let now = system.auth.now();
    let login = ProviderLogin::new(ProviderSession::default(), "alice", now, now + Duration::from_secs(60));
    let visitor = Visitor::new(came_with.map(|begun| *begun.key()), Origin::default());
    match entrance.enter(system.admit().await.into(), goal.by_provider(login), visitor).await {
        Ok(Entered::Session(_, begun)) => Ok(begun),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.kind()),
    }
}

async fn is_alive(system: &System, begun: &Begun) -> bool {
    system.auth.sessions().find(begun.key(), system.auth.now()).await.unwrap().is_some()
}

#[tokio::test]
async fn a_store_that_cannot_say_whether_a_login_stands_logs_nobody_out() {
    let system = System::new().await;
    let down = Some(ErrorKind::Unavailable);
    let mine = enter(&system, &[], Goal::login(false), None).await.unwrap();
    let fresh = || Goal::reauthenticate(Some(&mine.record().handle));
    let refused = enter(&system, &[down], fresh(), Some(&mine)).await;
    assert_eq!(refused.unwrap_err(), ErrorKind::Unavailable);
    assert!(is_alive(&system, &mine).await, "it is as it was");
    let renewed = enter(&system, &[None, down], fresh(), Some(&mine)).await.unwrap();
    assert!(is_alive(&system, &renewed).await && !is_alive(&system, &mine).await);

    let refused = enter(&system, &[down], Goal::login(false), Some(&renewed)).await;
    assert_eq!(refused.unwrap_err(), ErrorKind::Unavailable);
    assert!(is_alive(&system, &renewed).await);
    let sessions = system.auth.sessions().list(&system.alice).await.unwrap();
    assert_eq!(sessions.len(), 1, "what was begun by a login that could not be looked at has ended");
}

#[tokio::test]
async fn a_login_that_ends_while_it_makes_a_session_fresh_ends_that() {
    let system = System::new().await;
    let over = Some(ErrorKind::ProviderError);
    let mine = enter(&system, &[], Goal::login(false), None).await.unwrap();
    let fresh = Goal::reauthenticate(Some(&mine.record().handle));
    let refused = enter(&system, &[None, over], fresh, Some(&mine)).await;
    assert_eq!(refused.unwrap_err(), ErrorKind::ProviderError);
    assert!(system.auth.sessions().list(&system.alice).await.unwrap().is_empty());
}
