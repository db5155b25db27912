//! The scenarios on each database, with the Django between the oldest and the newest.

macro_rules! on {
    ($cases:tt $($module:ident = $database:ident,)+) => {
        $(pub(crate) mod $module {
            on! { @cases $database $cases }
        })+
    };
    (@cases $database:ident [$($case:ident)+]) => {
        use conformance::{DjangoDatabase, DjangoKind, DjangoUsers, DjangoVersion, Framework};

        const KIND: DjangoKind = DjangoKind {
            version: DjangoVersion::V5_2,
            database: DjangoDatabase::$database,
            users: DjangoUsers::Djangos,
        };

        $(pub(crate) fn $case(on: Framework) {
            crate::both::$case(on, KIND);
        })+
    };
}

on! {
    [
        users_made_in_django_log_in_here
        users_made_here_log_in_to_django
        a_password_changed_on_either_side_ends_the_sessions_of_both
        a_django_session_is_exchanged_for_ours
        a_django_session_outlives_our_upgrade_of_its_hash
    ]
    postgres = Postgres,
    sqlite = Sqlite,
}
