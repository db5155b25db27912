//! The application secret: from the environment, or made once and kept beside the demo database.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use auth_core::error::Error;
use auth_core::key::ApplicationSecrets;
use auth_core::random::{OsRandom, random_bytes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::settings::Database;

/// The secret of `AUTH_SECRET`; without it, the one kept beside the database, made if need be. A database in memory keeps
/// nothing, so its secret need not be kept either.
pub(crate) fn application_secrets(
    variable: Option<String>,
    database: &Database,
) -> Result<ApplicationSecrets, Error> {
    let text = match (variable.filter(|text| !text.is_empty()), database.file()) {
        (Some(text), _) => text,
        (None, Some(file)) => {
            let file = file.with_extension("secret");
            kept(&file).map_err(|error| {
                Error::configuration(format!(
                    "AUTH_SECRET is not set, and `{}`, where a secret would be kept, cannot be used: {error}",
                    file.display()
                ))
            })?
        }
        (None, None) if *database == Database::Memory => generate(),
        (None, None) => {
            return Err(Error::configuration(
                "AUTH_SECRET is not set, and a database that is no file has no place beside it: set it to the output of \
                 `openssl rand -base64 32`, the same for every server",
            ));
        }
    };
    ApplicationSecrets::from_text(&text)
        .map_err(|error| Error::configuration(format!("AUTH_SECRET: {error}")))
}

fn generate() -> String {
    STANDARD.encode(random_bytes::<32>(&OsRandom))
}

/// Reads the file, or makes it. Whoever makes it first wins, so two programs started at once agree.
fn kept(path: &Path) -> io::Result<String> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => {
            let text = generate();
            file.write_all(text.as_bytes())?;
            println!("AUTH_SECRET is not set: made a secret, kept in {}", path.display());
            Ok(text)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => fs::read_to_string(path),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_secret_is_kept_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("demo.secret");
        let made = kept(&path).unwrap();
        assert_eq!(kept(&path).unwrap(), made);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn a_weak_secret_is_refused_and_not_repeated() {
        let error = application_secrets(Some("hunter2".into()), &Database::Memory).unwrap_err().to_string();
        assert!(error.contains("AUTH_SECRET") && !error.contains("hunter2"), "{error}");
    }

    #[test]
    fn servers_that_share_a_database_have_to_be_given_the_secret_that_they_share() {
        let shared = Database::Sql("postgres://app@localhost/shop".to_owned());
        assert!(
            application_secrets(None, &shared).unwrap_err().to_string().starts_with("AUTH_SECRET is not set")
        );
        assert!(application_secrets(None, &Database::Memory).is_ok());
    }
}
