//! A browser, as far as the login routes see one.

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::Auth;
use crate::http::{AuthRequest, AuthResponse, RequestBody, request};

/// A browser with its cookies.
pub(super) struct Browser<'a> {
    auth: &'a Auth,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl<'a> Browser<'a> {
    pub(super) fn new(auth: &'a Auth) -> Self {
        Self { auth, cookies: Mutex::default() }
    }

    /// Opens a page.
    pub(super) async fn get(&self, target: &str) -> AuthResponse {
        self.send("GET", target, "text/html", "").await
    }

    /// Asks for JSON.
    pub(super) async fn get_json(&self, target: &str) -> AuthResponse {
        self.send("GET", target, "application/json", "").await
    }

    /// Sends a form of a page of ours.
    pub(super) async fn post(&self, target: &str, form: &str) -> AuthResponse {
        self.send("POST", target, "text/html", form).await
    }

    /// Removes something.
    pub(super) async fn delete(&self, target: &str) -> AuthResponse {
        self.send("DELETE", target, "application/json", "").await
    }

    /// What a page of another site posts: without cookies.
    pub(super) async fn post_from_elsewhere(&self, target: &str, form: &str) -> AuthResponse {
        let mut headers = headers("text/html", form);
        headers.push(("origin".to_owned(), b"https://idp.example".to_vec()));
        headers.push(("sec-fetch-site".to_owned(), b"cross-site".to_vec()));
        self.answer("POST", target, headers, form).await
    }

    pub(super) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(super) fn is_logged_in(&self) -> bool {
        self.cookie("session").is_some()
    }

    /// `/auth/me`, or `null`.
    pub(super) async fn me(&self) -> serde_json::Value {
        serde_json::from_slice(self.get_json("/auth/me").await.body()).unwrap()
    }

    async fn send(&self, method: &str, target: &str, accept: &str, form: &str) -> AuthResponse {
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut headers = headers(accept, form);
        headers.push(("cookie".to_owned(), cookies.join("; ").into_bytes()));
        headers.push(("sec-fetch-site".to_owned(), b"same-origin".to_vec()));
        let response = self.answer(method, target, headers, form).await;
        self.keep_cookies(&response);
        response
    }

    async fn answer(
        &self,
        method: &str,
        target: &str,
        headers: Vec<(String, Vec<u8>)>,
        form: &str,
    ) -> AuthResponse {
        let body = RequestBody::Complete(form.as_bytes().to_vec());
        self.auth.handle(AuthRequest::new(&request(method, target, &[]), headers, body)).await
    }

    fn keep_cookies(&self, response: &AuthResponse) {
        for (_, cookie) in response.headers().filter(|(name, _)| *name == "set-cookie") {
            let (pair, attributes) = cookie.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            match attributes.contains("Max-Age=0") {
                true => cookies.remove(name),
                false => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }
}

fn headers(accept: &str, form: &str) -> Vec<(String, Vec<u8>)> {
    let mut headers = vec![("accept".to_owned(), accept.as_bytes().to_vec())];
    if !form.is_empty() {
        headers.push(("content-type".to_owned(), b"application/x-www-form-urlencoded".to_vec()));
    }
    headers
}

/// Where a redirect leads.
pub(super) fn location(response: &AuthResponse) -> &str {
    assert_eq!(response.status(), 303, "{}", text(response));
    response.header("location").unwrap()
}

pub(super) fn text(response: &AuthResponse) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

/// The stable word of a problem, or of a page's status.
pub(super) fn code(response: &AuthResponse) -> String {
    let problem: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    problem["code"].as_str().or(problem["error"].as_str()).unwrap().to_owned()
}
