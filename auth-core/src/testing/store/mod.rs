//! The store conformance suite: each contract of the store traits as cases that every backend runs.
//!
//! [`store_conformance!`](crate::store_conformance) makes a test of each case. A backend's test file is no more than:
//!
//! ```
//! mod conformance {
//!     auth_core::store_conformance!(auth_core::store::MemoryStore::new());
//! }
//! ```
//!
//! The expression is evaluated once per test, in an async context, and gives a fresh, migrated
//! [`Backend`](crate::store::Backend). It is kept until the test ends, so it may own a temporary directory.
//!
//! A backend that keeps several tenants in one database has the cases of
//! [`tenant_conformance!`](crate::tenant_conformance) too, which takes two of them, and runs the whole suite for one tenant where
//! another has the same data already: `store_conformance!(run by name)` hands each case to an async function of that name.
//!
//! One that is shared by several programs runs [`processes`] as well: 50 callers in two of them.

pub mod audit;
pub mod batches;
pub mod broadcast;
pub mod clients;
pub mod consents;
pub mod endings;
pub mod factors;
pub mod keys;
pub mod linked_accounts;
pub mod login_names;
pub mod outbox;
pub mod processes;
pub mod refresh;
pub mod sessions;
pub mod short_lived;
pub mod tenants;
pub mod unlinking;
pub mod users;

use std::time::Duration;

use crate::clock::Timestamp;

/// How many callers the atomicity cases start at once.
const PARALLEL: usize = 50;

/// The moment `seconds` after the start of every case.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000 + seconds)
}

const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Runs `call(0)`, `call(1)`, … as tasks of their own, all let loose at the same moment.
async fn all_at_once<T, F>(count: usize, call: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = std::sync::Arc::new(tokio::sync::Semaphore::new(0));
    let tasks: Vec<_> = (0..count)
        .map(|i| {
            let (start, future) = (start.clone(), call(i));
            tokio::spawn(async move {
                let _go = start.acquire().await;
                future.await
            })
        })
        .collect();
    start.add_permits(count);
    let mut answers = Vec::with_capacity(count);
    for task in tasks {
        answers.push(task.await.expect("a call does not panic"));
    }
    answers
}

/// How many of the answers are yes.
fn winners(answers: &[bool]) -> usize {
    answers.iter().filter(|won| **won).count()
}

