//! Text that means to be something else, wherever somebody can write some: markup, templates, placeables, other directions, other lines
//! (ATTACKS LG-02, HT-12, RS-05). It is shown as what it is, or refused whole.

use auth_core::account::{Invitation, Registration};
use auth_core::event::AuditFilter;
use conformance::{ALICE, Framework, Reply, TestApp};
use serde_json::{Value, json};

/// What can be part of a name, and must be nothing else: each is a name of at most 150 characters without `@` and `:`.
const TEXTS: [&str; 6] = [
    "</title></style><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' autofocus onfocus='alert(1)'; DROP TABLE iam_users; --",
    "{{ 7*7 }}{% debug %}${7*7}<%= 7*7 %>",
    "{ $username } { -brand } { mail-reset-subject } {\"x\"}",
    "\u{5d0}\u{5d1}\u{5d2} \u{627}\u{644} &lt;b&gt; &#60;b&#62;",
];

/// What no name holds: other lines, terminals, ends, turned directions, nothing to see.
const CONTROLS: [&str; 8] = [
    "x\r\nBcc: victim@example.com",
    "x\nINFO auth_core::event: event=\"login.succeeded\"",
    "\u{1b}[2J\u{1b}[31mx",
    "x\u{9b}31m",
    "x\u{0}y",
    "x\u{202e}txt.exe",
    "x\u{2066}y",
    "x\u{2028}y",
];

const PASSWORD: &str = "violet umbrella cactus seventeen";
const AGENT: &str = "Mozilla \"quoted\" <script>alert(1)</script> {{ 7*7 }} { $username }";

/// What a browser makes of the references in a page.
fn decoded(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, behind)) = rest.split_once("&#") {
        text.push_str(before);
        let (number, after) = behind.split_once(';').expect("a reference ends");
        let code =
            number.strip_prefix('x').map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
        text.push(code.ok().and_then(char::from_u32).expect("a character"));
        rest = after;
    }
    text + rest
}

