//! Making an access token.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::clock::Timestamp;
use crate::error::{Error, ErrorKind};
use crate::login::Amr;
use crate::random::random_bytes;
use crate::secret::Secret;
use crate::user::UserId;

use super::service::Tokens;
use super::types::token_type;
use super::verify::Passed;
use super::{AccessClaims, Actor, Client, Confirmation, RefreshFamily, SessionHandle};

/// What an access token says, beside who issued it and when.
pub(crate) struct AccessDraft<'a> {
    /// Whom it stands for: a user, or the client where that acts for itself.
    pub(crate) subject: &'a str,
    pub(crate) client: Client<'a>,
    /// For whom it is, where that is not this application.
    pub(crate) audience: Option<String>,
    pub(crate) scope: String,
    /// How its user has logged in; `None` for a client that acts for itself.
    pub(crate) login: Option<LoginOf>,
    /// Who acts for the subject.
    pub(crate) act: Option<Actor>,
    /// When the token ends that it was given for, if it was given for one.
    pub(crate) ends_by: Option<Timestamp>,
}

/// From which login a token comes.
pub(crate) struct LoginOf {
    pub(crate) auth_time: Timestamp,
    pub(crate) amr: Amr,
    pub(crate) sid: SessionHandle,
    /// What of that session the client was given, where that ends by itself too.
    pub(crate) family: Option<SessionHandle>,
    pub(crate) epoch: u64,
}

/// An access token as it is handed out.
pub(crate) struct IssuedAccess {
    pub(crate) token: Secret,
    pub(crate) expires_in: Duration,
    pub(crate) scope: String,
    pub(crate) token_type: &'static str,
}

impl<'a> AccessDraft<'a> {
    pub(super) fn of_family(family: &'a RefreshFamily, client: Client<'a>, scope: String) -> Self {
        let login = LoginOf {
            auth_time: family.auth_time,
            amr: family.amr,
            sid: family.session.unwrap_or(family.sid),
            family: family.session.map(|_| family.sid),
            epoch: family.epoch,
        };
        let audience = family.resource.as_deref().map(str::to_owned);
        let subject = family.user.as_str();
        Self { subject, client, audience, scope, login: Some(login), act: None, ends_by: None }
    }
}

/// Whom and which session a token names.
struct Named {
    subject: String,
    sid: Option<String>,
    /// The [`Account`], sealed.
    account: Option<String>,
}

/// For whom a token was given.
pub(super) struct Account {
    pub(super) user: UserId,
    /// The session's own name, where the token has another one.
    pub(super) session: Option<String>,
}

impl Account {
    fn to_text(&self) -> String {
        match &self.session {
            Some(session) => [session, self.user.as_str()].join("\n"),
            None => ["", self.user.as_str()].join("\n"),
        }
    }

    fn read(text: &str) -> Self {
        let (session, user) = text.split_once('\n').unwrap_or(("", text));
        Self { user: UserId::new(user), session: Some(session.to_owned()).filter(|name| !name.is_empty()) }
    }
}

impl Tokens {
    /// Whom and which session a token names, and what is behind that where the client knows them by other names.
    async fn named(&self, draft: &AccessDraft<'_>) -> Result<Named, Error> {
        let sid = draft.login.as_ref().map(|login| login.sid.to_string());
        let plain = Named { subject: draft.subject.to_owned(), sid: sid.clone(), account: None };
        let (Some(registered), Some(login)) = (&self.registered, &draft.login) else { return Ok(plain) };
        let (client, user) = (draft.client.id(), UserId::new(draft.subject));
        // What belongs to no session has the name of its family, which no other client knows.
        let session = login.family.map(|_| login.sid);
        let Some(subject) = registered.pairwise_subject(client, &user).await? else { return Ok(plain) };
        let known_as = match &session {
            Some(session) => registered.pairwise_session(client, session).await?,
            None => None,
        };
        let behind = Account { session: session.map(|session| session.to_string()), user };
        let sealed = self.accounts.seal(behind.to_text().as_bytes(), client.as_bytes(), &*self.random);
        let account = Some(URL_SAFE_NO_PAD.encode(sealed));
        Ok(Named { subject, sid: known_as.or(sid), account })
    }

    /// For which account a token was given; none for a client by itself.
    ///
    /// # Errors
    /// `InvalidToken` where that was sealed by a secret that is gone.
    pub(super) fn account_of(&self, passed: &Passed) -> Result<Option<Account>, Error> {
        let Some(sealed) = &passed.claims.account else {
            return Ok(passed.user.clone().map(|user| Account { user, session: None }));
        };
        let sealed = URL_SAFE_NO_PAD.decode(sealed).unwrap_or_default();
        let plain = self.accounts.open(&sealed, passed.claims.client_id.as_bytes());
        let text = plain.as_ref().and_then(|plain| std::str::from_utf8(plain).ok());
        text.map(|text| Some(Account::read(text))).ok_or_else(|| ErrorKind::InvalidToken.into())
    }

    /// Signs an access token of now.
    ///
    /// # Errors
    /// `Unavailable` before the store is migrated; `Internal`.
    pub(crate) async fn issue(&self, draft: AccessDraft<'_>) -> Result<IssuedAccess, Error> {
        let now = self.clock.now();
        let expires_in = draft.client.access_life().unwrap_or(self.config.access_life);
        let expires_in = draft.ends_by.map_or(expires_in, |end| expires_in.min(end.since(now)));
        let login = draft.login.as_ref();
        let Named { subject: sub, sid, account } = self.named(&draft).await?;
        let claims = AccessClaims {
            iss: self.issuer.to_string(),
            sub,
            aud: vec![draft.audience.unwrap_or_else(|| self.issuer.to_string())],
            exp: now + expires_in,
            iat: now,
            nbf: None,
            jti: URL_SAFE_NO_PAD.encode(random_bytes::<16>(&*self.random)),
            client_id: draft.client.id().to_owned(),
            scope: draft.scope.clone(),
            auth_time: login.map(|login| login.auth_time),
            amr: login.map_or_else(Vec::new, |login| login.amr.names().map(str::to_owned).collect()),
            sid,
            family: login.and_then(|login| login.family).map(|family| family.to_string()),
            account,
            act: draft.act,
            exchanged: draft.ends_by.is_some(),
            cnf: draft.client.key().map(Confirmation::of_key),
            auth_epoch: login.map(|login| login.epoch),
        };
        let ring = self.keys()?.fresh_ring().await;
        Ok(IssuedAccess {
            token: Secret::new(super::sign(&ring, &claims, now)?),
            expires_in,
            scope: draft.scope,
            token_type: token_type(draft.client.key()),
        })
    }
}

#[cfg(feature = "server")]
impl IssuedAccess {
    /// The reply of a token endpoint (RFC 6749 section 5.1), without a refresh token.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        serde_json::json!({
            "access_token": self.token.expose(),
            "token_type": self.token_type,
            "expires_in": self.expires_in.as_secs(),
            "scope": self.scope,
        })
    }
}
