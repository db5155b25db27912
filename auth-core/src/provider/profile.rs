//! Reading what providers say of people.

use serde::Deserialize;
use serde_json::Value;

use crate::outbound::{OutboundUrl, OutsideError};

use super::Profile;

/// The longest subject, in bytes (OpenID Connect Core 1.0 section 2 for `sub`; providers without it stay far below).
const MAX_SUBJECT: usize = 255;

/// The longest text that is taken for show, in bytes.
const MAX_TEXT: usize = 256;

/// Where a provider's answer says what, as JSON pointers (RFC 6901); an empty one means that it does not. By default the standard
/// claims (OpenID Connect Core 1.0 section 5.1).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ProfileFields {
    /// The provider's own name for the account: a text, or, where the provider does not speak OpenID Connect, a whole number. Never
    /// a name that can be changed or given to somebody else. Of an ID token and of UserInfo it is `/sub`, and nothing else is taken;
    /// of an API beside them ([`userinfo_endpoint`](super::ProviderConfig::userinfo_endpoint)) it is where the API writes the ID
    /// token's `sub`.
    pub subject: String,
    /// The address.
    pub email: String,
    /// Whether the address is proven: nothing but a JSON `true` says so, unless
    /// [`textual_booleans`](super::ProviderConfig::textual_booleans) are taken.
    pub email_verified: String,
    /// A name to log in with.
    pub username: String,
    /// The name to show.
    pub name: String,
    /// The address of a picture.
    pub picture: String,
}

impl Default for ProfileFields {
    fn default() -> Self {
        STANDARD_CLAIMS.into()
    }
}

/// [`ProfileFields`] as the presets write them.
#[derive(Clone, Copy)]
pub(super) struct Pointers {
    pub(super) subject: &'static str,
    pub(super) email: &'static str,
    pub(super) email_verified: &'static str,
    pub(super) username: &'static str,
    pub(super) name: &'static str,
    pub(super) picture: &'static str,
}

pub(super) const STANDARD_CLAIMS: Pointers = Pointers {
    subject: "/sub",
    email: "/email",
    email_verified: "/email_verified",
    username: "/preferred_username",
    name: "/name",
    picture: "/picture",
};

/// For providers without those claims, to be filled in.
pub(super) const NO_FIELDS: Pointers =
    Pointers { subject: "", email: "", email_verified: "", username: "", name: "", picture: "" };

impl From<Pointers> for ProfileFields {
    fn from(pointers: Pointers) -> Self {
        Self {
            subject: pointers.subject.to_owned(),
            email: pointers.email.to_owned(),
            email_verified: pointers.email_verified.to_owned(),
            username: pointers.username.to_owned(),
            name: pointers.name.to_owned(),
            picture: pointers.picture.to_owned(),
        }
    }
}

/// How to tell whether an address is proven, where that is not one member. Given all answers, the address as text among them, if
/// there is one, and whether it is proven.
pub(super) type FindAddress = fn(&[Value]) -> Result<Option<(&str, bool)>, Malformed>;

/// How to read a provider's answers.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) fields: ProfileFields,
    pub(super) address: Option<FindAddress>,
    /// Whether the subject may be a whole number. OpenID Connect's `sub` is a text (Core 1.0 section 2).
    pub(super) has_numeric_subject: bool,
    /// Whether `"true"`, `1` and `"1"` say that an address is proven, as `true` does.
    pub(super) has_textual_booleans: bool,
}

/// What is wrong with an answer: the place, never what stands there.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Malformed(String);

impl Malformed {
    fn at(pointer: &str) -> Self {
        Self(pointer.to_owned())
    }

    /// The place.
    pub(super) fn member(&self) -> &str {
        &self.0
    }
}

impl From<Malformed> for OutsideError {
    fn from(Malformed(pointer): Malformed) -> Self {
        let reason = format!("the provider's answer has nothing fit at `{pointer}`");
        Self::failed(reason)
    }
}

impl Reading {
    pub(super) fn of(fields: ProfileFields, has_numeric_subject: bool) -> Self {
        Self { fields, address: None, has_numeric_subject, has_textual_booleans: false }
    }

    /// Reads the profile out of the first answer, and what else the provider needs out of the others. The subject is who somebody
    /// is; everything else is for show: of another type than it should have, it is as if it were not there, and answered beside
    /// the profile.
    ///
    /// # Errors
    /// When there is no subject, or one of another type.
    pub(super) fn read(&self, answers: &[Value]) -> Result<(Profile, Vec<Malformed>), Malformed> {
        let answer = answers.first().unwrap_or(&Value::Null);
        let subject = self.subject(answer)?;
        let mut unfit = Vec::new();
        let address = match self.address {
            Some(find) => find(answers),
            None => text(answer, &self.fields.email)
                .map(|email| email.map(|email| (email, self.says_verified(answer)))),
        };
        let address = address.unwrap_or_else(|place| {
            unfit.push(place);
            None
        });
        let mut for_show = |pointer: &str| {
            text(answer, pointer).unwrap_or_else(|place| {
                unfit.push(place);
                None
            })
        };
        let (username, name) = (for_show(&self.fields.username), for_show(&self.fields.name));
        let (given_name, family_name) = (for_show("/given_name"), for_show("/family_name"));
        let picture = for_show(&self.fields.picture).filter(|url| is_picture(url));
        let profile = Profile {
            subject,
            email: shown(address.map(|(email, _)| email)),
            email_verified: address.is_some_and(|(_, is_verified)| is_verified),
            username: shown(username),
            name: shown(name),
            given_name: shown(given_name),
            family_name: shown(family_name),
            picture: picture.map(str::to_owned),
        };
        Ok((profile, unfit))
    }

