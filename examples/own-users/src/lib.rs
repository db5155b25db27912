//! An application that keeps its own table of users: it implements `UserStore` over that table, and leaves sessions, tokens
//! and keys to the SQLite backend in the same file.

pub mod people;

use auth_axum::{CurrentUser, Require};
use auth_core::access::{Policy, Requirement, permission_required};
use auth_core::{Auth, AuthBuilder};
use auth_store::SqlStore;
use axum::Router;
use axum::routing::get;

use crate::people::People;

/// The system over both.
///
/// # Errors
/// When the database cannot be opened or the settings are wrong.
pub async fn auth(url: &str, people: People, builder: AuthBuilder) -> Result<Auth, auth_core::Error> {
    let auth = builder.store(SqlStore::connect(url).await?).user_store(people).build().await?;
    auth.migrate().await?;
    Ok(auth)
}

/// Two routes: one for everybody who is logged in, one for librarians.
pub fn app(auth: &Auth) -> Router {
    Router::new()
        .route("/card", get(card))
        .route("/lend", get(lend))
        .merge(auth_axum::routes(auth))
        .layer(auth_axum::layer(auth))
}

struct LendsBooks;

impl Policy for LendsBooks {
    fn requirement() -> Requirement {
        permission_required("books.lend_book")
    }
}

async fn card(user: CurrentUser) -> String {
    format!("library card of {}", user.username())
}

async fn lend(user: Require<LendsBooks>) -> String {
    format!("{} may lend books", user.username())
}

#[cfg(test)]
mod tests {
    use auth_core::password::{Argon2Params, PasswordConfig};
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use tower::ServiceExt as _;

    use super::*;

    const SECRET: &str = "8cvmFWDeVzXDUT+kNs1mHBVszY0JhbKgPa4eYRY2GpQ=";

    async fn library(url: &str) -> Router {
        let params = Argon2Params::insecure_any_cost(8, 1, 1).unwrap();
        let builder = Auth::builder()
            .base_url("http://localhost:3000")
            .secret_text(SECRET)
            .password(PasswordConfig::default().with_params(params));
        let people = People::open(url).await.unwrap();
        let auth = auth(url, people.clone(), builder).await.unwrap();
        people.add(auth.hasher(), "Irma", "a card index of old", true).await.unwrap();
        people.add(auth.hasher(), "Paul", "reads on the tram daily", false).await.unwrap();
        app(&auth)
    }

    async fn call(app: &Router, request: Request<Body>) -> (StatusCode, Option<String>) {
        let response = app.clone().oneshot(request).await.unwrap();
        let cookie = response.headers().get("set-cookie").and_then(|value| value.to_str().ok());
        (response.status(), cookie.and_then(|value| value.split(';').next()).map(str::to_owned))
    }

    async fn log_in(app: &Router, body: &'static str) -> (StatusCode, Option<String>) {
        let request = Request::post("/auth/login").header("content-type", "application/json");
        call(app, request.body(Body::from(body)).unwrap()).await
    }

    #[tokio::test]
    async fn people_log_in_with_the_rows_that_the_application_has() {
        let folder = tempfile::tempdir().unwrap();
        let app = library(&format!("sqlite:{}?mode=rwc", folder.path().join("library.db").display())).await;
        let (status, _) = log_in(&app, r#"{"username":"irma","password":"wrong"}"#).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        for (body, card, lend) in [
            (r#"{"username":"IRMA","password":"a card index of old"}"#, StatusCode::OK, StatusCode::OK),
            (
                r#"{"username":"paul","password":"reads on the tram daily"}"#,
                StatusCode::OK,
                StatusCode::FORBIDDEN,
            ),
        ] {
            let (status, cookie) = log_in(&app, body).await;
            assert_eq!(status, StatusCode::OK);
            for (path, expected) in [("/card", card), ("/lend", lend)] {
                let request = Request::get(path).header("cookie", cookie.clone().unwrap());
                assert_eq!(call(&app, request.body(Body::empty()).unwrap()).await.0, expected, "{path}");
            }
        }
    }
}
