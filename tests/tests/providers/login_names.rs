//! A further name to log in by proves nothing to a provider, even where it is an address.

use auth_core::provider::TrustedEmailDomains;
use auth_core::user::{Email, LoginName};
use conformance::Framework;
use serde_json::json;

use crate::rp::Rp;

pub(crate) fn a_further_name_that_is_the_proven_address_links_nothing(on: Framework) {
    let rp = Rp::start_with(on, |entry| {
        entry.trusted_email_domains(TrustedEmailDomains::All).link_by_verified_email(true)
    });
    let users = rp.app.auth.users();
    let mut new = users.new_user("mallory").unwrap();
    (new.email, new.email_verified) = (Some(Email::new("mallory@example.com").unwrap()), true);
    new.login_names = vec![LoginName::parse("jane@example.com")];
    let mallory = rp.app.block_on(users.create_without_password(new)).unwrap();

    let claims = json!({"sub": "1001", "preferred_username": "jane", "email": "Jane@example.com", "email_verified": true});
    rp.idp.set_claims(&claims);
    let session = rp.log_in();
    let jane = rp.app.get("/auth/me").session(&session).send().expect(200).json()["user"].clone();
    assert_eq!((&jane["username"], &jane["email"]), (&json!("jane"), &json!(null)), "an account of her own");
    let linked = rp.app.block_on(rp.app.auth.providers().linked_accounts(&mallory.id)).unwrap();
    assert!(linked.is_empty());
}