/// Makes one `#[tokio::test]` of each case of the suite, in modules named after the stores. See
/// [`testing::store`](crate::testing::store). The crate that uses it needs tokio with `macros` and `rt-multi-thread`.
#[macro_export]
macro_rules! store_conformance {
    (run by $runner:ident) => {
        $crate::__store_cases! { $runner users,
            an_inserted_account_is_found_by_id_name_and_address
            an_unknown_account_is_none_and_no_error
            every_field_survives_the_store
            the_language_of_an_account_is_kept_and_changed
            names_that_differ_in_case_width_or_composition_clash
            addresses_that_differ_in_case_or_domain_form_clash
            canonical_forms_are_compared_byte_by_byte
            a_name_and_an_address_never_answer_for_each_other
            a_taken_name_changes_nothing
            one_of_many_parallel_inserts_gets_the_name
            an_id_is_never_taken_twice
            an_account_may_change_the_writing_of_its_own_name
            a_renamed_account_frees_its_old_name
            an_update_leaves_what_it_does_not_name
            an_update_of_nobody_is_none
            switching_off_raises_the_epoch_once
            a_removed_account_is_gone_and_its_name_free
            permissions_are_effective_sorted_and_without_repetition
            a_group_change_is_visible_at_the_next_look
            leaving_a_group_takes_its_permissions_away
            a_password_is_set_with_the_epoch_raised
            a_password_is_set_only_over_the_expected_one
            one_of_many_parallel_password_changes_wins
            a_rehash_keeps_the_epoch_and_loses_against_a_change
            every_parallel_raise_of_the_epoch_counts
            the_last_login_never_moves_back
        }
        $crate::__store_cases! { $runner batches,
            a_batch_adds_what_does_not_clash_and_says_what_does
            an_account_of_a_batch_is_the_same_as_one_that_was_added_alone
            of_many_parallel_batches_each_name_is_added_once
            a_walk_through_the_list_sees_every_account_once_in_order
            a_group_is_added_only_where_there_is_none
            groups_are_listed_by_name
        }
        $crate::__store_cases! { $runner login_names,
            an_account_is_found_by_its_further_names_in_any_case
            a_further_name_that_is_an_address_is_not_the_accounts_address
            a_further_name_and_an_address_never_answer_for_each_other
            a_further_name_takes_names_and_addresses_from_others
            further_names_are_replaced_whole_or_left_alone
            further_names_go_with_their_account
            a_batch_says_whose_further_names_are_taken
            one_of_many_parallel_takers_gets_the_further_name
        }
        $crate::__store_cases! { $runner endings,
            an_ending_stands_in_the_account_until_it_is_taken_back
            accounts_are_listed_once_their_ending_has_come
            an_account_is_removed_only_while_it_is_to_go
            an_account_that_somebody_uses_is_no_mere_registration
            who_was_logged_in_by_signing_up_has_to_come_back
            who_was_switched_off_or_belongs_to_the_staff_does_not_go
            one_of_many_parallel_removals_erases_the_account
            an_account_is_opened_again_or_removed_and_never_both
        }
        $crate::__store_cases! { $runner sessions,
            an_inserted_session_is_found_with_all_its_fields
            an_unknown_session_is_none_and_no_error
            a_session_comes_with_its_user_as_that_is_now
            keys_that_differ_in_one_bit_are_different
            a_touch_moves_forward_and_never_back
            a_touch_after_the_end_does_not_resurrect
            data_is_written_only_over_the_expected_version
            one_of_many_parallel_data_writes_wins
            the_provider_of_a_session_stays_with_it
            a_data_write_after_the_end_does_not_resurrect
            a_touch_keeps_the_data
            replacing_kills_the_old_key
            replacing_what_is_gone_changes_nothing
            a_replacement_made_from_older_data_changes_nothing
            no_data_is_lost_between_parallel_writes_and_replacements
            one_of_many_parallel_replacements_wins
            a_logout_beats_a_later_replacement
            a_logout_beside_a_replacement_ends_what_came_of_it
            removing_answers_whether_there_was_one
            a_list_holds_the_users_own_sessions_newest_first
            a_session_is_removed_by_handle_only_for_its_owner
            all_sessions_but_one_end_together
            all_sessions_end_together
            the_oldest_make_room
            the_maximum_holds_under_parallel_logins
            expired_and_idle_sessions_are_forgotten
        }
        $crate::__store_cases! { $runner refresh,
            a_family_is_found_with_all_its_fields
            a_rotation_moves_on_from_the_expected_token_only
            one_of_many_parallel_rotations_wins
            a_rotation_after_the_end_does_not_resurrect
            a_family_is_removed_once
            families_end_with_their_session
            families_are_listed_by_their_user_newest_first
            families_end_with_their_user
            expired_and_idle_families_are_forgotten
        }
        $crate::__store_cases! { $runner keys,
            keys_are_listed_oldest_first_with_all_their_fields
            a_rotation_gives_the_others_their_end
            a_rotation_with_a_wrong_expectation_changes_nothing
            one_of_many_parallel_rotations_wins
            a_key_is_sealed_anew_where_nobody_was_first
            gone_keys_are_forgotten
        }
        $crate::__store_cases! { $runner clients,
            a_client_is_found_by_its_id_with_all_its_fields
            an_id_is_taken_once
            a_client_is_changed_only_as_it_was_seen
            clients_are_listed_by_their_ids_and_removed_once
            clients_that_have_expired_are_removed_and_no_others
        }
        $crate::__store_cases! { $runner short_lived,
            a_value_is_read_until_it_expires
            a_value_without_end_stays
            a_put_replaces
            keys_are_compared_byte_by_byte
            a_value_is_taken_once
            an_expired_value_is_not_taken
            one_of_many_parallel_takers_wins
            a_mark_is_new_once
            a_mark_is_new_again_after_its_end
            one_of_many_parallel_marks_is_new
            what_was_seen_expired_stays_so_when_the_clock_steps_back
            expired_values_are_forgotten
            a_look_at_a_quota_takes_nothing
            a_quota_gives_exactly_its_limit
            two_hundred_at_once_never_pass_the_limit
            several_quotas_are_reserved_all_or_none
            the_longest_wait_is_answered
            a_window_slides
            a_refund_gives_one_use_back
            a_refund_of_nothing_gives_nothing
            a_late_refund_gives_back_no_use_of_others
            a_cleared_quota_starts_anew
            a_quota_without_end_waits_for_a_clear
            quotas_with_large_keys_are_kept_apart
            a_clock_that_steps_back_unlocks_no_quota
            quotas_that_no_longer_count_are_forgotten
        }
        $crate::__store_cases! { $runner broadcast,
            a_message_is_heard_by_all_who_listen_and_by_whoever_sends_it
            a_message_of_any_text_is_heard_as_it_was_sent
        }
        $crate::__store_cases! { $runner linked_accounts,
            a_linked_account_is_found_with_all_its_fields
            an_unknown_account_is_none_and_no_error
            an_identity_is_issuer_and_subject_byte_by_byte
            a_taken_identity_or_id_changes_nothing
            one_of_many_parallel_links_gets_the_identity
            a_user_is_added_together_with_the_first_account
            a_taken_user_name_leaves_no_account
            a_taken_identity_leaves_no_user
            of_several_attachments_all_are_added_or_none
            an_attachment_of_an_unknown_kind_is_unsupported_and_adds_nobody
            one_of_many_parallel_first_logins_makes_the_user
            accounts_are_listed_oldest_first_and_of_their_user_only
            accounts_of_everybody_are_walked_through_page_by_page
            accounts_go_with_their_user
            a_login_is_noted_and_never_moves_back
            tokens_are_written_only_over_the_expected_version
            one_of_many_parallel_token_writes_wins
        }
        $crate::__store_cases! { $runner factors,
            a_factor_is_found_with_all_its_fields
            an_unknown_factor_is_none_and_no_error
            young_factors_go_with_a_change_and_older_ones_stay
            a_handle_is_unique_within_its_kind_byte_by_byte
            factors_of_everybody_are_walked_through_page_by_page
            a_counter_moves_forward_only
            one_of_many_parallel_uses_of_a_step_wins
            a_factor_is_taken_once_and_only_by_its_owner
            one_of_many_parallel_takers_gets_the_factor
            a_factor_is_renamed_and_removed_only_for_its_owner
            data_are_written_only_over_the_expected_ones
            factors_that_have_ended_are_forgotten
            a_factor_takes_the_place_of_one_with_the_same_handle
            factors_come_with_a_change_of_the_account_or_not_at_all
            every_factor_goes_with_a_change_that_says_so
            one_of_many_parallel_first_factors_is_added
            an_account_is_made_together_with_a_factor
            factors_go_with_their_user
        }
        $crate::__store_cases! { $runner consents,
            a_consent_is_found_with_all_its_fields
            a_consent_takes_the_place_of_the_one_before_and_keeps_when_that_was_first_given
            consents_are_listed_by_client_and_of_their_user_only
            a_consent_is_removed_once_and_only_for_its_user
            what_comes_with_a_consent_is_there_if_and_only_if_that_is
            consents_go_with_their_user
        }
        $crate::__store_cases! { $runner unlinking,
            an_account_is_unlinked_only_for_its_owner
            an_account_that_another_one_has_to_replace_goes_only_if_that_is_left
            what_comes_with_a_link_is_there_if_and_only_if_that_is
            what_comes_with_unlinking_is_there_if_and_only_if_something_went
            parallel_unlinking_keeps_the_last_account
            an_account_and_a_factor_that_count_on_each_other_do_not_both_go
        }
        $crate::__store_cases! { $runner outbox,
            a_letter_is_claimed_with_all_its_fields_and_one_attempt_more
            letters_are_claimed_in_the_order_in_which_they_are_due
            letters_of_another_kind_are_left_as_they_are
            a_letter_that_is_put_off_or_removed_is_not_claimed
            one_of_many_parallel_claims_gets_the_letter
            somebody_signs_up_together_with_the_letter
            where_the_address_is_taken_the_letter_is_posted_alone
            where_the_name_is_taken_nothing_is_posted
            of_many_parallel_sign_ups_with_one_address_one_gets_it
            a_change_is_there_with_all_that_comes_with_it
            a_password_is_taken_away_by_a_change
            a_change_of_what_is_not_as_it_was_read_changes_nothing
            a_change_that_clashes_leaves_no_letter
            a_change_takes_an_address_from_whoever_did_not_prove_it
            one_of_many_parallel_changes_that_end_sessions_wins
        }
        $crate::__store_cases! { $runner audit,
            an_event_is_read_with_all_its_fields
            events_are_listed_by_their_filter_in_both_orders
            events_and_letters_are_recorded_together_or_not_at_all
            an_event_comes_with_a_new_account_or_not_at_all
            an_event_comes_with_a_change_or_not_at_all
            a_sign_up_tells_of_the_account_or_of_the_taken_address
            a_login_is_noted_with_its_event
            of_many_parallel_changes_as_many_events_are_there_as_were_made
            an_erased_account_leaves_a_pseudonym_and_no_address
            the_events_of_an_account_from_elsewhere_get_a_pseudonym
            events_before_a_moment_are_forgotten
        }
    };
    ($backend:expr) => {
        #[cfg(test)]
        async fn run_on_fresh_backend(case: impl AsyncFnOnce($crate::store::Stores)) {
            let backend = $backend;
            case($crate::store::Backend::stores(&backend)).await;
        }

        $crate::store_conformance!(run by run_on_fresh_backend);
    };
}

