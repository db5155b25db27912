//! From a letter to the mail that it asks for.

use std::sync::Arc;

use async_trait::async_trait;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::http::path;
use crate::link::{LinkFacts, Links, Purpose};
use crate::mail::{Correspondent, Mail, Written};
use crate::mfa::MailedCodes;
use crate::page::{Message, ReplyStyle};
use crate::short_lived::ShortLivedStore;
use crate::text::Text;
use crate::throttle::{Owner, Postage, Throttle};
use crate::user::{Email, LoginName, User, UserId, Users};

use super::invitation::is_open;
use super::letter::{Letter, Lock, Notice, Opened};
use super::signed_up::SignUpBrowsers;

/// Writes mails, in the application's name. What they are counted as is said before a link is made: one that is not sent voids none.
#[derive(Clone, Debug)]
pub(crate) struct LetterWriter {
    pub(crate) users: Users,
    pub(crate) links: Links,
    pub(crate) browsers: SignUpBrowsers,
    pub(crate) codes: MailedCodes,
    pub(crate) throttle: Throttle,
    pub(crate) style: ReplyStyle,
    pub(crate) from: Email,
    pub(crate) short_lived: Arc<dyn ShortLivedStore>,
}

/// A mail that may be sent: it is counted.
struct Franked {
    to: Email,
    postage: Postage,
}

#[async_trait]
impl Correspondent for LetterWriter {
    async fn write(&self, letter: &[u8]) -> Result<Option<Written>, Error> {
        let opened = serde_json::from_slice(letter);
        // Of a newer version's server, which delivers it itself.
        let Opened { language, letter } =
            opened.map_err(|error| Error::new(ErrorKind::Unavailable).with_source(error))?;
        match language {
            Some(tag) => self.in_language(&tag).written(letter).await,
            None => self.written(letter).await,
        }
    }
}

impl LetterWriter {
    fn in_language(&self, tag: &str) -> Self {
        Self { style: self.style.in_language(tag), ..self.clone() }
    }

    /// The same in the language that somebody wants to be addressed in, where that is known and spoken.
    fn speaking_to(&self, user: &User) -> Self {
        match &user.language {
            Some(language) => Self { style: self.style.in_spoken(language.as_str()), ..self.clone() },
            None => self.clone(),
        }
    }

    async fn written(&self, letter: Letter) -> Result<Option<Written>, Error> {
        match letter {
            Letter::SignedUp { user, email, browser, next } => {
                self.signed_up(&UserId::new(user), &email, &browser, next).await
            }
            Letter::ProveAddress { email } => match self.owner(&email).await? {
                Some(user) => self.prove_address(&user, None).await,
                None => Ok(None),
            },
            Letter::PasswordForgotten { email, known } => self.password_forgotten(&email, known).await,
            Letter::MagicLink { email, browser, next, known } => {
                self.magic_link(&email, &browser, next, known).await
            }
            Letter::NewAddress { user, epoch, email } => {
                self.new_address(&UserId::new(user), epoch, &email).await
            }
            Letter::AddressIsLeaving { user, email } => {
                self.address_is_leaving(&UserId::new(user), &email).await
            }
            Letter::Invitation { email, groups, number, .. } => {
                self.invitation(&email, groups, &number).await
            }
            Letter::AccountClosed { user, epoch, at } => {
                self.account_closed(&UserId::new(user), epoch, Timestamp::from_unix_millis(at)).await
            }
            Letter::Notice { what, user, email, name } => {
                self.notice(what, &UserId::new(user), &email, name).await
            }
            Letter::SecondFactor { user, epoch, email, place } => {
                self.second_factor(&UserId::new(user), epoch, &email, &place).await
            }
            Letter::Locked { user, email, what } => self.locked(&UserId::new(user), &email, what).await,
        }
    }

