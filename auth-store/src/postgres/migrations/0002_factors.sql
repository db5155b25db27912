-- What people have beside a password to prove who they are, and the browsers that are spared it.
CREATE TABLE @factors (
    tenant        text COLLATE "C" NOT NULL,
    id            bytea NOT NULL,
    user_id       text COLLATE "C" NOT NULL,
    local_user_id text COLLATE "C", -- the same, unless the application has a users' table of its own: then they are not in @users
    kind          text COLLATE "C" NOT NULL, -- passkey, recovery_code, totp, trusted_device
    handle        bytea NOT NULL, -- what finds it: a credential id, a keyed hash
    name          text COLLATE "C",
    data          bytea NOT NULL, -- sealed
    counter       bigint NOT NULL, -- moves forward with each use
    created_at    bigint NOT NULL,
    last_used_at  bigint,
    expires_at    bigint,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, local_user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX @factors_by_handle ON @factors (tenant, kind, handle);
CREATE INDEX @factors_by_user ON @factors (tenant, user_id, created_at);
CREATE INDEX @factors_by_local_user ON @factors (tenant, local_user_id);
