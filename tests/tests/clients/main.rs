//! Clients that others wrote, which log in at the example apps and get their tokens there: certified ones of npm, Authlib, requests-oauthlib,
//! and the crate `oauth2`. What they are told they check by rules of their own; tokens are checked by jose, joserfc and PyJWT.
//!
//! The scripts are in `tests/clients`, their packages installed as `software.rs` has it.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

mod mcp;
mod oauth2_crate;
mod openid;
mod registered;
mod roles;
mod scripts;

conformance::scenarios! {
    oauth2_crate {
        it_goes_through_each_flow_that_it_has,
    }
    scripts {
        openid_client_goes_through_each_flow,
        oauth4webapi_goes_through_each_flow,
        authlib_goes_through_each_flow,
        requests_oauthlib_goes_through_each_flow,
    }
}
