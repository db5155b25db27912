//! What kind of hash a stored text is.

use std::fmt;

/// The longest text that is read at all. The largest PHC string within the caps has 332 bytes; a wrapped one adds the
/// old salt and tags.
pub(super) const MAX_ENCODED_BYTES: usize = 512;

/// The tag of a hash over an HMAC of the password (Flask-Security's "double hash").
pub(super) const FLASK_SECURITY: &str = "flask-security$";

/// The tag of an Argon2id hash over a weaker one.
pub(super) const WRAPPED: &str = "wrapped$";

/// Formats by how their texts begin, and by the name that reports use. No beginning is the beginning of another.
const BY_PREFIX: &[(&str, HashFormat)] = &[
    ("$argon2id$", HashFormat::Argon2id),
    ("$argon2i$", HashFormat::Argon2i),
    ("$argon2d$", HashFormat::Argon2d),
    ("$2a$", HashFormat::Bcrypt),
    ("$2b$", HashFormat::Bcrypt),
    ("$2y$", HashFormat::Bcrypt),
    ("$bcrypt-sha256$", HashFormat::PasslibBcryptSha256),
    ("$pbkdf2$", HashFormat::PasslibPbkdf2Sha1),
    ("$pbkdf2-sha256$", HashFormat::PasslibPbkdf2Sha256),
    ("$pbkdf2-sha512$", HashFormat::PasslibPbkdf2Sha512),
    ("$scrypt$", HashFormat::Scrypt),
    ("$1$", HashFormat::Md5Crypt),
    ("$apr1$", HashFormat::Md5Crypt),
    ("$5$", HashFormat::Sha256Crypt),
    ("$6$", HashFormat::Sha512Crypt),
    ("argon2$", HashFormat::DjangoArgon2),
    ("bcrypt$", HashFormat::DjangoBcrypt),
    ("bcrypt_sha256$", HashFormat::DjangoBcryptSha256),
    ("md5$", HashFormat::DjangoMd5),
    ("pbkdf2_sha1$", HashFormat::DjangoPbkdf2Sha1),
    ("pbkdf2_sha256$", HashFormat::DjangoPbkdf2Sha256),
    ("scrypt$", HashFormat::DjangoScrypt),
    ("sha1$", HashFormat::DjangoSha1),
    ("sha256$", HashFormat::WerkzeugHmac),
    ("sha512$", HashFormat::WerkzeugHmac),
    ("pbkdf2:", HashFormat::WerkzeugPbkdf2),
    ("scrypt:", HashFormat::WerkzeugScrypt),
];

/// The format of a stored hash. `Display` gives a short name that stays the same, for reports.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum HashFormat {
    /// `$argon2d$…`, a PHC string.
    Argon2d,
    /// `$argon2i$…`, a PHC string.
    Argon2i,
    /// `$argon2id$…`, a PHC string: ours, and that of argon2-cffi, passlib and pwdlib.
    Argon2id,
    /// `$2a$`, `$2b$`, `$2y$`: bcrypt, which sees 72 bytes of a password. A longer one is refused.
    Bcrypt,
    /// `argon2$argon2id$…`, `argon2$argon2i$…`.
    DjangoArgon2,
    /// `bcrypt$$2b$…`: bcrypt of the password itself.
    DjangoBcrypt,
    /// `bcrypt_sha256$$2b$…`: bcrypt of the SHA-256 in hexadecimal.
    DjangoBcryptSha256,
    /// `md5$salt$…`: one round; of Werkzeug before 2.3, one HMAC.
    DjangoMd5,
    /// `pbkdf2_sha1$iterations$salt$…`.
    DjangoPbkdf2Sha1,
    /// `pbkdf2_sha256$iterations$salt$…`: Django's default.
    DjangoPbkdf2Sha256,
    /// `scrypt$N$salt$r$p$…`.
    DjangoScrypt,
    /// `sha1$salt$…`: one round; Django before 5.1. Of Werkzeug before 2.3, one HMAC.
    DjangoSha1,
    /// `flask-security$` and another format, which is over an HMAC of the password under the application's salt.
    FlaskSecurity(Box<HashFormat>),
    /// `$1$…` (crypt(3) of many systems), `$apr1$…` (Apache's htpasswd).
    Md5Crypt,
    /// `$bcrypt-sha256$…` of passlib: bcrypt of a SHA-256 (version 1) or HMAC-SHA-256 (version 2) in base64.
    PasslibBcryptSha256,
    /// `$pbkdf2$…` of passlib, which is over SHA-1.
    PasslibPbkdf2Sha1,
    /// `$pbkdf2-sha256$…` of passlib.
    PasslibPbkdf2Sha256,
    /// `$pbkdf2-sha512$…` of passlib.
    PasslibPbkdf2Sha512,
    /// `$scrypt$ln=…,r=…,p=…$…`, a PHC string.
    Scrypt,
    /// `$5$…` (crypt(3) of many systems).
    Sha256Crypt,
    /// `$6$…` (crypt(3) of many systems).
    Sha512Crypt,
    /// None of these.
    Unknown,
    /// What says that there is no password: Django's `!…`, and an empty text, `*` and `x`, as in `/etc/shadow`.
    Unusable,
    /// `sha256$salt$…`, `sha512$salt$…`: one HMAC; Werkzeug before 2.3.
    WerkzeugHmac,
    /// `pbkdf2:hash:iterations$salt$…`.
    WerkzeugPbkdf2,
    /// `scrypt:N:r:p$salt$…`: Werkzeug's default.
    WerkzeugScrypt,
    /// `wrapped$` and another format, whose digest is the password of an Argon2id hash
    /// ([`PasswordHasher::wrap`](super::PasswordHasher::wrap)).
    Wrapped(Box<HashFormat>),
}

