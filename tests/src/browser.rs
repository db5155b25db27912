//! As much of a browser as a login needs: it keeps cookies, follows redirects and fills in forms, and says of each request where
//! it comes from, as Chromium does.

use std::collections::BTreeMap;

use crate::client::{Reply, Request};

/// More than this many redirects in a row lead nowhere.
const MOST_REDIRECTS: usize = 20;

/// A browser with a person before it.
#[derive(Clone, Debug, Default)]
pub struct Browser {
    cookies: Vec<Cookie>,
}

/// What is shown.
#[derive(Clone, Debug)]
pub struct Page {
    /// Its address.
    pub url: String,
    /// The reply that it is.
    pub reply: Reply,
    /// Every address on the way to it, redirects included, this one at the end.
    pub way: Vec<String>,
}

/// A form of a page.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// Where it is sent.
    pub action: String,
    /// How it is sent: `get` or `post`.
    pub method: String,
    /// Its fields as they were filled in by the page.
    pub fields: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
struct Cookie {
    host: String,
    path: String,
    name: String,
    value: String,
}

/// Who made the browser go somewhere.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Initiator {
    /// The person, by typing an address.
    Person,
    /// A page of this origin, by a link or a form.
    Origin(String),
}

impl Browser {
    /// A browser that was never used.
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a typed address.
    pub fn open(&mut self, url: &str) -> Page {
        self.go(Request::at(url, "GET"), url, "GET", &Initiator::Person)
    }

    /// Follows a link that stands on the page.
    pub fn follow(&mut self, page: &Page, target: &str) -> Page {
        let url = resolve(&page.url, target);
        self.go(Request::at(&url, "GET"), &url, "GET", &Initiator::Origin(origin(&page.url).to_owned()))
    }

    /// Sends the form of the page whose action holds this text, with these fields filled in.
    pub fn submit(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let form = page.form(action);
        let mut filled = form.fields.clone();
        for (name, value) in fields {
            filled.retain(|(held, _)| held != name);
            filled.push(((*name).to_owned(), (*value).to_owned()));
        }
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(filled).finish();
        let url = resolve(&page.url, &form.action);
        let from = Initiator::Origin(origin(&page.url).to_owned());
        if form.method == "get" {
            let url = format!("{}?{body}", url.split('?').next().unwrap_or_default());
            return self.go(Request::at(&url, "GET"), &url, "GET", &from);
        }
        let request = Request::at(&url, "POST").body("application/x-www-form-urlencoded", body);
        self.go(request, &url, "POST", &from)
    }

    /// The value of the cookie that would be sent to this address.
    pub fn cookie(&self, url: &str, name: &str) -> Option<&str> {
        let mut held = self.cookies.iter();
        held.find(|cookie| cookie.name == name && cookie.is_for(url)).map(|cookie| &*cookie.value)
    }

    /// Forgets a cookie, wherever it is from.
    pub fn forget(&mut self, name: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
    }

    fn go(&mut self, request: Request, url: &str, method: &str, from: &Initiator) -> Page {
        let (mut request, mut url, mut method) = (request, url.to_owned(), method.to_owned());
        let mut way: Vec<String> = Vec::new();
        loop {
            assert!(way.len() < MOST_REDIRECTS, "redirected for ever: {way:?}");
            way.push(url.clone());
            let site = fetch_site(from, &way);
            let reply = self.navigation(request, &url, &method, from, site).send();
            self.keep_cookies(&url, &reply);
            let target = matches!(reply.status, 301..=303).then(|| reply.header("location")).flatten();
            let Some(target) = target else { return Page { url, reply, way } };
            url = resolve(&url, target);
            request = Request::at(&url, "GET");
            "GET".clone_into(&mut method);
        }
    }

