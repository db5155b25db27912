//! Whose request it is that something is done for.
//!
//! What a use case does is told in events, and where it was asked from stands there too. That is not handed from function to function:
//! the request says it once, and whatever is done for it, tasks included, finds it here. Nothing is decided by it.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::task_local;

/// The longest user agent that is kept, in bytes.
const MAX_USER_AGENT: usize = 256;

task_local! {
    static HERE: Arc<Circumstances>;
}

/// What is known of a request, beside who asks.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Circumstances {
    /// The client's address, as the proxies that are trusted tell it.
    pub(crate) ip: Option<IpAddr>,
    pub(crate) user_agent: Option<Arc<str>>,
    /// By which route it came in: a method and a path of the table, or a word for what is no login route.
    pub(crate) route: Option<Arc<str>>,
}

impl Circumstances {
    pub(crate) fn new(ip: Option<IpAddr>, user_agent: Option<&str>, route: impl Into<Arc<str>>) -> Arc<Self> {
        let user_agent = user_agent.and_then(plain);
        Arc::new(Self { ip, user_agent, route: Some(route.into()) })
    }

    /// Does something for this request.
    pub(crate) fn covering<F: Future>(self: Arc<Self>, work: F) -> impl Future<Output = F::Output> {
        HERE.scope(self, work)
    }

    /// Of the request that is being answered; nothing is known where there is none.
    pub(crate) fn here() -> Arc<Self> {
        HERE.try_with(Clone::clone).unwrap_or_default()
    }
}

/// The same request's, in a task of its own.
pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> {
    Circumstances::here().covering(work)
}

/// What a client says of itself, as logs, tables and terminals can show it: nothing that moves a cursor, begins a line or turns the
/// direction of what stands behind it.
fn plain(text: &str) -> Option<Arc<str>> {
    let is_plain = |c: char| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let text: String = text.chars().map(|c| if is_plain(c) { c } else { '\u{fffd}' }).collect();
    let text = text[..text.floor_char_boundary(MAX_USER_AGENT)].trim();
    (!text.is_empty()).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_says_of_itself_is_one_plain_line() {
        let kept = |text| plain(text).map(|text| text.to_string());
        assert_eq!(kept("Mozilla/5.0 (X11)").as_deref(), Some("Mozilla/5.0 (X11)"));
        assert_eq!(
            kept("a\u{1b}[2J\r\nb\u{202e}c\u{9b}1m").as_deref(),
            Some("a\u{fffd}[2J\u{fffd}\u{fffd}b\u{fffd}c\u{fffd}1m")
        );
        assert_eq!(kept("  ").as_deref(), None);
        assert_eq!(kept(&"\u{e9}".repeat(500)).map(|text| text.len()), Some(256));
    }

    #[tokio::test]
    async fn what_is_done_for_a_request_knows_it_and_nothing_else_does() {
        let here = Circumstances::new(None, Some("curl"), "POST /login");
        assert_eq!(*Circumstances::here(), Circumstances::default());
        let seen =
            here.clone().covering(async { tokio::spawn(carried(async { Circumstances::here() })).await });
        assert_eq!(seen.await.unwrap(), here);
        assert_eq!(*Circumstances::here(), Circumstances::default());
    }
}
