//! Redis behind TLS, with a certificate of an authority that only this test knows.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use auth_core::ErrorKind;
use auth_core::short_lived::ShortLivedStore;
use auth_core::store::{Backend as _, MemoryStore};
use auth_store::RedisStore;
use redis::cmd;

use crate::home::{MINUTE, NOW, skip};
use crate::own_server::{OwnServer, free_port, wait_for};

/// What tells the process that the test starts, whose system trusts the authority, where the server is, and the node of a Cluster.
const PORTS: &str = "TEST_REDIS_TLS_PORTS";

#[tokio::test]
async fn a_certificate_is_checked_against_the_roots_of_the_system_and_the_name() {
    if let Ok(ports) = env::var(PORTS) {
        let (single, node) = ports.split_once(' ').unwrap();
        trusting(&format!("rediss://localhost:{single}")).await;
        trusting(&format!("rediss-cluster://localhost:{node}")).await;
        let refused = RedisStore::connect(&format!("rediss://127.0.0.1:{single}")).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unavailable, "the name is another one");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    if let Err(reason) = make_certificates(folder.path()) {
        return skip(&reason);
    }
    let authority = folder.path().join("ca.pem").display().to_string();
    let (single, node) = (free_port().to_string(), free_port().to_string());
    let Some(_server) = start(folder.path(), &single, &[]) else { return };
    let Some(_node) = start_node(folder.path(), &node) else { return };
    for url in [format!("rediss://localhost:{single}"), format!("rediss-cluster://localhost:{node}")] {
        let refused = RedisStore::connect(&url).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Unavailable, "nobody vouches for its certificate");
    }
    let mut test = Command::new(env::current_exe().unwrap());
    test.args(["--exact", "tls::a_certificate_is_checked_against_the_roots_of_the_system_and_the_name"]);
    test.env(PORTS, format!("{single} {node}")).env("SSL_CERT_FILE", authority);
    let output = test.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

/// A server with the certificate.
fn start(folder: &Path, port: &str, more: &[&str]) -> Option<OwnServer> {
    let file = |name: &str| folder.join(name).display().to_string();
    let (certificate, key, authority) = (file("server.pem"), file("server.key"), file("ca.pem"));
    let own = ["--tls-port", port, "--tls-cert-file", &certificate, "--tls-key-file", &key];
    let no_clients = ["--tls-ca-cert-file", &authority, "--tls-auth-clients", "no"];
    OwnServer::start(&[own.as_slice(), &no_clients, more].concat())
}

/// A whole Cluster of one node, which is called by the name in the certificate.
fn start_node(folder: &Path, port: &str) -> Option<OwnServer> {
    let bus = free_port().to_string();
    let cluster = ["--cluster-enabled", "yes", "--cluster-port", &bus, "--tls-cluster", "yes"];
    let name = ["--cluster-announce-hostname", "localhost", "--cluster-preferred-endpoint-type", "hostname"];
    let node = start(folder, port, &[cluster.as_slice(), &name].concat())?;
    cmd("CLUSTER").arg("ADDSLOTSRANGE").arg(0).arg(16383).exec(&mut node.raw()).unwrap();
    wait_for("a Cluster that is ready", || {
        let info: String = cmd("CLUSTER").arg("INFO").query(&mut node.raw()).unwrap();
        info.contains("cluster_state:ok")
    });
    Some(node)
}

/// Where the authority is trusted: the name in the certificate is let through.
async fn trusting(url: &str) {
    let store = RedisStore::connect(url).await.unwrap();
    store.put("key", b"x", MINUTE, NOW).await.unwrap();
    let broadcast = store.beside(MemoryStore::new()).stores().broadcast.unwrap();
    let mut listener = broadcast.listen().await.unwrap();
    broadcast.send("x").await.unwrap();
    assert_eq!(listener.next().await.unwrap(), "x");
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
