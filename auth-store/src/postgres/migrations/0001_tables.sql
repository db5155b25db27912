-- Every table is of many tenants, and every key begins with the tenant. Times are Unix milliseconds. Text is compared byte by byte
-- (COLLATE "C"), whatever the collation of the database, so names are unique in their canonical form. What an account may do
-- stands in its own row, so that a guard reads one row.
--
-- Rows of the tables with a fillfactor change often in columns that no index has: with room on its page a row stays there, and its
-- indexes as they are.

CREATE TABLE @users (
    tenant             text COLLATE "C" NOT NULL,
    id                 text COLLATE "C" NOT NULL,
    username           text COLLATE "C" NOT NULL,
    username_canonical text COLLATE "C" NOT NULL,
    email              text COLLATE "C",
    email_canonical    text COLLATE "C",
    email_verified     boolean NOT NULL,
    password           text COLLATE "C",
    is_active          boolean NOT NULL,
    is_staff           boolean NOT NULL,
    is_superuser       boolean NOT NULL,
    auth_epoch         bigint NOT NULL,
    date_joined        bigint NOT NULL,
    last_login         bigint,
    group_names        text COLLATE "C" NOT NULL, -- JSON array, sorted
    direct_permissions text COLLATE "C" NOT NULL, -- JSON array, sorted
    permissions        text COLLATE "C" NOT NULL, -- JSON array, sorted: direct ones and those of all groups
    attributes         text COLLATE "C" NOT NULL, -- JSON object of the application
    first_name         text COLLATE "C" NOT NULL,
    last_name          text COLLATE "C" NOT NULL,
    ending             text COLLATE "C", -- why the account goes by itself: closed, closed_inactive, guest, unproven
    ends_at            bigint,
    PRIMARY KEY (tenant, id)
) WITH (fillfactor = 85);

CREATE UNIQUE INDEX @users_by_username ON @users (tenant, username_canonical);
CREATE UNIQUE INDEX @users_by_email ON @users (tenant, email_canonical);
CREATE INDEX @users_by_end ON @users (tenant, ends_at, id) WHERE ends_at IS NOT NULL;

-- Further names to log in by, of accounts that had them elsewhere. They prove nothing, and nothing is written to them. A text is
-- another name as an address than as a user name. Whether a name is free is asked in @users too, within the transaction.
CREATE TABLE @user_login_names (
    tenant     text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL, -- canonical
    is_address boolean NOT NULL,
    written    text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, name, is_address),
    FOREIGN KEY (tenant, user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
);

CREATE INDEX @user_login_names_by_user ON @user_login_names (tenant, user_id, name, is_address);

CREATE TABLE @groups (
    tenant      text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    permissions text COLLATE "C" NOT NULL, -- JSON array, sorted
    PRIMARY KEY (tenant, name)
);

CREATE TABLE @user_groups (
    tenant     text COLLATE "C" NOT NULL,
    group_name text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, group_name, user_id),
    FOREIGN KEY (tenant, group_name) REFERENCES @groups (tenant, name) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
);

CREATE INDEX @user_groups_by_user ON @user_groups (tenant, user_id, group_name);

CREATE TABLE @sessions (
    tenant       text COLLATE "C" NOT NULL,
    session_key  bytea NOT NULL, -- keyed hash of the id
    handle       bytea NOT NULL,
    user_id      text COLLATE "C" NOT NULL,
    epoch        bigint NOT NULL,
    created_at   bigint NOT NULL,
    last_seen_at bigint NOT NULL,
    expires_at   bigint NOT NULL,
    auth_time    bigint NOT NULL,
    amr          bigint NOT NULL,
    remember     boolean NOT NULL,
    ip           text COLLATE "C",
    user_agent   text COLLATE "C",
    data         text COLLATE "C", -- JSON object
    data_version bigint NOT NULL,
    PRIMARY KEY (tenant, session_key)
) WITH (fillfactor = 85);

CREATE INDEX @sessions_by_user ON @sessions (tenant, user_id, created_at, handle);

