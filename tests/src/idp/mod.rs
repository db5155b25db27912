//! An OpenID provider of our own that tells the truth until it is told to lie: in any answer, in any ID token.
//!
//! Nobody has to type anything at it: [`Idp::authorize`] is its whole authorization endpoint.

mod token;
mod wire;

use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use auth_core::clock::Clock as _;
use auth_core::key::SigningAlgorithm;
use auth_core::testing::ManualClock;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

pub use self::token::{IdToken, Key, Signature};
pub use self::wire::{Answer, Seen};

use self::wire::{Wire, read};
use crate::browser::query;

/// The client's id and secret at every such provider.
pub const CLIENT: (&str, &str) = ("a-client", "a client secret that is longer than 32 bytes");

/// The provider. It stops when it is dropped.
#[derive(Clone)]
pub struct Idp(Arc<Inner>);

struct Inner {
    issuer: String,
    address: SocketAddr,
    clock: ManualClock,
    state: Mutex<State>,
    serial: AtomicUsize,
    wire: Wire,
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
            wire: Wire::default(),
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
        self.0.wire.flooded.load(Ordering::SeqCst)
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
            self.0.wire.is_over.store(true, Ordering::SeqCst);
            // Wakes the thread that listens.
            let _ = TcpStream::connect(self.0.address);
        }
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
            if self.wire.is_over.load(Ordering::SeqCst) {
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
        let _ = self.wire.send(stream, answer);
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
}
