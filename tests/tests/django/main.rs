//! A real Django project and each example app over one database: users made on one side log in on the other.

#![expect(clippy::unwrap_used, reason = "a scenario that fails is a test that panics")]

mod both;
mod databases;
mod own_model;
mod versions;

use self::databases::{postgres, sqlite};

conformance::scenarios! {
    postgres {
        users_made_in_django_log_in_here,
        users_made_here_log_in_to_django,
        a_password_changed_on_either_side_ends_the_sessions_of_both,
        a_django_session_is_exchanged_for_ours,
        a_django_session_outlives_our_upgrade_of_its_hash,
    }
    sqlite {
        users_made_in_django_log_in_here,
        users_made_here_log_in_to_django,
        a_password_changed_on_either_side_ends_the_sessions_of_both,
        a_django_session_is_exchanged_for_ours,
        a_django_session_outlives_our_upgrade_of_its_hash,
    }
}
