//! An OpenID provider of our own that tells the truth until it is told to lie: in any answer, in any ID token.
//!
//! Nobody has to type anything at it: [`Idp::authorize`] is its whole authorization endpoint.

use std::collections::HashMap;
use std::fmt;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use auth_core::clock::{Clock as _, Timestamp};
use auth_core::key::{KeyRing, SigningAlgorithm, SigningKey};
use auth_core::testing::{ManualClock, SeededRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

use crate::browser::query;

/// The client's id and secret at every such provider.
pub const CLIENT: (&str, &str) = ("a-client", "a client secret that is longer than 32 bytes");

/// A flood ends here, for a client that never stops reading. In bytes.
const FLOOD: u64 = 512 * 1024 * 1024;

/// The provider. It stops when it is dropped.
#[derive(Clone)]
pub struct Idp(Arc<Inner>);

struct Inner {
    issuer: String,
    address: SocketAddr,
    clock: ManualClock,
    state: Mutex<State>,
    serial: AtomicUsize,
    flooded: AtomicU64,
    is_over: AtomicBool,
}

struct State {
    key: Key,
    claims: Value,
    grants: HashMap<String, Grant>,
    access: HashMap<String, Value>,
    seen: Vec<Seen>,
    lies: HashMap<String, Arc<Lie>>,
    forgery: Option<Arc<Forgery>>,
}

type Lie = dyn Fn(&Seen, Answer) -> Answer + Send + Sync;
type Forgery = dyn Fn(&mut IdToken) + Send + Sync;

#[derive(Clone, Debug)]
struct Grant {
    challenge: String,
    nonce: Option<String>,
    redirect_uri: String,
    claims: Value,
}

/// A request as the provider saw it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The header lines; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

impl Seen {
    /// The field of this name in the form that the body is.
    pub fn field(&self, name: &str) -> Option<String> {
        query(&format!("?{}", self.body), name)
    }

    /// The value of the first header line of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(held, _)| held == name).map(|(_, value)| &**value)
    }
}

/// What the provider answers.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The head of an answer, and then a byte now and then.
    Drip,
    /// A JSON string that does not end.
    Flood,
    /// A whole answer.
    Reply {
        /// The status.
        status: u16,
        /// The header lines.
        headers: Vec<(String, String)>,
        /// The body.
        body: Vec<u8>,
    },
    /// Nothing, on a connection that stays open.
    Silence,
}

impl Answer {
    /// JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json", &body.to_string())
    }

    /// A page.
    pub fn html(status: u16, body: &str) -> Self {
        Self::text(status, "text/html; charset=utf-8", body)
    }

    /// A body of this type.
    pub fn text(status: u16, content_type: &str, body: &str) -> Self {
        let headers = vec![("Content-Type".to_owned(), content_type.to_owned())];
        Self::Reply { status, headers, body: body.into() }
    }

    /// A redirect.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::Reply { status, headers: vec![("Location".into(), location.into())], body: Vec::new() }
    }

    /// The JSON of the answer, changed.
    #[must_use]
    pub fn but(self, change: impl FnOnce(&mut Value)) -> Self {
        let Self::Reply { status, headers, body } = self else { return self };
        let mut value: Value = serde_json::from_slice(&body).unwrap();
        change(&mut value);
        Self::Reply { status, headers, body: value.to_string().into() }
    }
}

/// An ID token in the making.
#[derive(Clone, Debug)]
pub struct IdToken {
    /// The header.
    pub header: Value,
    /// The claims.
    pub claims: Value,
    /// What stands in place of the claims, if anything does.
    pub payload: Option<String>,
    /// How it is signed.
    pub signature: Signature,
}

/// How a token is signed.
#[derive(Clone, Debug)]
pub enum Signature {
    /// By HMAC-SHA256 under this key.
    Hmac(Vec<u8>),
    /// By this key.
    Key(Key),
    /// Not at all.
    Missing,
    /// By the provider's key, over something else.
    Wrong,
}

impl IdToken {
    /// Removes a claim.
    pub fn without(&mut self, claim: &str) {
        self.claims.as_object_mut().unwrap().remove(claim);
    }

    /// Moves the time that a claim names, in seconds.
    pub fn shift(&mut self, claim: &str, seconds: i64) {
        self.claims[claim] = json!(self.claims[claim].as_i64().unwrap() + seconds);
    }

