-- What people have beside a password to prove who they are, and the browsers that are spared it.
CREATE TABLE @factors (
    tenant        TEXT    NOT NULL,
    id            BLOB    NOT NULL,
    user_id       TEXT    NOT NULL,
    local_user_id TEXT, -- the same, unless the application has a users' table of its own: then they are not in @users
    kind          TEXT    NOT NULL, -- passkey, recovery_code, totp, trusted_device
    handle        BLOB    NOT NULL, -- what finds it: a credential id, a keyed hash
    name          TEXT,
    data          BLOB    NOT NULL, -- sealed
    counter       INTEGER NOT NULL, -- moves forward with each use
    created_at    INTEGER NOT NULL,
    last_used_at  INTEGER,
    expires_at    INTEGER,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, local_user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX @factors_by_handle ON @factors (tenant, kind, handle);
CREATE INDEX @factors_by_user ON @factors (tenant, user_id, created_at);
CREATE INDEX @factors_by_local_user ON @factors (tenant, local_user_id);
