//! Linked accounts: whom a login by a provider lets in.

use std::sync::Arc;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::event::{Denial, EventDraft, EventKind, Events};
use crate::random::{Random, random_bytes};
use crate::text::Text;
use crate::user::{
    Account, AccountChange, Attachment, Email, LoginName, PersonName, SignUpWay, User, UserId, Username,
    Users,
};

use super::decision::{Address, Applicant, Decision, Word};
use super::naming::{self, shown};
use super::notices::LinkNotices;
use super::registry::Provider;
use super::store::LinkedAccountStore;
use super::{LinkedAccount, LinkedAccountId, Newcomer, Profile, SignUp};

/// How often a new account is tried to be made when its name, or the account itself, turns out to be there already.
const SIGN_UP_ATTEMPTS: u32 = 8;

/// Linked accounts.
#[derive(Clone, Debug)]
pub(crate) struct LinkedAccounts {
    pub(super) store: Arc<dyn LinkedAccountStore>,
    pub(super) users: Users,
    sign_up: Option<Arc<dyn SignUp>>,
    pub(super) events: Events,
    pub(super) notices: Arc<dyn LinkNotices>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// Who somebody is at a provider, proven.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Person<'a> {
    pub(super) provider: &'a Provider,
    pub(super) issuer: &'a str,
    pub(super) profile: &'a Profile,
}

/// A linked account, and the account here that it opens.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) linked: LinkedAccount,
    pub(super) account: Account,
    /// Whether it was linked a moment ago, because it had the address.
    pub(super) is_by_address: bool,
}

