//! What each preset makes of an answer in its provider's documented form: with the members that the pages show which the presets name,
//! and values that nobody has.

mod oauth;
mod openid_connect;

use serde_json::{Value, json};

use self::oauth::*;
use self::openid_connect::*;
use super::super::registry::{Kind, Provider, Registry};
use super::super::{Profile, ProviderConfig};
use super::SecretUse;
use crate::oauth_client::ClientAuthentication;

const P8: &str = include_str!("../../../key/testdata/p256_pkcs8.pem");

/// The preset with what an operator has to add to it.
fn config(preset: &str) -> ProviderConfig {
    let config = ProviderConfig::preset(preset, "client");
    match preset {
        "apple" => config.apple_key(P8, "ABC123DEFG", "DEF123GHIJ"),
        "auth0" => config.domain("example.eu.auth0.com").client_secret("secret"),
        "cognito" => config
            .domain("cognito-idp.eu-west-1.amazonaws.com")
            .realm("eu-west-1_A1b2C3d4")
            .client_secret("secret"),
        "forgejo" | "gitea" => config.domain("git.example.com").client_secret("secret"),
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
        // The same of every provider.
        given_name: profile.given_name.clone(),
        family_name: profile.family_name.clone(),
    };
    assert_eq!(profile, expected);
}

fn with(mut answer: Value, pointer: &str, value: Value) -> Value {
    *answer.pointer_mut(pointer).unwrap() = value;
    answer
}

/// One good answer of each provider, and where its subject stands.
fn recorded(preset: &str) -> (Vec<Value>, &'static str) {
    match preset {
        "amazon" => (vec![amazon()], "/user_id"),
        "apple" => (vec![apple()], "/sub"),
        "atlassian" => (vec![atlassian()], "/account_id"),
        "auth0" => (vec![auth0()], "/sub"),
        "bitbucket" => (vec![bitbucket_user(), bitbucket_emails()], "/uuid"),
        "box" => (vec![box_user()], "/id"),
        "cognito" => (vec![cognito()], "/sub"),
        "discord" => (vec![discord()], "/id"),
        "dropbox" => (vec![dropbox()], "/sub"),
        "facebook" => (vec![facebook()], "/id"),
        "figma" => (vec![figma()], "/id"),
        "forgejo" => (vec![forgejo()], "/sub"),
        "gitea" => (vec![gitea()], "/sub"),
        "github" => (vec![github_user(), github_emails()], "/id"),
        "gitlab" => (vec![gitlab()], "/sub"),
        "google" => (vec![google()], "/sub"),
        "heroku" => (vec![heroku()], "/id"),
        "kakao" => (vec![kakao()], "/id"),
        "keycloak" => (vec![keycloak()], "/sub"),
        "line" => (vec![line()], "/sub"),
        "linkedin" => (vec![linkedin()], "/sub"),
        "microsoft" => (vec![microsoft()], "/sub"),
        "naver" => (vec![naver()], "/response/id"),
        "notion" => (vec![notion()], "/bot/owner/user/id"),
        "okta" => (vec![okta()], "/sub"),
        "salesforce" => (vec![salesforce()], "/sub"),
        "slack" => (vec![slack()], "/sub"),
        "spotify" => (vec![spotify()], "/account_id"),
        "twitch" => (vec![twitch()], "/sub"),
        "x" => (vec![x()], "/data/id"),
        "yahoo" => (vec![yahoo()], "/sub"),
        "zoom" => (vec![zoom()], "/id"),
        other => panic!("there is no recorded answer of {other}"),
    }
}

