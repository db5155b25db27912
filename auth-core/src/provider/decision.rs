//! Whose account a login by a provider opens: the rules alone.

use crate::error::ErrorKind;
use crate::user::UserId;

/// What the address that a provider gave means here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Address<'a> {
    /// None was given, or nobody here has it.
    Free,
    /// An account here claims it, and has not proven it: somebody may have registered it who does not own it.
    Claimed,
    /// This account here has proven it.
    Held(&'a UserId),
}

/// What is known of a login by an account that is linked to nobody yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Applicant<'a> {
    pub(crate) address: Address<'a>,
    /// Whether the provider says that the address is proven, and is trusted to say so of such an address.
    pub(crate) is_proven: bool,
    /// Whether the application links by an address that both sides have proven.
    pub(crate) links_by_address: bool,
    /// Whether new accounts are made.
    pub(crate) is_sign_up_open: bool,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Decision<'a> {
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
    /// 2. An address that an account here claims without proof is nobody's: the newcomer gets an account of their own, without
    ///    it, and never the one that somebody may have prepared for them.
    /// 3. An address that nobody has comes along if it is proven.
    pub(crate) fn decide(&self) -> Decision<'a> {
        match self.address {
            Address::Held(owner) if self.is_proven && self.links_by_address => Decision::Link(owner),
            Address::Held(_) => Decision::Refuse(ErrorKind::LinkRequired),
            _ if !self.is_sign_up_open => Decision::Refuse(ErrorKind::SignUpClosed),
            Address::Claimed => Decision::SignUp { with_address: false },
            Address::Free => Decision::SignUp { with_address: self.is_proven },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> UserId {
        UserId::new("owner")
    }

    fn decide(address: Address<'_>, is_proven: bool, links_by_address: bool) -> Decision<'_> {
        Applicant { address, is_proven, links_by_address, is_sign_up_open: true }.decide()
    }

    #[test]
    fn an_address_links_only_when_both_sides_have_proven_it_and_the_policy_says_so() {
        let owner = owner();
        let held = Address::Held(&owner);
        assert_eq!(decide(held, true, true), Decision::Link(&owner));
        for (is_proven, links) in [(true, false), (false, true), (false, false)] {
            assert_eq!(decide(held, is_proven, links), Decision::Refuse(ErrorKind::LinkRequired));
        }
    }

    #[test]
    fn an_account_that_claims_the_address_without_proof_is_never_opened_by_it() {
        for (is_proven, links) in [(true, true), (true, false), (false, true), (false, false)] {
            assert_eq!(decide(Address::Claimed, is_proven, links), Decision::SignUp { with_address: false });
        }
    }

    #[test]
    fn a_new_account_has_the_address_only_if_it_is_proven() {
        assert_eq!(decide(Address::Free, true, false), Decision::SignUp { with_address: true });
        assert_eq!(decide(Address::Free, false, true), Decision::SignUp { with_address: false });
    }

    #[test]
    fn where_nobody_signs_up_no_account_is_made_and_owners_still_link() {
        let owner = owner();
        let closed = |address| {
            Applicant { address, is_proven: true, links_by_address: true, is_sign_up_open: false }.decide()
        };
        assert_eq!(closed(Address::Free), Decision::Refuse(ErrorKind::SignUpClosed));
        assert_eq!(closed(Address::Claimed), Decision::Refuse(ErrorKind::SignUpClosed));
        assert_eq!(closed(Address::Held(&owner)), Decision::Link(&owner));
    }
}
