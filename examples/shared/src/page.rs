//! The home page, and what the terminal shows at the start.

use std::fmt::Write as _;

use askama::Template;
use auth_core::user::User;

use crate::users::{DEMO_USERS, DemoUser};

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    username: Option<&'a str>,
    routes: &'a [Route],
    users: &'a [DemoUser],
}

/// A route of the demo as the page lists it.
struct Route {
    path: &'static str,
    guard: &'static str,
}

const ROUTES: [Route; 9] = [
    Route { path: "/open", guard: "nobody asks" },
    Route { path: "/private", guard: "logged in" },
    Route { path: "/reports", guard: "permission reports.view_report" },
    Route { path: "/staff", guard: "staff, as a group guard" },
    Route { path: "/fresh", guard: "logged in within the last five minutes" },
    Route { path: "/api", guard: "access token" },
    Route { path: "/scoped", guard: "access token with the scope reports:read" },
    Route { path: "/basic", guard: "user name and password in the request" },
    Route { path: "/docs", guard: "nobody asks; the login routes, to try" },
];

/// The home page as this user, or nobody, sees it.
pub fn home(user: Option<&User>) -> String {
    let page = Home { username: user.map(User::username), routes: &ROUTES, users: &DEMO_USERS };
    page.render().expect("the template writes text into a string, which cannot fail")
}

/// The users and the lines to try, for the terminal.
pub(crate) fn introduction(base_url: &str) -> String {
    let mut text = String::from("Demo users (the passwords are public, do not put this on a network):\n");
    for DemoUser { username, password, about } in DEMO_USERS {
        let _ = writeln!(text, "  {username:<6} {password:<30} {about}");
    }
    let _ = write!(
        text,
        "To try:\n  \
         curl -c jar -d 'username=alice' --data-urlencode 'password=correct horse battery staple' {base_url}/auth/login\n  \
         curl -b jar {base_url}/private\n  \
         curl -d 'grant_type=password&username=alice&scope=reports:read' \
         --data-urlencode 'password=correct horse battery staple' {base_url}/auth/token\n\
         Open {base_url} in a browser; served on 127.0.0.1 only.\n"
    );
    text
}

#[cfg(test)]
mod tests {
    use auth_core::clock::Timestamp;
    use auth_core::user::{UserId, Username};

    use super::*;

    const WAY_IN: &str = "href=\"/auth/login\"";
    const WAY_OUT: &str = "action=\"/auth/logout\"";

    #[test]
    fn the_page_offers_nobody_the_way_in() {
        let page = home(None);
        assert!(page.contains(WAY_IN) && !page.contains(WAY_OUT), "{page}");
    }

    #[test]
    fn the_page_offers_a_user_the_way_out_and_keeps_names_text() {
        let name = Username::new("<b>alice").unwrap();
        let page = home(Some(&User::new(UserId::new("1"), name, Timestamp::default())));
        assert!(page.contains(WAY_OUT) && !page.contains(WAY_IN), "{page}");
        assert!(page.contains("alice") && !page.contains("<b>"), "{page}");
    }

    #[test]
    fn the_introduction_names_every_user_and_the_address() {
        let text = introduction("http://localhost:3000");
        for user in DEMO_USERS {
            assert!(text.contains(user.username) && text.contains(user.password));
        }
        assert!(text.contains("http://localhost:3000/auth/login"));
    }
}