impl LinkedAccounts {
    pub(super) fn new(
        store: Arc<dyn LinkedAccountStore>,
        users: Users,
        sign_up: Option<Arc<dyn SignUp>>,
        events: Events,
        notices: Arc<dyn LinkNotices>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, users, sign_up, events, notices, clock, random }
    }

    /// The linked account of somebody who logs in: the one that is there, or one that is made as [`Applicant::decide`] says.
    ///
    /// # Errors
    /// `LinkRequired`, `SignUpClosed`, `Unavailable`, `InvalidCredentials` when it is linked to nobody who is there, and what the
    /// application's own sign-up answers.
    pub(super) async fn open(&self, person: Person<'_>) -> Result<Opened, Error> {
        let mut is_address_taken = false;
        for attempt in 0..SIGN_UP_ATTEMPTS {
            if let Some(linked) = self.find(person).await? {
                return self.opened(linked).await;
            }
            let name = naming::name_for(person.profile, attempt, &*self.random);
            match self.welcome(person, &name, is_address_taken).await {
                // A name or an address that was taken meanwhile, or the very same person in another tab: look again.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    is_address_taken |= self.is_not_the_name(&name).await?;
                }
                welcomed => return welcomed,
            }
        }
        Err(Error::new(ErrorKind::Unavailable).with_source("no free user name was found"))
    }

    /// The one read of the user that a login takes.
    async fn opened(&self, linked: LinkedAccount) -> Result<Opened, Error> {
        let account = self.account(&linked.user).await?;
        let account =
            account.ok_or_else(|| self.unusable(Denial::UnknownUser, &linked.user, &linked.provider))?;
        Ok(Opened { linked, account, is_by_address: false })
    }

    /// The account of a user.
    pub(super) async fn account(&self, user: &UserId) -> Result<Option<Account>, Error> {
        self.users.account(user).await
    }

    /// The linked account of this person, if there is one.
    pub(crate) async fn find(&self, person: Person<'_>) -> Result<Option<LinkedAccount>, Error> {
        self.find_subject(person.issuer, &person.profile.subject).await
    }

    /// The linked account of whom this issuer calls so, if there is one.
    pub(super) async fn find_subject(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<LinkedAccount>, Error> {
        Ok(self.store.find(issuer, subject).await?)
    }

    /// The accounts of a user, oldest first.
    pub(crate) async fn list(&self, user: &UserId) -> Result<Vec<LinkedAccount>, Error> {
        Ok(self.store.list(user).await?)
    }

    /// Whether the user can log in by a password.
    pub(crate) async fn has_password(&self, user: &UserId) -> Result<bool, Error> {
        Ok(has_password(&self.account(user).await?.ok_or(ErrorKind::Unauthenticated)?))
    }

    /// Notes a login, and what the provider calls the account now.
    pub(crate) async fn record_login(&self, account: &LinkedAccount, profile: &Profile) -> Result<(), Error> {
        let (email, name) = (shown(profile.email.as_deref()), shown(profile.name.as_deref()));
        let noted = self.store.record_login(&account.id, self.clock.now(), email.as_deref(), name.as_deref());
        Ok(noted.await?)
    }

    /// Whether something else than this name was taken, as far as anybody can know: the application chooses names of its own.
    async fn is_not_the_name(&self, name: &Username) -> Result<bool, Error> {
        if self.sign_up.is_some() {
            return Ok(true);
        }
        let is_taken = self.users.account_of(&LoginName::from(name)).await?.is_some();
        Ok(!is_taken && !self.users.is_held(name).await?)
    }

    /// Lets somebody in for the first time. An address that turned out to be taken and that nobody is found by (in another
    /// system's table several may share one) is as good as claimed.
    async fn welcome(
        &self,
        person: Person<'_>,
        name: &Username,
        is_address_taken: bool,
    ) -> Result<Opened, Error> {
        let email = person.profile.email.as_deref().and_then(|text| Email::new(text).ok());
        let holder = match &email {
            Some(email) => self.users.account_of(&LoginName::from(email)).await?,
            None => None,
        };
        let address = match address_of(email.as_ref(), holder.as_ref()) {
            Address::Free if is_address_taken => Address::Claimed,
            // What came with it could not end in one write.
            Address::Unproven(_) if !self.users.keep_letters() => Address::Claimed,
            address => address,
        };
        let applicant = Applicant {
            address,
            word: word_on(email.as_ref(), person),
            links_by_address: person.provider.links_by_verified_email(),
            is_sign_up_open: person.provider.is_sign_up_open(),
        };
        log_why_unproven(email.as_ref(), &applicant, person);
        match (applicant.decide(), holder.clone()) {
            (Decision::Claim(_), Some(holder)) => self.claim(holder.user, person).await,
            (Decision::Link(_), Some(holder)) => self.link_by_address(holder, person).await,
            (Decision::Claim(_) | Decision::Link(_), None) => Err(ErrorKind::Internal.into()),
            (Decision::Refuse(kind), _) => Err(kind.into()),
            (Decision::SignUp { with_address }, _) => {
                self.sign_up(person, email.filter(|_| with_address), name).await
            }
        }
    }

    /// Gives somebody the account that claims their address without proof: what was set up in it ends in the write that links them.
    async fn claim(&self, holder: Arc<User>, person: Person<'_>) -> Result<Opened, Error> {
        let linked = self.new_account(person, holder.id.clone());
        let update = self.users.claimed(&holder);
        let verified = EventDraft::of(EventKind::EmailVerified)
            .with(|details| details.provider = Some(linked.provider.clone()));
        let change = AccountChange {
            update,
            password: Some(None),
            ends_sessions: true,
            unlinks_all: true,
            removes_factors: true,
            attached: vec![Attachment::LinkedAccount(linked.clone())],
            event: Some(verified),
            ..AccountChange::of(holder.clone())
        };
        // Another proof was faster: it is looked again.
        let user = self.users.change(&holder.id, change).await?.ok_or(ErrorKind::AlreadyExists)?;
        tracing::info!(user = %user.id, "an account was given to whoever proved its address, without what was set up before");
        Ok(Opened { linked, account: Account { user, password: None }, is_by_address: false })
    }

    /// The account is read again once the link is there: whose address that is was found before.
    async fn link_by_address(&self, held: Account, person: Person<'_>) -> Result<Opened, Error> {
        let (owner, provider) = (&held.user.id, person.provider.id().as_str());
        if !held.user.is_active {
            return Err(self.unusable(Denial::Disabled, owner, provider));
        }
        let (linked, is_by_address) =
            self.link(&held.user, person).await.map_err(|error| match error.kind() {
                // It was changed meanwhile, the address perhaps.
                ErrorKind::StateMismatch => ErrorKind::LinkRequired.into(),
                _ => error,
            })?;
        let gone = || self.unusable(Denial::UnknownUser, owner, provider);
        let account = self.account(owner).await.and_then(|account| account.ok_or_else(gone));
        match account {
            Ok(account) => Ok(Opened { linked, account, is_by_address }),
            Err(error) => {
                if is_by_address {
                    self.remove(&linked).await?;
                }
                Err(error)
            }
        }
    }

    async fn sign_up(
        &self,
        person: Person<'_>,
        email: Option<Email>,
        name: &Username,
    ) -> Result<Opened, Error> {
        if let Some(hook) = &self.sign_up {
            let newcomer = Newcomer {
                provider: person.provider.id().clone(),
                issuer: person.issuer.to_owned(),
                profile: person.profile.clone(),
                email,
            };
            let user = hook.sign_up(&newcomer).await?.ok_or(ErrorKind::SignUpClosed)?;
            let gone = || self.unusable(Denial::UnknownUser, &user, person.provider.id().as_str());
            let account = self.account(&user).await?.ok_or_else(gone)?;
            return self.opened(self.link(&account.user, person).await.map_err(look_again)?.0).await;
        }
        if !self.users.are_made_here() {
            return Err(Error::new(ErrorKind::SignUpClosed)
                .with_source("accounts are the application's own: call `.sign_up(..)` on the builder"));
        }
        let mut new = self.users.new_user(name.as_str())?;
        new.email_verified = email.is_some();
        new.email = email;
        new.first_name = person_name(person.profile.given_name.as_deref());
        new.last_name = person_name(person.profile.family_name.as_deref());
        let way = SignUpWay::Provider(person.provider.id().as_str());
        self.users.welcome(&mut new, way).await.map_err(closed)?;
        let linked = self.new_account(person, new.id.clone());
        let attached = vec![Attachment::LinkedAccount(linked.clone())];
        let user = self.users.create_with(new, attached).await?;
        let account = Account { user, password: None };
        Ok(Opened { linked, account, is_by_address: false })
    }

    /// The account is not there, or disabled, of which it is told as of any login. Whoever reads that has proven at the provider whose it
    /// is.
    pub(super) fn unusable(&self, reason: Denial, user: &UserId, provider: &str) -> Error {
        let refused = EventDraft::of(EventKind::LoginFailed).to(user).because(reason);
        let refused = refused.with(|details| details.provider = Some(provider.to_owned()));
        let error = Error::new(ErrorKind::InvalidCredentials).saying(Text::ProviderAccountUnusable);
        self.events.refused(refused, error)
    }

    /// The account of this person, as one of this user's.
    pub(super) fn new_account(&self, person: Person<'_>, user: UserId) -> LinkedAccount {
        let Person { provider, issuer, profile } = person;
        LinkedAccount {
            id: LinkedAccountId::new(random_bytes(&*self.random)),
            provider: provider.id().to_string(),
            issuer: issuer.to_owned(),
            subject: profile.subject.clone(),
            user,
            email: shown(profile.email.as_deref()),
            name: shown(profile.name.as_deref()),
            created_at: self.clock.now(),
            last_login_at: None::<Timestamp>,
            tokens: None,
            tokens_version: 0,
        }
    }
}

