//! Below a path of its host, and beside other applications there.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conformance::{ALICE, Browser, CLIENT, Forwarding, Framework, Idp, Proxy, Reply, Request, TestApp};
use serde_json::Value;

/// A shop at `/shop` behind a proxy.
struct Shop {
    proxy: Proxy,
    app: TestApp,
}

impl Shop {
    fn start(on: Framework, forwarding: Forwarding) -> Self {
        let proxy = Proxy::start();
        let app = beside(&proxy, on, "/shop", forwarding);
        Self { proxy, app }
    }

    /// A request by the address that browsers know.
    fn request(&self, method: &str, target: &str) -> Request {
        Request::to(self.proxy.port(), method, target)
    }

    fn get(&self, target: &str) -> Request {
        self.request("GET", target)
    }

    fn post(&self, target: &str) -> Request {
        self.request("POST", target)
    }

    fn log_in(&self) -> Reply {
        let form = [("username", ALICE.name), ("password", ALICE.password)];
        self.post("/shop/auth/login").form(&form).send().expect(200)
    }
}

/// An application below the path, behind the proxy.
fn beside(proxy: &Proxy, on: Framework, path: &'static str, forwarding: Forwarding) -> TestApp {
    let url = proxy.url(path);
    let within = if forwarding == Forwarding::Whole { path } else { "" };
    let app = on.start_shop(within, |builder| builder.base_url(url));
    proxy.forward(path, forwarding, app.port);
    app
}

pub(crate) fn what_browsers_are_told_has_the_path_in_it(on: Framework) {
    for forwarding in Forwarding::ALL {
        let shop = Shop::start(on, forwarding);
        let way = "/shop/auth/login?next=%2Fshop%2Fprivate%3Fpage%3D2";
        shop.get("/shop/private?page=2").browser().send().redirect(way);
        let page = shop.get(way).browser().send().expect(200).text();
        assert!(page.contains("action=\"/shop/auth/login\""), "{page}");
        assert!(page.contains("name=\"next\" value=\"/shop/private?page=2\""), "{page}");

        let right = [("username", ALICE.name), ("password", ALICE.password)];
        let on_the_way = [&right[..], &[("next", "/shop/private?page=2")]].concat();
        shop.post("/shop/auth/login").browser().form(&on_the_way).send().redirect("/shop/private?page=2");
        let reply = shop.post("/shop/auth/login").browser().form(&right).send().redirect("/shop/");
        let session = reply.cookie("session").unwrap();
        let cookie = format!("session={session}; Path=/shop; HttpOnly; SameSite=Lax");
        assert!(reply.all("set-cookie").contains(&cookie.as_str()), "{:?}", reply.headers);
        assert!(reply.all("set-cookie").iter().all(|line| line.contains("; Path=/shop; ")));

        let wrong = [("username", ALICE.name), ("password", "wrong")];
        let reply = shop.post("/shop/auth/login").form(&wrong).send().problem(401, "invalid_credentials");
        let challenge = "Form realm=\"Login Required\", action=\"/shop/auth/login\"";
        assert_eq!(reply.header("www-authenticate"), Some(challenge));
        let page = shop.get("/shop/auth/nothing").browser().send().expect(404).text();
        assert!(page.contains("href=\"/shop/\""), "{page}");
        let page = shop.get("/shop/auth/accounts").session(&session).browser().send().expect(200).text();
        assert!(page.contains("href=\"/shop/\"") && !page.contains("href=\"/\""), "{page}");
        assert_eq!(shop.get("/shop/auth/logout").send().expect(405).header("allow"), Some("POST"));

        let logout = shop.post("/shop/auth/logout").session(&session).browser().form(&[]);
        let reply = logout.send().redirect("/shop/");
        let cleared = "session=; Path=/shop; HttpOnly; SameSite=Lax; Max-Age=0";
        assert_eq!(reply.header("set-cookie"), Some(cleared));
    }
}

pub(crate) fn the_page_after_a_login_is_the_applications_own(on: Framework) {
    for forwarding in Forwarding::ALL {
        for redirect in ["/private", "/shop/private"] {
            let proxy = Proxy::start();
            let url = proxy.url("/shop");
            let within = if forwarding == Forwarding::Whole { "/shop" } else { "" };
            let app = on.start_shop(within, |builder| builder.base_url(url).login_redirect(redirect));
            proxy.forward("/shop", forwarding, app.port);
            let form = [("username", ALICE.name), ("password", ALICE.password)];
            let login = Request::to(proxy.port(), "POST", "/shop/auth/login").browser().form(&form);
            login.send().redirect("/shop/private");
        }
    }
}

