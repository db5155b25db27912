//! Cases of [`ShortLivedStore`](crate::short_lived::ShortLivedStore).

use std::time::Duration;

use crate::short_lived::Quota;
use crate::store::Stores;

use super::{PARALLEL, all_at_once, at, secs, winners};

const MINUTE: Duration = secs(60);

pub(super) fn quota(key: u64, limit: u32) -> Quota {
    Quota { key, limit, window: MINUTE }
}

pub(super) async fn put(stores: &Stores, key: &str, value: &[u8], ttl: u64) {
    stores.short_lived.put(key, value, secs(ttl), at(0)).await.unwrap();
}

pub(super) async fn get(stores: &Stores, key: &str, seconds: i64) -> Option<Vec<u8>> {
    stores.short_lived.get(key, at(seconds)).await.unwrap()
}

pub(super) async fn reserve(stores: &Stores, quotas: &[Quota], seconds: i64) -> Result<(), Duration> {
    stores.short_lived.reserve(quotas, at(seconds)).await.unwrap()
}

pub(super) async fn use_up(stores: &Stores, quota: Quota, seconds: i64) {
    for _ in 0..quota.limit {
        reserve(stores, &[quota], seconds).await.unwrap();
    }
}

/// See the name.
pub async fn a_value_is_read_until_it_expires(stores: Stores) {
    assert_eq!(get(&stores, "key", 0).await, None);
    put(&stores, "key", &[0, 255], 60).await;
    assert_eq!(get(&stores, "key", 0).await, Some(vec![0, 255]));
    assert_eq!(get(&stores, "key", 59).await, Some(vec![0, 255]));
    assert_eq!(get(&stores, "key", 60).await, None);
}

/// See the name.
pub async fn a_value_without_end_stays(stores: Stores) {
    stores.short_lived.put("key", b"x", Duration::MAX, at(0)).await.unwrap();
    assert_eq!(get(&stores, "key", 1_000_000_000).await, Some(b"x".to_vec()));
    assert_eq!(stores.short_lived.remove_expired(at(1_000_000_000)).await.unwrap(), 0);
}

/// See the name.
pub async fn a_put_replaces(stores: Stores) {
    put(&stores, "key", b"one", 60).await;
    put(&stores, "key", b"two", 120).await;
    assert_eq!(get(&stores, "key", 90).await, Some(b"two".to_vec()));
}

/// See the name.
pub async fn keys_are_compared_byte_by_byte(stores: Stores) {
    for (i, key) in ["key", "KEY", "key ", "k\u{e9}y", "ke\u{301}y", ""].into_iter().enumerate() {
        put(&stores, key, &[i as u8], 60).await;
    }
    for (i, key) in ["key", "KEY", "key ", "k\u{e9}y", "ke\u{301}y", ""].into_iter().enumerate() {
        assert_eq!(get(&stores, key, 0).await, Some(vec![i as u8]), "{key:?}");
    }
}

/// See the name.
pub async fn a_value_is_taken_once(stores: Stores) {
    put(&stores, "key", b"x", 60).await;
    assert_eq!(stores.short_lived.take("key", at(1)).await.unwrap(), Some(b"x".to_vec()));
    assert_eq!(stores.short_lived.take("key", at(1)).await.unwrap(), None);
    assert_eq!(get(&stores, "key", 1).await, None);
}

/// See the name.
pub async fn an_expired_value_is_not_taken(stores: Stores) {
    put(&stores, "key", b"x", 60).await;
    assert_eq!(stores.short_lived.take("key", at(60)).await.unwrap(), None);
    assert_eq!(stores.short_lived.take("key", at(0)).await.unwrap(), None);
}

