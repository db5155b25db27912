//! Beginning, finding, renewing and ending sessions.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::clock::{Clock, Timestamp};
use crate::error::{Error, ErrorKind};
use crate::event::{EventDraft, EventKind, Events};
use crate::http::SessionId;
use crate::key::{ApplicationSecrets, KeyedHash};
use crate::login::{Admitted, FactorTimes, Method};
use crate::outbox::Outbox;
use crate::random::{Random, random_bytes};
use crate::task::Flights;
use crate::text::Text;
use crate::token::{LivingSessions, RefreshFamily, Revocations};
use crate::user::{User, UserId, Users};

use super::begun::{Begun, Origin};
use super::config::TOUCH_EVERY;
use super::{
    GuardReads, ProviderSession, Reading, SessionConfig, SessionData, SessionHandle, SessionKey,
    SessionRecord, SessionStore,
};

/// How often a write of session data is tried again when parallel requests write the same session.
pub(super) const WRITE_ATTEMPTS: usize = 64;

/// How often a user's sessions are looked through until all that are meant have ended, while others begin.
const LOOKS: usize = 16;

/// How many sessions' last uses are being written at once. Those beyond are noted at their next request.
const MOST_TOUCHES: usize = 64;

/// The most that a session's values take, in bytes of JSON.
const MAX_VALUES: usize = 4 * 1024;

/// Sessions: the cookie's side of being logged in.
#[derive(Clone, Debug)]
pub struct Sessions {
    pub(super) config: SessionConfig,
    pub(super) store: Arc<dyn SessionStore>,
    users: Users,
    /// By which clients are told of an end; `None` where there are none.
    pub(super) outbox: Option<Outbox>,
    reads: GuardReads,
    revocations: Revocations,
    events: Events,
    pub(super) clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    hash: KeyedHash,
    touches: Flights<SessionKey, ()>,
}