/// Nothing in a page is markup that somebody wrote.
#[track_caller]
fn assert_no_markup(html: &str) {
    let html = html.replace(r#"<script src="/auth/passkeys.js" defer></script>"#, "");
    for markup in ["<script", "<img", "<b>", "<%=", "onerror=alert(1)>"] {
        assert!(!html.contains(markup), "{markup}: {html}");
    }
}

/// A page shows the text, and shows it as text.
#[track_caller]
fn assert_shown(html: &str, text: &str) {
    assert_no_markup(html);
    let is_markup = text.contains(['<', '>', '"', '\'', '&']);
    assert!(!is_markup || !html.contains(text), "{text}: {html}");
    assert!(decoded(html).contains(text), "{text}: {html}");
}

/// All texts in a reply.
fn decoded_json(reply: &Reply) -> String {
    let json = reply.json();
    let texts = json.as_object().expect("a problem").values().map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    texts.collect::<Vec<_>>().join("\n")
}

fn profile(app: &TestApp, session: &str, fields: &Value) -> Reply {
    app.post("/auth/account").session(session).json(fields).send()
}

fn page(app: &TestApp, session: &str, path: &str) -> String {
    app.get(path).session(session).browser().send().expect(200).text()
}

fn names_are_shown_as_they_are(app: &TestApp) {
    let session = app.try_login(ALICE.name, ALICE.password).header("User-Agent", AGENT).send();
    let session = session.expect(200).session().unwrap();
    for text in TEXTS {
        let names = json!({"first_name": text, "last_name": text, "username": text});
        let user = profile(app, &session, &names).expect(200).json()["user"].clone();
        assert!(["first_name", "last_name", "username"].iter().all(|name| user[*name] == text), "{user}");
        for path in ["/auth/account", "/auth/accounts", "/auth/reauthenticate", "/"] {
            assert_shown(&page(app, &session, path), text);
        }
        let told = app.mails_to("alice@example.com").pop().unwrap();
        assert_shown(told.html(), text);
        assert!(told.text().contains(text), "{}", told.text());
        assert!(!told.subject().contains(char::is_control) && !told.subject().contains("49"));
        assert_eq!(app.get("/private").session(&session).send().expect(200).text(), format!("hello {text}"));
        let export = app.get("/auth/account/export").session(&session).send().expect(200).json();
        assert_eq!(export["user"]["username"], text);
        assert!(export["sessions"].as_array().unwrap().iter().any(|one| one["user_agent"] == AGENT));
        app.post("/auth/password/forgot").json(&json!({"email": "alice@example.com"})).send().expect(202);
        assert_shown(app.mails_to("alice@example.com").pop().unwrap().html(), text);
    }
    assert!(decoded(&page(app, &session, "/auth/account")).contains(AGENT), "the device is shown as text");
}

pub(crate) fn a_name_that_is_markup_or_a_template_is_shown_as_it_is(on: Framework) {
    names_are_shown_as_they_are(&on.start());
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    names_are_shown_as_they_are(&on.start_on_sqlite());
}

pub(crate) fn a_name_with_other_lines_or_directions_is_refused_whole(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    let before = app.get("/auth/account").session(&session).send().expect(200).json();
    for text in CONTROLS {
        // A zero byte is refused in any body, before anybody looks what it is in.
        let of_a_field = if text.contains('\0') { (400, "invalid_request") } else { (422, "invalid_field") };
        for field in ["first_name", "last_name", "username"] {
            let mut fields = json!({"first_name": "Al", "last_name": "Ice"});
            fields[field] = text.into();
            let refused = profile(&app, &session, &fields).problem(of_a_field.0, of_a_field.1);
            assert!(!decoded_json(&refused).contains(text), "{field} {text:?}: it is not said again");
        }
        let form = json!({"username": text, "email": "carol@example.com", "password": PASSWORD});
        let refused = app.post("/auth/register").json(&form).send().problem(400, "invalid_request");
        assert!(!decoded_json(&refused).contains(text), "{text:?}: it is not said again");
    }
    assert_eq!(app.get("/auth/account").session(&session).send().expect(200).json(), before);
    assert_eq!(app.mail_count(), 0, "nobody was written to");
}

/// Addresses that mail servers take, and addresses that they do not.
const ADDRESSES: [(&str, bool); 19] = [
    ("o'neil+tag@example.com", true),
    ("!#$%&'*+-/=?^_`{|}~@example.com", true),
    ("{$username}@example.com", true),
    ("{{7*7}}@example.com", true),
    ("caf\u{e9}@example.com", true),
    ("carol@b\u{fc}cher.example", true),
    ("carol@xn--mnchen-3ya.example", true),
    ("\u{441}arol@example.com", true),
    ("carol@\u{435}xample.com", true),
    ("a@b@example.com", false),
    ("carol@example.com,victim@example.com", false),
    ("carol@example.com\r\nBcc: victim@example.com", false),
    ("carol@example.com\nRCPT TO:<victim@example.com>", false),
    ("carol\u{0}@example.com", false),
    ("<carol@example.com>", false),
    ("Carol <carol@example.com>", false),
    ("ca\u{202e}rol@example.com", false),
    ("carol@", false),
    ("carol(<script>)@example.com", false),
];

pub(crate) fn an_odd_address_is_one_mailbox_or_none(on: Framework) {
    let app = on.start();
    for (n, (address, is_one)) in ADDRESSES.into_iter().enumerate() {
        let before = app.mail_count();
        let form = json!({"username": format!("carol{n}"), "email": address, "password": PASSWORD});
        let reply = app.post("/auth/register").json(&form).send();
        if !is_one {
            assert_eq!(reply.status, 400, "{address:?}");
            let refused = reply.problem(400, "invalid_request");
            assert!(!refused.text().contains("victim"), "{address:?}");
            assert_eq!(app.mail_count(), before, "{address:?}");
            assert!(app.block_on(app.auth.users().find(&format!("carol{n}"))).unwrap().is_none());
            let page = app.post("/auth/register").browser();
            let form = [("username", "carol"), ("email", address), ("password", PASSWORD)];
            let shown = page.form(&form).send();
            assert_no_markup(&shown.text());
            assert!(matches!(shown.status, 400 | 422), "{address:?}: {shown:?}");
            continue;
        }
        reply.expect(202);
        let mails = app.mails_to(address);
        assert!(!mails.is_empty() && app.mail_count() <= before + 1, "{address:?}");
        assert!(mails.iter().all(|mail| mail.to().as_str() == address));
        assert_no_markup(mails[0].html());
        let token = json!({"token": app.mailed_token(address), "password": PASSWORD});
        app.post("/auth/email/verify").json(&token).send().expect(204);
        let session = app.try_login(address, PASSWORD).send().expect(200).session().unwrap();
        assert_shown(&page(&app, &session, "/auth/account"), address);
    }
}

pub(crate) fn look_alikes_of_an_address_are_told_nothing_of_its_account(on: Framework) {
    let app = on.start();
    for address in ["\u{430}lice@example.com", "alice@\u{435}xample.com", "al\u{131}ce@example.com"] {
        for path in ["/auth/password/forgot", "/auth/magic-link", "/auth/email/resend"] {
            app.post(path).json(&json!({"email": address})).send().expect(202);
        }
        assert!(app.mails_to(address).is_empty(), "{address}");
    }
    assert!(app.mails_to("alice@example.com").is_empty());
}

pub(crate) fn a_long_address_is_taken_up_to_the_longest_that_mail_servers_take(on: Framework) {
    let app = on.start();
    let domain = format!("{}.{}.{}.example", "d".repeat(63), "d".repeat(63), "d".repeat(41));
    let longest = format!("{}@{domain}", "l".repeat(64));
    for (n, (address, status)) in [
        (longest.clone(), 202),
        (format!("l{longest}"), 400),
        (format!("{}@x.example", "l".repeat(255)), 400),
    ]
    .into_iter()
    .enumerate()
    {
        let form = json!({"username": format!("long{n}"), "email": address, "password": PASSWORD});
        assert_eq!(app.post("/auth/register").json(&form).send().status, status, "{} bytes", address.len());
    }
    assert_eq!(app.mails_to(&longest).len(), 1);
}

/// What a page has of what stood in its address, in a field of its form.
#[derive(Eq, PartialEq)]
enum Held {
    AsText,
    NotAtAll,
}

pub(crate) fn what_stands_in_a_link_is_shown_as_text_and_leads_nowhere_else(on: Framework) {
    let app = on.start();
    let texts = [
        "<script>alert(1)</script>",
        "\"><img src=x>",
        "{{ 7*7 }}",
        "//evil.example",
        "x\r\nSet-Cookie: a=b",
    ];
    for text in texts {
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        for (path, status, what) in [
            ("/auth/email/verify?token=", 200, Held::AsText),
            ("/auth/email/undo?token=", 200, Held::AsText),
            ("/auth/password/reset?token=", 200, Held::AsText),
            ("/auth/magic-link/confirm?token=", 400, Held::NotAtAll),
            ("/auth/account/secure?token=", 200, Held::AsText),
            ("/auth/account/reopen?token=", 200, Held::AsText),
            ("/auth/unlock?token=", 200, Held::AsText),
            ("/auth/register?invitation=", 400, Held::NotAtAll),
            ("/auth/register?next=", 200, Held::NotAtAll),
            ("/auth/login?next=", 200, Held::NotAtAll),
            ("/auth/magic-link?next=", 200, Held::NotAtAll),
        ] {
            let reply = app.get(&format!("{path}{escaped}")).browser().send();
            assert_eq!(reply.status, status, "{path} {text:?}");
            assert_no_markup(&reply.text());
            assert!(reply.cookie("a").is_none(), "{path} {text:?}");
            let values: Vec<_> = decoded(&reply.text()).split("value=\"").map(str::to_owned).collect();
            let is_held = values.iter().any(|value| value.starts_with(text));
            assert_eq!(is_held, what == Held::AsText, "{path} {text:?}: {}", reply.text());
        }
        let form = [("username", ALICE.name), ("password", ALICE.password), ("next", text)];
        app.post("/auth/login").browser().form(&form).send().redirect("/");
    }
}

pub(crate) fn an_invitation_holds_what_it_is_for_as_text(on: Framework) {
    let app = on.start_with(|builder| builder.registration(Registration::ByInvitation));
    let address = "{$app}+'x'@example.com";
    let invitation = Invitation::to(address).unwrap().group("<script>writers");
    app.block_on(app.auth.accounts().invite(&invitation)).unwrap();
    let mail = app.mails_to(address).pop().unwrap();
    assert_no_markup(mail.html());
    let (_, token) = mail.text().split_once("?invitation=").unwrap();
    let token = token.split_whitespace().next().unwrap();
    let shown = app.get(&format!("/auth/register?invitation={token}")).browser().send().expect(200);
    assert_shown(&shown.text(), address);
    let form = json!({"username": TEXTS[0], "password": PASSWORD, "invitation": token});
    let session = app.post("/auth/register").json(&form).send().expect(201).session().unwrap();
    assert_shown(&page(&app, &session, "/auth/account"), TEXTS[0]);
    assert_eq!(
        app.get("/auth/me").session(&session).send().expect(200).json()["user"]["groups"][0],
        "<script>writers"
    );
}

pub(crate) fn what_is_told_holds_no_line_of_anybody_elses(on: Framework) {
    let app = on.start_on_sqlite();
    for text in TEXTS.into_iter().chain(CONTROLS) {
        app.try_login(text, text).header("User-Agent", "x\u{9b}31m \u{202e}\"quoted\" <script>").send();
        app.post("/auth/password/reset").json(&json!({"token": text, "new_password": PASSWORD})).send();
        app.post("/auth/magic-link/confirm").json(&json!({"code": text})).send();
    }
    let events = app.block_on(app.auth.audit().list(&AuditFilter::default(), 500)).unwrap();
    assert!(events.len() > 30);
    for event in events {
        let told = format!("{}{}", event.user_agent.as_deref().unwrap_or_default(), json!(event));
        assert!(!told.contains(|c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}')), "{told}");
        assert!(
            !told.contains("DROP TABLE") && !told.contains("7*7"),
            "what was typed is in no event: {told}"
        );
    }
}
