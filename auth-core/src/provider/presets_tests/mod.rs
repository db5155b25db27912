//! What each preset makes of an answer in its provider's documented form. The answers are made up after the pages that the presets
//! name.

mod answers;

use serde_json::{Value, json};

use self::answers::*;
use super::presets::PRESETS;
use super::registry::{Kind, Provider, Registry};
use super::{Profile, ProviderConfig};

const P8: &str = include_str!("../../key/testdata/p256_pkcs8.pem");

/// The preset with what an operator has to add to it.
fn config(preset: &str) -> ProviderConfig {
    let config = ProviderConfig::preset(preset, "client");
    match preset {
        "apple" => config.apple_key(P8, "ABC123DEFG", "DEF123GHIJ"),
        "auth0" => config.domain("example.eu.auth0.com").client_secret("secret"),
        "keycloak" => config.domain("https://sso.example.com").realm("staff").client_secret("secret"),
        "line" => config.client_secret("0123456789abcdef0123456789abcdef"),
        "microsoft" => config.tenant("common").client_secret("secret"),
        "okta" => config.domain("example.okta.com").client_secret("secret"),
        _ => config.client_secret("secret"),
    }
}

fn provider(preset: &str) -> Provider {
    let registry = Registry::new([config(preset)], false).unwrap();
    let provider = registry.into_iter().next().unwrap();
    (*provider).clone()
}

fn read(preset: &str, answers: &[Value]) -> Profile {
    provider(preset).read_answers(answers).unwrap()
}

/// Subject, address and whether it is proven, user name, name, picture.
#[track_caller]
fn assert_profile(
    profile: Profile,
    subject: &str,
    email: Option<(&str, bool)>,
    [username, name, picture]: [Option<&str>; 3],
) {
    let expected = Profile {
        subject: subject.to_owned(),
        email: email.map(|(email, _)| email.to_owned()),
        email_verified: email.is_some_and(|(_, is_verified)| is_verified),
        username: username.map(str::to_owned),
        name: name.map(str::to_owned),
        picture: picture.map(str::to_owned),
    };
    assert_eq!(profile, expected);
}

fn with(mut answer: Value, pointer: &str, value: Value) -> Value {
    *answer.pointer_mut(pointer).unwrap() = value;
    answer
}

/// One good answer of each provider, and where its subject stands.
fn recorded(preset: &str) -> (Vec<Value>, &'static str) {
    let standard = |issuer: &str| {
        json!({
            "iss": issuer, "sub": "00u1a2b3", "aud": "client", "iat": 1_700_000_000, "exp": 1_700_003_600,
            "name": "Jane Doe", "preferred_username": "jane", "nickname": "jane", "email": "jane@example.com",
            "email_verified": true, "picture": "https://img.example.com/jane.png",
        })
    };
    match preset {
        "apple" => (vec![apple()], "/sub"),
        "auth0" => (vec![standard("https://example.eu.auth0.com/")], "/sub"),
        "discord" => (vec![discord()], "/id"),
        "facebook" => (vec![facebook()], "/id"),
        "github" => (vec![github_user(), github_emails()], "/id"),
        "gitlab" => (vec![standard("https://gitlab.com")], "/sub"),
        "google" => (vec![google()], "/sub"),
        "kakao" => (vec![kakao()], "/id"),
        "keycloak" => (vec![standard("https://sso.example.com/realms/staff")], "/sub"),
        "line" => (vec![line()], "/sub"),
        "linkedin" => (vec![linkedin()], "/sub"),
        "microsoft" => (vec![microsoft()], "/sub"),
        "naver" => (vec![naver()], "/response/id"),
        "okta" => (vec![standard("https://example.okta.com")], "/sub"),
        "slack" => (vec![slack()], "/sub"),
        other => panic!("there is no recorded answer of {other}"),
    }
}

#[test]
fn every_preset_reads_its_providers_answer() {
    for preset in PRESETS {
        let (answers, _) = recorded(preset.name);
        let profile = provider(preset.name).read_answers(&answers).unwrap();
        assert!(
            !profile.subject.is_empty() && profile.name.is_some() || preset.name == "apple",
            "{profile:?}"
        );
    }
}

#[test]
fn answers_without_a_subject_or_with_one_of_another_type_are_refused() {
    for preset in PRESETS {
        let (answers, pointer) = recorded(preset.name);
        let provider = provider(preset.name);
        for bad in [
            json!(null),
            json!(""),
            json!(" "),
            json!(-7),
            json!(1.5),
            json!(true),
            json!(["1"]),
            json!({ "id": "1" }),
            json!("a\u{0}b"),
            json!("a".repeat(256)),
        ] {
            let mut changed = answers.clone();
            changed[0] = with(changed[0].clone(), pointer, bad.clone());
            assert!(provider.read_answers(&changed).is_err(), "{}: {bad}", preset.name);
        }
        for nothing in [vec![], vec![json!(null)], vec![json!([])], vec![json!("x")], vec![json!({})]] {
            assert!(provider.read_answers(&nothing).is_err(), "{}: {nothing:?}", preset.name);
        }
    }
}

