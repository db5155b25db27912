//! Every statement, with the table prefix put in once at connect.

use std::sync::Arc;

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite};

/// The text of a statement.
#[derive(Clone)]
pub(super) struct Statement(Arc<str>);

impl Statement {
    /// Puts the prefix in the place of each `{p}`. It is checked beforehand to be no more than a piece of a name.
    pub(super) fn render(template: &str, prefix: &str) -> Self {
        Self(template.replace("{p}", prefix).into())
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    pub(super) fn query(&self) -> Query<'static, Sqlite, SqliteArguments> {
        sqlx::query(AssertSqlSafe(self.0.clone()))
    }
}

macro_rules! statements {
    ($($name:ident = $text:expr;)+) => {
        pub(super) struct Statements {
            pub(super) prefix: String,
            $(pub(super) $name: Statement,)+
        }

        impl Statements {
            pub(super) fn render(prefix: &str) -> Self {
                Self { prefix: prefix.to_owned(), $($name: Statement::render($text, prefix),)+ }
            }
        }
    };
}

macro_rules! user_columns {
    () => {
        "id, username, email, email_verified, is_active, is_staff, is_superuser, auth_epoch, date_joined, last_login, \
         groups, direct_permissions, permissions, attributes, password"
    };
}

/// The parameters of an insert, in this order, and the effective permissions, which begin as the direct ones.
macro_rules! inserted_columns {
    () => {
        "id, username, username_canonical, email, email_canonical, email_verified, password, is_active, is_staff, \
         is_superuser, auth_epoch, date_joined, last_login, groups, direct_permissions, attributes, permissions"
    };
}

macro_rules! session_columns {
    () => {
        "handle, user_id, epoch, created_at, last_seen_at, expires_at, auth_time, amr, remember, ip, user_agent, data, \
         data_version"
    };
}

macro_rules! family_columns {
    () => {
        "sid, client_id, user_id, epoch, scope, session, auth_time, amr, created_at, expires_at, current, rotated_at, \
         previous_hash, previous_salt, previous_key_version"
    };
}

macro_rules! linked_account_columns {
    () => {
        "id, provider, issuer, subject, user_id, email, name, created_at, last_login_at, tokens, tokens_version"
    };
}

macro_rules! key_columns {
    () => {
        "kid, algorithm, sealed, announced_at, active_from, retire_from, gone_from"
    };
}

/// Where the next stretch of a table starts, after the thousand rows from `?1` on.
macro_rules! next_stretch {
    ($table:literal) => {
        concat!("SELECT key FROM {p}", $table, " WHERE key >= ?1 ORDER BY key LIMIT 1 OFFSET 1000")
    };
}

/// Removes what has ended in the stretch from `?1` on.
macro_rules! remove_in_stretch {
    ($table:literal, $ended:literal) => {
        concat!(
            "DELETE FROM {p}",
            $table,
            " WHERE key IN (SELECT key FROM {p}",
            $table,
            " WHERE key >= ?1 ORDER BY key LIMIT 1000) AND (",
            $ended,
            ")"
        )
    };
}

/// The effective permissions: the direct ones and those of all groups, sorted byte by byte, each once.
macro_rules! settle {
    () => {
        "UPDATE {p}users SET permissions = (SELECT json_group_array(permission) FROM ( \
           SELECT value AS permission FROM json_each({p}users.direct_permissions) \
           UNION \
           SELECT given.value FROM {p}user_groups AS member JOIN {p}groups AS grp ON grp.name = member.group_name, \
             json_each(grp.permissions) AS given WHERE member.user_id = {p}users.id \
           ORDER BY 1)) "
    };
}

