//! Where a Django project keeps its users.

use auth_core::error::Error;

use super::default::DjangoDefault;

/// The longest name that any of the databases has, in characters: MySQL's (<https://dev.mysql.com/doc/refman/8.4/en/identifier-length.html>).
const MAX_NAME: usize = 64;

/// The names of a Django project's tables and columns. Those of the built-in `auth.User` by default; a field that is `None` is a
/// column, or a table, that the project's own user model does not have.
///
/// ```
/// use auth_store::DjangoTables;
///
/// let mut tables = DjangoTables::of_user_model("accounts.Person")?.db_table("people");
/// tables.id = "uuid".to_owned();
/// tables.username = "email".to_owned();
/// tables.is_staff = None;
/// assert_eq!((tables.user.as_str(), tables.user_groups.as_deref()), ("people", Some("people_groups")));
/// assert_eq!(tables.user_reference, "person_id");
/// # Ok::<(), auth_core::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DjangoTables {
    /// The table of users.
    pub user: String,
    /// Its primary key: integers, UUIDs or texts.
    pub id: String,
    /// What people log in with (`USERNAME_FIELD`).
    pub username: String,
    /// The e-mail address, which may be the same column.
    pub email: Option<String>,
    /// The first name; without it, nobody has one.
    pub first_name: Option<String>,
    /// The last name; without it, nobody has one.
    pub last_name: Option<String>,
    /// The encoded password.
    pub password: String,
    /// The time of the last login.
    pub last_login: Option<String>,
    /// When the account was made; without it, accounts are as old as the Unix epoch.
    pub date_joined: Option<String>,
    /// Whether the account may be used; without it, every one may.
    pub is_active: Option<String>,
    /// Whether the user belongs to the staff; without it, nobody does.
    pub is_staff: Option<String>,
    /// Whether the user has every permission; without it, nobody does.
    pub is_superuser: Option<String>,
    /// What a new account has in columns beside these. The database does not know the `default=` of a field, only its `db_default=`: where
    /// one that needs a value has neither, no account can be made here.
    pub defaults: Vec<(String, DjangoDefault)>,
    /// Who is in which group: a column as in `user_reference`, and `group_id`. A user model without `PermissionsMixin` has none.
    pub user_groups: Option<String>,
    /// Who holds which permission directly: a column as in `user_reference`, and `permission_id`. As for groups, there may be none.
    pub user_permissions: Option<String>,
    /// The column of those two that names the user.
    pub user_reference: String,
    /// The groups.
    pub group: String,
    /// Which group gives which permission.
    pub group_permissions: String,
    /// The permissions.
    pub permission: String,
    /// The applications that permissions belong to.
    pub content_type: String,
    /// The sessions; only looked at where Django's sessions are honoured.
    pub session: String,
}

impl Default for DjangoTables {
    fn default() -> Self {
        Self::of("auth", "user")
    }
}

impl DjangoTables {
    /// The tables of a project with a user model of its own, by the name in its `AUTH_USER_MODEL`: `accounts.User`.
    ///
    /// # Errors
    /// [`Configuration`](auth_core::ErrorKind::Configuration) for a name of another form.
    pub fn of_user_model(name: &str) -> Result<Self, Error> {
        let is_identifier =
            |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        match name.split_once('.') {
            Some((app, model)) if is_identifier(app) && is_identifier(model) => {
                Ok(Self::of(app, &model.to_lowercase()))
            }
            _ => Err(Error::configuration(format!(
                "`{name}` is no user model: give the name that stands in AUTH_USER_MODEL, like `accounts.User`"
            ))),
        }
    }

    /// The same where the user model names its table itself (`Meta.db_table`). As in Django, the tables of its groups and permissions are
    /// named after that one, and their column of users after the model.
    #[must_use]
    pub fn db_table(mut self, name: impl Into<String>) -> Self {
        self.user = name.into();
        self.user_groups = self.user_groups.map(|_| format!("{}_groups", self.user));
        self.user_permissions = self.user_permissions.map(|_| format!("{}_user_permissions", self.user));
        self
    }

    /// The same with the `default=` of a field of the project's own, by its column.
    ///
    /// ```
    /// use auth_store::{DjangoDefault, DjangoTables};
    ///
    /// let tables = DjangoTables::of_user_model("accounts.Person")?
    ///     .default_of("newsletter", false)
    ///     .default_of("language", "en")
    ///     .default_of("created_at", DjangoDefault::Now);
    /// assert_eq!(tables.defaults.len(), 3);
    /// # Ok::<(), auth_core::Error>(())
    /// ```
    #[must_use]
    pub fn default_of(mut self, column: impl Into<String>, default: impl Into<DjangoDefault>) -> Self {
        self.defaults.push((column.into(), default.into()));
        self
    }