#[test]
fn a_number_is_a_subject_only_where_that_is_documented() {
    for preset in PRESETS {
        let (answers, pointer) = recorded(preset.name);
        let mut answers = answers;
        answers[0] = with(answers[0].clone(), pointer, json!(7));
        let read = provider(preset.name).read_answers(&answers);
        match preset.name {
            "github" | "kakao" => assert_eq!(read.unwrap().subject, "7", "{}", preset.name),
            _ => assert!(read.is_err(), "{}", preset.name),
        }
    }
}

#[test]
fn addresses_and_names_of_another_type_are_left_out() {
    for preset in PRESETS {
        let (answers, _) = recorded(preset.name);
        let pointers = [preset.pointers.email, preset.pointers.username, preset.pointers.name];
        for pointer in pointers.into_iter().filter(|pointer| answers[0].pointer(pointer).is_some()) {
            for bad in [json!(7), json!(true), json!(["jane@example.com"]), json!({ "value": "jane" })] {
                // An empty pointer is the whole document.
                let Some(_) = answers[0].pointer(pointer).filter(|_| !pointer.is_empty()) else { continue };
                let changed = with(answers[0].clone(), pointer, bad.clone());
                let mut changed = vec![changed];
                changed.extend_from_slice(&answers[1..]);
                let profile = read(preset.name, &changed);
                let left = match pointer {
                    _ if pointer == preset.pointers.email => &profile.email,
                    _ if pointer == preset.pointers.username => &profile.username,
                    _ => &profile.name,
                };
                assert_eq!(*left, None, "{} {pointer}: {bad}", preset.name);
                assert!(profile.email.is_some() || !profile.email_verified, "{} {pointer}", preset.name);
            }
        }
    }
}

#[test]
fn the_text_true_proves_no_address_where_it_is_not_documented() {
    for preset in PRESETS.iter().filter(|preset| !preset.has_textual_booleans) {
        let pointer = match preset.name {
            "google" | "github" | "kakao" => continue,
            _ => preset.pointers.email_verified,
        };
        let (mut answers, _) = recorded(preset.name);
        if pointer.is_empty() || answers[0].pointer(pointer).is_none() {
            continue;
        }
        for word in [json!("true"), json!(1), json!("1"), json!(null), json!(false), json!([true])] {
            answers[0] = with(answers[0].clone(), pointer, word);
            assert!(!read(preset.name, &answers).email_verified, "{}", preset.name);
        }
    }
}

#[test]
fn each_provider_is_where_its_documentation_says() {
    for (preset, issuer) in [
        ("apple", "https://appleid.apple.com"),
        ("auth0", "https://example.eu.auth0.com/"),
        ("gitlab", "https://gitlab.com"),
        ("google", "https://accounts.google.com"),
        ("kakao", "https://kauth.kakao.com"),
        ("keycloak", "https://sso.example.com/realms/staff"),
        ("line", "https://access.line.me"),
        ("microsoft", "https://login.microsoftonline.com/common/v2.0"),
        ("okta", "https://example.okta.com"),
        ("slack", "https://slack.com"),
    ] {
        match provider(preset).kind() {
            Kind::OpenIdConnect { issuer: held } => assert_eq!(held.as_str(), issuer),
            Kind::OAuth2 { .. } => panic!("{preset} speaks OpenID Connect"),
        }
    }
    for (preset, expected) in [
        ("discord", "https://discord.com"),
        ("facebook", "https://www.facebook.com"),
        ("github", "https://github.com"),
        ("linkedin", "https://www.linkedin.com"),
        ("naver", "https://nid.naver.com"),
    ] {
        match provider(preset).kind() {
            Kind::OAuth2 { issuer, authorization, .. } => {
                assert_eq!(issuer, expected);
                assert_eq!(*issuer, authorization.url().origin().ascii_serialization());
            }
            Kind::OpenIdConnect { .. } => panic!("{preset} does not speak OpenID Connect as it is used here"),
        }
    }
}

#[test]
fn every_preset_has_one_name_and_they_are_in_order_and_documented() {
    assert!(PRESETS.is_sorted_by(|a, b| a.name < b.name));
    let documentation = include_str!("../config.rs");
    for preset in PRESETS {
        assert!(documentation.contains(&format!("`{}`", preset.name)), "{}", preset.name);
    }
}

#[test]
fn only_providers_that_prove_addresses_themselves_are_believed() {
    let email = crate::user::Email::new("jane@example.com").unwrap();
    let believed: Vec<_> = PRESETS
        .iter()
        .map(|preset| preset.name)
        .filter(|name| provider(name).is_trusted_with(&email))
        .collect();
    assert_eq!(believed, ["apple", "discord", "github", "gitlab", "google", "kakao", "linkedin"]);
}

#[test]
fn codes_go_unbound_only_where_the_provider_refuses_pkce() {
    let unbound: Vec<_> =
        PRESETS.iter().map(|preset| preset.name).filter(|name| !provider(name).has_pkce()).collect();
    assert_eq!(unbound, ["facebook", "linkedin", "slack"]);
}

#[test]
fn what_is_shown_is_short_and_on_one_line() {
    let long = "\u{e9}".repeat(200);
    let answer = json!({
        "sub": "1", "name": format!(" a\n{long}"), "preferred_username": "\u{0}",
        "picture": "javascript:alert(1)",
    });
    let profile = read("okta", &[answer]);
    let name = profile.name.unwrap();
    assert!(name.len() <= 256 && name.starts_with("a\u{e9}"), "{name}");
    assert_eq!((profile.username, profile.picture), (None, None));
}
