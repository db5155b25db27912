//! In which language people are answered (RFC 9110 section 12.5.4).

use conformance::{ALICE, Framework, Request, TestApp};
use serde_json::json;

const KOREAN: (&str, &str) = ("Accept-Language", "ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7");

fn in_korean(request: Request) -> Request {
    request.header(KOREAN.0, KOREAN.1)
}

pub(crate) fn pages_and_errors_are_in_the_language_that_is_asked_for(on: Framework) {
    let app = on.start();
    let page = in_korean(app.get("/auth/login")).browser().send().expect(200);
    assert!(page.text().contains("<html lang=\"ko\">") && page.text().contains("<h1>로그인</h1>"));
    assert_eq!(page.header("content-language"), Some("ko"));
    assert!(page.all("vary").contains(&"Accept-Language, Cookie"), "{:?}", page.headers);
    let page = app.get("/auth/login").browser().send().expect(200);
    assert!(page.text().contains("<html lang=\"en\">") && page.text().contains("<h1>Log in</h1>"));

    for request in
        [app.get("/auth/nothing"), app.get("/auth/me"), app.get("/private"), app.try_login("x", "y")]
    {
        let english = request.clone().send();
        let korean = in_korean(request).send();
        let (english_problem, korean_problem) = (english.json(), korean.json());
        assert_eq!(english_problem["code"], korean_problem["code"]);
        assert_ne!(english_problem["title"], korean_problem["title"], "{english_problem}");
        assert_eq!(korean.header("content-language"), Some("ko"));
        assert_eq!(english.header("content-language"), Some("en"));
    }
}

pub(crate) fn a_language_that_is_chosen_stays_and_needs_no_script(on: Framework) {
    let app = on.start();
    let chosen = app
        .post("/auth/language")
        .form(&[("language", "ko"), ("next", "/auth/login?next=%2Fprivate")])
        .browser()
        .send()
        .redirect("/auth/login?next=%2Fprivate");
    let cookie = chosen.header("set-cookie").unwrap();
    assert_eq!(
        cookie, "session-language=ko; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000",
        "whoever reads it learns nothing, and no script does"
    );
    let page = app.get("/auth/login").header("Cookie", "session-language=ko").header("Accept-Language", "en");
    assert!(page.browser().send().expect(200).text().contains("<html lang=\"ko\">"));
    app.post("/auth/language").json(&json!({"language": "en"})).send().expect(204);
    // Whatever else stands in the cookie is as none.
    let broken = in_korean(app.get("/auth/login")).header("Cookie", "session-language=xx").browser();
    assert!(broken.send().expect(200).text().contains("<html lang=\"ko\">"));
}

pub(crate) fn no_other_language_and_no_other_site_is_followed(on: Framework) {
    let app = on.start();
    for language in ["xx", "", "KO; Path=/x", "en\r\nSet-Cookie: a=b"] {
        let refused = app.post("/auth/language").form(&[("language", language)]).send();
        let refused = refused.problem(400, "invalid_request");
        assert_eq!(refused.header("set-cookie"), None, "{language}");
    }
    app.post("/auth/language")
        .form(&[("language", "ko"), ("next", "https://evil.example/")])
        .browser()
        .send()
        .redirect("/");
    let other_site = app.post("/auth/language").form(&[("language", "ko")]);
    other_site.header("Sec-Fetch-Site", "cross-site").send().problem(403, "csrf_failed");
}

/// The mail that a request caused is in the language of that request, where its owner never said which.
pub(crate) fn mails_are_in_the_language_of_whoever_caused_them(on: Framework) {
    let app = on.start();
    let ask = |request: Request| request.json(&json!({"email": "alice@example.com"})).send().expect(202);
    let subject = |app: &TestApp| app.mails_to("alice@example.com").pop().unwrap().subject().to_owned();
    ask(in_korean(app.post("/auth/password/forgot")));
    assert!(subject(&app).ends_with("새 비밀번호를 설정해 주십시오"), "{}", subject(&app));
    let mail = app.mails_to("alice@example.com").pop().unwrap();
    assert!(mail.html().contains("<html lang=\"ko\">") && mail.text().contains("alice 님의 비밀번호 재설정"));
    ask(app.post("/auth/password/forgot"));
    assert!(subject(&app).ends_with("choose a new password"), "{}", subject(&app));
    ask(app.post("/auth/password/forgot").header("Cookie", "session-language=ko"));
    assert!(subject(&app).ends_with("새 비밀번호를 설정해 주십시오"), "{}", subject(&app));

    let session = app.login(ALICE);
    let change = json!({"current_password": ALICE.password, "new_password": "another long demo passphrase"});
    let change = in_korean(app.post("/auth/password/change")).json(&change).session(&session);
    change.send().expect(204);
    assert!(subject(&app).ends_with("비밀번호가 변경되었습니다"), "{}", subject(&app));
}

