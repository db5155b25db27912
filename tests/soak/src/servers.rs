//! The three servers, and how they are called.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::Value;

use crate::SECRET;
use crate::process::{free_port, wait_until};

/// What a proxy in front of the three would be called.
pub(crate) const BASE_URL: &str = "http://localhost:3000";

const PROGRAMS: [&str; 3] = ["example-axum", "example-actix", "example-rocket"];

/// After which a caller gives up; an answer is due in ten seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Builds the programs beside this one, as it was built.
pub(crate) fn build() -> io::Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    // With this program among them, so that they are built with the features that are there already.
    command
        .args(["build", "--quiet", "--package", "soak"])
        .args(PROGRAMS.iter().flat_map(|program| ["--package", program]));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    if command.status()?.success() { Ok(()) } else { Err(io::Error::other("the examples do not build")) }
}

/// The servers over one database and one Redis.
pub(crate) struct Servers {
    all: Vec<Server>,
    client: Client,
}

struct Server {
    program: PathBuf,
    port: u16,
    settings: [(&'static str, String); 6],
    child: Mutex<Option<Child>>,
}

/// What a server answered, and how long that took. Without a status it did not answer.
pub(crate) struct Answer {
    pub(crate) status: Option<u16>,
    pub(crate) session: Option<String>,
    pub(crate) body: Value,
    pub(crate) after: Duration,
}

impl Answer {
    /// Whether it says nothing about who asks: no answer, or that of a store that cannot.
    pub(crate) fn is_fault(&self) -> bool {
        matches!(self.status, None | Some(503))
    }

    pub(crate) fn text(&self, member: &str) -> Option<String> {
        Some(self.body.get(member)?.as_str()?.to_owned())
    }
}

impl Servers {
    pub(crate) fn start(database: &str, redis: &str, other_release: Option<&Path>) -> io::Result<Self> {
        let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(PATIENCE);
        let client = client.build().map_err(io::Error::other)?;
        let own = env::current_exe()?;
        let mut programs = PROGRAMS.map(|program| own.with_file_name(program));
        if let Some(program) = other_release {
            program.clone_into(&mut programs[0]);
        }
        let mut all = Vec::new();
        for program in programs {
            let port = free_port()?;
            let settings = [
                ("DATABASE_URL", database.to_owned()),
                ("REDIS_URL", redis.to_owned()),
                ("AUTH_BASE_URL", BASE_URL.to_owned()),
                ("AUTH_SECRET", SECRET.to_owned()),
                ("PORT", port.to_string()),
                ("ROCKET_LOG_LEVEL", "off".to_owned()),
            ];
            all.push(Server { program, port, settings, child: Mutex::new(None) });
        }
        let servers = Self { all, client };
        for server in &servers.all {
            server.start()?;
        }
        Ok(servers)
    }

    pub(crate) fn count(&self) -> usize {
        self.all.len()
    }

    /// Kills one in the middle of whatever it does.
    pub(crate) fn kill(&self, number: usize) -> io::Result<()> {
        self.all[number].kill()
    }

    pub(crate) fn start_again(&self, number: usize) -> io::Result<()> {
        self.all[number].start()
    }

    pub(crate) fn get(&self, number: usize, path: &str) -> RequestBuilder {
        self.client.get(self.url(number, path))
    }

    pub(crate) fn post(&self, number: usize, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.client.post(self.url(number, path));
        request.header("Content-Type", "application/x-www-form-urlencoded").body(form)
    }

    fn url(&self, number: usize, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.all[number].port)
    }
}

/// Sends a request and reads what is answered.
pub(crate) async fn answer(request: RequestBuilder) -> Answer {
    let began = Instant::now();
    let (mut status, mut session, mut body) = (None, None, Value::Null);
    if let Ok(reply) = request.send().await {
        status = Some(reply.status().as_u16());
        session =
            reply.headers().get_all("set-cookie").iter().find_map(|line| session_in(line.to_str().ok()?));
        match reply.bytes().await {
            Ok(bytes) => body = serde_json::from_slice(&bytes).unwrap_or_default(),
            Err(_) => status = None,
        }
    }
    Answer { status, session, body, after: began.elapsed() }
}

fn session_in(line: &str) -> Option<String> {
    let value = line.strip_prefix("session=")?.split(';').next()?;
    (!value.is_empty()).then(|| value.to_owned())
}

impl Server {
    fn start(&self) -> io::Result<()> {
        let child = Command::new(&self.program)
            .env_clear()
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| io::Error::other(format!("{}: {error}", self.program.display())))?;
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        wait_until(&self.program.to_string_lossy(), || {
            std::net::TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        })
    }

    fn kill(&self) -> io::Result<()> {
        let Some(mut child) = self.child.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return Ok(());
        };
        child.kill()?;
        child.wait().map(drop)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}
