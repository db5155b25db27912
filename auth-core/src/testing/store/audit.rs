//! Cases of [`AuditStore`](crate::event::AuditStore), and of events that come with a change of an account.

use std::sync::Arc;

use crate::event::{AuditFilter, Denial, Event, EventId, EventKind};
use crate::store::Stores;
use crate::user::{AccountChange, Attachment, Erasure, Insertion, SignUpEvents, UserUpdate};

use super::outbox::{letter, waiting};
use super::users::{admin, get, id, insert, new_user, with_email};
use super::{PARALLEL, all_at_once, at, winners};

/// An event that happened so many seconds after the start.
pub(super) fn event(n: u8, second: i64, kind: EventKind, user: Option<&str>) -> Event {
    let mut bytes = *EventId::at(at(second)).as_bytes();
    bytes[15] = n;
    let mut event = Event::new(EventId::new(bytes), at(second), kind);
    event.user = user.map(id);
    event
}

fn attached(event: &Event) -> Vec<Attachment> {
    vec![Attachment::Event(Box::new(event.clone()))]
}

/// By the last bytes of their ids.
pub(super) async fn listed(stores: &Stores, filter: &AuditFilter) -> Vec<u8> {
    let events = stores.audit.list(filter, 100).await.unwrap();
    events.iter().map(|event| event.id.as_bytes()[15]).collect()
}

async fn all(stores: &Stores) -> Vec<u8> {
    listed(stores, &AuditFilter::default().oldest_first()).await
}

/// See the name.
pub async fn an_event_is_read_with_all_its_fields(stores: Stores) {
    let mut full = event(1, 0, EventKind::LoginFailed, Some("u1"));
    full.ip = Some("2001:db8::1".parse().unwrap());
    full.user_agent = Some(Arc::from("Mozilla/5.0 \u{fffd} \u{1f600}"));
    full.route = Some(Arc::from("POST /login"));
    full.details.reason = Some(Denial::WrongPassword);
    full.details.amr = vec!["pwd".to_owned(), "otp".to_owned()];
    full.details.login = Some("pseudonym".to_owned());
    full.details.count = Some(7);
    let plain = event(2, 1, EventKind::TooManyAttempts, None);
    for event in [&full, &plain] {
        stores.audit.record(attached(event)).await.unwrap();
    }
    let read = stores.audit.list(&AuditFilter::default().oldest_first(), 100).await.unwrap();
    assert_eq!(read, [full.clone(), plain]);
    let read = stores.audit.list(&AuditFilter::default().of_event(full.id), 100).await.unwrap();
    assert_eq!(read, [full]);
}

/// See the name.
pub async fn events_are_listed_by_their_filter_in_both_orders(stores: Stores) {
    for (n, second, kind, user) in [
        (1, 0, EventKind::LoginSucceeded, Some("u1")),
        (2, 1, EventKind::LoginFailed, Some("u2")),
        (3, 2, EventKind::LoginFailed, None),
        (4, 3, EventKind::Logout, Some("u1")),
    ] {
        stores.audit.record(attached(&event(n, second, kind, user))).await.unwrap();
    }
    let newest = AuditFilter::default;
    assert_eq!(listed(&stores, &newest()).await, [4, 3, 2, 1]);
    assert_eq!(listed(&stores, &newest().of_user(&id("u1"))).await, [4, 1]);
    assert_eq!(listed(&stores, &newest().of_kind(EventKind::LoginFailed)).await, [3, 2]);
    assert_eq!(listed(&stores, &newest().of_user(&id("u1")).of_kind(EventKind::Logout)).await, [4]);
    assert_eq!(listed(&stores, &newest().since(at(2))).await, [4, 3]);
    let oldest = || newest().oldest_first();
    assert_eq!(all(&stores).await, [1, 2, 3, 4]);
    assert_eq!(listed(&stores, &oldest().of_user(&id("u1"))).await, [1, 4]);
    assert_eq!(listed(&stores, &oldest().of_kind(EventKind::LoginFailed)).await, [2, 3]);
    assert_eq!(listed(&stores, &oldest().of_user(&id("u2")).of_kind(EventKind::LoginFailed)).await, [2]);
    assert_eq!(listed(&stores, &oldest().between(EventId::at(at(1)), EventId::at(at(3)))).await, [2, 3]);
    assert!(listed(&stores, &oldest().of_user(&id("U1"))).await.is_empty(), "ids are compared byte by byte");
    let two = stores.audit.list(&oldest(), 2).await.unwrap();
    assert_eq!(two.len(), 2);
    assert!(stores.audit.list(&newest().between(EventId::LAST, EventId::FIRST), 2).await.unwrap().is_empty());
}

