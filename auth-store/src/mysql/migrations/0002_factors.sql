-- What people have beside a password to prove who they are, and the browsers that are spared it.
CREATE TABLE @factors (
    tenant        VARBINARY(64) NOT NULL,
    id            VARBINARY(64) NOT NULL,
    user_id       VARBINARY(255) NOT NULL,
    local_user_id VARBINARY(255), -- the same, unless the application has a users' table of its own: then they are not in @users
    kind          VARBINARY(32) NOT NULL, -- passkey, recovery_code, totp, trusted_device
    handle        VARBINARY(1023) NOT NULL, -- what finds it: a credential id, a keyed hash
    name          TEXT,
    data          LONGBLOB NOT NULL, -- sealed
    counter       BIGINT NOT NULL, -- moves forward with each use
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT,
    expires_at    BIGINT,
    PRIMARY KEY (tenant, id),
    UNIQUE KEY @factors_by_handle (tenant, kind, handle),
    KEY @factors_by_user (tenant, user_id, created_at),
    KEY @factors_by_local_user (tenant, local_user_id),
    FOREIGN KEY (tenant, local_user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