/// What a provider calls somebody, where that is a name here.
fn person_name(text: Option<&str>) -> PersonName {
    text.and_then(|text| PersonName::new(text).ok()).unwrap_or_default()
}

/// The application's refusal, as a provider's sign-up has it.
pub(super) fn closed(error: Error) -> Error {
    match error.kind() {
        ErrorKind::RegistrationClosed => error.with_kind(ErrorKind::SignUpClosed),
        _ => error,
    }
}

/// A user who was changed meanwhile is read again by whoever tries once more.
fn look_again(error: Error) -> Error {
    match error.kind() {
        ErrorKind::StateMismatch => ErrorKind::AlreadyExists.into(),
        _ => error,
    }
}

/// Whether somebody can log in by a password. A stored text that no password fits (Django's `!…`) is none.
pub(super) fn has_password(account: &Account) -> bool {
    account.password.as_ref().is_some_and(|hash| hash.is_usable())
}

/// In another system's table (Django's) an address may be somebody's user name. Having a name proves nothing, least of all by the
/// proof of another address.
fn address_of<'a>(email: Option<&Email>, holder: Option<&'a Account>) -> Address<'a> {
    match holder {
        None => Address::Free,
        Some(Account { user, .. }) if user.email_verified && is_same_mailbox(user.email.as_ref(), email) => {
            Address::Held(&user.id)
        }
        Some(Account { user, .. }) if can_be_claimed(user) && is_same_mailbox(user.email.as_ref(), email) => {
            Address::Unproven(&user.id)
        }
        Some(_) => Address::Claimed,
    }
}

