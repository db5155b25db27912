//! A mailer that keeps what it is given.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::mail::{Mail, MailError, Mailer};

/// A mailer that keeps what it is given (Django's `mail.outbox`). Clones share it.
#[derive(Clone, Debug, Default)]
#[doc(alias("outbox", "locmem"))]
pub struct MemoryMailer(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    sent: Vec<Mail>,
    fault: Option<Fault>,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Later,
    Never,
}

impl MemoryMailer {
    /// One that has sent nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// What was sent, oldest first.
    pub fn sent(&self) -> Vec<Mail> {
        self.state().sent.clone()
    }

    /// What was sent to this address, oldest first.
    pub fn sent_to(&self, address: &str) -> Vec<Mail> {
        self.sent().into_iter().filter(|mail| mail.to().as_str() == address).collect()
    }

    /// From now on nothing can be sent, for a while.
    pub fn fail(&self) {
        self.state().fault = Some(Fault::Later);
    }

    /// From now on every mail is refused for good.
    pub fn refuse(&self) {
        self.state().fault = Some(Fault::Never);
    }

    /// From now on mails are sent again.
    pub fn recover(&self) {
        self.state().fault = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Mailer for MemoryMailer {
    async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let mut state = self.state();
        match state.fault {
            Some(Fault::Later) => Err(MailError::later("the server is away")),
            Some(Fault::Never) => Err(MailError::never("there is no such mailbox")),
            None => {
                state.sent.push(mail.clone());
                Ok(())
            }
        }
    }
}