/// See the name.
pub async fn events_and_letters_are_recorded_together_or_not_at_all(stores: Stores) {
    let both = vec![
        Attachment::Event(Box::new(event(1, 0, EventKind::Logout, Some("u1")))),
        Attachment::Letter(letter(1, 0)),
    ];
    stores.audit.record(both).await.unwrap();
    assert_eq!((all(&stores).await, waiting(&stores).await), (vec![1], vec![1]));
    let unknown =
        vec![Attachment::Event(Box::new(event(2, 0, EventKind::Logout, Some("u1")))), Attachment::Unknown];
    stores.audit.record(unknown).await.unwrap_err();
    assert_eq!(all(&stores).await, [1]);
}

/// See the name.
pub async fn an_event_comes_with_a_new_account_or_not_at_all(stores: Stores) {
    let created = |n| attached(&event(n, 0, EventKind::AccountCreated, Some("u1")));
    admin(&stores).insert_with(new_user("u1", "alice"), created(1)).await.unwrap();
    admin(&stores).insert_with(new_user("u2", "Alice"), created(2)).await.unwrap_err();
    assert_eq!(all(&stores).await, [1]);
}

fn staff(is_staff: bool, n: u8) -> AccountChange {
    let update = UserUpdate { is_staff: Some(is_staff), ..UserUpdate::default() };
    let attached = attached(&event(n, 0, EventKind::AccountChanged, Some("u1")));
    AccountChange { update, attached, ..AccountChange::default() }
}

/// See the name.
pub async fn an_event_comes_with_a_change_or_not_at_all(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    insert(&stores, new_user("u2", "bob")).await;
    let read = get(&stores, "u1").await.unwrap();
    assert!(admin(&stores).change(&id("u1"), staff(true, 1)).await.unwrap().is_some());
    // Nobody, an account that is not as it was read, and a name that is taken.
    assert!(admin(&stores).change(&id("u3"), staff(true, 2)).await.unwrap().is_none());
    let ended = AccountChange { ends_sessions: true, ..AccountChange::default() };
    admin(&stores).change(&id("u1"), ended).await.unwrap();
    let stale = AccountChange { as_read: Some(read), ..staff(false, 3) };
    assert!(admin(&stores).change(&id("u1"), stale).await.unwrap().is_none());
    let mut clash = staff(false, 4);
    clash.update.username = Some(crate::user::Username::new("bob").unwrap());
    admin(&stores).change(&id("u1"), clash).await.unwrap_err();
    assert_eq!(all(&stores).await, [1]);
}

/// See the name.
pub async fn a_sign_up_tells_of_the_account_or_of_the_taken_address(stores: Stores) {
    let sign_up = async |user: &str, name: &str, n: u8| {
        let added = attached(&event(n, 0, EventKind::Registered, Some(user)));
        let taken = attached(&event(n + 100, 0, EventKind::RegistrationRefused, None));
        let new = with_email(user, name, "a@x.example");
        admin(&stores).sign_up(new, letter(n, 0), SignUpEvents::new(added, taken)).await.unwrap()
    };
    assert_eq!(sign_up("u1", "alice", 1).await, Insertion::Added);
    assert_eq!(sign_up("u2", "bob", 2).await, Insertion::EmailTaken);
    assert_eq!(sign_up("u3", "alice", 3).await, Insertion::UsernameTaken);
    assert_eq!(all(&stores).await, [1, 102]);
}

