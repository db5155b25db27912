//! `auth throttle …`

use crate::failure::Failure;
use crate::out::Out;
use crate::store::Store;

/// Forgets what counts against an account, under each of its names. Attempts are counted at names that nobody has, too.
pub(crate) async fn clear(store: &Store, text: &str, out: Out<'_>) -> Result<(), Failure> {
    let lockouts = store.lockouts();
    lockouts.clear_login(text).await?;
    let Some(user) = store.look_for(text).await? else {
        let name = text.escape_debug();
        return Ok(writeln!(
            out,
            "There is no account `{name}`; failed logins under that name are forgotten."
        )?);
    };
    lockouts.clear(&user.id).await?;
    for name in store.admin.login_names(&user.id).await? {
        lockouts.clear_login(name.as_str()).await?;
    }
    Ok(writeln!(out, "{} may try again: its failed logins are forgotten.", user.username)?)
}
