//! Logins at a provider built on Authlib: a second opinion, on each framework.

use std::time::Duration;

use auth_core::clock::{Clock as _, SystemClock};
use auth_core::provider::ProviderConfig;
use conformance::{Browser, CLIENT, Framework, Software};
use serde_json::json;

/// The provider's id in routes.
const ID: &str = "authlib";

/// Without a space, unlike the other client secrets here: Authlib does not undo the encoding of RFC 6749 section 2.3.1.
const SECRET: &str = "a-client-secret-that-is-longer-than-32-bytes";

pub(crate) fn a_whole_login_through_its_page(on: Framework) {
    for is_public in [false, true] {
        let Some(issuer) = Software::Authlib.issuer() else { return };
        let entry = ProviderConfig::openid_connect(ID, &issuer.issuer, CLIENT.0);
        let entry = if is_public { entry } else { entry.client_secret(SECRET) };
        let app = on.start_with(|builder| builder.provider(entry));
        app.clock.set(SystemClock.now());
        issuer.client(&json!({
            "client_id": CLIENT.0, "client_secret": SECRET,
            "redirect_uris": [format!("{}/auth/login/{ID}/callback", app.base)],
            "token_endpoint_auth_method": if is_public { "none" } else { "client_secret_basic" },
        }));
        issuer.account("dave", &json!({"name": "Dave", "preferred_username": "dave"}));
        let mut browser = Browser::new();
        for _ in 0..2 {
            let page = browser.open(&format!("{}/auth/login?next=%2Fprivate", app.base)).expect(200);
            let page = browser.submit(&page, &format!("/auth/login/{ID}"), &[]).expect(200);
            let page = browser.submit(&page, "/authorize", &[("username", "dave")]).expect(200);
            assert_eq!(page.text(), "hello dave");
            // Its key is another one then, which its ID tokens do not name.
            issuer.rotate();
            app.clock.advance(Duration::from_secs(31));
        }
        assert_eq!(issuer.count("GET /jwks"), 2);
        let page = browser.open(&format!("{}/auth/login", app.base)).expect(200);
        let page = browser.submit(&page, &format!("/auth/login/{ID}"), &[]).expect(200);
        let page = browser.submit(&page, "/authorize", &[("username", "nobody")]).expect(400);
        assert!(page.url.contains("error=access_denied"), "{}", page.url);
    }
}
