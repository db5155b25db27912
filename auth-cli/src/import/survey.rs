//! The first look at a source: which rows come, and which addresses they share.
//!
//! Only rows that come, or came with an earlier run, take a name or an address away from others; what is skipped takes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use auth_core::UserId;
use auth_core::clock::Timestamp;
use auth_core::user::{LoginName, User, UserAdmin};

use crate::failure::Failure;
use crate::store::Store;

use super::person::{Candidate, Note, Place, Row};

/// Why a row is skipped, and the row that it clashes with, if it is one.
pub(super) struct Refusal {
    pub(super) reason: String,
    pub(super) other: Option<Place>,
}

impl Refusal {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), other: None }
    }
}

/// What the source as a whole tells of its rows.
#[derive(Default)]
pub(super) struct Findings {
    refused: HashMap<Place, Refusal>,
    claims: HashMap<Box<str>, Claims>,
}

/// How many of the rows that come claim an address.
#[derive(Clone, Copy, Default)]
struct Claims {
    /// In whatever way.
    all: u32,
    /// As the user name that they log in by.
    named: u32,
    /// With a proof that it is theirs.
    proven: u32,
}

impl Findings {
    /// Why this row is skipped; asked once.
    pub(super) fn refusal(&mut self, place: &Place) -> Option<Refusal> {
        self.refused.remove(place)
    }

    /// Leaves out of an account what it would share with others. Two accounts cannot have one address here, and which of them its
    /// owner is only a proof can say. An address that somebody logs in by as their user name stays that, unless another one proved
    /// that it is theirs.
    pub(super) fn settle(&self, candidate: &mut Candidate) {
        let is_proven = candidate.new.email_verified;
        let is_name = candidate.address().is_some() && candidate.address() == candidate.address_of_name();
        if let Some(claims) = candidate.address_of_name().and_then(|name| self.claims.get(name)) {
            let is_own = claims.proven != 1 || (is_name && is_proven);
            if claims.named > 1 || !is_own {
                candidate.drop_login_names();
            }
        }
        if let Some(claims) = candidate.address().and_then(|address| self.claims.get(address)) {
            if claims.all > 1 && !(is_proven && claims.proven == 1) {
                candidate.drop_address(Note::AddressShared);
            } else if is_name {
                // Kept twice, it would outlive a change of the address.
                candidate.new.login_names.clear();
                candidate.is_address_the_name = true;
            }
        }
    }
}

pub(super) struct Survey {
    admin: Arc<dyn UserAdmin>,
    /// An empty store clashes with nobody.
    is_store_empty: bool,
    id_prefix: String,
    now: Timestamp,
    ids: HashMap<UserId, Place>,
    names: HashMap<Box<str>, Place>,
    findings: Findings,
}

impl Survey {
    pub(super) async fn new(store: &Store, id_prefix: &str, now: Timestamp) -> Result<Self, Failure> {
        Ok(Self {
            admin: store.admin.clone(),
            is_store_empty: store.admin.list(None, 1).await?.is_empty(),
            id_prefix: id_prefix.to_owned(),
            now,
            ids: HashMap::new(),
            names: HashMap::new(),
            findings: Findings::default(),
        })
    }

    pub(super) fn finish(mut self) -> Findings {
        self.findings.claims.retain(|_, claims| claims.all > 1 || claims.named > 0);
        self.findings
    }

    pub(super) async fn take(&mut self, rows: Vec<Row>) -> Result<(), Failure> {
        for (place, person) in rows {
            let candidate = person.and_then(|mut person| {
                // Of no account here, and costly to read.
                (person.password, person.attributes) = (None, Default::default());
                person.into_candidate(&self.id_prefix, self.now)
            });
            let refusal = match candidate {
                Ok(candidate) => match self.refusal(&candidate).await? {
                    None => {
                        self.claim(place, &candidate);
                        continue;
                    }
                    Some(refusal) => refusal,
                },
                Err(reason) => Refusal::new(reason),
            };
            self.findings.refused.insert(place, refusal);
        }
        Ok(())
    }

    fn claim(&mut self, place: Place, candidate: &Candidate) {
        let (address, name) = (candidate.address(), candidate.address_of_name());
        let is_proven = candidate.new.email_verified;
        for text in address.into_iter().chain(name.filter(|_| name != address)) {
            let claims = self.findings.claims.entry(text.into()).or_default();
            claims.all += 1;
            claims.named += u32::from(name == Some(text));
            claims.proven += u32::from(is_proven && address == Some(text));
        }
        self.names.insert(candidate.new.username.canonical().into(), place.clone());
        self.ids.insert(candidate.new.id.clone(), place);
    }

    async fn refusal(&self, candidate: &Candidate) -> Result<Option<Refusal>, Failure> {
        let new = &candidate.new;
        let with_other = |reason: &str, other: &Place| {
            Ok(Some(Refusal { reason: reason.to_owned(), other: Some(other.clone()) }))
        };
        if let Some(other) = self.ids.get(&new.id).filter(|_| candidate.has_own_id) {
            return with_other("the id is that of an earlier row", other);
        }
        if let Some(other) = self.names.get(new.username.canonical()) {
            return with_other(
                "the user name is that of an earlier row, or cannot be told from it here: rename one of them",
                other,
            );
        }
        if let Some(other) = self.ids.get(&new.id) {
            return with_other("the id, made from the user name, is that of an earlier row", other);
        }
        if self.is_store_empty {
            return Ok(None);
        }
        Ok(match self.admin.get(&new.id).await? {
            Some(user) => of_known(&user, candidate),
            None => {
                let holder = self.admin.find(&LoginName::from(&new.username)).await?;
                holder.map(|_| Refusal::new("the user name is another account's"))
            }
        })
    }
}

/// Why an account that has the id is another one; `None` for the same user, of an earlier run. Without ids in the source, names that
/// differ in their case may be two people.
pub(super) fn of_known(user: &User, candidate: &Candidate) -> Option<Refusal> {
    let name = &candidate.new.username;
    if user.username != *name {
        return Some(Refusal::new(
            "the id is another account's: give --id-prefix where two sources count alike",
        ));
    }
    let is_told = candidate.has_own_id || user.username() == name.as_str();
    (!is_told).then(|| {
        Refusal::new(
            "an account is here whose name cannot be told from it: rename one of them, or give ids if both are one user",
        )
    })
}
