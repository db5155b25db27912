//! A browser that another application has sent here: its cookie.

use crate::http::{BrowserId, RequestView};
use crate::server::WAITING_LIFE;

use super::AuthContext;

impl AuthContext {
    /// Names the browser, by the name that it has already if it has one: the cookie goes out with the reply.
    pub(crate) fn name_browser(&self, browser: &BrowserId) {
        let cookie = self.0.auth.config().browser_cookie.set(browser, Some(WAITING_LIFE));
        self.touch();
        self.state().cookies().browser = Some(cookie);
    }

    /// The name of the browser among those that went elsewhere, or came from there.
    pub(crate) fn browser<V: RequestView>(&self, view: &V) -> Option<BrowserId> {
        self.0.auth.config().browser_cookie.read(view).into_id()
    }
}
