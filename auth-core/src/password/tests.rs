use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use proptest::prelude::*;

use super::pool::Pool;
use super::*;
use crate::error::{Error, ErrorKind};
use crate::random::Random;

/// Counts upwards, so that no two salts are the same.
#[derive(Debug, Default)]
struct Counting(AtomicU64);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        let number = self.0.fetch_add(1, Ordering::Relaxed).to_le_bytes();
        for (byte, value) in bytes.iter_mut().zip(number.iter().cycle()) {
            *byte = *value;
        }
    }
}

fn tiny() -> Argon2Params {
    Argon2Params::insecure_any_cost(64, 1, 1).unwrap()
}

fn hasher() -> PasswordHasher {
    hasher_with(tiny())
}

fn hasher_with(params: Argon2Params) -> PasswordHasher {
    let config = PasswordConfig::default().with_params(params).with_threads(2);
    PasswordHasher::new(&config, Arc::new(Counting::default())).unwrap()
}

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

async fn verdict(hasher: &PasswordHasher, text: &str, phc: &str) -> Verdict {
    hasher.verify(&password(text), Some(&PasswordHash::from_encoded(phc))).await.unwrap()
}

#[tokio::test]
async fn the_right_password_is_valid_and_any_other_is_not() {
    let hasher = hasher();
    let stored = hasher.hash(&password("correct horse")).await.unwrap();
    assert_eq!(hasher.verify(&password("correct horse"), Some(&stored)).await.unwrap(), Verdict::Valid);
    for wrong in ["Correct horse", "correct horse ", " correct horse", "correct\thorse", "correct hors", ""] {
        assert_eq!(
            hasher.verify(&password(wrong), Some(&stored)).await.unwrap(),
            Verdict::Invalid,
            "{wrong:?}"
        );
    }
}

#[tokio::test]
async fn long_passwords_spaces_tabs_and_emoji_count_to_the_last_byte() {
    let hasher = hasher();
    for text in ["a".repeat(64), "b".repeat(128), "c".repeat(1024), " 😀 outer\t".to_owned(), "é".repeat(512)]
    {
        let stored = hasher.hash(&password(&text)).await.unwrap();
        assert_eq!(hasher.verify(&password(&text), Some(&stored)).await.unwrap(), Verdict::Valid);
        let mut other = text.clone();
        other.pop();
        assert_eq!(hasher.verify(&password(&other), Some(&stored)).await.unwrap(), Verdict::Invalid);
    }
}

#[tokio::test]
async fn a_password_with_an_accent_verifies_from_either_keyboard() {
    let hasher = hasher();
    let stored = hasher.hash(&password("caf\u{e9} au lait")).await.unwrap();
    assert_eq!(hasher.verify(&password("cafe\u{301} au lait"), Some(&stored)).await.unwrap(), Verdict::Valid);
}

#[tokio::test]
async fn a_new_hash_is_a_phc_string_with_a_fresh_salt_of_16_bytes_and_32_bytes_of_output() {
    let hasher = hasher_with(Argon2Params::default());
    let one = hasher.hash(&password("same")).await.unwrap();
    let other = hasher.hash(&password("same")).await.unwrap();
    assert_ne!(one, other);
    let fields: Vec<_> = one.as_encoded().split('$').collect();
    assert_eq!(fields[..4], ["", "argon2id", "v=19", "m=19456,t=2,p=1"]);
    assert_eq!((fields[4].len(), fields[5].len()), (22, 43));
    assert_eq!(fields.len(), 6);
}

#[tokio::test]
async fn debug_shows_no_hash() {
    let stored = hasher().hash(&password("hidden")).await.unwrap();
    assert_eq!(format!("{stored:?}"), "PasswordHash([redacted])");
}

