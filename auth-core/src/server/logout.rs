//! A client that wants its user logged out here too (OpenID Connect RP-Initiated Logout 1.0).
//!
//! 1. Whoever shows the ID token of the session that the browser has is believed; everybody else's wish is put before the user, as a link
//!    that anybody can write would be.
//! 2. The browser goes on to the client only where that is registered, letter by letter, by a client that is named or has the ID token.

use std::sync::Arc;

use crate::error::Error;
use crate::text::Text;
use crate::token::SessionHandle;

use super::{OAuthClient, Server};

/// The wish, as it came.
#[derive(Debug, Default)]
pub(crate) struct LogoutParameters<'a> {
    pub(crate) id_token_hint: Option<&'a str>,
    pub(crate) client_id: Option<&'a str>,
    pub(crate) post_logout_redirect_uri: Option<&'a str>,
    pub(crate) state: Option<&'a str>,
}

/// The wish, once it is read.
pub(crate) struct LogoutWish {
    client: Option<Arc<OAuthClient>>,
    redirect_uri: Option<String>,
    state: Option<String>,
    session: Option<String>,
}

impl Server {
    /// Reads a client's wish. An ID token that is none of ours is as good as none.
    ///
    /// # Errors
    /// `InvalidRequest` where the ID token is another client's than the one that is named; `Unavailable`.
    pub(crate) async fn read_logout(&self, asked: &LogoutParameters<'_>) -> Result<LogoutWish, Error> {
        let hint = asked.id_token_hint.and_then(|token| self.read_hint(token));
        let hinted = hint.as_ref().map(|hint| hint.aud.as_str());
        if let (Some(hinted), Some(named)) = (hinted, asked.client_id)
            && hinted != named
        {
            return Err(Error::invalid(Text::LogoutOtherClient));
        }
        let client = match hinted.or(asked.client_id) {
            Some(id) => self.clients.find(id).await?,
            None => None,
        };
        let is_registered = |uri: &&str| {
            client
                .as_ref()
                .is_some_and(|client| client.post_logout_redirect_uris.iter().any(|held| held == uri))
        };
        let redirect_uri = asked.post_logout_redirect_uri.filter(is_registered).map(str::to_owned);
        if redirect_uri.is_none() && asked.post_logout_redirect_uri.is_some() {
            tracing::warn!(
                client = client.as_ref().map(|client| client.id()),
                "somebody who logs out does not go on to the client: that place is not registered for it"
            );
        }
        let (session, state) = (hint.map(|hint| hint.sid), asked.state.map(str::to_owned));
        Ok(LogoutWish { client, redirect_uri, state, session })
    }
}

impl Server {
    /// Whether a wish is shown to be about this session.
    pub(crate) fn is_of(&self, wish: &LogoutWish, session: &SessionHandle) -> bool {
        let session = session.to_string();
        let known_as = match &wish.client {
            Some(client) => self.session_name(client, &session).ok(),
            None => Some(session),
        };
        wish.session.is_some() && wish.session == known_as
    }
}

impl LogoutWish {
    /// The client, by its id.
    pub(crate) fn client_id(&self) -> Option<&str> {
        self.client.as_ref().map(|client| client.id())
    }

    /// What the client is called.
    pub(crate) fn client_name(&self) -> Option<&str> {
        self.client.as_ref().map(|client| client.display_name())
    }

    /// Where the browser may go afterwards, and with which `state`.
    pub(crate) fn place(&self) -> Option<(&str, Option<&str>)> {
        Some((self.redirect_uri.as_deref()?, self.state.as_deref()))
    }

    /// Where the browser goes on to the client; nowhere where no place is registered.
    pub(crate) fn location(&self) -> Option<String> {
        let (uri, state) = self.place()?;
        let Some(state) = state else { return Some(uri.to_owned()) };
        let joint = if uri.contains('?') { "&" } else { "?" };
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("state", state).finish();
        Some(format!("{uri}{joint}{query}"))
    }
}
