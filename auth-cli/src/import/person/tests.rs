//! What a row becomes.

use super::*;

fn candidate(person: Person) -> Result<Candidate, String> {
    person.into_candidate("", Timestamp::default())
}

fn named(name: &str) -> Person {
    Person { username: Some(name.to_owned()), ..Person::default() }
}

fn names(new: &NewUser) -> (&str, Option<&str>, Vec<&str>) {
    let further = new.login_names.iter().map(LoginName::as_str).collect();
    (new.username.as_str(), new.email.as_ref().map(Email::as_str), further)
}

#[test]
fn a_name_that_is_an_address_becomes_the_address_and_proves_nothing() {
    let person = Person { email_verified: true, ..named("Alice@Example.com") };
    let Candidate { new, notes, .. } = candidate(person).unwrap();
    let expected = ("alice_at_example.com", Some("Alice@Example.com"), vec!["Alice@Example.com"]);
    assert_eq!(names(&new), expected);
    assert!(!new.email_verified);
    assert_eq!(notes, [Note::NameMade]);
}

#[test]
fn an_address_of_its_own_stays_beside_a_name_that_is_another_one() {
    let person =
        Person { email: Some("a@example.com".into()), email_verified: true, ..named("b@example.com") };
    let new = candidate(person).unwrap().new;
    assert_eq!(names(&new), ("b_at_example.com", Some("a@example.com"), vec!["b@example.com"]));
    assert!(new.email_verified);
    let broken = Person { email: Some("nobody".into()), ..named("b@example.com") };
    assert_eq!(names(&candidate(broken).unwrap().new), ("b_at_example.com", None, vec!["b@example.com"]));
}

#[test]
fn without_a_user_name_the_address_is_what_people_log_in_by() {
    let person = Person { email: Some("A@x.example".into()), email_verified: true, ..Person::default() };
    let new = candidate(person).unwrap().new;
    assert_eq!(names(&new), ("a_at_x.example", Some("A@x.example"), vec!["A@x.example"]));
    assert!(new.email_verified);
}

#[test]
fn an_account_is_of_the_same_name_or_of_another_one_that_becomes_it() {
    let is_known = |name: &str, email: Option<&str>, further: &[&str]| {
        let email = email.map(|email| Email::new(email).unwrap());
        let further: Vec<_> = further.iter().map(|name| LoginName::parse(name)).collect();
        candidate(named(name)).unwrap().is_named_as(email.as_ref(), &further)
    };
    assert!(is_known("a:b", None, &["a:b"]) && is_known("a_b", None, &[]));
    assert!(!is_known("a_b", None, &["a:b"]) && !is_known("a:b", None, &[]));
    assert!(is_known("a_b", Some("a@b.example"), &["c:d"]), "names that became another one");
    assert!(is_known("a@x.example", Some("A@x.example"), &[]));
    assert!(is_known("a@x.example", Some("b@x.example"), &["a@x.example"]));
    assert!(!is_known("a@x.example", Some("b@x.example"), &[]));
    assert!(!is_known("a@x.example", Some("\u{ff41}@x.example"), &[]), "a look-alike");
    assert!(!is_known("a_at_x.example", Some("a@x.example"), &[]));
    let own = Person { email: Some("a@x.example".into()), ..named("a_at_x.example") };
    assert!(candidate(own).unwrap().is_named_as(Some(&Email::new("a@x.example").unwrap()), &[]));
}

#[test]
fn a_name_that_django_allows_gets_one_that_is_allowed_here() {
    for (name, expected) in [
        ("user+tag.with_all-chars@x", "user+tag.with_all-chars_at_x"),
        ("@Alice", "_at_Alice"),
        ("a@b@c", "a_at_b_at_c"),
        ("a:b", "a_b"),
        (&format!("{}@", "x".repeat(149)), &format!("{}_", "x".repeat(149))),
    ] {
        let Candidate { new, notes, .. } = candidate(named(name)).unwrap();
        assert_eq!(names(&new), (expected, None, vec![name]));
        assert_eq!(notes, [Note::NameChanged], "{name}");
    }
    for allowed in ["user+tag.with_all-chars", "\u{6771}\u{4eac}", &"x".repeat(150)] {
        assert_eq!(names(&candidate(named(allowed)).unwrap().new), (allowed, None, vec![]));
    }
    assert!(candidate(named(&"x".repeat(151))).unwrap_err().contains("150"));
}

#[test]
fn without_an_id_the_same_name_gets_the_same_id_each_time() {
    let id = |name: &str| candidate(named(name)).unwrap().new.id;
    assert_eq!(id("Alice"), id("alice"));
    assert_ne!(id("alice"), id("bob"));
    assert_eq!(id("alice").as_str().len(), 36);
    assert_eq!(id("alice").as_str().as_bytes()[14], b'8');
}

#[test]
fn an_id_that_a_client_of_ours_has_is_refused() {
    for bad in [FIRST_PARTY, "a b", "", "\u{e9}", &"1".repeat(129)] {
        let person = Person { id: Some(bad.to_owned()), ..named("alice") };
        let refused = candidate(person).is_err();
        assert!(refused || bad.is_empty(), "{bad:?}");
    }
    let prefixed = Person { id: Some("17".into()), ..named("alice") };
    let new = prefixed.into_candidate("shop-", Timestamp::default()).unwrap().new;
    assert_eq!(new.id.as_str(), "shop-17");
}

#[test]
fn what_makes_no_sense_is_said() {
    assert!(candidate(Person::default()).unwrap_err().contains("neither"));
    assert!(candidate(named("a\u{0}b")).unwrap_err().contains("user name"));
    let grouped = Person { groups: vec!["a\u{0}".into()], ..named("alice") };
    assert!(candidate(grouped).unwrap_err().contains("group"));
    let addressed = Person { email: Some("nobody".into()), ..named("alice") };
    let Candidate { new, notes, .. } = candidate(addressed).unwrap();
    assert!(new.email.is_none() && notes == [Note::AddressInvalid]);
}
