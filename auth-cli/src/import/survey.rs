//! The first look at a source: which rows come, and which addresses they share.
//!
//! Only rows that come, or came with an earlier run, take a name or an address away from others; what is skipped takes nothing.

use std::collections::HashMap;
use std::sync::Arc;

use auth_core::UserId;
use auth_core::clock::Timestamp;
use auth_core::error::StoreError;
use auth_core::user::{Email, LoginName, User, UserAdmin};

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
    /// By the form that addresses are found by, which look-alikes share.
    claims: HashMap<Box<str>, Claims>,
}

/// What the rows that come claim of an address.
#[derive(Default)]
struct Claims {
    /// How many they are.
    rows: u32,
    /// The user name that somebody logs in by. There is one: of two that are found alike the second row is skipped.
    name: Option<Email>,
    /// Each that its row proved to be its own.
    proven: Vec<Email>,
}

impl Claims {
    /// How many rows proved that this mailbox is their own. The proof of a look-alike is none.
    fn proofs(&self, mailbox: &Email) -> usize {
        self.proven.iter().filter(|proven| proven.is_same_mailbox(mailbox)).count()
    }

    /// Whether the name stays that of its row, which proved this address: unless another one alone proved that it is theirs.
    fn leaves_name(&self, name: &Email, proven: Option<&Email>) -> bool {
        self.proofs(name) != 1 || proven.is_some_and(|proven| proven.is_same_mailbox(name))
    }

    /// Whether the address stays that of its row, which proved it: the only one to do so, and no look-alike of another's name.
    fn leaves_address(&self, proven: Option<&Email>) -> bool {
        let Some(proven) = proven else { return self.rows == 1 };
        let is_only_one = match &self.name {
            Some(name) => proven.is_same_mailbox(name) && self.proofs(name) == 1,
            None => self.proven.len() == 1,
        };
        self.rows == 1 || is_only_one
    }
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
        let name = candidate.address_of_name();
        let is_name = name.is_some() && name.as_ref() == candidate.address();
        let proven = candidate.proven_address().cloned();
        if let Some(name) = &name
            && self.claims_of(name).is_some_and(|claims| !claims.leaves_name(name, proven.as_ref()))
        {
            candidate.drop_login_names();
        }
        let claims = candidate.address().and_then(|address| self.claims_of(address));
        if claims.is_some_and(|claims| !claims.leaves_address(proven.as_ref())) {
            candidate.drop_address(Note::AddressShared);
        } else if is_name {
            // Kept twice, it would outlive a change of the address.
            candidate.new.login_names.clear();
            candidate.is_address_the_name = true;
        }
    }

    fn claims_of(&self, address: &Email) -> Option<&Claims> {
        self.claims.get(address.canonical())
    }

    fn claim(&mut self, candidate: &Candidate) {
        let (address, name) = (candidate.address(), candidate.address_of_name());
        if let Some(address) = address {
            let claims = self.claims.entry(address.canonical().into()).or_default();
            claims.rows += 1;
            claims.proven.extend(candidate.proven_address().cloned());
        }
        if let Some(name) = name {
            let claims = self.claims.entry(name.canonical().into()).or_default();
            claims.rows += u32::from(address != Some(&name));
            claims.name = Some(name);
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
        self.findings.claims.retain(|_, claims| claims.rows > 1);
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
        self.findings.claim(candidate);
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
            Some(user) => of_known(&*self.admin, &user, candidate).await?,
            None => {
                let holder = self.admin.find(&LoginName::from(&new.username)).await?;
                holder.map(|_| Refusal::new("the user name is another account's"))
            }
        })
    }
}

