//! An axum application beside a Django project that goes on running: the same users, groups and permissions, and whoever is logged
//! in there is logged in here.

use auth_axum::{CurrentUser, Require};
use auth_core::access::{Policy, Requirement, permission_required};
use auth_core::clock::Timestamp;
use auth_core::password::NewHashFormat;
use auth_core::{Auth, AuthBuilder};
use auth_store::{DjangoOptions, DjangoStore, SqlStore};
use axum::Router;
use axum::routing::get;

/// What Django 5.2 writes, so that either side takes the other's passwords for its own.
const LIKE_DJANGO: NewHashFormat = NewHashFormat::DjangoPbkdf2Sha256 { iterations: 1_000_000 };

/// The system over Django's users in the database at `django`, with everything else in a SQLite file at `own`. Django's sessions
/// count here until the date `until`; without one they do not.
///
/// # Errors
/// When a database cannot be opened, Django's tables are not as named, or the settings are wrong.
pub async fn auth(
    builder: AuthBuilder,
    django: &str,
    secret_key: String,
    own: &str,
    until: Option<Timestamp>,
) -> Result<Auth, auth_core::Error> {
    let options = DjangoOptions::side_by_side(LIKE_DJANGO).secret_key(secret_key);
    let users = DjangoStore::connect(django, options).await?;
    let mut builder = builder.store(users.beside(SqlStore::connect(own).await?));
    if let Some(until) = until {
        builder = builder.outside_sessions(users.sessions()?, until);
    }
    let auth = builder.build().await?;
    auth.migrate().await?;
    Ok(auth)
}

/// Two routes: Django's `@login_required`, and its `@permission_required("auth.view_user")`.
pub fn app(auth: &Auth) -> Router {
    Router::new()
        .route("/private", get(private))
        .route("/users", get(users))
        .merge(auth_axum::routes(auth))
        .layer(auth_axum::layer(auth))
}

struct ViewsUsers;

impl Policy for ViewsUsers {
    fn requirement() -> Requirement {
        permission_required("auth.view_user")
    }
}

async fn private(user: CurrentUser) -> String {
    format!("hello {}", user.username())
}

async fn users(user: Require<ViewsUsers>) -> String {
    format!("{} may see users", user.username())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_without_djangos_tables_is_refused_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let own = format!("sqlite:{}?mode=rwc", folder.path().join("own.db").display());
        SqlStore::connect(&own).await.unwrap();
        let refused = auth(Auth::builder(), &own, "key".to_owned(), &own, None).await.unwrap_err();
        assert!(refused.to_string().contains("`auth_user`"), "{refused}");
    }
}
