//! Where a Django project keeps its users.

use auth_core::error::Error;

/// The longest name that PostgreSQL keeps whole, in bytes.
const MAX_NAME: usize = 63;

/// The names of a Django project's tables and columns. Those of the built-in `auth.User` by default; a field that is `None` is a
/// column that the project's own user model does not have.
///
/// ```
/// use auth_store::DjangoTables;
///
/// let mut tables = DjangoTables::of_user_model("accounts.Person")?;
/// tables.username = "email".to_owned();
/// tables.is_staff = None;
/// assert_eq!((tables.user.as_str(), tables.user_groups.as_str()), ("accounts_person", "accounts_person_groups"));
/// # Ok::<(), auth_core::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct DjangoTables {
    /// The table of users.
    pub user: String,
    /// Its primary key: integers or UUIDs.
    pub id: String,
    /// What people log in with (`USERNAME_FIELD`).
    pub username: String,
    /// The e-mail address, which may be the same column.
    pub email: Option<String>,
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
    /// Who is in which group: a column as in `user_reference`, and `group_id`.
    pub user_groups: String,
    /// Who holds which permission directly: a column as in `user_reference`, and `permission_id`.
    pub user_permissions: String,
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

    /// Django's own naming: tables `app_model`, join tables `app_model_field` with a column `model_id`.
    fn of(app: &str, model: &str) -> Self {
        let some = |name: &str| Some(name.to_owned());
        Self {
            user: format!("{app}_{model}"),
            id: "id".to_owned(),
            username: "username".to_owned(),
            email: some("email"),
            password: "password".to_owned(),
            last_login: some("last_login"),
            date_joined: some("date_joined"),
            is_active: some("is_active"),
            is_staff: some("is_staff"),
            is_superuser: some("is_superuser"),
            user_groups: format!("{app}_{model}_groups"),
            user_permissions: format!("{app}_{model}_user_permissions"),
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

    /// Every table with the columns that are read or written, under the names of the fields that set them.
    pub(super) fn required(&self) -> Vec<(&str, Vec<&str>)> {
        let mut user = vec![self.id.as_str(), &self.username, &self.password];
        let optional = [
            &self.email,
            &self.last_login,
            &self.date_joined,
            &self.is_active,
            &self.is_staff,
            &self.is_superuser,
        ];
        user.extend(optional.into_iter().filter_map(Option::as_deref));
        vec![
            (&self.user, user),
            (&self.user_groups, vec![&self.user_reference, "group_id"]),
            (&self.user_permissions, vec![&self.user_reference, "permission_id"]),
            (&self.group, vec!["id", "name"]),
            (&self.group_permissions, vec!["group_id", "permission_id"]),
            (&self.permission, vec!["id", "content_type_id", "codename"]),
            (&self.content_type, vec!["id", "app_label"]),
        ]
    }

    /// The same of the table of sessions.
    pub(super) fn required_for_sessions(&self) -> (&str, Vec<&str>) {
        (&self.session, vec!["session_key", "session_data", "expire_date"])
    }

    /// Names are put into statements between quotation marks, so none may hold one.
    pub(super) fn check(&self) -> Result<(), Error> {
        let names = self.required().into_iter().chain([self.required_for_sessions()]);
        for name in names.flat_map(|(table, columns)| [vec![table], columns].concat()) {
            if name.is_empty() || name.len() > MAX_NAME || name.contains(['"', '\0']) {
                return Err(Error::configuration(format!(
                    "`{}` cannot be the name of a table or column: names have 1 to 63 bytes and no quotation mark",
                    name.escape_debug()
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_model_gives_the_names_that_django_gives() {
        let tables = DjangoTables::of_user_model("accounts.Person").unwrap();
        assert_eq!(tables.user_permissions, "accounts_person_user_permissions");
        assert_eq!(tables.user_reference, "person_id");
        assert_eq!(DjangoTables::default(), DjangoTables::of_user_model("auth.User").unwrap());
        for wrong in ["", "User", ".User", "accounts.", "a.b.c", "a b.User", "accounts.User\""] {
            assert!(DjangoTables::of_user_model(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_name_that_could_end_its_quotation_is_refused() {
        for wrong in ["", "a\"; DROP TABLE auth_user; --", "a\0b", "a".repeat(64).as_str()] {
            let tables = DjangoTables { password: wrong.to_owned(), ..DjangoTables::default() };
            assert!(tables.check().is_err(), "{wrong:?}");
        }
        let odd = DjangoTables { user: "Old Users; really".to_owned(), ..DjangoTables::default() };
        assert!(odd.check().is_ok());
    }
}
