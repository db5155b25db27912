//! Settings of accounts and their mails.

use std::sync::Arc;
use std::time::Duration;

use crate::account::{
    EmailVerification, LetterWriter, LockLetters, Notices, ProfilePolicy, Recovery, Registration,
    Registrations, SignUpBrowsers,
};
use crate::error::Error;
use crate::human::{Captcha, HumanParts, Humans};
use crate::link::{LONGEST_GRACE, Links};
use crate::mail::{MailCourier, Mailer};
use crate::mfa::Factors;
use crate::page::ReplyStyle;
use crate::session::Entrance;
use crate::throttle::Throttle;
use crate::token::Tokens;
use crate::user::{Email, HeldNames, SignUpRules, Users};

use super::super::system::MailServices;
use super::AuthBuilder;
use super::assemble::Parts;
use super::base_url::BaseUrl;

/// Mails take their time, and people sleep.
const SHORTEST_GRACE: Duration = Duration::from_secs(24 * 60 * 60);

/// Longer than the link to prove an address lives, so that another one can be asked for.
const SHORTEST_UNPROVEN: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl AuthBuilder {
    /// By whom mails are sent, and the address that they come from; the application's name stands beside it. With a mailer there are
    /// the routes that need one: registration, proof of an address, a forgotten password. Without one they answer 404.
    #[doc(alias("EMAIL_BACKEND", "DEFAULT_FROM_EMAIL"))]
    pub fn mailer(mut self, mailer: impl Mailer + 'static, from: impl Into<String>) -> Self {
        self.mailer = Some((Arc::new(mailer), from.into()));
        self
    }

    /// Takes back what was said of mails, and of all that needs them: nobody registers, proves an address or logs in by mail here. For a
    /// builder that comes from elsewhere, over users that are Django's or the application's own.
    pub fn without_mail(mut self) -> Self {
        (self.mailer, self.has_magic_links) = (None, false);
        self.mfa = self.mfa.mailed_codes(false);
        (self.registration, self.email_verification) = Default::default();
        self
    }

    /// Letters, to webhooks too, wait in the outbox until [`Auth::deliver_mail`](crate::Auth::deliver_mail) is called, and no task of this server delivers
    /// them: for tests, and where another program does that.
    pub fn deliver_mail_by_hand(mut self) -> Self {
        self.delivers_by_hand = true;
        self
    }

    /// Who makes an account of their own; nobody by default.
    #[doc(alias("ACCOUNT_ADAPTER", "is_open_for_signup"))]
    pub fn registration(mut self, registration: Registration) -> Self {
        self.registration = registration;
        self
    }

    /// When an address has to be proven; never by default.
    #[doc(alias("ACCOUNT_EMAIL_VERIFICATION"))]
    pub fn email_verification(mut self, verification: EmailVerification) -> Self {
        self.email_verification = verification;
        self
    }

    /// Whether people log in by a link that is mailed, or the code beside it; they do not by default. Whoever reads somebody's mail logs
    /// in as them then, as they could set another password before.
    #[doc(alias("ACCOUNT_LOGIN_BY_CODE_ENABLED"))]
    pub fn magic_links(mut self, are_on: bool) -> Self {
        self.has_magic_links = are_on;
        self
    }

    /// Who may have an account of their own, and what it starts with, whichever way they come; whoever can, by default, with nothing.
    #[doc(alias("ACCOUNT_ADAPTER", "SignupPolicy"))]
    pub fn sign_up_rules(mut self, rules: impl SignUpRules + 'static) -> Self {
        self.sign_up_rules = Some(Arc::new(rules));
        self
    }

    /// Forms that robots like have to be sent by a person, who shows it by this; nobody is asked by default. See
    /// [`human`](crate::human) for which forms, and what happens where nobody can tell.
    #[doc(alias("captcha", "recaptcha", "turnstile", "hcaptcha", "proof_of_work"))]
    pub fn human_check(mut self, check: Captcha) -> Self {
        self.captcha = Some(check);
        self
    }

    /// How long an account is kept that somebody signed up for and neither proved nor used, and its name with it: 30 days by default, a
    /// week at least, in which its owner may ask for the link again.
    pub fn unproven_life(mut self, life: Duration) -> Self {
        self.unproven_life = life;
        self
    }

    /// How long a guest's account is kept ([`AuthContext::login_guest`](crate::AuthContext::login_guest)): as long as a session lives at
    /// most, unless something else is said.
    pub fn guest_life(mut self, life: Duration) -> Self {
        self.guest_life = Some(life);
        self
    }

    /// What people may change of their own profile; first and last name by default.
    #[doc(alias("UserChangeForm"))]
    pub fn profile_policy(mut self, policy: ProfilePolicy) -> Self {
        self.profile_policy = policy;
        self
    }

    /// How long a closed account can be opened again before it is erased: 14 days by default, 1 to 365.
    pub fn closing_grace(mut self, grace: Duration) -> Self {
        self.closing_grace = grace;
        self
    }

    pub(super) fn check_mail(&self) -> Result<(), Error> {
        if !(SHORTEST_GRACE..=LONGEST_GRACE).contains(&self.closing_grace) {
            return Err(Error::configuration(
                "a closed account can be opened again for 1 to 365 days: give `closing_grace` as many",
            ));
        }
        if self.unproven_life < SHORTEST_UNPROVEN {
            return Err(Error::configuration(
                "an account that somebody signed up for is kept for a week at least: give `unproven_life` as much",
            ));
        }
        let needs_mail = self.has_magic_links
            || self.mfa.mails_codes()
            || self.registration != Registration::Closed
            || self.email_verification != EmailVerification::Optional;
        let tells = self.registration == Registration::OpenTellingWhoExists;
        if tells && self.email_verification == EmailVerification::BeforeLogin {
            return Err(Error::configuration(
                "`Registration::OpenTellingWhoExists` logs people in before they prove an address, and \
                 `EmailVerification::BeforeLogin` lets nobody in before: take `Registration::Open`",
            ));
        }
        if needs_mail && self.mailer.is_none() {
            return Err(Error::configuration(
                "registration, proof of addresses, links to log in by and mailed codes need mail: call `.mailer(..)`",
            ));
        }
        Ok(())
    }
}

