//! Each provider's answer in its documented form, and what is made of it.

use super::*;

pub(super) fn apple() -> Value {
    json!({
        "iss": "https://appleid.apple.com", "sub": "001999.be2f39b71f9d4a0ab5f5ac0b0a6fdd73.1234", "aud": "client",
        "email": "dpdcnf87nu@privaterelay.appleid.com", "email_verified": "true", "is_private_email": "true",
        "nonce_supported": true,
    })
}

#[test]
fn apple_writes_its_truth_in_other_words_too() {
    let subject = "001999.be2f39b71f9d4a0ab5f5ac0b0a6fdd73.1234";
    let email = "dpdcnf87nu@privaterelay.appleid.com";
    assert_profile(read("apple", &[apple()]), subject, Some((email, true)), [None, None, None]);
    for (word, is_verified) in [
        (json!(true), true),
        (json!("true"), true),
        (json!(false), false),
        (json!("false"), false),
        (json!("1"), true),
        (json!("yes"), false),
        (json!(0), false),
        (json!(null), false),
    ] {
        let answer = with(apple(), "/email_verified", word.clone());
        assert_eq!(read("apple", &[answer]).email_verified, is_verified, "{word}");
    }
}

#[test]
fn apple_names_somebody_in_a_parameter_of_the_first_answer() {
    let apple = provider("apple");
    let user = r#"{"name":{"firstName":"Jane","lastName":"Doe"},"email":"somebody-else@example.com"}"#;
    assert_eq!(apple.name_in_answer(Some(user)).as_deref(), Some("Jane Doe"));
    assert_eq!(apple.name_in_answer(Some(r#"{"name":{"lastName":"Doe"}}"#)).as_deref(), Some("Doe"));
    for nothing in [
        "",
        "{}",
        "[",
        r#"{"name":"Jane"}"#,
        r#"{"name":{"firstName":7}}"#,
        r#"{"name":{"firstName":" \n"}}"#,
    ] {
        assert_eq!(apple.name_in_answer(Some(nothing)), None, "{nothing}");
    }
    assert_eq!(apple.name_in_answer(None), None);
    assert_eq!(provider("google").name_in_answer(Some(user)), None);
}

#[test]
fn auth0_okta_and_keycloak_speak_by_the_book() {
    for preset in ["auth0", "okta", "keycloak", "gitlab"] {
        assert_profile(
            read(preset, &recorded(preset).0),
            "00u1a2b3",
            Some(("jane@example.com", true)),
            [Some("jane"), Some("Jane Doe"), Some("https://img.example.com/jane.png")],
        );
    }
}

pub(super) fn discord() -> Value {
    json!({
        "id": "80351110224678912", "username": "nelly", "discriminator": "0", "global_name": "Nelly",
        "avatar": "8342729096ea3675442027381ff50dfe", "verified": true, "email": "nelly@discord.com", "flags": 64,
        "mfa_enabled": true, "locale": "en-US",
    })
}

#[test]
fn discord_says_whether_the_address_is_verified() {
    let names = [Some("nelly"), Some("Nelly"), None];
    let id = "80351110224678912";
    assert_profile(read("discord", &[discord()]), id, Some(("nelly@discord.com", true)), names);
    let unverified = with(discord(), "/verified", json!(false));
    assert_profile(read("discord", &[unverified]), id, Some(("nelly@discord.com", false)), names);
    let without = with(discord(), "/email", json!(null));
    assert_profile(read("discord", &[without]), id, None, names);
}

pub(super) fn facebook() -> Value {
    json!({
        "id": "10154233112345678", "name": "Jane Doe", "email": "jane@example.com", "email_verified": true,
        "picture": { "data": { "height": 50, "is_silhouette": false, "url": "https://scontent.example/p.jpg", "width": 50 } },
    })
}

#[test]
fn facebook_proves_no_address_whatever_the_answer_says() {
    assert_profile(
        read("facebook", &[facebook()]),
        "10154233112345678",
        Some(("jane@example.com", false)),
        [None, Some("Jane Doe"), Some("https://scontent.example/p.jpg")],
    );
}

pub(super) fn github_user() -> Value {
    json!({
        "login": "octocat", "id": 583_231, "node_id": "MDQ6VXNlcjU4MzIzMQ==", "name": "The Octocat",
        "avatar_url": "https://avatars.githubusercontent.com/u/583231?v=4", "email": "public@example.com",
        "type": "User", "site_admin": false,
    })
}

pub(super) fn github_emails() -> Value {
    json!([
        { "email": "old@example.com", "primary": false, "verified": true, "visibility": null },
        { "email": "octocat@github.com", "primary": true, "verified": true, "visibility": "private" },
        { "email": "583231+octocat@users.noreply.github.com", "primary": false, "verified": true, "visibility": null },
    ])
}

#[test]
fn github_is_keyed_by_number_and_believed_about_the_primary_address_only() {
    let picture = "https://avatars.githubusercontent.com/u/583231?v=4";
    let names = [Some("octocat"), Some("The Octocat"), Some(picture)];
    let read = |emails: Value| read("github", &[github_user(), emails]);
    assert_profile(read(github_emails()), "583231", Some(("octocat@github.com", true)), names);
    let unverified = with(github_emails(), "/1/verified", json!(false));
    assert_profile(read(unverified), "583231", Some(("octocat@github.com", false)), names);
    let text = with(github_emails(), "/1/verified", json!("true"));
    assert_profile(read(text), "583231", Some(("octocat@github.com", false)), names);
    let none_primary = with(github_emails(), "/1/primary", json!(false));
    assert_profile(read(none_primary), "583231", None, names);
    // The public address of the profile is no proven one.
    assert_profile(read(json!([])), "583231", None, names);
    let not_a_list = json!({ "message": "Not Found" });
    for nothing in [
        not_a_list,
        json!(null),
        json!([{ "primary": true, "verified": true, "email": ["octocat@github.com"] }]),
    ] {
        assert_profile(read(nothing), "583231", None, names);
    }
    assert_eq!(
        provider("github").profile_urls().iter().map(|url| url.as_str()).collect::<Vec<_>>(),
        ["https://api.github.com/user", "https://api.github.com/user/emails"]
    );
}

pub(super) fn google() -> Value {
    json!({
        "iss": "https://accounts.google.com", "azp": "client", "aud": "client", "sub": "110169484474386276334",
        "email": "jane@gmail.com", "email_verified": true, "name": "Jane Doe", "given_name": "Jane",
        "picture": "https://lh3.googleusercontent.com/a/jane",
    })
}

#[test]
fn google_is_the_authority_on_its_own_and_on_hosted_addresses_only() {
    let picture = Some("https://lh3.googleusercontent.com/a/jane");
    let own = read("google", &[google()]);
    assert_profile(
        own,
        "110169484474386276334",
        Some(("jane@gmail.com", true)),
        [None, Some("Jane Doe"), picture],
    );
    let is_verified = |email: &str, hd: Value, verified: Value| {
        let mut answer = with(with(google(), "/email", json!(email)), "/email_verified", verified);
        answer["hd"] = hd;
        read("google", &[answer]).email_verified
    };
    assert!(is_verified("jane@corp.example", json!("corp.example"), json!(true)));
    assert!(!is_verified("jane@corp.example", json!(["corp.example"]), json!(true)));
    assert!(is_verified("jane@GMAIL.com", json!(null), json!(true)));
    assert!(!is_verified("jane@corp.example", json!(null), json!(true)));
    assert!(!is_verified("jane@corp.example", json!(""), json!(true)));
    assert!(!is_verified("jane@corp.example", json!("corp.example"), json!(false)));
    assert!(!is_verified("jane@gmail.com", json!(null), json!("true")));
    assert!(!is_verified("jane@gmail.com.evil.example", json!(null), json!(true)));
}

pub(super) fn kakao() -> Value {
    json!({
        "id": 123_456_789, "connected_at": "2022-04-11T01:45:28Z",
        "kakao_account": {
            "profile_nickname_needs_agreement": false,
            "profile": { "nickname": "홍길동", "profile_image_url": "https://k.kakaocdn.net/img_640x640.jpg" },
            "email_needs_agreement": false, "is_email_valid": true, "is_email_verified": true,
            "email": "sample@sample.com",
        },
    })
}

#[test]
fn kakao_proves_an_address_by_two_words() {
    let names = [None, Some("홍길동"), Some("https://k.kakaocdn.net/img_640x640.jpg")];
    assert_profile(read("kakao", &[kakao()]), "123456789", Some(("sample@sample.com", true)), names);
    for flag in ["/kakao_account/is_email_valid", "/kakao_account/is_email_verified"] {
        let answer = with(kakao(), flag, json!(false));
        assert_profile(read("kakao", &[answer]), "123456789", Some(("sample@sample.com", false)), names);
    }
    assert_profile(read("kakao", &[json!({ "id": 123_456_789 })]), "123456789", None, [None; 3]);
    assert_eq!(provider("kakao").profile_urls()[0].as_str(), "https://kapi.kakao.com/v2/user/me");
}

pub(super) fn line() -> Value {
    json!({
        "iss": "https://access.line.me", "sub": "U1234567890abcdef1234567890abcdef", "aud": "1234567890",
        "exp": 1_504_169_092, "iat": 1_504_263_657, "nonce": "0987654asdf", "amr": ["pwd"], "name": "Taro Line",
        "picture": "https://sample_line.me/aBcdefg123456", "email": "taro.line@example.com",
    })
}

#[test]
fn line_proves_no_address() {
    let mut lying = line();
    lying["email_verified"] = json!(true);
    for answer in [line(), lying] {
        assert_profile(
            read("line", &[answer]),
            "U1234567890abcdef1234567890abcdef",
            Some(("taro.line@example.com", false)),
            [None, Some("Taro Line"), Some("https://sample_line.me/aBcdefg123456")],
        );
    }
}

pub(super) fn linkedin() -> Value {
    json!({
        "sub": "782bbtaQ", "name": "John Doe", "given_name": "John", "family_name": "Doe", "locale": "en-US",
        "picture": "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/",
        "email": "doe@email.com", "email_verified": true,
    })
}

#[test]
fn linkedin_answers_at_its_userinfo_endpoint() {
    let picture =
        "https://media.licdn-ei.com/dms/image/C5F03AQHqK8v7tB1HCQ/profile-displayphoto-shrink_100_100/0/";
    let names = [None, Some("John Doe"), Some(picture)];
    assert_profile(read("linkedin", &[linkedin()]), "782bbtaQ", Some(("doe@email.com", true)), names);
}

pub(super) fn microsoft() -> Value {
    json!({
        "ver": "2.0", "iss": "https://login.microsoftonline.com/9122040d-6c67-4c5b-b112-36a304b66dad/v2.0",
        "sub": "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", "aud": "client", "name": "Abe Lincoln",
        "preferred_username": "AbeLi@microsoft.com", "email": "victim@example.com",
        "oid": "00000000-0000-0000-66f3-3332eca7ea81", "tid": "9122040d-6c67-4c5b-b112-36a304b66dad",
    })
}

#[test]
fn microsoft_proves_no_address_by_email_verified() {
    let names = [Some("AbeLi@microsoft.com"), Some("Abe Lincoln"), None];
    let subject = "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ";
    let mut lying = microsoft();
    lying["email_verified"] = json!(true);
    lying["xms_edov"] = json!("0");
    for answer in [microsoft(), lying] {
        assert_profile(read("microsoft", &[answer]), subject, Some(("victim@example.com", false)), names);
    }
    for word in [json!(true), json!(1), json!("1"), json!("true"), json!("True")] {
        let mut owned = microsoft();
        owned["xms_edov"] = word.clone();
        assert!(read("microsoft", &[owned]).email_verified, "{word}");
    }
}

pub(super) fn naver() -> Value {
    json!({
        "resultcode": "00", "message": "success",
        "response": {
            "email": "openapi@naver.com", "nickname": "OpenAPI", "age": "40-49", "gender": "F",
            "profile_image": "https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif",
            "id": "32742776", "name": "오픈 API", "birthday": "10-01",
        },
    })
}

#[test]
fn naver_wraps_its_answer_and_proves_no_address() {
    let picture = "https://ssl.pstatic.net/static/pwe/address/nodata_33x33.gif";
    let names = [None, Some("오픈 API"), Some(picture)];
    assert_profile(read("naver", &[naver()]), "32742776", Some(("openapi@naver.com", false)), names);
    let failed = json!({ "resultcode": "024", "message": "Authentication failed", "id": "32742776" });
    assert!(provider("naver").read_answers(&[failed]).is_err());
}

pub(super) fn slack() -> Value {
    json!({
        "ok": true, "sub": "U0R7JM", "https://slack.com/user_id": "U0R7JM", "https://slack.com/team_id": "T0R7GR",
        "email": "krane@slack-corp.com", "email_verified": true, "date_email_verified": 1_622_128_723,
        "name": "krane", "picture": "https://secure.gravatar.com/avatar.png", "given_name": "Bront",
    })
}

#[test]
fn slack_speaks_by_the_book() {
    let names = [None, Some("krane"), Some("https://secure.gravatar.com/avatar.png")];
    assert_profile(read("slack", &[slack()]), "U0R7JM", Some(("krane@slack-corp.com", true)), names);
}
