//! Every statement, with the project's names put in once at connect.

use super::database::Statement;
use super::dialect::Dialect;
use super::schema::Schema;
use super::tables::DjangoTables;

pub(super) struct Statements {
    pub(super) user_by_id: Statement,
    pub(super) lock_user: Statement,
    pub(super) users_by_name: Statement,
    pub(super) users_by_email: Statement,
    pub(super) set_password: Statement,
    pub(super) record_login: Option<Statement>,
    pub(super) keep: Statement,
    pub(super) keep_attributes: Statement,
    pub(super) insert_user: Statement,
    pub(super) update_user: Statement,
    pub(super) group_id: Statement,
    pub(super) insert_group: Statement,
    pub(super) permission_ids: Statement,
    pub(super) clear_user_groups: Statement,
    pub(super) add_user_group: Statement,
    pub(super) clear_user_permissions: Statement,
    pub(super) add_user_permission: Statement,
    pub(super) clear_group_permissions: Statement,
    pub(super) add_group_permission: Statement,
    pub(super) session: Statement,
    pub(super) make_own_table: Statement,
    pub(super) take_turns: Statement,
}

/// The order of the columns that [`Writer::user`] selects.
pub(super) mod column {
    pub(in super::super) const ID: usize = 0;
    pub(in super::super) const USERNAME: usize = 1;
    pub(in super::super) const EMAIL: usize = 2;
    pub(in super::super) const PASSWORD: usize = 3;
    pub(in super::super) const IS_ACTIVE: usize = 4;
    pub(in super::super) const IS_STAFF: usize = 5;
    pub(in super::super) const IS_SUPERUSER: usize = 6;
    pub(in super::super) const DATE_JOINED: usize = 7;
    pub(in super::super) const LAST_LOGIN: usize = 8;
    pub(in super::super) const GROUPS: usize = 9;
    pub(in super::super) const DIRECT_PERMISSIONS: usize = 10;
    pub(in super::super) const PERMISSIONS: usize = 11;
    pub(in super::super) const MARK: usize = 12;
    pub(in super::super) const EPOCH: usize = 13;
    pub(in super::super) const SESSION_HASHES: usize = 14;
    pub(in super::super) const VERIFIED_EMAIL: usize = 15;
    pub(in super::super) const ATTRIBUTES: usize = 16;
}

impl Statements {
    pub(super) fn render(dialect: Dialect, tables: &DjangoTables, schema: &Schema, own: &str) -> Self {
        Writer { dialect, tables, schema, own: quoted(own) }.render()
    }
}

fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// What the texts are made of.
struct Writer<'a> {
    dialect: Dialect,
    tables: &'a DjangoTables,
    schema: &'a Schema,
    own: String,
}

