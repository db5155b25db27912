//! Providers that others wrote, as programs on loopback: installed once from pinned lists into the target folder, started once
//! for each test program, ended with it.
//!
//! The programs that they need come from the environment: `NODE` (20 or newer, with `npm` beside it) and `PYTHON` (3.10 or
//! newer, with `venv`). Where one is missing, a scenario is skipped and says so; where `CI` is set, it fails.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::client::Request;

/// A provider that others wrote.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Software {
    /// A provider built on the Python library Authlib.
    Authlib,
    /// The certified provider `oidc-provider` of npm.
    OidcProvider,
}

/// An issuer that is one scenario's own.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// Its identifier, which is also where it is.
    pub issuer: String,
}

/// A running program. It ends when its standard input does, so that it outlives no test program, however that ends.
struct Running {
    address: String,
    _child: Child,
}

impl Software {
    /// A new issuer; nothing, said loudly, where the program cannot be had.
    pub fn issuer(self) -> Option<Issuer> {
        let running = self.running().map_err(|reason| skip(&format!("{self:?}"), reason)).ok()?;
        let answer = Request::at(&running.address, "POST").json(&json!({})).send().expect(200).json();
        Some(Issuer { issuer: answer["issuer"].as_str().unwrap().to_owned() })
    }

    fn running(self) -> Result<&'static Running, &'static str> {
        static RUNNING: [OnceLock<Result<Running, String>>; 2] = [OnceLock::new(), OnceLock::new()];
        let running = RUNNING[self as usize].get_or_init(|| self.start());
        running.as_ref().map_err(String::as_str)
    }

    fn start(self) -> Result<Running, String> {
        let mut command = self.installed()?;
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("{command:?}: {error}"))?;
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .map_err(|error| error.to_string())?;
        let address = first.trim_end().strip_prefix("ready ").ok_or(format!("{command:?} did not start"))?;
        Ok(Running { address: address.to_owned(), _child: child })
    }

    /// The command that starts it, once everything that it needs is there.
    fn installed(self) -> Result<Command, String> {
        let (folder, pins) = match self {
            Self::Authlib => ("authlib", "requirements.txt"),
            Self::OidcProvider => ("oidc-provider", "package-lock.json"),
        };
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("providers").join(folder);
        let home = install_once(folder, &sources.join(pins), |home| self.install(&sources, home))?;
        self.command(&sources, &home)
    }

    fn install(self, sources: &Path, home: &Path) -> Result<(), String> {
        match self {
            Self::Authlib => install_python(&sources.join("requirements.txt"), home),
            Self::OidcProvider => install_npm(sources, home),
        }
    }

    fn command(self, sources: &Path, home: &Path) -> Result<Command, String> {
        match self {
            Self::Authlib => {
                let mut command = Command::new(home.join("venv/bin/python"));
                command.arg(sources.join("server.py"));
                Ok(command)
            }
            Self::OidcProvider => {
                // Node looks for packages beside the file that wants them.
                let server = home.join("server.mjs");
                fs::copy(sources.join("server.mjs"), &server).map_err(|error| error.to_string())?;
                let mut command = Command::new(node());
                command.arg(server);
                Ok(command)
            }
        }
    }
}

impl Issuer {
    /// Registers a client by its metadata (RFC 7591 section 2).
    pub fn client(&self, metadata: &Value) {
        self.tell("clients", metadata);
    }

    /// Opens an account, with its claims. Who types its name at the login page is in.
    pub fn account(&self, subject: &str, claims: &Value) {
        let mut account = claims.clone();
        account["sub"] = json!(subject);
        self.tell("accounts", &account);
    }

    /// Replaces the signing keys. The old ones are gone at once.
    pub fn rotate(&self) {
        self.tell("rotate", &json!({}));
    }

    /// What was asked of it so far: method and path of each request.
    pub fn requests(&self) -> Vec<String> {
        let answer = Request::at(&format!("{}/test/requests", self.issuer), "GET").send().expect(200).json();
        serde_json::from_value(answer).unwrap()
    }

