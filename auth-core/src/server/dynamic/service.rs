//! Registering, reading, replacing and removing.

use std::net::IpAddr;

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind};
use crate::event::{EventDraft, EventKind};
use crate::key::OpaqueToken;
use crate::secret::Secret;

use super::super::client::SecretDigest;
use super::super::registration::{ATTEMPTS, registration};
use super::super::{ClientAuthMethod, OAuthClient, Server, StoredClient};
use super::read::{Fault, Kind, Reading};
use super::rules::UNUSED_LIFE;
use super::{RegisteredClient, RegistrationRules};

/// As what registrations are counted, and what is tried at those that are there.
const REGISTERED: &str = "client registration";
const MANAGED: &str = "registration token";

/// What a client must not send back when it replaces its registration (RFC 7592 section 2.2).
const OURS: [&str; 4] = [
    "client_id_issued_at",
    "client_secret_expires_at",
    "registration_access_token",
    "registration_client_uri",
];

impl Server {
    /// Whether clients register themselves here.
    pub(crate) fn registers_clients(&self) -> bool {
        self.registration.is_some()
    }

    /// Registers a client that describes itself. Each registration that anybody may make counts for its network; with an initial access token,
    /// each wrong one.
    ///
    /// # Errors
    /// `InvalidToken` without the initial access token; `InvalidRedirectUri`, `InvalidClientMetadata`, `UnapprovedSoftwareStatement`;
    /// `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn register_client(
        &self,
        metadata: &Map<String, Value>,
        token: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<RegisteredClient, Error> {
        let rules = self.rules()?;
        let turn = self.throttle.take_turn(REGISTERED, network).await?;
        if let Some(wanted) = &rules.token {
            if !token.is_some_and(|token| SecretDigest::of(&token.into()).is(wanted)) {
                return Err(ErrorKind::InvalidToken.into());
            }
            self.throttle.give_turn_back(REGISTERED, network, turn).await;
        }
        let reading = self.reading(rules)?;
        let client = reading.client(&self.new_text::<16>(), metadata)?;
        let (client, secret) = self.with_secret(&reading, client, Vec::new())?;
        let (token, now) = (Secret::new(self.new_text::<32>()), self.clock.now());
        let stored = StoredClient {
            client_id: client.id().to_owned(),
            registration: registration(&client)?,
            secrets: digests(&client),
            registration_token: Some(SecretDigest::of(&token).bytes()),
            created_at: now,
            updated_at: now,
            disabled_at: None,
            expires_at: rules.is_open().then(|| now + UNUSED_LIFE),
            version: 1,
        };
        if !self.clients.store.insert(stored).await? {
            return Err(Error::new(ErrorKind::Internal).with_source("a random client id is taken"));
        }
        self.note_client(EventKind::ClientRegistered, client.id()).await;
        let signs_by = reading.signs_by.map(|algorithm| algorithm.to_string());
        Ok(RegisteredClient { client, issued_at: now, secret, token, signs_by })
    }

