//! Passkeys.

pub(super) mod list;
pub(super) mod login;
pub(super) mod make;
pub(super) mod places;
pub(super) mod step_up;

use crate::error::{Error, ErrorKind};
use crate::http::{RoutePath, path};
use crate::page::{PasskeyButton, PasskeyUse};
use crate::passkey::Passkeys;
use crate::routes::about::{Object, Schema, required};
use crate::routes::exchange::Exchange;

impl Exchange {
    /// # Errors
    /// `NotFound` for an application without passkeys; their routes are not there then.
    fn passkeys(&self) -> Result<&Passkeys, Error> {
        self.auth.passkeys().ok_or_else(|| ErrorKind::NotFound.into())
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
