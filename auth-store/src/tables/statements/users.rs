//! The statements of accounts.

use crate::sql::{Writer, columns};
use crate::tables::rows::insert_rows;
use crate::tables::user_row::{GROUP, LOGIN_NAME, MEMBER, NAME, USER, changed};

use super::template::{insert, select, statements};

columns! {
    pub(in crate::tables) Column {
        id, username, email, email_verified, is_active, is_staff, is_superuser, auth_epoch, date_joined, last_login,
        group_names, direct_permissions, permissions, attributes, first_name, last_name, ending, ends_at, language,
        password,
    }
}

/// What a [`user`](crate::tables::users::user) is read from.
pub(super) const READ: &[&str] = Column::LIST.split_at(Column::password as usize).0;

/// An account that has the name in this column, or as a further one.
fn by_login(column: &str) -> String {
    let by_name = format!(
        "id = coalesce((SELECT id FROM @users WHERE tenant = :tenant AND {column} = :name), \
         (SELECT user_id FROM @user_login_names WHERE tenant = :tenant AND name = :name AND is_address = :is_address))"
    );
    select(Column::LIST, "@users", &by_name)
}

/// Of a batch of ids (0), user names (1) and addresses (2), those that an account has; names that are the account's with the id `:id`
/// are no others'.
fn taken(writer: &Writer<'_>) -> String {
    let rows = writer.dialect.json_rows(":batch", NAME);
    let user =
        |condition: &str| format!("EXISTS (SELECT 1 FROM @users WHERE tenant = :tenant AND {condition})");
    let name = |column: &str| user(&format!("{column} = asked.name AND id <> :id"));
    let further = |is_address: &str| {
        format!(
            "EXISTS (SELECT 1 FROM @user_login_names AS further WHERE further.tenant = :tenant \
             AND further.name = asked.name AND further.is_address = {is_address} AND further.user_id <> :id)"
        )
    };
    format!(
        "SELECT kind, name FROM {rows} AS asked WHERE (kind = 0 AND {}) OR (kind = 1 AND ({} OR {})) OR (kind = 2 AND ({} OR {}))",
        user("id = asked.name"),
        name("username_canonical"),
        further(":no"),
        name("email_canonical"),
        further(":yes")
    )
}

/// What the groups of a JSON list `:names` give their members.
fn given(writer: &Writer<'_>) -> String {
    let names = writer.dialect.json_texts(":names");
    select(
        &["name", "permissions"],
        "@groups",
        &format!("name IN (SELECT asked.value FROM {names} AS asked)"),
    )
}

/// Works out the effective permissions of a group's members: the direct ones and those of all their groups. As
/// [`settle`](crate::tables::user_row::settle) does for an account that is being written anyway; here a group may have any number of them.
fn settle_members(writer: &Writer<'_>) -> String {
    let dialect = writer.dialect;
    let of_group = "member.tenant = :tenant AND member.group_name = :name";
    // In this order of the joins, which CROSS JOIN tells SQLite to keep.
    let held = format!(
        "SELECT member.user_id, direct.value AS permission \
         FROM @user_groups AS member CROSS JOIN @users AS holder CROSS JOIN {} AS direct \
         WHERE {of_group} AND holder.tenant = :tenant AND holder.id = member.user_id \
         UNION ALL SELECT member.user_id, given.value \
         FROM @user_groups AS member CROSS JOIN @user_groups AS joined CROSS JOIN @groups AS giver CROSS JOIN {} AS given \
         WHERE {of_group} AND joined.tenant = :tenant AND joined.user_id = member.user_id \
         AND giver.tenant = :tenant AND giver.name = joined.group_name",
        dialect.json_texts("holder.direct_permissions"),
        dialect.json_texts("giver.permissions")
    );
    let settled = format!(
        "(SELECT member.tenant, member.user_id, CASE count(held.permission) WHEN 0 THEN '[]' ELSE {} END AS permissions \
         FROM @user_groups AS member LEFT JOIN ({held}) AS held ON held.user_id = member.user_id \
         WHERE {of_group} GROUP BY member.tenant, member.user_id)",
        dialect.json_array("held.permission")
    );
    let theirs = "@users.tenant = settled.tenant AND @users.id = settled.user_id";
    dialect.update_from("@users", "permissions", (&settled, "settled"), theirs)
}

fn changes() -> String {
    changed().map(|column| format!("{column} = :{column}")).collect::<Vec<_>>().join(", ")
}

statements! { UserSql(writer) {
    by_id = select(Column::LIST, "@users", "id = :id");
    lock = select(Column::LIST, "@users", "id = :id") + writer.dialect.for_update();
    lock_password = select(&["auth_epoch", "password"], "@users", "id = :id") + writer.dialect.for_update();
    by_username = by_login("username_canonical");
    by_email = by_login("email_canonical");
    list = select(Column::LIST, "@users", "id > :after ORDER BY id LIMIT :limit");
    insert = insert_rows(writer, "@users", USER);
    taken = taken(writer);
    update = format!("UPDATE @users SET {} WHERE tenant = :tenant AND id = :id", changes());
    take_unproven_email = "UPDATE @users SET email = NULL, email_canonical = NULL WHERE tenant = :tenant \
        AND email_canonical = :email AND email_verified = :unproven AND id <> :id";
    remove = "DELETE FROM @users WHERE tenant = :tenant AND id = :id";
    ended = select(&["id"], "@users", "ends_at <= :now ORDER BY ends_at, id LIMIT :limit");
    rehash_password = "UPDATE @users SET password = :new WHERE tenant = :tenant AND id = :id AND password = :old";
    set_password = "UPDATE @users SET password = :new, auth_epoch = :epoch WHERE tenant = :tenant AND id = :id";
    set_epoch = "UPDATE @users SET auth_epoch = :epoch WHERE tenant = :tenant AND id = :id";
    record_login = "UPDATE @users SET last_login = :at WHERE tenant = :tenant AND id = :id \
        AND (last_login IS NULL OR last_login < :at)";

    login_names = select(&["written"], "@user_login_names", "user_id = :id ORDER BY name, is_address");
    add_login_names = insert_rows(writer, "@user_login_names", LOGIN_NAME);
    clear_login_names = "DELETE FROM @user_login_names WHERE tenant = :tenant AND user_id = :id";

    groups = "SELECT name, permissions FROM @groups WHERE tenant = :tenant ORDER BY name";
    given = given(writer);
    add_groups = writer.dialect.unless_there(insert_rows(writer, "@groups", GROUP), &["tenant", "name"]);
    put_group = writer.dialect.or_update(
        insert("@groups", &["name", "permissions"]), &["tenant", "name"], &["permissions"]);
    settle_members = settle_members(writer);
    add_memberships = insert_rows(writer, "@user_groups", MEMBER);
    clear_memberships = "DELETE FROM @user_groups WHERE tenant = :tenant AND user_id = :id";
} }