/// Why an account that has the id is another one; `None` for the same user, of an earlier run. Without ids in the source, names that
/// differ in their case may be two people, and so may names that become one here.
pub(super) async fn of_known(
    admin: &dyn UserAdmin,
    user: &User,
    candidate: &Candidate,
) -> Result<Option<Refusal>, StoreError> {
    let name = &candidate.new.username;
    if user.username != *name {
        return Ok(Some(Refusal::new(
            "the id is another account's: give --id-prefix where two sources count alike",
        )));
    }
    let is_told = candidate.has_own_id
        || user.username() == name.as_str()
            && candidate.is_named_as(user.email.as_ref(), &admin.login_names(&user.id).await?);
    Ok((!is_told).then(|| {
        Refusal::new(
            "an account is here whose name cannot be told from it: rename one of them, or give ids if both are one user",
        )
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::person::Person;

    const PLAIN: &str = "victim@x.example";
    /// Found as [`PLAIN`] is, and another mailbox.
    const WIDE: &str = "\u{ff56}ictim@x.example";

    fn person(username: &str, email: &str, email_verified: bool) -> Person {
        let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Person { username: filled(username), email: filled(email), email_verified, ..Person::default() }
    }

    /// What is left of each: the address, the further name, whether somebody cannot log in as they did.
    fn settled<const N: usize>(
        people: [(&str, &str, bool); N],
    ) -> [(Option<String>, Option<String>, bool); N] {
        let candidate = |(username, email, is_verified)| {
            person(username, email, is_verified).into_candidate("", Timestamp::default()).unwrap()
        };
        let mut findings = Findings::default();
        for person in people {
            findings.claim(&candidate(person));
        }
        people.map(|person| {
            let mut candidate = candidate(person);
            findings.settle(&mut candidate);
            let name = candidate.new.login_names.first().map(|name| name.as_str().to_owned());
            let has_loss = candidate.notes.iter().any(|note| note.is_loss());
            (candidate.address().map(ToString::to_string), name, has_loss)
        })
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_look_alike_takes_no_name_away_and_loses_its_address() {
        let kept = (None, some(PLAIN), false);
        for mallory in [true, false] {
            let all = settled([(PLAIN, "", false), ("mallory", WIDE, mallory)]);
            assert_eq!(all, [kept.clone(), (None, None, false)]);
            // The same for somebody who has no user name.
            let all = settled([("", PLAIN, false), ("mallory", WIDE, mallory)]);
            assert_eq!(all, [kept.clone(), (None, None, false)]);
            let all = settled([("", PLAIN, true), ("mallory", WIDE, mallory)]);
            assert_eq!(all, [(some(PLAIN), None, false), (None, None, false)]);
        }
        let beside = settled([(PLAIN, "own@x.example", true), ("mallory", WIDE, true)]);
        assert_eq!(beside, [(some("own@x.example"), some(PLAIN), false), (None, None, false)]);
    }

    #[test]
    fn a_proof_of_the_same_mailbox_takes_the_name_whatever_look_alikes_proved() {
        let all = settled([(PLAIN, "", false), ("owner", "VICTIM@x.example", true), ("mallory", WIDE, true)]);
        assert_eq!(all, [(None, None, true), (some("VICTIM@x.example"), None, false), (None, None, false)]);
        // A look-alike that is the address of the one who is called so proves nothing for them.
        let all = settled([(PLAIN, WIDE, true), ("owner", PLAIN, true)]);
        assert_eq!(all, [(None, None, true), (some(PLAIN), None, false)]);
    }

    #[test]
    fn an_address_that_is_nobodys_name_is_that_of_the_only_proof() {
        let all = settled([("a", PLAIN, true), ("b", WIDE, false), ("c", PLAIN, false)]);
        assert_eq!(all, [(some(PLAIN), None, false), (None, None, false), (None, None, false)]);
        assert_eq!(
            settled([("a", PLAIN, true), ("b", WIDE, true)]),
            [(None, None, false), (None, None, false)]
        );
        assert_eq!(settled([("a", PLAIN, false)]), [(some(PLAIN), None, false)]);
    }

    #[test]
    fn whoever_has_no_user_name_loses_what_they_log_in_by_with_their_address() {
        let all = settled([("", PLAIN, false), ("owner", PLAIN, true)]);
        assert_eq!(all, [(None, None, true), (some(PLAIN), None, false)]);
        // An account that is here has it.
        let mut candidate = person("", PLAIN, true).into_candidate("", Timestamp::default()).unwrap();
        Findings::default().settle(&mut candidate);
        candidate.lose_address();
        assert!(candidate.address().is_none() && candidate.new.login_names.is_empty());
        assert!(candidate.notes.iter().any(|note| note.is_loss()));
    }
}
