//! Second factors, as far as a login sees them: who has one. The features that show one come later.

use async_trait::async_trait;
use auth_core::Error;
use auth_core::login::{Amr, Method, SecondFactors};
use auth_core::testing::{ShownFactor, show_factor};
use auth_core::user::User;

use crate::app::{Person, TestApp};
use crate::client::Reply;

/// The users with these names have an authenticator app, and codes for the day when it is gone.
#[derive(Debug)]
pub struct Holders(pub &'static [&'static str]);

#[async_trait]
impl SecondFactors for Holders {
    async fn missing(&self, user: &User, amr: Amr) -> Result<Vec<Method>, Error> {
        let is_missing = self.0.contains(&user.username()) && !amr.contains(Amr::OTP);
        Ok(if is_missing { vec![Method::Totp, Method::RecoveryCode] } else { Vec::new() })
    }
}

/// What a program is told in place of a login that lacks a factor: these bytes, and no session, no token.
pub const MFA_REQUIRED: &str = r#"{"status":"mfa_required","methods":["totp","recovery_code"]}"#;

/// The reply, which says to a program that a factor is missing; answers the pending cookie.
#[track_caller]
pub fn waits(reply: Reply) -> String {
    let reply = reply.expect(200);
    assert_eq!(
        (reply.header("content-type"), reply.text().as_str()),
        (Some("application/json"), MFA_REQUIRED)
    );
    only_waits(&reply)
}

/// The same to a browser, which is led on.
#[track_caller]
pub fn waits_in_a_browser(reply: Reply) -> String {
    let reply = reply.redirect("/auth/mfa");
    assert!(reply.body.is_empty(), "{}", reply.text());
    only_waits(&reply)
}

/// The reply, which hands out the cookie of a login that waits and nothing else; answers its value.
#[track_caller]
pub fn only_waits(reply: &Reply) -> String {
    assert_eq!((reply.session(), reply.known_cookie()), (None, None), "{:?}", reply.headers);
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let pending = reply.cookie("pending").unwrap();
    let line = format!("pending={pending}; Path=/; HttpOnly; SameSite=Lax; Max-Age=600");
    assert_eq!(reply.all("set-cookie"), [line.as_str()]);
    pending
}

impl TestApp {
    /// Asserts that the cookie of a login that waits opens nothing.
    #[track_caller]
    pub fn opens_nothing(&self, pending: &str) {
        for name in ["pending", "session"] {
            for route in ["/private", "/auth/me", "/auth/sessions", "/fresh", "/reports"] {
                let guarded = self.get(route).cookies(&[(name, pending)]);
                guarded.send().problem(401, "unauthenticated");
            }
        }
        self.get("/api").bearer(pending).send().problem(401, "invalid_token");
    }

    /// Logs somebody in who has a second factor, and answers the cookie of the login that waits for it.
    #[track_caller]
    pub fn login_waits(&self, person: Person) -> String {
        only_waits(&self.try_login(person.name, person.password).send().expect(200))
    }

    /// Shows the factor that is missing, as its routes will, and answers the session; nothing when no login waits under these cookies.
    pub fn show_factor(&self, cookies: &[(&str, &str)]) -> Option<String> {
        match self.show(cookies, Some(Amr::OTP)).unwrap() {
            ShownFactor::LoggedIn { cookie, .. } => Some(cookie.split_once('=').unwrap().1.to_owned()),
            _ => None,
        }
    }

    /// Shows a wrong one; false when no login waits there, or none that has a try left.
    pub fn try_factor(&self, pending: &str) -> bool {
        self.show(&[("pending", pending)], None).unwrap() == ShownFactor::Wrong
    }

    /// What comes of showing a factor, a wrong one where `shown` is nothing.
    ///
    /// # Errors
    /// As [`show_factor`].
    pub fn show(&self, cookies: &[(&str, &str)], shown: Option<Amr>) -> Result<ShownFactor, Error> {
        self.block_on(show_factor(&self.auth, &header(cookies), shown))
    }
}

fn header(cookies: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("; ")
}