    fn navigation(&self, request: Request, url: &str, method: &str, from: &Initiator, site: &str) -> Request {
        let request = request.browser().header("Sec-Fetch-Site", site).header("Sec-Fetch-Mode", "navigate");
        let request = match from {
            Initiator::Origin(origin) if method == "POST" => request.header("Origin", origin),
            _ => request,
        };
        // All cookies count as `SameSite=Lax`: no cross-site request carries them, but a navigation by a safe method.
        let is_withheld = site == "cross-site" && method != "GET";
        let cookies = self.cookies.iter().filter(|cookie| !is_withheld && cookie.is_for(url));
        let cookies: Vec<_> = cookies.map(|cookie| format!("{}={}", cookie.name, cookie.value)).collect();
        if cookies.is_empty() { request } else { request.header("Cookie", cookies.join("; ")) }
    }

    fn keep_cookies(&mut self, url: &str, reply: &Reply) {
        for line in reply.all("set-cookie") {
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else { continue };
            let attributes: BTreeMap<String, &str> = parts
                .map(|part| part.split_once('=').unwrap_or((part, "")))
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect();
            let path = (*attributes.get("path").unwrap_or(&"/")).to_owned();
            let cookie = Cookie { host: host(url).to_owned(), path, name: name.into(), value: value.into() };
            self.cookies.retain(|held| !held.is_replaced_by(&cookie));
            let is_over = attributes.get("max-age").is_some_and(|age| age.starts_with(['0', '-']))
                || attributes.get("expires").is_some_and(|date| date.contains(" 1970 "));
            if !is_over {
                self.cookies.push(cookie);
            }
        }
    }
}

impl Cookie {
    /// Cookies know no ports.
    fn is_for(&self, url: &str) -> bool {
        let path = path(url);
        let below = path.strip_prefix(&*self.path);
        let is_below =
            below.is_some_and(|rest| self.path.ends_with('/') || rest.is_empty() || rest.starts_with('/'));
        self.host == host(url) && is_below
    }

    fn is_replaced_by(&self, other: &Self) -> bool {
        (&self.host, &self.path, &self.name) == (&other.host, &other.path, &other.name)
    }
}

impl Page {
    /// The page's text.
    pub fn text(&self) -> String {
        self.reply.text()
    }

    /// The page, which came with this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        let Self { url, reply, way } = self;
        let text = String::from_utf8_lossy(&reply.body);
        let shown = text.split_once("</style>").map_or(&*text, |(_, shown)| shown);
        assert_eq!(reply.status, status, "at the end of {way:#?}\n{shown}");
        Self { url, reply, way }
    }

    /// The form whose action holds this text.
    #[track_caller]
    pub fn form(&self, action: &str) -> Form {
        let forms = self.forms();
        let found = forms.iter().find(|form| form.action.contains(action));
        found.cloned().unwrap_or_else(|| panic!("no form to {action} at {}: {}", self.url, self.text()))
    }

    /// The forms of the page.
    pub fn forms(&self) -> Vec<Form> {
        let text = self.text();
        let mut forms: Vec<Form> = Vec::new();
        for tag in text.split('<').filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag)) {
            let is_field = tag.starts_with("input ") || tag.starts_with("input\n");
            if tag == "form" || tag.starts_with("form ") {
                let action = attribute(tag, "action").unwrap_or_else(|| self.url.clone());
                let method = attribute(tag, "method").unwrap_or_default().to_ascii_lowercase();
                let method = if method == "post" { method } else { "get".to_owned() };
                forms.push(Form { action, method, fields: Vec::new() });
            } else if let Some((form, name)) =
                forms.last_mut().filter(|_| is_field).zip(attribute(tag, "name"))
                && !matches!(attribute(tag, "type").as_deref(), Some("checkbox" | "radio" | "submit"))
            {
                form.fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        }
        forms
    }

    /// The parameter of this name in the address.
    pub fn query(&self, name: &str) -> Option<String> {
        query(&self.url, name)
    }
}

/// The parameter of this name in a URL.
pub fn query(url: &str, name: &str) -> Option<String> {
    let query = url.split_once('?')?.1.split('#').next()?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(held, _)| held == name).map(|(_, value)| value.into_owned())
}

/// What Chromium says: the worst of what all addresses on the way are to the origin that began it.
fn fetch_site<'s>(from: &Initiator, way: &[String]) -> &'s str {
    let Initiator::Origin(from) = from else { return "none" };
    if way.iter().any(|url| host(url) != host(from)) {
        return "cross-site";
    }
    if way.iter().all(|url| origin(url) == from) { "same-origin" } else { "same-site" }
}