/// Made with the reference implementation in C (version 20190702, by way of `argon2-cffi-bindings`); the first three also
/// stand in its `src/test.c`.
const REFERENCE: [(&str, &str); 10] = [
    ("password", "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"),
    ("password", "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc"),
    ("password", "$argon2i$v=19$m=256,t=2,p=2$c29tZXNhbHQ$T/XOJ2mh1/TIpJHfCdQan76Q5esCFVoT5MAeIM1Oq2E"),
    ("password", "$argon2d$v=19$m=256,t=2,p=2$c29tZXNhbHQ$e2nJLXw4iarRKB28i678Esw3yA8cdeM+8sLUDCjrxXM"),
    ("password", "$argon2i$v=16$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY"),
    ("password", "$argon2i$m=256,t=2,p=1$c29tZXNhbHQ$/U3YPXYsSb3q9XxHvc0MLxur+GP960kN9j7emXX8zwY"),
    ("password", "$argon2id$v=16$m=256,t=2,p=3$c29tZXNhbHQ$Kj3Yu+Zp7rZPb4ycw6/W9JRaABOmT1py8fyFoY60xaM"),
    ("password", "$argon2id$v=19$m=100,t=3,p=4$ZGlmZnNhbHRkaWZmc2FsdA$p0Y0JNOlwk1GAuR8b97+EQ"),
    (
        "password",
        "$argon2id$v=19$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$2FDrlk5zAJLdjgJVOBsOlE/h7JDCt+iLQe0GJqXTG6vuYuY0rrH4U+T+\
         pKLACgdVSOr8pc+0cTaVMCq+SdUl5A",
    ),
    (
        "caf\u{e9}",
        "$argon2id$v=19$m=512,t=1,p=16$c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nz\
         c3Nzcw$l67Ic0/zHrUyP2fo+UKYbff97S6jqTI7I1kogoktpEFHpErlBkxhhvO8u6yL18ijSXAkOuWMYuaO6dk4bfUdZD5XHrEGv3HrpfKYMW\
         J42wYn48Fv/YYbsxOefcymG9ceVfI9YSvuxbgZzoETY200++0RLiKbdi20lXVJAYre58M",
    ),
];

/// The same with the parameters of [`tiny`].
const REFERENCE_TINY: &str =
    "$argon2id$v=19$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY";

#[tokio::test]
async fn imported_hashes_of_the_reference_implementation_verify_and_are_outdated() {
    let hasher = hasher();
    for (text, phc) in REFERENCE {
        assert_eq!(verdict(&hasher, text, phc).await, Verdict::ValidOutdated, "{phc}");
        assert_eq!(verdict(&hasher, "wrong", phc).await, Verdict::Invalid, "{phc}");
    }
    assert_eq!(verdict(&hasher, "password", REFERENCE_TINY).await, Verdict::Valid);
    assert_eq!(verdict(&hasher, "wrong", REFERENCE_TINY).await, Verdict::Invalid);
    assert_eq!(hasher.runs(), 2 * REFERENCE.len() as u64 + 2);
}

#[tokio::test]
async fn a_hash_of_other_parameters_is_outdated_in_either_direction() {
    let stronger = hasher_with(Argon2Params::insecure_any_cost(128, 2, 1).unwrap());
    let stored = stronger.hash(&password("same")).await.unwrap();
    assert_eq!(stronger.verify(&password("same"), Some(&stored)).await.unwrap(), Verdict::Valid);
    assert_eq!(hasher().verify(&password("same"), Some(&stored)).await.unwrap(), Verdict::ValidOutdated);
    assert_eq!(verdict(&stronger, "password", REFERENCE_TINY).await, Verdict::ValidOutdated);
}

#[tokio::test]
async fn unknown_users_and_unusable_hashes_cost_exactly_one_run_and_are_invalid() {
    let hasher = hasher();
    assert_eq!(hasher.verify(&password("any"), None).await.unwrap(), Verdict::Invalid);
    assert_eq!(hasher.runs(), 1);
    let unusable = [
        "",
        "!",
        "$",
        "$argon2id$",
        "$2x$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
        "$scrypt$ln=15,r=8,p=1$c29tZXNhbHQ$Y3Vja29v",
        "$argon2id$v=19$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$",
        "$argon2id$v=19$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA",
        "$argon2id$v=19$m=64,t=1,p=1$$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY",
        "$argon2id$v=20$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY",
        "$argon2id$v=19$t=1,m=64,p=1$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY",
        "$argon2id$v=19$m=064,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY",
        "$argon2id$v=19$m=+64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY",
        "$argon2id$v=19$m=64,t=1,p=1,keyid=AA$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY",
        "$argon2id$v=19$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY$",
        "$argon2id$v=19$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY=",
        " $argon2id$v=19$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY",
        "$argon2id$v=19$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$lQAkqqRbQpuBXnJ5eQ\0",
        "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$lQAkqqRbQpuBXnJ5eXaV9tEu40qWyKu+QgPP5QY71nY",
        "$argon2id$v=19$m=64,t=1,p=1$ZGlmZnNhbHRkaWZmc2FsdA$AAAA",
    ];
    for (count, phc) in (2..).zip(unusable) {
        assert!(!PasswordHash::from_encoded(phc).is_usable(), "{phc}");
        assert_eq!(verdict(&hasher, "password", phc).await, Verdict::Invalid, "{phc}");
        assert_eq!(hasher.runs(), count, "{phc}");
    }
}

