//! What axum alone can get wrong; what guards, handlers and login routes answer is tested for all frameworks at once.

use auth_core::access::login_required;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use axum::routing::get;
use tower::ServiceExt as _;

use crate::CurrentUser;

async fn private(user: CurrentUser) -> String {
    user.username().to_string()
}

#[tokio::test]
async fn a_guard_without_the_layer_is_an_error_of_the_server() {
    let group = Router::new().route("/group", get(private)).route_layer(crate::require(login_required()));
    let app = Router::new().route("/private", get(private)).merge(group);
    for path in ["/private", "/group"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(app.clone().oneshot(request).await.unwrap().status(), 500, "{path}");
    }
}