/// Makes one `#[tokio::test]` of each case that two tenants of one database are the subject of. The expression is evaluated once per
/// test, in an async context, and gives a pair of [`Backend`](crate::store::Backend)s: two tenants in one fresh, migrated database.
/// `tenant_conformance!(run by name)` hands each case to an async function of that name.
#[macro_export]
macro_rules! tenant_conformance {
    (run by $runner:ident) => {
        $crate::__store_cases! { $runner tenants,
            the_same_accounts_stand_in_both
            a_removed_account_stays_in_the_other
            a_batch_clashes_with_its_own_tenant_only
            groups_give_what_they_give_in_their_tenant
            sessions_with_the_same_key_end_apart
            what_expires_in_one_is_no_business_of_the_other
            families_with_the_same_key_rotate_and_end_apart
            values_and_quotas_are_used_up_apart
            each_has_signing_keys_of_its_own
            the_same_identity_is_linked_in_both
            the_same_factors_stand_in_both
            each_has_clients_of_its_own
            the_same_consents_stand_in_both
            what_is_sent_in_one_is_not_heard_in_the_other
            what_happened_in_one_is_not_told_in_the_other
        }
    };
    ($pair:expr) => {
        #[cfg(test)]
        async fn run_on_fresh_pair(case: impl AsyncFnOnce([$crate::store::Stores; 2])) {
            let (one, other) = $pair;
            let stores = [$crate::store::Backend::stores(&one), $crate::store::Backend::stores(&other)];
            case(stores).await;
        }

        $crate::tenant_conformance!(run by run_on_fresh_pair);
    };
}

