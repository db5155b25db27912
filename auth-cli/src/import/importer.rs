//! Bringing accounts into the store, or, in a dry run, seeing what would become of them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use auth_core::UserId;
use auth_core::clock::{Clock as _, SystemClock, Timestamp};
use auth_core::error::StoreError;
use auth_core::password::{DEFAULT_QUEUE, PasswordHash, PasswordHasher};
use auth_core::user::{Insertion, LoginName, NewUser, UserAdmin};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::args::ImportArgs;
use crate::failure::Failure;
use crate::store::Store;

use super::person::{Candidate, Note, Place, Row, is_name};
use super::summary::Summary;
use super::{Group, Holders};

pub(super) struct Importer {
    admin: Arc<dyn UserAdmin>,
    id_prefix: String,
    now: Timestamp,
    shared: HashMap<Box<str>, Holders>,
    /// Puts weak hashes into strong ones, where that was asked for.
    wrapper: Option<PasswordHasher>,
    /// Fewer than its queue takes.
    turns: Arc<Semaphore>,
    dry_run: Option<DryRun>,
    summary: Summary,
}

impl Importer {
    pub(super) fn new(
        store: &Store,
        args: &ImportArgs,
        shared: HashMap<Box<str>, Holders>,
    ) -> Result<Self, Failure> {
        let wrapper = (args.wrap_weak && !args.dry_run).then(|| store.hasher()).transpose()?;
        Ok(Self {
            admin: store.admin.clone(),
            id_prefix: args.id_prefix.clone(),
            now: SystemClock.now(),
            shared,
            wrapper,
            turns: Arc::new(Semaphore::new(DEFAULT_QUEUE / 2)),
            dry_run: args.dry_run.then(DryRun::default),
            summary: Summary::default(),
        })
    }

    pub(super) fn finish(self) -> Summary {
        self.summary
    }

    /// Groups that are there already keep what they permit: somebody may have changed it since the last run.
    pub(super) async fn add_groups(&mut self, groups: &[Group]) -> Result<(), Failure> {
        for (name, permissions) in groups {
            if !is_name(name) || !permissions.iter().all(|permission| is_name(permission)) {
                self.summary.broken_groups.push(name.clone());
            } else if self.dry_run.is_some() || self.admin.add_group(name, permissions).await? {
                self.summary.groups += 1;
            } else {
                self.summary.known_groups.push(name.clone());
            }
        }
        Ok(())
    }

    /// Deals with some rows of the source.
    pub(super) async fn take(&mut self, rows: Vec<Row>) -> Result<(), Failure> {
        self.summary.read += rows.len() as u64;
        let mut candidates = Vec::with_capacity(rows.len());
        for (place, person) in rows {
            let shares = |email: &auth_core::user::Email, is_proven: bool| {
                let holders = self.shared.get(email.canonical());
                holders.is_some_and(|holders| !(is_proven && holders.verified == 1))
            };
            match person.and_then(|person| person.into_candidate(&self.id_prefix, self.now, shares)) {
                Ok(candidate) => candidates.push((place, candidate)),
                Err(reason) => self.summary.skip(reason, place),
            }
        }
        self.wrap(&mut candidates).await?;
        let clashing = self.add(candidates).await?;
        // Without their address, which somebody else has here, they can be added after all.
        let without_address = clashing.into_iter().map(|(place, mut candidate)| {
            (candidate.new.email, candidate.new.email_verified) = (None, false);
            candidate.notes.push(Note::AddressTaken);
            (place, candidate)
        });
        for (place, _) in self.add(without_address.collect()).await? {
            self.summary.skip("another account got in between: run the import again".to_owned(), place);
        }
        Ok(())
    }

