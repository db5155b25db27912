//! The scenarios on PostgreSQL.

use conformance::{DjangoDatabase, DjangoKind, DjangoVersion, Framework};

use crate::both;

const KIND: DjangoKind = DjangoKind { version: DjangoVersion::V5_2, database: DjangoDatabase::Postgres };

pub(crate) fn users_made_in_django_log_in_here(on: Framework) {
    both::users_made_in_django_log_in_here(on, KIND);
}

pub(crate) fn users_made_here_log_in_to_django(on: Framework) {
    both::users_made_here_log_in_to_django(on, KIND);
}

pub(crate) fn a_password_changed_on_either_side_ends_the_sessions_of_both(on: Framework) {
    both::a_password_changed_on_either_side_ends_the_sessions_of_both(on, KIND);
}

pub(crate) fn a_django_session_is_exchanged_for_ours(on: Framework) {
    both::a_django_session_is_exchanged_for_ours(on, KIND);
}

pub(crate) fn a_django_session_outlives_our_upgrade_of_its_hash(on: Framework) {
    both::a_django_session_outlives_our_upgrade_of_its_hash(on, KIND);
}
