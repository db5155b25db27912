//! Hearing of what other servers change.
//!
//! Nothing but haste depends on it: a copy that nobody speaks of is too old after the time that it may be kept for. Whoever begins to
//! listen has missed what was said before, and so has whoever begins again after the way was lost: what was kept until then is forgotten.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::error::StoreError;

use super::cache::GuardCache;
use super::change::{Change, HELLO};
use super::{Broadcast, Listener};

/// After so long without a message one of our own has to come back: a way that is cut without a word looks like one on which nothing
/// happens.
const QUIET: Duration = Duration::from_secs(30);

/// How long that may take.
const ANSWER: Duration = Duration::from_secs(5);

/// The pause before the first attempt to listen again; it doubles with each, until one has lasted.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A cache that hears of changes elsewhere for as long as this is kept.
#[derive(Debug)]
pub(crate) struct Hearing(AbortHandle);

impl Hearing {
    /// Begins to listen.
    pub(crate) fn begin(cache: Arc<GuardCache>, broadcast: Arc<dyn Broadcast>) -> Self {
        Self(tokio::spawn(hear(cache, broadcast)).abort_handle())
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn hear(cache: Arc<GuardCache>, broadcast: Arc<dyn Broadcast>) {
    let mut pause = SHORTEST_PAUSE;
    loop {
        let began = Instant::now();
        let error = match broadcast.listen().await {
            Ok(mut listener) => {
                cache.forget(&Change::Everything);
                follow(&cache, &*broadcast, &mut *listener).await
            }
            Err(error) => error,
        };
        if began.elapsed() > LONGEST_PAUSE {
            pause = SHORTEST_PAUSE;
        }
        if pause == SHORTEST_PAUSE {
            tracing::warn!(
                ?error,
                "what other servers change is not heard of: guards see it once their copies are too old"
            );
        }
        sleep(pause).await;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Forgets what is heard of, until the way is lost.
async fn follow(cache: &GuardCache, broadcast: &dyn Broadcast, listener: &mut dyn Listener) -> StoreError {
    loop {
        match next(broadcast, listener).await {
            Ok(message) => {
                if let Some(change) = Change::parse(&message) {
                    cache.forget(&change);
                }
            }
            Err(error) => return error,
        }
    }
}

async fn next(broadcast: &dyn Broadcast, listener: &mut dyn Listener) -> Result<String, StoreError> {
    let mut next = listener.next();
    if let Ok(heard) = timeout(QUIET, &mut next).await {
        return heard;
    }
    broadcast.send(HELLO).await?;
    let late = |_| StoreError::unavailable("what was sent here did not come back");
    timeout(ANSWER, next).await.map_err(late)?
}