impl Sessions {
    pub(crate) fn new(
        config: SessionConfig,
        store: Arc<dyn SessionStore>,
        (reads, users): (GuardReads, Users),
        (revocations, events): (Revocations, Events),
        secrets: &ApplicationSecrets,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Self {
        let (hash, touches) = (secrets.keyed_hash("session"), Flights::at_most(MOST_TOUCHES));
        Self { config, store, users, outbox: None, reads, revocations, events, clock, random, hash, touches }
    }

    /// With clients that are told when sessions end.
    pub(crate) fn telling_by(self, outbox: Option<Outbox>) -> Self {
        Self { outbox, ..self }
    }

    /// How long a session lives at most.
    pub(crate) fn longest_life(&self) -> Duration {
        self.config.absolute
    }

    /// The key under which the store knows this id; `None` for an id of an application secret that is gone.
    pub(crate) fn key(&self, id: &SessionId) -> Option<SessionKey> {
        self.hash.hash_token(id).map(SessionKey::new)
    }

    /// The living session with this key.
    pub(crate) async fn find(
        &self,
        key: &SessionKey,
        now: Timestamp,
    ) -> Result<Option<Arc<SessionRecord>>, Error> {
        let Some(record) = self.store.get(key).await? else { return Ok(None) };
        Ok(self.is_alive(key, &record, now).await?.then_some(record))
    }

    /// Whether it makes a difference how a session is read.
    pub(crate) fn may_lag(&self) -> bool {
        self.reads.may_lag()
    }

    /// The living session with this key, and its user, who still stands as at the login: what a cookie is worth. Notes that it was
    /// used.
    pub(crate) async fn recognise(
        &self,
        key: &SessionKey,
        now: Timestamp,
        reading: Reading,
    ) -> Result<Option<(Arc<SessionRecord>, Arc<User>)>, Error> {
        let Some((record, user)) = self.reads.session_and_user(key, now, reading).await? else {
            return Ok(None);
        };
        if !self.is_alive(key, &record, now).await? {
            return Ok(None);
        }
        let Some(user) = user.filter(|user| user.stands_at(record.epoch)) else { return Ok(None) };
        self.touch(key, (&record, &user), now);
        Ok(Some((record, user)))
    }

    /// What was seen expired stays so, should the clock step back.
    async fn is_alive(
        &self,
        key: &SessionKey,
        record: &SessionRecord,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let has_ended = record.is_expired(now, self.config.idle);
        if has_ended {
            self.store.remove(key).await?;
        }
        Ok(!has_ended)
    }

    /// Notes that the session was used, at most once a minute. The request does not wait for that: a guard only reads, whatever
    /// keeps the writers of the store busy. A store that cannot take the note signs nobody out.
    pub(crate) fn touch(
        &self,
        key: &SessionKey,
        (record, user): (&SessionRecord, &Arc<User>),
        now: Timestamp,
    ) {
        if now.since(record.last_seen_at) < TOUCH_EVERY {
            return;
        }
        let (store, users, key, user) = (self.store.clone(), self.users.clone(), *key, user.clone());
        self.touches.begin(key, async move {
            users.note_use(&user, now).await;
            let touched = store.touch(&key, now).await;
            Ok(touched
                .inspect_err(|error| tracing::warn!(?error, "a session's last use could not be written"))?)
        });
    }

    /// Begins a session under a new id. The oldest of more than a user may have end, and what came from them.
    pub(crate) async fn begin(
        &self,
        admitted: Admitted,
        remember: bool,
        mut origin: Origin,
    ) -> Result<Begun, Error> {
        let now = self.clock.now();
        let (auth_time, mut extra) = (admitted.auth_time(), origin.data());
        note_factor_times(&mut extra, admitted.factor_times().other_than(auth_time));
        let record = SessionRecord {
            handle: SessionHandle::new(random_bytes(&*self.random)),
            user: admitted.user().id.clone(),
            epoch: admitted.user().auth_epoch,
            created_at: now,
            last_seen_at: now,
            expires_at: now + self.config.absolute,
            auth_time,
            amr: admitted.amr(),
            remember,
            extra,
            ip: origin.ip,
            user_agent: origin.user_agent,
        };
        let begun = self.issue(record);
        let (key, record) = (begun.key(), begun.record());
        let before = self.before_making_room(&record.user).await?;
        for pushed_out in self.store.insert(key, record.clone(), self.config.max).await? {
            // The new one is there and they are gone, whatever becomes of this: to try again would push out others.
            if let Err(error) = self.revocations.end_session(&pushed_out).await {
                tracing::warn!(?error, session = %pushed_out, "tokens of a session that was pushed out live until they expire");
            }
            if let Some(ended) = before.iter().find(|held| held.handle == pushed_out)
                && let Err(error) = self.post_end(ended).await
            {
                tracing::warn!(?error, session = %pushed_out, "clients are not told of a session that was pushed out");
            }
            self.tell_of_end(&record.user, &pushed_out).await;
        }
        Ok(begun)
    }

    /// Gives the session with this handle a new id, with what its user has just proven, and the provider that vouched, if one did.
    /// `None` when another session has the key, or it is that user's no more, or ended meanwhile: a logout wins. The proof took its
    /// time, so the session is read only now, and once more when its values were written beside this.
    pub(crate) async fn renew(
        &self,
        old: &SessionKey,
        handle: &SessionHandle,
        admitted: &Admitted,
        provider: Option<&ProviderSession>,
    ) -> Result<Option<Begun>, Error> {
        for _ in 0..WRITE_ATTEMPTS {
            let now = self.clock.now();
            let is_meant =
                |held: &Arc<SessionRecord>| held.handle == *handle && held.user == admitted.user().id;
            let Some(held) = self.find(old, now).await?.filter(is_meant) else { return Ok(None) };
            let begun = self.issue(renewed(&held, admitted, provider, now));
            if self.store.replace(old, begun.key(), begun.record().clone()).await? {
                return Ok(Some(begun));
            }
        }
        Err(contended())
    }

    fn issue(&self, record: SessionRecord) -> Begun {
        let id = SessionId::generate(self.hash.current_version(), &*self.random);
        let key = SessionKey::new(self.hash.hash(id.bytes()));
        Begun::new(id, key, record)
    }

    /// Ends a session, and with it every token that came from it, and answers what it was. Tokens first: should the rest fail,
    /// whoever tries again finds the session still there. It goes by its handle: one that is given a new id beside this ends too. And by
    /// its key: what finds sessions by their handles may have lost one where the store lost its last seconds.
    pub(crate) async fn end(&self, key: &SessionKey) -> Result<Option<Arc<SessionRecord>>, Error> {
        let Some(record) = self.store.get(key).await? else { return Ok(None) };
        self.revocations.end_session(&record.handle).await?;
        self.post_end(&record).await?;
        if !self.store.remove_by_handle(&record.user, &record.handle).await? {
            self.store.remove(key).await?;
        }
        Ok(Some(record))
    }

    /// One of the application's values in a session.
    pub(crate) async fn value<T: DeserializeOwned>(
        &self,
        key: &SessionKey,
        name: &str,
    ) -> Result<Option<T>, Error> {
        let record = self.find(key, self.clock.now()).await?;
        let value = record.as_ref().and_then(|record| record.extra.as_ref()?.values.get(name));
        value
            .map(|value| {
                T::deserialize(value).map_err(|error| Error::new(ErrorKind::Internal).with_source(error))
            })
            .transpose()
    }

    /// Sets or removes one of the application's values. A write that another one came before is made again on top of it.
    pub(crate) async fn set_value(
        &self,
        key: &SessionKey,
        name: &str,
        value: Option<Value>,
    ) -> Result<(), Error> {
        for _ in 0..WRITE_ATTEMPTS {
            let record = self.find(key, self.clock.now()).await?.ok_or(ErrorKind::Unauthenticated)?;
            let expected = record.data_version();
            let mut data = record.extra.as_deref().cloned().unwrap_or_default();
            data.version = expected + 1;
            match &value {
                Some(value) => data.values.insert(name.to_owned(), value.clone()),
                None => data.values.remove(name),
            };
            check_size(&data)?;
            if self.store.write_data(key, expected, data).await? {
                return Ok(());
            }
        }
        Err(contended())
    }

    /// The user's living sessions, newest first.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    pub async fn list(&self, user: &User) -> Result<Vec<Arc<SessionRecord>>, Error> {
        let now = self.clock.now();
        let mut sessions = self.store.list(&user.id).await?;
        sessions
            .retain(|record| !record.is_expired(now, self.config.idle) && record.epoch == user.auth_epoch);
        Ok(sessions)
    }

