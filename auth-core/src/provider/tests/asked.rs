//! How a provider's API is asked for a profile.

use serde_json::json;

use super::super::*;
use super::idp::{Idp, url};
use crate::clock::Timestamp;
use crate::outbound::Method;
use crate::testing::ManualClock;
use crate::tests::System;

#[tokio::test]
async fn an_api_is_asked_by_the_method_and_with_the_headers_that_it_wants() {
    let clock = ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000));
    let idp = Idp::new(&clock);
    let entry = Idp::config().userinfo_endpoint(url("/me")).userinfo_method(UserinfoMethod::Post);
    let entry =
        entry.userinfo_accept("application/vnd.idp+json").userinfo_header("IdP-Version", "2022-06-28");
    let client = idp.client.clone();
    let system = System::at(clock, |builder| builder.provider(entry).http_client(client)).await;
    idp.client.answer_json(Method::Post, &url("/me"), &json!({ "sub": "248289761001" }));
    let connection = system.auth.providers().connection("idp").unwrap();
    assert_eq!(connection.profile_by_api(&"at".into()).await.unwrap().subject, "248289761001");
    let asked = idp.client.requests_to(Method::Post, &url("/me")).pop().unwrap();
    for (name, value) in [
        ("accept", "application/vnd.idp+json"),
        ("authorization", "Bearer at"),
        ("idp-version", "2022-06-28"),
    ] {
        let sent: Vec<_> = asked.headers.iter().filter(|(held, _)| held == name).collect();
        assert_eq!((sent.len(), sent[0].1.expose()), (1, value), "{name}");
    }
}
