//! The example `provider`: the four roles of OAuth, from the browser of the first to the API of the last.

use conformance::{Browser, Request};
use example_provider::{ALICE, Places};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// Where it is served, for as long as the runtime lives.
fn start(runtime: &Runtime) -> Places {
    let on_any_port = async || TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (places, listeners) = runtime.block_on(async {
        let listeners = [on_any_port().await, on_any_port().await, on_any_port().await];
        (Places::of(&listeners).unwrap(), listeners)
    });
    let served = places.clone();
    runtime.spawn(async move { example_provider::serve(listeners, &served).await.unwrap() });
    places
}

#[test]
fn somebody_logs_in_by_the_server_and_sees_what_the_api_keeps() {
    let runtime = Runtime::new().unwrap();
    let places = start(&runtime);
    Request::at(&format!("{}/reports", places.api), "GET").send().expect(401);

    let mut browser = Browser::new();
    let page = browser.open(&format!("{}/auth/login?next=/reports", places.client)).expect(200);
    let page = browser.submit(&page, "/auth/login/work", &[]).expect(200);
    assert!(page.url.starts_with(&format!("{}/auth/login", places.server)), "{:#?}", page.way);
    let login = [("username", ALICE.0), ("password", ALICE.1)];
    let page = browser.submit(&page, "/auth/login", &login).expect(200);
    assert!(page.text().contains("Read your reports"), "{}", page.text());
    let page = browser.submit(&page, "/auth/consent", &[("decision", "allow")]).expect(200);
    assert_eq!(page.url, format!("{}/reports", places.client));
    let said = page.text();
    assert!(said.starts_with("200 reports for ") && said.ends_with("by the client oauth-login"), "{said}");
}
