//! Whether the time of a reply tells who has an account.
//!
//! Two requests that differ in that alone are sent in turn over one connection, the order within each pair by chance. The two sets of times
//! are compared by ranks (Mann and Whitney, Annals of Mathematical Statistics 18, 1947): the share of pairs, of all that can be made of one time from
//! each set, in which the known one took longer. It is one half where the times tell nothing, and misses that by more than 3.3 of its standard
//! deviations once in a thousand such measurements by chance.

use std::io;
use std::time::{Duration, Instant};

use crate::client::{self, Connection};
use crate::options::Framework;
use crate::program::{Database, Program};
use crate::table::{Row, median};

const PAIRS: usize = 2_000;

/// Replies before times are taken.
const WARM_UP: usize = 50;

/// Standard deviations.
const BAR: f64 = 3.3;

/// A question of two people, and the status that both are answered.
struct Question {
    what: &'static str,
    status: &'static str,
    known: fn(usize) -> Vec<u8>,
    unknown: fn(usize) -> Vec<u8>,
}

const QUESTIONS: [Question; 5] = [
    Question {
        what: "a login with a wrong password",
        status: "401",
        known: |_| form("/auth/login", "username=alice&password=not+this+one"),
        unknown: |_| form("/auth/login", "username=alicf&password=not+this+one"),
    },
    Question {
        what: "a forgotten password",
        status: "202",
        known: |_| form("/auth/password/forgot", "email=alice@example.com"),
        unknown: |_| form("/auth/password/forgot", "email=alicf@example.com"),
    },
    Question {
        what: "a link to log in by",
        status: "202",
        known: |_| form("/auth/magic-link", "email=alice@example.com"),
        unknown: |_| form("/auth/magic-link", "email=alicf@example.com"),
    },
    Question {
        what: "the proof of an address once more",
        status: "202",
        known: |_| form("/auth/email/resend", "email=alice@example.com"),
        unknown: |_| form("/auth/email/resend", "email=alicf@example.com"),
    },
    Question {
        what: "a registration with an address",
        status: "202",
        known: |n| registration(&format!("known{n}"), "alice@example.com"),
        unknown: |n| registration(&format!("other{n}"), &format!("new{n}@example.com")),
    },
];

fn form(path: &str, form: &str) -> Vec<u8> {
    client::post(path, None, form)
}

fn registration(name: &str, email: &str) -> Vec<u8> {
    form("/auth/register", &format!("username={name}&email={email}&password=violet+umbrella+cactus+nine"))
}

pub(crate) fn measure(framework: Framework) -> io::Result<Vec<Row>> {
    QUESTIONS.iter().map(|question| row(framework, question)).collect()
}

fn row(framework: Framework, question: &Question) -> io::Result<Row> {
    eprintln!("{framework}: {}, {PAIRS} pairs", question.what);
    let example = Program::example(framework, Database::SqliteFile, "EdDSA")?;
    let mut connection = Connection::open(example.port())?;
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    let mut order = Order(0x2545_f491_4f6c_dd1d);
    for n in 0..WARM_UP + PAIRS {
        let mut ask = |request: &[u8]| {
            let began = Instant::now();
            connection.ask_for(request, question.status).map(|_| micros(began.elapsed()))
        };
        let (one, other) = ((question.known)(n), (question.unknown)(n));
        let (one, other) = match order.next() {
            true => (ask(&one)?, ask(&other)?),
            false => {
                let other = ask(&other)?;
                (ask(&one)?, other)
            }
        };
        if n >= WARM_UP {
            known.push(one);
            unknown.push(other);
        }
    }
    let deviations = deviations(&known, &unknown);
    let (one, other) = (median(known), median(unknown));
    Ok(Row {
        what: format!("{framework}: {}, known beside unknown", question.what),
        rate: None,
        measured: format!("{one:.0} µs"),
        beside: format!("{other:.0} µs"),
        difference: format!("{deviations:+.1} σ"),
        bar: format!("±{BAR} σ"),
        passes: Some(deviations.abs() <= BAR),
    })
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// By how many of its standard deviations the number of pairs in which one took longer misses half of all pairs.
fn deviations(one: &[f64], other: &[f64]) -> f64 {
    let mut all: Vec<(f64, bool)> =
        one.iter().map(|&time| (time, true)).chain(other.iter().map(|&time| (time, false))).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Times are in nanoseconds: equal ones are too few to matter.
    let ranks: f64 =
        (1..).zip(&all).filter(|(_, (_, is_one))| *is_one).map(|(rank, _)| f64::from(rank)).sum();
    let (m, n) = (one.len() as f64, other.len() as f64);
    let longer = ranks - m * (m + 1.0) / 2.0;
    (longer - m * n / 2.0) / (m * n * (m + n + 1.0) / 12.0).sqrt()
}

/// Which of a pair comes first (xorshift; Marsaglia, Journal of Statistical Software 8, 2003).
struct Order(u64);

impl Order {
    fn next(&mut self) -> bool {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 & (1 << 32) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_one_kind_tell_nothing_and_a_shift_does() {
        let mut order = Order(1);
        // Evenly from 0 to 1.
        let mut time = || (0..24).fold(0.0, |time, _| (time + f64::from(u8::from(order.next()))) / 2.0);
        let mut times = |shift: f64| -> Vec<f64> { (0..PAIRS).map(|_| time() + shift).collect() };
        let (one, other, longer) = (times(0.0), times(0.0), times(0.05));
        assert!(deviations(&one, &other).abs() < BAR);
        assert!(deviations(&longer, &other) > BAR);
        assert!(deviations(&other, &longer) < -BAR);
    }
}
