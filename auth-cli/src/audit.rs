//! `auth audit`

use std::collections::BTreeSet;
use std::time::Duration;

use auth_core::UserId;
use auth_core::event::{AuditFilter, Event, EventId};
use tokio::time::sleep;

use crate::audit_args::{AuditArgs, Since};
use crate::failure::Failure;
use crate::out::{Out, printable};
use crate::store::Store;

/// How often it is looked for what is new.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How far back it is looked each time: the clocks of servers differ, and what is written later may have happened before.
const OVERLAP: Duration = Duration::from_secs(15);

pub(crate) async fn run(store: &Store, args: &AuditArgs, out: Out<'_>) -> Result<(), Failure> {
    let filter = filter(store, args).await?;
    let mut events = store.stores.audit.list(&filter, args.limit).await?;
    events.reverse();
    for event in &events {
        print(event, args.json, out)?;
    }
    match args.follow {
        true => follow(store, filter, &events, args, out).await,
        false => Ok(()),
    }
}

async fn filter(store: &Store, args: &AuditArgs) -> Result<AuditFilter, Failure> {
    let mut filter = AuditFilter::default();
    filter.kind = args.kind;
    if let Some(user) = &args.user {
        // Of an account that is gone the events are there still, under its pseudonym.
        let known = store.look_for(user).await?.map(|user| user.id.clone());
        filter.user = Some(known.unwrap_or_else(|| UserId::new(user.as_str())));
    }
    filter = match args.since {
        Some(Since::Ago(time)) => filter.since(store.clock.now() - time),
        Some(Since::Moment(moment)) => filter.since(moment),
        None => filter,
    };
    if let Some(text) = &args.event {
        let range = EventId::parse(text).map(|id| (id, id.next()));
        let (from, to) = range.or_else(|| EventId::range_of_reference(text)).ok_or_else(|| {
            Failure::usage("--event: neither an id of an event nor the reference that a page shows")
        })?;
        filter = filter.between(from, to);
    }
    Ok(filter)
}

/// What is new, from what was printed on.
async fn follow(
    store: &Store,
    filter: AuditFilter,
    printed: &[Event],
    args: &AuditArgs,
    out: Out<'_>,
) -> Result<(), Failure> {
    let begin = EventId::at(store.clock.now() - OVERLAP).max(filter.from);
    let mut seen: BTreeSet<EventId> = printed.iter().map(|event| event.id).collect();
    // What lies in the overlap and was not among the last that were printed is left out: it is old.
    if let Some(first) = printed.first() {
        let old = filter.clone().between(begin, first.id.max(begin));
        seen.extend(store.stores.audit.list(&old, usize::from(u16::MAX)).await?.iter().map(|event| event.id));
    }
    loop {
        out.flush()?;
        sleep(LOOK_EVERY).await;
        let from = EventId::at(store.clock.now() - OVERLAP).max(filter.from);
        seen.retain(|id| *id >= from);
        let recent = filter.clone().between(from, EventId::LAST).oldest_first();
        for event in store.stores.audit.list(&recent, usize::from(u16::MAX)).await? {
            if seen.insert(event.id) {
                print(&event, args.json, out)?;
            }
        }
    }
}

fn print(event: &Event, is_json: bool, out: Out<'_>) -> Result<(), Failure> {
    match is_json {
        // JSON escapes what a terminal would obey, but for what stands between U+0080 and U+009F.
        true => writeln!(
            out,
            "{}",
            printable(&serde_json::to_string(event).map_err(|error| Failure::failed(error.to_string()))?)
        )?,
        false => writeln!(out, "{}", line(event))?,
    }
    Ok(())
}

/// When, what, to whom, from where, the rest, and by which id, with tabs between.
fn line(event: &Event) -> String {
    let details = &event.details;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    let rest = [
        details.reason.map(|reason| reason.name().to_owned()),
        (!details.amr.is_empty()).then(|| details.amr.join("+")),
        (!details.changed.is_empty()).then(|| details.changed.join(",")),
        details.provider.clone(),
        details.client.clone(),
        details.login.as_ref().map(|login| format!("login={login}")),
        details.session.as_ref().map(|session| format!("session={session}")),
        details.count.map(|count| format!("{count}x")),
    ];
    let rest: Vec<_> = rest.into_iter().flatten().collect();
    let columns = [
        event.at.rfc3339(),
        event.kind.to_string(),
        or_none(event.user.as_ref().map(|user| user.to_string())),
        or_none(event.ip.map(|ip| ip.to_string())),
        or_none(event.route.as_deref().map(str::to_owned)),
        or_none(Some(rest.join(" ")).filter(|rest| !rest.is_empty())),
        event.id.to_string(),
    ];
    columns.map(|column| printable(&column)).join("\t")
}

#[cfg(test)]
mod tests {
    use auth_core::clock::Timestamp;
    use auth_core::event::EventKind;

    use super::*;

    #[test]
    fn a_line_is_one_whatever_somebody_called_themselves() {
        let id = EventId::at(Timestamp::from_unix_seconds(1_800_000_000));
        let mut event = Event::new(id, Timestamp::from_unix_seconds(1_800_000_000), EventKind::TokenRevoked);
        event.user = Some(UserId::new("u1\n\u{1b}[2J"));
        event.details.client = Some("shop\tevil\u{9b}".to_owned());
        let line = line(&event);
        assert_eq!(
            line,
            format!(
                "2027-01-15T08:00:00Z\ttoken.revoked\tu1\u{fffd}\u{fffd}[2J\t-\t-\tshop\u{fffd}evil\u{fffd}\t{id}"
            )
        );
        let mut json = Vec::new();
        print(&event, true, &mut json).unwrap();
        let json = String::from_utf8(json).unwrap();
        assert!(json.lines().count() == 1 && !json.trim_end().contains(char::is_control), "{json}");
    }
}