/// Whoever can write a row must not be able to make a login as costly as they like.
#[tokio::test]
async fn a_stored_hash_over_a_cap_costs_one_run_of_the_configured_parameters_and_no_more_memory() {
    let hasher = hasher();
    let (huge_salt, huge_output) = ("A".repeat(88), "A".repeat(175));
    let hostile = [
        ("m=4194304,t=1,p=1", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=4294967295,t=4294967295,p=4294967295", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=64,t=4294967295,p=1", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=64,t=1,p=4294967295", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=64,t=1,p=536870912", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=99999999999999999999,t=1,p=1", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=262145,t=1,p=1", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=262144,t=5,p=1", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=64,t=17,p=1", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=4096,t=1,p=17", "c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=64,t=1,p=1", huge_salt.as_str(), "AAAAAAAAAAAAAAAAAAAAAA"),
        ("m=64,t=1,p=1", "c29tZXNhbHQ", huge_output.as_str()),
    ];
    let start = Instant::now();
    for (costs, salt, output) in hostile {
        let phc = format!("$argon2id$v=19${costs}${salt}${output}");
        assert!(!PasswordHash::from_encoded(phc.as_str()).is_usable(), "{phc}");
        assert_eq!(verdict(&hasher, "any", &phc).await, Verdict::Invalid, "{phc}");
    }
    assert_eq!(verdict(&hasher, "any", &"$argon2id".repeat(1 << 20)).await, Verdict::Invalid);
    assert_eq!(hasher.runs(), hostile.len() as u64 + 1);
    // Each would take seconds, or all memory there is; the bound is far above thirteen tiny runs on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(2));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_of_stored_hashes_panic_or_pass_a_cap(
        text in prop_oneof![
            any::<String>(),
            r"\$argon2(id|i|d|)(\$v=[0-9]{1,3})?\$m=[0-9]{0,11},t=[0-9]{1,3},p=[0-9]{1,3}\$[A-Za-z0-9+/=]{0,90}\$[A-Za-z0-9+/=]{0,180}",
            r"(\$|,|=|m|t|p|v|argon2id|[0-9]|[A-Z]){0,40}",
        ]
    ) {
        if let Some((recipe, output)) = super::argon::parse(&text) {
            prop_assert!(recipe.context().is_some());
            prop_assert!(recipe.params.memory_kib() <= 256 * 1024);
            prop_assert!((10..=128).contains(&output.len()));
            if text.contains("$v=") {
                prop_assert_eq!(recipe.phc(&output), text);
            }
        }
    }

    #[test]
    fn any_text_is_a_password_or_refused_and_the_policy_answers(text in any::<String>(), name in any::<String>()) {
        let taken = Password::new(&text);
        prop_assert!(taken.is_ok() || text.contains('\0') || text.len() > 300);
        let verdict = PasswordPolicy::default().check(&text, &[&name]);
        prop_assert!(verdict.is_ok() || !verdict.unwrap_err().violations().is_empty());
    }
}

/// RFC 9106 section 5.3: Argon2id, 32 KiB, 3 passes, 4 lanes, with the secret and associated data that only it uses.
#[tokio::test]
async fn the_work_area_computes_the_test_vector_of_rfc_9106() {
    let pool = Pool::start(1, 1, 64).unwrap();
    let params = ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .data(AssociatedData::new(&[4; 12]).unwrap())
        .output_len(32)
        .build()
        .unwrap();
    let tag = pool.run(move |area| {
        let context = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params).unwrap();
        let mut tag = [0; 32];
        area.hash(&context, &[1; 32], &[2; 16], &mut tag).unwrap();
        tag.map(|byte| format!("{byte:02x}")).concat()
    });
    assert_eq!(tag.await.unwrap(), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659");
}

