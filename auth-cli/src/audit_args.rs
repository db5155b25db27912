//! The command line of `auth audit`.

use std::time::Duration;

use auth_core::clock::Timestamp;
use auth_core::event::EventKind;
use clap::Args;

#[derive(Args, Debug)]
pub(crate) struct AuditArgs {
    /// Only of this account: user name, e-mail address or id, or the pseudonym of one that was removed
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// Only of this kind, such as `login.failed`
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(crate) kind: Option<EventKind>,
    /// Only from then on: a time such as 2027-01-29T08:00:00Z, or so long ago: 90s, 30m, 24h, 7d
    #[arg(long, value_name = "TIME", value_parser = since)]
    pub(crate) since: Option<Since>,
    /// Only this one: the id, as replies have it in `instance` (urn:uuid:…), or the reference that a page shows
    #[arg(long, value_name = "ID")]
    pub(crate) event: Option<String>,
    /// So many at most, the newest of them
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) limit: usize,
    /// Go on with what happens from now on, until the program is ended
    #[arg(long, conflicts_with = "event")]
    pub(crate) follow: bool,
    /// One JSON object a line, for programs
    #[arg(long)]
    pub(crate) json: bool,
}

/// From when on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Since {
    Ago(Duration),
    Moment(Timestamp),
}

fn since(text: &str) -> Result<Since, String> {
    let (number, unit) =
        text.split_at(text.len().saturating_sub(text.chars().next_back().map_or(0, char::len_utf8)));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => 0,
    };
    match number.parse::<u32>() {
        Ok(number) if seconds > 0 => Ok(Since::Ago(Duration::from_secs(u64::from(number) * seconds))),
        _ => Timestamp::from_rfc3339(text).map(Since::Moment).map_err(|_| {
            "neither a time such as 2027-01-29T08:00:00Z nor so long ago: 90s, 30m, 24h, 7d".to_owned()
        }),
    }
}

fn kind(text: &str) -> Result<EventKind, String> {
    EventKind::parse(text).ok_or_else(|| {
        let known: Vec<_> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("there is no such kind; there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_when_is_told_by_a_time_or_by_how_long_ago() {
        assert_eq!(since("90s"), Ok(Since::Ago(Duration::from_secs(90))));
        assert_eq!(since("2d"), Ok(Since::Ago(Duration::from_secs(2 * 24 * 60 * 60))));
        let moment = Timestamp::from_unix_seconds(1_801_209_600);
        assert_eq!(since("2027-01-29T10:00:00+02:00"), Ok(Since::Moment(moment)));
        for text in ["", "d", "-1d", "1w", "2027-01-29", "\u{e9}", "99999999999d"] {
            assert!(since(text).is_err(), "{text}");
        }
    }
}
