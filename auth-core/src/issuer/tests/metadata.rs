//! What issuers say of themselves.

use super::*;

fn document(issuer: &str) -> Value {
    json!({
        "issuer": issuer,
        "authorization_endpoint": "https://idp.example/authorize",
        "token_endpoint": "https://idp.example/token",
        "jwks_uri": JWKS,
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none", "ES512", "PS256"],
    })
}

fn answers(url: &str, document: &Value) -> Idp {
    let idp = Idp::new();
    idp.servers.answer_json(Method::Get, url, document);
    idp
}

async fn kind_of(idp: &Idp, issuer: &IssuerId) -> Option<OutsideFault> {
    idp.issuers.metadata(issuer).await.err().and_then(|error| error.fault())
}

#[tokio::test]
async fn metadata_is_fetched_once() {
    let idp = answers(METADATA, &document(ISSUER));
    let issuer = IssuerId::parse(ISSUER).unwrap();
    let metadata = idp.issuers.metadata(&issuer).await.unwrap();
    assert_eq!(metadata.jwks_uri, Some(url(JWKS)));
    assert_eq!(
        metadata.id_token_algorithms(),
        [JwsAlgorithm::Es256, JwsAlgorithm::Es512, JwsAlgorithm::Ps256]
    );
    assert!(Arc::ptr_eq(&metadata, &idp.issuers.metadata(&issuer).await.unwrap()));
    assert_eq!(idp.servers.requests().len(), 1);
}

#[tokio::test]
async fn rs256_is_what_an_issuer_signs_with_that_says_nothing() {
    let mut document = document(ISSUER);
    document.as_object_mut().unwrap().remove("id_token_signing_alg_values_supported");
    let idp = answers(METADATA, &document);
    let metadata = idp.issuers.metadata(&IssuerId::parse(ISSUER).unwrap()).await.unwrap();
    assert_eq!(metadata.id_token_algorithms(), [JwsAlgorithm::Rs256]);
}

#[tokio::test]
async fn metadata_of_another_issuer_is_refused() {
    for other in [
        "https://idp.example/",
        "https://IDP.example",
        "https://idp.example:443",
        "https://idp.example/x",
        "http://idp.example",
        "https://evil.example",
        "",
    ] {
        let idp = answers(METADATA, &document(other));
        let issuer = IssuerId::parse(ISSUER).unwrap();
        assert_eq!(kind_of(&idp, &issuer).await, Some(OutsideFault::Failed), "{other}");
    }
    let idp = answers(METADATA, &json!({"token_endpoint": "https://idp.example/token"}));
    assert!(kind_of(&idp, &IssuerId::parse(ISSUER).unwrap()).await.is_some());
}

#[tokio::test]
async fn an_endpoint_that_may_not_be_called_is_left_out() {
    let issuer = IssuerId::parse(ISSUER).unwrap();
    for member in [
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
        "end_session_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "device_authorization_endpoint",
    ] {
        for bad in [
            "http://idp.example/",
            "https://169.254.169.254/",
            "https://localhost/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "/relative",
            "https://user:pw@idp.example/",
            "",
        ] {
            let mut document = document(ISSUER);
            document[member] = json!(bad);
            let idp = answers(METADATA, &document);
            let metadata = idp.issuers.metadata(&issuer).await.unwrap();
            let endpoints = [
                ("authorization_endpoint", &metadata.authorization_endpoint),
                ("token_endpoint", &metadata.token_endpoint),
                ("userinfo_endpoint", &metadata.userinfo_endpoint),
                ("jwks_uri", &metadata.jwks_uri),
                ("end_session_endpoint", &metadata.end_session_endpoint),
                ("revocation_endpoint", &metadata.revocation_endpoint),
                ("introspection_endpoint", &metadata.introspection_endpoint),
                ("device_authorization_endpoint", &metadata.device_authorization_endpoint),
            ];
            let held = endpoints.iter().find(|(name, _)| *name == member).unwrap().1;
            assert_eq!(held.as_ref(), None, "{member} {bad}");
            assert!(metadata.lacks(member).contains("cannot be used"), "{member} {bad}");
        }
    }
}

#[tokio::test]
async fn a_template_must_be_what_the_metadata_says() {
    let template = "https://idp.example/{tenantid}/v2.0";
    let at = "https://idp.example/common/v2.0/.well-known/openid-configuration";
    let many = IssuerId::template("https://idp.example/common/v2.0", template).unwrap();
    assert_eq!(kind_of(&answers(at, &document(template)), &many).await, None);
    for other in ["https://idp.example/{tenant}/v2.0", "https://idp.example/common/v2.0", ISSUER] {
        assert!(kind_of(&answers(at, &document(other)), &many).await.is_some(), "{other}");
    }
    // A template that the metadata brings along, unasked, is none.
    let one = IssuerId::parse("https://idp.example/common/v2.0").unwrap();
    assert!(kind_of(&answers(at, &document(template)), &one).await.is_some());
}

#[tokio::test]
async fn what_is_no_metadata_is_refused() {
    let issuer = IssuerId::parse(ISSUER).unwrap();
    for bad in bad_documents() {
        let idp = Idp::new();
        let answer = bad.clone();
        idp.servers.answer_by(Method::Get, METADATA, move |_| answer.clone());
        assert_eq!(kind_of(&idp, &issuer).await, Some(OutsideFault::Failed), "{bad:?}");
    }
}

#[tokio::test]
async fn authorization_servers_that_are_no_openid_providers_are_asked_elsewhere() {
    let issuer = IssuerId::parse(ISSUER).unwrap();
    let idp = answers(SERVER_METADATA, &document(ISSUER));
    idp.servers.answer(Method::Get, METADATA, OutboundResponse::new(404, ""));
    assert!(idp.issuers.server_metadata(&issuer).await.is_ok());
    assert_eq!(kind_of(&idp, &issuer).await, Some(OutsideFault::Failed));

    let down = answers(SERVER_METADATA, &document(ISSUER));
    down.servers.fail(Method::Get, METADATA, OutboundFault::Timeout);
    assert!(down.issuers.server_metadata(&issuer).await.is_err());
    assert!(down.servers.requests_to(Method::Get, SERVER_METADATA).is_empty());

    let other = answers(SERVER_METADATA, &document("https://evil.example"));
    other.servers.answer(Method::Get, METADATA, OutboundResponse::new(404, ""));
    assert!(other.issuers.server_metadata(&issuer).await.is_err());
}
