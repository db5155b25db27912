//! Where Redis is, as URLs say it.

use auth_core::error::Error;
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo, RedisError, TlsMode,
};
use url::Url;

use super::options::Limits;

const PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// What a URL names.
pub(super) enum Address {
    /// One server.
    Single(Box<Client>),
    /// Some nodes of a Cluster, which tell the others; and each of those by itself.
    Cluster(Box<ClusterClient>, Vec<Client>),
    /// Sentinels, which tell which server is the primary.
    Sentinel(Box<SentinelClient>),
}

/// The parts of a URL that names several servers.
struct Several {
    nodes: Vec<(String, u16)>,
    username: Option<String>,
    password: Option<String>,
    database: i64,
    service: Option<String>,
    tls: bool,
}

/// What the URL names, and how to call that in messages: never with a password.
pub(super) fn parse(url: &str, limits: Limits) -> Result<(Address, String), Error> {
    let url = Url::parse(url).map_err(|error| not_a_url().with_source(error))?;
    if url.fragment().is_some() {
        return Err(Error::configuration(
            "a Redis URL has no part behind a `#`: TLS is never without a check of the certificate",
        ));
    }
    let (kind, tls) = match url.scheme() {
        "redis" | "valkey" | "rediss" | "valkeys" => return single(url),
        "redis-cluster" => (Kind::Cluster, false),
        "rediss-cluster" => (Kind::Cluster, true),
        "redis-sentinel" => (Kind::Sentinel, false),
        "rediss-sentinel" => (Kind::Sentinel, true),
        _ => return Err(not_a_url()),
    };
    let several = several(&url, kind, tls)?;
    let name = name(&several.nodes[0].0, several.nodes[0].1, several.database);
    let address = match kind {
        Kind::Cluster => {
            let nodes = several.each().map_err(no_such)?;
            Address::Cluster(Box::new(several.cluster(limits).map_err(no_such)?), nodes)
        }
        Kind::Sentinel => Address::Sentinel(Box::new(several.sentinel().map_err(no_such)?)),
    };
    Ok((address, name))
}

impl Address {
    /// The way to one server: the only one, the primary, or one node of those that the URL names, another each time.
    pub(super) async fn client(&mut self) -> Result<Client, RedisError> {
        match self {
            Self::Single(client) => Ok((**client).clone()),
            Self::Cluster(_, nodes) => {
                nodes.rotate_left(1);
                Ok(nodes[0].clone())
            }
            Self::Sentinel(client) => client.async_get_client().await,
        }
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    Cluster,
    Sentinel,
}

fn single(url: Url) -> Result<(Address, String), Error> {
    if let Some((parameter, _)) = url.query_pairs().next() {
        return Err(unknown_parameter(&parameter));
    }
    let (host, port) = (url.host_str().ok_or_else(not_a_url)?.to_owned(), url.port().unwrap_or(PORT));
    secure(url.scheme().ends_with("ss") || url.scheme() == "valkeys");
    let info: ConnectionInfo = url.into_connection_info().map_err(no_such)?;
    let name = name(&host, port, info.redis_settings().db());
    Ok((Address::Single(Box::new(Client::open(info).map_err(no_such)?)), name))
}

fn several(url: &Url, kind: Kind, tls: bool) -> Result<Several, Error> {
    let default_port = if kind == Kind::Cluster { PORT } else { SENTINEL_PORT };
    let first = (url.host_str().ok_or_else(not_a_url)?.to_owned(), url.port().unwrap_or(default_port));
    let mut several = Several {
        nodes: vec![first],
        username: decoded(url.username())?.filter(|name| !name.is_empty()),
        password: url.password().map(decoded).transpose()?.flatten(),
        database: database(url, kind)?,
        service: None,
        tls,
    };
    for (parameter, value) in url.query_pairs() {
        match &*parameter {
            "node" => several.nodes.push(node(&value, default_port)?),
            "sentinelServiceName" if kind == Kind::Sentinel => several.service = Some(value.into_owned()),
            _ => return Err(unknown_parameter(&parameter)),
        }
    }
    if kind == Kind::Sentinel && several.service.is_none() {
        return Err(Error::configuration(
            "the URL of Sentinels names the service: redis-sentinel://host:26379?sentinelServiceName=mymaster",
        ));
    }
    secure(tls);
    Ok(several)
}

fn database(url: &Url, kind: Kind) -> Result<i64, Error> {
    let path = url.path().trim_matches('/');
    match path.parse() {
        _ if path.is_empty() => Ok(0),
        Ok(number) if kind == Kind::Sentinel || number == 0 => Ok(number),
        Ok(_) => Err(Error::configuration(
            "a Redis Cluster has the database 0 only: leave the path of its URL empty",
        )),
        Err(_) => {
            Err(Error::configuration("the path of a Redis URL is the number of a database, such as /0"))
        }
    }
}

/// `host:port`.
fn node(text: &str, default_port: u16) -> Result<(String, u16), Error> {
    // Read as a URL is, so that an address of IPv6 stands in brackets and a port is one.
    let url = Url::parse(&format!("redis://{text}"))
        .ok()
        .filter(|url| url.username().is_empty() && url.password().is_none());
    let host = url.as_ref().and_then(Url::host_str);
    let host = host.ok_or_else(|| {
        Error::configuration("a `node` of a Redis URL is host:port, such as node=10.0.0.2:6379")
    })?;
    Ok((host.to_owned(), url.as_ref().and_then(Url::port).unwrap_or(default_port)))
}

fn decoded(text: &str) -> Result<Option<String>, Error> {
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    let decoded = decoded
        .map_err(|_| Error::configuration("the user name or the password of a Redis URL is no UTF-8"))?;
    Ok(Some(decoded.into_owned()))
}

impl Several {
    fn addresses(&self) -> impl Iterator<Item = ConnectionAddr> {
        self.nodes.iter().map(|(host, port)| {
            // An IPv6 address stands in brackets in a URL, and without where it is connected to.
            let (host, port) = (host.trim_matches(['[', ']']).to_owned(), *port);
            match self.tls {
                true => ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None },
                false => ConnectionAddr::Tcp(host, port),
            }
        })
    }

