//! From a letter to the mail that it asks for.

use std::sync::Arc;

use async_trait::async_trait;

use crate::error::{Error, ErrorKind};
use crate::http::path;
use crate::link::{LinkFacts, Links, Purpose};
use crate::mail::{Correspondent, Mail, Written};
use crate::page::{Message, ReplyStyle};
use crate::text::Text;
use crate::user::{Email, LoginName, User, UserId, Users};

use super::letter::Letter;
use super::signed_up::SignUpBrowsers;

/// Writes mails, in the application's name.
#[derive(Clone, Debug)]
pub(crate) struct LetterWriter {
    pub(crate) users: Users,
    pub(crate) links: Links,
    pub(crate) browsers: SignUpBrowsers,
    pub(crate) style: ReplyStyle,
    pub(crate) from: Email,
}

#[async_trait]
impl Correspondent for LetterWriter {
    async fn write(&self, letter: &[u8]) -> Result<Option<Written>, Error> {
        let letter = serde_json::from_slice(letter);
        // Of a newer version's server, which delivers it itself.
        let letter = letter.map_err(|error| Error::new(ErrorKind::Unavailable).with_source(error))?;
        match letter {
            Letter::SignedUp { user, email, browser, next } => {
                self.signed_up(&UserId::new(user), &email, &browser, next).await
            }
            Letter::ProveAddress { email } => match self.owner(&email).await? {
                Some(user) => self.prove_address(&user, None).await,
                None => Ok(None),
            },
            Letter::PasswordForgotten { email } => self.password_forgotten(&email).await,
            Letter::MagicLink { email, browser, next } => self.magic_link(&email, &browser, next).await,
            Letter::NewAddress { user, epoch, email } => {
                self.new_address(&UserId::new(user), epoch, &email).await
            }
            Letter::AddressIsLeaving { user, epoch, email } => {
                self.address_is_leaving(&UserId::new(user), epoch, &email).await
            }
            Letter::PasswordChanged { username, email, .. } => Ok(self.password_changed(&username, &email)),
        }
    }
}

impl LetterWriter {
    async fn signed_up(
        &self,
        id: &UserId,
        email: &str,
        browser: &str,
        next: Option<String>,
    ) -> Result<Option<Written>, Error> {
        let Some(user) = self.owner(email).await? else { return Ok(None) };
        if user.id != *id {
            return Ok(self.has_account(&user));
        }
        self.browsers.note(id, browser).await?;
        self.prove_address(&user, next).await
    }

    /// The account that has this mailbox as its own address, if it may be used: a further name to log in by is no mailbox to write to,
    /// and a look-alike of an address is not that.
    async fn owner(&self, email: &str) -> Result<Option<Arc<User>>, Error> {
        let Ok(email) = Email::new(email) else { return Ok(None) };
        let account = self.users.account_of(&LoginName::from(&email)).await?;
        let user = account.map(|account| account.user).filter(|user| user.is_active);
        let is_its = |user: &Arc<User>| user.email.as_ref().is_some_and(|held| held.is_same_mailbox(&email));
        Ok(user.filter(is_its))
    }

    async fn prove_address(&self, user: &Arc<User>, next: Option<String>) -> Result<Option<Written>, Error> {
        let Some(facts) = LinkFacts::of(user).filter(|_| !user.email_verified) else { return Ok(None) };
        let token = self.links.make(Purpose::VerifyEmail, &facts.then(next)).await?;
        let message = Message {
            subject: Text::MailVerifySubject { app: self.app() },
            lead: Text::MailVerifyLead { app: self.app(), username: user.username().to_owned() },
            link: (self.style.url(path::EMAIL_VERIFY, Some(token.expose())), Text::MailVerifyButton),
            note: Text::MailVerifyNote,
        };
        Ok(self.to_owner(user, &message, true))
    }

    fn has_account(&self, user: &User) -> Option<Written> {
        let message = Message {
            subject: Text::MailHasAccountSubject { app: self.app() },
            lead: Text::MailHasAccountLead { app: self.app(), username: user.username().to_owned() },
            link: (self.style.url(path::PASSWORD_FORGOT, None), Text::MailHasAccountButton),
            note: Text::MailHasAccountNote,
        };
        self.to_owner(user, &message, true)
    }

