//! The objects that more than one route answers with, and are no route's own.

use super::{Object, Schema, nullable, optional, required};

/// RFC 9457, as `http/reply.rs` writes it.
pub(crate) const PROBLEM: Object = Object {
    name: "Problem",
    about: "A problem document (RFC 9457). Programs branch on `code`; the sentences may change.",
    members: &[
        required("type", Schema::Text, "`about:blank`"),
        required("title", Schema::Text, "what it is, in a sentence"),
        required("status", Schema::Integer, "the status of the answer"),
        required("code", Schema::Text, "what it is, in a word"),
        optional("detail", Schema::Text, "what exactly is wrong"),
        optional("hint", Schema::Text, "what a browser can do about it, in a word"),
        optional("instance", Schema::Text, "the event that was noted of it, for support to find"),
        optional(
            "violations",
            Schema::List(&Schema::Object(&VIOLATION)),
            "what the policy has against a password",
        ),
        optional(
            "retry_after",
            Schema::Integer,
            "in how many seconds to come again, as `Retry-After` has it",
        ),
    ],
};

pub(crate) const VIOLATION: Object = Object {
    name: "Violation",
    about: "One thing that the policy has against a password.",
    members: &[
        required("code", Schema::Text, "what, in a word"),
        required("message", Schema::Text, "what, in a sentence for people"),
    ],
};

/// RFC 6749 section 5.2, as `routes/server/token.rs` writes it.
pub(crate) const OAUTH_ERROR: Object = Object {
    name: "OAuthError",
    about: "An error in OAuth's form (RFC 6749 section 5.2).",
    members: &[
        required("error", Schema::Text, "what it is, in a word"),
        optional("error_description", Schema::Text, "what it is, in a sentence for developers"),
    ],
};

/// What `http/reply.rs` writes of a login that lacks a factor.
pub(crate) const PENDING: Object = Object {
    name: "FactorMissing",
    about: "The first factor was right, and a second one is missing: nobody is logged in yet.",
    members: &[
        required("status", Schema::Word(&["mfa_required"]), ""),
        required("methods", Schema::List(&Schema::Text), "by what to go on"),
    ],
};

/// The user as every route shows it (`routes/session/me.rs`).
pub(crate) const USER: Object = Object {
    name: "User",
    about: "A user.",
    members: &[
        required("id", Schema::Text, ""),
        required("username", Schema::Text, ""),
        nullable("email", Schema::Text, ""),
        required("email_verified", Schema::Boolean, "whether it was proven whose the address is"),
        required("is_active", Schema::Boolean, ""),
        required("is_staff", Schema::Boolean, ""),
        required(
            "is_superuser",
            Schema::Boolean,
            "whoever is may do everything, whatever `permissions` says",
        ),
        required("groups", Schema::List(&Schema::Text), ""),
        required("permissions", Schema::List(&Schema::Text), "the user's own and those of the groups"),
        required("date_joined", Schema::Time, ""),
        nullable("last_login", Schema::Time, ""),
    ],
};

pub(crate) const USER_REPLY: Object = Object {
    name: "UserReply",
    about: "A user, as an answer.",
    members: &[required("user", Schema::Object(&USER), "")],
};
