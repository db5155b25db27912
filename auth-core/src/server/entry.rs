//! Clients as files have them.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{ClientAuthMethod, GrantType, OAuthClient, SubjectType};

/// A client's settings, as they are given.
#[derive(Default, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ClientEntry {
    name: Option<String>,
    /// Never written: of a client that is kept there are hashes.
    #[serde(skip_serializing)]
    secret: OneOrMore,
    redirect_uris: Vec<String>,
    resources: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    backchannel_logout_uri: Option<String>,
    grants: Option<Vec<GrantType>>,
    scopes: Vec<String>,
    auth_method: Option<ClientAuthMethod>,
    jwks: Option<String>,
    jwks_uri: Option<String>,
    first_party: bool,
    require_par: bool,
    require_dpop: bool,
    subject: SubjectType,
    sector_identifier: Option<String>,
    refresh_grace: Option<u64>,
    access_life: Option<u64>,
    logo_uri: Option<String>,
}

/// A text, or a list of them.
#[derive(Default)]
struct OneOrMore(Vec<String>);

/// Registered clients as a file has them: a table with a table for each, by its `client_id`.
///
/// | key | meaning |
/// |---|---|
/// | `name` | what people read; else the id |
/// | `secret` | the secret, or a list of two while one follows the other; without it, and without keys, a public client |
/// | `redirect_uris` | where codes may be sent; may be absent for a client without `authorization_code` |
/// | `resources` | whose tokens it may ask for and introspect |
/// | `post_logout_redirect_uris` | where people may be sent after a logout |
/// | `backchannel_logout_uri` | where it is told of logouts |
/// | `grants` | of `authorization_code`, `refresh_token`, `client_credentials`, `device_code`, `token_exchange`; the first two by default |
/// | `scopes` | what it may ask for |
/// | `auth_method` | `client_secret_basic`, `client_secret_post`, `private_key_jwt`, `none` |
/// | `jwks`, `jwks_uri` | its public keys, or where they are |
/// | `first_party` | `true`: nobody is asked to allow it, and its tokens stand for their user |
/// | `require_par`, `require_dpop` | `true`: it pushes its requests, binds its tokens to a key |
/// | `subject`, `sector_identifier` | `"pairwise"`: users have other names there than at clients of other hosts |
/// | `refresh_grace`, `access_life` | seconds, in place of those of all |
/// | `logo_uri` | its picture, on the consent page |
///
/// ```
/// use auth_core::server::{ClientEntries, ServerConfig};
///
/// # fn example() -> Result<(), serde_json::Error> {
/// let entries: ClientEntries = serde_json::from_str(
///     r#"{ "nightly": { "secret": "from the environment", "grants": ["client_credentials"], "scopes": ["reports:read"] } }"#,
/// )?;
/// let config = ServerConfig::new().clients(entries);
///
/// let misspelt = serde_json::from_str::<ClientEntries>(r#"{ "nightly": { "scope": ["reports:read"] } }"#);
/// assert!(misspelt.unwrap_err().to_string().starts_with("the client `nightly`: unknown field `scope`"));
/// # let _ = config;
/// # Ok(())
/// # }
/// # example().unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClientEntries(Vec<OAuthClient>);

/// A file of registered clients: [`ClientEntries`] under the key `clients`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientsFile {
    /// The clients.
    pub clients: ClientEntries,
}

impl ClientEntry {
    /// What a client is registered with, its secrets aside.
    pub(super) fn of(client: &OAuthClient) -> Self {
        let seconds = |time: &Duration| time.as_secs();
        Self {
            name: client.name.clone(),
            secret: OneOrMore::default(),
            redirect_uris: client.redirect_uris.clone(),
            resources: client.resources.clone(),
            post_logout_redirect_uris: client.post_logout_redirect_uris.clone(),
            backchannel_logout_uri: client.backchannel_logout_uri.clone(),
            grants: Some(client.grants.clone()),
            scopes: client.scopes.clone(),
            auth_method: Some(client.method()),
            jwks: client.jwks.clone(),
            jwks_uri: client.jwks_uri.clone(),
            first_party: client.is_first_party,
            require_par: client.requires_par,
            require_dpop: client.requires_dpop,
            subject: client.subject,
            sector_identifier: client.sector_identifier.clone(),
            refresh_grace: client.refresh_grace.as_ref().map(seconds),
            access_life: client.access_life.as_ref().map(seconds),
            logo_uri: client.logo_uri.clone(),
        }
    }

    /// The client of this id.
    pub(super) fn client(self, id: String) -> OAuthClient {
        let client = OAuthClient {
            name: self.name,
            redirect_uris: self.redirect_uris,
            resources: self.resources,
            post_logout_redirect_uris: self.post_logout_redirect_uris,
            backchannel_logout_uri: self.backchannel_logout_uri,
            scopes: self.scopes,
            auth_method: self.auth_method,
            jwks: self.jwks,
            jwks_uri: self.jwks_uri,
            is_first_party: self.first_party,
            requires_par: self.require_par,
            requires_dpop: self.require_dpop,
            subject: self.subject,
            sector_identifier: self.sector_identifier,
            refresh_grace: self.refresh_grace.map(Duration::from_secs),
            access_life: self.access_life.map(Duration::from_secs),
            logo_uri: self.logo_uri,
            ..OAuthClient::new(id)
        };
        let client = match self.grants {
            Some(grants) => client.grants(grants),
            None => client,
        };
        self.secret.0.into_iter().fold(client, OAuthClient::secret)
    }
}

impl IntoIterator for ClientEntries {
    type Item = OAuthClient;
    type IntoIter = std::vec::IntoIter<OAuthClient>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de> Deserialize<'de> for ClientEntries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = ClientEntries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of clients")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ClientEntries, A::Error> {
        let mut clients = Vec::new();
        while let Some(id) = map.next_key::<String>()? {
            let entry: Result<ClientEntry, A::Error> = map.next_value();
            let entry =
                entry.map_err(|error| A::Error::custom(format_args!("the client `{id}`: {error}")))?;
            clients.push(entry.client(id));
        }
        Ok(ClientEntries(clients))
    }
}

impl<'de> Deserialize<'de> for OneOrMore {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMoreVisitor)
    }
}

struct OneOrMoreVisitor;

impl<'de> Visitor<'de> for OneOrMoreVisitor {
    type Value = OneOrMore;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text or a list of texts")
    }

    fn visit_str<E>(self, one: &str) -> Result<OneOrMore, E> {
        Ok(OneOrMore(vec![one.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOrMore, A::Error> {
        let mut several = Vec::new();
        while let Some(one) = list.next_element()? {
            several.push(one);
        }
        Ok(OneOrMore(several))
    }
}
