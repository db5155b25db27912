//! Every statement, with the project's names put in once at connect.

use crate::sql::{Dialect, Statement, Writer, columns};

use super::id::IdKind;
use super::schema::Schema;
use super::tables::DjangoTables;

pub(super) struct Statements {
    pub(super) user_by_id: Statement,
    pub(super) lock_user: Statement,
    pub(super) users_by_name: Statement,
    pub(super) users_by_email: Statement,
    pub(super) first_users: Statement,
    pub(super) next_users: Statement,
    pub(super) set_password: Statement,
    pub(super) record_login: Option<Statement>,
    pub(super) keep: Statement,
    pub(super) keep_attributes: Statement,
    pub(super) insert_user: Statement,
    pub(super) update_user: Statement,
    pub(super) group_id: Statement,
    pub(super) insert_group: Statement,
    pub(super) permission_ids: Statement,
    pub(super) groups: Statement,
    pub(super) user_groups: Option<Held>,
    pub(super) user_permissions: Option<Held>,
    pub(super) clear_group_permissions: Statement,
    pub(super) add_group_permission: Statement,
    pub(super) session: Statement,
}

/// What a user holds, in a table of its own: groups, or permissions.
pub(super) struct Held {
    pub(super) clear: Statement,
    pub(super) add: Statement,
}

columns! {
    /// What [`Names::user`] selects.
    pub(super) Column {
        id, username, email, password, is_active, is_staff, is_superuser, date_joined, last_login, group_names,
        direct_permissions, permissions, mark, epoch, session_hashes, verified_email, attributes, first_name, last_name,
    }
}

impl Statements {
    pub(super) fn write(
        dialect: &'static dyn Dialect,
        tables: &DjangoTables,
        schema: &Schema,
        own: &str,
    ) -> Self {
        Names { dialect, tables, schema, own: dialect.quoted(own) }.write()
    }
}

/// What the statements are made of.
struct Names<'a> {
    dialect: &'static dyn Dialect,
    tables: &'a DjangoTables,
    schema: &'a Schema,
    own: String,
}

