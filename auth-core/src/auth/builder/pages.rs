//! The application's own pages and words.

use std::sync::Arc;

use crate::error::Error;
use crate::http::Place;
use crate::page::{Pages, ReplyStyle};
use crate::text::Texts;

use super::AuthBuilder;
use super::base_url::BaseUrl;

impl AuthBuilder {
    /// Pages of the application's own, in place of some of ours: see [`page`](crate::page).
    pub fn pages(mut self, pages: impl Pages + 'static) -> Self {
        self.pages = Some(Arc::new(pages));
        self
    }

    /// Words of the application's own for some of the texts on pages and in error replies, in the form of
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
    pub fn texts(mut self, words: impl Into<String>) -> Self {
        self.texts.push(words.into());
        self
    }

    pub(super) fn style(
        &mut self,
        app_name: String,
        base: &BaseUrl,
        place: Place,
    ) -> Result<ReplyStyle, Error> {
        let texts = self.texts.iter().try_fold(Texts::english(), |texts, words| texts.changed(words));
        let texts = texts.map_err(|wrong| Error::configuration(format!("texts: {wrong}")))?;
        let style = ReplyStyle::new(app_name, base.origin.clone(), place).with_texts(texts);
        Ok(match self.pages.take() {
            Some(pages) => style.with_pages(pages),
            None => style,
        })
    }
}
