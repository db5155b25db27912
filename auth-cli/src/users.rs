//! `auth user …`

use auth_core::User;
use auth_core::user::{Account, Email, UserUpdate};

use crate::Out;
use crate::args::{CreateArgs, SetPasswordArgs};
use crate::failure::Failure;
use crate::prompt::new_password;
use crate::store::Store;

/// Accounts read at a time.
pub(crate) const PAGE: usize = 1000;

pub(crate) async fn create(store: &Store, args: CreateArgs, out: Out<'_>) -> Result<(), Failure> {
    let users = store.users()?;
    let mut new = users.new_user(&args.username)?;
    new.email = args.email.as_deref().map(Email::new).transpose()?;
    new.email_verified = args.email_verified;
    new.is_staff = args.staff || args.superuser;
    new.is_superuser = args.superuser;
    (new.groups, new.permissions) = (args.groups, args.permissions);
    let user = if args.no_password {
        users.create_without_password(new).await
    } else {
        users.create(new, new_password(&args.password)?.expose()).await
    };
    let user = user.map_err(|error| match error.kind() {
        auth_core::ErrorKind::AlreadyExists => {
            Failure::failed("another account has that user name or e-mail address")
        }
        _ => error.into(),
    })?;
    Ok(writeln!(out, "Made {} with the id {}.", user.username, user.id)?)
}

pub(crate) async fn set_password(store: &Store, args: SetPasswordArgs, out: Out<'_>) -> Result<(), Failure> {
    let user = store.find(&args.user).await?;
    let password = new_password(&args.password)?;
    if !store.users()?.set_password(&user.id, password.expose()).await? {
        return Err(just_removed());
    }
    Ok(writeln!(out, "{} has a new password; its sessions and tokens have ended.", user.username)?)
}

/// Switches an account on or off.
pub(crate) async fn switch(store: &Store, user: &str, on: bool, out: Out<'_>) -> Result<(), Failure> {
    let user = store.find(user).await?;
    let mut update = UserUpdate::default();
    update.is_active = Some(on);
    let Some(user) = store.admin.update(&user.id, update).await? else { return Err(just_removed()) };
    let outcome = match on {
        true => "may log in again.",
        false => "is switched off; its sessions and tokens have ended.",
    };
    Ok(writeln!(out, "{} {outcome}", user.username)?)
}

fn just_removed() -> Failure {
    Failure::failed("the account has just been removed")
}

pub(crate) async fn list(store: &Store, out: Out<'_>) -> Result<(), Failure> {
    writeln!(out, "id\tusername\temail\tis\tpassword\tlast_login")?;
    let mut page = store.admin.list(None, PAGE).await?;
    while let Some(last) = page.last().map(|account| account.user.id.clone()) {
        for account in &page {
            writeln!(out, "{}", line(account))?;
        }
        page = store.admin.list(Some(&last), PAGE).await?;
    }
    Ok(())
}

fn line(Account { user, password }: &Account) -> String {
    let email = user.email.as_ref().map_or(String::new(), ToString::to_string);
    let password = password.as_ref().map_or("none".to_owned(), |hash| hash.format().to_string());
    let last_login = user.last_login.map_or(String::new(), |at| at.rfc3339());
    [user.id.as_str(), user.username(), &email, &flags(user).join(","), &password, &last_login].join("\t")
}

fn flags(user: &User) -> Vec<&'static str> {
    let flags = [
        (!user.is_active, "disabled"),
        (user.is_superuser, "superuser"),
        (user.is_staff, "staff"),
        (user.email_verified, "verified"),
    ];
    flags.into_iter().filter(|(is_so, _)| *is_so).map(|(_, flag)| flag).collect()
}
