-- What users have allowed clients of ours.
CREATE TABLE @consents (
    tenant        VARBINARY(64) NOT NULL,
    user_id       VARBINARY(255) NOT NULL,
    client_id     VARBINARY(255) NOT NULL,
    local_user_id VARBINARY(255), -- the user, unless the application has a users' table of its own: then they are not in @users
    scope         TEXT NOT NULL, -- words between single spaces
    created_at    BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL, -- when it last grew
    PRIMARY KEY (tenant, user_id, client_id),
    KEY @consents_by_local_user (tenant, local_user_id),
    FOREIGN KEY (tenant, local_user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The resource that the access tokens of a family are for, where it is not this application.
ALTER TABLE @refresh_families ADD COLUMN resource TEXT;
