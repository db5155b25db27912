use std::collections::BTreeSet;

use fluent_bundle::FluentResource;
use fluent_syntax::ast::Entry;

use super::*;

const EN: &str = include_str!("en.ftl");

fn keys_of(file: &str) -> Vec<String> {
    let file = FluentResource::try_new(file.to_owned()).expect("well formed");
    let messages = file.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message.id.name.to_owned()),
        _ => None,
    });
    messages.collect()
}

#[test]
fn every_key_has_its_english_words_and_every_sentence_its_key() {
    let (file, table) = (keys_of(EN), Text::KEYS.iter().map(|(key, _)| (*key).to_owned()));
    assert_eq!(file.iter().cloned().collect::<BTreeSet<_>>(), table.collect());
    assert_eq!(file.len(), Text::KEYS.len(), "a key is there twice");
}

#[test]
fn every_sentence_holds_what_is_put_in_and_nothing_else() {
    Texts::english().changed(EN).unwrap();
    for (key, arguments) in Text::KEYS {
        let line =
            EN.lines().find(|line| line.starts_with(&format!("{key} = "))).expect("one line a sentence");
        let held: BTreeSet<_> = line.split("{ $").skip(1).filter_map(|rest| rest.split(' ').next()).collect();
        assert_eq!(held, arguments.iter().copied().collect(), "{key}");
    }
}

#[test]
fn what_is_put_in_is_named_and_stays_as_it_is() {
    let text =
        Text::ProviderCancelledSaid { provider: "{ $said }".to_owned(), said: "\u{2068}no".to_owned() };
    assert_eq!(
        ENGLISH.say(&text),
        "You cancelled at { $said }, or it said no. Nothing was changed. It said: \u{2068}no"
    );
    let text = Text::PasswordTooLong { most: 123_456 };
    assert_eq!(ENGLISH.say(&text), "The password may have at most 123456 bytes.");
}

#[test]
fn words_are_changed_one_by_one() {
    let texts = Texts::english().changed("login-title = Come in\nlogin-with = By { $provider }\n").unwrap();
    assert_eq!(texts.say(&Text::LoginTitle), "Come in");
    assert_eq!(texts.say(&Text::LoginWith { provider: "IdP".to_owned() }), "By IdP");
    assert_eq!(texts.say(&Text::LoginPassword), "Password");
}

#[test]
fn words_that_nobody_would_see_are_refused() {
    for (words, about) in [
        ("login-titel = Come in", "no text `login-titel`"),
        ("login-title = By { $provider }", "`login-title`"),
        ("login-with = { $provder }", "it may hold provider"),
        ("login-title = { login-nothing }", "`login-title`"),
        ("login-title =\n    .title = Come in", "has no text"),
        ("login-title = Come in\nlogin-with { $provider }", "line 2"),
    ] {
        let refusal = Texts::english().changed(words).unwrap_err();
        assert!(refusal.contains(about), "{words}: {refusal}");
    }
}
