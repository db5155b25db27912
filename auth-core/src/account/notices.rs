//! Letters on their way into the outbox.

use crate::error::Error;
use crate::mail::Outbox;
use crate::user::{Attachment, QueuedLetter, User};

use super::letter::Letter;

/// Posts letters; nothing where the application sends no mail.
#[derive(Clone, Debug)]
pub(crate) struct Notices(Option<Outbox>);

impl Notices {
    pub(crate) fn new(outbox: Option<Outbox>) -> Self {
        Self(outbox)
    }

    /// The same for a program that sends no mail.
    pub(crate) fn none() -> Self {
        Self(None)
    }

    /// What tells the owner that the password was changed, to come with that change.
    pub(crate) fn password_changed(&self, user: &User) -> Result<Option<QueuedLetter>, Error> {
        match Letter::password_changed(user) {
            Some(letter) => self.sealed(&letter),
            None => Ok(None),
        }
    }

    pub(super) fn sealed(&self, letter: &Letter) -> Result<Option<QueuedLetter>, Error> {
        self.0.as_ref().map(|outbox| outbox.sealed(letter, letter.life())).transpose()
    }

    /// Posts a letter that comes with no change.
    ///
    /// # Errors
    /// `Unavailable`.
    pub(super) async fn post(&self, letter: &Letter) -> Result<(), Error> {
        match (&self.0, self.sealed(letter)?) {
            (Some(outbox), Some(sealed)) => outbox.post(sealed).await,
            _ => Ok(()),
        }
    }

    /// Something was posted with a change.
    pub(crate) fn wake(&self) {
        if let Some(outbox) = &self.0 {
            outbox.wake();
        }
    }
}

/// What a letter is to a change that it comes with.
pub(super) fn attached(letter: Option<QueuedLetter>) -> Vec<Attachment> {
    letter.into_iter().map(Attachment::Letter).collect()
}