/// The tests of one store; used by [`store_conformance!`](crate::store_conformance).
#[doc(hidden)]
#[macro_export]
macro_rules! __store_cases {
    ($runner:ident $store:ident, $($case:ident)+) => {
        #[cfg(test)]
        mod $store {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    super::$runner($crate::testing::store::$store::$case).await;
                }
            )+
        }
    };
}

#[cfg(test)]
mod tests {
    crate::store_conformance!(crate::store::MemoryStore::new());

    /// Two stores of their own are what two tenants of a database have to be like.
    mod apart {
        use crate::store::MemoryStore;

        crate::tenant_conformance!((MemoryStore::new(), MemoryStore::new()));
    }

    #[test]
    fn every_case_is_listed() {
        let list = include_str!("mod.rs");
        for source in [
            include_str!("users.rs"),
            include_str!("batches.rs"),
            include_str!("login_names.rs"),
            include_str!("endings.rs"),
            include_str!("sessions/mod.rs"),
            include_str!("sessions/data.rs"),
            include_str!("sessions/replacement.rs"),
            include_str!("refresh.rs"),
            include_str!("keys.rs"),
            include_str!("short_lived.rs"),
            include_str!("broadcast.rs"),
            include_str!("linked_accounts.rs"),
            include_str!("factors.rs"),
            include_str!("consents.rs"),
            include_str!("outbox.rs"),
            include_str!("audit.rs"),
            include_str!("tenants.rs"),
        ] {
            for line in source.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
                let name = line.split('(').next().unwrap();
                assert!(list.lines().any(|line| line.trim() == name), "{name} is not listed");
            }
        }
    }
}