/// See the name.
pub async fn a_login_is_noted_with_its_event(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    let login = |n, second| attached(&event(n, second, EventKind::LoginSucceeded, Some("u1")));
    admin(&stores).record_login_with(&id("u1"), at(5), login(1, 5)).await.unwrap();
    admin(&stores).record_login_with(&id("u1"), at(3), login(2, 3)).await.unwrap();
    assert_eq!(get(&stores, "u1").await.unwrap().last_login, Some(at(5)), "it never moves back");
    assert_eq!(all(&stores).await, [2, 1], "and either was one");
    admin(&stores).record_login_with(&id("nobody"), at(7), login(3, 7)).await.unwrap();
    assert_eq!(all(&stores).await, [2, 1], "nobody logged in");
    admin(&stores).record_login_with(&id("u1"), at(9), vec![Attachment::Unknown]).await.unwrap_err();
    assert_eq!(get(&stores, "u1").await.unwrap().last_login, Some(at(5)));
}

/// See the name.
pub async fn of_many_parallel_changes_as_many_events_are_there_as_were_made(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    let read = get(&stores, "u1").await.unwrap();
    let changes = all_at_once(PARALLEL, |n| {
        let (stores, read) = (stores.clone(), read.clone());
        async move {
            let told = attached(&event(u8::try_from(n).unwrap(), 0, EventKind::SessionsEnded, Some("u1")));
            let change = AccountChange { ends_sessions: true, attached: told, ..AccountChange::of(read) };
            admin(&stores).change(&id("u1"), change).await.unwrap().is_some()
        }
    });
    assert_eq!(winners(&changes.await), 1);
    assert_eq!(all(&stores).await.len(), 1);
}

/// Two events of an account, with all that says who it was, and one of another.
async fn with_traces(stores: &Stores) {
    for (n, user) in [(1, "u1"), (2, "u1"), (3, "u2")] {
        let mut event = event(n, i64::from(n), EventKind::LoginSucceeded, Some(user));
        event.ip = Some("192.0.2.1".parse().unwrap());
        event.user_agent = Some(Arc::from("curl"));
        stores.audit.record(attached(&event)).await.unwrap();
    }
}

async fn assert_no_trace(stores: &Stores, erased: usize) {
    let of =
        async |user: &str| stores.audit.list(&AuditFilter::default().of_user(&id(user)), 100).await.unwrap();
    assert!(of("u1").await.is_empty());
    let theirs = of("u0").await;
    assert_eq!(theirs.len(), erased);
    assert!(theirs.iter().all(|event| event.ip.is_none() && event.user_agent.is_none()));
    let others = of("u2").await;
    assert!(others.len() == 1 && others[0].ip.is_some() && others[0].user_agent.is_some());
}

/// See the name.
pub async fn an_erased_account_leaves_a_pseudonym_and_no_address(stores: Stores) {
    insert(&stores, new_user("u1", "alice")).await;
    with_traces(&stores).await;
    let erasure = || {
        let told = attached(&event(9, 9, EventKind::AccountErased, Some("u0")));
        Erasure::new(id("u0"), told)
    };
    assert!(!admin(&stores).erase(&id("u3"), erasure()).await.unwrap());
    assert_eq!(all(&stores).await, [1, 2, 3]);
    assert!(admin(&stores).erase(&id("u1"), erasure()).await.unwrap());
    assert!(get(&stores, "u1").await.is_none());
    assert_no_trace(&stores, 3).await;
    assert!(!admin(&stores).erase(&id("u1"), erasure()).await.unwrap());
}

/// See the name.
pub async fn the_events_of_an_account_from_elsewhere_get_a_pseudonym(stores: Stores) {
    with_traces(&stores).await;
    stores.audit.pseudonymise(&id("u1"), &id("u0")).await.unwrap();
    assert_no_trace(&stores, 2).await;
}

/// See the name.
pub async fn events_before_a_moment_are_forgotten(stores: Stores) {
    for n in 1..=5 {
        stores.audit.record(attached(&event(n, i64::from(n), EventKind::Logout, None))).await.unwrap();
    }
    assert_eq!(stores.audit.remove_before(EventId::at(at(4))).await.unwrap(), 3);
    assert_eq!(all(&stores).await, [4, 5]);
    assert_eq!(stores.audit.remove_before(EventId::at(at(4))).await.unwrap(), 0);
}
