//! Second factors of people in tests.

use crate::auth::Auth;
use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::mfa::TotpKey;

/// An authenticator app, as somebody in a test has it.
#[derive(Debug)]
pub struct TestTotp {
    key: TotpKey,
    /// The recovery codes that came with it.
    pub recovery_codes: Vec<String>,
}

impl TestTotp {
    /// One that was given this secret, in base 32, as `POST /auth/mfa/totp` offers it.
    ///
    /// # Panics
    /// Where it is none.
    pub fn of_secret(secret: &str) -> Self {
        let key = TotpKey::of_written(secret).expect("a secret in base 32");
        Self { key, recovery_codes: Vec::new() }
    }

    /// The code that it shows at this moment.
    pub fn code_at(&self, at: Timestamp) -> String {
        self.key.code_at(at)
    }
}

/// Gives a user an authenticator app without any route: the account's first, or in the place of the one that it has.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), auth_core::Error> {
/// use auth_core::testing::enrol_totp;
/// # use auth_core::clock::Timestamp;
/// # use auth_core::{Auth, store::MemoryStore};
/// # let auth = Auth::builder().base_url("http://localhost:3000").store(MemoryStore::new());
/// # let auth = auth.secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").build().await?;
/// # auth.users().create_without_password(auth.users().new_user("alice")?).await?;
///
/// let app = enrol_totp(&auth, "alice").await?;
/// assert_eq!(app.code_at(Timestamp::from_unix_seconds(1_800_000_000)).len(), 6);
/// assert_eq!(app.recovery_codes.len(), 10);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// `NotFound` for a name that nobody has; `EmailUnverified`; `Unavailable`.
pub async fn enrol_totp(auth: &Auth, login: &str) -> Result<TestTotp, Error> {
    let user = auth.users().find(login).await?;
    let user = user.ok_or_else(|| {
        Error::new(ErrorKind::NotFound).with_detail(format!("the test has no user {login:?}"))
    })?;
    let (key, codes) = auth.mfa().enrol_by_hand(&user).await?;
    let recovery_codes = codes.iter().map(|code| code.expose().to_owned()).collect();
    Ok(TestTotp { key, recovery_codes })
}