    /// The token.
    pub fn sign(&self, own: &Key) -> String {
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let payload = self.payload.clone().unwrap_or_else(|| self.claims.to_string());
        let input = format!("{}.{}", part(self.header.to_string().as_bytes()), part(payload.as_bytes()));
        let signature = match &self.signature {
            Signature::Hmac(key) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
                mac.update(input.as_bytes());
                mac.finalize().into_bytes().to_vec()
            }
            Signature::Key(key) => key.sign(input.as_bytes()),
            Signature::Missing => Vec::new(),
            Signature::Wrong => own.sign(b"something else"),
        };
        format!("{input}.{}", part(&signature))
    }
}

impl Idp {
    /// Starts one that signs with EdDSA.
    pub fn start() -> Self {
        Self::start_with(SigningAlgorithm::EdDsa)
    }

    /// Starts one that signs with this algorithm.
    pub fn start_with(algorithm: SigningAlgorithm) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let claims = json!({"sub": "248289761001", "name": "Jane Doe", "preferred_username": "jane"});
        let state = State {
            key: Key::generate(algorithm, u64::from(address.port())),
            claims,
            grants: HashMap::new(),
            access: HashMap::new(),
            seen: Vec::new(),
            lies: HashMap::new(),
            forgery: None,
        };
        let inner = Arc::new(Inner {
            issuer: format!("http://{address}"),
            address,
            clock: ManualClock::default(),
            state: Mutex::new(state),
            serial: AtomicUsize::new(0),
            flooded: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        let served = inner.clone();
        thread::spawn(move || served.serve(&listener));
        Self(inner)
    }

    /// Its identifier, which is also where it is.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// Its clock, which begins with the clocks of the applications and stands still as they do.
    pub fn clock(&self) -> &ManualClock {
        &self.0.clock
    }

    /// What it says of the person who logs in next.
    pub fn set_claims(&self, claims: &Value) {
        self.0.state().claims = claims.clone();
    }

    /// From now on it answers at this path what comes of its honest answer by this.
    pub fn lie(&self, path: &str, lie: impl Fn(&Seen, Answer) -> Answer + Send + Sync + 'static) {
        self.0.state().lies.insert(path.to_owned(), Arc::new(lie));
    }

    /// From now on its ID tokens are changed by this.
    pub fn forge(&self, forgery: impl Fn(&mut IdToken) + Send + Sync + 'static) {
        self.0.state().forgery = Some(Arc::new(forgery));
    }

    /// From now on it tells the truth.
    pub fn repent(&self) {
        let mut state = self.0.state();
        state.lies.clear();
        state.forgery = None;
    }

    /// Replaces its signing key and answers the old one.
    pub fn rotate(&self, algorithm: SigningAlgorithm) -> Key {
        let serial = self.0.serial.fetch_add(1, Ordering::SeqCst) as u64;
        let new = Key::generate(algorithm, (serial + 1) << 32 | u64::from(self.0.address.port()));
        std::mem::replace(&mut self.0.state().key, new)
    }

    /// The key that it signs with.
    pub fn key(&self) -> Key {
        self.0.state().key.clone()
    }

    /// Its key set.
    pub fn jwks(&self) -> Value {
        self.0.jwks()
    }

    /// Everything that was asked of it at this path.
    pub fn seen(&self, path: &str) -> Vec<Seen> {
        self.0.state().seen.iter().filter(|seen| seen.path == path).cloned().collect()
    }

    /// How many bytes of floods were taken off its hands.
    pub fn flooded(&self) -> u64 {
        self.0.flooded.load(Ordering::SeqCst)
    }

    /// What its authorization endpoint answers to a request that reads like this, once the person has agreed: the query of the
    /// redirect back.
    pub fn authorize(&self, request: &str) -> String {
        let asked = |name: &str| query(request, name);
        assert_eq!(request.split('?').next(), Some(&*format!("{}/authorize", self.0.issuer)), "{request}");
        assert_eq!(asked("client_id").as_deref(), Some(CLIENT.0));
        assert_eq!(asked("response_type").as_deref(), Some("code"));
        assert_eq!(asked("code_challenge_method").as_deref(), Some("S256"));
        let code =
            self.code(&asked("code_challenge").unwrap(), asked("nonce"), &asked("redirect_uri").unwrap());
        let state = asked("state").unwrap();
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.extend_pairs([("code", &*code), ("state", &*state), ("iss", &*self.0.issuer)]).finish()
    }

    /// A code for a request with this challenge, whoever made it.
    pub fn code(&self, challenge: &str, nonce: Option<String>, redirect_uri: &str) -> String {
        let code = self.0.fresh("code");
        let mut state = self.0.state();
        let claims = state.claims.clone();
        let (challenge, redirect_uri) = (challenge.to_owned(), redirect_uri.to_owned());
        state.grants.insert(code.clone(), Grant { challenge, nonce, redirect_uri, claims });
        code
    }

    /// A token of the provider with these claims, and the header member `typ`.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        let key = self.key();
        let token = IdToken {
            header: key.header(typ),
            claims: claims.clone(),
            payload: None,
            signature: Signature::Key(key.clone()),
        };
        token.sign(&key)
    }