impl Names<'_> {
    fn write(&self) -> Statements {
        let writer = Writer { dialect: self.dialect, prefix: "" };
        let (user, by_id, id, tables) = (self.user(), self.by_id(), self.id(), self.tables);
        let username = self.column(&tables.username);
        let (group, group_permissions) = (self.quoted(&tables.group), self.quoted(&tables.group_permissions));
        Statements {
            user_by_id: writer.statement(format!("{user} WHERE {by_id}")),
            lock_user: writer.statement(self.lock_user()),
            users_by_name: writer
                .statement(format!("{user} WHERE {username} = {} LIMIT 2", self.typed(&tables.username))),
            users_by_email: writer.statement(self.users_by_email(&user)),
            first_users: writer.statement(format!("{user} ORDER BY {id} LIMIT :limit")),
            next_users: writer
                .statement(format!("{user} WHERE {id} > {} ORDER BY {id} LIMIT :limit", self.id_param())),
            set_password: writer.statement(self.set_password()),
            record_login: self.record_login().map(|template| writer.statement(template)),
            keep: writer.statement(self.keep()),
            keep_attributes: writer.statement(format!(
                "UPDATE {} SET verified_email = :verified_email, attributes = :attributes \
                 WHERE tenant = :tenant AND user_id = :key",
                self.own
            )),
            insert_user: writer.statement(self.insert_user()),
            update_user: writer.statement(self.update_user()),
            group_id: writer.statement(format!(
                "SELECT {} FROM {group} WHERE {}",
                self.dialect.int("id"),
                self.dialect.is_exactly("name", ":name")
            )),
            insert_group: writer.statement(format!("INSERT INTO {group} (name) VALUES (:name)")),
            permission_ids: writer.statement(self.permission_ids()),
            groups: writer.statement(self.all_groups()),
            user_groups: tables.user_groups.as_ref().map(|table| self.held(writer, table, "group_id")),
            user_permissions: tables
                .user_permissions
                .as_ref()
                .map(|table| self.held(writer, table, "permission_id")),
            clear_group_permissions: writer
                .statement(format!("DELETE FROM {group_permissions} WHERE group_id = :group_id")),
            add_group_permission: writer.statement(format!(
                "INSERT INTO {group_permissions} (group_id, permission_id) VALUES (:group_id, :permission_id)"
            )),
            session: writer.statement(self.session()),
        }
    }

    fn quoted(&self, name: &str) -> String {
        self.dialect.quoted(name)
    }

    fn column(&self, name: &str) -> String {
        format!("u.{}", self.quoted(name))
    }

    fn id(&self) -> String {
        self.column(&self.tables.id)
    }

    fn id_param(&self) -> String {
        match self.schema.id {
            IdKind::Text => self.dialect.typed(":id", self.schema.collation(&self.tables.id)),
            kind => kind.param(self.dialect),
        }
    }

    /// What somebody typed, to be compared with this column.
    fn typed(&self, column: &str) -> String {
        self.dialect.typed(":typed", self.schema.collation(column))
    }

    fn by_id(&self) -> String {
        format!("{} = {}", self.id(), self.id_param())
    }

    /// An optional column, or what stands for it.
    fn optional(&self, name: Option<&String>, write: impl FnOnce(&str) -> String, or: &str) -> String {
        name.map_or_else(|| or.to_owned(), |name| write(&self.column(name)))
    }

    /// Everything about a user, and our own row beside it.
    fn user(&self) -> String {
        let columns = Column::ALL.iter().zip(Column::LIST);
        let columns: Vec<_> =
            columns.map(|(column, name)| format!("{} AS {name}", self.expression(*column))).collect();
        format!(
            "SELECT {} FROM {} AS u LEFT JOIN {} AS own ON own.tenant = :tenant AND own.user_id = {}",
            columns.join(", "),
            self.quoted(&self.tables.user),
            self.own,
            self.key(),
        )
    }

    /// The id as our own table has it.
    fn key(&self) -> String {
        self.schema.id.key_text(self.dialect, &self.id())
    }

    /// What a column is read from.
    fn expression(&self, column: Column) -> String {
        let (dialect, tables) = (self.dialect, self.tables);
        // Nothing is no, as in Python.
        let flag =
            |expression: &str| format!("coalesce({}, {})", dialect.flag(expression), dialect.flag("0"));
        let millis = |expression: &str| dialect.millis(expression);
        match column {
            Column::id => self.key(),
            Column::username => self.column(&tables.username),
            Column::email => self.optional(tables.email.as_ref(), str::to_owned, &dialect.text("NULL")),
            Column::password => self.column(&tables.password),
            Column::is_active => self.optional(tables.is_active.as_ref(), flag, &dialect.flag("1")),
            Column::is_staff => self.optional(tables.is_staff.as_ref(), flag, &dialect.flag("0")),
            Column::is_superuser => self.optional(tables.is_superuser.as_ref(), flag, &dialect.flag("0")),
            Column::date_joined => self.optional(tables.date_joined.as_ref(), millis, &dialect.int("0")),
            Column::last_login => self.optional(tables.last_login.as_ref(), millis, &dialect.int("NULL")),
            Column::group_names => self.groups(),
            Column::direct_permissions => self.direct_permissions(),
            Column::permissions => self.permissions(),
            Column::mark => "own.password_mark".to_owned(),
            Column::epoch => "own.epoch".to_owned(),
            Column::session_hashes => "own.session_hashes".to_owned(),
            Column::verified_email => "own.verified_email".to_owned(),
            Column::attributes => "own.attributes".to_owned(),
            Column::first_name => {
                self.optional(tables.first_name.as_ref(), str::to_owned, &dialect.text("NULL"))
            }
            Column::last_name => {
                self.optional(tables.last_name.as_ref(), str::to_owned, &dialect.text("NULL"))
            }
        }
    }

    fn groups(&self) -> String {
        let Some(user_groups) = &self.tables.user_groups else { return self.dialect.text("'[]'") };
        let rest = format!(
            "FROM {} AS g JOIN {} AS ug ON ug.group_id = g.id WHERE ug.{} = {}",
            self.quoted(&self.tables.group),
            self.quoted(user_groups),
            self.quoted(&self.tables.user_reference),
            self.id()
        );
        self.dialect.json_list("g.name", &rest)
    }

    /// Every group, with what it permits.
    fn all_groups(&self) -> String {
        let (group, given) = (self.quoted(&self.tables.group), self.quoted(&self.tables.group_permissions));
        let permissions = self.permissions_among(&format!(
            "SELECT gp.permission_id FROM {given} AS gp WHERE gp.group_id = g.id"
        ));
        format!("SELECT g.name, {permissions} FROM {group} AS g")
    }

    /// A user's own, and those of their groups.
    fn permissions(&self) -> String {
        let by_group = self.tables.user_groups.as_ref().map(|user_groups| {
            format!(
                "SELECT gp.permission_id FROM {} AS gp JOIN {} AS ug ON ug.group_id = gp.group_id WHERE ug.{} = {}",
                self.quoted(&self.tables.group_permissions),
                self.quoted(user_groups),
                self.quoted(&self.tables.user_reference),
                self.id()
            )
        });
        let sources: Vec<_> = self.direct_ids().into_iter().chain(by_group).collect();
        self.permissions_of(&sources)
    }

    fn direct_permissions(&self) -> String {
        self.permissions_of(self.direct_ids().as_slice())
    }

    fn direct_ids(&self) -> Option<String> {
        let user_permissions = self.tables.user_permissions.as_ref()?;
        Some(format!(
            "SELECT up.permission_id FROM {} AS up WHERE up.{} = {}",
            self.quoted(user_permissions),
            self.quoted(&self.tables.user_reference),
            self.id()
        ))
    }

    /// None, where there is nothing that they could come from.
    fn permissions_of(&self, sources: &[String]) -> String {
        match sources {
            [] => self.dialect.text("'[]'"),
            _ => self.permissions_among(&sources.join(" UNION ")),
        }
    }

    /// `app_label.codename`, as Django's `has_perm` names them.
    fn permissions_among(&self, ids: &str) -> String {
        let rest = format!(
            "FROM {} AS p JOIN {} AS ct ON ct.id = p.content_type_id WHERE p.id IN ({ids})",
            self.quoted(&self.tables.permission),
            self.quoted(&self.tables.content_type)
        );
        self.dialect.json_list(&self.dialect.concat(&["ct.app_label", "'.'", "p.codename"]), &rest)
    }

    /// Two are enough to know that an address is shared.
    fn users_by_email(&self, user: &str) -> String {
        let Some(email) = &self.tables.email else { return format!("{user} WHERE 1 = 0") };
        format!("{user} WHERE {} LIMIT 2", self.dialect.is_folded(&self.column(email), &self.typed(email)))
    }

    /// Apart from what is read then: a statement that waited for a lock still sees other tables as they were before.
    fn lock_user(&self) -> String {
        let (id, user) = (self.dialect.text(&self.id()), self.quoted(&self.tables.user));
        format!("SELECT {id} FROM {user} AS u WHERE {}{}", self.by_id(), self.dialect.for_update())
    }

    fn set_password(&self) -> String {
        format!(
            "UPDATE {} AS u SET {} = :password WHERE {}",
            self.quoted(&self.tables.user),
            self.quoted(&self.tables.password),
            self.by_id()
        )
    }

    fn record_login(&self) -> Option<String> {
        let name = self.tables.last_login.as_ref()?;
        let last = self.dialect.millis(&self.column(name));
        Some(format!(
            "UPDATE {} AS u SET {} = {} WHERE {} AND ({last} IS NULL OR {last} < :at)",
            self.quoted(&self.tables.user),
            self.quoted(name),
            self.dialect.moment(":at"),
            self.by_id(),
        ))
    }

    fn keep(&self) -> String {
        let insert = format!(
            "INSERT INTO {} (tenant, user_id, password_mark, epoch, session_hashes) \
             VALUES (:tenant, :key, :mark, :epoch, :session_hashes)",
            self.own
        );
        self.dialect.or_update(insert, &["tenant", "user_id"], &["password_mark", "epoch", "session_hashes"])
    }

    /// The columns that are written, each with the expression of its parameter.
    fn written(&self) -> Vec<(String, String)> {
        let tables = self.tables;
        let mut written = vec![(self.quoted(&tables.username), ":username".to_owned())];
        if let Some(email) = tables.email.as_ref().filter(|_| !tables.is_email_the_name()) {
            written.push((self.quoted(email), ":email".to_owned()));
        }
        for (column, param) in [
            (&tables.first_name, ":first_name"),
            (&tables.last_name, ":last_name"),
            (&tables.is_active, ":is_active"),
            (&tables.is_staff, ":is_staff"),
            (&tables.is_superuser, ":is_superuser"),
        ] {
            written.extend(column.as_ref().map(|column| (self.quoted(column), param.to_owned())));
        }
        written
    }

    fn insert_user(&self) -> Vec<String> {
        let tables = self.tables;
        let mut written = self.written();
        written.push((self.quoted(&tables.password), ":password".to_owned()));
        if let Some(joined) = &tables.date_joined {
            written.push((self.quoted(joined), self.dialect.moment(":date_joined")));
        }
        if self.schema.id == IdKind::Uuid {
            written.push((self.quoted(&tables.id), self.id_param()));
        }
        let defaults = tables.defaults.iter();
        written
            .extend(defaults.map(|(column, default)| (self.quoted(column), default.written(self.dialect))));
        written.extend(self.schema.blank.iter().map(|name| (self.quoted(name), "''".to_owned())));
        let (names, values): (Vec<_>, Vec<_>) = written.into_iter().unzip();
        let (user, id) = (self.quoted(&tables.user), self.quoted(&tables.id));
        let insert = format!("INSERT INTO {user} ({}) VALUES ({})", names.join(", "), values.join(", "));
        let given = (self.schema.id == IdKind::Uuid).then(|| self.id_param());
        self.dialect.insert_for_key(insert, &id, given.as_deref())
    }

    fn update_user(&self) -> String {
        let changes: Vec<_> =
            self.written().into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let user = self.quoted(&self.tables.user);
        format!("UPDATE {user} AS u SET {} WHERE {}", changes.join(", "), self.by_id())
    }

    fn permission_ids(&self) -> String {
        format!(
            "SELECT {} FROM {} AS p JOIN {} AS ct ON ct.id = p.content_type_id \
             WHERE {} AND {} ORDER BY p.id LIMIT 1",
            self.dialect.int("p.id"),
            self.quoted(&self.tables.permission),
            self.quoted(&self.tables.content_type),
            self.dialect.is_exactly("ct.app_label", ":app"),
            self.dialect.is_exactly("p.codename", ":codename"),
        )
    }

    fn held(&self, writer: Writer<'_>, table: &str, column: &str) -> Held {
        let (table, user, id) =
            (self.quoted(table), self.quoted(&self.tables.user_reference), self.id_param());
        Held {
            clear: writer.statement(format!("DELETE FROM {table} WHERE {user} = {id}")),
            add: writer.statement(format!("INSERT INTO {table} ({user}, {column}) VALUES ({id}, :{column})")),
        }
    }

    fn session(&self) -> String {
        format!(
            "SELECT session_data FROM {} WHERE session_key = :key AND {} > :now",
            self.quoted(&self.tables.session),
            self.dialect.millis("expire_date"),
        )
    }
}
