//! Whom a token stands for here.

use super::*;

#[tokio::test]
async fn a_token_is_a_user_only_where_the_application_maps_it_to_an_active_one() {
    let table = Table::default();
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API);
    let world = world_with(|builder| builder.outside_issuer(issuer).map_outside_users(table.clone())).await;
    let map = |subject: &str, id: Option<&str>| {
        table.0.lock().unwrap().insert(subject.to_owned(), id.map(UserId::new));
    };
    let alice = world.system.alice.id.clone();
    let token = world.idp.token();
    let as_user = oauth_required().and(login_required());
    let editor = require_oauth("reports:read").and(permission_required("reports.view_report"));

    assert!(world.guard(&oauth_required(), &token).await.unwrap().unwrap().user().is_none());
    for requirement in [&as_user, &editor] {
        assert_eq!(refusal(world.guard(requirement, &token).await), ErrorKind::UserRequired);
    }

    map("u1", Some(alice.as_str()));
    let caller = world.guard(&as_user, &token).await.unwrap().unwrap();
    assert_eq!(caller.acting_user().unwrap().id, alice);
    assert_eq!(refusal(world.guard(&editor, &token).await), ErrorKind::PermissionDenied);
    let update =
        UserUpdate { permissions: Some(vec!["reports.view_report".into()]), ..UserUpdate::default() };
    world.system.auth.users().update(&alice, update).await.unwrap();
    assert!(world.guard(&editor, &token).await.is_ok());
    // Our own guards do not take it for all that.
    assert_eq!(refusal(world.guard(&login_required(), &token).await), ErrorKind::InvalidToken);

    let inactive = UserUpdate { is_active: Some(false), ..UserUpdate::default() };
    world.system.auth.users().update(&alice, inactive).await.unwrap();
    for requirement in [&oauth_required(), &as_user] {
        assert_eq!(refusal(world.guard(requirement, &token).await), ErrorKind::InvalidToken);
    }
    map("u1", Some("nobody"));
    assert_eq!(refusal(world.guard(&oauth_required(), &token).await), ErrorKind::InvalidToken);
    map("u1", None);
    assert_eq!(refusal(world.guard(&oauth_required(), &token).await), ErrorKind::Unavailable);
}

#[tokio::test]
async fn the_time_of_a_login_is_the_issuer_s_word_and_its_factors_are_not_ours() {
    let table = Table::default();
    let issuer = OutsideIssuer::jwt(ISSUER).audience(API);
    let world = world_with(|builder| builder.outside_issuer(issuer).map_outside_users(table.clone())).await;
    table.0.lock().unwrap().insert("u1".into(), Some(world.system.alice.id.clone()));
    let fresh = oauth_required().and(fresh_login_required(Duration::from_secs(300)));
    let token = |changes| world.idp.token_with(changes);
    assert!(world.guard(&fresh, &token(json!({"auth_time": NOW - 299}))).await.is_ok());
    for old in [json!({"auth_time": NOW - 301}), json!({})] {
        assert_eq!(refusal(world.guard(&fresh, &token(old)).await), ErrorKind::ReauthenticationRequired);
    }
    let claims_mfa = token(json!({"amr": ["mfa", "otp"], "acr": "mfa"}));
    let strong = oauth_required().and(mfa_required());
    assert_eq!(refusal(world.guard(&strong, &claims_mfa).await), ErrorKind::MfaRequired);
}

#[tokio::test]
async fn an_outside_token_opens_no_account_route() {
    let world = world().await;
    let bearer = format!("Bearer {}", world.idp.token());
    let reply = world.system.auth.handle(request("GET", "/auth/me", &[("authorization", &bearer)])).await;
    assert_eq!(reply.status(), 401);
}
