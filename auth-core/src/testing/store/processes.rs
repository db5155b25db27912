//! Races of callers in two processes.
//!
//! A test program starts itself twice more, and the callers in both run against each other over one store. So a backend that keeps
//! order among its own callers alone is found out. A test is no more than:
//!
//! ```no_run
//! # use auth_core::store::{Backend as _, MemoryStore, Stores};
//! use auth_core::testing::store::processes;
//!
//! # async fn open(_: &str) -> Stores { MemoryStore::new().stores() }
//! # /*
//! #[tokio::test(flavor = "multi_thread")]
//! # */
//! async fn callers_in_two_processes_have_one_winner() {
//!     if let Some(place) = processes::place() {
//!         return processes::compete(&open(&place).await).await;
//!     }
//!     let place = "postgres://localhost/empty"; // migrated
//!     processes::race("callers_in_two_processes_have_one_winner", place, &open(place).await).await;
//! }
//! ```

use std::env;
use std::io::{self, BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::mfa::FactorKind;
use crate::provider::{LinkedAccount, LinkedAccountId};
use crate::session::SessionData;
use crate::store::Stores;

use super::{
    PARALLEL, all_at_once, at, factors, keys, linked_accounts, refresh, secs, sessions, short_lived, users,
};

/// Where the store is, for a process that was started for a race.
const PLACE: &str = "AUTH_TEST_RACE";

/// What a process says when it can begin, and before what it won.
const READY: &str = "race: ready";
const WON: &str = "race: won";

/// How often they run.
const ROUNDS: u8 = 6;

/// How many of the callers of both get something out of a quota.
const LIMIT: u32 = 10;

/// What callers fight for in each round, and how often it is won by all of them.
const PRIZES: [(&str, u64); 11] = [
    ("a value taken", 1),
    ("a mark made", 1),
    ("a use of a quota", LIMIT as u64),
    ("a refresh token rotated", 1),
    ("the data of a session written", 1),
    ("a user name taken", 1),
    ("a password changed", 1),
    ("an identity linked", 1),
    ("an epoch raised", PARALLEL as u64),
    ("a step of a code used", 1),
    ("a recovery code taken", 1),
];

/// Whose epoch all of them raise.
const RAISED: &str = "r";

/// Where the store is, in a process that was started by [`race`]; `None` in any other.
pub fn place() -> Option<String> {
    env::var(PLACE).ok()
}

/// Has two processes compete over the store at `place`, where these stores find it empty: each runs the test of this name alone.
///
/// # Panics
/// Where something has no winner or two, a change is lost, or a call fails: the test has failed.
pub async fn race(test: &str, place: &str, stores: &Stores) {
    prepare(stores).await;
    let (test, place) = (test.to_owned(), place.to_owned());
    let raced = tokio::task::spawn_blocking(move || run_two(&test, &place)).await;
    let won = raced.expect("both processes run to their end");
    for ((prize, expected), won) in PRIZES.iter().zip(&won) {
        assert_eq!(*won, expected * u64::from(ROUNDS), "{prize}, in {ROUNDS} rounds of {PARALLEL} callers");
    }
    assert_eq!(keys::kids(stores).await.len(), 1, "servers that start together agree on one first key");
    let epoch = users::get(stores, RAISED).await.expect("nobody removed it").auth_epoch;
    assert_eq!(epoch, u64::from(ROUNDS) * PARALLEL as u64, "no raise of the epoch is lost");
}

/// What is fought for.
async fn prepare(stores: &Stores) {
    users::insert(stores, users::new_user(RAISED, "raised")).await;
    for round in 0..ROUNDS {
        short_lived::put(stores, &format!("value-{round}"), b"x", 60).await;
        refresh::insert(stores, round, "u", None).await;
        sessions::insert(stores, round, "u").await;
        let mut new = users::new_user(&owner(round), &format!("owner-{round}"));
        new.password = Some(users::hash("old"));
        users::insert(stores, new).await;
        factors::add(stores, factors::factor(2 * round, "u", FactorKind::Totp)).await;
        factors::add(stores, factors::factor(2 * round + 1, "u", FactorKind::RecoveryCode)).await;
    }
}

/// Says that this process is ready, waits for the word to begin, and runs half of the callers.
///
/// # Panics
/// Where a call fails.
pub async fn compete(stores: &Stores) {
    say(READY);
    let mut word = String::new();
    io::stdin().read_line(&mut word).expect("whoever started this process says when to begin");
    let process = word.trim().parse().expect("and which of the two it is");
    let mut won = [0; PRIZES.len()];
    for round in 0..ROUNDS {
        let takings = all_at_once(PARALLEL / 2, |number| {
            let (stores, caller) = (stores.clone(), Caller { process, round, number });
            async move { caller.take_part(&stores).await }
        });
        for takings in takings.await {
            won.iter_mut().zip(takings).for_each(|(won, taken)| *won += u64::from(taken));
        }
    }
    say(&format!("{WON} {}", won.map(|won| won.to_string()).join(" ")));
}

/// One of many, in one round.
struct Caller {
    process: u8,
    round: u8,
    number: usize,
}

impl Caller {
    /// What it wins, in the order of the prizes.
    async fn take_part(&self, stores: &Stores) -> [bool; PRIZES.len()] {
        let round = self.round;
        keys::rotate(stores, None, keys::key(&self.name(), 0)).await;
        [
            stores.short_lived.take(&format!("value-{round}"), at(1)).await.unwrap().is_some(),
            stores.short_lived.insert_new(&format!("mark-{round}"), secs(60), at(1)).await.unwrap(),
            short_lived::reserve(stores, &[short_lived::quota(round.into(), LIMIT)], 1).await.is_ok(),
            stores
                .refresh
                .rotate(&refresh::key(round), &[round; 32], refresh::rotation(200, 1))
                .await
                .unwrap(),
            stores.sessions.write_data(&sessions::key(round), 0, SessionData::default()).await.unwrap(),
            self.takes_name(stores).await,
            self.changes_password(stores).await,
            self.links(stores).await,
            stores.users.raise_epoch(&users::id(RAISED)).await.unwrap().is_some(),
            stores.factors.advance(&factors::id(2 * round), 1, at(1)).await.unwrap(),
            stores.factors.take(&users::id("u"), FactorKind::RecoveryCode, &[2 * round + 1]).await.unwrap(),
        ]
    }

    /// No other one's. Ids of the cases have six letters at most.
    fn name(&self) -> String {
        format!("{}{}{:02}", self.process, self.round, self.number)
    }

    async fn takes_name(&self, stores: &Stores) -> bool {
        let new = users::new_user(&self.name(), &format!("wanted-{}", self.round));
        linked_accounts::is_accepted(users::admin(stores).insert(new).await)
    }

    async fn changes_password(&self, stores: &Stores) -> bool {
        let (owner, new) = (users::id(&owner(self.round)), users::hash(&self.name()));
        stores.users.set_password(&owner, Some(&users::hash("old")), &new).await.unwrap().is_some()
    }

    async fn links(&self, stores: &Stores) -> bool {
        let mut id = [0; 16];
        id[..4].copy_from_slice(self.name().as_bytes());
        let account = linked_accounts::account(1, "u", &format!("subject-{}", self.round));
        let account = LinkedAccount { id: LinkedAccountId::new(id), ..account };
        linked_accounts::is_accepted(linked_accounts::link(stores, account).await)
    }
}

/// Whose password is changed in a round.
fn owner(round: u8) -> String {
    format!("p{round}")
}

/// On a line of its own, whatever the test program has written.
fn say(what: &str) {
    println!("\n{what}");
}

/// Starts two processes, lets them loose when both are ready, and adds up what they won.
fn run_two(test: &str, place: &str) -> [u64; PRIZES.len()] {
    let mut processes = [start(test, place), start(test, place)];
    for process in &mut processes {
        process.wait_for(READY);
    }
    for (number, process) in processes.iter_mut().enumerate() {
        writeln!(process.word, "{number}").expect("it waits for that");
    }
    let mut all = [0; PRIZES.len()];
    for process in &mut processes {
        let won = process.wait_for(WON);
        let won = won.split_whitespace().map(|won| won.parse::<u64>().expect("a number of prizes"));
        all.iter_mut().zip(won).for_each(|(all, won)| *all += won);
    }
    all
}

/// A process that was started for a race. It ends with this.
struct Process {
    child: Child,
    word: ChildStdin,
    says: Lines<BufReader<ChildStdout>>,
}

fn start(test: &str, place: &str) -> Process {
    let program = env::current_exe().expect("a test program is a file");
    let mut command = Command::new(program);
    command.args([test, "--exact", "--nocapture"]).env(PLACE, place);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("a test program can be started again");
    let (word, says) = (child.stdin.take(), child.stdout.take());
    let says = BufReader::new(says.expect("it is piped")).lines();
    Process { child, word: word.expect("it is piped"), says }
}

impl Process {
    /// What it says behind these words. What it says before is its test program's.
    fn wait_for(&mut self, words: &str) -> String {
        let mut lines = self.says.by_ref().map_while(Result::ok);
        let rest = lines.find_map(|line| line.strip_prefix(words).map(str::to_owned));
        rest.unwrap_or_else(|| panic!("a process ended before it said `{words}`: see above"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