    /// Ends the session of this user with this handle, or the [refresh family](crate::token::Tokens::families), and every token
    /// that came from it; false when that user has none such.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    pub async fn revoke(&self, user: &UserId, handle: &SessionHandle) -> Result<bool, Error> {
        if self.revocations.end_families(user, |family| family.sid == *handle).await? > 0 {
            self.tell_of_end(user, handle).await;
            return Ok(true);
        }
        let sessions = self.store.list(user).await?;
        let Some(record) = sessions.iter().find(|record| record.handle == *handle) else { return Ok(false) };
        self.revocations.end_session(handle).await?;
        self.post_end(record).await?;
        let is_ended = self.store.remove_by_handle(user, handle).await?;
        if is_ended {
            self.tell_of_end(user, handle).await;
        }
        Ok(is_ended)
    }

    async fn tell_of_end(&self, user: &UserId, handle: &SessionHandle) {
        let draft = EventDraft::of(EventKind::SessionEnded).to(user);
        self.events.note(draft.with(|details| details.session = Some(handle.to_string()))).await;
    }

    /// Ends all sessions and refresh families of this user but the one with the handle `keep` and what came from it, with every
    /// token, and answers how many.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    pub async fn revoke_others(&self, user: &UserId, keep: Option<&SessionHandle>) -> Result<usize, Error> {
        let is_other = |family: &RefreshFamily| {
            keep.is_none_or(|keep| family.sid != *keep && family.session != Some(*keep))
        };
        let mut ended = self.revocations.end_families(user, is_other).await?;
        // Each is marked before it is removed, whatever the removal answers; those that were begun beside this are seen next time.
        for _ in 0..LOOKS {
            let mut others = self.store.list(user).await?;
            others.retain(|record| keep != Some(&record.handle));
            if others.is_empty() {
                self.tell_of_ends(user, ended).await;
                return Ok(ended);
            }
            for record in others {
                self.revocations.end_session(&record.handle).await?;
                self.post_end(&record).await?;
                ended += usize::from(self.store.remove_by_handle(user, &record.handle).await?);
            }
        }
        Err(contended())
    }

    async fn tell_of_ends(&self, user: &UserId, ended: usize) {
        if ended > 0 {
            let draft = EventDraft::of(EventKind::SessionsEnded).to(user);
            self.events.note(draft.with(|details| details.count = u64::try_from(ended).ok())).await;
        }
    }

    /// Ends those sessions of this user that came from a provider's and are meant, and answers how many.
    pub(crate) async fn end_those_by_provider(
        &self,
        user: &UserId,
        is_meant: impl Fn(&SessionRecord, &ProviderSession) -> bool,
    ) -> Result<usize, Error> {
        let mut ended = 0;
        for record in self.store.list(user).await? {
            if record.provider().is_some_and(|provider| is_meant(&record, provider)) {
                self.revocations.end_session(&record.handle).await?;
                self.post_end(&record).await?;
                ended += usize::from(self.store.remove_by_handle(user, &record.handle).await?);
            }
        }
        self.tell_of_ends(user, ended).await;
        Ok(ended)
    }

    /// Forgets all sessions but one of a user whose epoch was raised: they are dead already.
    pub(crate) async fn forget_others(
        &self,
        user: &UserId,
        keep: Option<&SessionHandle>,
    ) -> Result<(), Error> {
        self.post_ends(user, keep).await?;
        self.store.remove_by_user(user, keep).await?;
        Ok(())
    }

    /// Forgets sessions that have ended by themselves, and answers how many. Call it now and then, from one place.
    ///
    /// # Errors
    /// [`Unavailable`](crate::error::ErrorKind::Unavailable).
    pub async fn remove_expired(&self) -> Result<u64, Error> {
        let now = self.clock.now();
        Ok(self.store.remove_expired(now, now - self.config.idle).await?)
    }
}