    /// Django's own naming: tables `app_model`, join tables `app_model_field` with a column `model_id`.
    fn of(app: &str, model: &str) -> Self {
        let some = |name: &str| Some(name.to_owned());
        Self {
            user: format!("{app}_{model}"),
            id: "id".to_owned(),
            username: "username".to_owned(),
            email: some("email"),
            first_name: some("first_name"),
            last_name: some("last_name"),
            password: "password".to_owned(),
            last_login: some("last_login"),
            date_joined: some("date_joined"),
            is_active: some("is_active"),
            is_staff: some("is_staff"),
            is_superuser: some("is_superuser"),
            defaults: Vec::new(),
            user_groups: Some(format!("{app}_{model}_groups")),
            user_permissions: Some(format!("{app}_{model}_user_permissions")),
            user_reference: format!("{model}_id"),
            group: "auth_group".to_owned(),
            group_permissions: "auth_group_permissions".to_owned(),
            permission: "auth_permission".to_owned(),
            content_type: "django_content_type".to_owned(),
            session: "django_session".to_owned(),
        }
    }

    /// Whether people log in by their address and have no other name (`USERNAME_FIELD = "email"`).
    pub(super) fn is_email_the_name(&self) -> bool {
        self.email.as_ref() == Some(&self.username)
    }

    /// Every table that is read or written, with those of its columns that are, the users' first: what has to be in the database.
    /// What a model does not have is not among them, nor are sessions.
    pub fn required(&self) -> Vec<(&str, Vec<&str>)> {
        let held = [(&self.user_groups, "group_id"), (&self.user_permissions, "permission_id")];
        let held = held.into_iter().filter_map(|(table, column)| Some((table.as_deref()?, column)));
        let held: Vec<_> =
            held.map(|(table, column)| (table, vec![self.user_reference.as_str(), column])).collect();
        let shared = [
            (&self.group, vec!["id", "name"]),
            (&self.group_permissions, vec!["group_id", "permission_id"]),
            (&self.permission, vec!["id", "content_type_id", "codename"]),
            (&self.content_type, vec!["id", "app_label"]),
        ];
        let shared =
            shared.map(|(table, columns)| (table.as_str(), columns)).into_iter().filter(|_| !held.is_empty());
        [(self.user.as_str(), self.columns())].into_iter().chain(held.clone()).chain(shared).collect()
    }

    /// The columns of the table of users.
    fn columns(&self) -> Vec<&str> {
        let optional = [
            &self.email,
            &self.first_name,
            &self.last_name,
            &self.last_login,
            &self.date_joined,
            &self.is_active,
            &self.is_staff,
            &self.is_superuser,
        ];
        let every = [self.id.as_str(), &self.username, &self.password];
        let optional = optional.into_iter().filter_map(Option::as_deref);
        every
            .into_iter()
            .chain(optional)
            .chain(self.defaults.iter().map(|(column, _)| column.as_str()))
            .collect()
    }

    /// The same of the table of sessions.
    pub(super) fn required_for_sessions(&self) -> (&str, Vec<&str>) {
        (&self.session, vec!["session_key", "session_data", "expire_date"])
    }

    /// Names are put into statements between quotation marks, so none may hold one.
    pub(super) fn check(&self) -> Result<(), Error> {
        let names = self.required().into_iter().chain([self.required_for_sessions()]);
        for name in names.flat_map(|(table, columns)| [vec![table], columns].concat()) {
            if name.is_empty() || name.chars().count() > MAX_NAME || name.contains(['"', '\0']) {
                return Err(Error::configuration(format!(
                    "`{}` cannot be the name of a table or column: names have 1 to 64 characters and no quotation mark",
                    name.escape_debug()
                )));
            }
        }
        self.defaults.iter().try_for_each(|(_, default)| default.check())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_model_gives_the_names_that_django_gives() {
        let tables = DjangoTables::of_user_model("accounts.Person").unwrap();
        assert_eq!(tables.user_permissions.as_deref(), Some("accounts_person_user_permissions"));
        assert_eq!(tables.user_reference, "person_id");
        let named = tables.db_table("people");
        assert_eq!((named.user.as_str(), named.user_reference.as_str()), ("people", "person_id"));
        assert_eq!(named.user_groups.as_deref(), Some("people_groups"));
        assert_eq!(named.user_permissions.as_deref(), Some("people_user_permissions"));
        assert_eq!(DjangoTables::default(), DjangoTables::of_user_model("auth.User").unwrap());
        for wrong in ["", "User", ".User", "accounts.", "a.b.c", "a b.User", "accounts.User\""] {
            assert!(DjangoTables::of_user_model(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_that_could_end_its_quotation_is_refused() {
        for wrong in ["", "a\"; DROP TABLE auth_user; --", "a\0b", "a".repeat(65).as_str()] {
            let tables = DjangoTables { password: wrong.to_owned(), ..DjangoTables::default() };
            assert!(tables.check().is_err(), "{wrong:?}");
        }
        assert!(DjangoTables::default().db_table("x\" y").check().is_err());
        assert!(DjangoTables::default().db_table("Old Users; really").check().is_ok());
    }

    #[test]
    fn a_model_without_groups_and_permissions_needs_the_table_of_users_alone() {
        let mut tables = DjangoTables { user_groups: None, ..DjangoTables::default() };
        assert_eq!(tables.required().len(), 6);
        tables.user_permissions = None;
        let tables = tables.db_table("people");
        assert_eq!(tables.required().into_iter().map(|(table, _)| table).collect::<Vec<_>>(), ["people"]);
    }
}
