//! `auth user …`

use std::sync::Arc;
use std::time::Duration;

use auth_core::account::Invitation;
use auth_core::random::OsRandom;
use auth_core::user::{Account, Email, LoginName, NewUser, UserUpdate};
use auth_core::{Error, User};

use crate::args::{CreateArgs, InviteArgs, SetPasswordArgs};
use crate::failure::Failure;
use crate::out::{Out, printable};
use crate::prompt::{confirm, new_password};
use crate::store::{PAGE, Store};
use crate::{groups, keys, sessions};

pub(crate) async fn create(store: &Store, args: CreateArgs, out: Out<'_>) -> Result<(), Failure> {
    let users = store.users()?;
    let mut new = users.new_user(&args.username).map_err(|error| explain_name(error, &args.username))?;
    new.email = args.email.as_deref().map(Email::new).transpose()?;
    new.email_verified = args.email_verified;
    new.is_staff = args.staff || args.superuser;
    new.is_superuser = args.superuser;
    groups::check(store, &args.groups).await?;
    (new.groups, new.permissions) = (args.groups, args.permissions);
    check_free(store, &new).await?;
    let user = if args.no_password {
        users.create_without_password(new).await
    } else {
        let check = policy(store, new.username.as_str(), new.email.as_ref());
        let password = new_password(&args.password, check).await?;
        users.create(new, password.expose()).await
    };
    let user = user.map_err(|error| match error.kind() {
        auth_core::ErrorKind::AlreadyExists => {
            Failure::failed("another account has that user name or e-mail address")
        }
        _ => error.into(),
    })?;
    Ok(writeln!(out, "Made {} with the id {}.", user.username, user.id)?)
}

fn explain_name(error: Error, name: &str) -> Failure {
    let failure = Failure::from(error);
    match (failure, Email::new(name)) {
        (Failure::Failed(message), Ok(_)) => {
            Failure::Failed(format!("{message}: give an address by --email"))
        }
        (failure, _) => failure,
    }
}

/// Says before anybody types a password that the name or the address is taken.
async fn check_free(store: &Store, new: &NewUser) -> Result<(), Failure> {
    let names = [Some(LoginName::from(&new.username)), new.email.as_ref().map(LoginName::from)];
    for name in names.into_iter().flatten() {
        if let Some(account) = store.admin.find(&name).await? {
            let (taken, holder) = (name.as_str().escape_debug(), &account.user.username);
            return Err(Failure::failed(format!("another account has `{taken}`: that of {holder}")));
        }
    }
    Ok(())
}

/// The policy for passwords, of this account.
fn policy<'a>(
    store: &Store,
    username: &'a str,
    email: Option<&'a Email>,
) -> impl Fn(&str) -> Result<(), Failure> + use<'a> {
    let (policy, email) = (store.policy(), email.map_or("", |email| email.as_str()));
    move |password| Ok(policy.check(password, &[username, email])?)
}

pub(crate) async fn set_password(store: &Store, args: SetPasswordArgs, out: Out<'_>) -> Result<(), Failure> {
    let user = store.find(&args.user).await?;
    let check = policy(store, user.username(), user.email.as_ref());
    let password = new_password(&args.password, check).await?;
    if !store.accounts()?.set_password(&user.id, password.expose()).await? {
        return Err(just_removed());
    }
    Ok(writeln!(out, "{} has a new password; its sessions and tokens have ended.", user.username)?)
}

/// Switches an account on or off.
pub(crate) async fn switch(store: &Store, user: &str, on: bool, out: Out<'_>) -> Result<(), Failure> {
    let user = store.find(user).await?;
    let mut update = UserUpdate::default();
    update.is_active = Some(on);
    let user = store.update(&user.id, update).await?;
    let outcome = match on {
        true => "may log in again.",
        false => "is switched off; its sessions and tokens have ended.",
    };
    Ok(writeln!(out, "{} {outcome}", user.username)?)
}

pub(crate) async fn promote(
    store: &Store,
    user: &str,
    is_superuser: bool,
    out: Out<'_>,
) -> Result<(), Failure> {
    let user = store.find(user).await?;
    let mut update = UserUpdate::default();
    (update.is_staff, update.is_superuser) = (Some(true), is_superuser.then_some(true));
    let user = store.update(&user.id, update).await?;
    let what = if user.is_superuser { "a superuser, with every permission," } else { "a member" };
    Ok(writeln!(out, "{} is {what} of the staff.", user.username)?)
}

pub(crate) async fn demote(store: &Store, user: &str, out: Out<'_>) -> Result<(), Failure> {
    let user = store.find(user).await?;
    let mut update = UserUpdate::default();
    (update.is_staff, update.is_superuser) = (Some(false), Some(false));
    let user = store.update(&user.id, update).await?;
    Ok(writeln!(out, "{} is neither a superuser nor of the staff.", user.username)?)
}

