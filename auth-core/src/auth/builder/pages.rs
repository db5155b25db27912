//! The application's own pages and words.

use std::sync::Arc;

use crate::error::Error;
use crate::http::{CookieConfig, Place};
use crate::page::{Pages, ReplyStyle};
use crate::text::Languages;

use super::AuthBuilder;
use super::base_url::BaseUrl;

impl AuthBuilder {
    /// Pages of the application's own, in place of some of ours: see [`page`](crate::page).
    pub fn pages(mut self, pages: impl Pages + 'static) -> Self {
        self.pages = Some(Arc::new(pages));
        self
    }

    /// English words of the application's own for some of the texts on pages, in mails and in error replies, in the form of
    /// [Project Fluent](https://projectfluent.org/fluent/guide/): a line a text. Several calls add up, the last word counts.
    ///
    /// The texts and their keys stand in `src/text/en.ftl` of this crate. What is put into one (`{ $provider }`) may be left out, and
    /// nothing else may be put in. An error that a handler passes on by `?` has these words where the handler takes the context;
    /// OAuth's endpoints, the log and what code reads ([`Error::detail`]) are in English whatever is said here.
    ///
    /// ```
    /// # use auth_core::Auth;
    /// let builder = Auth::builder().texts("login-title = Welcome back\nlogin-with = Go on with { $provider }");
    /// ```
    pub fn texts(self, words: impl Into<String>) -> Self {
        self.texts_in("en", words)
    }

    /// The same in another language, by its tag (RFC 5646): changes words of one that comes with this crate (`ko`), or adds a language.
    /// What an added one has no words for is said in English, and named in the log at start. `src/text/ko.ftl` is an example of a
    /// whole one.
    ///
    /// ```
    /// # use auth_core::Auth;
    /// let german = "language-name = Deutsch\nlogin-title = Anmelden\nlogin-password = Passwort";
    /// let builder = Auth::builder().texts_in("de", german);
    /// ```
    #[doc(alias("locale", "gettext", "translation", "LANGUAGES"))]
    pub fn texts_in(mut self, language: impl Into<String>, words: impl Into<String>) -> Self {
        self.texts.push((language.into(), words.into()));
        self
    }

    /// The languages in which people are answered: English (`en`), Korean (`ko`) and what [`texts_in`](Self::texts_in) added, unless fewer
    /// are named here. The first is for whoever asks for none of them, and for mails that no request caused. A visitor has the one that
    /// they chose on a page, or else the one that their browser asks for (`Accept-Language`); mails follow the request that caused
    /// them. Where there is but one, no page has a switch.
    ///
    /// ```
    /// # use auth_core::Auth;
    /// let builder = Auth::builder().languages(["ko", "en"]);
    /// ```
    #[doc(alias("locale", "LANGUAGES", "LANGUAGE_CODE"))]
    pub fn languages(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.languages = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    pub(super) fn style(
        &mut self,
        app_name: String,
        base: &BaseUrl,
        (place, cookie): (Place, &CookieConfig),
    ) -> Result<ReplyStyle, Error> {
        let languages = Languages::new(self.languages.as_deref(), &self.texts);
        let languages = languages.map_err(|wrong| Error::configuration(format!("texts: {wrong}")))?;
        let style = ReplyStyle::new(app_name, base.origin.clone(), place)
            .with_languages(languages, cookie.companion("language"));
        let style = match &self.server {
            Some(_) => style.with_resource_metadata(),
            None => style,
        };
        Ok(match self.pages.take() {
            Some(pages) => style.with_pages(pages),
            None => style,
        })
    }
}
