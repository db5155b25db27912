//! Taking the second factors from somebody who has lost them.

use std::time::Duration;

use crate::account::FactorReset;
use crate::error::ErrorKind;
use crate::event::{AuditFilter, EventKind};
use crate::mfa::MfaConfig;
use crate::testing::{MemoryMailer, enrol_totp};
use crate::tests::{PASSWORD, System};
use crate::user::{Email, UserId, UserUpdate};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const NEW: &str = "violet umbrella cactus seventeen";

/// Alice with a proven address and an authenticator app, where a reset waits this long.
async fn system(delay: Duration) -> (System, MemoryMailer) {
    let mailer = MemoryMailer::new();
    let sending = mailer.clone();
    let system = System::with(|builder| {
        let builder = builder.mailer(sending, "accounts@app.example").deliver_mail_by_hand();
        builder.mfa(MfaConfig::default().reset_delay(delay))
    })
    .await;
    let proven = (Some(Email::new("alice@x.example").unwrap()), true);
    let update = UserUpdate { email: Some(proven), ..UserUpdate::default() };
    system.auth.users().update(&system.alice.id, update).await.unwrap();
    enrol_totp(&system.auth, "alice").await.unwrap();
    (system, mailer)
}

async fn reset(system: &System) -> FactorReset {
    system.auth.accounts().reset_factors(&system.alice.id).await.unwrap().unwrap()
}

/// The subjects of the mails that went out so far.
async fn told(system: &System, mailer: &MemoryMailer) -> Vec<String> {
    system.auth.deliver_mail().await.unwrap();
    mailer.sent_to("alice@x.example").iter().map(|mail| mail.subject().to_owned()).collect()
}

async fn epoch(system: &System) -> u64 {
    system.auth.users().get(&system.alice.id).await.unwrap().unwrap().auth_epoch
}

#[tokio::test]
async fn the_factors_go_with_the_sessions_and_the_owner_is_told() {
    let (system, mailer) = system(Duration::ZERO).await;
    assert_eq!(system.try_admit("alice", PASSWORD).await.unwrap_err().kind(), ErrorKind::LoginPending);
    let before = epoch(&system).await;
    assert_eq!(reset(&system).await, FactorReset::Done { factors: 1 });
    assert_eq!(epoch(&system).await, before + 1);
    let _ = system.try_admit("alice", PASSWORD).await.unwrap();
    let subjects = told(&system, &mailer).await;
    assert!(subjects.last().unwrap().contains("second factors were removed"), "{subjects:?}");
    let theirs = AuditFilter::default().of_user(&system.alice.id).of_kind(EventKind::FactorsReset);
    assert_eq!(system.auth.audit().list(&theirs, 9).await.unwrap().len(), 1);
    assert_eq!(reset(&system).await, FactorReset::Nothing);
    assert!(system.auth.accounts().reset_factors(&UserId::new("nobody")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_delayed_reset_tells_first_and_is_done_by_a_call_after_it() {
    let (system, mailer) = system(DAY).await;
    let FactorReset::Waits { until } = reset(&system).await else { panic!("it waits") };
    let subjects = told(&system, &mailer).await;
    assert!(subjects.last().unwrap().contains("are to be removed"), "{subjects:?}");
    system.advance(DAY.as_secs() - 1);
    assert_eq!(reset(&system).await, FactorReset::Waits { until });
    assert_eq!(told(&system, &mailer).await.len(), subjects.len(), "told once");
    assert_eq!(system.try_admit("alice", PASSWORD).await.unwrap_err().kind(), ErrorKind::LoginPending);
    system.advance(1);
    assert_eq!(reset(&system).await, FactorReset::Done { factors: 1 });
}

#[tokio::test]
async fn an_owner_who_says_no_voids_it() {
    let (system, _) = system(DAY).await;
    assert!(matches!(reset(&system).await, FactorReset::Waits { .. }));
    assert!(system.auth.accounts().set_password(&system.alice.id, NEW).await.unwrap());
    system.advance(DAY.as_secs());
    assert!(matches!(reset(&system).await, FactorReset::Waits { .. }), "it begins anew");
}

#[tokio::test]
async fn one_that_nobody_finishes_within_a_week_begins_anew() {
    let (system, _) = system(DAY).await;
    reset(&system).await;
    system.advance(8 * DAY.as_secs());
    assert!(matches!(reset(&system).await, FactorReset::Waits { .. }));
}

#[tokio::test]
async fn accounts_of_a_command_that_know_no_factors_say_what_to_call() {
    let (system, accounts) = super::system().await;
    let refused = accounts.reset_factors(&system.alice.id).await.unwrap_err();
    assert!(refused.kind() == ErrorKind::Configuration && refused.to_string().contains("with_factors"));
}
