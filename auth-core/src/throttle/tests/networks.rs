//! Networks, what they lie in, and what is left when everybody's turns are used up.

use std::time::Duration;

use super::{HOUR, MINUTE, guess_from, try_from};
use crate::error::ErrorKind;
use crate::tests::{PASSWORD, System};
use crate::throttle::{Limit, ThrottleConfig};

fn network_of(attempts: u32) -> ThrottleConfig {
    ThrottleConfig::default().network([Limit::new(attempts, Duration::from_secs(MINUTE))])
}

#[tokio::test]
async fn a_network_is_limited_across_names_and_another_is_not() {
    let system = System::with(|builder| builder.throttle(network_of(5))).await;
    for n in 0..5 {
        let told = guess_from(&system, &format!("2001:db8::{n}"), &format!("name{n}")).await;
        assert_eq!(told, ErrorKind::InvalidCredentials);
    }
    assert_eq!(guess_from(&system, "2001:db8::ffff", "other").await, ErrorKind::TooManyAttempts);
    assert_eq!(guess_from(&system, "2001:db8:0:1::1", "other").await, ErrorKind::InvalidCredentials);
    assert_eq!(guess_from(&system, "::ffff:192.0.2.7", "other").await, ErrorKind::InvalidCredentials);
}

#[tokio::test]
async fn networks_of_one_customer_are_limited_together() {
    for (prefix, most, beside) in
        [("2001:db8:0:00", 10, "2001:db8:0:100::1"), ("2001:db8:0:", 25, "2001:db8:1::1")]
    {
        let system = System::with(|builder| builder.throttle(network_of(5))).await;
        let mut evaluated = 0;
        for n in 0..0x40 {
            // The /64s lie in one /56 first, then each in another one of a single /48.
            let network =
                if most == 10 { format!("{prefix}{n:02x}::1") } else { format!("{prefix}{n:02x}00::1") };
            let told = guess_from(&system, &network, &format!("name{n}")).await;
            evaluated += usize::from(told == ErrorKind::InvalidCredentials);
        }
        assert_eq!(evaluated, most);
        assert_eq!(guess_from(&system, beside, "other").await, ErrorKind::InvalidCredentials, "{beside}");
    }
}

#[tokio::test]
async fn one_customer_cannot_use_up_what_all_networks_share() {
    let system = System::new().await;
    for network in 0..60 {
        for guess in 0..100 {
            guess_from(&system, &format!("2001:db8:7:{network:x}::1"), &format!("{network} {guess}")).await;
        }
    }
    assert_eq!(try_from(&system, "192.0.2.7", "alice", PASSWORD).await, Ok(()));
}

#[tokio::test]
async fn past_the_limit_of_all_a_familiar_network_goes_on_and_tells_nobody_who_exists() {
    let config = ThrottleConfig::default().route([Limit::new(50, Duration::from_secs(MINUTE))]);
    let system = System::with(|builder| builder.throttle(config)).await;
    try_from(&system, "192.0.2.7", "alice", PASSWORD).await.unwrap();
    system.advance(HOUR);
    for n in 0..50 {
        guess_from(&system, &format!("198.51.100.{n}"), &format!("name{n}")).await;
    }
    for name in ["alice", "nobody"] {
        assert_eq!(guess_from(&system, "203.0.113.1", name).await, ErrorKind::TooManyAttempts, "{name}");
        assert_eq!(guess_from(&system, "192.0.2.7", name).await, ErrorKind::InvalidCredentials, "{name}");
    }
    assert_eq!(try_from(&system, "192.0.2.7", "alice", PASSWORD).await, Ok(()));
    // That part is limited too.
    let mut evaluated = 0;
    for n in 0..60 {
        let told = guess_from(&system, "192.0.2.7", &format!("other{n}")).await;
        evaluated += usize::from(told == ErrorKind::InvalidCredentials);
    }
    assert_eq!(evaluated, 48);
    // Nobody has logged in from there for a week.
    system.advance(8 * 24 * HOUR);
    for n in 0..50 {
        guess_from(&system, &format!("198.51.100.{n}"), &format!("name{n}")).await;
    }
    assert_eq!(guess_from(&system, "192.0.2.7", "alice").await, ErrorKind::TooManyAttempts);
}

#[tokio::test]
async fn a_network_is_familiar_for_a_week_after_the_last_login_from_it() {
    let config = ThrottleConfig::default().route([Limit::new(50, Duration::from_secs(MINUTE))]);
    let system = System::with(|builder| builder.throttle(config)).await;
    for _ in 0..2 {
        try_from(&system, "192.0.2.7", "alice", PASSWORD).await.unwrap();
        system.advance(5 * 24 * HOUR);
    }
    for n in 0..50 {
        guess_from(&system, &format!("198.51.100.{n}"), &format!("name{n}")).await;
    }
    assert_eq!(try_from(&system, "192.0.2.7", "alice", PASSWORD).await, Ok(()));
    assert_eq!(try_from(&system, "192.0.2.8", "alice", PASSWORD).await, Err(ErrorKind::TooManyAttempts));
}