/// See the name.
pub async fn one_of_many_parallel_takers_wins(stores: Stores) {
    put(&stores, "key", b"x", 60).await;
    let won = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { stores.short_lived.take("key", at(1)).await.unwrap().is_some() }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// See the name.
pub async fn a_mark_is_new_once(stores: Stores) {
    assert!(stores.short_lived.insert_new("key", MINUTE, at(0)).await.unwrap());
    assert!(!stores.short_lived.insert_new("key", MINUTE, at(59)).await.unwrap());
    assert_eq!(get(&stores, "key", 59).await, Some(Vec::new()));
    put(&stores, "other", b"x", 60).await;
    assert!(!stores.short_lived.insert_new("other", MINUTE, at(0)).await.unwrap());
    assert_eq!(get(&stores, "other", 0).await, Some(b"x".to_vec()));
}

/// See the name.
pub async fn a_mark_is_new_again_after_its_end(stores: Stores) {
    assert!(stores.short_lived.insert_new("key", MINUTE, at(0)).await.unwrap());
    assert!(stores.short_lived.insert_new("key", MINUTE, at(60)).await.unwrap());
    assert!(!stores.short_lived.insert_new("key", MINUTE, at(119)).await.unwrap());
}

/// See the name.
pub async fn one_of_many_parallel_marks_is_new(stores: Stores) {
    let won = all_at_once(PARALLEL, |_| {
        let stores = stores.clone();
        async move { stores.short_lived.insert_new("key", MINUTE, at(0)).await.unwrap() }
    })
    .await;
    assert_eq!(winners(&won), 1);
}

/// See the name.
pub async fn what_was_seen_expired_stays_so_when_the_clock_steps_back(stores: Stores) {
    put(&stores, "key", b"x", 60).await;
    assert_eq!(get(&stores, "key", 61).await, None);
    assert_eq!(get(&stores, "key", 1).await, None);
    assert_eq!(stores.short_lived.take("key", at(1)).await.unwrap(), None);
}

/// See the name.
pub async fn expired_values_are_forgotten(stores: Stores) {
    put(&stores, "short", b"x", 60).await;
    put(&stores, "long", b"x", 120).await;
    assert_eq!(stores.short_lived.remove_expired(at(59)).await.unwrap(), 0);
    assert_eq!(stores.short_lived.remove_expired(at(60)).await.unwrap(), 1);
    assert_eq!(get(&stores, "long", 60).await, Some(b"x".to_vec()));
}

/// See the name.
pub async fn a_quota_gives_exactly_its_limit(stores: Stores) {
    use_up(&stores, quota(1, 10), 0).await;
    assert!(reserve(&stores, &[quota(1, 10)], 0).await.is_err());
    assert!(reserve(&stores, &[quota(2, 10)], 0).await.is_ok());
    assert!(reserve(&stores, &[], 0).await.is_ok());
}

/// See the name.
pub async fn a_look_at_a_quota_takes_nothing(stores: Stores) {
    let has_left =
        async |quotas: &[Quota], seconds| stores.short_lived.has_left(quotas, at(seconds)).await.unwrap();
    let (one, other) = (quota(1, 2), quota(2, 1));
    for _ in 0..5 {
        assert!(has_left(&[one, other], 0).await);
    }
    use_up(&stores, one, 0).await;
    assert!(!has_left(&[one, other], 0).await && has_left(&[other], 0).await && has_left(&[], 0).await);
    assert!(has_left(&[quota(1, 3)], 0).await, "by the limit that is asked about");
    assert!(!has_left(&[quota(2, 0)], 0).await);
    assert!(has_left(&[one, other], 120).await);
    reserve(&stores, &[other], 0).await.unwrap();
}

/// See the name.
pub async fn two_hundred_at_once_never_pass_the_limit(stores: Stores) {
    let won = all_at_once(200, |_| {
        let stores = stores.clone();
        async move { reserve_in_the_end(&stores, &[quota(1, 10)]).await.is_ok() }
    })
    .await;
    assert_eq!(winners(&won), 10);
}

/// A store that had no turn for somebody has taken nothing from the quota: trying again changes no count.
async fn reserve_in_the_end(stores: &Stores, quotas: &[Quota]) -> Result<(), Duration> {
    for _ in 0..20 {
        if let Ok(answer) = stores.short_lived.reserve(quotas, at(0)).await {
            return answer;
        }
    }
    panic!("the store never had a turn")
}

/// See the name.
pub async fn several_quotas_are_reserved_all_or_none(stores: Stores) {
    use_up(&stores, quota(1, 1), 0).await;
    for _ in 0..5 {
        assert!(reserve(&stores, &[quota(2, 1), quota(1, 1), quota(3, 1)], 0).await.is_err());
    }
    assert!(reserve(&stores, &[quota(2, 1), quota(3, 1)], 0).await.is_ok(), "the refused ones cost nothing");
    assert!(reserve(&stores, &[quota(4, 1), quota(4, 1)], 0).await.is_err(), "one key twice takes two uses");
    assert!(reserve(&stores, &[quota(4, 1)], 0).await.is_ok());
}

/// See the name.
pub async fn the_longest_wait_is_answered(stores: Stores) {
    let long = Quota { key: 2, limit: 1, window: secs(3600) };
    use_up(&stores, quota(1, 1), 0).await;
    use_up(&stores, long, 0).await;
    let wait = reserve(&stores, &[quota(1, 1), long], 0).await.unwrap_err();
    assert!(wait > secs(3600) && wait <= secs(7200), "{wait:?}");
    let wait = reserve(&stores, &[quota(1, 1)], 0).await.unwrap_err();
    assert!(wait > MINUTE && wait <= secs(120), "{wait:?}");
    assert!(stores.short_lived.reserve(&[quota(1, 1)], at(0) + wait).await.unwrap().is_ok());
}

/// See the name.
pub async fn a_window_slides(stores: Stores) {
    use_up(&stores, quota(1, 10), 0).await;
    assert!(reserve(&stores, &[quota(1, 10)], 59).await.is_err());
    assert!(reserve(&stores, &[quota(1, 10)], 60).await.is_err(), "all ten still count");
    for _ in 0..5 {
        reserve(&stores, &[quota(1, 10)], 90).await.unwrap();
    }
    assert!(reserve(&stores, &[quota(1, 10)], 90).await.is_err(), "half of ten, and five");
    use_up(&stores, quota(1, 10), 1000).await;
    assert!(reserve(&stores, &[quota(1, 10)], 1000).await.is_err());
}

/// See the name.
pub async fn a_refund_gives_one_use_back(stores: Stores) {
    use_up(&stores, quota(1, 2), 0).await;
    use_up(&stores, quota(2, 2), 0).await;
    stores.short_lived.refund(&[quota(1, 2), quota(2, 2)], at(0), at(1)).await.unwrap();
    for key in [1, 2] {
        assert!(reserve(&stores, &[quota(key, 2)], 1).await.is_ok());
        assert!(reserve(&stores, &[quota(key, 2)], 1).await.is_err());
    }
}

/// See the name.
pub async fn a_refund_of_nothing_gives_nothing(stores: Stores) {
    for _ in 0..3 {
        stores.short_lived.refund(&[quota(1, 1)], at(0), at(0)).await.unwrap();
    }
    assert!(reserve(&stores, &[quota(1, 1)], 0).await.is_ok());
    assert!(reserve(&stores, &[quota(1, 1)], 0).await.is_err());
}

/// See the name.
pub async fn a_late_refund_gives_back_no_use_of_others(stores: Stores) {
    use_up(&stores, quota(1, 2), 0).await;
    use_up(&stores, quota(1, 2), 125).await;
    stores.short_lived.refund(&[quota(1, 2)], at(0), at(126)).await.unwrap();
    assert!(reserve(&stores, &[quota(1, 2)], 126).await.is_err(), "these two were taken by others");
    stores.short_lived.refund(&[quota(1, 2)], at(125), at(126)).await.unwrap();
    assert!(reserve(&stores, &[quota(1, 2)], 126).await.is_ok());
}

/// See the name.
pub async fn a_cleared_quota_starts_anew(stores: Stores) {
    use_up(&stores, quota(1, 2), 0).await;
    use_up(&stores, quota(2, 2), 0).await;
    stores.short_lived.clear(&[quota(1, 2)]).await.unwrap();
    use_up(&stores, quota(1, 2), 0).await;
    assert!(reserve(&stores, &[quota(2, 2)], 0).await.is_err());
}

/// See the name.
pub async fn a_quota_without_end_waits_for_a_clear(stores: Stores) {
    let endless = Quota { key: 1, limit: 3, window: Duration::MAX };
    use_up(&stores, endless, 0).await;
    assert_eq!(reserve(&stores, &[endless], 1_000_000_000).await, Err(Duration::MAX));
    assert_eq!(stores.short_lived.remove_expired(at(1_000_000_000)).await.unwrap(), 0);
    stores.short_lived.clear(&[endless]).await.unwrap();
    assert!(reserve(&stores, &[endless], 1_000_000_000).await.is_ok());
}

/// See the name.
pub async fn quotas_with_large_keys_are_kept_apart(stores: Stores) {
    for key in [0, 1, u64::MAX, u64::MAX - 1, 1 << 63] {
        use_up(&stores, quota(key, 1), 0).await;
        assert!(reserve(&stores, &[quota(key, 1)], 0).await.is_err());
    }
}

/// See the name.
pub async fn a_clock_that_steps_back_unlocks_no_quota(stores: Stores) {
    use_up(&stores, quota(1, 3), 0).await;
    assert!(reserve(&stores, &[quota(1, 3)], -100_000).await.is_err());
    assert!(reserve(&stores, &[quota(1, 3)], -61).await.is_err());
    assert!(reserve(&stores, &[quota(1, 3)], 1).await.is_err());
}

/// See the name.
pub async fn quotas_that_no_longer_count_are_forgotten(stores: Stores) {
    use_up(&stores, quota(1, 1), 0).await;
    use_up(&stores, quota(2, 1), 100).await;
    assert_eq!(stores.short_lived.remove_expired(at(119)).await.unwrap(), 0);
    assert_eq!(stores.short_lived.remove_expired(at(121)).await.unwrap(), 1);
    assert!(reserve(&stores, &[quota(2, 1)], 121).await.is_err());
}
