//! The command line of OAuth clients.

use auth_core::server::{ClientAuthMethod, GrantType};
use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;

#[derive(Debug, Subcommand)]
pub(crate) enum ClientCommand {
    /// Register a client, and print the secret that it gets
    Create(CreateClientArgs),
    /// Let a disabled client be one again
    Enable {
        /// The client_id
        client: String,
    },
    /// Disable a client: it proves nothing any more, and all its tokens are dead at once
    Disable {
        /// The client_id
        client: String,
    },
    /// List the clients, one line each, with tabs between the columns
    List,
    /// Give a client another secret, and print it; the one before it stays valid until `--end-old`
    RotateSecret {
        /// The client_id
        client: String,
        /// Make no other secret, and end the old one instead
        #[arg(long)]
        end_old: bool,
    },
}

#[derive(Args, Debug)]
pub(crate) struct CreateClientArgs {
    /// The client_id: visible ASCII, nothing that a user's id could be
    pub(crate) client: String,
    /// What people read on the consent page
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Where codes may be sent; may be repeated
    #[arg(long = "redirect-uri", value_name = "URI")]
    pub(crate) redirect_uris: Vec<String>,
    /// Where people may be sent after a logout; may be repeated
    #[arg(long = "post-logout-redirect-uri", value_name = "URI")]
    pub(crate) post_logout_redirect_uris: Vec<String>,
    /// A grant, such as `client_credentials`; may be repeated. Without any, `authorization_code` and `refresh_token`
    #[arg(long = "grant", value_name = "GRANT", value_parser = word::<GrantType>)]
    pub(crate) grants: Vec<GrantType>,
    /// A scope that it may ask for; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    pub(crate) scopes: Vec<String>,
    /// A resource whose tokens it may ask for and introspect; may be repeated
    #[arg(long = "resource", value_name = "URI")]
    pub(crate) resources: Vec<String>,
    /// How it proves who it is: `client_secret_basic`, `client_secret_post`, `private_key_jwt` or `none`
    #[arg(long, value_name = "METHOD", value_parser = word::<ClientAuthMethod>)]
    pub(crate) auth_method: Option<ClientAuthMethod>,
    /// Where its public keys are
    #[arg(long, value_name = "URL")]
    pub(crate) jwks_uri: Option<String>,
    /// It is an application on somebody's device, in which no secret stays one
    #[arg(long, conflicts_with_all = ["auth_method", "jwks_uri"])]
    pub(crate) public: bool,
    /// It is the operator's own: nobody is asked to allow it, and its tokens stand for their user
    #[arg(long)]
    pub(crate) first_party: bool,
}

/// One of the words that a clients' file has for it.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}