    /// How many of the requests so far were this one.
    pub fn count(&self, request: &str) -> usize {
        self.requests().iter().filter(|asked| *asked == request).count()
    }

    fn tell(&self, what: &str, value: &Value) {
        Request::at(&format!("{}/test/{what}", self.issuer), "POST").json(value).send().expect(200);
    }
}

/// Says loudly what a test goes without; where `CI` is set, that fails it.
pub(crate) fn skip(what: &str, reason: &str) {
    assert!(env::var_os("CI").is_none(), "{what} cannot be had: {reason}");
    say_skipped(what, reason);
}

/// Says loudly what a test goes without.
pub(crate) fn say_skipped(what: &str, reason: &str) {
    // Not through the macro, whose output the test harness keeps to itself.
    let _ = writeln!(io::stderr(), "\nSKIPPED, because {what} cannot be had: {reason}");
}

/// The folder in which this is installed, as the pins say: it is done if need be.
pub(crate) fn install_once(
    name: &str,
    pins: &Path,
    install: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let home = cache().join(name);
    fs::create_dir_all(&home).map_err(|error| format!("{}: {error}", home.display()))?;
    // Test programs run side by side, and the first of them installs.
    let lock = File::create(home.join("lock")).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(|error| format!("{}: {error}", home.display()))?;
    let wanted = fs::read(pins).map_err(|error| error.to_string())?;
    if fs::read(home.join("installed")).ok().as_ref() != Some(&wanted) {
        install(&home)?;
        fs::write(home.join("installed"), wanted).map_err(|error| error.to_string())?;
    }
    Ok(home)
}

/// Installs there what the lock file in `sources` pins.
pub(crate) fn install_npm(sources: &Path, home: &Path) -> Result<(), String> {
    for file in ["package.json", "package-lock.json"] {
        fs::copy(sources.join(file), home.join(file)).map_err(|error| error.to_string())?;
    }
    let mut npm = Command::new(npm());
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    run(npm.current_dir(home))
}

/// Makes `venv` in that folder, with the packages of a list.
pub(crate) fn install_python(requirements: &Path, home: &Path) -> Result<(), String> {
    run(Command::new(python()).args(["-m", "venv", "--clear"]).arg(home.join("venv")))?;
    let mut pip = Command::new(home.join("venv/bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    run(pip.arg("--requirement").arg(requirements))
}

/// Programs of Python packages, installed once from a pinned list.
#[derive(Clone, Debug)]
pub struct PythonPackages(PathBuf);

impl PythonPackages {
    /// Those of this list; nothing, said loudly, where they cannot be had.
    pub fn installed(name: &str, requirements: &Path) -> Option<Self> {
        let installed = install_once(name, requirements, |home| install_python(requirements, home));
        installed.map_err(|reason| skip(name, &reason)).ok().map(Self)
    }

    /// One of the programs.
    pub fn command(&self, program: &str) -> Command {
        Command::new(self.0.join("venv/bin").join(program))
    }
}

/// Scripts that use packages of npm, installed once from a lock file.
#[derive(Clone, Debug)]
pub struct NodePackages(PathBuf);

impl NodePackages {
    /// Those that the lock file in this folder pins, with the scripts of the folder beside them, where Node looks for packages;
    /// nothing, said loudly, where they cannot be had. To be called once in a test program: it writes the scripts anew.
    pub fn installed(name: &str, sources: &Path) -> Option<Self> {
        let installed = Self::install(name, sources);
        installed.map_err(|reason| skip(name, &reason)).ok()
    }

    fn install(name: &str, sources: &Path) -> Result<Self, String> {
        let home = install_once(name, &sources.join("package-lock.json"), |home| install_npm(sources, home))?;
        let copy = || -> io::Result<()> {
            for entry in fs::read_dir(sources)? {
                let path = entry?.path();
                if let (true, Some(file)) =
                    (path.extension().is_some_and(|end| end == "mjs"), path.file_name())
                {
                    fs::copy(&path, home.join(file))?;
                }
            }
            Ok(())
        };
        copy().map_err(|error| format!("{}: {error}", sources.display()))?;
        Ok(Self(home))
    }

    /// One of the scripts.
    pub fn command(&self, script: &str) -> Command {
        let mut command = Command::new(node());
        command.arg(self.0.join(script));
        command
    }
}

/// Whether the Python is at least of this version; nothing, where there is none.
pub(crate) fn has_python((major, minor): (u32, u32)) -> Option<bool> {
    let asked = format!("import sys; print(sys.version_info >= ({major}, {minor}))");
    let output = Command::new(python()).args(["-c", &asked]).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| output.stdout.starts_with(b"True"))
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(format!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr)))
}

