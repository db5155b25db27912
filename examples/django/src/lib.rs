//! An axum application beside a Django project that goes on running: the same users, groups and permissions, and whoever is logged
//! in there is logged in here.

use auth_axum::{CurrentUser, Require};
use auth_core::access::{Policy, Requirement, permission_required};
use auth_core::password::NewHashFormat;
use auth_core::{Auth, AuthBuilder};
use auth_store::{DjangoOptions, DjangoStore, SqlStore};
use axum::Router;
use axum::routing::get;

/// What Django 5.2 writes, so that either side takes the other's passwords for its own.
const LIKE_DJANGO: NewHashFormat = NewHashFormat::DjangoPbkdf2Sha256 { iterations: 1_000_000 };

mod settings;

pub use settings::Settings;

/// The system over Django's users, with everything else in a SQLite file of its own.
///
/// # Errors
/// When a database cannot be opened, Django's tables are not as named, or the settings are wrong.
pub async fn auth(builder: AuthBuilder, settings: Settings) -> Result<Auth, auth_core::Error> {
    let options = DjangoOptions::side_by_side(LIKE_DJANGO);
    let options = settings.secret_keys.into_iter().fold(options, DjangoOptions::secret_key);
    let users = DjangoStore::connect(&settings.django, options).await?;
    let mut builder = builder.store(users.beside(SqlStore::connect(&settings.own).await?));
    if let Some(until) = settings.sessions_until {
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
mod tests;
