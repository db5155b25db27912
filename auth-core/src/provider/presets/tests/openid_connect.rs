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

/// An ID token (<https://auth0.com/docs/secure/tokens/id-tokens/id-token-structure>).
pub(super) fn auth0() -> Value {
    json!({
        "iss": "https://example.eu.auth0.com/", "sub": "auth0|507f1f77bcf86cd799439011", "aud": "client",
        "exp": 1_700_003_600, "iat": 1_700_000_000, "nickname": "jane", "name": "jane@example.com", "given_name": "Jane",
        "picture": "https://s.gravatar.com/avatar/1aedb8d9?s=480", "updated_at": "2023-11-14T22:13:20.000Z",
        "email": "jane@example.com", "email_verified": true, "sid": "XJGX9aR3",
    })
}

#[test]
fn auth0_calls_a_user_name_a_nickname() {
    let names =
        [Some("jane"), Some("jane@example.com"), Some("https://s.gravatar.com/avatar/1aedb8d9?s=480")];
    let subject = "auth0|507f1f77bcf86cd799439011";
    assert_profile(read("auth0", &[auth0()]), subject, Some(("jane@example.com", true)), names);
}

/// UserInfo (<https://developer.okta.com/docs/reference/api/oidc/#userinfo>): the login name has the form of an address.
pub(super) fn okta() -> Value {
    json!({
        "sub": "00uid4BxXw6I6TV4m0g3", "name": "Jane Doe", "nickname": "Janie", "given_name": "Jane", "middle_name": "James",
        "family_name": "Doe", "profile": "https://example.com/jane.doe", "zoneinfo": "America/Los_Angeles",
        "locale": "en-US", "updated_at": 1_700_000_000, "email": "jane.doe@example.com", "email_verified": true,
        "address": { "street_address": "123 Hollywood Blvd.", "country": "US" }, "preferred_username": "jane@corp.example",
    })
}

#[test]
fn okta_shows_no_picture_and_names_by_the_login() {
    let names = [Some("jane@corp.example"), Some("Jane Doe"), None];
    let email = Some(("jane.doe@example.com", true));
    assert_profile(read("okta", &[okta()]), "00uid4BxXw6I6TV4m0g3", email, names);
}

/// An ID token (<https://www.keycloak.org/securing-apps/oidc-layers>, `org.keycloak.representations.IDToken`).
pub(super) fn keycloak() -> Value {
    json!({
        "exp": 1_700_000_300, "iat": 1_700_000_000, "auth_time": 1_699_999_990, "jti": "d58f5dc8-fd8f-462b-8a19-716f8f83985b",
        "iss": "https://sso.example.com/realms/staff", "aud": "client", "sub": "36fa0f91-f94d-4a0c-afed-6b7d952e47da",
        "typ": "ID", "azp": "client", "sid": "2a88c258-f73a-4103-b862-e1fbd8f4e04e", "at_hash": "Xm8b0L0T", "acr": "1",
        "email_verified": false, "name": "Jane Doe", "preferred_username": "jane", "given_name": "Jane", "family_name": "Doe",
        "email": "jane@example.com",
    })
}

#[test]
fn keycloak_says_what_its_realm_says_of_an_address() {
    let (subject, names) = ("36fa0f91-f94d-4a0c-afed-6b7d952e47da", [Some("jane"), Some("Jane Doe"), None]);
    let verified = with(keycloak(), "/email_verified", json!(true));
    for (answer, is_verified) in [(keycloak(), false), (verified, true)] {
        let email = Some(("jane@example.com", is_verified));
        assert_profile(read("keycloak", &[answer]), subject, email, names);
    }
}

/// UserInfo (<https://docs.gitlab.com/integration/openid_connect_provider/#shared-information>): only `sub`, the address and the
/// groups stand in the ID token too, where the scopes allow it.
pub(super) fn gitlab() -> Value {
    json!({
        "sub": "583231", "sub_legacy": "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "name": "Jane Doe", "nickname": "jane",
        "preferred_username": "jane", "email": "jane@example.com", "email_verified": true, "website": "https://jane.example",
        "profile": "https://gitlab.com/jane", "picture": "https://gitlab.com/uploads/-/system/user/avatar/583231/avatar.png",
        "groups": ["gitlab-org"], "https://gitlab.org/claims/groups/owner": ["gitlab-org"],
    })
}

#[test]
fn gitlab_knows_people_by_a_number_that_is_a_text() {
    let picture = "https://gitlab.com/uploads/-/system/user/avatar/583231/avatar.png";
    let names = [Some("jane"), Some("Jane Doe"), Some(picture)];
    assert_profile(read("gitlab", &[gitlab()]), "583231", Some(("jane@example.com", true)), names);
}

