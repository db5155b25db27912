//! Redis behind TLS, with a certificate of an authority that only this test knows.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use auth_core::ErrorKind;
use auth_core::short_lived::ShortLivedStore;
use auth_store::RedisStore;

use crate::home::{MINUTE, NOW, skip};
use crate::own_server::{OwnServer, free_port};

/// What tells the process that the test starts, whose system trusts the authority, where the server is.
const PORT: &str = "TEST_REDIS_TLS_PORT";

#[tokio::test]
async fn a_certificate_is_checked_against_the_roots_of_the_system_and_the_name() {
    if let Ok(port) = env::var(PORT) {
        return trusting(&port).await;
    }
    let folder = tempfile::tempdir().unwrap();
    if let Err(reason) = make_certificates(folder.path()) {
        return skip(&reason);
    }
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (port, certificate, key, authority) =
        (free_port().to_string(), file("server.pem"), file("server.key"), file("ca.pem"));
    let arguments = ["--tls-port", &port, "--tls-cert-file", &certificate, "--tls-key-file", &key];
    let no_clients = ["--tls-ca-cert-file", &authority, "--tls-auth-clients", "no"];
    let Some(_server) = OwnServer::start(&[arguments.as_slice(), &no_clients].concat()) else { return };
    let refused = RedisStore::connect(&format!("rediss://localhost:{port}")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
    let mut test = Command::new(env::current_exe().unwrap());
    test.args(["--exact", "tls::a_certificate_is_checked_against_the_roots_of_the_system_and_the_name"]);
    let output = test.env(PORT, port).env("SSL_CERT_FILE", authority).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

/// Where the authority is trusted: the name in the certificate is let through, and no other.
async fn trusting(port: &str) {
    let store = RedisStore::connect(&format!("rediss://localhost:{port}")).await.unwrap();
    store.put("key", b"x", MINUTE, NOW).await.unwrap();
    let refused = RedisStore::connect(&format!("rediss://127.0.0.1:{port}")).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Unavailable);
}

/// An authority, and a certificate by it for `localhost`.
fn make_certificates(folder: &Path) -> Result<(), String> {
    fs::write(folder.join("names"), "subjectAltName=DNS:localhost\n").unwrap();
    for arguments in [
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 30 -subj /CN=authority",
        "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile names -out server.pem",
    ] {
        let openssl = Command::new("openssl").args(arguments.split(' ')).current_dir(folder).output();
        let output = openssl.map_err(|error| format!("there is no `openssl`: {error}"))?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