pub(crate) fn a_whole_visit_below_a_path(on: Framework) {
    for forwarding in Forwarding::ALL {
        let shop = Shop::start(on, forwarding);
        let mut browser = Browser::new();
        let page = browser.open(&shop.proxy.url("/shop/private"));
        let fields = [("username", ALICE.name), ("password", ALICE.password)];
        let page = browser.submit(&page, "/shop/auth/login", &fields);
        assert_eq!(
            (page.url.as_str(), page.text()),
            (&*shop.proxy.url("/shop/private"), "hello alice".into())
        );
        shop.app.clock.advance(std::time::Duration::from_secs(301));
        let page = browser.open(&shop.proxy.url("/shop/fresh"));
        let page = browser.submit(&page, "/shop/auth/reauthenticate", &[("password", ALICE.password)]);
        assert_eq!((page.url.as_str(), page.text()), (&*shop.proxy.url("/shop/fresh"), "hello alice".into()));
        // Nobody else on the host is sent the cookie.
        assert!(browser.cookie(&shop.proxy.url("/shop"), "session").is_some());
        for elsewhere in ["/", "/shopping", "/auth/login", "/desk/private"] {
            assert_eq!(browser.cookie(&shop.proxy.url(elsewhere), "session"), None, "{elsewhere}");
        }
    }
}

