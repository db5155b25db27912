-- What users have allowed clients of ours.
CREATE TABLE @consents (
    tenant        TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    client_id     TEXT    NOT NULL,
    local_user_id TEXT, -- the user, unless the application has a users' table of its own: then they are not in @users
    scope         TEXT    NOT NULL, -- words between single spaces
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL, -- when it last grew
    PRIMARY KEY (tenant, user_id, client_id),
    FOREIGN KEY (tenant, local_user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX @consents_by_local_user ON @consents (tenant, local_user_id);

-- The resource that the access tokens of a family are for, where it is not this application.
ALTER TABLE @refresh_families ADD COLUMN resource TEXT;
