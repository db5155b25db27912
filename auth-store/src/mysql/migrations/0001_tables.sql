-- Every table is of many tenants, and every key begins with the tenant. Times are Unix milliseconds. Text that is compared is binary:
-- every collation of texts that MySQL and MariaDB have in common passes over spaces at the end, and most over case and accents.
-- Names are unique in their canonical form. What an account may do stands in its own row, so that a guard reads one row.

CREATE TABLE @users (
    tenant             VARBINARY(64) NOT NULL,
    id                 VARBINARY(255) NOT NULL,
    username           VARCHAR(255) NOT NULL,
    username_canonical VARBINARY(1024) NOT NULL,
    email              VARCHAR(255),
    email_canonical    VARBINARY(1024),
    email_verified     BOOLEAN NOT NULL,
    password           VARBINARY(2048),
    is_active          BOOLEAN NOT NULL,
    is_staff           BOOLEAN NOT NULL,
    is_superuser       BOOLEAN NOT NULL,
    auth_epoch         BIGINT NOT NULL,
    date_joined        BIGINT NOT NULL,
    last_login         BIGINT,
    group_names        LONGTEXT NOT NULL, -- JSON array, sorted
    direct_permissions LONGTEXT NOT NULL, -- JSON array, sorted
    permissions        LONGTEXT NOT NULL, -- JSON array: direct ones and those of all groups
    attributes         LONGTEXT NOT NULL, -- JSON object of the application
    first_name         VARCHAR(255) NOT NULL,
    last_name          VARCHAR(255) NOT NULL,
    ending             VARBINARY(16), -- why the account goes by itself: closed, closed_inactive, guest, unproven
    ends_at            BIGINT,
    PRIMARY KEY (tenant, id),
    UNIQUE KEY @users_by_username (tenant, username_canonical),
    UNIQUE KEY @users_by_email (tenant, email_canonical),
    KEY @users_by_end (tenant, ends_at, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Further names to log in by, of accounts that had them elsewhere. They prove nothing, and nothing is written to them. A text is
-- another name as an address than as a user name. Whether a name is free is asked in @users too, within the transaction.
CREATE TABLE @user_login_names (
    tenant     VARBINARY(64) NOT NULL,
    name       VARBINARY(2048) NOT NULL, -- canonical
    is_address BOOLEAN NOT NULL,
    written    TEXT NOT NULL,
    user_id    VARBINARY(255) NOT NULL,
    PRIMARY KEY (tenant, name, is_address),
    KEY @user_login_names_by_user (tenant, user_id, name, is_address),
    FOREIGN KEY (tenant, user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE @groups (
    tenant      VARBINARY(64) NOT NULL,
    name        VARBINARY(1024) NOT NULL,
    permissions LONGTEXT NOT NULL, -- JSON array, sorted
    PRIMARY KEY (tenant, name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE @user_groups (
    tenant     VARBINARY(64) NOT NULL,
    group_name VARBINARY(1024) NOT NULL,
    user_id    VARBINARY(255) NOT NULL,
    PRIMARY KEY (tenant, group_name, user_id),
    KEY @user_groups_by_user (tenant, user_id, group_name),
    FOREIGN KEY (tenant, group_name) REFERENCES @groups (tenant, name) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE @sessions (
    tenant       VARBINARY(64) NOT NULL,
    session_key  VARBINARY(64) NOT NULL, -- keyed hash of the id
    handle       VARBINARY(64) NOT NULL,
    user_id      VARBINARY(255) NOT NULL,
    epoch        BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    auth_time    BIGINT NOT NULL,
    amr          BIGINT NOT NULL,
    remember     BOOLEAN NOT NULL,
    ip           VARCHAR(64),
    user_agent   TEXT,
    data         LONGTEXT, -- JSON object
    data_version BIGINT NOT NULL,
    PRIMARY KEY (tenant, session_key),
    KEY @sessions_by_user (tenant, user_id, created_at, handle)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE @refresh_families (
    tenant               VARBINARY(64) NOT NULL,
    family_key           VARBINARY(64) NOT NULL, -- keyed hash
    sid                  VARBINARY(64) NOT NULL,
    client_id            TEXT NOT NULL,
    user_id              VARBINARY(255) NOT NULL,
    epoch                BIGINT NOT NULL,
    scope                TEXT NOT NULL,
    session              VARBINARY(64),
    auth_time            BIGINT NOT NULL,
    amr                  BIGINT NOT NULL,
    created_at           BIGINT NOT NULL,
    expires_at           BIGINT NOT NULL,
    current              VARBINARY(64) NOT NULL, -- keyed hash
    rotated_at           BIGINT NOT NULL,
    previous_hash        VARBINARY(64),
    previous_salt        VARBINARY(64),
    previous_key_version BIGINT,
    PRIMARY KEY (tenant, family_key),
    KEY @refresh_families_by_user (tenant, user_id),
    KEY @refresh_families_by_session (tenant, session)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- With the user goes the row, by a key and no trigger: a trigger would belong to whoever made it, and fail once that user is gone.
CREATE TABLE @linked_accounts (
    tenant         VARBINARY(64) NOT NULL,
    id             VARBINARY(64) NOT NULL,
    provider       VARCHAR(255) NOT NULL,
    issuer         VARBINARY(2048) NOT NULL,
    subject        VARBINARY(512) NOT NULL,
    user_id        VARBINARY(255) NOT NULL,
    local_user_id  VARBINARY(255), -- the same, unless the application has a users' table of its own: then they are not in @users
    email          VARCHAR(255),
    name           TEXT,
    created_at     BIGINT NOT NULL,
    last_login_at  BIGINT,
    tokens         LONGBLOB, -- sealed
    tokens_version BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    UNIQUE KEY @linked_accounts_by_subject (tenant, issuer, subject),
    KEY @linked_accounts_by_user (tenant, user_id, created_at),
    KEY @linked_accounts_by_local_user (tenant, local_user_id),
    FOREIGN KEY (tenant, local_user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE @signing_keys (
    tenant       VARBINARY(64) NOT NULL,
    kid          VARBINARY(255) NOT NULL,
    algorithm    VARCHAR(255) NOT NULL,
    sealed       LONGBLOB NOT NULL,
    announced_at BIGINT NOT NULL,
    active_from  BIGINT NOT NULL,
    retire_from  BIGINT,
    gone_from    BIGINT,
    PRIMARY KEY (tenant, kid)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE @short_lived (
    tenant     VARBINARY(64) NOT NULL,
    name       VARBINARY(1024) NOT NULL,
    value      LONGBLOB NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE @quotas (
    tenant     VARBINARY(64) NOT NULL,
    quota_key  BIGINT NOT NULL, -- the bits of an unsigned 64-bit number
    started_at BIGINT NOT NULL,
    window_ms  BIGINT NOT NULL,
    previous   BIGINT NOT NULL,
    current    BIGINT NOT NULL,
    PRIMARY KEY (tenant, quota_key)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Letters that are to be mailed. A row goes once it is delivered or given up.

CREATE TABLE @outbox (
    tenant     VARBINARY(64) NOT NULL,
    id         VARBINARY(64) NOT NULL,
    kind       VARBINARY(64) NOT NULL,
    due_at     BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    attempts   BIGINT NOT NULL,
    sealed     LONGBLOB NOT NULL,
    PRIMARY KEY (tenant, id),
    KEY by_due_at (tenant, kind, due_at, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What happened to accounts. Ids are in the order of time.

CREATE TABLE @audit (
    tenant      VARBINARY(64) NOT NULL,
    id          VARBINARY(64) NOT NULL,
    happened_at BIGINT NOT NULL,
    kind        VARBINARY(64) NOT NULL,
    user_id     VARBINARY(255),
    ip          VARCHAR(64),
    user_agent  TEXT,
    route       VARCHAR(255),
    details     TEXT NOT NULL, -- JSON
    PRIMARY KEY (tenant, id),
    KEY by_user (tenant, user_id, id),
    KEY by_kind (tenant, kind, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
