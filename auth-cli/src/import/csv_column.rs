//! What the columns of a CSV file hold.

/// What a column holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Column {
    Attributes,
    DateJoined,
    Email,
    EmailVerified,
    FirstName,
    Groups,
    Id,
    IsActive,
    IsStaff,
    IsSuperuser,
    LastLogin,
    LastName,
    PasswordHash,
    Permissions,
    Username,
}

impl Column {
    /// The column of this name, however people write it: `Username`, `E-Mail`, ` Date joined `.
    pub(super) fn named(name: &str) -> Option<Self> {
        let letters = name.chars().filter(|c| !matches!(c, ' ' | '_' | '-'));
        let name: String = letters.flat_map(char::to_lowercase).collect();
        Some(match name.trim() {
            "attributes" => Self::Attributes,
            "datejoined" => Self::DateJoined,
            "email" => Self::Email,
            "emailverified" => Self::EmailVerified,
            "firstname" => Self::FirstName,
            "groups" => Self::Groups,
            "id" => Self::Id,
            "isactive" => Self::IsActive,
            "isstaff" => Self::IsStaff,
            "issuperuser" => Self::IsSuperuser,
            "lastlogin" => Self::LastLogin,
            "lastname" => Self::LastName,
            "passwordhash" => Self::PasswordHash,
            "permissions" => Self::Permissions,
            "username" => Self::Username,
            _ => return None,
        })
    }
}
