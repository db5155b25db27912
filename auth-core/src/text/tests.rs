use std::collections::BTreeSet;

use fluent_bundle::FluentResource;
use fluent_syntax::ast::Entry;

use super::*;

const FILES: [&str; 2] = [include_str!("en.ftl"), include_str!("ko.ftl")];

fn keys_of(file: &str) -> Vec<String> {
    let file = FluentResource::try_new(file.to_owned()).expect("well formed");
    let messages = file.entries().filter_map(|entry| match entry {
        Entry::Message(message) => Some(message.id.name.to_owned()),
        _ => None,
    });
    messages.collect()
}

/// The sentences of a file, each with its key.
fn sentences(file: &str) -> impl Iterator<Item = (&str, &str)> {
    file.lines().filter(|line| !line.starts_with(['#', '-'])).filter_map(|line| line.split_once(" = "))
}

#[test]
fn every_key_has_its_words_in_every_language_and_every_sentence_its_key() {
    for text in FILES {
        let (file, table) = (keys_of(text), Text::KEYS.iter().map(|(key, _)| (*key).to_owned()));
        assert_eq!(file.iter().cloned().collect::<BTreeSet<_>>(), table.collect());
        assert_eq!(file.len(), Text::KEYS.len(), "a key is there twice");
        assert_eq!(sentences(text).count(), Text::KEYS.len(), "one line a sentence");
    }
}

#[test]
fn the_files_of_all_languages_have_the_same_order_and_headings() {
    let [english, korean] = FILES.map(|file| {
        let lines = file.lines().filter_map(|line| match line.strip_prefix("## ") {
            Some(heading) => Some(heading),
            None => line.split_once(" = ").map(|(key, _)| key).filter(|key| !key.starts_with('#')),
        });
        lines.collect::<Vec<_>>()
    });
    assert_eq!(english, korean);
}

#[test]
fn every_sentence_holds_what_is_put_in_and_nothing_else() {
    for file in FILES {
        Texts::english().changed(file).unwrap();
        for (key, arguments) in Text::KEYS {
            let (_, words) = sentences(file).find(|(held, _)| held == key).expect("one line a sentence");
            let held: BTreeSet<_> =
                words.split("{ $").skip(1).filter_map(|rest| rest.split(' ').next()).collect();
            assert_eq!(held, arguments.iter().copied().collect(), "{key}");
        }
    }
}

#[test]
fn korean_is_of_one_level_of_politeness() {
    for (key, words) in sentences(FILES[1]) {
        for ending in words.split(['.', '?', '!']).map(str::trim).filter(|part| !part.is_empty()) {
            assert!(!ending.ends_with('요') && !ending.ends_with('죠'), "{key}: {words}");
        }
        let is_whole = words.ends_with('.') || words.ends_with('?');
        let is_formal = ["니다.", "십시오.", "니까?"].iter().any(|end| words.ends_with(end));
        assert!(!is_whole || is_formal, "{key}: {words}");
    }
}

/// A particle that depends on the last sound of the word before it is wrong after half of all words.
#[test]
fn no_korean_particle_depends_on_what_is_put_in() {
    const DEPENDING: [&str; 14] =
        ["을", "를", "이 ", "가 ", "은 ", "는 ", "와 ", "과 ", "로 ", "으로", "이나", "나 ", "이라", "라는"];
    for (key, words) in sentences(FILES[1]) {
        for (at, _) in words.match_indices(" }") {
            let behind = &words[at + 2..];
            assert!(!DEPENDING.iter().any(|particle| behind.starts_with(particle)), "{key}: {words}");
        }
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
