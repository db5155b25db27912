//! Beside a Django project whose `db.sqlite3` is here (or whose database is a `postgres://…`):
//!
//! ```sh
//! export DJANGO_DATABASE=sqlite:db.sqlite3 DJANGO_SECRET_KEY='the one in settings.py'
//! export AUTH_SECRET="$(openssl rand -base64 32)"
//! export DJANGO_SESSIONS_UNTIL=2027-01-29T08:00:00Z   # see below
//! cargo run -p example-django
//! curl -c jar -d username=alice --data-urlencode 'password=her password in Django' http://localhost:3000/auth/login
//! curl -b jar http://localhost:3000/private
//! curl -H 'Cookie: sessionid=…' -i http://localhost:3000/private
//! ```
//!
//! `DJANGO_SESSIONS_UNTIL` is the date until which Django's own sessions count here (RFC 3339): the day of the move, and two weeks
//! for the `SESSION_COOKIE_AGE` of the last ones. It stays as it is from start to start. Unset, they do not count.

use std::env;
use std::net::SocketAddr;

use auth_core::Auth;
use auth_core::clock::Timestamp;
use example_django::{app, auth};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let variable = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
    let builder = Auth::builder().base_url("http://localhost:3000").secret_from_env("AUTH_SECRET");
    let (database, key) = (variable("DJANGO_DATABASE")?, variable("DJANGO_SECRET_KEY")?);
    let until =
        env::var("DJANGO_SESSIONS_UNTIL").ok().map(|date| Timestamp::from_rfc3339(&date)).transpose()?;
    let auth = auth(builder, &database, key, "sqlite:auth.db?mode=rwc", until).await?;

    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://localhost:3000");
    axum::serve(listener, app(&auth).into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
