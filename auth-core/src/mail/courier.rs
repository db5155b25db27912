//! From a letter to the mailer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::time::timeout;

use crate::error::Error;
use crate::outbox::{Courier, Fate};
use crate::throttle::{Postage, Throttle};
use crate::user::LetterKind;

use super::{Mail, MailError, Mailer};

/// The kind of letters that become mails.
pub(crate) const MAIL: LetterKind = LetterKind::Mail;

/// How long a mailer may take for one.
const LONGEST_SENDING: Duration = Duration::from_secs(60);

/// Writes the mail that a letter asks for.
#[async_trait]
pub(crate) trait Correspondent: fmt::Debug + Send + Sync {
    /// What is to be sent; `None` where there is nobody to tell, or nothing any more.
    ///
    /// # Errors
    /// `Unavailable`: it is tried again.
    async fn write(&self, letter: &[u8]) -> Result<Option<Written>, Error>;
}

/// A mail, which was [counted](Throttle::take_mail).
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) mail: Mail,
    pub(crate) postage: Postage,
}

/// Sends mails.
#[derive(Clone, Debug)]
pub(crate) struct MailCourier {
    mailer: Arc<dyn Mailer>,
    correspondent: Arc<dyn Correspondent>,
    throttle: Throttle,
}

impl MailCourier {
    pub(crate) fn new(
        mailer: Arc<dyn Mailer>,
        correspondent: Arc<dyn Correspondent>,
        throttle: Throttle,
    ) -> Self {
        Self { mailer, correspondent, throttle }
    }

    async fn send(&self, Written { mail, postage }: Written) -> Fate {
        let sent = timeout(LONGEST_SENDING, self.mailer.send(&mail)).await;
        let error = match sent.unwrap_or_else(|elapsed| Err(MailError::later(elapsed))) {
            Ok(()) => return Fate::Done,
            Err(error) => error,
        };
        self.throttle.give_mail_back(postage).await;
        if error.is_final() {
            tracing::error!(?error, "a mail was refused: it is given up");
            return Fate::Done;
        }
        tracing::warn!(?error, "a mail could not be sent now");
        Fate::Later
    }
}

#[async_trait]
impl Courier for MailCourier {
    fn kind(&self) -> LetterKind {
        MAIL
    }

    async fn deliver(&self, said: &[u8]) -> Fate {
        match self.correspondent.write(said).await {
            Ok(Some(written)) => self.send(written).await,
            Ok(None) => Fate::Done,
            Err(error) => {
                tracing::warn!(?error, "a letter could not be written now");
                Fate::Later
            }
        }
    }
}