fn program(variable: &str, default: &str) -> OsString {
    env::var_os(variable).filter(|path| !path.is_empty()).unwrap_or_else(|| default.into())
}

pub(crate) fn node() -> OsString {
    program("NODE", "node")
}

fn python() -> OsString {
    program("PYTHON", "python3")
}

/// The package manager that came with `node`.
fn npm() -> OsString {
    let beside = PathBuf::from(node()).with_file_name("npm");
    if beside.is_file() { beside.into() } else { "npm".into() }
}

/// A folder beside the test programs' profiles, which a new build keeps.
fn cache() -> PathBuf {
    let own = env::current_exe().unwrap();
    // target/debug/deps/name
    own.ancestors().nth(3).unwrap().join("providers")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::browser::{Browser, Page};
    use crate::idp::{CLIENT, Idp};

    /// The example of RFC 7636 appendix B.
    const PKCE: (&str, &str) =
        ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");

    /// Logs alice in at the issuer's pages and answers what comes of the code.
    fn tokens(issuer: &Issuer, log_in: impl Fn(&mut Browser, Page) -> Page) -> Value {
        // Whatever answers is good enough to be sent back to.
        let idp = Idp::start();
        let back = format!("{}/callback", idp.issuer());
        issuer.client(&json!({
            "client_id": CLIENT.0, "client_secret": CLIENT.1, "redirect_uris": [back],
            "grant_types": ["authorization_code", "refresh_token"],
        }));
        issuer.account("alice", &json!({"email": "alice@example.com", "email_verified": true}));
        let metadata = format!("{}/.well-known/openid-configuration", issuer.issuer);
        let metadata = Request::at(&metadata, "GET").send().expect(200).json();
        let url = metadata["authorization_endpoint"].as_str().unwrap();
        let mut browser = Browser::new();
        let page = browser.open(&format!(
            "{url}?client_id={}&response_type=code&scope=openid&state=s&nonce=n&redirect_uri={back}&code_challenge={}&code_challenge_method=S256",
            CLIENT.0, PKCE.1
        ));
        let page = log_in(&mut browser, page.expect(200));
        assert_eq!(page.query("iss").as_ref(), Some(&issuer.issuer), "{page:?}");
        let code = page.query("code").unwrap();
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", &back),
            ("code_verifier", PKCE.0),
        ];
        let url = metadata["token_endpoint"].as_str().unwrap();
        Request::at(url, "POST").basic(CLIENT.0, CLIENT.1).form(&fields).send().expect(200).json()
    }

    #[test]
    fn somebody_logs_in_at_the_certified_provider() {
        let Some(issuer) = Software::OidcProvider.issuer() else { return };
        let tokens = tokens(&issuer, |browser, page| {
            let page = browser.submit(&page, "/interaction/", &[("login", "alice"), ("password", "any")]);
            browser.submit(&page.expect(200), "/interaction/", &[])
        });
        assert!(tokens["id_token"].is_string(), "{tokens}");
        assert_eq!(issuer.count("POST /token"), 1);
    }

    #[test]
    fn somebody_logs_in_at_the_one_built_on_authlib() {
        let Some(issuer) = Software::Authlib.issuer() else { return };
        let tokens =
            tokens(&issuer, |browser, page| browser.submit(&page, "/authorize", &[("username", "alice")]));
        assert!(tokens["id_token"].is_string(), "{tokens}");
    }
}
