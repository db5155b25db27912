//! What the client wants its user to be asked.

use serde::{Deserialize, Serialize};

use super::read::Fault;

/// What `prompt` says (OpenID Connect Core 1.0 section 3.1.2.1).
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Prompt {
    /// Nothing at all may be shown.
    pub(super) none: bool,
    /// The user proves once more who they are.
    pub(super) login: bool,
    /// The user allows it once more.
    pub(super) consent: bool,
    /// The user says with which account.
    pub(super) select_account: bool,
}

impl Prompt {
    /// The values that are understood.
    pub(crate) const VALUES: [&str; 4] = ["none", "login", "consent", "select_account"];

    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let mut prompt = Self::default();
        for value in text.split(' ').filter(|value| !value.is_empty()) {
            match value {
                "none" => prompt.none = true,
                "login" => prompt.login = true,
                "consent" => prompt.consent = true,
                "select_account" => prompt.select_account = true,
                _ => return Err(Fault::InvalidRequest("prompt has a value that is not known")),
            }
        }
        match prompt.none && (prompt.login || prompt.consent || prompt.select_account) {
            true => Err(Fault::InvalidRequest("prompt is none and something else")),
            false => Ok(prompt),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_is_words_and_none_stands_alone() {
        assert!(Prompt::read("none").is_ok_and(|prompt| prompt.none));
        assert!(Prompt::read("consent login").is_ok_and(|prompt| prompt.consent && prompt.login));
        for bad in ["none login", "Login", "create", "login,consent"] {
            assert!(Prompt::read(bad).is_err(), "{bad}");
        }
    }
}
