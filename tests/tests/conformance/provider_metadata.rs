//! What the authorization server says of itself (RFC 8414, OpenID Connect Discovery 1.0).

use conformance::{Framework, TestApp};
use serde_json::Value;

use crate::relying_party::{serving, shop};

fn document(app: &TestApp, name: &str) -> Value {
    let reply = app.get(&format!("/.well-known/{name}")).send().expect(200);
    assert!(reply.header("cache-control").unwrap().starts_with("public, max-age="));
    reply.json()
}

pub(crate) fn the_server_says_what_it_is(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let metadata = document(&app, "openid-configuration");
    assert_eq!(document(&app, "oauth-authorization-server"), metadata);
    assert_eq!(metadata["issuer"], app.base.as_str());
    for (name, path) in [
        ("authorization_endpoint", "/auth/authorize"),
        ("token_endpoint", "/auth/token"),
        ("userinfo_endpoint", "/auth/userinfo"),
        ("revocation_endpoint", "/auth/revoke"),
        ("introspection_endpoint", "/auth/introspect"),
        ("end_session_endpoint", "/auth/end_session"),
        ("jwks_uri", "/.well-known/jwks.json"),
    ] {
        assert_eq!(metadata[name], format!("{}{path}", app.base));
        assert_ne!(app.get(path).send().status, 404, "{path}");
    }
    for (name, value) in [
        ("response_types_supported", "code"),
        ("code_challenge_methods_supported", "S256"),
        ("id_token_signing_alg_values_supported", "EdDSA"),
        ("subject_types_supported", "public"),
        ("scopes_supported", "reports:read"),
        ("grant_types_supported", "authorization_code"),
        ("grant_types_supported", "urn:ietf:params:oauth:grant-type:device_code"),
        ("token_endpoint_auth_methods_supported", "none"),
        ("token_endpoint_auth_signing_alg_values_supported", "ES512"),
    ] {
        assert!(metadata[name].as_array().unwrap().contains(&value.into()), "{name}: {metadata}");
    }
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
    for (name, value) in [
        ("introspection_endpoint_auth_methods_supported", "none"),
        ("token_endpoint_auth_signing_alg_values_supported", "HS256"),
    ] {
        assert!(!metadata[name].as_array().unwrap().contains(&value.into()), "{name}: {metadata}");
    }
    assert_eq!(metadata["request_uri_parameter_supported"], false);
}

pub(crate) fn whoever_lacks_a_token_is_told_whom_to_ask(on: Framework) {
    let app = on.start_with(serving([shop()]));
    let document = app.get("/.well-known/oauth-protected-resource").send().expect(200).json();
    assert_eq!(
        (&document["resource"], &document["authorization_servers"][0]),
        (&app.base.clone().into(), &app.base.clone().into())
    );
    let named = format!("resource_metadata=\"{}/.well-known/oauth-protected-resource\"", app.base);
    for request in [app.get("/scoped"), app.get("/scoped").bearer("x"), app.get("/private")] {
        let refused = request.send().expect(401);
        assert!(refused.header("www-authenticate").unwrap().ends_with(&named), "{refused:?}");
    }
}

pub(crate) fn without_a_server_there_is_none_of_it(on: Framework) {
    let app = on.start();
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-protected-resource",
        "/auth/authorize",
        "/auth/consent",
        "/auth/grants",
        "/auth/userinfo",
    ] {
        app.get(path).send().problem(404, "not_found");
    }
}
