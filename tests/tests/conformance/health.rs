//! Whether a server lives and is ready, for proxies and orchestrators.

use std::time::Duration;

use conformance::{Faults, Framework, TestApp};
use serde_json::json;

fn wait_a_second(app: &TestApp) {
    app.clock.advance(Duration::from_secs(1));
}

pub(crate) fn a_server_says_that_it_lives_and_is_ready(on: Framework) {
    let app = on.start();
    for status in ["live", "ready"] {
        for accept in ["*/*", "text/html"] {
            let reply =
                app.get(&format!("/auth/health/{status}")).header("accept", accept).send().expect(200);
            assert_eq!(reply.json(), json!({ "status": status }));
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            assert_eq!(reply.header("set-cookie"), None);
        }
        app.request("HEAD", &format!("/auth/health/{status}")).send().expect(200);
        app.post(&format!("/auth/health/{status}")).send().expect(405);
    }
}

pub(crate) fn a_server_whose_stores_are_away_lives_and_is_not_ready(on: Framework) {
    let faults = Faults::new();
    let stores = faults.stores();
    let app = on.start_with(|builder| builder.stores(stores));
    app.get("/auth/health/ready").send().expect(200);
    faults.break_down();
    wait_a_second(&app);
    let reply = app.get("/auth/health/ready").send().problem(503, "unavailable");
    assert_eq!(reply.header("retry-after"), Some("2"));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert!(!reply.text().contains("switched off"), "what is wrong is not for the outside: {}", reply.text());
    app.get("/auth/health/live").send().expect(200);
    faults.recover();
    wait_a_second(&app);
    app.get("/auth/health/ready").send().expect(200);
}

pub(crate) fn the_routes_are_there_by_choice_alone(on: Framework) {
    let app = on.start_with(|builder| builder.health_routes(false));
    for status in ["live", "ready"] {
        app.get(&format!("/auth/health/{status}")).send().expect(404);
        app.post(&format!("/auth/health/{status}")).send().expect(404);
    }
}
