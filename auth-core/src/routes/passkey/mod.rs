//! Passkeys.

pub(super) mod list;
pub(super) mod login;
pub(super) mod make;
pub(super) mod places;
pub(super) mod sign_up;
pub(super) mod step_up;

use crate::error::{Error, ErrorKind};
use crate::http::{Fields, RequestBody, RoutePath, path};
use crate::page::{PasskeyButton, PasskeyUse};
use crate::passkey::{Passkeys, is_strict};
use crate::routes::about::{Object, Schema, required};
use crate::routes::exchange::Exchange;
use crate::text::Text;

impl Exchange {
    /// # Errors
    /// `NotFound` for an application without passkeys; their routes are not there then.
    fn passkeys(&self) -> Result<&Passkeys, Error> {
        self.auth.passkeys().ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// The fields of a body that holds a credential.
    ///
    /// # Errors
    /// As [`Fields::form_or_json`]; `InvalidRequest` where a member stands twice, in the credential too.
    fn credential_fields(&self) -> Result<Fields, Error> {
        let fields = Fields::form_or_json(&self.request)?;
        let is_twice = |bytes: &[u8]| fields.object("credential").is_ok() && !is_strict(bytes);
        match self.request.body() {
            RequestBody::Complete(bytes) if is_twice(bytes) => Err(Error::invalid(Text::BodyMalformed)),
            _ => Ok(fields),
        }
    }

    /// A button for a passkey that leads to `next`; `None` for an application without passkeys.
    pub(super) fn passkey_button(&self, does: PasskeyUse, next: &str) -> Option<PasskeyButton> {
        let style = self.style();
        let (start, finish) = match does {
            PasskeyUse::Ask | PasskeyUse::AskAndOffer => {
                (path::PASSKEY_LOGIN_START, path::PASSKEY_LOGIN_FINISH)
            }
            PasskeyUse::Confirm => (path::PASSKEY_STEP_UP_START, path::PASSKEY_STEP_UP_FINISH),
            PasskeyUse::Make => (path::PASSKEY_REGISTER_START, path::PASSKEY_REGISTER_FINISH),
            PasskeyUse::SignUp => (path::PASSKEY_SIGN_UP_START, path::PASSKEY_SIGN_UP_FINISH),
        };
        let path = |route: RoutePath| style.path(route);
        let script = path(path::PASSKEY_SCRIPT);
        self.auth.passkeys().map(|passkeys| PasskeyButton {
            does,
            start: path(start),
            finish: path(finish),
            next: next.to_owned(),
            pending: path(path::MFA),
            sources: passkeys
                .origins()
                .map(|origin| format!("{origin}{script}"))
                .collect::<Vec<_>>()
                .join(" "),
            script,
        })
    }
}

const OPTIONS: Object = Object {
    name: "PasskeyOptions",
    about: "What to ask the browser.",
    members: &[required(
        "publicKey",
        Schema::Any,
        "what `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON` takes",
    )],
};

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionsJson {
    public_key: serde_json::Value,
}
