//! What somebody whom a provider names is called here.

use crate::random::{Random, random_bytes};
use crate::user::Username;

use super::Profile;

/// Room for a hyphen and nine digits below the 150 characters of a user name.
const MAX_BASE: usize = 140;

/// The longest text of a provider that is kept for lists, in bytes: as long as an address may be (RFC 5321 section 4.5.3.1.3).
const MAX_SHOWN: usize = 254;

/// A user name: what the provider calls them, and with each further attempt some digits more.
pub(super) fn name_for(profile: &Profile, attempt: u32, random: &dyn Random) -> Username {
    let base = base_name(profile);
    let digits = u32::from_be_bytes(random_bytes(random)) % 10_u32.pow(attempt.clamp(1, 9));
    let text = if attempt == 0 { base } else { format!("{base}-{digits}") };
    Username::new(&text).unwrap_or_else(|_| fallback_name(random))
}

/// What lists show of a provider's text.
pub(super) fn shown(text: Option<&str>) -> Option<String> {
    let text = text?;
    Some(text[..text.floor_char_boundary(MAX_SHOWN)].to_owned()).filter(|text| !text.is_empty())
}

/// The first of the names that makes a user name, as far as its characters are allowed in one. An address gives what stands
/// before its `@`: names are public, addresses are not.
fn base_name(profile: &Profile) -> String {
    let candidates = [&profile.username, &profile.name, &profile.email];
    let mut names = candidates.into_iter().flatten().map(|name| presentable(name));
    names.find(|name| Username::new(name).is_ok()).unwrap_or_else(|| "user".to_owned())
}

fn presentable(name: &str) -> String {
    let name = name.split(['@', ':']).next().unwrap_or_default().trim();
    let spaceless: Vec<_> = name.split_whitespace().collect();
    spaceless.join("-").chars().take(MAX_BASE).collect()
}

fn fallback_name(random: &dyn Random) -> Username {
    let digits = u32::from_be_bytes(random_bytes(random));
    Username::new(&format!("user-{digits}")).expect("letters, a hyphen and digits make a user name")
}
