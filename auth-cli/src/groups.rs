//! `auth group …`, and the groups of an account.

use auth_core::user::UserUpdate;

use crate::args::GroupsArgs;
use crate::failure::Failure;
use crate::out::{Out, printable};
use crate::store::Store;

pub(crate) async fn create(
    store: &Store,
    name: &str,
    permissions: Vec<String>,
    out: Out<'_>,
) -> Result<(), Failure> {
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Failure::usage("a group has a name, without control characters"));
    }
    if !store.admin.add_group(name, &permissions).await? {
        return Err(Failure::failed(format!("the group `{}` is here already", name.escape_debug())));
    }
    Ok(writeln!(out, "Made the group {name}.")?)
}

pub(crate) async fn list(store: &Store, out: Out<'_>) -> Result<(), Failure> {
    for group in store.admin.groups().await? {
        writeln!(out, "{}\t{}", printable(&group.name), printable(&group.permissions.join(", ")))?;
    }
    Ok(())
}

/// Puts an account into groups, takes it out of others, and lists those that it is in then.
pub(crate) async fn of_user(store: &Store, args: GroupsArgs, out: Out<'_>) -> Result<(), Failure> {
    let mut user = store.find(&args.user).await?;
    check(store, &args.add).await?;
    if let Some(group) = args.remove.iter().find(|group| !user.is_in_group(group)) {
        let (name, group) = (user.username(), group.escape_debug());
        return Err(Failure::failed(format!("{name} is not in the group `{group}`")));
    }
    if !args.add.is_empty() || !args.remove.is_empty() {
        let mut groups = user.groups.clone();
        groups.extend(args.add);
        groups.retain(|group| !args.remove.contains(group));
        let mut update = UserUpdate::default();
        update.groups = Some(groups);
        user = store.update(&user.id, update).await?;
    }
    let is_in = if user.groups.is_empty() { "no group".to_owned() } else { user.groups.join(", ") };
    Ok(writeln!(out, "{} is in {}.", printable(user.username()), printable(&is_in))?)
}

/// Refuses a group that is not there: it would be one that permits nothing, and mostly a slip.
pub(crate) async fn check(store: &Store, groups: &[String]) -> Result<(), Failure> {
    if groups.is_empty() {
        return Ok(());
    }
    let known = store.admin.groups().await?;
    let Some(missing) = groups.iter().find(|group| !known.iter().any(|known| known.name == **group)) else {
        return Ok(());
    };
    let names: Vec<_> = known.iter().map(|group| format!("`{}`", group.name)).collect();
    let others = if names.is_empty() {
        "there is none yet".to_owned()
    } else {
        format!("there are {}", names.join(", "))
    };
    Err(Failure::failed(format!(
        "there is no group `{}`, {others}; `auth group create` makes one",
        missing.escape_debug()
    )))
}