impl HashFormat {
    /// Whether it is one of Django's own, which Django reads as it stands.
    pub fn is_django(&self) -> bool {
        matches!(
            self,
            Self::DjangoArgon2
                | Self::DjangoBcrypt
                | Self::DjangoBcryptSha256
                | Self::DjangoMd5
                | Self::DjangoPbkdf2Sha1
                | Self::DjangoPbkdf2Sha256
                | Self::DjangoScrypt
                | Self::DjangoSha1
        )
    }

    /// The format that this text has by its beginning.
    pub(super) fn of(encoded: &str) -> Self {
        if encoded.len() > MAX_ENCODED_BYTES {
            return Self::Unknown;
        }
        if matches!(encoded, "" | "*" | "x") || encoded.starts_with('!') {
            return Self::Unusable;
        }
        if let Some(old) = encoded.strip_prefix(WRAPPED) {
            return Self::tagged(old).map_or(Self::Unknown, |old| Self::Wrapped(Box::new(old)));
        }
        Self::tagged(encoded).unwrap_or(Self::Unknown)
    }

    /// A plain format, or one under Flask-Security's HMAC.
    fn tagged(encoded: &str) -> Option<Self> {
        match encoded.strip_prefix(FLASK_SECURITY) {
            Some(inner) => Self::plain(inner).map(|inner| Self::FlaskSecurity(Box::new(inner))),
            None => Self::plain(encoded),
        }
    }

    /// A format without a tag.
    pub(super) fn plain(encoded: &str) -> Option<Self> {
        BY_PREFIX.iter().find(|(prefix, _)| encoded.starts_with(prefix)).map(|(_, format)| format.clone())
    }
}

impl fmt::Display for HashFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Argon2d => "argon2d",
            Self::Argon2i => "argon2i",
            Self::Argon2id => "argon2id",
            Self::Bcrypt => "bcrypt",
            Self::DjangoArgon2 => "django argon2",
            Self::DjangoBcrypt => "django bcrypt",
            Self::DjangoBcryptSha256 => "django bcrypt_sha256",
            Self::DjangoMd5 => "django md5",
            Self::DjangoPbkdf2Sha1 => "django pbkdf2_sha1",
            Self::DjangoPbkdf2Sha256 => "django pbkdf2_sha256",
            Self::DjangoScrypt => "django scrypt",
            Self::DjangoSha1 => "django sha1",
            Self::FlaskSecurity(inner) => return write!(f, "flask-security {inner}"),
            Self::Md5Crypt => "md5-crypt",
            Self::PasslibBcryptSha256 => "passlib bcrypt-sha256",
            Self::PasslibPbkdf2Sha1 => "passlib pbkdf2-sha1",
            Self::PasslibPbkdf2Sha256 => "passlib pbkdf2-sha256",
            Self::PasslibPbkdf2Sha512 => "passlib pbkdf2-sha512",
            Self::Scrypt => "scrypt",
            Self::Sha256Crypt => "sha256-crypt",
            Self::Sha512Crypt => "sha512-crypt",
            Self::Unknown => "unknown",
            Self::Unusable => "unusable",
            Self::WerkzeugHmac => "werkzeug hmac",
            Self::WerkzeugPbkdf2 => "werkzeug pbkdf2",
            Self::WerkzeugScrypt => "werkzeug scrypt",
            Self::Wrapped(old) => return write!(f, "wrapped {old}"),
        })
    }
}
