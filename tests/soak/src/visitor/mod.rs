//! Somebody with an account, who goes about the servers and remembers what each of them said.

mod tokens;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::RequestBuilder;
use tokio::time::sleep;

use crate::ledger::{Ledger, Wrong};
use crate::servers::{Answer, Servers, answer};
use crate::{account, first_password};

use self::tokens::Family;

/// In which an answer is due, and what a busy machine may add.
const DUE: Duration = Duration::from_secs(12);

/// How many things of the past a visitor remembers of each kind.
const MEMORY: usize = 40;

/// How many sessions, and how many families, a visitor has at most.
const FEW: usize = 3;

pub(crate) struct Visitor {
    username: String,
    password: String,
    servers: Arc<Servers>,
    ledger: Arc<Ledger>,
    /// Sessions that were acknowledged and are to be alive.
    sessions: Vec<String>,
    /// Sessions whose end was acknowledged.
    ended: VecDeque<String>,
    families: Vec<Family>,
    /// Access tokens whose family's end was acknowledged.
    revoked: VecDeque<String>,
}

impl Visitor {
    pub(crate) fn new(number: usize, servers: Arc<Servers>, ledger: Arc<Ledger>) -> Self {
        Self {
            username: account(number),
            password: first_password(number),
            servers,
            ledger,
            sessions: Vec::new(),
            ended: VecDeque::new(),
            families: Vec::new(),
            revoked: VecDeque::new(),
        }
    }

    /// Goes about until then.
    pub(crate) async fn stay_until(mut self, end: Instant) -> Self {
        while Instant::now() < end {
            match fastrand::u8(0..100) {
                0..8 => self.log_in().await,
                8..45 => self.look().await,
                45..55 => self.look_by_what_ended().await,
                55..62 => self.log_out().await,
                62..67 => self.get_tokens().await,
                67..80 => self.refresh().await,
                80..85 => self.refresh_twice_at_once().await,
                85..88 => self.refresh_by_what_was_taken().await,
                88..95 => self.call_by_token().await,
                95..98 => self.revoke().await,
                _ => self.change_password().await,
            }
            sleep(Duration::from_millis(fastrand::u64(20..150))).await;
        }
        self
    }

    /// Asks every server about everything that is remembered, once nothing goes wrong any more.
    pub(crate) async fn settle_up(mut self) {
        for number in 0..self.servers.count() {
            for session in self.sessions.clone() {
                self.expect_alive(number, &session).await;
            }
            for session in self.ended.clone() {
                self.expect_ended(number, &session).await;
            }
            for token in self.revoked.clone() {
                self.expect_revoked(number, &token).await;
            }
        }
        self.look_over_the_list().await;
    }

    fn anywhere(&self) -> usize {
        fastrand::usize(0..self.servers.count())
    }

    /// Sends a request, and holds the answer against when it was due.
    async fn ask(&self, kind: &'static str, request: RequestBuilder) -> Answer {
        let answer = answer(request).await;
        self.ledger.answered(kind, answer.status, answer.after);
        if answer.after > DUE {
            self.wrong(
                Wrong::Late,
                format!("{kind} after {} ms: {:?}", answer.after.as_millis(), answer.status),
            );
        }
        answer
    }

    fn wrong(&self, wrong: Wrong, what: impl AsRef<str>) {
        self.ledger.wrong(wrong, format!("{}: {}", self.username, what.as_ref()));
    }

    fn unknown(&self, what: &str, answer: &Answer) {
        self.wrong(Wrong::Unknown, format!("{what}: {:?} {}", answer.status, answer.body));
    }

    fn with_session(request: RequestBuilder, session: &str) -> RequestBuilder {
        request.header("Cookie", format!("session={session}"))
    }

    async fn try_login(&self, password: &str) -> Answer {
        let form = [("username", &*self.username), ("password", password)];
        self.ask("login", self.servers.post(self.anywhere(), "/auth/login", &form)).await
    }

    async fn log_in(&mut self) {
        if self.sessions.len() >= FEW {
            return self.look().await;
        }
        let answer = self.try_login(&self.password).await;
        match (answer.status, answer.session) {
            (Some(200), Some(session)) => self.sessions.push(session),
            (Some(status @ (401 | 429)), _) => {
                self.wrong(Wrong::Refused, format!("login: {status} {}", answer.body))
            }
            (None | Some(503), _) => {}
            (status, session) => {
                self.wrong(Wrong::Unknown, format!("login: {status:?}, a session: {}", session.is_some()));
            }
        }
    }

    async fn look(&mut self) {
        if let Some(session) = fastrand::choice(&self.sessions).cloned() {
            self.expect_alive(self.anywhere(), &session).await;
        }
    }

    async fn expect_alive(&mut self, number: usize, session: &str) {
        let answer = self
            .ask("guard, session", Self::with_session(self.servers.get(number, "/private"), session))
            .await;
        match answer.status {
            Some(200) => {}
            Some(401) => {
                self.sessions.retain(|held| held != session);
                self.wrong(Wrong::LoggedOut, "a session that was acknowledged and never ended");
            }
            _ if answer.is_fault() => {}
            _ => self.unknown("guard", &answer),
        }
    }

