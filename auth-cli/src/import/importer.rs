//! Bringing accounts into the store, or, in a dry run, seeing what would become of them.

use std::sync::Arc;

use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::mfa::{FactorChange, FactorImport};
use auth_core::password::{DEFAULT_QUEUE, PasswordHash, PasswordHasher};
use auth_core::user::{Attachment, Insertion, LoginName, NewUser, UserAdmin};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::args::ImportArgs;
use crate::failure::Failure;
use crate::store::Store;

use super::batch::Group;
use super::person::{Candidate, Place, Row, is_name};
use super::summary::Summary;
use super::survey::{Findings, Refusal, of_known};

pub(super) struct Importer {
    admin: Arc<dyn UserAdmin>,
    id_prefix: String,
    now: Timestamp,
    findings: Findings,
    /// Puts weak hashes into strong ones, where that was asked for.
    wrapper: Option<PasswordHasher>,
    /// Fewer than its queue takes.
    turns: Arc<Semaphore>,
    is_dry_run: bool,
    /// Seals second factors, where the source has any.
    factors: Option<FactorImport>,
    /// Adds accounts with them, and tells of none, as of all that are imported.
    plain: Arc<dyn UserAdmin>,
    summary: Summary,
}

impl Importer {
    pub(super) fn new(
        store: &Store,
        args: &ImportArgs,
        findings: Findings,
        (now, factors): (Timestamp, Option<FactorImport>),
    ) -> Result<Self, Failure> {
        let wrapper = (args.wrap_weak && !args.dry_run).then(|| store.hasher()).transpose()?;
        Ok(Self {
            admin: store.admin.clone(),
            id_prefix: args.id_prefix.clone(),
            now,
            findings,
            wrapper,
            turns: Arc::new(Semaphore::new(DEFAULT_QUEUE / 2)),
            is_dry_run: args.dry_run,
            factors,
            plain: store.stores.user_admin.clone().unwrap_or_else(|| store.admin.clone()),
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
            } else if self.is_dry_run || self.admin.add_group(name, permissions).await? {
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
            if let Some(refusal) = self.findings.refusal(&place) {
                self.summary.skip(refusal, &place);
                continue;
            }
            match person.and_then(|person| person.into_candidate(&self.id_prefix, self.now)) {
                Ok(mut candidate) => {
                    self.findings.settle(&mut candidate);
                    candidates.push((place, candidate));
                }
                Err(reason) => self.summary.skip(Refusal::new(reason), &place),
            }
        }
        self.wrap(&mut candidates).await?;
        // Each round leaves out what somebody else has here, an address or a name, and there is one of either.
        while !candidates.is_empty() {
            candidates = self.add(candidates).await?;
        }
        Ok(())
    }

    /// Adds those that clash with nobody, and answers those that lost an address or a name and can be added after all.
    async fn add(&mut self, candidates: Vec<(Place, Candidate)>) -> Result<Vec<(Place, Candidate)>, Failure> {
        let new: Vec<_> = candidates.iter().map(|(_, candidate)| candidate.new.clone()).collect();
        let outcomes = match self.is_dry_run {
            true => foresee(&*self.admin, &new).await?,
            false => self.insert(new, &candidates).await?,
        };
        let mut again = Vec::new();
        for ((place, mut candidate), outcome) in candidates.into_iter().zip(outcomes) {
            match outcome {
                Insertion::Added => self.summary.add(&place, &candidate),
                Insertion::EmailTaken => {
                    candidate.lose_address();
                    again.push((place, candidate));
                }
                Insertion::IdTaken => self.known(&place, &candidate).await?,
                Insertion::LoginNameTaken => {
                    candidate.drop_login_names();
                    again.push((place, candidate));
                }
                Insertion::UsernameTaken => {
                    self.summary.skip(Refusal::new("the user name is another account's"), &place);
                }
            }
        }
        Ok(again)
    }

    /// Adds accounts: most together, and each that has second factors with these, in one write.
    async fn insert(
        &self,
        new: Vec<NewUser>,
        candidates: &[(Place, Candidate)],
    ) -> Result<Vec<Insertion>, Failure> {
        let attached: Vec<_> = candidates.iter().map(|(_, candidate)| self.attached(candidate)).collect();
        let plain = new.iter().zip(&attached).filter(|(_, attached)| attached.is_empty());
        let mut outcomes =
            self.admin.insert_many(plain.map(|(new, _)| new.clone()).collect()).await?.into_iter();
        let mut all = Vec::with_capacity(new.len());
        for (new, attached) in new.into_iter().zip(attached) {
            let done = if attached.is_empty() { outcomes.next() } else { None };
            all.push(match done {
                Some(done) => done,
                None => self.insert_with_factors(new, attached).await?,
            });
        }
        Ok(all)
    }

    async fn insert_with_factors(
        &self,
        new: NewUser,
        attached: Vec<Attachment>,
    ) -> Result<Insertion, StoreError> {
        let foreseen = outcome(&*self.admin, &new).await?;
        if foreseen != Insertion::Added {
            return Ok(foreseen);
        }
        self.plain.insert_with(new, attached).await.map(|_| Insertion::Added)
    }

    fn attached(&self, candidate: &Candidate) -> Vec<Attachment> {
        let (Some(import), Some(totp)) = (&self.factors, &candidate.factors.totp) else { return Vec::new() };
        let factors = import.factors(&candidate.new.id, totp, &candidate.factors.codes, self.now);
        let added = factors.into_iter().map(FactorChange::Add);
        added.map(|change| Attachment::Factor(Box::new(change))).collect()
    }

    /// An id that is there: the same user of an earlier run, or another one.
    async fn known(&mut self, place: &Place, candidate: &Candidate) -> Result<(), Failure> {
        let user = self.admin.get(&candidate.new.id).await?;
        let refusal = match user {
            Some(user) => of_known(&*self.admin, &user, candidate).await?,
            None => None,
        };
        match refusal {
            None => self.summary.known += 1,
            Some(refusal) => self.summary.skip(refusal, place),
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

/// As [`UserAdmin::insert_many`], without a change. That no two rows clash, the survey has seen to.
async fn foresee(admin: &dyn UserAdmin, new: &[NewUser]) -> Result<Vec<Insertion>, StoreError> {
    let mut outcomes = Vec::with_capacity(new.len());
    for new in new {
        outcomes.push(outcome(admin, new).await?);
    }
    Ok(outcomes)
}

async fn outcome(admin: &dyn UserAdmin, new: &NewUser) -> Result<Insertion, StoreError> {
    if admin.get(&new.id).await?.is_some() {
        return Ok(Insertion::IdTaken);
    }
    if admin.find(&LoginName::from(&new.username)).await?.is_some() {
        return Ok(Insertion::UsernameTaken);
    }
    if let Some(email) = &new.email
        && admin.find(&LoginName::from(email)).await?.is_some()
    {
        return Ok(Insertion::EmailTaken);
    }
    for name in &new.login_names {
        if admin.find(name).await?.is_some() {
            return Ok(Insertion::LoginNameTaken);
        }
    }
    Ok(Insertion::Added)
}
