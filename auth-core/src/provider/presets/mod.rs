//! The providers that this crate knows, as data: to add one, add an entry.
//!
//! Each entry names the provider's own documentation. What it says of e-mail addresses decides whether a verified one is believed
//! without the operator saying so (`is_believed`): it is where the provider itself proved that the address is the account's, and
//! it is not where a customer or an administrator may enter any address, or where the provider does not say.

pub(super) mod oauth;
pub(super) mod openid_connect;
#[cfg(test)]
mod tests;

use crate::issuer::JwsAlgorithm;

use super::UserinfoMethod;
use super::profile::{FindAddress, Pointers, STANDARD_CLAIMS};

/// A provider.
#[derive(Clone, Copy)]
pub(super) struct Preset {
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    pub(super) place: Place,
    pub(super) scopes: &'static [&'static str],
    pub(super) secret: SecretUse,
    /// What else each authorization request says.
    pub(super) parameters: &'static [(&'static str, &'static str)],
    /// False where the provider refuses a code that comes with a verifier (RFC 7636 section 7.2 has it ignored), or refuses what its
    /// documentation does not name, and names none.
    pub(super) has_pkce: bool,
    pub(super) has_form_post: bool,
    /// False where the documentation names no way to ask for a new login (`prompt=login`, `max_age`), or no claim that says when it
    /// was (`auth_time`, which Microsoft adds only where the application's registration there asks for it).
    pub(super) can_reauthenticate: bool,
    /// The algorithms of its ID tokens; none where any that its keys are for will do.
    pub(super) id_token_algorithms: &'static [JwsAlgorithm],
    /// How the profile is asked for, and the media type that it is asked for in.
    pub(super) userinfo_method: UserinfoMethod,
    pub(super) userinfo_accept: Option<&'static str>,
    /// Further headers of that request, in lower case.
    pub(super) userinfo_headers: &'static [(&'static str, &'static str)],
    pub(super) pointers: Pointers,
    /// True where the documentation says that the subject is a JSON number.
    pub(super) has_numeric_subject: bool,
    /// True where booleans come as `"true"`, `1` or `"1"` too.
    pub(super) has_textual_booleans: bool,
    pub(super) address: Option<FindAddress>,
    pub(super) is_believed: bool,
    /// The name stands in a parameter of the first answer (Apple).
    pub(super) has_user_parameter: bool,
    /// The origins of its API.
    pub(super) api_origins: &'static [&'static str],
}

/// Where a provider is.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// At an issuer of its own. The profile is read by the API at `profile`, where there is one.
    Issuer { issuer: &'static str, profile: Option<&'static str> },
    /// At an issuer of the operator's: `{base}` stands for the domain as a URL, `{realm}` for the realm.
    IssuerAt { template: &'static str, base: Option<&'static str> },
    /// At Microsoft's, by tenant.
    Entra,
    /// At endpoints without OpenID Connect. `issuer` is the origin of the first; further documents of the profile are at paths below
    /// `userinfo`.
    Endpoints {
        issuer: &'static str,
        authorization: &'static str,
        token: &'static str,
        userinfo: &'static str,
        more: &'static [&'static str],
    },
}

/// How a provider takes the client secret.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum SecretUse {
    /// By `client_secret_post`, and there is no login without one.
    Needed,
    /// By `client_secret_basic`, and there is no login without one.
    NeededInHeader,
    /// As its metadata says, and public clients need none.
    Optional,
    /// By `client_secret_post`; public clients need none.
    OptionalInForm,
    /// Made for each request with a private key (Apple).
    Signed { audience: &'static str },
}

/// An OpenID Connect provider that does everything by the book.
const STANDARD: Preset = Preset {
    name: "",
    label: "",
    place: Place::IssuerAt { template: "{base}", base: None },
    scopes: &["openid", "email", "profile"],
    secret: SecretUse::Optional,
    parameters: &[],
    has_pkce: true,
    has_form_post: false,
    can_reauthenticate: true,
    id_token_algorithms: &[],
    userinfo_method: UserinfoMethod::Get,
    userinfo_accept: None,
    userinfo_headers: &[],
    pointers: STANDARD_CLAIMS,
    has_numeric_subject: false,
    has_textual_booleans: false,
    address: None,
    is_believed: false,
    has_user_parameter: false,
    api_origins: &[],
};

/// All of them, by name.
pub(super) fn all() -> Vec<&'static Preset> {
    let mut all: Vec<_> = openid_connect::PRESETS.iter().chain(oauth::PRESETS).collect();
    all.sort_unstable_by_key(|preset| preset.name);
    all
}

/// The preset of this name.
pub(super) fn preset(name: &str) -> Option<&'static Preset> {
    openid_connect::PRESETS.iter().chain(oauth::PRESETS).find(|preset| preset.name == name)
}