    /// The registration that this token manages.
    ///
    /// # Errors
    /// `InvalidToken` for a client that is not there, is disabled, or has another token; `TooManyAttempts`; `Unavailable`.
    pub(crate) async fn registration_of(
        &self,
        id: &str,
        token: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<RegisteredClient, Error> {
        let (stored, token) = self.managed(id, token, network).await?;
        let signs_by = self.reading(self.rules()?)?.signs_by.map(|algorithm| algorithm.to_string());
        Ok(RegisteredClient {
            client: stored.client()?,
            issued_at: stored.created_at,
            secret: None,
            token,
            signs_by,
        })
    }

    /// Puts another registration in the place of the one that this token manages, within the same rules. A client that proves itself by a
    /// secret keeps it, or gets one.
    ///
    /// # Errors
    /// As of [`registration_of`](Self::registration_of) and [`register_client`](Self::register_client).
    pub(crate) async fn replace_registration(
        &self,
        id: &str,
        metadata: &Map<String, Value>,
        token: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<RegisteredClient, Error> {
        let reading = self.reading(self.rules()?)?;
        let mut managed = self.managed(id, token, network).await?;
        for _ in 0..ATTEMPTS {
            let (stored, token) = managed;
            check_sent_back(&stored, metadata)?;
            let client = reading.client(id, metadata)?;
            let (client, secret) = self.with_secret(&reading, client, stored.secrets.clone())?;
            let (expected, issued_at) = (stored.version, stored.created_at);
            let replaced = StoredClient {
                registration: registration(&client)?,
                secrets: digests(&client),
                updated_at: self.clock.now(),
                version: expected + 1,
                ..stored
            };
            if self.clients.store.update(replaced, expected).await? {
                self.note_client(EventKind::ClientChanged, id).await;
                let signs_by = reading.signs_by.map(|algorithm| algorithm.to_string());
                return Ok(RegisteredClient { client, issued_at, secret, token, signs_by });
            }
            // Somebody else changed it meanwhile, or it is gone.
            managed = self.managed(id, Some(token.expose()), network).await?;
        }
        Err(ErrorKind::Unavailable.into())
    }

    /// Removes the client that this token manages: with it, all its tokens are dead.
    ///
    /// # Errors
    /// As of [`registration_of`](Self::registration_of).
    pub(crate) async fn remove_registration(
        &self,
        id: &str,
        token: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<(), Error> {
        self.managed(id, token, network).await?;
        if !self.clients.store.remove(id).await? {
            return Err(ErrorKind::InvalidToken.into());
        }
        self.note_client(EventKind::ClientRemoved, id).await;
        Ok(())
    }

    /// The client of this id, if the token is the one that manages it.
    async fn managed(
        &self,
        id: &str,
        token: Option<&str>,
        network: Option<IpAddr>,
    ) -> Result<(StoredClient, Secret), Error> {
        let turn = self.throttle.take_turn(MANAGED, network).await?;
        let stored = self.clients.stored(id).await?;
        let wanted =
            stored.as_ref().and_then(|stored| stored.registration_token).map(SecretDigest::from_bytes);
        let token = Secret::new(token.unwrap_or_default());
        let is_right = SecretDigest::of(&token).is(&wanted.unwrap_or(SecretDigest::NOBODYS));
        match stored.filter(|_| is_right) {
            Some(stored) => {
                self.throttle.give_turn_back(MANAGED, network, turn).await;
                Ok((stored, token))
            }
            None => Err(ErrorKind::InvalidToken.into()),
        }
    }

    fn rules(&self) -> Result<&RegistrationRules, Error> {
        self.registration.as_ref().ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn reading<'a>(&self, rules: &'a RegistrationRules) -> Result<Reading<'a>, Error> {
        let ring = self.tokens.keys()?.ring();
        Ok(Reading {
            rules,
            kind: if rules.is_open() { Kind::Anybodys } else { Kind::ByToken },
            signs_by: ring.signer(self.clock.now()).map(|key| key.algorithm()),
            are_names_pairwise: self.subjects.are_pairwise(),
            longest_life: self.clients.longest_life,
        })
    }

    /// The client with a secret where it proves itself by one: those that it has, or a new one.
    fn with_secret(
        &self,
        reading: &Reading<'_>,
        mut client: OAuthClient,
        held: Vec<[u8; 32]>,
    ) -> Result<(OAuthClient, Option<Secret>), Error> {
        let is_by_secret = matches!(
            client.method(),
            ClientAuthMethod::ClientSecretBasic | ClientAuthMethod::ClientSecretPost
        );
        let mut secret = None;
        if is_by_secret {
            client.secrets = held.into_iter().map(SecretDigest::from_bytes).collect();
            if client.secrets.is_empty() {
                let new = self.clients.new_secret();
                client.secrets.push(SecretDigest::of(&new));
                secret = Some(new);
            }
        }
        Ok((reading.checked(client)?, secret))
    }

    fn new_text<const N: usize>(&self) -> String {
        OpaqueToken::<N>::generate(1, &*self.clients.random).expose()
    }

    async fn note_client(&self, kind: EventKind, id: &str) {
        let draft = EventDraft::of(kind).with(|details| details.client = Some(id.to_owned()));
        self.events.note(draft).await;
    }
}

fn digests(client: &OAuthClient) -> Vec<[u8; 32]> {
    client.secrets.iter().map(SecretDigest::bytes).collect()
}

/// A client that replaces its registration says which it is, and sends nothing back that is ours to say (RFC 7592 section 2.2).
fn check_sent_back(stored: &StoredClient, metadata: &Map<String, Value>) -> Result<(), Fault> {
    let text = |name| metadata.get(name).and_then(Value::as_str);
    if text("client_id") != Some(&stored.client_id) {
        return Err(Fault::Metadata("client_id is missing, or is another client's".to_owned()));
    }
    if let Some(name) = OURS.into_iter().find(|name| metadata.contains_key(*name)) {
        return Err(Fault::Metadata(format!("{name} is not the client's to set")));
    }
    let is_its = |secret: &str| {
        let given = SecretDigest::of(&secret.into());
        stored.secrets.iter().any(|held| SecretDigest::from_bytes(*held).is(&given))
    };
    match metadata.get("client_secret") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(secret)) if is_its(secret) => Ok(()),
        Some(_) => Err(Fault::Metadata("client_secret is not the client's".to_owned())),
    }
}
