//! `auth sessions …`

use std::time::Duration;

use auth_core::UserId;
use auth_core::clock::Timestamp;
use auth_core::event::EventId;

use crate::args::RevokeArgs;
use crate::failure::Failure;
use crate::out::Out;
use crate::store::{PAGE, Store};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a session may lie idle is the application's setting, which is not known here: without `idle_days`, what has reached
/// its absolute end goes. Nor is it known how long events are kept: without `events_days` they stay.
pub(crate) async fn clear_expired(
    store: &Store,
    idle_days: Option<u32>,
    events_days: Option<u32>,
    out: Out<'_>,
) -> Result<(), Failure> {
    let now = store.clock.now();
    let idle_since = idle_days.map_or(Timestamp::from_unix_millis(i64::MIN), |days| now - DAY * days);
    let stores = &store.stores;
    let sessions = stores.sessions.remove_expired(now, idle_since).await?;
    let families = stores.refresh.remove_expired(now, idle_since).await?;
    let others = stores.short_lived.remove_expired(now).await? + stores.keys.remove_gone(now).await?;
    let accounts = store.accounts()?.erase_ended().await?;
    if accounts > 0 {
        writeln!(out, "Erased {accounts} accounts that had come to their end.")?;
    }
    if let Some(days) = events_days {
        let events = stores.audit.remove_before(EventId::at(now - DAY * days)).await?;
        writeln!(out, "Forgot {events} events.")?;
    }
    writeln!(out, "Forgot {sessions} sessions, {families} refresh tokens, {others} other things.")?;
    Ok(())
}

pub(crate) async fn revoke(store: &Store, target: &RevokeArgs, out: Out<'_>) -> Result<(), Failure> {
    let Some(user) = &target.user else { return revoke_all(store, out).await };
    let user = store.find(user).await?;
    let ended = revoke_of(store, &user.id).await?;
    writeln!(out, "Ended every session and token of {}: {ended} sessions.", user.username)?;
    Ok(())
}

async fn revoke_all(store: &Store, out: Out<'_>) -> Result<(), Failure> {
    let (mut users, mut sessions) = (0_u64, 0);
    let mut page = store.admin.list(None, PAGE).await?;
    while let Some(last) = page.last().map(|account| account.user.id.clone()) {
        for account in &page {
            sessions += revoke_of(store, &account.user.id).await?;
            users += 1;
        }
        page = store.admin.list(Some(&last), PAGE).await?;
    }
    writeln!(out, "Ended every session and token of {users} users: {sessions} sessions.")?;
    Ok(())
}

/// The epoch first: with it everything is dead, whatever of the rest can still be removed.
pub(crate) async fn revoke_of(store: &Store, user: &UserId) -> Result<usize, Failure> {
    store.admin.raise_epoch(user).await?;
    store.stores.refresh.remove_by_user(user).await?;
    Ok(store.stores.sessions.remove_by_user(user, None).await?.len())
}