/// What the staff may do is given to nobody by an address.
fn can_be_claimed(user: &User) -> bool {
    user.is_active && !user.email_verified && !user.is_staff && !user.is_superuser
}

/// Whether the account has proven the address that a provider gave.
pub(super) fn is_held_by(account: &Account, person: Person<'_>) -> bool {
    let email = person.profile.email.as_deref().and_then(|text| Email::new(text).ok());
    matches!(address_of(email.as_ref(), Some(account)), Address::Held(_))
}

/// It was found by a form that look-alikes share, and has to be the very one to prove anything.
fn is_same_mailbox(held: Option<&Email>, given: Option<&Email>) -> bool {
    held.zip(given).is_some_and(|(held, given)| held.is_same_mailbox(given))
}

/// What the provider says of the address that it gave.
pub(super) fn word_on(email: Option<&Email>, person: Person<'_>) -> Word {
    match email.filter(|_| person.profile.email_verified) {
        None => Word::Silent,
        Some(email) if person.provider.is_trusted_with(email) => Word::Proof,
        Some(_) => Word::Said,
    }
}

/// Says in the log why an address that came along opens nothing. Without the address: it may be anybody's.
fn log_why_unproven(email: Option<&Email>, applicant: &Applicant<'_>, person: Person<'_>) {
    let reason = match (email, applicant.word, applicant.address) {
        (None, ..) if person.profile.email.is_none() => return,
        (None, ..) => "it is no address that mail goes to",
        (_, Word::Silent, _) => "the provider does not say that it is proven",
        (_, Word::Said, _) => "the provider is not trusted with its domain (`trusted_email_domains`)",
        (_, Word::Proof, Address::Claimed) => {
            "an account here claims it, or one that looks like it, unproven"
        }
        (_, Word::Proof, _) => return,
    };
    let (provider, member) = (person.provider.id(), person.provider.proof_of_address());
    tracing::info!(%provider, member, reason, "an address that a provider gave counts as unproven");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_somebodys_name_is_not_held_by_the_proof_of_another_address() {
        let address = |text: &str| Email::new(text).unwrap();
        let name = Username::from_store("victim@example.com");
        let mut user = User::new(UserId::new("mallory"), name, Timestamp::from_unix_seconds(0));
        (user.email, user.email_verified) = (Some(address("mallory@example.com")), true);
        let mallory = Account { user: Arc::new(user), password: None };
        let of = |text: &str| address_of(Some(&address(text)), Some(&mallory));
        assert_eq!(of("victim@example.com"), Address::Claimed);
        assert_eq!(of("Mallory@Example.com"), Address::Held(&UserId::new("mallory")));
        assert_eq!(of("\u{ff4d}allory@example.com"), Address::Claimed, "a look-alike");
    }
}