    /// The member that says whether the address is proven, if it is one; empty where none does.
    pub(super) fn proof(&self) -> Option<&str> {
        self.address.is_none().then_some(&self.fields.email_verified)
    }

    fn says_verified(&self, answer: &Value) -> bool {
        let pointer = &self.fields.email_verified;
        is_true(answer, pointer) || self.has_textual_booleans && is_true_in_other_words(answer, pointer)
    }

    /// A text as it is; a whole number, where there may be one, in decimal digits.
    fn subject(&self, answer: &Value) -> Result<String, Malformed> {
        let pointer = &self.fields.subject;
        let subject = match at(answer, pointer) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) if self.has_numeric_subject && number.is_u64() => number.to_string(),
            _ => return Err(Malformed::at(pointer)),
        };
        let is_subject = !subject.trim().is_empty()
            && subject.len() <= MAX_SUBJECT
            && !subject.chars().any(char::is_control);
        if is_subject { Ok(subject) } else { Err(Malformed::at(pointer)) }
    }
}

fn at<'v>(answer: &'v Value, pointer: &str) -> Option<&'v Value> {
    let found = (!pointer.is_empty()).then(|| answer.pointer(pointer)).flatten();
    found.filter(|value| !value.is_null())
}

/// A text, if there is anything.
pub(super) fn text<'v>(answer: &'v Value, pointer: &str) -> Result<Option<&'v str>, Malformed> {
    at(answer, pointer).map(|value| value.as_str().ok_or_else(|| Malformed::at(pointer))).transpose()
}

/// Whether there is a JSON `true`. A text that says so is none: it may be what somebody typed.
pub(super) fn is_true(answer: &Value, pointer: &str) -> bool {
    at(answer, pointer).and_then(Value::as_bool).unwrap_or(false)
}

/// Whether a boolean is written as a text or a number, and true.
fn is_true_in_other_words(answer: &Value, pointer: &str) -> bool {
    match at(answer, pointer) {
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true") || text == "1",
        Some(Value::Number(number)) => number.as_u64() == Some(1),
        _ => false,
    }
}

/// A text as it is shown: of bounded length, and without what would break a line or a log.
pub(super) fn shown(text: Option<&str>) -> Option<String> {
    let text: String = text?.chars().filter(|c| !c.is_control()).collect();
    let text = text[..text.floor_char_boundary(MAX_TEXT)].trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Whether pages can show it: anything but `https` would be blocked, or be a script.
fn is_picture(url: &str) -> bool {
    url.starts_with("https://") && OutboundUrl::parse(url).is_ok()
}

/// The address that is marked as the primary one (GitHub).
pub(super) fn primary_address(answers: &[Value]) -> Result<Option<(&str, bool)>, Malformed> {
    let Some(list) = answers.get(1).filter(|list| !list.is_null()) else { return Ok(None) };
    let list = list.as_array().ok_or_else(|| Malformed::at("/emails"))?;
    let Some(primary) = list.iter().find(|entry| is_true(entry, "/primary")) else { return Ok(None) };
    Ok(text(primary, "/email")?.map(|email| (email, is_true(primary, "/verified"))))
}

/// The address that is marked as the primary one, in a list that is one page of a longer one (Bitbucket).
pub(super) fn bitbucket_address(answers: &[Value]) -> Result<Option<(&str, bool)>, Malformed> {
    let Some(page) = answers.get(1).filter(|page| !page.is_null()) else { return Ok(None) };
    let list =
        at(page, "/values").and_then(Value::as_array).ok_or_else(|| Malformed::at("/emails/values"))?;
    let Some(primary) = list.iter().find(|entry| is_true(entry, "/is_primary")) else { return Ok(None) };
    Ok(text(primary, "/email")?.map(|email| (email, is_true(primary, "/is_confirmed"))))
}

/// X names no address but one that its owner has confirmed.
pub(super) fn x_address(answers: &[Value]) -> Result<Option<(&str, bool)>, Malformed> {
    let Some(answer) = answers.first() else { return Ok(None) };
    Ok(text(answer, "/data/confirmed_email")?.map(|email| (email, true)))
}

/// Google is the authority on addresses of its own domains and of hosted ones (`hd`); any other address was proven once, when the
/// account was made, and may be somebody else's by now.
pub(super) fn google_address(answers: &[Value]) -> Result<Option<(&str, bool)>, Malformed> {
    let Some(claims) = answers.first() else { return Ok(None) };
    let Some(email) = text(claims, "/email")? else { return Ok(None) };
    let is_own = email.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case("gmail.com"));
    let is_hosted = text(claims, "/hd").is_ok_and(|domain| domain.is_some_and(|domain| !domain.is_empty()));
    Ok(Some((email, (is_own || is_hosted) && is_true(claims, "/email_verified"))))
}

/// Kakao: `is_email_valid` turns false when somebody else has proven the address since.
pub(super) fn kakao_address(answers: &[Value]) -> Result<Option<(&str, bool)>, Malformed> {
    let Some(account) = answers.first().and_then(|user| at(user, "/kakao_account")) else { return Ok(None) };
    let is_verified = is_true(account, "/is_email_valid") && is_true(account, "/is_email_verified");
    Ok(text(account, "/email")?.map(|email| (email, is_verified)))
}

/// The name in the `user` parameter that Apple adds to its first answer. It is not signed, so nothing but the name is read.
pub(super) fn name_in_user_parameter(parameter: &str) -> Option<String> {
    let user: Value = serde_json::from_str(parameter).ok()?;
    let part = |pointer| text(&user, pointer).ok().flatten();
    let parts: Vec<&str> = [part("/name/firstName"), part("/name/lastName")].into_iter().flatten().collect();
    shown(Some(&parts.join(" ")))
}
