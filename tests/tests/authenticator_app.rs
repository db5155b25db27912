//! An authenticator app that others wrote: the Python library pyotp (`tests/authenticator`, PyPI, pinned), installed as `software.rs` has
//! it, reads what we offer and computes the codes.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

use std::path::Path;

use auth_core::clock::Clock as _;
use conformance::{ALICE, Framework, PythonPackages, TestApp, only_waits};
use serde_json::json;

/// Reads a URI, and prints the issuer, the account and the code of a moment.
const APP: &str = "import pyotp, sys\n\
                   totp = pyotp.parse_uri(sys.argv[1])\n\
                   print(totp.issuer, totp.name, totp.at(int(sys.argv[2])), sep='\\n')";

struct App {
    python: PythonPackages,
    uri: String,
}

impl App {
    /// Issuer, account and code.
    fn says(&self, app: &TestApp) -> [String; 3] {
        let now = app.clock.now().unix_seconds().to_string();
        let output = self.python.command("python").args(["-c", APP, &self.uri, &now]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = lines.lines().map(str::to_owned).collect();
        lines.try_into().unwrap()
    }
}

#[test]
fn an_app_reads_what_is_offered_and_its_codes_count() {
    let pins = Path::new(env!("CARGO_MANIFEST_DIR")).join("authenticator/requirements.txt");
    let Some(python) = PythonPackages::installed("authenticator", &pins) else { return };
    let app = Framework::Axum.start();
    let session = app.login(ALICE);
    let offer = app.post("/auth/mfa/totp").session(&session).send().expect(200).json();
    let reader = App { python, uri: offer["otpauth_uri"].as_str().unwrap().to_owned() };
    let [issuer, account, code] = reader.says(&app);
    assert_eq!((issuer.as_str(), account.as_str()), ("Demo", "alice@example.com"));
    let confirm = app.post("/auth/mfa/totp/confirm").json(&json!({"code": code})).session(&session);
    assert_eq!(confirm.send().expect(200).json()["recovery_codes"].as_array().unwrap().len(), 10);
    for _ in 0..5 {
        app.clock.advance(std::time::Duration::from_secs(30));
        let pending = only_waits(&app.try_login(ALICE.name, ALICE.password).send().expect(200));
        let [_, _, code] = reader.says(&app);
        let shown = app.post("/auth/mfa").json(&json!({"code": code})).cookies(&[("pending", &pending)]);
        assert!(shown.send().expect(200).session().is_some());
    }
}