impl Parts {
    /// Who says whether a person sends a form.
    pub(super) fn humans(&mut self, base: &BaseUrl, throttle: &Throttle) -> Result<Humans, Error> {
        let Some(captcha) = self.builder.captcha.take() else { return Ok(Humans::default()) };
        let parts = HumanParts {
            throttle: throttle.clone(),
            events: self.events.clone(),
            clock: self.clock(),
            own_hosts: base.is_https.then(|| base.hosts_beside(&self.builder.origins)),
        };
        Humans::start(captcha, parts, || Ok(self.way_out(base)?.0))
    }

    /// What needs mail; `None` where the application sends none.
    pub(super) fn mail(
        &self,
        style: &ReplyStyle,
        throttle: &Throttle,
        (users, factors): (&Users, &Factors),
        (entrance, tokens): (&Entrance, &Tokens),
    ) -> Result<Option<(MailServices, MailCourier)>, Error> {
        let Some((mailer, from)) = self.builder.mailer.clone() else { return Ok(None) };
        if !users.keep_letters() {
            return Err(Error::configuration(
                "the mails of accounts are for users of our own tables: leave out `.mailer(..)` where users are Django's or the \
                 application's own",
            ));
        }
        let from = Email::new(&from).map_err(|_| {
            Error::configuration(
                "the address that mails come from is none: write one like accounts@app.example",
            )
        })?;
        let links = Links::new(self.stores.short_lived.clone(), &self.secrets, self.clock(), self.random());
        let browsers =
            SignUpBrowsers::new(self.stores.short_lived.clone(), &self.secrets, self.clock(), self.random());
        let notices = Notices::new(Some(self.outbox.clone()));
        let writer = LetterWriter {
            users: users.clone(),
            links: links.clone(),
            browsers: browsers.clone(),
            codes: factors.mailed().clone(),
            throttle: throttle.clone(),
            style: style.clone(),
            from,
            short_lived: self.stores.short_lived.clone(),
        };
        let registrations = Registrations {
            mode: self.builder.registration,
            users: users.clone(),
            notices: notices.clone(),
            links: links.clone(),
            throttle: throttle.clone(),
            entrance: entrance.clone(),
            names: HeldNames::new(self.stores.short_lived.clone(), self.clock()),
            short_lived: self.stores.short_lived.clone(),
            clock: self.clock(),
            unproven_life: self.builder.unproven_life,
        };
        let recovery = Recovery {
            users: users.clone(),
            links,
            notices,
            throttle: throttle.clone(),
            entrance: entrance.clone(),
            tokens: tokens.clone(),
            browsers,
            factors: factors.clone(),
        };
        let (told, clock) = (self.stores.short_lived.clone(), self.clock());
        let locks = LockLetters::new(recovery.notices.clone(), told, clock);
        entrance.logins().tell_of_locks(Arc::new(locks));
        let courier = MailCourier::new(mailer, Arc::new(writer), throttle.clone());
        Ok(Some((MailServices { registrations, recovery }, courier)))
    }
}