pub(crate) fn an_application_names_its_languages(on: Framework) {
    let app = on.start_with(|builder| builder.languages(["ko"]));
    let page = app.get("/auth/login").header("Accept-Language", "en").browser().send().expect(200);
    assert!(page.text().contains("<html lang=\"ko\">") && !page.text().contains("/auth/language"));
    app.post("/auth/language").json(&json!({"language": "en"})).send().problem(400, "invalid_request");

    let german = "language-name = Deutsch\nlogin-title = Anmelden";
    let app = on.start_with(|builder| builder.texts_in("de", german));
    let page = app.get("/auth/login").header("Accept-Language", "de-AT").browser().send().expect(200);
    assert!(page.text().contains("<html lang=\"de\">") && page.text().contains("<h1>Anmelden</h1>"));
    assert!(page.text().contains("Password"), "what has no words is said in English");
}

/// Whoever chooses while they are logged in is addressed so wherever they are.
fn follows_the_account(app: &TestApp) {
    let session = app.login(ALICE);
    let page = |session: &str, language: &str| {
        let page = app.get("/auth/account").session(session).header("Accept-Language", language);
        page.browser().send().expect(200).text()
    };
    assert!(page(&session, "en").contains("<html lang=\"en\">"));
    app.post("/auth/language").session(&session).json(&json!({"language": "KO"})).send().expect(204);
    let elsewhere = app.login(ALICE);
    assert!(page(&elsewhere, "en").contains("<html lang=\"ko\">"), "in a browser that asks for English");
    let refused = app.get("/staff").session(&elsewhere).header("Accept-Language", "en").send();
    assert_eq!(
        refused.problem(403, "permission_denied").header("content-language"),
        Some("ko"),
        "by a guard"
    );
    let chosen =
        app.get("/auth/account").header("Cookie", format!("session={elsewhere}; session-language=en"));
    let chosen = chosen.browser().send().expect(200);
    assert!(chosen.text().contains("<html lang=\"en\">"), "what was chosen in a browser counts there");
    app.post("/auth/password/forgot").json(&json!({"email": "alice@example.com"})).send().expect(202);
    let mail = app.mails_to("alice@example.com").pop().unwrap();
    assert!(mail.subject().ends_with("새 비밀번호를 설정해 주십시오"), "{}", mail.subject());
    let export = app.get("/auth/account/export").session(&elsewhere).send().expect(200).json();
    assert_eq!((&export["language"], &export["login_names"]), (&json!("ko"), &json!([])));
    app.post("/auth/language").session(&elsewhere).json(&json!({"language": "en"})).send().expect(204);
    assert!(page(&session, "ko").contains("<html lang=\"en\">"), "another mind is changed everywhere");
}

pub(crate) fn a_language_that_is_chosen_while_logged_in_follows_the_account(on: Framework) {
    follows_the_account(&on.start());
}

pub(crate) fn the_same_on_sqlite(on: Framework) {
    follows_the_account(&on.start_on_sqlite());
}

pub(crate) fn whoever_signs_up_is_addressed_in_the_language_of_the_form(on: Framework) {
    let app = on.start();
    let form = json!({"username": "carol", "email": "carol@example.com", "password": "violet umbrella cactus seventeen"});
    in_korean(app.post("/auth/register")).json(&form).send().expect(202);
    app.post("/auth/email/resend").json(&json!({"email": "carol@example.com"})).send().expect(202);
    let mails = app.mails_to("carol@example.com");
    assert_eq!(mails.len(), 2);
    assert!(mails.iter().all(|mail| mail.html().contains("<html lang=\"ko\">")));
    app.post("/auth/language")
        .json(&json!({"language": "ko"}))
        .header("Authorization", "Bearer x")
        .send()
        .expect(204);
}

pub(crate) fn whoever_asks_for_no_language_has_none_kept(on: Framework) {
    let app = on.start();
    for (name, asked) in [("carol", None), ("dave", Some("*")), ("erin", Some("fr")), ("frank", Some("ko"))] {
        let (email, password) = (format!("{name}@example.com"), "violet umbrella cactus seventeen");
        let form = json!({"username": name, "email": email, "password": password});
        let request = app.post("/auth/register").json(&form);
        let request = match asked {
            Some(asked) => request.header("Accept-Language", asked),
            None => request,
        };
        request.send().expect(202);
        let kept = app.block_on(app.auth.users().find(name)).unwrap().unwrap().language.clone();
        let korean = asked.filter(|asked| *asked == "ko");
        assert_eq!(kept.as_ref().map(|language| language.as_str()), korean, "{asked:?}");
    }
    let session = app.try_login("carol", "violet umbrella cactus seventeen").send().expect(200).session();
    let page = in_korean(app.get("/auth/account")).session(&session.unwrap()).browser().send().expect(200);
    assert!(page.text().contains("<html lang=\"ko\">"), "what the browser asks for now");
}

pub(crate) fn a_guest_who_has_chosen_keeps_the_language(on: Framework) {
    let app = on.start_by_hand();
    let session = app.post("/guest").send().expect(200).session().unwrap();
    app.post("/auth/language").session(&session).json(&json!({"language": "ko"})).send().expect(204);
    let form = json!({"username": "carol", "email": "carol@example.com", "password": "violet umbrella cactus seventeen"});
    let register = app.post("/auth/register").session(&session).header("Accept-Language", "en").json(&form);
    register.send().expect(202);
    let carol = app.block_on(app.auth.users().find("carol")).unwrap().unwrap();
    assert_eq!(carol.language.as_ref().map(|language| language.as_str()), Some("ko"));
}
