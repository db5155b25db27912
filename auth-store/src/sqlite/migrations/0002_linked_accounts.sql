-- Accounts at other providers. With a rowid: the sealed tokens of some are too long for rows inside an index.
-- No foreign key: where the application has a users' table of its own, the users are not in {p}users.

CREATE TABLE {p}linked_accounts (
    id             BLOB    NOT NULL PRIMARY KEY,
    provider       TEXT    NOT NULL,
    issuer         TEXT    NOT NULL COLLATE BINARY,
    subject        TEXT    NOT NULL COLLATE BINARY,
    user_id        TEXT    NOT NULL,
    email          TEXT,
    name           TEXT,
    created_at     INTEGER NOT NULL,
    last_login_at  INTEGER,
    tokens         BLOB, -- sealed
    tokens_version INTEGER NOT NULL,
    UNIQUE (issuer, subject)
) STRICT;

CREATE INDEX {p}linked_accounts_by_user ON {p}linked_accounts (user_id, created_at);

CREATE TRIGGER {p}linked_accounts_of_removed_users AFTER DELETE ON {p}users
BEGIN
    DELETE FROM {p}linked_accounts WHERE user_id = old.id;
END;