#[test]
fn every_preset_reads_its_providers_answer() {
    for preset in super::all() {
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
    for preset in super::all() {
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
    for preset in super::all() {
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
    for preset in super::all() {
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
    for preset in super::all().into_iter().filter(|preset| !preset.has_textual_booleans) {
        let pointer = match preset.name {
            "bitbucket" | "google" | "github" | "kakao" | "x" => continue,
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
        ("cognito", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A1b2C3d4"),
        ("forgejo", "https://git.example.com/"),
        ("gitea", "https://git.example.com"),
        ("gitlab", "https://gitlab.com"),
        ("google", "https://accounts.google.com"),
        ("kakao", "https://kauth.kakao.com"),
        ("keycloak", "https://sso.example.com/realms/staff"),
        ("line", "https://access.line.me"),
        ("microsoft", "https://login.microsoftonline.com/common/v2.0"),
        ("okta", "https://example.okta.com"),
        ("salesforce", "https://login.salesforce.com"),
        ("slack", "https://slack.com"),
        ("twitch", "https://id.twitch.tv/oauth2"),
        ("yahoo", "https://api.login.yahoo.com"),
    ] {
        match provider(preset).kind() {
            Kind::OpenIdConnect { issuer: held } => assert_eq!(held.as_str(), issuer),
            Kind::OAuth2 { .. } => panic!("{preset} speaks OpenID Connect"),
        }
    }
    for (preset, expected) in [
        ("amazon", "https://www.amazon.com"),
        ("atlassian", "https://auth.atlassian.com"),
        ("bitbucket", "https://bitbucket.org"),
        ("box", "https://account.box.com"),
        ("discord", "https://discord.com"),
        ("dropbox", "https://www.dropbox.com"),
        ("facebook", "https://www.facebook.com"),
        ("figma", "https://www.figma.com"),
        ("github", "https://github.com"),
        ("heroku", "https://id.heroku.com"),
        ("linkedin", "https://www.linkedin.com"),
        ("naver", "https://nid.naver.com"),
        ("notion", "https://api.notion.com"),
        ("spotify", "https://accounts.spotify.com"),
        ("x", "https://x.com"),
        ("zoom", "https://zoom.us"),
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
    let names: Vec<_> = super::all().iter().map(|preset| preset.name).collect();
    assert!(names.is_sorted_by(|one, other| one < other) && names.len() >= 32, "{names:?}");
    for list in [super::openid_connect::PRESETS, super::oauth::PRESETS] {
        assert!(list.is_sorted_by(|one, other| one.name < other.name));
    }
    let documentation = include_str!("../../config/mod.rs");
    for preset in super::all() {
        assert!(documentation.contains(&format!("`{}`", preset.name)), "{}", preset.name);
    }
}

#[test]
fn only_providers_that_prove_addresses_themselves_are_believed() {
    let email = crate::user::Email::new("jane@example.com").unwrap();
    let believed: Vec<_> = super::all()
        .into_iter()
        .map(|preset| preset.name)
        .filter(|name| provider(name).is_trusted_with(&email))
        .collect();
    assert_eq!(
        believed,
        ["apple", "discord", "github", "gitlab", "google", "kakao", "linkedin", "twitch", "x"]
    );
}

#[test]
fn codes_go_unbound_only_where_the_provider_refuses_pkce_or_has_none() {
    let unbound: Vec<_> = super::all()
        .into_iter()
        .map(|preset| preset.name)
        .filter(|name| !provider(name).has_pkce())
        .collect();
    assert_eq!(unbound, ["facebook", "linkedin", "notion", "slack"]);
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

#[test]
fn secrets_go_into_the_header_where_the_documentation_says_so() {
    let in_header: Vec<_> = super::all()
        .into_iter()
        .filter(|preset| preset.secret == SecretUse::NeededInHeader)
        .map(|preset| preset.name)
        .collect();
    assert_eq!(in_header, ["bitbucket", "figma", "notion", "spotify", "x", "zoom"]);
    for name in in_header {
        assert!(
            matches!(provider(name).authentication(None), ClientAuthentication::SecretBasic(_)),
            "{name}"
        );
        assert!(Registry::new([ProviderConfig::preset(name, "client")], false).is_err(), "{name}");
    }
}

#[test]
fn auth0_is_met_at_a_domain_of_ones_own() {
    let config =
        ProviderConfig::preset("auth0", "client").domain("login.example.com").client_secret("secret");
    let provider = Registry::new([config], false).unwrap().into_iter().next().unwrap();
    let Kind::OpenIdConnect { issuer } = provider.kind() else { panic!("Auth0 speaks OpenID Connect") };
    assert_eq!(issuer.as_str(), "https://login.example.com/");
}
