//! The scenarios with the oldest and the newest Django, and with the one between them on MySQL. What may differ is the database that they
//! leave, so one framework is enough.

macro_rules! with {
    ($cases:tt $($module:ident = $version:ident on $database:ident,)+) => {
        $(mod $module {
            with! { @cases $version $database $cases }
        })+
    };
    (@cases $version:ident $database:ident [$($case:ident)+]) => {
        use conformance::{DjangoDatabase, DjangoKind, DjangoUsers, DjangoVersion, Framework};

        const KIND: DjangoKind = DjangoKind {
            version: DjangoVersion::$version,
            database: DjangoDatabase::$database,
            users: DjangoUsers::Djangos,
        };

        $(#[test]
        fn $case() {
            crate::both::$case(Framework::Axum, KIND);
        })+
    };
}

with! {
    [
        users_made_in_django_log_in_here
        users_made_here_log_in_to_django
        a_password_changed_on_either_side_ends_the_sessions_of_both
        a_django_session_is_exchanged_for_ours
        a_django_session_outlives_our_upgrade_of_its_hash
    ]
    django_4_2 = V4_2 on Sqlite,
    django_5_2_on_mysql = V5_2 on MySql,
    django_6_1 = V6_1 on Sqlite,
}
