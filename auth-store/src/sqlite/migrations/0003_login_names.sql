-- Further names to log in by, of accounts that had them elsewhere. They prove nothing, and nothing is written to them. A text is
-- another name as an address than as a user name. Whether a name is free is asked in {p}users too, within the transaction.

CREATE TABLE {p}user_login_names (
    name       TEXT    NOT NULL COLLATE BINARY, -- canonical
    is_address INTEGER NOT NULL,
    text       TEXT    NOT NULL,
    user_id    TEXT    NOT NULL REFERENCES {p}users (id) ON DELETE CASCADE,
    PRIMARY KEY (name, is_address)
) STRICT, WITHOUT ROWID;

CREATE INDEX {p}user_login_names_by_user ON {p}user_login_names (user_id);
