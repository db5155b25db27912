use std::sync::Arc;
use std::time::Duration;

use crate::access::{CurrentUser, Guard, MaybeUser, Requirement, login_required};
use crate::error::ErrorKind;
use crate::http::{AuthRequest, BODY_TIMEOUT, RequestBody, request};
use crate::identity::Identity;
use crate::tests::System;

use super::{KEPT, Slot, admit, admit_optional, read_body};

fn asked(headers: &[(&'static str, &str)]) -> AuthRequest {
    request("GET", "/private", headers)
}

const BAD_TOKEN: [(&str, &str); 1] = [("authorization", "Bearer x")];

/// A guard whose value never comes.
#[derive(Debug)]
struct Broken;

impl Guard for Broken {
    fn requirement() -> Requirement {
        Requirement::anyone()
    }

    fn from_identity(_: Option<Arc<Identity>>) -> Option<Self> {
        None
    }
}

#[tokio::test]
async fn a_guard_without_a_value_is_an_error_of_the_server() {
    let slot = Slot::new(&System::new().await.auth);
    assert_eq!(admit::<Broken>(&slot, &asked(&[])).await.unwrap_err().status(), 500);
    assert_eq!(admit_optional::<Broken>(&slot, &asked(&[])).await.unwrap_err().kind(), ErrorKind::Internal);
}

#[tokio::test]
async fn an_optional_guard_takes_nobody_and_no_bad_token() {
    let auth = System::new().await.auth;
    let nobody = admit_optional::<CurrentUser>(&Slot::new(&auth), &asked(&[])).await;
    assert!(nobody.unwrap().is_none());
    let refused = admit_optional::<CurrentUser>(&Slot::new(&auth), &asked(&BAD_TOKEN)).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidToken);
}

#[tokio::test]
async fn a_refusal_that_was_swallowed_goes_out_in_place_of_any_reply() {
    let slot = Slot::new(&System::new().await.auth);
    assert!(slot.settle(200).is_none());
    assert!(admit::<MaybeUser>(&slot, &asked(&BAD_TOKEN)).await.is_err());
    for status in [200, 303, 404, 500] {
        assert_eq!(slot.settle(status).unwrap().status(), 401);
    }
}

#[tokio::test]
async fn that_nobody_is_there_is_swallowed_by_whoever_likes() {
    let slot = Slot::new(&System::new().await.auth);
    assert!(admit::<CurrentUser>(&slot, &asked(&[])).await.is_err());
    assert!(slot.settle(200).is_none());
}

#[tokio::test]
async fn a_guard_that_was_never_asked_decides_before_an_error_leaves() {
    let slot = Slot::new(&System::new().await.auth);
    slot.register(login_required());
    assert!(slot.is_undecided(400) && !slot.is_undecided(200));
    assert_eq!(slot.settle_with(&asked(&[]), 400).await.unwrap().status(), 401);

    let slot = Slot::new(&System::new().await.auth);
    slot.register(Requirement::anyone());
    assert!(slot.settle_with(&asked(&[]), 400).await.is_none());
}

#[tokio::test]
async fn a_guard_that_was_asked_is_decided() {
    let slot = Slot::new(&System::new().await.auth);
    slot.register(CurrentUser::requirement());
    assert!(admit::<CurrentUser>(&slot, &asked(&[])).await.is_err());
    assert!(!slot.is_undecided(400));
}

#[tokio::test]
async fn a_kept_reply_goes_out_for_its_status_alone() {
    let slot = Slot::new(&System::new().await.auth);
    let rejection = admit::<CurrentUser>(&slot, &asked(&[])).await.unwrap_err();
    assert!(slot.settle(KEPT).is_none());
    slot.keep(&rejection);
    assert!(slot.settle(200).is_none() && slot.settle(500).is_none());
    assert_eq!(slot.settle(KEPT).unwrap().status(), 401);
}

#[tokio::test]
async fn a_body_is_waited_for_ten_seconds_and_no_longer() {
    let system = System::new().await;
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    let body = read_body(&system.auth, std::future::pending()).await;
    assert!(matches!(body, RequestBody::Late));
    assert_eq!(began.elapsed().as_secs(), 10);
    let body = read_body(&system.auth, async {
        tokio::time::sleep(BODY_TIMEOUT - Duration::from_millis(2)).await;
        RequestBody::Complete(b"x".to_vec())
    });
    assert!(matches!(body.await, RequestBody::Complete(_)));
}