CREATE TABLE @refresh_families (
    tenant               text COLLATE "C" NOT NULL,
    family_key           bytea NOT NULL, -- keyed hash
    sid                  bytea NOT NULL,
    client_id            text COLLATE "C" NOT NULL,
    user_id              text COLLATE "C" NOT NULL,
    epoch                bigint NOT NULL,
    scope                text COLLATE "C" NOT NULL,
    session              bytea,
    auth_time            bigint NOT NULL,
    amr                  bigint NOT NULL,
    created_at           bigint NOT NULL,
    expires_at           bigint NOT NULL,
    current              bytea NOT NULL, -- keyed hash
    rotated_at           bigint NOT NULL,
    previous_hash        bytea,
    previous_salt        bytea,
    previous_key_version bigint,
    PRIMARY KEY (tenant, family_key)
) WITH (fillfactor = 85);

CREATE INDEX @refresh_families_by_user ON @refresh_families (tenant, user_id);
CREATE INDEX @refresh_families_by_session ON @refresh_families (tenant, session) WHERE session IS NOT NULL;

CREATE TABLE @linked_accounts (
    tenant         text COLLATE "C" NOT NULL,
    id             bytea NOT NULL,
    provider       text COLLATE "C" NOT NULL,
    issuer         text COLLATE "C" NOT NULL,
    subject        text COLLATE "C" NOT NULL,
    user_id        text COLLATE "C" NOT NULL,
    local_user_id  text COLLATE "C", -- the same, unless the application has a users' table of its own: then they are not in @users
    email          text COLLATE "C",
    name           text COLLATE "C",
    created_at     bigint NOT NULL,
    last_login_at  bigint,
    tokens         bytea, -- sealed
    tokens_version bigint NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, local_user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
);

CREATE UNIQUE INDEX @linked_accounts_by_subject ON @linked_accounts (tenant, issuer, subject);
CREATE INDEX @linked_accounts_by_user ON @linked_accounts (tenant, user_id, created_at);
CREATE INDEX @linked_accounts_by_local_user ON @linked_accounts (tenant, local_user_id);

CREATE TABLE @signing_keys (
    tenant       text COLLATE "C" NOT NULL,
    kid          text COLLATE "C" NOT NULL,
    algorithm    text COLLATE "C" NOT NULL,
    sealed       bytea NOT NULL,
    announced_at bigint NOT NULL,
    active_from  bigint NOT NULL,
    retire_from  bigint,
    gone_from    bigint,
    PRIMARY KEY (tenant, kid)
);

CREATE TABLE @short_lived (
    tenant     text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    value      bytea NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (tenant, name)
) WITH (fillfactor = 85);

CREATE TABLE @quotas (
    tenant     text COLLATE "C" NOT NULL,
    quota_key  bigint NOT NULL, -- the bits of an unsigned 64-bit number
    started_at bigint NOT NULL,
    window_ms  bigint NOT NULL,
    previous   bigint NOT NULL,
    current    bigint NOT NULL,
    PRIMARY KEY (tenant, quota_key)
) WITH (fillfactor = 70);

-- Letters that are to be mailed. A row goes once it is delivered or given up.

CREATE TABLE @outbox (
    tenant     text COLLATE "C" NOT NULL,
    id         bytea NOT NULL,
    kind       text COLLATE "C" NOT NULL,
    due_at     bigint NOT NULL,
    expires_at bigint NOT NULL,
    attempts   bigint NOT NULL,
    sealed     bytea NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE INDEX @outbox_by_due_at ON @outbox (tenant, kind, due_at, id);

-- What happened to accounts. Ids are in the order of time.

CREATE TABLE @audit (
    tenant      text COLLATE "C" NOT NULL,
    id          bytea NOT NULL,
    happened_at bigint NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    user_id     text COLLATE "C",
    ip          text COLLATE "C",
    user_agent  text COLLATE "C",
    route       text COLLATE "C",
    details     text COLLATE "C" NOT NULL, -- JSON
    PRIMARY KEY (tenant, id)
);

CREATE INDEX @audit_by_user ON @audit (tenant, user_id, id);
CREATE INDEX @audit_by_kind ON @audit (tenant, kind, id);
