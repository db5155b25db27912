-- What users have allowed clients of ours.
CREATE TABLE @consents (
    tenant        text COLLATE "C" NOT NULL,
    user_id       text COLLATE "C" NOT NULL,
    client_id     text COLLATE "C" NOT NULL,
    local_user_id text COLLATE "C", -- the user, unless the application has a users' table of its own: then they are not in @users
    scope         text COLLATE "C" NOT NULL, -- words between single spaces
    created_at    bigint NOT NULL,
    updated_at    bigint NOT NULL, -- when it last grew
    PRIMARY KEY (tenant, user_id, client_id),
    FOREIGN KEY (tenant, local_user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
);
CREATE INDEX @consents_by_local_user ON @consents (tenant, local_user_id);

-- The resource that the access tokens of a family are for, where it is not this application.
ALTER TABLE @refresh_families ADD COLUMN resource text COLLATE "C";
