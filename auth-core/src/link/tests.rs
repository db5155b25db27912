use super::*;
use crate::random::OsRandom;
use crate::store::{Backend as _, MemoryStore};
use crate::testing::ManualClock;
use crate::user::Username;

struct World {
    links: Links,
    clock: ManualClock,
    alice: User,
}

impl World {
    fn new() -> Self {
        let clock = ManualClock::default();
        let secrets = ApplicationSecrets::from_text("Bivcc2MtE0an74A79Vx2zqcfbW0/7xTgN+WSE5KCiEQ=").unwrap();
        let (store, now) = (MemoryStore::new().stores().short_lived, clock.now());
        let links = Links::new(store, &secrets, Arc::new(clock.clone()), Arc::new(OsRandom));
        let mut alice = User::new(UserId::new("1"), Username::new("alice").unwrap(), now);
        alice.email = Some(Email::new("Alice@example.com").unwrap());
        Self { links, clock, alice }
    }

    async fn make(&self, purpose: Purpose) -> Secret {
        self.links.make(purpose, &LinkFacts::of(&self.alice).unwrap()).await.unwrap()
    }

    async fn find(&self, purpose: Purpose, token: &Secret) -> Result<Link, ErrorKind> {
        self.links.find(purpose, token.expose()).await.map_err(|error| error.kind())
    }
}

#[tokio::test]
async fn of_all_who_find_a_link_one_takes_it() {
    let world = World::new();
    let token = world.make(Purpose::ResetPassword).await;
    let found = [(); 5].map(|()| world.find(Purpose::ResetPassword, &token));
    let mut taken = 0;
    let mut all = Vec::new();
    for find in found {
        all.push(find.await.unwrap());
    }
    for link in all {
        taken += u32::from(world.links.take(link).await.is_ok());
    }
    assert_eq!(taken, 1);
    assert_eq!(world.find(Purpose::ResetPassword, &token).await.unwrap_err(), ErrorKind::InvalidLink);
}

#[tokio::test]
async fn a_newer_link_voids_the_one_before_of_its_purpose() {
    let world = World::new();
    let (old, other) = (world.make(Purpose::ResetPassword).await, world.make(Purpose::VerifyEmail).await);
    let new = world.make(Purpose::ResetPassword).await;
    assert_eq!(world.find(Purpose::ResetPassword, &old).await.unwrap_err(), ErrorKind::InvalidLink);
    assert!(world.find(Purpose::ResetPassword, &new).await.is_ok());
    assert!(world.find(Purpose::VerifyEmail, &other).await.is_ok());
}

#[tokio::test]
async fn a_link_of_another_purpose_a_spent_one_and_what_is_none_find_nothing() {
    let world = World::new();
    let token = world.make(Purpose::ResetPassword).await;
    let invented = Secret::new(LinkToken::generate(1, &OsRandom).expose());
    for wrong in [invented, Secret::new(""), Secret::new(format!("{}=", token.expose()))] {
        assert_eq!(world.find(Purpose::ResetPassword, &wrong).await.unwrap_err(), ErrorKind::InvalidLink);
    }
    assert_eq!(world.find(Purpose::VerifyEmail, &token).await.unwrap_err(), ErrorKind::InvalidLink);
}

#[tokio::test]
async fn a_link_lives_as_long_as_its_purpose_says() {
    let world = World::new();
    for purpose in [
        Purpose::VerifyEmail,
        Purpose::ResetPassword,
        Purpose::LogIn,
        Purpose::ChangeEmail,
        Purpose::UndoEmail,
    ] {
        let token = world.make(purpose).await;
        world.clock.advance(purpose.life() - Duration::from_millis(1));
        assert!(world.find(purpose, &token).await.is_ok());
        world.clock.advance(Duration::from_millis(1));
        assert_eq!(world.find(purpose, &token).await.unwrap_err(), ErrorKind::InvalidLink);
    }
}

#[tokio::test]
async fn a_link_is_of_the_account_as_it_was() {
    let world = World::new();
    let facts = LinkFacts::of(&world.alice).unwrap();
    assert!(facts.are_of(&world.alice));
    let changed = |change: fn(&mut User)| {
        let mut user = world.alice.clone();
        change(&mut user);
        facts.are_of(&user)
    };
    assert!(changed(|user| user.email = Some(Email::new("alice@EXAMPLE.com").unwrap())));
    assert!(!changed(|user| user.email = Some(Email::new("bob@example.com").unwrap())));
    assert!(!changed(|user| user.email = None));
    assert!(!changed(|user| user.auth_epoch += 1));
    assert!(!changed(|user| user.is_active = false));
}

#[tokio::test]
async fn a_code_counts_in_the_browser_that_asked_and_is_one_with_its_link() {
    let world = World::new();
    let facts = LinkFacts::of(&world.alice).unwrap();
    let (token, code) = world.links.make_with_code(Purpose::LogIn, &facts, "mine").await.unwrap();
    let by_code = |browser| world.links.find_by_code(Purpose::LogIn, browser, code.expose());
    assert_eq!(by_code("another").await.unwrap_err().kind(), ErrorKind::InvalidLink);
    let link = by_code("mine").await.unwrap();
    world.links.take(link).await.unwrap();
    assert_eq!(world.find(Purpose::LogIn, &token).await.unwrap_err(), ErrorKind::InvalidLink);
    assert_eq!(by_code("mine").await.unwrap_err().kind(), ErrorKind::InvalidLink);
}

#[tokio::test]
async fn after_five_wrong_codes_the_right_one_counts_no_more_and_the_link_does() {
    let world = World::new();
    let facts = LinkFacts::of(&world.alice).unwrap();
    let (token, code) = world.links.make_with_code(Purpose::LogIn, &facts, "mine").await.unwrap();
    for _ in 0..5 {
        let wrong = world.links.find_by_code(Purpose::LogIn, "mine", "00000000").await;
        assert_eq!(wrong.unwrap_err().kind(), ErrorKind::InvalidLink);
    }
    let late = world.links.find_by_code(Purpose::LogIn, "mine", code.expose()).await;
    assert_eq!(late.unwrap_err().kind(), ErrorKind::InvalidLink);
    assert!(world.find(Purpose::LogIn, &token).await.is_ok());
}

#[tokio::test]
async fn notices_void_no_other_notice() {
    let world = World::new();
    let (first, second) =
        (world.make(Purpose::SecureAccount).await, world.make(Purpose::SecureAccount).await);
    for token in [first, second] {
        let link = world.find(Purpose::SecureAccount, &token).await.unwrap();
        world.links.spend(&link).await;
        assert_eq!(world.find(Purpose::SecureAccount, &token).await.unwrap_err(), ErrorKind::InvalidLink);
    }
}
