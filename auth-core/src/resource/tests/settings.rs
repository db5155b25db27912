//! What is refused at start.

use super::*;

#[tokio::test]
async fn a_guard_for_outside_tokens_without_an_issuer_is_the_application_s_mistake() {
    let world = world_with(|builder| builder).await;
    for (name, value) in [("accept", "*/*"), ("authorization", "Bearer x.y.z")] {
        let refused = world.guard_with(&oauth_required(), name, value).await.unwrap_err();
        assert_eq!((refused.kind(), refused.status()), (ErrorKind::Internal, 500));
        assert!(!refused.is_nobody());
    }
    assert!(world.guard_with(&Requirement::anyone(), "accept", "*/*").await.is_ok());
}

#[test]
fn the_typed_guard_asks_for_its_scope_or_for_none() {
    let scoped = OAuthToken::<Reports>::requirement();
    assert_eq!(format!("{scoped:?}"), format!("{:?}", require_oauth("reports:read")));
    let any = OAuthToken::<AnyScope>::requirement();
    assert_eq!(format!("{any:?}"), format!("{:?}", oauth_required()));
    assert!(OAuthToken::<AnyScope>::from_identity(None).is_none());
    assert!(MaybeUser::from_identity(None).is_some());
}

pub(super) async fn configuration_error(configure: impl FnOnce(AuthBuilder) -> AuthBuilder) -> String {
    let builder = crate::tests::builder().http_client(FakeHttpClient::default());
    let error = configure(builder).build().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[tokio::test]
async fn settings_that_cannot_be_meant_are_refused_at_start_by_the_issuer_s_name() {
    let asked = || OutsideIssuer::introspection(ISSUER, "api", ClientAuthentication::None);
    for (issuer, says) in [
        (OutsideIssuer::jwt(ISSUER), ".audience("),
        (OutsideIssuer::jwt(ISSUER).audience(""), ".audience("),
        (asked(), ".audience("),
        (OutsideIssuer::jwt(ISSUER).client_as_audience(""), ".audience("),
        (OutsideIssuer::jwt(ISSUER).audience(API).leeway(Duration::from_secs(61)), "60 seconds"),
        (OutsideIssuer::jwt("idp.example").audience(API), "idp.example"),
        (OutsideIssuer::jwt("http://idp.example").audience(API), "https"),
        (OutsideIssuer::jwt("https://10.0.0.1").audience(API), "10.0.0.1"),
        (OutsideIssuer::jwt("http://localhost:3000").audience(API), "this application"),
        (OutsideIssuer::jwt(ISSUER).audience(API).algorithms([]), "algorithm"),
        (OutsideIssuer::jwt(ISSUER).audience(API).algorithms([JwsAlgorithm::Hs256]), "symmetric"),
        (OutsideIssuer::jwt(ISSUER).audience(API).jwks_uri("http://idp.example/jwks"), "https"),
        (asked().audience(API).introspection_ttl(Duration::from_secs(301)), "5 minutes"),
        (OutsideIssuer::introspection(ISSUER, "", ClientAuthentication::None).audience(API), "client"),
    ] {
        let said = configuration_error(|builder| builder.outside_issuer(issuer.clone())).await;
        assert!(said.contains(says), "{said}");
    }
    let twice = configuration_error(|builder| {
        let issuer = OutsideIssuer::jwt(ISSUER).audience(API);
        builder.outside_issuer(issuer.clone()).outside_issuer(issuer)
    });
    assert!(twice.await.contains("twice"));
    let two_asked = configuration_error(|builder| {
        let other = OutsideIssuer::introspection(OTHER, "api", ClientAuthentication::None);
        let marked = asked().audience(API).may_see_others_tokens();
        builder.outside_issuer(marked).outside_issuer(other.audience(API))
    });
    let said = two_asked.await;
    assert!(said.contains(OTHER) && said.contains(".may_see_others_tokens("), "{said}");
    let asked_twice = configuration_error(|builder| {
        let marked = asked().audience(API).may_see_others_tokens();
        builder.outside_issuer(marked.clone()).outside_issuer(marked)
    });
    assert!(asked_twice.await.contains("twice"));
    let unused = configuration_error(|builder| builder.map_outside_users(Table::default()));
    assert!(unused.await.contains(".outside_issuer("));
}
