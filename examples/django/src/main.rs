//! Beside a Django project whose `db.sqlite3` is here (or whose database is a `postgres://…` or `mysql://…`):
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
//!
//! `DJANGO_SECRET_KEY_FALLBACKS` holds the project's `SECRET_KEY_FALLBACKS`, if it has any, with commas between them (as
//! django-environ reads them). `PORT` is the port, 3000 unless set; 0 is any free one.

use std::net::{Ipv4Addr, SocketAddr};

use auth_core::Auth;
use example_django::{Settings, app, auth};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let settings = Settings::from_env()?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await?;
    let base_url = format!("http://localhost:{}", listener.local_addr()?.port());
    let builder = Auth::builder().base_url(&base_url).secret_from_env("AUTH_SECRET");
    let auth = auth(builder, settings).await?;

    println!("listening on {base_url}");
    axum::serve(listener, app(&auth).into_make_service_with_connect_info::<SocketAddr>()).await?;
    Ok(())
}
