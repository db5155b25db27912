mod any_of;
mod rejection;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::*;
use crate::error::{Error, ErrorKind};
use crate::http::{AuthResponse, request};
use crate::identity::Identity;
use crate::login::{Amr, Credentials, Method};
use crate::tests::{PASSWORD, System};
use crate::token::{Bearer, Client};
use crate::user::{Email, UserUpdate};

const FRESH: Duration = Duration::from_secs(300);

/// Grants every scope.
#[derive(Debug)]
struct Generous;

#[async_trait]
impl ScopePolicy for Generous {
    async fn allows(&self, _: ScopeRequest<'_>) -> Result<bool, Error> {
        Ok(true)
    }
}

type Header = (&'static str, String);
type Decision = Result<Option<Arc<Identity>>, Rejection>;

/// A header line without anybody in it.
fn nobody() -> Header {
    ("accept", "*/*".to_owned())
}

fn basic(password: &str) -> Header {
    ("authorization", format!("Basic {}", STANDARD.encode(format!("alice:{password}"))))
}

async fn system() -> System {
    System::with(|builder| builder.scope_policy(Generous)).await
}

impl System {
    async fn cookie(&self) -> Header {
        let context = self.auth.context();
        context.observe(&request("POST", "/in", &[]));
        context.login(&self.alice.id).await.unwrap();
        let mut reply = AuthResponse::new(200);
        context.commit(&mut reply);
        ("cookie", reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned())
    }

    async fn token(&self, client: Client<'_>, scope: &str, amr: Amr) -> String {
        let credentials = Credentials::Vouched { user: &self.alice.id, amr };
        let admitted = self.auth.admit(credentials, None).await.unwrap().admitted().unwrap();
        let pair = self.auth.tokens().grant(admitted, client, scope).await.unwrap();
        pair.access_token.expose().to_owned()
    }

    async fn bearer(&self, client: Client<'_>, scope: &str) -> Header {
        ("authorization", format!("Bearer {}", self.token(client, scope, Amr::PWD).await))
    }

    /// What a guard of this requirement says to a program that sends these headers.
    async fn guard(&self, requirement: &Requirement, headers: &[&Header]) -> Decision {
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        self.auth.context().guard(&request("GET", "/x", &headers), requirement).await
    }

    async fn update(&self, update: UserUpdate) {
        self.auth.users().update(&self.alice.id, update).await.unwrap().unwrap();
    }
}

fn challenge(rejection: &Rejection) -> Option<&str> {
    rejection.response().header("www-authenticate")
}

/// Refused with this kind, and with this end of the challenge.
#[track_caller]
fn assert_refused(decision: Decision, kind: ErrorKind, challenge_ends: Option<&str>) {
    let rejection = decision.unwrap_err();
    assert_eq!(rejection.kind(), kind);
    assert_eq!(rejection.status(), kind.reply().status);
    match challenge_ends {
        Some(end) => assert!(challenge(&rejection).unwrap().ends_with(end), "{:?}", challenge(&rejection)),
        None => assert_eq!(challenge(&rejection), None),
    }
}

const BEARER: Option<&str> = Some("Bearer realm=\"Login Required\"");
const BASIC: Option<&str> = Some("Basic realm=\"Login Required\", charset=\"UTF-8\"");

#[tokio::test]
async fn what_an_account_must_be_or_hold_is_refused_until_it_is_so() {
    let address = || Email::new("alice@example.com").ok();
    let none = UserUpdate::default;
    let cases = [
        (
            group_required("writers"),
            UserUpdate { groups: Some(vec!["writers".into()]), ..none() },
            ErrorKind::PermissionDenied,
        ),
        (
            permission_required("reports.view_report"),
            UserUpdate { permissions: Some(vec!["reports.view_report".into()]), ..none() },
            ErrorKind::PermissionDenied,
        ),
        (staff_required(), UserUpdate { is_staff: Some(true), ..none() }, ErrorKind::PermissionDenied),
        (
            superuser_required(),
            UserUpdate { is_superuser: Some(true), ..none() },
            ErrorKind::PermissionDenied,
        ),
        (
            user_passes_test(|user| user.attributes["plan"] == "gold"),
            UserUpdate { attributes: Some(serde_json::json!({ "plan": "gold" })), ..none() },
            ErrorKind::PermissionDenied,
        ),
        (
            verified_email_required(),
            UserUpdate { email: Some((address(), true)), ..none() },
            ErrorKind::EmailUnverified,
        ),
    ];
    for (requirement, update, kind) in cases {
        let system = system().await;
        // All that is close to what is asked for, and not it.
        system.auth.users().put_group("readers", &["reports.view_reports", "reports.view"]).await.unwrap();
        let near =
            UserUpdate { groups: Some(vec!["readers".into()]), email: Some((address(), false)), ..none() };
        system.update(near).await;
        let (cookie, token) = (system.cookie().await, system.bearer(Client::FIRST_PARTY, "a").await);
        for caller in [&cookie, &token] {
            assert_refused(system.guard(&requirement, &[caller]).await, kind, None);
        }
        assert_refused(system.guard(&requirement, &[]).await, ErrorKind::Unauthenticated, BEARER);
        system.update(update).await;
        for caller in [&cookie, &token] {
            assert!(system.guard(&requirement, &[caller]).await.unwrap().is_some(), "{requirement:?}");
        }
    }
}

#[tokio::test]
async fn a_group_gives_its_permissions_and_takes_them_away_again() {
    let (system, needed) = (system().await, permission_required("reports.view_report"));
    let cookie = system.cookie().await;
    system.auth.users().put_group("writers", &["reports.view_report"]).await.unwrap();
    system.update(UserUpdate { groups: Some(vec!["writers".into()]), ..UserUpdate::default() }).await;
    assert!(system.guard(&needed, &[&cookie]).await.is_ok());
    system.auth.users().put_group("writers", &[]).await.unwrap();
    assert_refused(system.guard(&needed, &[&cookie]).await, ErrorKind::PermissionDenied, None);
}

#[tokio::test]
async fn a_superuser_holds_every_permission_but_is_not_staff_in_a_group_or_of_proven_address() {
    let system = system().await;
    system.update(UserUpdate { is_superuser: Some(true), ..UserUpdate::default() }).await;
    let cookie = system.cookie().await;
    assert!(system.guard(&permission_required("any.thing"), &[&cookie]).await.is_ok());
    for (requirement, kind) in [
        (staff_required(), ErrorKind::PermissionDenied),
        (group_required("writers"), ErrorKind::PermissionDenied),
        (verified_email_required(), ErrorKind::EmailUnverified),
    ] {
        assert_refused(system.guard(&requirement, &[&cookie]).await, kind, None);
    }
}

#[tokio::test]
async fn a_disabled_account_is_nobody_and_holds_no_permission_even_as_superuser() {
    let system = system().await;
    let (cookie, token) = (system.cookie().await, system.bearer(Client::FIRST_PARTY, "a").await);
    let update = UserUpdate { is_active: Some(false), is_superuser: Some(true), ..UserUpdate::default() };
    system.update(update).await;
    for requirement in [login_required(), permission_required("any.thing"), superuser_required()] {
        assert_refused(system.guard(&requirement, &[&cookie]).await, ErrorKind::Unauthenticated, BEARER);
        let refused = system.guard(&requirement, &[&token]).await;
        assert_refused(refused, ErrorKind::InvalidToken, Some("error=\"invalid_token\""));
    }
    let disabled = system.auth.users().get(&system.alice.id).await.unwrap().unwrap();
    let identity = Identity::basic(disabled, system.auth.now());
    let needed = permission_required("any.thing").and(basic_required());
    let refused = needed.check(Some(&identity), system.auth.now());
    assert!(matches!(refused, Err(Refusal::PermissionDenied)));
}

#[tokio::test]
async fn a_login_is_fresh_up_to_the_age_asked_for() {
    let (system, needed) = (system().await, fresh_login_required(FRESH));
    let (cookie, token) = (system.cookie().await, system.bearer(Client::FIRST_PARTY, "a").await);
    let end = Some("error=\"insufficient_user_authentication\", max_age=\"300\"");
    system.advance(300);
    for caller in [&cookie, &token] {
        assert!(system.guard(&needed, &[caller]).await.is_ok());
    }
    system.advance(1);
    for caller in [&cookie, &token] {
        assert_refused(system.guard(&needed, &[caller]).await, ErrorKind::ReauthenticationRequired, end);
        assert!(system.guard(&login_required(), &[caller]).await.is_ok());
    }
}

#[tokio::test]
async fn a_second_factor_is_what_the_login_proved_and_nothing_less() {
    let (system, needed) = (system().await, mfa_required());
    let end = Some("error=\"insufficient_user_authentication\", acr_values=\"mfa\"");
    assert_refused(system.guard(&needed, &[&system.cookie().await]).await, ErrorKind::MfaRequired, end);
    for (amr, is_enough) in [
        (Amr::PWD, false),
        (Amr::OTP, false),
        (Amr::PWD.and(Amr::HWK), false),
        (Amr::PWD.and(Amr::MFA), true),
    ] {
        let token = system.token(Client::FIRST_PARTY, "", amr).await;
        let decision = system.guard(&needed, &[&("authorization", format!("Bearer {token}"))]).await;
        if is_enough {
            assert!(decision.unwrap().is_some());
        } else {
            assert_refused(decision, ErrorKind::MfaRequired, end);
        }
    }
}

/// The time of a token is that of whatever was shown last.
#[tokio::test]
async fn a_token_of_several_factors_says_of_none_when_it_was_shown() {
    let (system, needed) = (system().await, fresh_factor_required(Method::Totp, Duration::from_secs(60)));
    let app = Amr::PWD.and(Amr::OTP).and(Amr::MFA);
    for (amr, is_enough) in [(app, true), (app.and(Amr::HWK), false), (Amr::HWK.and(Amr::MFA), false)] {
        let token = system.token(Client::FIRST_PARTY, "", amr).await;
        let decision = system.guard(&needed, &[&("authorization", format!("Bearer {token}"))]).await;
        assert_eq!(decision.is_ok(), is_enough, "{amr:?}");
    }
}

#[tokio::test]
async fn a_scope_is_asked_of_the_token_whoever_holds_it() {
    let (system, needed) = (system().await, scope_required("reports:read"));
    for client in [Client::FIRST_PARTY, Client::new("other")] {
        let token = system.bearer(client, "a reports:read").await;
        assert!(system.guard(&needed, &[&token]).await.unwrap().is_some());
        for scope in ["", "reports", "reports:read:all", "REPORTS:READ"] {
            let refused = system.guard(&needed, &[&system.bearer(client, scope).await]).await;
            let end = Some("error=\"insufficient_scope\", scope=\"reports:read\"");
            assert_refused(refused, ErrorKind::InsufficientScope, end);
        }
    }
    for caller in [&nobody(), &system.cookie().await, &basic(PASSWORD)] {
        assert_refused(system.guard(&needed, &[caller]).await, ErrorKind::Unauthenticated, BEARER);
    }
}

#[tokio::test]
async fn another_clients_token_is_no_user() {
    let system = system().await;
    let token = system.bearer(Client::new("other"), "a").await;
    for requirement in [
        login_required(),
        access_token_required(),
        fresh_login_required(FRESH),
        permission_required("any.thing"),
        staff_required(),
        scope_required("a").and(login_required()),
        Requirement::anyone().and(login_required()),
    ] {
        assert_refused(system.guard(&requirement, &[&token]).await, ErrorKind::UserRequired, None);
    }
    let caller = system.guard(&Requirement::anyone(), &[&token]).await.unwrap();
    assert!(MaybeUser::from_identity(caller).unwrap().is_none());
}

#[tokio::test]
async fn a_client_by_itself_has_scopes_and_is_no_user() {
    let system = system().await;
    let now = system.auth.now();
    let token = system.token(Client::FIRST_PARTY, "a", Amr::PWD).await;
    let bearer = system.auth.tokens().recognise(&token, now).await.unwrap();
    let client = Identity::of_bearer(Bearer { user: None, ..bearer });
    assert!(scope_required("a").check(Some(&client), now).is_ok());
    for requirement in [login_required(), access_token_required(), scope_required("a").and(staff_required())]
    {
        assert!(matches!(requirement.check(Some(&client), now), Err(Refusal::UserRequired)));
    }
}

#[tokio::test]
async fn each_guard_takes_its_own_kinds_of_credential_only() {
    let system = system().await;
    let (cookie, token) = (system.cookie().await, system.bearer(Client::FIRST_PARTY, "a").await);
    let callers = [cookie, token, basic(PASSWORD)];
    for (requirement, takes, challenge) in [
        (login_required(), [true, true, false], BEARER),
        (access_token_required(), [false, true, false], BEARER),
        (scope_required("a"), [false, true, false], BEARER),
        (basic_required(), [false, false, true], BASIC),
        (login_required().and(basic_required()), [false, false, true], BASIC),
        (access_token_required().and(scope_required("a")), [false, true, false], BEARER),
        (access_token_required().and(basic_required()), [false; 3], BEARER),
        (basic_required().and(scope_required("a")).and(login_required()), [false; 3], BEARER),
    ] {
        for (caller, is_taken) in callers.iter().zip(takes) {
            let decision = system.guard(&requirement, &[caller]).await;
            if is_taken {
                assert!(decision.unwrap().is_some(), "{requirement:?} {}", caller.0);
            } else {
                assert_refused(decision, ErrorKind::Unauthenticated, challenge);
            }
        }
        assert_refused(system.guard(&requirement, &[]).await, ErrorKind::Unauthenticated, challenge);
    }
}

#[tokio::test]
async fn a_credential_that_is_there_and_bad_is_refused_beside_a_good_cookie() {
    let system = system().await;
    let cookie = system.cookie().await;
    let bad = ("authorization", "Bearer x.y.z".to_owned());
    for requirement in [Requirement::anyone(), login_required(), access_token_required()] {
        let refused = system.guard(&requirement, &[&cookie, &bad]).await;
        assert_refused(refused, ErrorKind::InvalidToken, Some("error=\"invalid_token\""));
        let refused = system.guard(&requirement, &[&cookie, &bad, &bad]).await;
        assert_refused(refused, ErrorKind::InvalidRequest, None);
    }
    for wrong in
        [basic("wrong"), ("authorization", "Basic !".to_owned()), ("authorization", "Basic".to_owned())]
    {
        let refused = system.guard(&basic_required(), &[&cookie, &wrong]).await;
        assert_refused(refused, ErrorKind::Unauthenticated, BASIC);
    }
}

#[tokio::test]
async fn anyone_passes_as_nobody_and_joined_to_a_demand_must_be_somebody() {
    let system = system().await;
    let anyone = Requirement::anyone().and(Requirement::anyone());
    assert!(system.guard(&anyone, &[]).await.unwrap().is_none());
    assert!(system.guard(&anyone, &[&basic(PASSWORD)]).await.unwrap().is_none());
    assert!(system.guard(&anyone, &[&system.cookie().await]).await.unwrap().is_some());
    for joined in [anyone.clone().and(staff_required()), login_required().and(anyone)] {
        assert_refused(system.guard(&joined, &[]).await, ErrorKind::Unauthenticated, BEARER);
    }
}

#[tokio::test]
async fn one_factor_or_all_of_several_are_asked_for_by_name_and_the_challenge_names_what_is_missing() {
    let system = system().await;
    let (totp, passkey) = (|| factor_required(Method::Totp), || factor_required(Method::Passkey));
    let lacks =
        |name: &str| Some(format!("error=\"insufficient_user_authentication\", acr_values=\"{name}\""));
    for (shown, needed, missing) in [
        (Amr::OTP.and(Amr::MFA), totp(), None),
        (Amr::OTP, totp(), lacks("totp")),
        (Amr::OTP.and(Amr::MFA), passkey(), lacks("passkey")),
        (Amr::SWK.and(Amr::MFA), passkey(), None),
        (Amr::HWK.and(Amr::MFA), passkey(), None),
        (Amr::RECOVERY.and(Amr::MFA), totp(), lacks("totp")),
        (Amr::OTP.and(Amr::MFA), any_of([passkey(), totp()]), None),
        (Amr::RECOVERY.and(Amr::MFA), any_of([passkey(), totp()]), lacks("passkey totp")),
        (Amr::OTP.and(Amr::MFA), totp().and(passkey()), lacks("passkey")),
        (Amr::OTP.and(Amr::HWK).and(Amr::MFA), totp().and(passkey()), None),
    ] {
        let token = system.token(Client::FIRST_PARTY, "", Amr::PWD.and(shown)).await;
        let decision = system.guard(&needed, &[&("authorization", format!("Bearer {token}"))]).await;
        match missing {
            None => assert!(decision.unwrap().is_some(), "{shown:?} {needed:?}"),
            Some(missing) => assert_refused(decision, ErrorKind::MfaRequired, Some(&missing)),
        }
    }
}

#[tokio::test]
async fn the_first_demand_that_is_not_met_refuses() {
    let system = system().await;
    let cookie = system.cookie().await;
    system.advance(301);
    let demands = [
        (fresh_login_required(FRESH), ErrorKind::ReauthenticationRequired),
        (mfa_required(), ErrorKind::MfaRequired),
        (staff_required(), ErrorKind::PermissionDenied),
        (verified_email_required(), ErrorKind::EmailUnverified),
    ];
    for (first, kind) in &demands {
        for (second, _) in &demands {
            let both = login_required().and(first.clone()).and(second.clone());
            assert_eq!(system.guard(&both, &[&cookie]).await.unwrap_err().kind(), *kind);
        }
    }
    system.update(UserUpdate { is_staff: Some(true), ..UserUpdate::default() }).await;
    let both = staff_required().and(mfa_required());
    assert_eq!(system.guard(&both, &[&cookie]).await.unwrap_err().kind(), ErrorKind::MfaRequired);
}

#[tokio::test]
async fn a_cookie_sent_from_another_site_may_change_nothing() {
    let system = system().await;
    let (_, cookie) = system.cookie().await;
    for (origin, method, is_refused) in [
        ("https://evil.example", "POST", true),
        ("null", "DELETE", true),
        ("http://localhost:3000", "POST", false),
        ("https://evil.example", "GET", false),
    ] {
        let asked = request(method, "/x", &[("cookie", cookie.as_str()), ("origin", origin)]);
        let decision = system.auth.context().guard(&asked, &login_required()).await;
        if is_refused {
            assert_refused(decision, ErrorKind::CsrfFailed, None);
        } else {
            assert!(decision.unwrap().is_some(), "{method} {origin}");
        }
    }
}
