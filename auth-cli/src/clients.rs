//! `auth client …`

use std::sync::Arc;

use auth_core::ErrorKind;
use auth_core::random::OsRandom;
use auth_core::server::{ClientAuthMethod, Clients, OAuthClient};

use crate::client_args::{ClientCommand, CreateClientArgs};
use crate::failure::Failure;
use crate::out::{Out, printable};
use crate::store::Store;

pub(crate) async fn run(store: &Store, command: ClientCommand, out: Out<'_>) -> Result<(), Failure> {
    let clients = Clients::of_store(store.stores.clients.clone(), store.clock.clone(), Arc::new(OsRandom));
    match command {
        ClientCommand::Create(args) => create(&clients, args, out).await,
        ClientCommand::List => list(&clients, out).await,
        ClientCommand::Disable { client } => {
            clients.disable(&client).await.map_err(|error| missing(error, &client))?;
            Ok(writeln!(out, "Disabled the client {}; its tokens are dead.", printable(&client))?)
        }
        ClientCommand::Enable { client } => {
            clients.enable(&client).await.map_err(|error| missing(error, &client))?;
            Ok(writeln!(out, "Enabled the client {}.", printable(&client))?)
        }
        ClientCommand::RotateSecret { client, end_old: true } => {
            clients.drop_old_secret(&client).await.map_err(|error| missing(error, &client))?;
            Ok(writeln!(out, "The newest secret of {} is the only one now.", printable(&client))?)
        }
        ClientCommand::RotateSecret { client, end_old: false } => {
            let secret = clients.rotate_secret(&client).await.map_err(|error| missing(error, &client))?;
            writeln!(out, "{}", secret.expose())?;
            eprintln!(
                "auth: that is shown this once; the old secret is valid until `auth client rotate-secret --end-old`"
            );
            Ok(())
        }
    }
}

/// The secret goes to the output alone, so that it can be sent on, and everything else to the terminal.
async fn create(clients: &Clients, args: CreateClientArgs, out: Out<'_>) -> Result<(), Failure> {
    let id = args.client.clone();
    let created = clients.create(client(args)).await.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Failure::failed(format!("the client `{}` is here already", id.escape_debug()))
        }
        _ => error.into(),
    })?;
    match created.secret {
        Some(secret) => {
            writeln!(out, "{}", secret.expose())?;
            eprintln!("auth: registered the client {}; its secret is shown this once", printable(&id));
        }
        None => writeln!(out, "Registered the client {}.", printable(&id))?,
    }
    Ok(())
}

fn client(args: CreateClientArgs) -> OAuthClient {
    let method = args.auth_method.unwrap_or(match (args.public, &args.jwks_uri) {
        (true, _) => ClientAuthMethod::None,
        (false, Some(_)) => ClientAuthMethod::PrivateKeyJwt,
        (false, None) => ClientAuthMethod::ClientSecretBasic,
    });
    let client = OAuthClient::new(args.client)
        .redirect_uris(args.redirect_uris)
        .post_logout_redirect_uris(args.post_logout_redirect_uris)
        .scopes(args.scopes)
        .resources(args.resources)
        .auth_method(method)
        .first_party(args.first_party);
    let client = args.name.into_iter().fold(client, OAuthClient::name);
    let client = args.jwks_uri.into_iter().fold(client, OAuthClient::jwks_uri);
    if args.grants.is_empty() { client } else { client.grants(args.grants) }
}

async fn list(clients: &Clients, out: Out<'_>) -> Result<(), Failure> {
    for listed in clients.list().await? {
        let client = &listed.client;
        let stands = if listed.disabled_at.is_some() { "disabled" } else { "enabled" };
        let (id, name) = (printable(client.id()), printable(client.display_name()));
        writeln!(
            out,
            "{id}\t{name}\t{}\t{stands}\t{}",
            client.method().as_str(),
            listed.created_at.rfc3339()
        )?;
    }
    Ok(())
}

fn missing(error: auth_core::Error, client: &str) -> Failure {
    match error.kind() {
        ErrorKind::NotFound => {
            Failure::failed(format!("there is no client `{}` in the store", client.escape_debug()))
        }
        _ => error.into(),
    }
}
