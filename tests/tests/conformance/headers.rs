//! Header lines that hold what is not UTF-8 or not what it should be (RFC 9110 section 5.5, RFC 6265 section 5.4).

use auth_core::http::TrustedProxies;
use conformance::{ALICE, Framework, TestApp};

fn is_alice(app: &TestApp, lines: &[&[u8]]) -> bool {
    let request = lines.iter().fold(app.get("/private"), |request, line| request.header("Cookie", line));
    request.send().status == 200
}

/// Rocket throws a line away that is not UTF-8 before anything but its own server has seen it, so there the pairs beside the
/// one that is not are lost: the request is nobody's, as the documentation of that adapter says.
pub(crate) fn a_pair_of_a_cookie_line_that_is_not_utf8_is_left_out(on: Framework) {
    let app = on.start();
    let session = format!("session={}", app.login(ALICE));
    let (ours, latin) = (session.as_bytes(), b"name=bl\xe6".as_slice());
    let shows_such_lines = on != Framework::Rocket;
    for line in [
        [latin, b"; ", ours].concat(),
        [ours, b"; ", latin].concat(),
        [b"a=b; ", latin, b"; ", ours, b"; c=\xff"].concat(),
        [ours, b"; session=\xff"].concat(),
        [b"\xff=\xff; ", ours].concat(),
    ] {
        assert_eq!(is_alice(&app, &[&line]), shows_such_lines, "{}", line.escape_ascii());
    }
    // In a line of its own it is no matter, as browsers send each pair over HTTP/2.
    assert!(is_alice(&app, &[latin, ours]));
    assert!(is_alice(&app, &[ours, latin]));
    assert!(!is_alice(&app, &[b"session=\xff"]));
}

pub(crate) fn a_line_that_is_not_utf8_counts_as_absent(on: Framework) {
    let app = on.start();
    let session = app.login(ALICE);
    for name in [
        "Accept",
        "Authorization",
        "Content-Type",
        "HX-Current-URL",
        "HX-Request",
        "Origin",
        "Referer",
        "Sec-Fetch-Site",
        "Upgrade",
        "User-Agent",
        "X-Forwarded-For",
    ] {
        app.post("/private").session(&session).header(name, b"x\xff").send().expect(200);
    }
}

pub(crate) fn what_stands_left_of_the_client_changes_nothing(on: Framework) {
    let proxies = TrustedProxies::parse("127.0.0.1, 10.0.0.0/8").unwrap();
    let app = on.start_with(|builder| builder.trusted_proxies(proxies));
    let seen = |lines: &[&str]| {
        let login = app.try_login(ALICE.name, ALICE.password);
        let login = lines.iter().fold(login, |request, line| request.header("X-Forwarded-For", line));
        let session = login.send().expect(200).session().unwrap();
        let list = app.get("/auth/sessions").session(&session).send().expect(200).json();
        let current = list["sessions"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
        current["ip"].as_str().unwrap().to_owned()
    };
    for lines in [
        &["203.0.113.9"][..],
        &["x, 203.0.113.9"],
        &["unknown, 203.0.113.9, 10.0.0.1"],
        &["_hidden,,203.0.113.9:443"],
        &["x", "203.0.113.9"],
        &["6.6.6.6, 203.0.113.9", "10.0.0.2"],
    ] {
        assert_eq!(seen(lines), "203.0.113.9", "{lines:?}");
    }
    assert_eq!(seen(&["[2001:db8::5]:443, 10.0.0.1"]), "2001:db8::5");
    assert_eq!(seen(&["fe80::1%eth0"]), "fe80::1");
    for hidden in ["203.0.113.9, unknown", "203.0.113.9,", "10.0.0.3", "203.0.113.9, x, 10.0.0.1"] {
        assert_eq!(seen(&[hidden]), "127.0.0.1", "{hidden}");
    }
}
