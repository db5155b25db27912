//! Logging in with others, and the accounts there that are linked.

mod accounts;
mod login;

pub(super) use self::accounts::{list_accounts, unlink_account};
pub(super) use self::login::{
    backchannel_logout, begin_provider_login, button, finish_provider_login, provider_page,
    take_provider_post, way_on,
};
