//! Alternatives: one is enough, and when none is met the nearest is told.

use super::*;

fn groups(names: &[&str]) -> UserUpdate {
    let groups = names.iter().map(|name| (*name).to_owned()).collect();
    UserUpdate { groups: Some(groups), ..UserUpdate::default() }
}

async fn with_groups(names: &[&str]) -> System {
    let system = system().await;
    system.auth.users().put_group("editors", &["books.change_book"]).await.unwrap();
    system.auth.users().put_group("auditors", &[]).await.unwrap();
    system.update(groups(names)).await;
    system
}

#[tokio::test]
async fn one_of_them_is_enough_whichever_it_is() {
    let needed =
        any_of([permission_required("books.change_book"), group_required("auditors"), superuser_required()]);
    let or = permission_required("books.change_book").or(group_required("auditors")).or(superuser_required());
    for (held, is_enough) in [(&["editors"][..], true), (&["auditors"], true), (&[], false)] {
        let system = with_groups(held).await;
        let (cookie, token) = (system.cookie().await, system.bearer(Client::FIRST_PARTY, "").await);
        for (requirement, caller) in [(&needed, &cookie), (&needed, &token), (&or, &cookie), (&or, &token)] {
            let decision = system.guard(requirement, &[caller]).await;
            if is_enough {
                assert!(decision.unwrap().is_some(), "{held:?}");
            } else {
                assert_refused(decision, ErrorKind::PermissionDenied, None);
            }
        }
        assert_refused(system.guard(&needed, &[]).await, ErrorKind::Unauthenticated, BEARER);
    }
}

#[tokio::test]
async fn what_was_joined_before_is_one_side_and_what_is_joined_after_holds_for_all() {
    let (editor, auditor) = (|| group_required("editors"), || group_required("auditors"));
    let both_or_fresh = || editor().and(auditor()).or(fresh_login_required(FRESH));
    for (held, is_stale, is_staff, met) in [
        (&["editors", "auditors"][..], true, false, [true, false]),
        (&["editors"], true, false, [false, false]),
        (&["editors"], false, false, [true, false]),
        (&["editors", "auditors"], true, true, [true, true]),
        (&[], true, true, [false, false]),
    ] {
        let system = with_groups(held).await;
        system.update(UserUpdate { is_staff: Some(is_staff), ..UserUpdate::default() }).await;
        let cookie = system.cookie().await;
        system.advance(if is_stale { 301 } else { 0 });
        for (needed, is_met) in [both_or_fresh(), both_or_fresh().and(staff_required())].into_iter().zip(met)
        {
            assert_eq!(system.guard(&needed, &[&cookie]).await.is_ok(), is_met, "{held:?} {needed:?}");
        }
    }
}

#[tokio::test]
async fn the_nearest_refusal_is_told_and_of_two_alike_the_first() {
    let system = system().await;
    let (cookie, token) = (system.cookie().await, system.bearer(Client::FIRST_PARTY, "b").await);
    let other = system.bearer(Client::new("other"), "b").await;
    system.advance(301);
    let staff = staff_required;
    let age = || fresh_login_required(FRESH);
    let cases = [
        (any_of([staff(), verified_email_required(), age()]), &cookie, ErrorKind::ReauthenticationRequired),
        (any_of([mfa_required(), age()]), &cookie, ErrorKind::MfaRequired),
        (any_of([age(), mfa_required()]), &cookie, ErrorKind::ReauthenticationRequired),
        (any_of([staff(), verified_email_required()]), &cookie, ErrorKind::EmailUnverified),
        (any_of([basic_required(), staff()]), &cookie, ErrorKind::PermissionDenied),
        (any_of([staff(), scope_required("a")]), &token, ErrorKind::InsufficientScope),
        (any_of([staff(), scope_required("a")]), &other, ErrorKind::InsufficientScope),
        (any_of([staff(), scope_required("a")]), &cookie, ErrorKind::PermissionDenied),
        (any_of([basic_required(), login_required()]), &other, ErrorKind::UserRequired),
        (any_of([access_token_required(), staff().and(age())]), &cookie, ErrorKind::PermissionDenied),
    ];
    for (needed, caller, kind) in cases {
        assert_eq!(system.guard(&needed, &[caller]).await.unwrap_err().kind(), kind, "{needed:?}");
    }
}

