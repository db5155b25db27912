//! The button that asks the browser for a passkey, and the script behind it.

use askama::Template;

use super::form::written;

/// The script of the pages with such a button; without it, the button stays out of sight.
pub(crate) const PASSKEY_SCRIPT: &str = include_str!("../../templates/passkeys.js");

/// What a button for a passkey needs: where the script asks, and where it leads.
///
/// A page of the application's own shows one by [`open`](Self::open), a `<button type="button">` behind it, lines for what went wrong if it
/// likes (`<p data-said="failed" hidden>`), and `</div>`; and somewhere [`script`](Self::script), which its `Content-Security-Policy`
/// lets in, and no other.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PasskeyButton {
    pub(crate) does: PasskeyUse,
    pub(crate) start: String,
    pub(crate) finish: String,
    pub(crate) next: String,
    pub(crate) pending: String,
    pub(crate) script: String,
    /// Where the script stands, on each origin that shares the passkeys: for the policy.
    pub(crate) sources: String,
}

/// What a button for a passkey does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum PasskeyUse {
    /// Asks for one when it is clicked.
    Ask,
    /// The same, and has the browser offer them where the user name is typed.
    AskAndOffer,
    /// Asks for one of the user's own, once more.
    Confirm,
    /// Makes one.
    Make,
    /// Makes an account with one, of what is typed into the form for a password.
    SignUp,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<div class="passkey" data-passkey="{{ does }}" data-start="{{ button.start }}" data-finish="{{ button.finish }}" data-next="{{ button.next }}" data-pending="{{ button.pending }}"{% if offers %} data-autofill{% endif %} hidden>"#
)]
struct Opened<'a> {
    does: &'static str,
    offers: bool,
    button: &'a PasskeyButton,
}

#[derive(Template)]
#[template(ext = "html", source = r#"<script src="{{ path }}" defer></script>"#)]
struct Script<'a> {
    path: &'a str,
}

impl PasskeyButton {
    /// The opening tag, as HTML, of what is around the button: what follows is the application's, and ends in `</div>`.
    pub fn open(&self) -> String {
        let does = match self.does {
            PasskeyUse::Make => "make",
            PasskeyUse::SignUp => "sign-up",
            PasskeyUse::Ask | PasskeyUse::AskAndOffer | PasskeyUse::Confirm => "use",
        };
        written(&Opened { does, offers: self.does == PasskeyUse::AskAndOffer, button: self })
    }

    /// Where it leads: a path.
    pub fn next(&self) -> &str {
        &self.next
    }

    /// The script, as HTML.
    pub fn script(&self) -> String {
        written(&Script { path: &self.script })
    }
}
