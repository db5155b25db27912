//! Browsers that are known from an earlier login.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clock::{Clock, Timestamp};
use crate::key::{ApplicationSecrets, Sealer};
use crate::random::{Random, random_bytes};
use crate::user::{LoginName, User};

use super::counters::folded;

/// For how long a browser is known after a login: half a year, less than the 400 days that browsers keep a cookie for at most
/// (RFC 6265bis section 5.5).
pub(crate) const KNOWN_FOR: Duration = Duration::from_secs(180 * 24 * 60 * 60);

/// A browser's own number, drawn at random.
const ID_LEN: usize = 16;
/// How much of a SHA-256 is kept: enough that no two names, and no two accounts, meet by chance.
const HASH_LEN: usize = 16;

/// An account until its epoch moves: a changed password, and whatever else ends its sessions, makes its browsers strangers.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Owner([u8; HASH_LEN]);

/// Writes and reads what a browser is known by: a sealed value with a number, an end, and the account that logged in from it, by its
/// id and epoch and by the names that lead to it before any store is asked. It opens nothing: no more than wrong passwords are counted by it.
#[derive(Clone)]
pub(crate) struct KnownBrowsers {
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// A browser that brought a value of ours.
#[derive(Clone, Debug)]
pub(crate) struct KnownBrowser {
    id: [u8; ID_LEN],
    owner: Owner,
    names: Vec<[u8; HASH_LEN]>,
}

impl KnownBrowsers {
    pub(crate) fn new(secrets: &ApplicationSecrets, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self { sealer: secrets.sealer("known browser"), clock, random }
    }

    /// A new value for a browser from which this user has just logged in.
    pub(crate) fn issue(&self, user: &User) -> String {
        let end = self.clock.now() + KNOWN_FOR;
        let mut plain = random_bytes::<ID_LEN>(&*self.random).to_vec();
        plain.extend(end.unix_millis().to_be_bytes());
        plain.extend(Owner::of(user).0);
        plain.extend(name_hash(&LoginName::parse(user.username())));
        if let Some(email) = &user.email {
            plain.extend(name_hash(&LoginName::from(email)));
        }
        URL_SAFE_NO_PAD.encode(self.sealer.seal(&plain, &[], &*self.random))
    }

    /// The browser that brings this value; `None` for one that is not ours or has ended.
    pub(crate) fn read(&self, text: &str) -> Option<KnownBrowser> {
        let plain = self.sealer.open(&URL_SAFE_NO_PAD.decode(text).ok()?, &[])?;
        let (id, rest) = plain.split_first_chunk::<ID_LEN>()?;
        let (end, rest) = rest.split_first_chunk::<8>()?;
        let (owner, names) = rest.split_first_chunk::<HASH_LEN>()?;
        let end = Timestamp::from_unix_millis(i64::from_be_bytes(*end));
        let names = names.as_chunks::<HASH_LEN>().0.to_vec();
        (self.clock.now() < end).then_some(KnownBrowser { id: *id, owner: Owner(*owner), names })
    }
}

impl KnownBrowser {
    /// Whether the account that it is known from is called so. Another account may be called so too, by a store that tells names
    /// apart by case, or by the time: whose attempt it is, the look-up decides.
    pub(super) fn is_known_as(&self, login: &LoginName) -> bool {
        self.names.contains(&name_hash(login))
    }

    /// Its number.
    pub(super) fn id(&self) -> &[u8] {
        &self.id
    }

    /// The account that it is known from.
    pub(super) fn owner(&self) -> Owner {
        self.owner
    }
}

impl Owner {
    /// Hashed for its length alone, as names are.
    pub(crate) fn of(user: &User) -> Self {
        Self(shortened(&[user.id.as_str().as_bytes(), b"\0", &user.auth_epoch.to_be_bytes()].concat()))
    }
}

/// Hashed for its length alone: the value is sealed.
fn name_hash(login: &LoginName) -> [u8; HASH_LEN] {
    shortened(folded(login).as_bytes())
}

fn shortened(text: &[u8]) -> [u8; HASH_LEN] {
    Sha256::digest(text).first_chunk().copied().unwrap_or_default()
}

impl fmt::Debug for KnownBrowsers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KnownBrowsers").finish_non_exhaustive()
    }
}