    /// The time by its clock, in seconds.
    pub fn now(&self) -> i64 {
        self.0.now()
    }
}

impl fmt::Debug for Idp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Idp({})", self.0.issuer)
    }
}

impl Drop for Idp {
    fn drop(&mut self) {
        // One of the two that are left is the listening thread's.
        if Arc::strong_count(&self.0) <= 2 {
            self.0.is_over.store(true, Ordering::SeqCst);
            // Wakes the thread that listens.
            let _ = TcpStream::connect(self.0.address);
        }
    }
}

/// A key pair of a provider; cheap to clone.
#[derive(Clone, Debug)]
pub struct Key(Arc<KeyRing>);

impl Key {
    /// A new one. The same seed makes the same key, save for RSA.
    pub fn generate(algorithm: SigningAlgorithm, seed: u64) -> Self {
        let key = SigningKey::generate(algorithm, &SeededRandom::new(seed)).unwrap();
        Self(Arc::new(KeyRing::of(vec![key]).unwrap()))
    }

    /// The public half (RFC 7517).
    pub fn jwk(&self) -> Value {
        let set: Value = serde_json::from_str(&self.0.jwks(Timestamp::default())).unwrap();
        set["keys"][0].clone()
    }

    /// The signature of a message.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.signer(Timestamp::default()).unwrap().sign(message).unwrap()
    }

    /// The header of a token that it signs.
    pub fn header(&self, typ: &str) -> Value {
        let jwk = self.jwk();
        json!({"alg": jwk["alg"], "kid": jwk["kid"], "typ": typ})
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.clock.now().unix_millis() / 1000
    }

    fn fresh(&self, what: &str) -> String {
        let serial = self.serial.fetch_add(1, Ordering::SeqCst);
        let hash = Sha256::digest(format!("{what} {serial} of {}", self.issuer));
        URL_SAFE_NO_PAD.encode(hash)
    }

    fn jwks(&self) -> Value {
        json!({"keys": [self.state().key.jwk()]})
    }

    fn serve(self: Arc<Self>, listener: &TcpListener) {
        for stream in listener.incoming() {
            if self.is_over.load(Ordering::SeqCst) {
                return;
            }
            let (Ok(stream), inner) = (stream, self.clone()) else { continue };
            thread::spawn(move || inner.answer(&stream));
        }
    }

    fn answer(&self, stream: &TcpStream) {
        let Some(seen) = read(stream) else { return };
        let honest = self.honest(&seen);
        let lie = {
            let mut state = self.state();
            state.seen.push(seen.clone());
            state.lies.get(&seen.path).cloned()
        };
        let answer = lie.map_or(honest.clone(), |lie| lie(&seen, honest));
        let _ = self.send(stream, answer);
    }

    fn honest(&self, seen: &Seen) -> Answer {
        match (&*seen.method, &*seen.path) {
            ("GET", "/.well-known/openid-configuration") => Answer::json(200, &self.metadata()),
            ("GET", "/jwks") => Answer::json(200, &self.jwks()),
            ("POST", "/token") => self.token(seen),
            ("GET", "/userinfo") => self.userinfo(seen),
            _ => Answer::html(404, "<h1>Not found</h1>"),
        }
    }

    fn metadata(&self) -> Value {
        let at = &self.issuer;
        json!({
            "issuer": at, "authorization_endpoint": format!("{at}/authorize"), "token_endpoint": format!("{at}/token"),
            "userinfo_endpoint": format!("{at}/userinfo"), "jwks_uri": format!("{at}/jwks"),
            "end_session_endpoint": format!("{at}/end"), "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA", "ES256", "RS256"],
            "code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": true,
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        })
    }

    fn token(&self, seen: &Seen) -> Answer {
        let refused = |error: &str| Answer::json(400, &json!({"error": error}));
        let Some(code) = seen.field("code") else { return refused("invalid_request") };
        let Some(grant) = self.state().grants.remove(&code) else { return refused("invalid_grant") };
        let verifier = seen.field("code_verifier").unwrap_or_default();
        let is_proven = URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == grant.challenge;
        if !is_proven || seen.field("redirect_uri").as_ref() != Some(&grant.redirect_uri) {
            return refused("invalid_grant");
        }
        let access = self.fresh("access token");
        self.state().access.insert(access.clone(), grant.claims.clone());
        let id_token = self.id_token(&grant, &access);
        let refresh = self.fresh("refresh token");
        Answer::json(
            200,
            &json!({
                "access_token": access, "token_type": "Bearer", "expires_in": 3600, "id_token": id_token,
                "refresh_token": refresh,
            }),
        )
    }

    fn id_token(&self, grant: &Grant, access: &str) -> String {
        let (key, forgery) = {
            let state = self.state();
            (state.key.clone(), state.forgery.clone())
        };
        let now = self.now();
        let mut claims = grant.claims.clone();
        claims["iss"] = json!(self.issuer);
        claims["aud"] = json!(CLIENT.0);
        claims["iat"] = json!(now);
        claims["exp"] = json!(now + 600);
        claims["auth_time"] = json!(now);
        if let Some(nonce) = &grant.nonce {
            claims["nonce"] = json!(nonce);
        }
        // OpenID Connect Core 1.0 section 3.1.3.6. Ed25519 is built on SHA-512 (RFC 8032 section 5.1).
        let half = match key.jwk()["alg"].as_str() {
            Some("EdDSA") => Sha512::digest(access)[..32].to_vec(),
            _ => Sha256::digest(access)[..16].to_vec(),
        };
        claims["at_hash"] = json!(URL_SAFE_NO_PAD.encode(half));
        let mut token = IdToken {
            header: key.header("JWT"),
            claims,
            payload: None,
            signature: Signature::Key(key.clone()),
        };
        if let Some(forgery) = forgery {
            forgery(&mut token);
        }
        token.sign(&key)
    }

    fn userinfo(&self, seen: &Seen) -> Answer {
        let token = seen.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
        let claims = token.and_then(|token| self.state().access.get(token).cloned());
        claims.map_or(Answer::json(401, &json!({"error": "invalid_token"})), |claims| {
            Answer::json(200, &claims)
        })
    }

    fn send(&self, mut stream: &TcpStream, answer: Answer) -> std::io::Result<()> {
        match answer {
            Answer::Reply { status, headers, body } => {
                let mut head =
                    format!("HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
                for (name, value) in headers {
                    head += &format!("{name}: {value}\r\n");
                }
                stream.write_all(&[head.as_bytes(), b"\r\n", &body].concat())
            }
            Answer::Silence => self.until_left(stream, |_| Ok(())),
            Answer::Drip => {
                stream.write_all(
                    b"HTTP/1.1 200 -\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n",
                )?;
                self.until_left(stream, |mut stream| stream.write_all(b" "))
            }
            Answer::Flood => {
                stream.write_all(
                    b"HTTP/1.1 200 -\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n\"",
                )?;
                let block = [b'a'; 64 * 1024];
                while self.flooded.fetch_add(block.len() as u64, Ordering::SeqCst) < FLOOD {
                    stream.write_all(&block)?;
                }
                Ok(())
            }
        }
    }

    /// Does something every few milliseconds until the other side has left.
    fn until_left(
        &self,
        mut stream: &TcpStream,
        mut now_and_then: impl FnMut(&TcpStream) -> std::io::Result<()>,
    ) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_millis(20)))?;
        let mut buffer = [0; 64];
        while !self.is_over.load(Ordering::SeqCst) {
            match stream.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    now_and_then(stream)?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Reads a request; nothing when there is none.
fn read(mut stream: &TcpStream) -> Option<Seen> {
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let (mut received, mut buffer) = (Vec::new(), [0; 8 * 1024]);
    loop {
        if let Some(seen) = parse(&received) {
            return Some(seen);
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(length) => received.extend_from_slice(&buffer[..length]),
        }
    }
}

/// The request, once it is complete.
fn parse(received: &[u8]) -> Option<Seen> {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&received[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse());
    let length = length.and_then(Result::ok).unwrap_or(0);
    let body = received.get(end + 4..end + 4 + length)?;
    let path = target.split('?').next()?.to_owned();
    Some(Seen { method, path, headers, body: String::from_utf8_lossy(body).into_owned() })
}
