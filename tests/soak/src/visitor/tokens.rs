//! A visitor's access and refresh tokens.

use std::time::{Duration, Instant};

use crate::ledger::Wrong;
use crate::servers::Answer;

use super::{FEW, Visitor, remember};

/// For how long a refresh token may be sent again after the first time: the grace, less what an answer takes to come.
const AGAIN: Duration = Duration::from_secs(4);

/// After which a refresh token that was taken is refused whatever became of its successor.
const NEVER_AGAIN: Duration = Duration::from_secs(15);

/// A refresh family.
pub(super) struct Family {
    pub(super) access: String,
    refresh: String,
    /// When the refresh token was sent first, if nobody answered.
    asked: Option<Instant>,
    /// A token that was taken, and when.
    taken: Option<(String, Instant)>,
}

impl Visitor {
    pub(super) async fn get_tokens(&mut self) {
        if self.families.len() >= FEW {
            return self.call_by_token().await;
        }
        let form = [("grant_type", "password"), ("username", &*self.username), ("password", &*self.password)];
        let answer = self.ask("token", self.servers.post(self.anywhere(), "/auth/token", &form)).await;
        match (answer.status, answer.text("access_token"), answer.text("refresh_token")) {
            (Some(200), Some(access), Some(refresh)) => {
                self.families.push(Family { access, refresh, asked: None, taken: None });
            }
            (Some(400 | 401 | 429), ..) => {
                self.wrong(Wrong::Refused, format!("password grant: {}", answer.body))
            }
            _ if answer.is_fault() => {}
            _ => self.unknown("token", &answer),
        }
    }

    async fn try_refresh(&self, token: &str) -> Answer {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.ask("refresh", self.servers.post(self.anywhere(), "/auth/token", &form)).await
    }

    /// A family that is taken out to be used, where there is one.
    fn take_family(&mut self) -> Option<Family> {
        let count = self.families.len();
        (count > 0).then(|| self.families.swap_remove(fastrand::usize(0..count)))
    }

    pub(super) async fn refresh(&mut self) {
        let Some(family) = self.take_family() else { return };
        let first = family.asked.unwrap_or_else(Instant::now);
        let answer = self.try_refresh(&family.refresh).await;
        self.keep_refreshed(family, first, answer);
    }

    /// Both calls are answered with the same successor, or by nothing.
    pub(super) async fn refresh_twice_at_once(&mut self) {
        let Some(family) = self.take_family() else { return };
        let first = family.asked.unwrap_or_else(Instant::now);
        let (one, other) = tokio::join!(self.try_refresh(&family.refresh), self.try_refresh(&family.refresh));
        let successors = (one.text("refresh_token"), other.text("refresh_token"));
        if let (Some(one), Some(other)) = &successors
            && one != other
        {
            self.wrong(Wrong::TakenTwice, "a refresh token has two successors");
        }
        let better = if one.status == Some(200) { one } else { other };
        self.keep_refreshed(family, first, better);
    }

    fn keep_refreshed(&mut self, family: Family, first: Instant, answer: Answer) {
        let (access, refresh) = (answer.text("access_token"), answer.text("refresh_token"));
        match (answer.status, access, refresh) {
            (Some(200), Some(access), Some(refresh)) => {
                let taken = Some((family.refresh, Instant::now()));
                self.families.push(Family { access, refresh, asked: None, taken });
            }
            // The answer to the first call never came, and the grace has gone by: the family is over, as it has to be.
            (Some(400), ..) if first.elapsed() > AGAIN => {}
            (Some(400), ..) => {
                self.wrong(
                    Wrong::LoggedOut,
                    format!("a refresh token that was never taken: {}", answer.body),
                );
            }
            _ if answer.is_fault() => self.families.push(Family { asked: Some(first), ..family }),
            _ => self.unknown("refresh", &answer),
        }
    }

    /// What was taken long ago is refused, and ends its family.
    pub(super) async fn refresh_by_what_was_taken(&mut self) {
        let is_long_ago =
            |family: &Family| family.taken.as_ref().is_some_and(|(_, at)| at.elapsed() > NEVER_AGAIN);
        let Some(at) = self.families.iter().position(is_long_ago) else { return };
        let family = self.families.swap_remove(at);
        let Some((token, _)) = &family.taken else { return };
        let answer = self.try_refresh(token).await;
        match answer.status {
            Some(400) => {
                let after = self.try_refresh(&family.refresh).await;
                if after.status == Some(200) {
                    self.wrong(Wrong::LetIn, "a family one of whose tokens was used again");
                }
                if after.status == Some(400) {
                    remember(&mut self.revoked, family.access);
                }
            }
            Some(200) => self.wrong(Wrong::TakenTwice, "a refresh token that had been taken"),
            _ if answer.is_fault() => {}
            _ => self.unknown("refresh", &answer),
        }
    }

    pub(super) async fn call_by_token(&mut self) {
        let Some(family) = fastrand::choice(&self.families) else { return };
        let request = self.servers.get(self.anywhere(), "/api").bearer_auth(&family.access);
        let answer = self.ask("guard, token", request).await;
        match answer.status {
            Some(200) => {}
            // Whether its family still stands is not known.
            Some(401) if family.asked.is_some() => {}
            Some(401) => self.wrong(Wrong::LoggedOut, "an access token that was never revoked"),
            _ if answer.is_fault() => {}
            _ => self.unknown("guard, token", &answer),
        }
    }

    pub(super) async fn revoke(&mut self) {
        let Some(family) = self.take_family() else { return };
        let form = [("token", &*family.refresh)];
        let answer = self.ask("revoke", self.servers.post(self.anywhere(), "/auth/revoke", &form)).await;
        match answer.status {
            Some(200) => remember(&mut self.revoked, family.access),
            _ if answer.is_fault() => {}
            _ => self.unknown("revoke", &answer),
        }
    }
}