    fn cluster(&self, limits: Limits) -> Result<ClusterClient, RedisError> {
        let nodes = self.addresses().map(|address| address.into_connection_info());
        let nodes: Vec<_> = nodes.collect::<Result<_, _>>()?;
        let mut builder = ClusterClientBuilder::new(nodes)
            .connection_timeout(limits.connect)
            .response_timeout(limits.command)
            // What may be sent once more is: by `cluster`, which knows what was not done.
            .retries(0);
        if let Some(username) = &self.username {
            builder = builder.username(username);
        }
        if let Some(password) = &self.password {
            builder = builder.password(password);
        }
        builder.build()
    }

    /// Each node by itself.
    fn each(&self) -> Result<Vec<Client>, RedisError> {
        let mut settings = RedisConnectionInfo::default();
        if let Some(username) = &self.username {
            settings = settings.set_username(username);
        }
        if let Some(password) = &self.password {
            settings = settings.set_password(password);
        }
        let client = |address: ConnectionAddr| {
            Client::open(address.into_connection_info()?.set_redis_settings(settings.clone()))
        };
        self.addresses().map(client).collect()
    }

    /// The user name and the password are those of the servers: Sentinels are asked without.
    fn sentinel(&self) -> Result<SentinelClient, RedisError> {
        let service = self.service.as_deref().unwrap_or_default();
        let mut builder = SentinelClientBuilder::new(self.addresses(), service, SentinelServerType::Master)?
            .set_client_to_redis_db(self.database);
        if self.tls {
            builder = builder
                .set_client_to_redis_tls_mode(TlsMode::Secure)
                .set_client_to_sentinel_tls_mode(TlsMode::Secure);
        }
        if let Some(username) = &self.username {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = &self.password {
            builder = builder.set_client_to_redis_password(password);
        }
        builder.build()
    }
}

/// rustls wants to be told whose cryptography it uses, where the program has not said so and several are compiled in.
fn secure(tls: bool) {
    if tls && rustls::crypto::CryptoProvider::get_default().is_none() {
        // Somebody else may have been quicker: then there is one all the same.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
}

/// The database of the server is named where it is not the first.
fn name(host: &str, port: u16, database: i64) -> String {
    let path = if database == 0 { String::new() } else { format!("/{database}") };
    format!("{host}:{port}{path}")
}

fn not_a_url() -> Error {
    Error::configuration(
        "that is no address of Redis: use one like redis://host:6379, rediss:// with TLS, redis-cluster:// or redis-sentinel://",
    )
}

fn unknown_parameter(name: &str) -> Error {
    Error::configuration(format!("`{}` is no parameter of that kind of Redis URL", name.escape_debug()))
}

fn no_such(error: RedisError) -> Error {
    not_a_url().with_source(error)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const LIMITS: Limits = Limits { command: Duration::from_secs(1), connect: Duration::from_secs(3) };

    fn refusal(url: &str) -> String {
        match parse(url, LIMITS) {
            Ok(_) => panic!("{url} was taken"),
            Err(error) => format!("{error:?}"),
        }
    }

    #[test]
    fn each_kind_of_url_is_read() {
        let parsed = |url: &str| parse(url, LIMITS).unwrap();
        for (url, name) in [
            ("redis://localhost", "localhost:6379"),
            ("redis://me:s3cret@10.0.0.1:7000/2", "10.0.0.1:7000/2"),
            ("rediss://:s3cret@redis.example", "redis.example:6379"),
            ("valkey://[::1]:7", "[::1]:7"),
        ] {
            let (address, named) = parsed(url);
            assert!(matches!(address, Address::Single(_)) && named == name, "{url}: {named}");
        }
        let (address, name) =
            parsed("redis-cluster://:s3cret@a.example:7000?node=b.example:7001&node=[::1]:7002");
        assert!(matches!(address, Address::Cluster(..)) && name == "a.example:7000");
        let (address, name) =
            parsed("redis-sentinel://:s3cret@a.example/1?node=b&sentinelServiceName=mymaster");
        assert!(matches!(address, Address::Sentinel(_)) && name == "a.example:26379/1");
    }

    #[test]
    fn what_is_wrong_is_named_and_no_password_with_it() {
        for (url, part) in [
            ("", "no address of Redis"),
            ("s3cret", "no address of Redis"),
            ("postgres://:s3cret@host", "no address of Redis"),
            ("redis://:s3cret@", "no address of Redis"),
            ("redis://:s3cret@host:99999", "no address of Redis"),
            ("redis://:s3cret@host/one", "no address of Redis"),
            ("rediss://:s3cret@host/#insecure", "behind a `#`"),
            ("redis://:s3cret@host?node=b", "`node` is no parameter"),
            ("redis-cluster://:s3cret@host/3", "the database 0 only"),
            ("redis-cluster://:s3cret@host/x", "the number of a database"),
            ("redis-cluster://:s3cret@host?node=:s3cret@b", "host:port"),
            ("redis-cluster://:s3cret@host?sentinelServiceName=x", "`sentinelServiceName` is no parameter"),
            ("redis-sentinel://:s3cret@host", "names the service"),
            ("redis-sentinel://:%ff@host?sentinelServiceName=x", "no UTF-8"),
        ] {
            let refused = refusal(url);
            assert!(refused.contains(part) && !refused.contains("s3cret"), "{url}: {refused}");
        }
    }
}