#[tokio::test]
async fn a_costly_stored_hash_leaves_no_larger_work_area_behind() {
    let pool = Pool::start(1, 1, 64).unwrap();
    let hash_with = |memory_kib| {
        pool.run(move |area: &mut super::pool::WorkArea| {
            let before = area.capacity();
            let context = Argon2::from(argon2::Params::new(memory_kib, 1, 1, Some(32)).unwrap());
            area.hash(&context, b"any", b"somesalt", &mut [0; 32]).unwrap();
            (before, area.capacity())
        })
    };
    assert_eq!(hash_with(64).await.unwrap(), (0, 64));
    assert_eq!(hash_with(8).await.unwrap(), (64, 64));
    assert_eq!(hash_with(1024).await.unwrap(), (64, 1024));
    assert_eq!(hash_with(64).await.unwrap(), (0, 64));
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_verifications_in_parallel_all_find_the_same() {
    let hasher = hasher();
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let hasher = hasher.clone();
            tokio::spawn(async move {
                let (text, phc) = REFERENCE[number % REFERENCE.len()];
                (verdict(&hasher, text, phc).await, verdict(&hasher, "wrong", phc).await)
            })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), (Verdict::ValidOutdated, Verdict::Invalid));
    }
    assert_eq!((hasher.runs(), hasher.queued()), (40, 0));
}

/// A pool with one thread, which waits until the returned sender is used or dropped.
fn blocked_pool(queue: usize) -> (Arc<Pool>, mpsc::Sender<()>, tokio::task::JoinHandle<Result<(), Error>>) {
    let pool = Arc::new(Pool::start(1, queue, 8).unwrap());
    let (release, released) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let task = tokio::spawn({
        let pool = pool.clone();
        async move {
            pool.run(move |_| {
                started.send(()).unwrap();
                let _ = released.recv();
            })
            .await
        }
    });
    has_started.recv().unwrap();
    (pool, release, task)
}

/// Polls once, which puts the job into the queue.
fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_answers_at_once_with_a_time_to_wait() {
    let (pool, release, blocked) = blocked_pool(2);
    let mut first = pin!(pool.run(|_| 1));
    let mut second = pin!(pool.run(|_| 2));
    assert!(poll_once(first.as_mut()).is_pending());
    assert!(poll_once(second.as_mut()).is_pending());
    assert_eq!(pool.queued(), 2);
    let error = pool.run(|_| 3).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.retry_after().is_some());
    assert_eq!(pool.queued(), 2);
    drop(release);
    assert_eq!((first.await.unwrap(), second.await.unwrap()), (1, 2));
    blocked.await.unwrap().unwrap();
    assert_eq!(pool.queued(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_left_is_skipped() {
    let (pool, release, blocked) = blocked_pool(2);
    let runs = Arc::new(AtomicU64::new(0));
    let count = |runs: &Arc<AtomicU64>| {
        let runs = runs.clone();
        move |_: &mut super::pool::WorkArea| runs.fetch_add(1, Ordering::Relaxed)
    };
    {
        let mut left = pin!(pool.run(count(&runs)));
        assert!(poll_once(left.as_mut()).is_pending());
    }
    let mut stays = pin!(pool.run(count(&runs)));
    assert!(poll_once(stays.as_mut()).is_pending());
    drop(release);
    assert_eq!(stays.await.unwrap(), 0);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    blocked.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_panic_ends_its_own_job_only() {
    let pool = Pool::start(1, 1, 8).unwrap();
    let error = pool.run(|_| -> u8 { panic!("on purpose, by a test") }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    assert_eq!(pool.run(|_| 7).await.unwrap(), 7);
}

#[tokio::test]
async fn the_threads_end_with_the_last_handle() {
    /// Tells when the thread that holds it ends.
    struct Ends(mpsc::Sender<()>);
    impl Drop for Ends {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    std::thread_local!(static ENDS: std::cell::RefCell<Option<Ends>> = const { std::cell::RefCell::new(None) });
    let (ends, has_ended) = mpsc::channel();
    let pool = Pool::start(1, 1, 8).unwrap();
    pool.run(move |_| ENDS.with(|slot| *slot.borrow_mut() = Some(Ends(ends)))).await.unwrap();
    assert!(has_ended.try_recv().is_err());
    drop(pool);
    has_ended.recv_timeout(Duration::from_secs(10)).unwrap();
}

#[test]
fn threads_and_queue_out_of_range_are_refused_at_start() {
    for config in [PasswordConfig::default().with_threads(0), PasswordConfig::default().with_queue(0)] {
        let error = PasswordHasher::new(&config, Arc::new(Counting::default())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
    }
}