    async fn look_by_what_ended(&mut self) {
        let number = self.anywhere();
        if let Some(session) = fastrand::choice(&self.ended).cloned() {
            self.expect_ended(number, &session).await;
        }
        if let Some(token) = fastrand::choice(&self.revoked).cloned() {
            self.expect_revoked(number, &token).await;
        }
    }

    async fn expect_ended(&self, number: usize, session: &str) {
        let request = Self::with_session(self.servers.get(number, "/private"), session);
        let answer = self.ask("guard, ended session", request).await;
        match answer.status {
            Some(401) => {}
            Some(200) => self.wrong(Wrong::LetIn, "a session whose end was acknowledged"),
            _ if answer.is_fault() => {}
            _ => self.unknown("guard, ended session", &answer),
        }
    }

    async fn expect_revoked(&self, number: usize, token: &str) {
        let answer =
            self.ask("guard, revoked token", self.servers.get(number, "/api").bearer_auth(token)).await;
        match answer.status {
            Some(401) => {}
            Some(200) => self.wrong(Wrong::LetIn, "an access token whose family's end was acknowledged"),
            _ if answer.is_fault() => {}
            _ => self.unknown("guard, revoked token", &answer),
        }
    }

    async fn log_out(&mut self) {
        let Some(session) = self.sessions.pop() else { return };
        let request = Self::with_session(self.servers.post(self.anywhere(), "/auth/logout", &[]), &session);
        let answer = self.ask("logout", request).await;
        match answer.status {
            Some(204) => remember(&mut self.ended, session),
            // Whether it was done is not known: it is asked for until somebody says so.
            _ if answer.is_fault() => self.finish_logout(session).await,
            _ => self.unknown("logout", &answer),
        }
    }

    async fn finish_logout(&mut self, session: String) {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(30) {
            sleep(Duration::from_millis(500)).await;
            let request =
                Self::with_session(self.servers.post(self.anywhere(), "/auth/logout", &[]), &session);
            if self.ask("logout", request).await.status == Some(204) {
                return remember(&mut self.ended, session);
            }
        }
    }

    /// All other sessions and all families end with the old password.
    async fn change_password(&mut self) {
        let Some(session) = self.sessions.pop() else { return };
        let new = format!("copper river lantern {}", fastrand::u64(..));
        let form = [("current_password", &*self.password), ("new_password", &*new)];
        let request = self.servers.post(self.anywhere(), "/auth/password/change", &form);
        let answer = self.ask("password change", Self::with_session(request, &session)).await;
        match (answer.status, &answer.session) {
            (Some(204), Some(next)) => {
                let next = next.clone();
                self.begin_anew(new);
                remember(&mut self.ended, session);
                self.sessions.push(next);
                self.expect_changed().await;
            }
            (Some(401), _) => self.wrong(Wrong::LoggedOut, format!("password change: {}", answer.body)),
            (Some(403 | 429), _) => self.wrong(Wrong::Refused, format!("password change: {}", answer.body)),
            _ if answer.is_fault() => self.learn_which_password(new).await,
            _ => self.unknown("password change", &answer),
        }
    }

    /// What was there before the password changed is over.
    fn begin_anew(&mut self, password: String) {
        self.password = password;
        self.sessions.drain(..).for_each(|session| remember(&mut self.ended, session));
        self.families.drain(..).for_each(|family| remember(&mut self.revoked, family.access));
    }

    async fn expect_changed(&mut self) {
        let answer = self.try_login(&self.password).await;
        match (answer.status, answer.session) {
            (Some(200), Some(session)) => self.sessions.push(session),
            (Some(401), _) => self.wrong(Wrong::Lost, "a change of the password that was acknowledged"),
            _ => {}
        }
    }

    /// Nobody said whether the change was done: one of the two passwords is right.
    async fn learn_which_password(&mut self, new: String) {
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(60) {
            sleep(Duration::from_millis(500)).await;
            let answer = self.try_login(&new).await;
            if let (Some(200), Some(session)) = (answer.status, answer.session) {
                self.begin_anew(new);
                return self.sessions.push(session);
            }
            if answer.status == Some(401) {
                let answer = self.try_login(&self.password).await;
                match (answer.status, answer.session) {
                    (Some(200), Some(session)) => return self.sessions.push(session),
                    // It may have been done between the two.
                    (Some(401), _) => continue,
                    _ => {}
                }
            }
        }
        self.wrong(Wrong::Lost, "neither the old password nor the new one is right");
    }

    /// Each session that is to be alive is in the list, and none that ended.
    async fn look_over_the_list(&self) {
        let Some(session) = self.sessions.first() else { return };
        let request = Self::with_session(self.servers.get(0, "/auth/sessions"), session);
        let answer = self.ask("session list", request).await;
        let count = answer.body["sessions"].as_array().map_or(0, Vec::len);
        if answer.status == Some(200) && count < self.sessions.len() {
            self.wrong(Wrong::Lost, format!("{count} of {} sessions in the list", self.sessions.len()));
        }
    }
}

/// Remembers it, in the place of the oldest where that is too much.
fn remember(past: &mut VecDeque<String>, what: String) {
    if past.len() == MEMORY {
        past.pop_front();
    }
    past.push_back(what);
}
