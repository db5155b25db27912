//! Users in a Django database: the conformance suite of the core as far as Django's tables keep the same rules, and what is their
//! own. The tables are spelled out here, save for the databases that real projects left behind; `tests/` has a Django that runs.
//!
//! PostgreSQL is at `TEST_POSTGRES_URL`, MySQL or MariaDB at `TEST_MYSQL_URL`. Where one is unset, its tests are skipped and say so;
//! where `CI` is set, they fail.
#![cfg(all(feature = "django", feature = "mysql", feature = "postgres", feature = "sqlite"))]
#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod home;
mod left_behind;
mod models;
mod own_tables;
mod rules;
mod silence;
mod start;

/// The cases of the suite that hold for Django's tables. The others say that names differing in case clash, and that a removed
/// account is gone: Django tells such names apart, and removes its users itself.
macro_rules! conformance {
    ($name:ident, $home:expr) => {
        mod $name {
            use crate::home::{Fresh, Home};

            async fn fresh(case: impl AsyncFnOnce(auth_core::store::Stores)) {
                let Some(home) = $home.await else { return };
                let fresh = Fresh::new(home).await;
                case(auth_core::store::Backend::stores(&fresh.backend)).await;
            }

            $crate::conformance! { @cases users
                an_unknown_account_is_none_and_no_error
                every_field_survives_the_store
                canonical_forms_are_compared_byte_by_byte
                an_id_is_never_taken_twice
                an_update_leaves_what_it_does_not_name
                an_update_of_nobody_is_none
                switching_off_raises_the_epoch_once
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
            $crate::conformance! { @cases batches
                a_walk_through_the_list_sees_every_account_once_in_order
                a_group_is_added_only_where_there_is_none
                groups_are_listed_by_name
            }
        }
    };
    (@cases $of:ident $($case:ident)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $case() {
                fresh(auth_core::testing::store::$of::$case).await;
            }
        )+
    };
}
pub(crate) use conformance;

conformance!(on_sqlite, Home::sqlite());
conformance!(on_mysql, Home::mysql());
conformance!(on_postgres, Home::postgres());
