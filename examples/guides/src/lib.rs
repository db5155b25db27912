//! Guides for teams that come from elsewhere: each familiar call beside ours, on axum, actix-web and rocket.
//!
//! | you have | read |
//! |---|---|
//! | Django | [`coming_from_django`] |
//! | Flask with Flask-Login, Flask-Dance or Flask-Security | [`coming_from_flask`] |
//! | FastAPI | [`coming_from_fastapi`] |
//! | Authlib, OAuthLib, requests-oauthlib | [`coming_from_authlib`] |
//! | django-oauth-toolkit, Authlib as a server, Keycloak | [`coming_from_another_provider`] |
//! | logins that ask for more than a password, and rules on who must have that | [`second_factors`] |
//! | to know what happened, who was refused and why | [`events_and_audit`] |
//! | a sign-up form, pages and words of your own, a front end or tests to write | [`recipes`] |
//! | a single-page or a mobile application | [`single_page_applications`] |
//! | a program or pages of your own that call the login routes | [`http_routes`] |
//! | a login by a finger or a face instead of a password | [`passkeys`] |
//! | other applications that log in with yours, programs that need tokens | [`be_a_provider`] |
//! | "Sign in with GitHub", or an issuer of access tokens | [`providers`] |
//! | an application below a path, several on one host, or one on several servers | [`hosting`] |
//! | servers to run: what they need, what to watch, how to upgrade | [`deploying`] |
//! | accounts to look after from a shell | [`the_command`] |
//! | users to bring along | [`moving_your_users`], and from there a page for each step |
//!
//! Every snippet compiles. Those with a `routes()` make up the routes of [`on_axum`], [`on_actix`] and [`on_rocket`],
//! which the scenarios in `tests/` ask on real sockets.

#[doc = include_str!("../coming_from_django.md")]
pub mod coming_from_django {}

#[doc = include_str!("../coming_from_flask.md")]
pub mod coming_from_flask {}

#[doc = include_str!("../coming_from_fastapi.md")]
pub mod coming_from_fastapi {}

#[doc = include_str!("../coming_from_authlib.md")]
pub mod coming_from_authlib {}

#[doc = include_str!("../coming_from_another_provider.md")]
pub mod coming_from_another_provider {}

#[doc = include_str!("../accounts.md")]
pub mod accounts {}

#[doc = include_str!("../second_factors.md")]
pub mod second_factors {}

#[doc = include_str!("../events_and_audit.md")]
pub mod events_and_audit {}

#[doc = include_str!("../recipes.md")]
pub mod recipes {}

#[doc = include_str!("../single_page_applications.md")]
pub mod single_page_applications {}

#[doc = include_str!("../http_routes.md")]
pub mod http_routes {}

#[doc = include_str!("../passkeys.md")]
pub mod passkeys {}

#[doc = include_str!("../be_a_provider.md")]
pub mod be_a_provider {}

#[doc = include_str!("../providers.md")]
pub mod providers {}

#[doc = include_str!("../hosting.md")]
pub mod hosting {}

#[doc = include_str!("../deploying.md")]
pub mod deploying {}

#[doc = include_str!("../the_command.md")]
pub mod the_command {}

#[doc = include_str!("../moving_your_users.md")]
pub mod moving_your_users {
    #[doc = include_str!("../moving_point_at_your_database.md")]
    pub mod point_at_your_database {}

    #[doc = include_str!("../moving_side_by_side.md")]
    pub mod side_by_side {}

    #[doc = include_str!("../moving_import.md")]
    pub mod import {}

    #[doc = include_str!("../moving_what_happens.md")]
    pub mod what_happens {}
}

pub mod on_actix;
pub mod on_axum;
pub mod on_rocket;

pub use self::shown::authlib_endpoints::calendar;
pub use self::shown::cors_actix::cors;
pub use self::shown::fastapi_jwt::takes_old_tokens;
pub use self::shown::own_pages::looks_like_us;
pub use self::shown::spa_origin::allows_the_front_end;

/// The code of the guides, one module for each block that begins with `rust,run:` or `rust,test:`.
#[expect(unreachable_pub, reason = "in the guides it stands in a module of the reader's")]
mod shown {
    include!(concat!(env!("OUT_DIR"), "/shown.rs"));
}