    /// Adds those that clash with nobody, and answers those whose address alone is taken.
    async fn add(&mut self, candidates: Vec<(Place, Candidate)>) -> Result<Vec<(Place, Candidate)>, Failure> {
        let new: Vec<_> = candidates.iter().map(|(_, candidate)| candidate.new.clone()).collect();
        let outcomes = match &mut self.dry_run {
            Some(dry_run) => dry_run.outcomes(&*self.admin, &new).await?,
            None => self.admin.insert_many(new).await?,
        };
        let mut clashing = Vec::new();
        for ((place, candidate), outcome) in candidates.into_iter().zip(outcomes) {
            match outcome {
                Insertion::Added => self.summary.add(&place, &candidate),
                Insertion::EmailTaken => clashing.push((place, candidate)),
                Insertion::IdTaken => self.known(place, &candidate.new).await?,
                Insertion::UsernameTaken => {
                    self.summary.skip("the user name is another account's".to_owned(), place);
                }
            }
        }
        Ok(clashing)
    }

    /// An id that is there: the same user of an earlier run, or another one.
    async fn known(&mut self, place: Place, new: &NewUser) -> Result<(), Failure> {
        let name = match self.admin.get(&new.id).await? {
            Some(user) => Some(user.username.canonical().to_owned()),
            None => self.dry_run.as_ref().and_then(|dry_run| dry_run.ids.get(&new.id).cloned()),
        };
        if name.as_deref() == Some(new.username.canonical()) {
            self.summary.known += 1;
        } else {
            let reason = "the id is another account's: give --id-prefix where two sources count alike";
            self.summary.skip(reason.to_owned(), place);
        }
        Ok(())
    }

    /// Wraps the weak hashes of accounts that are not here yet, each on the hasher's pool.
    async fn wrap(&mut self, candidates: &mut [(Place, Candidate)]) -> Result<(), Failure> {
        let Some(hasher) = &self.wrapper else { return Ok(()) };
        let mut wrapping = JoinSet::new();
        for (index, (_, candidate)) in candidates.iter().enumerate() {
            let Some(weak) = candidate.new.password.clone().filter(PasswordHash::is_weak) else { continue };
            if self.admin.get(&candidate.new.id).await?.is_some() {
                continue;
            }
            let (hasher, turns) = (hasher.clone(), self.turns.clone());
            wrapping.spawn(async move {
                let _turn = turns.acquire().await;
                (index, hasher.wrap(&weak).await)
            });
        }
        for (index, wrapped) in wrapping.join_all().await {
            if let Some(wrapped) = wrapped? {
                candidates[index].1.new.password = Some(wrapped);
                self.summary.wrapped += 1;
            }
        }
        Ok(())
    }
}

/// What a run would have added so far.
#[derive(Default)]
struct DryRun {
    ids: HashMap<UserId, String>,
    names: HashSet<Box<str>>,
    addresses: HashSet<Box<str>>,
}

impl DryRun {
    /// As [`UserAdmin::insert_many`], without a change.
    async fn outcomes(
        &mut self,
        admin: &dyn UserAdmin,
        new: &[NewUser],
    ) -> Result<Vec<Insertion>, StoreError> {
        let mut outcomes = Vec::with_capacity(new.len());
        for new in new {
            outcomes.push(self.outcome(admin, new).await?);
        }
        Ok(outcomes)
    }

    async fn outcome(&mut self, admin: &dyn UserAdmin, new: &NewUser) -> Result<Insertion, StoreError> {
        let name = new.username.canonical();
        if self.ids.contains_key(&new.id) || admin.get(&new.id).await?.is_some() {
            return Ok(Insertion::IdTaken);
        }
        if self.names.contains(name) || admin.find(&LoginName::from(&new.username)).await?.is_some() {
            return Ok(Insertion::UsernameTaken);
        }
        if let Some(email) = &new.email {
            let is_taken = self.addresses.contains(email.canonical())
                || admin.find(&LoginName::from(email)).await?.is_some();
            if is_taken {
                return Ok(Insertion::EmailTaken);
            }
            self.addresses.insert(email.canonical().into());
        }
        self.ids.insert(new.id.clone(), name.to_owned());
        self.names.insert(name.into());
        Ok(Insertion::Added)
    }
}