/// Mails an invitation, or takes one back.
pub(crate) async fn invite(store: &Store, args: InviteArgs, out: Out<'_>) -> Result<(), Failure> {
    let address = args.address.escape_debug().to_string();
    if args.revoke {
        return match store.accounts()?.revoke_invitation(&args.address).await? {
            true => Ok(writeln!(out, "The invitation of {address} is void.")?),
            false => Err(Failure::failed(format!("no invitation of {address} is open"))),
        };
    }
    groups::check(store, &args.groups).await?;
    let days = Duration::from_secs(u64::from(args.days) * 24 * 60 * 60);
    let invitation = Invitation::to(&args.address)?.expires_in(days);
    let invitation = args.groups.into_iter().fold(invitation, Invitation::group);
    let (outbox, secrets) = (store.stores.outbox.clone(), keys::secrets()?);
    let accounts = store.accounts()?.with_outbox(outbox, &secrets, Arc::new(OsRandom));
    accounts.invite(&invitation).await.map_err(|error| match error.kind() {
        auth_core::ErrorKind::AlreadyExists => Failure::failed("an account has that address already"),
        _ => error.into(),
    })?;
    Ok(writeln!(out, "An invitation to {address} is on its way.")?)
}

/// Closes an account, and ends its sessions and refresh tokens.
pub(crate) async fn close(store: &Store, user: &str, days: u32, out: Out<'_>) -> Result<(), Failure> {
    let user = store.find(user).await?;
    let grace = Duration::from_secs(u64::from(days) * 24 * 60 * 60);
    if !store.accounts()?.with_grace(grace).close(&user.id).await? {
        return Err(just_removed());
    }
    sessions::revoke_of(store, &user.id).await?;
    let closed = store.admin.get(&user.id).await?.and_then(|user| user.ending).ok_or_else(just_removed)?;
    Ok(writeln!(out, "{} is closed, and is erased after {}.", user.username, closed.at.rfc3339())?)
}

pub(crate) async fn reopen(store: &Store, user: &str, out: Out<'_>) -> Result<(), Failure> {
    let user = store.find(user).await?;
    match store.accounts()?.reopen(&user.id).await? {
        true => Ok(writeln!(out, "{} is open again.", user.username)?),
        false => Err(Failure::failed(format!("{} is not closed", user.username))),
    }
}

/// Removes an account, after its sessions and refresh tokens: those of an account that is gone would be nobody's.
pub(crate) async fn delete(store: &Store, user: &str, is_sure: bool, out: Out<'_>) -> Result<(), Failure> {
    let user = store.find(user).await?;
    if !is_sure {
        confirm(user.username())?;
    }
    sessions::revoke_of(store, &user.id).await?;
    if !store.accounts()?.erase(&user.id).await? {
        return Err(just_removed());
    }
    Ok(writeln!(out, "Removed {} with the id {}.", user.username, user.id)?)
}

pub(crate) async fn show(store: &Store, user: &str, out: Out<'_>) -> Result<(), Failure> {
    let user = store.find(user).await?;
    let Some(Account { user, password }) = store.admin.account(&user.id).await? else {
        return Err(just_removed());
    };
    let login_names = store.admin.login_names(&user.id).await?;
    let login_names: Vec<_> = login_names.iter().map(LoginName::as_str).collect();
    let may = if user.is_superuser { "everything".to_owned() } else { user.permissions.join(", ") };
    for (what, text) in [
        ("id", user.id.to_string()),
        ("username", user.username.to_string()),
        ("logs in as", login_names.join(", ")),
        ("email", user.email.as_ref().map_or(String::new(), ToString::to_string)),
        ("name", format!("{} {}", user.first_name, user.last_name).trim().to_owned()),
        ("is", flags(&user).join(", ")),
        (
            "ends",
            user.ending
                .and_then(|ending| Some((ending.comes_at()?, ending.cause)))
                .map_or(String::new(), |(at, cause)| format!("{} ({})", at.rfc3339(), cause.as_str())),
        ),
        ("password", password.as_ref().map_or("none".to_owned(), |hash| hash.format().to_string())),
        ("groups", user.groups.join(", ")),
        ("may", may),
        ("joined", user.date_joined.rfc3339()),
        ("last login", user.last_login.map_or("never".to_owned(), |at| at.rfc3339())),
        ("attributes", Some(user.attributes.to_string()).filter(|json| json != "{}").unwrap_or_default()),
    ] {
        if !text.is_empty() {
            writeln!(out, "{what:<10}  {}", printable(&text))?;
        }
    }
    Ok(())
}

pub(crate) fn just_removed() -> Failure {
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
    [user.id.as_str(), user.username(), &email, &flags(user).join(","), &password, &last_login]
        .map(printable)
        .join("\t")
}

fn flags(user: &User) -> Vec<&'static str> {
    let flags = [
        (user.is_closed(), "closed"),
        (!user.is_active && !user.is_closed(), "disabled"),
        (user.is_guest(), "guest"),
        (user.is_superuser, "superuser"),
        (user.is_staff, "staff"),
        (user.email_verified, "verified"),
    ];
    flags.into_iter().filter(|(is_so, _)| *is_so).map(|(_, flag)| flag).collect()
}
