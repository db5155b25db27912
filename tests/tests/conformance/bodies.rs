//! What login routes take as a body, and how they refuse everything else (RFC 9110 sections 15.5.14
//! and 15.5.16; RFC 6749 section 3.2 for what comes twice).

use conformance::{ALICE, Framework, form};
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) fn a_form_and_a_json_object_say_the_same(on: Framework) {
    let app = on.start();
    let fields = [("username", ALICE.name), ("password", ALICE.password)];
    let by_form = app.post("/auth/login").form(&fields).send().expect(200).json();
    let body = json!({"username": ALICE.name, "password": ALICE.password});
    let by_json = app.post("/auth/login").json(&body).send().expect(200).json();
    assert_eq!(by_form["user"]["id"], by_json["user"]["id"]);
}

pub(crate) fn a_charset_beside_the_type_is_fine(on: Framework) {
    let app = on.start();
    let fields = form(&[("username", ALICE.name), ("password", ALICE.password)]);
    app.post("/auth/login").body(&format!("{FORM}; charset=utf-8"), fields).send().expect(200);
    let body = json!({"username": ALICE.name, "password": ALICE.password}).to_string();
    app.post("/auth/login").body("Application/JSON;charset=UTF-8", body).send().expect(200);
}

pub(crate) fn another_content_type_is_415(on: Framework) {
    let app = on.start();
    let body = json!({"username": ALICE.name, "password": ALICE.password}).to_string();
    for kind in
        ["text/plain", "multipart/form-data; boundary=x", "application/xml", "application/jsonx", "", "x"]
    {
        let reply = app.post("/auth/login").body(kind, body.clone()).send();
        reply.problem(415, "unsupported_media_type");
    }
    app.post("/auth/login").untyped_body(body).send().problem(415, "unsupported_media_type");
}

pub(crate) fn an_encoded_body_is_415(on: Framework) {
    let app = on.start();
    let request = app.try_login(ALICE.name, ALICE.password).header("Content-Encoding", "gzip");
    request.send().problem(415, "unsupported_media_type");
}

pub(crate) fn a_body_above_64_kib_is_413(on: Framework) {
    let app = on.start();
    let fill = |length: usize| {
        let rest = form(&[("username", ALICE.name), ("password", ALICE.password), ("x", "")]);
        let fill = "x".repeat(length - rest.len());
        app.post("/auth/login").body(FORM, rest + &fill).send()
    };
    fill(64 * 1024).expect(200);
    fill(64 * 1024 + 1).problem(413, "payload_too_large");
    fill(1024 * 1024).problem(413, "payload_too_large");
}

pub(crate) fn a_malformed_form_is_400(on: Framework) {
    let app = on.start();
    for body in ["username=%", "username=%zz", "username=%ff", "username=a&password=%c3", "a=%2"] {
        app.post("/auth/login").body(FORM, body).send().problem(400, "invalid_request");
    }
}

pub(crate) fn a_duplicated_parameter_is_400(on: Framework) {
    let app = on.start();
    let rest = form(&[("username", ALICE.name), ("password", ALICE.password)]);
    for body in
        [format!("{rest}&username=alice"), format!("{rest}&x=1&x=2"), format!("{rest}&%75sername=bob")]
    {
        app.post("/auth/login").body(FORM, body).send().problem(400, "invalid_request");
    }
    let json = r#"{"username":"alice","password":"correct horse battery staple","username":"bob"}"#;
    app.post("/auth/login").body("application/json", json).send().problem(400, "invalid_request");
    let escaped = r#"{"username":"alice","password":"correct horse battery staple","\u0075sername":"bob"}"#;
    app.post("/auth/login").body("application/json", escaped).send().problem(400, "invalid_request");
}

pub(crate) fn a_nul_byte_is_400(on: Framework) {
    let app = on.start();
    for body in
        ["username=alice%00&password=x", "username=alice&password=x&%00=1", "username=alice\0&password=x"]
    {
        app.post("/auth/login").body(FORM, body).send().problem(400, "invalid_request");
    }
    for body in
        [r#"{"username":"alice\u0000","password":"x"}"#, r#"{"username":"a","password":"x","\u0000":1}"#]
    {
        app.post("/auth/login").body("application/json", body).send().problem(400, "invalid_request");
    }
}

pub(crate) fn a_json_field_of_the_wrong_type_is_400(on: Framework) {
    let app = on.start();
    for body in [
        json!({"username": 1, "password": "x"}),
        json!({"username": ["alice"], "password": "x"}),
        json!({"username": "alice", "password": {"a": 1}}),
        json!({"username": "alice", "password": true}),
        json!({"username": "alice", "password": ALICE.password, "remember": ["on"]}),
        json!({"username": "alice", "password": ALICE.password, "remember": {"on": 1}}),
        json!({"username": "alice", "password": ALICE.password, "next": 1}),
        json!([]),
        json!(null),
        json!("alice"),
    ] {
        app.post("/auth/login").json(&body).send().problem(400, "invalid_request");
    }
}

pub(crate) fn broken_json_is_400(on: Framework) {
    let app = on.start();
    let bodies: [&[u8]; 7] =
        [b"", b"{", b"{\"username\":\"alice\"", b"\xff", b"{}x", b"nonsense", b"\xef\xbb\xbf{}"];
    for body in bodies {
        app.post("/auth/login").body("application/json", body).send().problem(400, "invalid_request");
    }
    let deep = "[".repeat(60_000);
    app.post("/auth/login").body("application/json", deep).send().problem(400, "invalid_request");
}

pub(crate) fn a_missing_field_is_400(on: Framework) {
    let app = on.start();
    for fields in [&[("username", "alice")][..], &[("password", "x")], &[]] {
        app.post("/auth/login").form(fields).send().problem(400, "invalid_request");
    }
}

pub(crate) fn unknown_fields_are_ignored(on: Framework) {
    let app = on.start();
    let body = json!({
        "username": ALICE.name, "password": ALICE.password, "is_staff": true, "user": {"id": 1}, "x": [null],
    });
    let user = app.post("/auth/login").json(&body).send().expect(200).json();
    assert_eq!(user["user"]["is_staff"], false);
}

pub(crate) fn a_body_that_ends_early_is_no_login(on: Framework) {
    let app = on.start();
    let body = form(&[("username", ALICE.name), ("password", ALICE.password)]);
    let request = format!(
        "POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len() + 10
    );
    // Whatever the framework makes of a connection that closes too early, nobody is logged in.
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", app.port)).unwrap();
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut reply = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut reply);
    assert!(!reply.windows(11).any(|part| part.eq_ignore_ascii_case(b"set-cookie:")));
    assert_eq!(app.sessions(ALICE), 0);
}

pub(crate) fn oauth_routes_take_forms_only(on: Framework) {
    let app = on.start();
    for route in ["/auth/token", "/auth/revoke"] {
        let body =
            json!({"grant_type": "password", "username": "alice", "password": ALICE.password, "token": "x"});
        app.post(route).json(&body).send().oauth(415, "invalid_request");
        app.post(route).body("text/plain", "token=x").send().oauth(415, "invalid_request");
        let large = format!("token=x&fill={}", "x".repeat(64 * 1024));
        app.post(route).body(FORM, large).send().oauth(413, "invalid_request");
        for body in ["token=a&token=b&grant_type=password", "token=%00", "token=%", "token=%ff"] {
            app.post(route).body(FORM, body).send().oauth(400, "invalid_request");
        }
        app.post(&format!("{route}?grant_type=password"))
            .form(&[("token", "x")])
            .send()
            .oauth(400, "invalid_request");
    }
}
