//! Whose account a login by a provider opens: the rules alone.

use crate::error::ErrorKind;
use crate::user::UserId;

/// What the address that a provider gave means here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Address<'a> {
    /// None was given, or nobody here has it.
    Free,
    /// An account here claims it, and has not proven it, and cannot be given to whoever does: it is found by a name, by a look-alike,
    /// belongs to the staff, is switched off, or lives in a table that is not ours.
    Claimed,
    /// The same of an account that can: somebody may have registered it who does not own the address.
    Unproven(&'a UserId),
    /// This account here has proven it.
    Held(&'a UserId),
}

/// What the provider's word on the address is worth.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Word {
    /// It says that the address is proven, and is trusted to say so of such an address.
    Proof,
    /// It says so, and is not.
    Said,
    /// It does not say so: the address may be anybody's.
    Silent,
}

/// What is known of a login by an account that is linked to nobody yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Applicant<'a> {
    pub(super) address: Address<'a>,
    pub(super) word: Word,
    /// Whether the application links by an address that both sides have proven.
    pub(super) links_by_address: bool,
    /// Whether new accounts are made.
    pub(super) is_sign_up_open: bool,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Decision<'a> {
    /// This user's account becomes that of whoever came, without anything that was set up in it before, and is linked.
    Claim(&'a UserId),
    /// The account is linked to this user.
    Link(&'a UserId),
    /// The owner of the address logs in to their account first, and links then.
    Refuse(ErrorKind),
    /// A new account is made, with the address as a proven one or without any.
    SignUp { with_address: bool },
}

impl<'a> Applicant<'a> {
    /// 1. An address that an account here has proven: that account is linked if the provider's word is proof and the application
    ///    says so. Else its owner has to log in first, or whoever runs a provider could take any account (nOAuth).
    /// 2. An address that the provider does not call proven counts for nothing, whoever has it here: the answer must not tell
    ///    whose address is registered to somebody who merely wrote it down somewhere.
    /// 3. An address that an account here claims without proof belongs to whoever proves it. They get the account, and with the same
    ///    write everything ends that somebody may have prepared for them: password, sessions, tokens, links, linked accounts. Where that
    ///    cannot be, they get an account of their own, without the address.
    /// 4. An address that nobody has comes along if it is proven.
    pub(crate) fn decide(&self) -> Decision<'a> {
        match (self.address, self.word) {
            (Address::Held(owner), Word::Proof) if self.links_by_address => Decision::Link(owner),
            (Address::Held(_), Word::Proof | Word::Said) => Decision::Refuse(ErrorKind::LinkRequired),
            _ if !self.is_sign_up_open => Decision::Refuse(ErrorKind::SignUpClosed),
            (Address::Unproven(holder), Word::Proof) => Decision::Claim(holder),
            (Address::Free, Word::Proof) => Decision::SignUp { with_address: true },
            _ => Decision::SignUp { with_address: false },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> UserId {
        UserId::new("owner")
    }

    const WORDS: [Word; 3] = [Word::Proof, Word::Said, Word::Silent];

    fn decide(address: Address<'_>, word: Word, links_by_address: bool) -> Decision<'_> {
        Applicant { address, word, links_by_address, is_sign_up_open: true }.decide()
    }

    #[test]
    fn an_address_links_only_when_both_sides_have_proven_it_and_the_policy_says_so() {
        let owner = owner();
        let held = Address::Held(&owner);
        assert_eq!(decide(held, Word::Proof, true), Decision::Link(&owner));
        for (word, links) in [(Word::Proof, false), (Word::Said, true), (Word::Said, false)] {
            assert_eq!(decide(held, word, links), Decision::Refuse(ErrorKind::LinkRequired));
        }
    }

    #[test]
    fn an_address_that_is_not_called_proven_is_answered_alike_whoever_has_it() {
        let owner = owner();
        for (links_by_address, is_sign_up_open) in
            [(true, true), (true, false), (false, true), (false, false)]
        {
            let decide = |address| {
                Applicant { address, word: Word::Silent, links_by_address, is_sign_up_open }.decide()
            };
            assert_eq!(decide(Address::Held(&owner)), decide(Address::Free));
            assert_eq!(decide(Address::Claimed), decide(Address::Free));
            assert_eq!(decide(Address::Unproven(&owner)), decide(Address::Free));
        }
    }

    #[test]
    fn an_unproven_account_is_claimed_by_proof_alone() {
        let owner = owner();
        for links in [true, false] {
            let unproven = Address::Unproven(&owner);
            assert_eq!(decide(unproven, Word::Proof, links), Decision::Claim(&owner));
            for word in [Word::Said, Word::Silent] {
                assert_eq!(decide(unproven, word, links), Decision::SignUp { with_address: false });
            }
        }
    }

    #[test]
    fn an_account_that_cannot_be_claimed_is_never_opened_by_its_address() {
        for (word, links) in WORDS.into_iter().flat_map(|word| [(word, true), (word, false)]) {
            assert_eq!(decide(Address::Claimed, word, links), Decision::SignUp { with_address: false });
        }
    }

    #[test]
    fn a_new_account_has_the_address_only_if_it_is_proven() {
        for word in WORDS {
            let with_address = word == Word::Proof;
            assert_eq!(decide(Address::Free, word, true), Decision::SignUp { with_address });
        }
    }

    #[test]
    fn where_nobody_signs_up_no_account_is_made_and_owners_still_link() {
        let owner = owner();
        let closed = |address| {
            Applicant { address, word: Word::Proof, links_by_address: true, is_sign_up_open: false }.decide()
        };
        assert_eq!(closed(Address::Free), Decision::Refuse(ErrorKind::SignUpClosed));
        assert_eq!(closed(Address::Claimed), Decision::Refuse(ErrorKind::SignUpClosed));
        assert_eq!(closed(Address::Unproven(&owner)), Decision::Refuse(ErrorKind::SignUpClosed));
        assert_eq!(closed(Address::Held(&owner)), Decision::Link(&owner));
    }
}
