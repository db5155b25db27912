//! The claims of OpenID Connect providers in their documented form, and what is made of them.

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

pub(super) fn cognito() -> Value {
    json!({
        "iss": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A1b2C3d4", "aud": "client", "token_use": "id",
        "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "cognito:username": "janedoe", "name": "Jane Doe",
        "email": "jane@example.com", "email_verified": true, "auth_time": 1_700_000_000,
    })
}

#[test]
fn cognito_names_its_users_in_a_claim_of_its_own() {
    let subject = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    let names = [Some("janedoe"), Some("Jane Doe"), None];
    assert_profile(read("cognito", &[cognito()]), subject, Some(("jane@example.com", true)), names);
}

pub(super) fn twitch() -> Value {
    json!({
        "iss": "https://id.twitch.tv/oauth2", "sub": "713936733", "aud": "client", "azp": "client",
        "preferred_username": "janedoe", "email": "jane@example.com", "email_verified": true,
        "picture": "https://static-cdn.jtvnw.net/user-default-pictures-uv/profile_image-300x300.png",
    })
}

#[test]
fn twitch_is_asked_for_its_claims() {
    let picture = "https://static-cdn.jtvnw.net/user-default-pictures-uv/profile_image-300x300.png";
    let names = [Some("janedoe"), Some("janedoe"), Some(picture)];
    assert_profile(read("twitch", &[twitch()]), "713936733", Some(("jane@example.com", true)), names);
    let twitch = provider("twitch");
    let (_, claims) = twitch.authorization_parameters().find(|(name, _)| *name == "claims").unwrap();
    let claims: Value = serde_json::from_str(claims).unwrap();
    assert!(claims["id_token"].as_object().unwrap().contains_key("email_verified"));
}
