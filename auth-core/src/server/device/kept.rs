//! What waits for a decision, in the short-lived store.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::key::{ApplicationSecrets, KeyedHash, OpaqueToken, Sealer};
use crate::link::{TYPED_LEN, read_typed, typed};
use crate::random::{Random, random_bytes};
use crate::secret::Secret;
use crate::short_lived::ShortLivedStore;
use crate::token::SessionHandle;

/// How long a device may wait for its owner (RFC 8628 section 6.1 has them type within minutes).
pub(super) const LIFE: Duration = Duration::from_secs(10 * 60);

/// How often a device may ask (RFC 8628 section 3.2).
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

/// For how long it is known that a code has been and ended, so that its device is told.
const KNOWN_FOR: Duration = Duration::from_secs(20 * 60);

type DeviceCode = OpaqueToken<32>;

/// What is sealed here, and its keys hashed.
const PURPOSE: &str = "device login";

/// The logins of devices that wait.
#[derive(Clone)]
pub(crate) struct DeviceLogins {
    store: Arc<dyn ShortLivedStore>,
    hash: KeyedHash,
    sealer: Sealer,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
}

/// What a device asks for.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Asked {
    pub(super) client_id: String,
    pub(super) scope: String,
    pub(super) resource: Option<String>,
    /// Under what its device asks.
    device: DeviceKey,
    ends_at: i64,
}

/// What its owner has decided.
#[derive(Deserialize, Serialize)]
pub(super) enum Decided {
    Denied,
    Allowed {
        user: String,
        epoch: u64,
        session: String,
        scope: String,
        auth_time: i64,
        amr: u16,
        withdrawn: String,
    },
}

/// The keyed hash of a device's code.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct DeviceKey(String);

impl Asked {
    pub(super) fn ends_at(&self) -> Timestamp {
        Timestamp::from_unix_millis(self.ends_at)
    }
}

impl DeviceLogins {
    pub(crate) fn new(
        store: Arc<dyn ShortLivedStore>,
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        Self { store, hash: secrets.keyed_hash(PURPOSE), sealer: secrets.sealer(PURPOSE), clock, random }
    }

    /// Keeps what a device asks for, and answers its code and its owner's.
    pub(super) async fn begin(
        &self,
        client_id: &str,
        scope: String,
        resource: Option<String>,
    ) -> Result<(Secret, Secret), Error> {
        let code = DeviceCode::generate(self.hash.current_version(), &*self.random);
        let device = self.device_key(&code).ok_or(ErrorKind::Internal)?;
        let user_code = typed(random_bytes::<TYPED_LEN>(&*self.random));
        let ends_at = (self.clock.now() + LIFE).unix_millis();
        let asked = Asked { client_id: client_id.to_owned(), scope, resource, device, ends_at };
        self.put(&asked.device.asked(), &asked, KNOWN_FOR).await?;
        self.put(&self.free_key(&user_code), &asked, LIFE).await?;
        Ok((Secret::new(code.expose()), user_code))
    }

    /// What the code that somebody typed stands for, once it is this session's. `None` where it is unknown, or another session's.
    pub(super) async fn claim(&self, code: &str, session: &SessionHandle) -> Result<Option<Asked>, Error> {
        let Some(code) = read_typed(code) else { return Ok(None) };
        let claimed = self.claimed_key(&code, session);
        if let Some(asked) = self.get(&claimed).await? {
            return Ok(Some(asked));
        }
        let Some(asked) = self.take::<Asked>(&self.free_key(&code)).await? else { return Ok(None) };
        let left = asked.ends_at().since(self.clock.now());
        self.put(&claimed, &asked, left).await?;
        Ok(Some(asked))
    }

    /// What the page carries on which this session is asked for what a device wants, which shows that it was.
    pub(super) fn ticket(&self, asked: &Asked, session: &SessionHandle, shown: [&str; 2]) -> String {
        let shown = shown.join("\n");
        let named = [b"ticket:", asked.device.0.as_bytes(), session.as_bytes(), shown.as_bytes()].concat();
        URL_SAFE_NO_PAD.encode(self.hash.hash(&named))
    }

    /// Decides about a code that this session has claimed; false where it has not, or has decided already.
    pub(super) async fn decide(
        &self,
        code: &str,
        session: &SessionHandle,
        decided: &Decided,
    ) -> Result<bool, Error> {
        let Some(code) = read_typed(code) else { return Ok(false) };
        let asked = self.take::<Asked>(&self.claimed_key(&code, session)).await?;
        let Some(asked) = asked else { return Ok(false) };
        self.put(&asked.device.decided(), decided, KNOWN_FOR).await?;
        Ok(true)
    }

    /// What the device with this code asked for, and under what.
    pub(super) async fn of_device(&self, code: &str) -> Result<Option<(Asked, DeviceKey)>, Error> {
        let key = DeviceCode::parse(code).and_then(|code| self.device_key(&code));
        let Some(key) = key else { return Ok(None) };
        let asked = self.get(&key.asked()).await?;
        Ok(asked.map(|asked| (asked, key)))
    }

    /// Whether the device has waited long enough since it asked last.
    pub(super) async fn may_ask(&self, key: &DeviceKey) -> Result<bool, Error> {
        Ok(self.store.insert_new(&key.polled(), INTERVAL, self.clock.now()).await?)
    }

    /// What was decided, told once.
    pub(super) async fn take_decided(&self, key: &DeviceKey) -> Result<Option<Decided>, Error> {
        let decided = self.take(&key.decided()).await?;
        if decided.is_some() {
            self.take::<Asked>(&key.asked()).await?;
        }
        Ok(decided)
    }

    async fn put(&self, key: &str, value: &impl Serialize, life: Duration) -> Result<(), Error> {
        let sealed = self.sealer.seal_record(value, key.as_bytes(), &*self.random)?;
        Ok(self.store.put(key, &sealed, life, self.clock.now()).await?)
    }

    async fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        Ok(self.open(key, self.store.get(key, self.clock.now()).await?))
    }

    async fn take<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        Ok(self.open(key, self.store.take(key, self.clock.now()).await?))
    }

    fn open<T: DeserializeOwned>(&self, key: &str, sealed: Option<Vec<u8>>) -> Option<T> {
        self.sealer.open_record(&sealed?, key.as_bytes())
    }

    fn device_key(&self, code: &DeviceCode) -> Option<DeviceKey> {
        let hash = self.hash.hash_token(code)?;
        Some(DeviceKey(URL_SAFE_NO_PAD.encode(hash)))
    }

    /// Where a code is that nobody has claimed.
    fn free_key(&self, code: &Secret) -> String {
        let hash = self.hash.hash(&[b"user code:", code.expose().as_bytes()].concat());
        format!("user-code:{}", URL_SAFE_NO_PAD.encode(hash))
    }

    /// Where it is for the session that has.
    fn claimed_key(&self, code: &Secret, session: &SessionHandle) -> String {
        let hash = self.hash.hash(&[b"claimed:", code.expose().as_bytes(), session.as_bytes()].concat());
        format!("claimed-code:{}", URL_SAFE_NO_PAD.encode(hash))
    }
}

impl DeviceKey {
    fn asked(&self) -> String {
        format!("device:{}", self.0)
    }

    fn decided(&self) -> String {
        format!("device-decided:{}", self.0)
    }

    fn polled(&self) -> String {
        format!("device-polled:{}", self.0)
    }
}

impl fmt::Debug for DeviceLogins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceLogins").finish_non_exhaustive()
    }
}