statements! {
    user_by_id = concat!("SELECT ", user_columns!(), " FROM {p}users WHERE id = ?1");
    user_by_username = concat!(
        "SELECT ", user_columns!(), " FROM {p}users WHERE id = coalesce( \
           (SELECT id FROM {p}users WHERE username_canonical = ?1), \
           (SELECT user_id FROM {p}user_login_names WHERE name = ?1 AND is_address = 0))"
    );
    user_by_email = concat!(
        "SELECT ", user_columns!(), " FROM {p}users WHERE id = coalesce( \
           (SELECT id FROM {p}users WHERE email_canonical = ?1), \
           (SELECT user_id FROM {p}user_login_names WHERE name = ?1 AND is_address = 1))"
    );
    // Whether the name or the address of an account is a further name of another.
    is_further_name = "SELECT EXISTS (SELECT 1 FROM {p}user_login_names WHERE user_id <> ?1 \
        AND ((name = ?2 AND is_address = 0) OR (name = ?3 AND is_address = 1)))";
    login_names = "SELECT text FROM {p}user_login_names WHERE user_id = ?1 ORDER BY name, is_address";
    // None where it is another account's name or address.
    add_login_name = "INSERT INTO {p}user_login_names (name, is_address, text, user_id) SELECT ?1, ?2, ?3, ?4 WHERE NOT EXISTS ( \
        SELECT 1 FROM {p}users WHERE id <> ?4 AND username_canonical = ?1 AND NOT ?2) AND NOT EXISTS ( \
        SELECT 1 FROM {p}users WHERE id <> ?4 AND email_canonical = ?1 AND ?2)";
    clear_login_names = "DELETE FROM {p}user_login_names WHERE user_id = ?1";
    insert_user = concat!(
        "INSERT INTO {p}users (", inserted_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?15)"
    );
    // One statement for a batch: sent one by one, the rows would cost more on their way to SQLite than in it. Materialised,
    // because json_each writes its value anew each time it is mentioned.
    insert_users = concat!(
        "WITH batch (new) AS MATERIALIZED (SELECT value FROM json_each(?1)) INSERT INTO {p}users (",
        inserted_columns!(),
        ") SELECT new ->> 0, new ->> 1, new ->> 2, new ->> 3, new ->> 4, new ->> 5, new ->> 6, new ->> 7, new ->> 8, \
         new ->> 9, new ->> 10, new ->> 11, new ->> 12, new ->> 13, new ->> 14, new ->> 15, new ->> 14 \
         FROM batch"
    );
    // Those of a batch of ids, names and addresses that are taken, by their place in it.
    user_clashes = "WITH batch (place, new) AS MATERIALIZED (SELECT key, value FROM json_each(?1)), \
        clash (place, id, username, email, login_name) AS MATERIALIZED (SELECT place, \
          EXISTS (SELECT 1 FROM {p}users WHERE id = new ->> 0), \
          EXISTS (SELECT 1 FROM {p}users WHERE username_canonical = new ->> 1) \
            OR EXISTS (SELECT 1 FROM {p}user_login_names WHERE name = new ->> 1 AND is_address = 0), \
          EXISTS (SELECT 1 FROM {p}users WHERE email_canonical = new ->> 2) \
            OR EXISTS (SELECT 1 FROM {p}user_login_names WHERE name = new ->> 2 AND is_address = 1), \
          EXISTS (SELECT 1 FROM json_each(new -> 3) AS further \
            WHERE EXISTS (SELECT 1 FROM {p}user_login_names \
              WHERE name = further.value ->> 0 AND is_address = further.value ->> 1) \
            OR EXISTS (SELECT 1 FROM {p}users WHERE username_canonical = further.value ->> 0 AND NOT further.value ->> 1) \
            OR EXISTS (SELECT 1 FROM {p}users WHERE email_canonical = further.value ->> 0 AND further.value ->> 1)) \
          FROM batch) \
        SELECT place, id, username, email FROM clash WHERE id OR username OR email OR login_name";
    add_login_names = "INSERT INTO {p}user_login_names (name, is_address, text, user_id) \
        SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)";
    list_users = concat!(
        "SELECT ", user_columns!(), " FROM {p}users WHERE id > coalesce(?1, '') ORDER BY id LIMIT ?2"
    );
    update_user = "UPDATE {p}users SET username = ?2, username_canonical = ?3, email = ?4, email_canonical = ?5, \
        email_verified = ?6, is_active = ?7, is_staff = ?8, is_superuser = ?9, auth_epoch = ?10, groups = ?11, \
        direct_permissions = ?12, attributes = ?13 WHERE id = ?1";
    remove_user = "DELETE FROM {p}users WHERE id = ?1";
    rehash_password = "UPDATE {p}users SET password = ?3 WHERE id = ?1 AND password = ?2";
    set_password = "UPDATE {p}users SET password = ?3, auth_epoch = auth_epoch + 1 \
        WHERE id = ?1 AND (?2 IS NULL OR password = ?2) RETURNING auth_epoch";
    raise_epoch = "UPDATE {p}users SET auth_epoch = auth_epoch + 1 WHERE id = ?1 RETURNING auth_epoch";
    record_login = "UPDATE {p}users SET last_login = ?2 WHERE id = ?1 AND (last_login IS NULL OR last_login < ?2)";
    list_groups = "SELECT name, permissions FROM {p}groups ORDER BY name";
    clear_memberships = "DELETE FROM {p}user_groups WHERE user_id = ?1";
    add_membership = "INSERT INTO {p}user_groups (group_name, user_id) VALUES (?1, ?2)";
    make_group = "INSERT INTO {p}groups (name, permissions) VALUES (?1, '[]') ON CONFLICT (name) DO NOTHING";
    put_group = "INSERT INTO {p}groups (name, permissions) VALUES (?1, ?2) \
        ON CONFLICT (name) DO UPDATE SET permissions = excluded.permissions";
    add_group = "INSERT INTO {p}groups (name, permissions) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING";
    make_groups = "INSERT INTO {p}groups (name, permissions) SELECT DISTINCT joined.value, '[]' \
        FROM json_each(?1) AS member, json_each(member.value ->> 1) AS joined WHERE true ON CONFLICT (name) DO NOTHING";
    add_memberships = "INSERT INTO {p}user_groups (group_name, user_id) SELECT joined.value, member.value ->> 0 \
        FROM json_each(?1) AS member, json_each(member.value ->> 1) AS joined";
    settle_members = concat!(settle!(), "WHERE id IN (SELECT value ->> 0 FROM json_each(?1))");
    settle_user = concat!(settle!(), "WHERE id = ?1");
    settle_group =
        concat!(settle!(), "WHERE id IN (SELECT user_id FROM {p}user_groups WHERE group_name = ?1)");

    session_by_key = concat!("SELECT ", session_columns!(), " FROM {p}sessions WHERE key = ?1");
    sessions_by_user = concat!(
        "SELECT ", session_columns!(), " FROM {p}sessions WHERE user_id = ?1 ORDER BY created_at DESC, handle DESC"
    );
    insert_session = concat!(
        "INSERT INTO {p}sessions (key, ", session_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
    );
    make_room = "DELETE FROM {p}sessions WHERE key IN (SELECT key FROM {p}sessions WHERE user_id = ?1 \
        ORDER BY created_at DESC, handle DESC LIMIT -1 OFFSET ?2)";
    touch_session = "UPDATE {p}sessions SET last_seen_at = ?2 WHERE key = ?1 AND last_seen_at < ?2";
    write_data = "UPDATE {p}sessions SET data = ?3, data_version = ?2 + 1 WHERE key = ?1 AND data_version = ?2";
    replace_session = "DELETE FROM {p}sessions WHERE key = ?1 AND data_version = ?2";
    remove_session = "DELETE FROM {p}sessions WHERE key = ?1";
    remove_session_by_handle = "DELETE FROM {p}sessions WHERE user_id = ?1 AND handle = ?2";
    remove_sessions_by_user =
        "DELETE FROM {p}sessions WHERE user_id = ?1 AND (?2 IS NULL OR handle <> ?2) RETURNING handle";
    next_sessions = next_stretch!("sessions");
    remove_expired_sessions = remove_in_stretch!("sessions", "expires_at < ?2 OR last_seen_at < ?3");

    family_by_key = concat!("SELECT ", family_columns!(), " FROM {p}refresh_families WHERE key = ?1");
    families_by_user = concat!(
        "SELECT ", family_columns!(), ", key FROM {p}refresh_families WHERE user_id = ?1 ORDER BY created_at DESC"
    );
    insert_family = concat!(
        "INSERT INTO {p}refresh_families (key, ", family_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    );
    rotate_family = "UPDATE {p}refresh_families SET current = ?3, rotated_at = ?4, previous_hash = ?5, \
        previous_salt = ?6, previous_key_version = ?7 WHERE key = ?1 AND current = ?2";
    remove_family = concat!("DELETE FROM {p}refresh_families WHERE key = ?1 RETURNING ", family_columns!());
    remove_families_by_session = "DELETE FROM {p}refresh_families WHERE session = ?1 RETURNING sid";
    remove_families_by_user = "DELETE FROM {p}refresh_families WHERE user_id = ?1 RETURNING sid";
    next_families = next_stretch!("refresh_families");
    remove_expired_families =
        remove_in_stretch!("refresh_families", "expires_at < ?2 OR rotated_at < ?3");

    linked_account_by_subject = concat!(
        "SELECT ", linked_account_columns!(), " FROM {p}linked_accounts WHERE issuer = ?1 AND subject = ?2"
    );
    linked_accounts_by_user = concat!(
        "SELECT ", linked_account_columns!(),
        " FROM {p}linked_accounts WHERE user_id = ?1 ORDER BY created_at, id"
    );
    linked_account_of_user = "SELECT id FROM {p}linked_accounts WHERE id = ?1 AND user_id = ?2";
    insert_linked_account = concat!(
        "INSERT INTO {p}linked_accounts (", linked_account_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
    );
    remove_linked_account = "DELETE FROM {p}linked_accounts WHERE id = ?1 AND user_id = ?2 \
        AND (?3 IS NULL OR EXISTS (SELECT 1 FROM {p}linked_accounts WHERE user_id = ?2 AND id <> ?1 \
        AND lower(hex(id)) IN (SELECT value FROM json_each(?3))))";
    record_linked_login = "UPDATE {p}linked_accounts SET last_login_at = ?2, email = coalesce(?3, email), \
        name = coalesce(?4, name) WHERE id = ?1 AND (last_login_at IS NULL OR last_login_at <= ?2)";
    write_linked_tokens = "UPDATE {p}linked_accounts SET tokens = ?3, tokens_version = ?2 + 1 \
        WHERE id = ?1 AND tokens_version = ?2";

    list_keys = concat!("SELECT ", key_columns!(), " FROM {p}signing_keys ORDER BY announced_at, kid");
    newest_key = "SELECT kid FROM {p}signing_keys ORDER BY announced_at DESC, kid DESC LIMIT 1";
    end_keys = "UPDATE {p}signing_keys SET retire_from = coalesce(retire_from, ?1), gone_from = coalesce(gone_from, ?2)";
    insert_key =
        concat!("INSERT INTO {p}signing_keys (", key_columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    remove_gone_keys = "DELETE FROM {p}signing_keys WHERE gone_from <= ?1";

    value_by_key = "SELECT value, expires_at FROM {p}short_lived WHERE key = ?1";
    put_value = "INSERT INTO {p}short_lived (key, value, expires_at) VALUES (?1, ?2, ?3) \
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at";
    // The update, and with it the returned row, happens only over a value that has expired.
    insert_new_value = "INSERT INTO {p}short_lived (key, value, expires_at) VALUES (?1, x'', ?2) \
        ON CONFLICT (key) DO UPDATE SET value = x'', expires_at = excluded.expires_at \
        WHERE {p}short_lived.expires_at <= ?3";
    take_value = "DELETE FROM {p}short_lived WHERE key = ?1 RETURNING value, expires_at";
    remove_expired_value = "DELETE FROM {p}short_lived WHERE key = ?1 AND expires_at <= ?2";
    next_values = next_stretch!("short_lived");
    remove_expired_values = remove_in_stretch!("short_lived", "expires_at <= ?2");
    quota_by_key = "SELECT started_at, window_ms, previous, current FROM {p}quotas WHERE key = ?1";
    put_quota = "INSERT INTO {p}quotas (key, started_at, window_ms, previous, current) VALUES (?1, ?2, ?3, ?4, ?5) \
        ON CONFLICT (key) DO UPDATE SET started_at = excluded.started_at, window_ms = excluded.window_ms, \
        previous = excluded.previous, current = excluded.current";
    clear_quota = "DELETE FROM {p}quotas WHERE key = ?1";
    next_quotas = next_stretch!("quotas");
    // `Counter::is_over`. Sums too large for an integer become floating point in SQLite, and compare all the same.
    remove_quotas_that_are_over = remove_in_stretch!(
        "quotas", "?2 - started_at >= window_ms * 2 OR (previous = 0 AND current = 0)"
    );

    make_migrations = "CREATE TABLE IF NOT EXISTS {p}migrations (version INTEGER PRIMARY KEY NOT NULL) STRICT";
    has_migrations = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '{p}migrations'";
    newest_migration = "SELECT coalesce(max(version), 0) FROM {p}migrations";
    add_migration = "INSERT INTO {p}migrations (version) VALUES (?1)";
}
