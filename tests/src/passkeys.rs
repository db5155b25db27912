//! Passkeys: a phone, and what people do with it.

use auth_core::testing::{SeededRandom, SoftAuthenticator};
use serde_json::{Value, json};

use crate::app::{Person, TestApp};
use crate::client::{Reply, Request};

/// A login by a passkey that was begun: the cookie of the browser, and what was asked of it.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The value of the cookie.
    pub browser: String,
    /// The options.
    pub options: Value,
}

impl TestApp {
    /// A phone, its number the seed of all that is random in it, on a page of this app.
    pub fn phone(&self, number: u64) -> SoftAuthenticator {
        SoftAuthenticator::new(self.base.clone(), &SeededRandom::new(1_000 + number)).unwrap()
    }

    /// Begins to make a passkey.
    #[track_caller]
    pub fn begin_making(&self, session: &str) -> Value {
        let begun = self.post("/auth/passkeys/register/start").session(session).json(&json!({}));
        begun.send().expect(200).json()["publicKey"].clone()
    }

    /// What keeps a passkey that was made.
    pub fn finish_making(&self, session: &str, credential: &Value) -> Request {
        self.post("/auth/passkeys/register/finish")
            .session(session)
            .json(&json!({ "credential": credential }))
    }

    /// Makes a passkey in this session, and answers the session's new id.
    #[track_caller]
    pub fn make_passkey(&self, session: &str, phone: &mut SoftAuthenticator) -> String {
        let options = self.begin_making(session);
        let made = phone.make(&options);
        self.finish_making(session, &made).send().expect(201).session().unwrap()
    }

    /// A phone with a passkey of somebody's, and a session of theirs.
    #[track_caller]
    pub fn with_passkey(&self, person: Person, number: u64) -> (SoftAuthenticator, String) {
        let mut phone = self.phone(number);
        let session = self.make_passkey(&self.login(person), &mut phone);
        (phone, session)
    }

    /// Begins a login by a passkey, without a name.
    #[track_caller]
    pub fn begin_passkey_login(&self) -> Asked {
        asked(self.post("/auth/passkeys/login/start").json(&json!({})).send())
    }

    /// What ends it.
    pub fn finish_passkey_login(&self, asked: &Asked, credential: &Value) -> Request {
        let request = self.post("/auth/passkeys/login/finish").cookies(&[("session-login", &asked.browser)]);
        request.json(&json!({ "credential": credential }))
    }

    /// Logs in by the passkey of this phone.
    pub fn passkey_login(&self, phone: &mut SoftAuthenticator) -> Reply {
        let asked = self.begin_passkey_login();
        let used = phone.ask(&asked.options);
        self.finish_passkey_login(&asked, &used).send()
    }

    /// How many passkeys are listed in this session.
    #[track_caller]
    pub fn passkeys(&self, session: &str) -> Vec<Value> {
        let listed = self.get("/auth/passkeys").session(session).send().expect(200).json();
        listed["passkeys"].as_array().unwrap().clone()
    }
}

/// The reply, which begins a login by a passkey.
#[track_caller]
pub fn asked(reply: Reply) -> Asked {
    let reply = reply.expect(200);
    let browser = reply.cookie("session-login").unwrap();
    Asked { browser, options: reply.json()["publicKey"].clone() }
}