    async fn signed_up(
        &self,
        id: &UserId,
        email: &str,
        browser: &str,
        next: Option<String>,
    ) -> Result<Option<Written>, Error> {
        let Some(user) = self.owner(email).await? else { return Ok(None) };
        if user.id != *id {
            return Ok(self.has_account(&user).await);
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

    /// Says nothing of the account: whoever has the address may have heard of none, and a name can be a text of somebody's choice.
    async fn prove_address(&self, user: &User, next: Option<String>) -> Result<Option<Written>, Error> {
        let Some(facts) = LinkFacts::of(user).filter(|_| !user.email_verified) else { return Ok(None) };
        let Some(franked) = self.franked("verify", user.email.clone()).await else { return Ok(None) };
        let token = self.links.make(Purpose::VerifyEmail, &facts.then(next)).await?;
        Ok(Some(franked.with(
            &self.speaking_to(user),
            &Message {
                subject: Text::MailVerifySubject { app: self.app() },
                lead: Text::MailVerifyLead { app: self.app() },
                link: (self.style.url(path::EMAIL_VERIFY, Some(token.expose())), Text::MailVerifyButton),
                note: Text::MailVerifyNote,
            },
        )))
    }

    async fn has_account(&self, user: &User) -> Option<Written> {
        let franked = self.franked("has-account", user.email.clone()).await?;
        Some(franked.with(
            &self.speaking_to(user),
            &Message {
                subject: Text::MailHasAccountSubject { app: self.app() },
                lead: Text::MailHasAccountLead { app: self.app(), username: user.username().to_owned() },
                link: (self.style.url(path::PASSWORD_FORGOT, None), Text::MailHasAccountButton),
                note: Text::MailHasAccountNote,
            },
        ))
    }

    async fn password_forgotten(&self, email: &str, known: Option<Owner>) -> Result<Option<Written>, Error> {
        let Some((user, facts)) = self.linkable(email).await? else { return Ok(None) };
        let counted_as = if is_own(&user, known) { "reset-known" } else { "reset" };
        let Some(franked) = self.franked(counted_as, user.email.clone()).await else { return Ok(None) };
        let token = self.links.make(Purpose::ResetPassword, &facts).await?;
        Ok(Some(franked.with(
            &self.speaking_to(&user),
            &Message {
                subject: Text::MailResetSubject { app: self.app() },
                lead: Text::MailResetLead { app: self.app(), username: user.username().to_owned() },
                link: (self.style.url(path::PASSWORD_RESET, Some(token.expose())), Text::MailResetButton),
                note: Text::MailResetNote,
            },
        )))
    }

    async fn magic_link(
        &self,
        email: &str,
        browser: &str,
        next: Option<String>,
        known: Option<Owner>,
    ) -> Result<Option<Written>, Error> {
        let Some((user, facts)) = self.linkable(email).await? else { return Ok(None) };
        let counted_as = if is_own(&user, known) { "log-in-known" } else { "log-in" };
        let Some(franked) = self.franked(counted_as, user.email.clone()).await else { return Ok(None) };
        let made = self.links.make_with_code(Purpose::LogIn, &facts.then(next), browser).await?;
        let (token, code) = made;
        let (one, other) = code.expose().split_at(4);
        Ok(Some(franked.with(
            &self.speaking_to(&user),
            &Message {
                subject: Text::MailLogInSubject { app: self.app() },
                lead: Text::MailLogInLead { app: self.app(), username: user.username().to_owned() },
                link: (self.style.url(path::MAGIC_LINK_CONFIRM, Some(token.expose())), Text::MailLogInButton),
                note: Text::MailLogInNote { code: format!("{one}-{other}") },
            },
        )))
    }

    async fn linkable(&self, email: &str) -> Result<Option<(Arc<User>, LinkFacts)>, Error> {
        let user = self.owner(email).await?;
        Ok(user.and_then(|user| LinkFacts::of(&user).map(|facts| (user, facts))))
    }

    /// Where another account has proven the address, that one's owner is told that somebody wants it.
    async fn new_address(&self, id: &UserId, epoch: u64, email: &str) -> Result<Option<Written>, Error> {
        let user = self.users.get(id).await?.filter(|user| user.stands_at(epoch));
        let (Some(user), Ok(new)) = (user, Email::new(email)) else { return Ok(None) };
        if let Some(holder) = self.owner(email).await?
            && holder.id != user.id
            && holder.email_verified
        {
            return Ok(self.has_account(&holder).await);
        }
        let Some(franked) = self.franked("new-address", Some(new.clone())).await else { return Ok(None) };
        let token = self.links.make(Purpose::ChangeEmail, &LinkFacts::with_address(&user, &new)).await?;
        Ok(Some(franked.with(
            &self.speaking_to(&user),
            &Message {
                subject: Text::MailNewAddressSubject { app: self.app() },
                lead: Text::MailNewAddressLead { app: self.app() },
                link: (self.style.url(path::EMAIL_VERIFY, Some(token.expose())), Text::MailVerifyButton),
                note: Text::MailNewAddressNote,
            },
        )))
    }

    /// The first address that an account left within a week is the one that can be kept: were it the last, a thief would change it twice.
    async fn address_is_leaving(&self, id: &UserId, email: &str) -> Result<Option<Written>, Error> {
        let user = self.users.get(id).await?.filter(|user| user.is_active);
        let (Some(user), Ok(old)) = (user, Email::new(email)) else { return Ok(None) };
        let is_later = self.links.is_out_elsewhere(Purpose::UndoEmail, &user.id, &old).await?;
        let Some(franked) = self.franked("leaving", Some(old.clone())).await else { return Ok(None) };
        let (link, note) = if is_later {
            let forgot = (self.style.url(path::PASSWORD_FORGOT, None), Text::MailResetButton);
            (forgot, Text::MailAddressLeavingLaterNote)
        } else {
            let token = self.links.make(Purpose::UndoEmail, &LinkFacts::with_address(&user, &old)).await?;
            let undo = self.style.url(path::EMAIL_UNDO, Some(token.expose()));
            ((undo, Text::MailAddressLeavingButton), Text::MailAddressLeavingNote)
        };
        Ok(Some(franked.with(
            &self.speaking_to(&user),
            &Message {
                subject: Text::MailAddressLeavingSubject { app: self.app() },
                lead: Text::MailAddressLeavingLead { app: self.app(), username: user.username().to_owned() },
                link,
                note,
            },
        )))
    }

    /// To the address that the account has now: whoever waits for the code was let in so far by what it was then.
    async fn second_factor(
        &self,
        id: &UserId,
        epoch: u64,
        email: &str,
        place: &str,
    ) -> Result<Option<Written>, Error> {
        let user = self.owner(email).await?;
        let is_it = |user: &Arc<User>| user.id == *id && user.email_verified && user.stands_at(epoch);
        let Some(user) = user.filter(is_it) else { return Ok(None) };
        let Some(franked) = self.franked("second-factor", user.email.clone()).await else { return Ok(None) };
        let code = self.codes.make(place).await?;
        let (one, other) = code.expose().split_at(4);
        Ok(Some(franked.with(
            self,
            &Message {
                subject: Text::MailCodeSubject { app: self.app() },
                lead: Text::MailCodeLead { app: self.app(), code: format!("{one} {other}") },
                link: (self.style.url(path::MFA, None), Text::MailCodeButton),
                note: Text::MailCodeNote,
            },
        )))
    }

    /// To the address that the account had when it was locked, if it has it still.
    async fn locked(&self, id: &UserId, email: &str, what: Lock) -> Result<Option<Written>, Error> {
        let user = self.owner(email).await?.filter(|user| user.id == *id && user.email_verified);
        let Some((user, facts)) = user.and_then(|user| LinkFacts::of(&user).map(|facts| (user, facts)))
        else {
            return Ok(None);
        };
        let Some(franked) = self.franked("locked", user.email.clone()).await else { return Ok(None) };
        let token = self.links.make(Purpose::Unlock, &facts).await?;
        let (app, username) = (self.app(), user.username().to_owned());
        let (subject, lead) = match what {
            Lock::Codes => (
                Text::MailCodesLockedSubject { app: app.clone() },
                Text::MailCodesLockedLead { app, username },
            ),
            Lock::Passwords => {
                (Text::MailLockedSubject { app: app.clone() }, Text::MailLockedLead { app, username })
            }
        };
        Ok(Some(franked.with(
            &self.speaking_to(&user),
            &Message {
                subject,
                lead,
                link: (self.style.url(path::UNLOCK, Some(token.expose())), Text::UnlockButton),
                note: Text::MailLockedNote,
            },
        )))
    }

    async fn invitation(
        &self,
        email: &str,
        groups: Vec<String>,
        number: &str,
    ) -> Result<Option<Written>, Error> {
        let Ok(email) = Email::new(email) else { return Ok(None) };
        if !is_open(&*self.short_lived, &email, number, self.links.now()).await? {
            return Ok(None);
        }
        let Some(franked) = self.franked("invitation", Some(email.clone())).await else { return Ok(None) };
        let facts = LinkFacts::of_invitation(number, &email, groups);
        let token = self.links.make(Purpose::AcceptInvitation, &facts).await?;
        let page = self.style.url(path::REGISTER, None);
        Ok(Some(franked.with(
            self,
            &Message {
                subject: Text::MailInvitationSubject { app: self.app() },
                lead: Text::MailInvitationLead { app: self.app() },
                link: (format!("{page}?invitation={}", token.expose()), Text::MailInvitationButton),
                note: Text::MailInvitationNote,
            },
        )))
    }

    async fn account_closed(&self, id: &UserId, epoch: u64, at: Timestamp) -> Result<Option<Written>, Error> {
        let user = self.users.get(id).await?.filter(|user| user.is_closed() && user.auth_epoch == epoch);
        let Some(user) = user else { return Ok(None) };
        let Some(facts) = LinkFacts::of(&user) else { return Ok(None) };
        let Some(franked) = self.franked("closed", user.email.clone()).await else { return Ok(None) };
        let token = self.links.make(Purpose::ReopenAccount, &facts).await?;
        Ok(Some(franked.with(
            &self.speaking_to(&user),
            &Message {
                subject: Text::MailClosedSubject { app: self.app() },
                lead: Text::MailClosedLead { app: self.app(), day: at.day() },
                link: (self.style.url(path::ACCOUNT_REOPEN, Some(token.expose())), Text::MailClosedButton),
                note: Text::MailClosedNote,
            },
        )))
    }

    /// To the address that the account had then, while it has it.
    async fn notice(
        &self,
        what: Notice,
        id: &UserId,
        email: &str,
        name: String,
    ) -> Result<Option<Written>, Error> {
        let user = self.users.get(id).await?.filter(|user| user.is_active && user.email_verified);
        let (Some(user), Ok(to)) = (user, Email::new(email)) else { return Ok(None) };
        if !user.email.as_ref().is_some_and(|held| held.is_same_mailbox(&to)) {
            return Ok(None);
        }
        let Some(franked) = self.franked(what.kind(), Some(to.clone())).await else { return Ok(None) };
        let token = self.links.make(Purpose::SecureAccount, &LinkFacts::with_address(&user, &to)).await?;
        let (subject, lead) = what.words(self.app(), name);
        let link = (self.style.url(path::ACCOUNT_SECURE, Some(token.expose())), Text::MailNoticeButton);
        Ok(Some(
            franked
                .with(&self.speaking_to(&user), &Message { subject, lead, link, note: Text::MailNoticeNote }),
        ))
    }

    fn app(&self) -> String {
        self.style.app_name().to_owned()
    }

    /// A mail of this kind to this address, if it may be sent one more.
    async fn franked(&self, kind: &'static str, to: Option<Email>) -> Option<Franked> {
        let to = to?;
        let postage = self.throttle.take_mail(kind, &to).await;
        if postage.is_none() {
            tracing::warn!(kind, "an address was sent as many mails as it may be: this one is dropped");
        }
        postage.map(|postage| Franked { to, postage })
    }
}

/// Whether a mail that strangers can ask for was asked for in a browser of an earlier login to the account that has the address now. Those
/// are counted apart, so that whoever asks for all the others keeps its owner from nothing.
fn is_own(user: &User, known: Option<Owner>) -> bool {
    known == Some(Owner::of(user))
}

impl Franked {
    fn with(self, writer: &LetterWriter, message: &Message) -> Written {
        let (subject, parts) = writer.style.message(message);
        let from = (writer.style.app_name(), &writer.from);
        Written { mail: Mail::new(from, self.to, &subject, parts), postage: self.postage }
    }
}