impl Writer<'_> {
    fn render(&self) -> Statements {
        let (by_id, p1) = (self.by_id(), self.dialect.param(1));
        let (user, tables) = (self.user(), self.tables);
        let username = self.column(&tables.username);
        Statements {
            user_by_id: format!("{user} WHERE {by_id}").into(),
            lock_user: self.lock_user(),
            users_by_name: format!("{user} WHERE {username} = {p1} LIMIT 2").into(),
            users_by_email: self.users_by_email(&user),
            set_password: self.set_password(),
            record_login: self.record_login(),
            keep: self.keep(),
            keep_attributes: self.keep_attributes(),
            insert_user: self.insert_user(),
            update_user: self.update_user(),
            group_id: format!("SELECT CAST(id AS BIGINT) FROM {} WHERE name = {p1}", quoted(&tables.group))
                .into(),
            insert_group: format!("INSERT INTO {} (name) VALUES ({p1})", quoted(&tables.group)).into(),
            permission_ids: self.permission_ids(),
            clear_user_groups: self.clear(&tables.user_groups),
            add_user_group: self.join(&tables.user_groups, "group_id"),
            clear_user_permissions: self.clear(&tables.user_permissions),
            add_user_permission: self.join(&tables.user_permissions, "permission_id"),
            clear_group_permissions: format!(
                "DELETE FROM {} WHERE group_id = {p1}",
                quoted(&tables.group_permissions)
            )
            .into(),
            add_group_permission: format!(
                "INSERT INTO {} (group_id, permission_id) VALUES ({p1}, {})",
                quoted(&tables.group_permissions),
                self.dialect.param(2)
            )
            .into(),
            session: self.session(),
            make_own_table: self.make_own_table(),
            take_turns: self.dialect.take_turns().into(),
        }
    }

    fn column(&self, name: &str) -> String {
        format!("u.{}", quoted(name))
    }

    fn id(&self) -> String {
        self.column(&self.tables.id)
    }

    fn by_id(&self) -> String {
        format!("{} = {}", self.id(), self.dialect.id_param(self.schema.id, 1))
    }

    /// An optional column, or what stands for it.
    fn optional(&self, name: Option<&String>, write: impl FnOnce(&str) -> String, or: &str) -> String {
        name.map_or_else(|| or.to_owned(), |name| write(&self.column(name)))
    }

    /// Everything about a user, and our own row beside it.
    fn user(&self) -> String {
        let (dialect, tables) = (self.dialect, self.tables);
        let flag = |expression: &str| dialect.flag(expression);
        let millis = |expression: &str| dialect.millis(expression);
        let (zero, one, never) = (dialect.flag("0"), dialect.flag("1"), "CAST(NULL AS BIGINT)");
        let columns = [
            dialect.text(&self.id()),
            self.column(&tables.username),
            self.optional(tables.email.as_ref(), str::to_owned, &dialect.text("NULL")),
            self.column(&tables.password),
            self.optional(tables.is_active.as_ref(), flag, &one),
            self.optional(tables.is_staff.as_ref(), flag, &zero),
            self.optional(tables.is_superuser.as_ref(), flag, &zero),
            self.optional(tables.date_joined.as_ref(), millis, &zero),
            self.optional(tables.last_login.as_ref(), millis, never),
            self.groups(),
            self.direct_permissions(),
            self.permissions(),
        ];
        format!(
            "SELECT {}, own.password_mark, own.epoch, own.session_hashes, own.verified_email, own.attributes \
             FROM {} AS u LEFT JOIN {} AS own ON own.user_id = {}",
            columns.join(", "),
            quoted(&tables.user),
            self.own,
            dialect.text(&self.id()),
        )
    }

    fn groups(&self) -> String {
        let tables = self.tables;
        let rest = format!(
            "FROM {} AS g JOIN {} AS ug ON ug.group_id = g.id WHERE ug.{} = {}",
            quoted(&tables.group),
            quoted(&tables.user_groups),
            quoted(&tables.user_reference),
            self.id()
        );
        self.dialect.json_list("g.name", &rest)
    }

    fn direct_permissions(&self) -> String {
        self.permissions_among(&self.direct_ids())
    }

    fn permissions(&self) -> String {
        let tables = self.tables;
        let by_group = format!(
            "SELECT gp.permission_id FROM {} AS gp JOIN {} AS ug ON ug.group_id = gp.group_id WHERE ug.{} = {}",
            quoted(&tables.group_permissions),
            quoted(&tables.user_groups),
            quoted(&tables.user_reference),
            self.id()
        );
        self.permissions_among(&format!("{} UNION {by_group}", self.direct_ids()))
    }

    fn direct_ids(&self) -> String {
        format!(
            "SELECT up.permission_id FROM {} AS up WHERE up.{} = {}",
            quoted(&self.tables.user_permissions),
            quoted(&self.tables.user_reference),
            self.id()
        )
    }

    /// `app_label.codename`, as Django's `has_perm` names them.
    fn permissions_among(&self, ids: &str) -> String {
        let rest = format!(
            "FROM {} AS p JOIN {} AS ct ON ct.id = p.content_type_id WHERE p.id IN ({ids})",
            quoted(&self.tables.permission),
            quoted(&self.tables.content_type)
        );
        self.dialect.json_list("ct.app_label || '.' || p.codename", &rest)
    }

    /// Two are enough to know that an address is shared.
    fn users_by_email(&self, user: &str) -> Statement {
        let Some(email) = &self.tables.email else { return format!("{user} WHERE 1 = 0").into() };
        let email = self.dialect.folded(&self.column(email));
        let typed = self.dialect.folded(&self.dialect.text(&self.dialect.param(1)));
        format!("{user} WHERE {email} = {typed} LIMIT 2").into()
    }

    /// Apart from what is read then: a statement that waited for a lock still sees other tables as they were before.
    fn lock_user(&self) -> Statement {
        let (id, user) = (self.dialect.text(&self.id()), quoted(&self.tables.user));
        format!("SELECT {id} FROM {user} AS u WHERE {}{}", self.by_id(), self.dialect.for_update()).into()
    }

    fn set_password(&self) -> Statement {
        format!(
            "UPDATE {} AS u SET {} = {} WHERE {}",
            quoted(&self.tables.user),
            quoted(&self.tables.password),
            self.dialect.param(2),
            self.by_id()
        )
        .into()
    }

    fn record_login(&self) -> Option<Statement> {
        let name = self.tables.last_login.as_ref()?;
        let last = self.dialect.millis(&self.column(name));
        let statement = format!(
            "UPDATE {} AS u SET {} = {} WHERE {} AND ({} IS NULL OR {last} < {})",
            quoted(&self.tables.user),
            quoted(name),
            self.dialect.moment(2),
            self.by_id(),
            self.column(name),
            self.dialect.param(2),
        );
        Some(statement.into())
    }

    fn keep(&self) -> Statement {
        let own = &self.own;
        format!(
            "INSERT INTO {own} (user_id, password_mark, epoch, session_hashes) VALUES ({}) \
             ON CONFLICT (user_id) DO UPDATE SET password_mark = excluded.password_mark, epoch = excluded.epoch, \
             session_hashes = excluded.session_hashes",
            self.params(1..=4)
        )
        .into()
    }

    fn keep_attributes(&self) -> Statement {
        let (p1, p2, p3) = (self.dialect.param(1), self.dialect.param(2), self.dialect.param(3));
        format!("UPDATE {} SET verified_email = {p2}, attributes = {p3} WHERE user_id = {p1}", self.own)
            .into()
    }

    fn params(&self, numbers: std::ops::RangeInclusive<usize>) -> String {
        numbers.map(|number| self.dialect.param(number)).collect::<Vec<_>>().join(", ")
    }

    /// The columns that are written, after the id in the first parameter, each with the expression of its parameter: always in
    /// the order name, address, active, staff, superuser.
    fn written(&self) -> Vec<(String, String)> {
        let tables = self.tables;
        let flag = |number| format!("({} <> 0)", self.dialect.param(number));
        let mut written = vec![(quoted(&tables.username), self.dialect.param(2))];
        if let Some(email) = tables.email.as_ref().filter(|_| !tables.is_email_the_name()) {
            written.push((quoted(email), self.dialect.param(3)));
        }
        for (name, number) in [(&tables.is_active, 4), (&tables.is_staff, 5), (&tables.is_superuser, 6)] {
            written.extend(name.as_ref().map(|name| (quoted(name), flag(number))));
        }
        written
    }

    fn insert_user(&self) -> Statement {
        let tables = self.tables;
        let mut written = self.written();
        written.push((quoted(&tables.password), self.dialect.param(7)));
        if let Some(joined) = &tables.date_joined {
            written.push((quoted(joined), self.dialect.moment(8)));
        }
        if self.schema.id == super::dialect::IdKind::Uuid {
            written.push((quoted(&tables.id), self.dialect.id_param(self.schema.id, 1)));
        }
        written.extend(self.schema.blank.iter().map(|name| (quoted(name), "''".to_owned())));
        let (names, values): (Vec<_>, Vec<_>) = written.into_iter().unzip();
        format!(
            "INSERT INTO {} ({}) VALUES ({}) RETURNING {}",
            quoted(&tables.user),
            names.join(", "),
            values.join(", "),
            self.dialect.text(&quoted(&tables.id))
        )
        .into()
    }

    fn update_user(&self) -> Statement {
        let changes: Vec<_> =
            self.written().into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
        format!("UPDATE {} AS u SET {} WHERE {}", quoted(&self.tables.user), changes.join(", "), self.by_id())
            .into()
    }

    fn permission_ids(&self) -> Statement {
        format!(
            "SELECT CAST(p.id AS BIGINT) FROM {} AS p JOIN {} AS ct ON ct.id = p.content_type_id \
             WHERE ct.app_label = {} AND p.codename = {} ORDER BY p.id LIMIT 1",
            quoted(&self.tables.permission),
            quoted(&self.tables.content_type),
            self.dialect.param(1),
            self.dialect.param(2)
        )
        .into()
    }

    fn clear(&self, table: &str) -> Statement {
        let id = self.dialect.id_param(self.schema.id, 1);
        format!("DELETE FROM {} WHERE {} = {id}", quoted(table), quoted(&self.tables.user_reference)).into()
    }

    fn join(&self, table: &str, column: &str) -> Statement {
        format!(
            "INSERT INTO {} ({}, {column}) VALUES ({}, {})",
            quoted(table),
            quoted(&self.tables.user_reference),
            self.dialect.id_param(self.schema.id, 1),
            self.dialect.param(2)
        )
        .into()
    }

    fn session(&self) -> Statement {
        format!(
            "SELECT session_data FROM {} WHERE session_key = {} AND {} > {}",
            quoted(&self.tables.session),
            self.dialect.param(1),
            self.dialect.millis("expire_date"),
            self.dialect.param(2)
        )
        .into()
    }

    fn make_own_table(&self) -> Statement {
        format!(
            "CREATE TABLE IF NOT EXISTS {} (user_id TEXT PRIMARY KEY NOT NULL, password_mark TEXT NOT NULL, \
             epoch BIGINT NOT NULL, session_hashes TEXT NOT NULL, verified_email TEXT, attributes TEXT)",
            self.own
        )
        .into()
    }
}
