//! The pages of second factors.

use super::*;

fn mfa_page<'a>() -> MfaPage<'a> {
    let form = || Some(Form::to("/auth/mfa"));
    MfaPage {
        passkey: None,
        has_totp: true,
        code: form(),
        mail: Some(Form::to("/auth/mfa/email")),
        is_mail_sent: false,
        recovery_code: form(),
        takes_trust: true,
        error: None,
        reference: None,
        again: Link::new("/auth/login", "Log in anew"),
    }
}

#[test]
fn hostile_text_stays_text_on_the_pages_of_second_factors() {
    let form = || Form::to(HOSTILE).with_next(Some(HOSTILE));
    let link = || Link::new(HOSTILE, HOSTILE);
    let devices = [DeviceRow::new(Some(HOSTILE), HOSTILE.to_owned(), Some(form()))];
    let mfa = MfaPage { error: Some(HOSTILE), code: Some(form()), again: link(), ..mfa_page() };
    let factors = FactorsPage {
        username: HOSTILE,
        due: Some(HOSTILE.to_owned()),
        is_due: false,
        totp_since: Some(HOSTILE.to_owned()),
        add_totp: Some(form()),
        remove_totp: Some(form()),
        recovery_codes: Some(3),
        renew_codes: Some(form()),
        can_be_mailed: true,
        devices: &devices,
        lacks_proof: true,
        reauthenticate: Some(link()),
        passkeys: Some(link()),
        account: link(),
    };
    let totp = TotpPage {
        form: form(),
        secret: HOSTILE,
        otpauth_uri: HOSTILE,
        qr_svg: "<svg></svg>",
        error: Some(HOSTILE),
        reference: Some(HOSTILE),
        back: HOSTILE,
    };
    let codes = RecoveryCodesPage { codes: &[HOSTILE], done: HOSTILE };
    let pages: [&dyn Page; 4] = [&mfa, &factors, &totp, &codes];
    for page in pages {
        let reply = hostile_style().page(200, page);
        let html = String::from_utf8_lossy(reply.body());
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert_eq!((html.matches("</title>").count(), html.matches("</style>").count()), (1, 1), "{html}");
        for form in page.forms() {
            assert!(html.contains(&form.open()), "{html}");
        }
    }
}

#[test]
fn the_challenge_shows_what_the_account_has() {
    let all = shown(&mfa_page());
    assert!(input(&all, "code").contains("one-time-code") && all.contains("<details>"), "{all}");
    let codes_alone = MfaPage { has_totp: false, code: None, mail: None, ..mfa_page() };
    let codes_alone = shown(&codes_alone);
    assert!(
        !codes_alone.contains("name=\"code\"") && codes_alone.contains("<details open>"),
        "{codes_alone}"
    );
    let untrusting = shown(&MfaPage { takes_trust: false, ..mfa_page() });
    assert!(!untrusting.contains("trust_device"), "{untrusting}");
}

#[test]
fn secrets_are_in_no_debug_output() {
    let totp = TotpPage {
        form: Form::to("/auth/mfa/totp/confirm"),
        secret: "GEZDGNBV",
        otpauth_uri: "otpauth://totp/x?secret=GEZDGNBV",
        qr_svg: "<svg>GEZDGNBV</svg>",
        error: None,
        reference: None,
        back: "/",
    };
    let codes = RecoveryCodesPage { codes: &["abcde-fghij"], done: "/" };
    assert!(!format!("{totp:?}{codes:?}").contains("GEZDGNBV"));
    assert!(!format!("{codes:?}").contains("abcde"));
    let html = shown(&totp);
    assert!(html.contains("<span>GEZD</span> <span>GNBV</span>"), "{html}");
    assert!(shown(&codes).contains("data:text/plain;charset=utf-8,Demo%0A%0Aabcde%2Dfghij%0A"));
}
