//! Cases of [`Broadcast`], for stores that have it.

use std::time::Duration;

use tokio::time::timeout;

use crate::session::{Broadcast, Listener};
use crate::store::Stores;

/// The longest that a message is on its way, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// The next `count` messages, in the order of their texts.
pub(super) async fn heard(listener: &mut dyn Listener, count: usize) -> Vec<String> {
    let mut heard = Vec::new();
    for _ in 0..count {
        let next = timeout(PATIENCE, listener.next()).await;
        heard.push(next.expect("a message is heard").unwrap());
    }
    heard.sort();
    heard
}

async fn send_all(broadcast: &dyn Broadcast, messages: &[&str]) {
    for message in messages {
        broadcast.send(message).await.unwrap();
    }
}

/// See the name.
pub async fn a_message_is_heard_by_all_who_listen_and_by_whoever_sends_it(stores: Stores) {
    let Some(broadcast) = stores.broadcast else { return };
    broadcast.send("before anybody listens").await.unwrap();
    let mut listeners = [broadcast.listen().await.unwrap(), broadcast.listen().await.unwrap()];
    send_all(&*broadcast, &["one", "two", "three"]).await;
    for listener in &mut listeners {
        let mut all = heard(&mut **listener, 3).await;
        // It may have been on its way still: a cluster passes messages on from server to server.
        if all[0] == "before anybody listens" {
            all.remove(0);
            all.extend(heard(&mut **listener, 1).await);
            all.sort();
        }
        assert_eq!(all, ["one", "three", "two"]);
    }
}

/// See the name.
pub async fn a_message_of_any_text_is_heard_as_it_was_sent(stores: Stores) {
    let Some(broadcast) = stores.broadcast else { return };
    let long = "x".repeat(2000);
    let mut texts = ["", " ", "'; --", "\"\\\r\n", "\u{e9}\u{1f600}", "%s :tenant $1", long.as_str()];
    texts.sort_unstable();
    let mut listener = broadcast.listen().await.unwrap();
    send_all(&*broadcast, &texts).await;
    assert_eq!(heard(&mut *listener, texts.len()).await, texts);
}