#[async_trait]
impl LivingSessions for Sessions {
    async fn is_alive(&self, user: &UserId, session: &SessionHandle) -> Result<bool, Error> {
        let (now, idle) = (self.clock.now(), self.config.idle);
        let sessions = self.store.list(user).await?;
        Ok(sessions.iter().any(|record| record.handle == *session && !record.is_expired(now, idle)))
    }
}

/// The session as it is after its user proved who they are once more.
fn renewed(
    held: &SessionRecord,
    admitted: &Admitted,
    provider: Option<&ProviderSession>,
    now: Timestamp,
) -> SessionRecord {
    let mut renewed = SessionRecord {
        epoch: admitted.user().auth_epoch,
        auth_time: admitted.auth_time(),
        amr: held.amr.and(admitted.amr()),
        last_seen_at: now,
        ..held.clone()
    };
    let times =
        Method::ALL.into_iter().filter_map(|factor| Some((factor, shown_at(factor, held, admitted)?)));
    note_factor_times(&mut renewed.extra, FactorTimes::of(times).other_than(renewed.auth_time));
    if let Some(provider) = provider {
        let held = &mut renewed.extra.get_or_insert_default().provider;
        // A logout at the provider that began the session must go on finding it, whoever confirms it.
        if held.as_ref().is_none_or(|held| held.account == provider.account) {
            *held = Some(provider.clone());
        }
    }
    renewed
}

/// When a factor was last shown to a session: with what was proven just now, or before that.
fn shown_at(factor: Method, held: &SessionRecord, admitted: &Admitted) -> Option<Timestamp> {
    if admitted.amr().contains_any(factor.amr()) {
        return Some(admitted.factor_times().get(factor).unwrap_or(admitted.auth_time()));
    }
    held.amr.contains_any(factor.amr()).then(|| held.factor_time(factor))
}

/// Most sessions have no times of their own, and no room for them.
fn note_factor_times(extra: &mut Option<Box<SessionData>>, times: FactorTimes) {
    if !times.is_empty() || extra.is_some() {
        extra.get_or_insert_default().factor_times = times;
    }
}

/// So many others wrote the same that there was no turn for this one.
pub(super) fn contended() -> Error {
    Error::new(ErrorKind::Unavailable)
        .with_retry_after(Duration::from_secs(1))
        .with_source("parallel requests kept writing the same sessions")
}

fn check_size(data: &SessionData) -> Result<(), Error> {
    let size = serde_json::to_vec(&data.values).map_or(usize::MAX, |json| json.len());
    if size > MAX_VALUES {
        return Err(Error::invalid(Text::SessionValuesTooLarge));
    }
    Ok(())
}