/// An ID token (<https://docs.gitea.com/development/oauth2-provider>, `services/oauth2_provider/token.go`).
pub(super) fn gitea() -> Value {
    json!({
        "iss": "https://git.example.com", "sub": "7", "aud": ["client"], "exp": 1_700_003_600, "iat": 1_700_000_000,
        "name": "Jane Doe", "preferred_username": "jane", "profile": "https://git.example.com/jane",
        "picture": "https://git.example.com/avatars/1aedb8d9", "website": "", "locale": "en-US", "updated_at": 1_699_000_000,
        "email": "jane@example.com", "email_verified": true, "groups": ["org", "org:owners"],
    })
}

/// UserInfo (<https://forgejo.org/docs/latest/user/oauth2-provider/>, `routers/web/auth/oauth.go`), which says of no address that it is
/// proven; its ID token is Gitea's.
pub(super) fn forgejo() -> Value {
    json!({
        "sub": "7", "name": "Jane Doe", "preferred_username": "jane", "email": "jane@example.com",
        "picture": "https://git.example.com/avatars/1aedb8d9", "groups": ["org", "org:owners"],
    })
}

#[test]
fn gitea_and_forgejo_prove_an_address_by_the_id_token_alone() {
    let names = [Some("jane"), Some("Jane Doe"), Some("https://git.example.com/avatars/1aedb8d9")];
    for (preset, answer, is_verified) in [
        ("gitea", gitea(), true),
        ("forgejo", gitea(), true),
        ("gitea", forgejo(), false),
        ("forgejo", forgejo(), false),
    ] {
        assert_profile(read(preset, &[answer]), "7", Some(("jane@example.com", is_verified)), names);
    }
}

/// UserInfo (<https://help.salesforce.com/s/articleView?id=sf.remoteaccess_using_userinfo_endpoint.htm>): the subject is an address of
/// the identity service.
pub(super) fn salesforce() -> Value {
    json!({
        "sub": "https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P", "user_id": "005x00000012Q9P",
        "organization_id": "00Dx0000000BV7z", "preferred_username": "jane@corp.example", "nickname": "jane",
        "name": "Jane Doe", "email": "jane@example.com", "email_verified": true, "given_name": "Jane", "family_name": "Doe",
        "zoneinfo": "America/Los_Angeles", "photos": { "picture": "https://corp.example/p", "thumbnail": "https://corp.example/t" },
        "profile": "https://corp.example/005x00000012Q9P", "picture": "https://corp.example/p", "address": { "country": "US" },
        "urls": { "rest": "https://corp.example/services/data/v{version}/" }, "active": true, "user_type": "STANDARD",
        "language": "en_US", "locale": "en_US", "utcOffset": -28_800_000, "updated_at": "2023-11-14T22:13:20Z",
        "is_app_installed": true,
    })
}

#[test]
fn salesforce_knows_people_by_an_address_of_its_own() {
    let subject = "https://login.salesforce.com/id/00Dx0000000BV7z/005x00000012Q9P";
    let names = [Some("jane@corp.example"), Some("Jane Doe"), Some("https://corp.example/p")];
    assert_profile(read("salesforce", &[salesforce()]), subject, Some(("jane@example.com", true)), names);
}

/// UserInfo (<https://developer.yahoo.com/sign-in-with-yahoo/>): pictures come in four sizes, and people have no login name but the
/// address.
pub(super) fn yahoo() -> Value {
    json!({
        "sub": "FSVIDUW3D7FSVIDUW3D72F2F", "name": "Jane Doe", "given_name": "Jane", "family_name": "Doe", "locale": "en-US",
        "email": "jane@yahoo.com", "email_verified": true, "nickname": "Jane", "birthdate": "1976", "gender": "female",
        "profile_images": {
            "image32": "https://ct.yimg.com/32.jpg", "image64": "https://ct.yimg.com/64.jpg",
            "image128": "https://ct.yimg.com/128.jpg", "image192": "https://ct.yimg.com/192.jpg",
        },
        "picture": "https://ct.yimg.com/192.jpg",
    })
}

#[test]
fn yahoo_has_no_user_names() {
    let names = [None, Some("Jane Doe"), Some("https://ct.yimg.com/192.jpg")];
    assert_profile(
        read("yahoo", &[yahoo()]),
        "FSVIDUW3D7FSVIDUW3D72F2F",
        Some(("jane@yahoo.com", true)),
        names,
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

/// UserInfo (<https://docs.aws.amazon.com/cognito/latest/developerguide/userinfo-endpoint.html>), whose booleans are texts.
#[test]
fn cognito_writes_its_truth_as_a_text_in_userinfo() {
    let subject = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
    for (word, is_verified) in [("true", true), ("false", false)] {
        let told = json!({
            "sub": subject, "email_verified": word, "custom:team": "blue", "phone_number_verified": "true",
            "phone_number": "+12065551212", "email": "jane@example.com", "username": "janedoe", "name": "Jane Doe",
        });
        let names = [None, Some("Jane Doe"), None];
        assert_profile(read("cognito", &[told]), subject, Some(("jane@example.com", is_verified)), names);
    }
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