pub(crate) fn the_issuer_is_the_whole_base_url(on: Framework) {
    for forwarding in Forwarding::ALL {
        let shop = Shop::start(on, forwarding);
        let form = [("grant_type", "password"), ("username", ALICE.name), ("password", ALICE.password)];
        let pair = shop.post("/shop/auth/token").form(&form).send().expect(200).json();
        let access = pair["access_token"].as_str().unwrap();
        let claims = URL_SAFE_NO_PAD.decode(access.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        let (url, whole) = (shop.proxy.url("/shop"), (&claims["iss"], &claims["aud"]));
        assert_eq!(whole, (&Value::from(&*url), &Value::from(&*url)));
        shop.get("/shop/private").bearer(access).send().expect(200);
        let keys = shop.get("/shop/.well-known/jwks.json").send().expect(200).json();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
        // An application of the same host and secret, and of another path, takes none of its tokens.
        let desk = beside(&shop.proxy, on, "/desk", forwarding);
        shop.get("/desk/private").bearer(access).send().problem(401, "invalid_token");
        drop(desk);
    }
}

pub(crate) fn two_applications_below_paths_log_nobody_out(on: Framework) {
    for forwarding in Forwarding::ALL {
        let proxy = Proxy::start();
        let _apps = ["/a", "/b"].map(|path| beside(&proxy, on, path, forwarding));
        let mut browser = Browser::new();
        for path in ["/a", "/b"] {
            let page = browser.open(&proxy.url(&format!("{path}/private")));
            let fields = [("username", ALICE.name), ("password", ALICE.password)];
            let page = browser.submit(&page, &format!("{path}/auth/login"), &fields);
            assert_eq!(page.text(), "hello alice");
        }
        let mut stays = |path: &str| browser.open(&proxy.url(path)).url == proxy.url(path);
        assert!(stays("/a/private") && stays("/b/private"));
        let session = browser.cookie(&proxy.url("/a/x"), "session").unwrap().to_owned();
        let logout = Request::to(proxy.port(), "POST", "/a/auth/logout").session(&session).form(&[]);
        logout.send().expect(204);
        let mut stays = |path: &str| browser.open(&proxy.url(path)).url == proxy.url(path);
        assert!(!stays("/a/private") && stays("/b/private"));
    }
}

pub(crate) fn two_applications_with_names_of_their_own_log_nobody_out(on: Framework) {
    // Cookies know no ports: two applications at `localhost` share them all.
    let apps = ["shop", "desk"].map(|name| (name, on.start_with(|builder| builder.session_cookie(name))));
    let mut browser = Browser::new();
    for (_, app) in &apps {
        let page = browser.open(&format!("{}/private", app.base));
        let fields = [("username", ALICE.name), ("password", ALICE.password)];
        assert_eq!(browser.submit(&page, "/auth/login", &fields).text(), "hello alice");
    }
    for (name, app) in &apps {
        let url = format!("{}/private", app.base);
        assert_eq!(browser.open(&url).url, url, "still logged in");
        assert!(browser.cookie(&url, name).is_some() && browser.cookie(&url, "session").is_none());
    }
}

pub(crate) fn every_cookie_follows_the_name_of_the_session_cookie(on: Framework) {
    let idp = Idp::start();
    let entry = auth_core::provider::ProviderConfig::openid_connect("work", idp.issuer(), CLIENT.0);
    let entry = entry.client_secret(CLIENT.1);
    let app = on.start_with(|builder| builder.provider(entry).session_cookie("shop"));
    let start = app.post("/auth/login/work").form(&[]).send().expect(303);
    let browser = start.cookie("shop-login").unwrap();
    let back = idp.authorize(start.header("location").unwrap());
    let callback = format!("/auth/login/work/callback?{back}");
    let reply = app.get(&callback).cookies(&[("shop-login", &browser)]).send().redirect("/");
    let session = reply.cookie("shop").unwrap();
    app.get("/private").cookies(&[("shop", &session)]).send().expect(200);
    app.get("/private").cookies(&[("session", &session)]).send().expect(401);
    let reply = app.post("/auth/logout").cookies(&[("shop", &session)]).send().expect(204);
    assert_eq!(reply.header("set-cookie"), Some("shop=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"));
}

pub(crate) fn a_login_by_a_provider_comes_back_below_the_path(on: Framework) {
    for forwarding in Forwarding::ALL {
        let (proxy, idp) = (Proxy::start(), Idp::start());
        let url = proxy.url("/shop");
        let entry = auth_core::provider::ProviderConfig::openid_connect("work", idp.issuer(), CLIENT.0);
        let entry = entry.client_secret(CLIENT.1);
        let within = if forwarding == Forwarding::Whole { "/shop" } else { "" };
        let app = on.start_shop(within, |builder| builder.base_url(url).provider(entry));
        proxy.forward("/shop", forwarding, app.port);
        let at = |method: &str, target: &str| Request::to(proxy.port(), method, target);

        let page = at("GET", "/shop/auth/login").browser().send().expect(200).text();
        assert!(page.contains("action=\"/shop/auth/login/work\""), "{page}");
        let start = at("POST", "/shop/auth/login/work").browser().form(&[]).send().expect(303);
        let location = start.header("location").unwrap();
        let callback = proxy.url("/shop/auth/login/work/callback");
        assert_eq!(conformance::query(location, "redirect_uri").as_deref(), Some(callback.as_str()));
        let browser = start.cookie("session-login").unwrap();
        assert!(start.header("set-cookie").unwrap().contains("; Path=/shop;"));
        let back = idp.authorize(location);
        let form =
            at("POST", "/shop/auth/login/work/callback").body("application/x-www-form-urlencoded", back);
        let fetch = form.send().expect(303).header("location").unwrap().to_owned();
        assert!(fetch.starts_with("/shop/auth/login/work/callback?handle="), "{fetch}");
        let reply = at("GET", &fetch).cookies(&[("session-login", &browser)]).send().redirect("/shop/");
        at("GET", "/shop/private").session(&reply.cookie("session").unwrap()).send().expect(200);
    }
}

pub(crate) fn no_spelling_of_the_path_gets_past_a_guard(on: Framework) {
    for (within, forwarding) in [("/shop", Forwarding::Whole), ("", Forwarding::Stripped)] {
        let shop = Shop::start(on, forwarding);
        for path in [
            "/private",
            "/shop/private",
            "//shop/private",
            "/shop//private",
            "/shop/./private",
            "/shop/../private",
            "/shop/shop/private",
            "/SHOP/private",
            "/%73hop/private",
            "/shop%2fprivate",
            "/shop/%70rivate",
            "/shop/private/",
            "/auth/../private",
            "/shop/auth/../private",
            "/shop/auth/login/../../private",
            "/shop;/private",
        ] {
            for method in ["GET", "POST"] {
                // At the application itself, where no proxy cleans anything.
                let reply = shop.app.request(method, path).send();
                let is_refused = matches!(reply.status, 303 | 401 | 404 | 405 | 308);
                assert!(is_refused, "{within:?} {method} {path}: {}", reply.status);
            }
        }
    }
}

pub(crate) fn the_origin_rule_asks_for_the_origin_alone(on: Framework) {
    let shop = Shop::start(on, Forwarding::Whole);
    let session = shop.log_in().session().unwrap();
    let write = |origin: &str| shop.post("/shop/private").session(&session).header("Origin", origin).send();
    write(&shop.proxy.url("")).expect(200);
    write(&shop.proxy.url("/shop")).problem(403, "csrf_failed");
    write("http://localhost").problem(403, "csrf_failed");
}

pub(crate) fn login_routes_at_another_place_than_the_base_url_says_are_not_found(on: Framework) {
    // At `/desk`, while the base URL says `/shop`: what they would tell browsers leads nowhere.
    let proxy = Proxy::start();
    let url = proxy.url("/shop");
    let app = on.start_shop("/desk", |builder| builder.base_url(url));
    app.get("/desk/auth/login").send().problem(404, "not_found");
    app.get("/desk/.well-known/jwks.json").send().problem(404, "not_found");
    app.get("/desk/private").browser().send().redirect("/shop/auth/login?next=%2Fshop%2Fdesk%2Fprivate");
}
