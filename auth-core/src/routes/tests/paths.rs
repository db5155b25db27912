//! Whatever path the core writes, the table has it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::Url;

use crate::access::{Challenge, Refusal};
use crate::http::{path, request};
use crate::provider::tests::idp::Idp;
use crate::routes::table::{TABLE, built, by_path};
use crate::testing::FakeHttpClient;
use crate::tests::{System, with_every_route};
use crate::{Auth, AuthBuilder};

use super::browser::Browser;
use super::login::{Site, begin};

fn below_a_path(builder: AuthBuilder) -> AuthBuilder {
    builder.base_url("http://localhost:3000/shop").provider(Idp::config())
}

/// An application below a path, with a provider.
async fn shop() -> System {
    System::with(|builder| with_every_route(below_a_path(builder).http_client(FakeHttpClient::default())))
        .await
}

/// Whether a login route stands at the path: it says which methods it has.
async fn is_there(auth: &Auth, path: &str) -> bool {
    let path = path.split('?').next().unwrap();
    auth.handle(request("TRACE", path, &[])).await.header("allow").is_some()
}

const NAMES: &str = include_str!("../../http/path.rs");
const ROWS: &str = include_str!("../table.rs");

/// Every path that has a name.
fn named() -> Vec<&'static str> {
    let is_name = |line: &&str| line.starts_with("pub(crate) const ");
    NAMES.lines().filter(is_name).map(|line| line.split('"').nth(1).unwrap()).collect()
}

#[test]
fn each_name_of_a_path_is_in_the_table() {
    let table: Vec<_> = by_path().map(|routes| routes[0].path).collect();
    let named = named();
    let missing: Vec<_> = named.iter().filter(|path| !table.contains(path)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let written = [path::LOGIN, path::LOGOUT, path::REAUTHENTICATE].map(path::RoutePath::pattern);
    assert!(written.iter().all(|path| named.contains(path)), "{named:?}");
}

#[test]
fn a_path_that_has_a_name_stands_in_the_table_by_it() {
    for path in named() {
        assert!(!ROWS.contains(&format!("\"{path}\"")), "{path}");
    }
}

#[tokio::test]
async fn a_refusal_sends_browsers_to_a_route() {
    let shop = shop().await;
    for refusal in [
        Refusal::Unauthenticated(Challenge::Login),
        Refusal::ReauthenticationRequired { max_age: Duration::from_secs(300) },
    ] {
        let page = request("GET", "/shop/reports", &[("accept", "text/html")]);
        let sent = refusal.reject(shop.auth.style(), &page);
        let location = sent.response().header("location").unwrap();
        assert!(location.starts_with("/shop/auth/") && is_there(&shop.auth, location).await, "{location}");
    }
}

#[tokio::test]
async fn the_callback_of_a_provider_is_a_route() {
    let shop = Site::with(below_a_path).await;
    let visit = begin(&shop.browser(), "").await;
    let callback = Url::parse(visit.get("redirect_uri")).unwrap();
    assert_eq!(callback.as_str(), "http://localhost:3000/shop/auth/login/idp/callback");
    assert!(is_there(shop.auth(), callback.path()).await);
}

#[tokio::test]
async fn a_form_that_is_challenged_is_a_route() {
    let system = System::new().await;
    let browser = Browser::new(&system.auth);
    for (form, fields) in [
        ("/auth/login", "username=alice&password=wrong"),
        ("/auth/login", "username=alice&password=correct+horse+battery+staple"),
        ("/auth/reauthenticate", "password=wrong"),
        ("/auth/password/change", "current_password=wrong&new_password=an+entirely+different+one"),
    ] {
        let reply = browser.post(form, fields).await;
        if browser.is_logged_in() && form == "/auth/login" {
            continue;
        }
        let action = reply.header("www-authenticate").unwrap().split('"').nth(3).unwrap();
        assert!(action == form && is_there(&system.auth, action).await, "{action}");
    }
}

#[tokio::test]
async fn adapters_mount_each_route_and_cookies_reach_it() {
    let shop = shop().await;
    let (mounts, config) = (shop.auth.mounts(), shop.auth.config());
    let cookies = [&config.cookie, &config.browser_cookie, &config.known_cookie, &config.sign_up_cookie];
    let cookies = cookies.map(|cookie| cookie.clear());
    for path in built().map(|route| route.path) {
        let below = format!("{}{path}", mounts.prefix);
        let is_below = is_there(&shop.auth, &below.replace("{provider}", "idp")).await;
        assert_ne!(is_below, mounts.exact.contains(&path), "{path}");
        let own: &str = if is_below { &below } else { path };
        assert!(
            mounts.has(own) && !mounts.has(&format!("/{own}")) && !mounts.has(&format!("/x{own}")),
            "{own}"
        );
        let public = format!("/shop{}", if is_below { &below } else { path }).replace("{provider}", "idp");
        assert!(is_there(&shop.auth, &public).await, "{public}");
        assert!(cookies.iter().all(|cookie| cookie.contains("; Path=/shop;")), "{cookies:?}");
    }
    assert!(mounts.exact.iter().all(|exact| TABLE.iter().any(|route| route.path == *exact)));
}

#[test]
fn no_path_is_spelled_out_anywhere_else() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let paths: Vec<_> = by_path().map(|routes| routes[0].path).chain(named()).collect();
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    assert!(files.len() > 100, "{}", files.len());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in lines {
            assert!(!spells_out(line, &paths), "{}: {line}", file.display());
        }
    }
}

/// Source files that are no tests, and not the two where paths stand. Not those of the presets, which have pointers into the JSON of others, `/login` among them, nor where the documents of other issuers are.
fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let has_paths =
            ["http/path.rs", "routes/table.rs", "issuer/id.rs"].iter().any(|file| path.ends_with(file));
        if name.ends_with("tests") || name == "presets" || has_paths {
            continue;
        }
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Whether a literal begins with a path of a route, or goes on with one behind something that is filled in.
fn spells_out(line: &str, paths: &[&str]) -> bool {
    let is_at = |at: usize, path: &str| {
        let rest = &line[at + path.len()..];
        line[..at].ends_with(['"', '}']) && rest.starts_with(['"', '/', '?', '{'])
    };
    let fixed = paths.iter().map(|path| path.split("/{").next().unwrap());
    fixed.into_iter().any(|path| line.match_indices(path).any(|(at, _)| is_at(at, path)))
}

#[test]
fn a_path_that_is_spelled_out_is_seen() {
    for seen in [r#"style.path("/login")"#, r#"format!("{prefix}/login/{id}")"#, r#"page == "/me?x""#] {
        assert!(spells_out(seen, &["/login", "/me"]), "{seen}");
    }
    for other in [r#""https://api.example/me""#, r#""/login.html""#, "a /login b"] {
        assert!(!spells_out(other, &["/login", "/me"]), "{other}");
    }
}

#[test]
fn a_route_answers_in_the_language_of_whoever_asks() {
    let mut seen = 0;
    for area in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/routes")).unwrap() {
        let area = area.unwrap().path();
        // The document takes addresses from the style, and no sentence.
        if area.ends_with("tests") || area.ends_with("openapi") || !area.is_dir() {
            continue;
        }
        let mut files = Vec::new();
        rust_files(&area, &mut files);
        for file in files {
            let is_spoken = !fs::read_to_string(&file).unwrap().contains("auth.style()");
            assert!(is_spoken, "{}: `exchange.style()` has the language of the request", file.display());
            seen += 1;
        }
    }
    assert!(seen > 15);
}