#[tokio::test]
async fn each_takes_the_credentials_that_it_names_and_no_others() {
    let system = system().await;
    system.update(UserUpdate { is_staff: Some(true), ..UserUpdate::default() }).await;
    let (cookie, token) = (system.cookie().await, system.bearer(Client::FIRST_PARTY, "a").await);
    let callers = [cookie, token, basic(PASSWORD)];
    for (needed, takes) in [
        (scope_required("a").or(basic_required()), [false, true, true]),
        (login_required().or(basic_required()), [true, true, true]),
        (staff_required().or(superuser_required()), [true, true, false]),
        // Alice is of the staff, but came by another way than that alternative takes.
        (staff_required().or(basic_required().and(superuser_required())), [true, true, false]),
        // Nothing names its credentials but what is joined to both.
        (staff_required().or(superuser_required()).and(basic_required()), [false, false, true]),
        (any_of([staff_required()]).and(access_token_required()), [false, true, false]),
        (access_token_required().or(basic_required()).and(basic_required()), [false, false, true]),
    ] {
        for (caller, is_taken) in callers.iter().zip(takes) {
            assert_eq!(system.guard(&needed, &[caller]).await.is_ok(), is_taken, "{needed:?} {}", caller.0);
        }
    }
}

#[tokio::test]
async fn nobody_is_told_of_the_ways_in() {
    let system = system().await;
    let told = async |requirement: Requirement| {
        let rejection = system.guard(&requirement, &[]).await.unwrap_err();
        let lines = rejection.response().headers().filter(|(name, _)| *name == "www-authenticate");
        lines.map(|(_, value)| value.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told(access_token_required().or(basic_required())).await, ["Bearer", "Basic"]);
    assert_eq!(told(login_required().or(basic_required())).await, ["Bearer"]);
    assert_eq!(told(basic_required().or(basic_required().and(staff_required()))).await, ["Basic"]);
}

#[tokio::test]
async fn a_bad_credential_is_refused_whatever_would_be_met_without_it() {
    let system = system().await;
    let (cookie, bad) = (system.cookie().await, ("authorization", "Bearer x.y.z".to_owned()));
    for needed in [login_required().or(basic_required()), Requirement::anyone().or(staff_required())] {
        let refused = system.guard(&needed, &[&cookie, &bad]).await;
        assert_refused(refused, ErrorKind::InvalidToken, Some("error=\"invalid_token\""));
    }
}

#[tokio::test]
async fn beside_anyone_everybody_passes() {
    let system = system().await;
    let needed = staff_required().or(Requirement::anyone());
    assert!(system.guard(&needed, &[]).await.unwrap().is_none());
    assert!(system.guard(&needed, &[&system.cookie().await]).await.unwrap().is_some());
    let joined = needed.and(staff_required());
    assert_refused(system.guard(&joined, &[]).await, ErrorKind::Unauthenticated, BEARER);
    assert_refused(system.guard(&joined, &[&system.cookie().await]).await, ErrorKind::PermissionDenied, None);
}

/// Staff, or whoever holds a token for it.
struct StaffOrScope;

impl Policy for StaffOrScope {
    fn requirement() -> Requirement {
        staff_required().or(scope_required("a"))
    }
}

#[tokio::test]
async fn a_typed_policy_of_alternatives_still_answers_a_user() {
    let (system, needed) = (system().await, Require::<StaffOrScope>::requirement());
    let by_scope = system.bearer(Client::FIRST_PARTY, "a").await;
    let user = Require::<StaffOrScope>::from_identity(system.guard(&needed, &[&by_scope]).await.unwrap());
    assert_eq!(user.unwrap().username(), "alice");
    let refused = system.guard(&needed, &[&system.cookie().await]).await;
    assert_refused(refused, ErrorKind::PermissionDenied, None);
    let of_another_client = system.bearer(Client::new("other"), "a").await;
    assert_refused(system.guard(&needed, &[&of_another_client]).await, ErrorKind::UserRequired, None);
}