fn origin(url: &str) -> &str {
    let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
    &url[..end]
}

fn host(url: &str) -> &str {
    let authority = origin(url).trim_start_matches("http://");
    authority.split(':').next().unwrap_or_default()
}

fn path(url: &str) -> &str {
    let path = url[origin(url).len()..].split(['?', '#']).next().unwrap_or_default();
    if path.is_empty() { "/" } else { path }
}

fn resolve(base: &str, target: &str) -> String {
    match target {
        "" => base.to_owned(),
        _ if target.starts_with("http://") || target.starts_with("https://") => target.to_owned(),
        _ if target.starts_with('/') => format!("{}{target}", origin(base)),
        _ => panic!("{target} at {base}"),
    }
}

/// The value of an attribute in a tag, as the harness's own servers and pages write it: in double quotes.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let mut rest = tag;
    while let Some(at) = rest.find(&format!("{name}=\"")) {
        let is_whole = rest[..at].ends_with(|before: char| before.is_ascii_whitespace());
        let value = &rest[at + name.len() + 2..];
        if is_whole {
            return Some(unescape(value.split('"').next()?));
        }
        rest = value;
    }
    None
}

fn unescape(text: &str) -> String {
    let mut plain = text.to_owned();
    for (entity, character) in [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        plain = plain.replace(entity, character);
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(url: &str, html: &str) -> Page {
        let reply = Reply { status: 200, headers: Vec::new(), body: html.into() };
        Page { url: url.into(), reply, way: Vec::new() }
    }

    #[test]
    fn forms_are_found_with_what_the_page_filled_in() {
        let page = page(
            "http://localhost:1/login?x=1",
            r#"<form method="post" action="/a?b=1&amp;c=2"><input type="hidden" name="n" value="&quot;&lt;"><input
            name="m"></form><form><input name="q" value="v"></form>"#,
        );
        let forms = page.forms();
        assert_eq!((&*forms[0].action, &*forms[0].method), ("/a?b=1&c=2", "post"));
        assert_eq!(forms[0].fields, [("n".into(), "\"<".into()), ("m".into(), String::new())]);
        assert_eq!((&*forms[1].action, &*forms[1].method), ("http://localhost:1/login?x=1", "get"));
    }

    #[test]
    fn where_a_request_comes_from_is_told_as_chromium_tells_it() {
        let from = Initiator::Origin("http://localhost:1".into());
        let way = |urls: &[&str]| urls.iter().map(|url| (*url).to_owned()).collect::<Vec<_>>();
        assert_eq!(fetch_site(&Initiator::Person, &way(&["http://localhost:1/"])), "none");
        assert_eq!(fetch_site(&from, &way(&["http://localhost:1/x"])), "same-origin");
        assert_eq!(fetch_site(&from, &way(&["http://localhost:2/x"])), "same-site");
        assert_eq!(fetch_site(&from, &way(&["http://127.0.0.1:2/", "http://localhost:1/x"])), "cross-site");
    }

    #[test]
    fn cookies_go_where_they_belong() {
        let mut browser = Browser::new();
        let reply = |lines: &[&str]| Reply {
            status: 200,
            headers: lines.iter().map(|line| ("set-cookie".to_owned(), (*line).to_owned())).collect(),
            body: Vec::new(),
        };
        let url = "http://localhost:1/a";
        browser.keep_cookies(url, &reply(&["a=1; Path=/; HttpOnly", "b=2; path=/a/b"]));
        assert_eq!(browser.cookie("http://localhost:2/", "a"), Some("1"));
        assert_eq!(browser.cookie("http://127.0.0.1:1/", "a"), None);
        assert_eq!(browser.cookie("http://localhost:1/a/bc", "b"), None);
        assert_eq!(browser.cookie("http://localhost:1/a/b/c", "b"), Some("2"));
        browser.keep_cookies(url, &reply(&["a=; Path=/; Max-Age=0"]));
        assert_eq!(browser.cookie(url, "a"), None);
    }
}
