//! What a provider sends back through the browser.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::http::Fields;
use crate::text::Text;

/// The most bytes of an answer that are taken, all parameters together. Codes of the largest providers have below 2 KiB, and the
/// `user` of Apple some hundred bytes.
const MAX_LEN: usize = 8 * 1024;

/// The parameters of an authorization response (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207 section 2), unchecked.
#[derive(Default, Deserialize, Serialize)]
pub(crate) struct CallbackParameters {
    pub(super) state: Option<String>,
    pub(super) code: Option<String>,
    pub(super) iss: Option<String>,
    pub(super) error: Option<String>,
    pub(super) error_description: Option<String>,
    /// Apple's word on the name, in the first answer only.
    pub(super) user: Option<String>,
}

/// How an answer comes through the browser, unchecked.
pub(crate) enum Answer {
    /// It stands in the URL.
    Here(CallbackParameters),
    /// The provider posted it, and it is kept under this handle.
    Kept(String),
}

impl Answer {
    /// Takes it out of a query.
    ///
    /// # Errors
    /// As [`CallbackParameters::read`].
    pub(crate) fn read(fields: &Fields) -> Result<Self, Error> {
        Ok(match fields.text("handle")? {
            Some(handle) => Self::Kept(handle.to_owned()),
            None => Self::Here(CallbackParameters::read(fields)?),
        })
    }
}

impl CallbackParameters {
    /// Takes them out of a query or a form. All others are ignored (RFC 6749 section 4.1.2).
    ///
    /// # Errors
    /// `InvalidRequest` when they are longer than any provider makes them.
    pub(crate) fn read(fields: &Fields) -> Result<Self, Error> {
        let text = |name| fields.text(name).map(|value| value.map(str::to_owned));
        let parameters = Self {
            state: text("state")?,
            code: text("code")?,
            iss: text("iss")?,
            error: text("error")?,
            error_description: text("error_description")?,
            user: text("user")?,
        };
        if parameters.len() > MAX_LEN {
            return Err(Error::invalid(Text::ProviderAnswerTooLong));
        }
        Ok(parameters)
    }

    fn len(&self) -> usize {
        let all = [&self.state, &self.code, &self.iss, &self.error, &self.error_description, &self.user];
        all.into_iter().flatten().map(String::len).sum()
    }
}
