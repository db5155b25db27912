//! How many mails a second go from the outbox, a SQLite file, to an SMTP server on loopback that takes them all at once:
//! `cargo bench -p auth-store --bench mail`. 200 a second are asked for.
#![expect(clippy::unwrap_used, reason = "a bench that fails has nothing to measure")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use auth_core::Auth;
use auth_core::account::{Invitation, Registration};
use auth_core::mail::SmtpMailer;
use auth_store::SqlStore;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

const MAILS: usize = 2000;
const ROUNDS: usize = 3;

/// Takes mails as RFC 5321 has a server do, and counts them.
async fn take(stream: TcpStream, taken: Arc<AtomicUsize>) {
    let (reading, mut writing) = stream.into_split();
    let mut lines = BufReader::new(reading).lines();
    writing.write_all(b"220 mail.example\r\n").await.unwrap();
    let mut is_in_mail = false;
    while let Ok(Some(line)) = lines.next_line().await {
        let reply: &[u8] = match &*line {
            "." if is_in_mail => {
                (is_in_mail, _) = (false, taken.fetch_add(1, Ordering::Relaxed));
                b"250 taken\r\n"
            }
            _ if is_in_mail => continue,
            "DATA" => {
                is_in_mail = true;
                b"354 go on\r\n"
            }
            "QUIT" => b"221 bye\r\n",
            _ => b"250 mail.example\r\n",
        };
        if writing.write_all(reply).await.is_err() {
            return;
        }
    }
}

/// A server, and how many mails it has taken.
async fn server() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (url, taken) = (format!("smtp://{}", listener.local_addr().unwrap()), Arc::<AtomicUsize>::default());
    let counted = taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(take(stream, counted.clone()));
        }
    });
    (url, taken)
}

async fn auth(url: &str, store: SqlStore) -> Auth {
    let auth = Auth::builder()
        .base_url("http://localhost:3000")
        .secret_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=")
        .store(store)
        .mailer(SmtpMailer::new(url).unwrap(), "accounts@app.example")
        .registration(Registration::ByInvitation)
        .deliver_mail_by_hand()
        .build()
        .await
        .unwrap();
    auth.migrate().await.unwrap();
    auth
}

/// How many mails a second leave.
async fn round(number: usize, auth: &Auth, taken: &AtomicUsize) -> f64 {
    for n in 0..MAILS {
        let invitation = Invitation::to(&format!("guest{number}-{n}@example.com")).unwrap();
        auth.accounts().invite(&invitation).await.unwrap();
    }
    let (before, began) = (taken.load(Ordering::Relaxed), Instant::now());
    auth.deliver_mail().await.unwrap();
    let passed = began.elapsed();
    assert_eq!(taken.load(Ordering::Relaxed) - before, MAILS);
    MAILS as f64 / passed.as_secs_f64()
}

fn main() {
    let dir = tempfile::TempDir::new().unwrap();
    let url = format!("sqlite:{}?mode=rwc", dir.path().join("bench.db").display());
    Runtime::new().unwrap().block_on(async {
        let (place, taken) = server().await;
        let auth = auth(&place, SqlStore::connect(&url).await.unwrap()).await;
        for number in 0..ROUNDS {
            println!("outbox to SMTP: {:.0} mails a second", round(number, &auth, &taken).await);
        }
    });
}