    async fn password_forgotten(&self, email: &str) -> Result<Option<Written>, Error> {
        let user = self.owner(email).await?;
        let Some((user, facts)) = user.and_then(|user| LinkFacts::of(&user).map(|facts| (user, facts)))
        else {
            return Ok(None);
        };
        let token = self.links.make(Purpose::ResetPassword, &facts).await?;
        let message = Message {
            subject: Text::MailResetSubject { app: self.app() },
            lead: Text::MailResetLead { app: self.app(), username: user.username().to_owned() },
            link: (self.style.url(path::PASSWORD_RESET, Some(token.expose())), Text::MailResetButton),
            note: Text::MailResetNote,
        };
        Ok(self.to_owner(&user, &message, true))
    }

    async fn magic_link(
        &self,
        email: &str,
        browser: &str,
        next: Option<String>,
    ) -> Result<Option<Written>, Error> {
        let user = self.owner(email).await?;
        let Some((user, facts)) = user.and_then(|user| LinkFacts::of(&user).map(|facts| (user, facts)))
        else {
            return Ok(None);
        };
        let made = self.links.make_with_code(Purpose::LogIn, &facts.then(next), browser).await?;
        let (token, code) = made;
        let (one, other) = code.expose().split_at(4);
        let message = Message {
            subject: Text::MailLogInSubject { app: self.app() },
            lead: Text::MailLogInLead { app: self.app(), username: user.username().to_owned() },
            link: (self.style.url(path::MAGIC_LINK_CONFIRM, Some(token.expose())), Text::MailLogInButton),
            note: Text::MailLogInNote { code: format!("{one}-{other}") },
        };
        Ok(self.to_owner(&user, &message, true))
    }

    /// Where another account has the address, that one's owner is told that somebody wants it.
    async fn new_address(&self, id: &UserId, epoch: u64, email: &str) -> Result<Option<Written>, Error> {
        let Some(user) = self.users.get(id).await?.filter(|user| user.stands_at(epoch)) else {
            return Ok(None);
        };
        let Ok(new) = Email::new(email) else { return Ok(None) };
        match self.owner(email).await? {
            Some(holder) if holder.id != user.id && holder.email_verified => {
                return Ok(self.has_account(&holder));
            }
            _ => {}
        }
        let token = self.links.make(Purpose::ChangeEmail, &LinkFacts::with_address(&user, &new)).await?;
        let message = Message {
            subject: Text::MailVerifySubject { app: self.app() },
            lead: Text::MailNewAddressLead { app: self.app(), username: user.username().to_owned() },
            link: (self.style.url(path::EMAIL_VERIFY, Some(token.expose())), Text::MailVerifyButton),
            note: Text::MailNewAddressNote,
        };
        Ok(Some(self.written(new, &message, true)))
    }

    async fn address_is_leaving(
        &self,
        id: &UserId,
        epoch: u64,
        email: &str,
    ) -> Result<Option<Written>, Error> {
        let Some(user) = self.users.get(id).await?.filter(|user| user.is_active) else { return Ok(None) };
        let Ok(old) = Email::new(email) else { return Ok(None) };
        let facts = LinkFacts::with_address(&user, &old).at(epoch);
        let token = self.links.make(Purpose::UndoEmail, &facts).await?;
        let message = Message {
            subject: Text::MailAddressLeavingSubject { app: self.app() },
            lead: Text::MailAddressLeavingLead { app: self.app(), username: user.username().to_owned() },
            link: (self.style.url(path::EMAIL_UNDO, Some(token.expose())), Text::MailAddressLeavingButton),
            note: Text::MailAddressLeavingNote,
        };
        Ok(Some(self.written(old, &message, false)))
    }

    /// To the address that the account had then.
    fn password_changed(&self, username: &str, email: &str) -> Option<Written> {
        let message = Message {
            subject: Text::MailPasswordChangedSubject { app: self.app() },
            lead: Text::MailPasswordChangedLead { app: self.app(), username: username.to_owned() },
            link: (self.style.url(path::PASSWORD_FORGOT, None), Text::MailPasswordChangedButton),
            note: Text::MailPasswordChangedNote,
        };
        Some(self.written(Email::new(email).ok()?, &message, false))
    }

    fn app(&self) -> String {
        self.style.app_name().to_owned()
    }

    fn to_owner(&self, user: &User, message: &Message, is_limited: bool) -> Option<Written> {
        Some(self.written(user.email.clone()?, message, is_limited))
    }

    fn written(&self, to: Email, message: &Message, is_limited: bool) -> Written {
        let (subject, parts) = self.style.message(message);
        let mail = Mail::new((self.style.app_name(), &self.from), to, &subject, parts);
        Written { mail, is_limited }
    }
}
