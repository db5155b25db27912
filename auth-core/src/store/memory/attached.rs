//! What comes with an account, with a change of one, or with an event.

use crate::error::StoreError;
use crate::mfa::FactorChange;
use crate::provider::LinkedAccount;
use crate::user::{Attachment, Event, QueuedLetter};

use super::users::Directory;

/// What comes with an account or a change of one.
#[derive(Default)]
pub(super) struct Attached {
    accounts: Vec<LinkedAccount>,
    factors: Vec<FactorChange>,
    events: Vec<Event>,
    letters: Vec<QueuedLetter>,
}

impl Attached {
    pub(super) fn of(attached: Vec<Attachment>) -> Result<Self, StoreError> {
        let mut all = Self::default();
        for attachment in attached {
            match attachment {
                Attachment::Event(event) => all.events.push(*event),
                Attachment::Factor(change) => all.factors.push(*change),
                Attachment::Letter(letter) => all.letters.push(letter),
                Attachment::LinkedAccount(account) => all.accounts.push(account),
                Attachment::Unknown => return Err(StoreError::unsupported("attachments of this kind")),
            }
        }
        Ok(all)
    }

    /// Whether something of it is another's, or its own twice.
    pub(super) fn is_taken(&self, directory: &Directory) -> bool {
        directory.linked.are_taken(&self.accounts) || directory.factors.are_taken(&self.factors)
    }

    /// Writes them: nothing of it is taken.
    pub(super) fn keep(self, directory: &mut Directory) {
        self.accounts.into_iter().for_each(|account| directory.linked.insert(account));
        directory.factors.apply(self.factors);
        self.letters.into_iter().for_each(|letter| directory.letters.post(letter));
        self.events.into_iter().for_each(|event| directory.happened.add(event));
    }
}
