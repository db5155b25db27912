//! Letters on their way into the outbox.

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::Error;
use crate::mail::MAIL;
use crate::mfa::{FactorNotices, FactorTold};
use crate::outbox::Outbox;
use crate::provider::{LinkChange, LinkNotices};
use crate::user::{Attachment, LanguageTag, QueuedLetter, User};

use super::letter::{Enveloped, Letter, Notice};

/// Posts letters; nothing where the application sends no mail.
#[derive(Clone, Debug)]
pub(crate) struct Notices {
    outbox: Option<Outbox>,
    /// The tag of the language in which they are written; the application's first one where nobody has chosen.
    language: Option<String>,
}

impl Notices {
    pub(crate) fn new(outbox: Option<Outbox>) -> Self {
        Self { outbox, language: None }
    }

    /// The same for a program that sends no mail.
    pub(crate) fn none() -> Self {
        Self::new(None)
    }

    /// The same in the language of whoever causes them.
    pub(crate) fn in_language(&self, tag: Option<&str>) -> Self {
        Self { language: tag.map(str::to_owned), ..self.clone() }
    }

    /// The language of whoever causes them, where that is known.
    pub(super) fn language(&self) -> Option<LanguageTag> {
        LanguageTag::new(self.language.as_deref()?)
    }

    /// What tells the owner that the password was changed, to come with that change.
    pub(crate) fn password_changed(&self, user: &User) -> Result<Option<QueuedLetter>, Error> {
        self.notice(user, Notice::PasswordChanged, user.username())
    }

    /// What tells the owner that something was changed, to come with that change.
    pub(super) fn notice(
        &self,
        user: &User,
        what: Notice,
        name: &str,
    ) -> Result<Option<QueuedLetter>, Error> {
        match Letter::notice(user, what, name) {
            Some(letter) => self.sealed(&letter),
            None => Ok(None),
        }
    }

    pub(super) fn sealed(&self, letter: &Letter) -> Result<Option<QueuedLetter>, Error> {
        let enveloped = Enveloped { language: self.language.as_deref(), letter };
        self.outbox.as_ref().map(|outbox| outbox.sealed(MAIL, &enveloped, letter.life())).transpose()
    }

    /// Posts a letter that comes with no change.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn post(&self, letter: &Letter) -> Result<(), Error> {
        match (&self.outbox, self.sealed(letter)?) {
            (Some(outbox), Some(sealed)) => outbox.post(sealed).await,
            _ => Ok(()),
        }
    }

    /// Posts a letter that is sealed already.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn post_sealed(&self, letter: QueuedLetter) -> Result<(), Error> {
        match &self.outbox {
            Some(outbox) => outbox.post(letter).await,
            None => Ok(()),
        }
    }

    /// Something was posted with a change.
    pub(crate) fn wake(&self) {
        if let Some(outbox) = &self.outbox {
            outbox.wake();
        }
    }
}

impl LinkNotices for Notices {
    fn letter(&self, user: &User, label: &str, change: LinkChange) -> Result<Option<QueuedLetter>, Error> {
        self.notice(user, of_link(change), label)
    }

    fn wake(&self) {
        self.wake();
    }
}

#[async_trait]
impl FactorNotices for Notices {
    fn in_language(&self, tag: Option<&str>) -> Arc<dyn FactorNotices> {
        Arc::new(self.in_language(tag))
    }

    fn letter(&self, user: &User, told: &FactorTold) -> Result<Option<QueuedLetter>, Error> {
        let (what, name) = of_factor(user, told);
        self.notice(user, what, &name)
    }

    fn wake(&self) {
        self.wake();
    }

    async fn post(&self, user: &User, told: &FactorTold) -> Result<(), Error> {
        let (what, name) = of_factor(user, told);
        match Letter::notice(user, what, &name) {
            Some(letter) => self.post(&letter).await,
            None => Ok(()),
        }
    }

    async fn post_code(&self, user: &User, place: &str) -> Result<(), Error> {
        match Letter::second_factor(user, place) {
            Some(letter) => self.post(&letter).await,
            None => Ok(()),
        }
    }
}

/// What is told of factors, and what the name in the letter is.
fn of_factor(user: &User, told: &FactorTold) -> (Notice, String) {
    let username = || user.username().to_owned();
    match told {
        FactorTold::PasskeyAdded(name) => (Notice::PasskeyAdded, name.clone()),
        FactorTold::PasskeyRemoved(name) => (Notice::PasskeyRemoved, name.clone()),
        FactorTold::RecoveryCodeUsed(left) => (Notice::RecoveryCodeUsed, left.to_string()),
        FactorTold::RecoveryCodesMade => (Notice::RecoveryCodesMade, username()),
        FactorTold::TotpAdded => (Notice::TotpAdded, username()),
        FactorTold::TotpRemoved => (Notice::TotpRemoved, username()),
    }
}

fn of_link(change: LinkChange) -> Notice {
    match change {
        LinkChange::Linked => Notice::Linked,
        LinkChange::Unlinked => Notice::Unlinked,
    }
}

/// What a letter is to a change that it comes with.
pub(super) fn attached(letter: Option<QueuedLetter>) -> Vec<Attachment> {
    letter.into_iter().map(Attachment::Letter).collect()
}
