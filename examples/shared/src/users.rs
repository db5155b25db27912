//! The demo users, and what they may give to clients.

use async_trait::async_trait;
use auth_core::Auth;
use auth_core::access::{ScopePolicy, ScopeRequest};
use auth_core::error::{Error, ErrorKind};
use auth_core::user::Email;

/// A user of the demo.
#[derive(Clone, Copy, Debug)]
pub struct DemoUser {
    /// The name to log in with.
    pub username: &'static str,
    /// The password; public, as everything about the demo is.
    pub password: &'static str,
    /// What the user may do.
    pub about: &'static str,
}

/// The users that [`seed`] makes.
pub const DEMO_USERS: [DemoUser; 3] = [
    DemoUser {
        username: "alice",
        password: "correct horse battery staple",
        about: "a writer, may see reports",
    },
    DemoUser { username: "root", password: "trustworthy demo passphrase", about: "staff, may do everything" },
    DemoUser {
        username: "bob",
        password: "another fine demo passphrase",
        about: "may do nothing in particular",
    },
];

/// The permission behind the reports.
const VIEW_REPORT: &str = "reports.view_report";

/// Makes the demo users that are not there yet.
///
/// # Errors
/// When the store cannot answer.
pub async fn seed(auth: &Auth) -> Result<(), Error> {
    auth.users().put_group("writers", &[VIEW_REPORT]).await?;
    for demo in DEMO_USERS {
        make(auth, &demo).await?;
    }
    Ok(())
}

async fn make(auth: &Auth, demo: &DemoUser) -> Result<(), Error> {
    let users = auth.users();
    if users.find(demo.username).await?.is_some() {
        return Ok(());
    }
    let mut new = users.new_user(demo.username)?;
    match demo.username {
        "alice" => {
            (new.email, new.email_verified) = (Some(Email::new("alice@example.com")?), true);
            new.groups = vec!["writers".to_owned()];
        }
        "root" => {
            new.is_staff = true;
            new.is_superuser = true;
        }
        _ => {}
    }
    match users.create(new, demo.password).await {
        // Another instance of the demo was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome.map(drop),
    }
}

/// Who may see reports may give clients the scope for it.
#[derive(Clone, Copy, Debug)]
pub struct ReportScopes;

#[async_trait]
impl ScopePolicy for ReportScopes {
    async fn allows(&self, request: ScopeRequest<'_>) -> Result<bool, Error> {
        Ok(request.scope == "reports:read" && request.user.has_permission(VIEW_REPORT))
    }
}
