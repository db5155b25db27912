//! A Django project's user model, as the command line describes it.

use auth_store::DjangoTables;
use clap::{Args, ValueEnum};

use crate::failure::Failure;

const HEADING: &str = "The user model of a Django project (for --django, and to import from)";

#[derive(Args, Debug)]
pub(crate) struct UserModelArgs {
    /// Its name, as in the project's AUTH_USER_MODEL
    #[arg(long, global = true, hide_short_help = true, help_heading = HEADING, value_name = "APP.MODEL", default_value = "auth.User")]
    user_model: String,
    /// Its table, where the model names one itself (Meta.db_table)
    #[arg(long, global = true, hide_short_help = true, help_heading = HEADING, value_name = "TABLE")]
    db_table: Option<String>,
    /// The column of its USERNAME_FIELD
    #[arg(long, global = true, hide_short_help = true, help_heading = HEADING, value_name = "COLUMN", default_value = "username")]
    username_column: String,
    /// A field whose column is called otherwise (db_column), such as `email=mail`, or `id=uuid` for a primary key of another name. Once
    /// for each
    #[arg(long = "column", global = true, hide_short_help = true, help_heading = HEADING, value_name = "FIELD=COLUMN", value_parser = column)]
    columns: Vec<(UserField, String)>,
    /// Fields that the model does not have, with commas between them
    #[arg(long, global = true, hide_short_help = true, help_heading = HEADING, value_name = "FIELD,…", value_delimiter = ',')]
    without: Vec<UserField>,
}

/// A field of Django's own user model, but for the user name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum UserField {
    DateJoined,
    Email,
    FirstName,
    /// Groups and permissions (PermissionsMixin)
    Groups,
    Id,
    IsActive,
    IsStaff,
    IsSuperuser,
    LastLogin,
    LastName,
    Password,
}

/// Where the model's fields are.
pub(crate) struct UserModel {
    pub(crate) tables: DjangoTables,
}

/// `FIELD=COLUMN`.
fn column(text: &str) -> Result<(UserField, String), String> {
    let (field, column) = text.split_once('=').ok_or("use the form FIELD=COLUMN, such as `email=mail`")?;
    let field = UserField::from_str(field, false).map_err(|_| {
        let fields: Vec<_> = UserField::value_variants().iter().map(|field| field.name()).collect();
        format!(
            "`{}` is no field: {} are, and --username-column for the user name",
            field.escape_debug(),
            fields.join(", ")
        )
    })?;
    Ok((field, column.to_owned()))
}

impl UserField {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl UserModelArgs {
    pub(crate) fn model(&self) -> Result<UserModel, Failure> {
        let mut tables = DjangoTables::of_user_model(&self.user_model)?;
        if let Some(table) = &self.db_table {
            tables = tables.db_table(table);
        }
        tables.username.clone_from(&self.username_column);
        let mut model = UserModel { tables };
        for (field, column) in &self.columns {
            model.place(*field, Some(column.clone()))?;
        }
        for field in &self.without {
            model.place(*field, None)?;
        }
        Ok(model)
    }
}

impl UserModel {
    /// Says in which column a field is; `None`: the model does not have it.
    fn place(&mut self, field: UserField, column: Option<String>) -> Result<(), Failure> {
        let tables = &mut self.tables;
        match (field, column) {
            (UserField::DateJoined, column) => tables.date_joined = column,
            (UserField::Email, column) => tables.email = column,
            (UserField::FirstName, column) => tables.first_name = column,
            (UserField::IsActive, column) => tables.is_active = column,
            (UserField::IsStaff, column) => tables.is_staff = column,
            (UserField::IsSuperuser, column) => tables.is_superuser = column,
            (UserField::LastLogin, column) => tables.last_login = column,
            (UserField::LastName, column) => tables.last_name = column,
            (UserField::Id, Some(column)) => tables.id = column,
            (UserField::Password, Some(column)) => tables.password = column,
            (UserField::Groups, None) => (tables.user_groups, tables.user_permissions) = (None, None),
            (UserField::Groups, Some(_)) => {
                return Err(Failure::usage(
                    "--column: groups are in tables of their own, named after --db-table",
                ));
            }
            (UserField::Id | UserField::Password, None) => {
                return Err(Failure::usage(format!(
                    "--without: every user model has a field `{}`",
                    field.name()
                )));
            }
        }
        Ok(())
    }

    /// The columns of the table of users that an import reads.
    pub(crate) fn columns(&self) -> Vec<&str> {
        self.tables.required().swap_remove(0).1
    }

    /// The fields that these columns are meant to be of, as `--without` takes them; nothing of those that every model has.
    pub(crate) fn optional_fields(&self, columns: &[&str]) -> Vec<String> {
        let tables = &self.tables;
        let optional = [
            (UserField::Email, &tables.email),
            (UserField::LastLogin, &tables.last_login),
            (UserField::DateJoined, &tables.date_joined),
            (UserField::IsActive, &tables.is_active),
            (UserField::IsStaff, &tables.is_staff),
            (UserField::IsSuperuser, &tables.is_superuser),
            (UserField::FirstName, &tables.first_name),
            (UserField::LastName, &tables.last_name),
        ];
        let is_meant =
            |column: &Option<String>| column.as_deref().is_some_and(|column| columns.contains(&column));
        optional.into_iter().filter(|(_, column)| is_meant(column)).map(|(field, _)| field.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: UserModelArgs,
    }

    fn model(line: &[&str]) -> Result<UserModel, String> {
        let line = Line::try_parse_from([&["auth"], line].concat()).map_err(|error| error.to_string())?;
        line.args.model().map_err(Failure::into_message)
    }

    #[test]
    fn a_model_is_djangos_own_unless_it_is_described() {
        let model = model(&[]).unwrap();
        assert_eq!(model.tables, DjangoTables::default());
        assert_eq!(model.columns()[..4], ["id", "username", "password", "email"]);
        assert_eq!(model.columns()[4..6], ["first_name", "last_name"]);
    }

    #[test]
    fn names_and_omissions_are_those_of_the_model() {
        let line = "--user-model people.Person --db-table crew --username-column mail --column id=uuid --column email=mail \
                    --column first_name=given --without is_staff,date_joined --without last_name,groups";
        let model = model(&line.split_whitespace().collect::<Vec<_>>()).unwrap();
        let tables = &model.tables;
        assert_eq!((tables.user.as_str(), tables.user_reference.as_str()), ("crew", "person_id"));
        assert_eq!((tables.id.as_str(), tables.email.as_deref()), ("uuid", Some("mail")));
        assert!(
            tables.is_staff.is_none() && tables.user_groups.is_none() && tables.user_permissions.is_none()
        );
        assert_eq!(
            model.columns(),
            ["uuid", "mail", "password", "mail", "given", "last_login", "is_active", "is_superuser"]
        );
        assert_eq!(model.optional_fields(&["uuid", "last_login", "given"]), ["last_login", "first_name"]);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_what_does() {
        for (line, told) in [
            (["--column", "phone=tel"], "is no field: date_joined, email,"),
            (["--column", "email"], "FIELD=COLUMN"),
            (["--column", "groups=memberships"], "--db-table"),
            (["--without", "password"], "every user model has a field `password`"),
            (["--without", "username"], "possible values: date_joined"),
            (["--user-model", "Person"], "AUTH_USER_MODEL"),
        ] {
            let refused = model(&line).map(|_| ()).unwrap_err();
            assert!(refused.contains(told), "{line:?}: {refused}");
        }
    }
}
