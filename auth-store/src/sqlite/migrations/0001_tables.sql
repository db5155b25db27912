-- Every table is of many tenants, and every key begins with the tenant. Times are Unix milliseconds. Hashes are blobs. Text is compared
-- byte by byte (BINARY, SQLite's default), so names are unique in their canonical form. What an account may do stands in its own
-- row, so that a guard reads one row.
--
-- The tables that a guard reads keep their rows in the primary key (WITHOUT ROWID). Others that are looked up by more than one key do
-- not: SQLite would rather walk through all that a tenant has in such a key than take another index to a row.

CREATE TABLE @users (
    tenant             TEXT    NOT NULL,
    id                 TEXT    NOT NULL,
    username           TEXT    NOT NULL,
    username_canonical TEXT    NOT NULL COLLATE BINARY,
    email              TEXT,
    email_canonical    TEXT    COLLATE BINARY,
    email_verified     INTEGER NOT NULL,
    password           TEXT,
    is_active          INTEGER NOT NULL,
    is_staff           INTEGER NOT NULL,
    is_superuser       INTEGER NOT NULL,
    auth_epoch         INTEGER NOT NULL,
    date_joined        INTEGER NOT NULL,
    last_login         INTEGER,
    group_names        TEXT    NOT NULL, -- JSON array, sorted
    direct_permissions TEXT    NOT NULL, -- JSON array, sorted
    permissions        TEXT    NOT NULL, -- JSON array, sorted: direct ones and those of all groups
    attributes         TEXT    NOT NULL, -- JSON object of the application
    first_name         TEXT    NOT NULL,
    last_name          TEXT    NOT NULL,
    ending             TEXT, -- why the account goes by itself: closed, closed_inactive, guest, unproven
    ends_at            INTEGER,
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX @users_by_username ON @users (tenant, username_canonical);
CREATE UNIQUE INDEX @users_by_email ON @users (tenant, email_canonical);
CREATE INDEX @users_by_end ON @users (tenant, ends_at, id) WHERE ends_at IS NOT NULL;

-- Further names to log in by, of accounts that had them elsewhere. They prove nothing, and nothing is written to them. A text is
-- another name as an address than as a user name. Whether a name is free is asked in @users too, within the transaction.
CREATE TABLE @user_login_names (
    tenant     TEXT    NOT NULL,
    name       TEXT    NOT NULL COLLATE BINARY, -- canonical
    is_address INTEGER NOT NULL,
    written    TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    PRIMARY KEY (tenant, name, is_address),
    FOREIGN KEY (tenant, user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX @user_login_names_by_user ON @user_login_names (tenant, user_id, name, is_address);

CREATE TABLE @groups (
    tenant      TEXT NOT NULL,
    name        TEXT NOT NULL,
    permissions TEXT NOT NULL, -- JSON array, sorted
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE @user_groups (
    tenant     TEXT NOT NULL,
    group_name TEXT NOT NULL,
    user_id    TEXT NOT NULL,
    PRIMARY KEY (tenant, group_name, user_id),
    FOREIGN KEY (tenant, group_name) REFERENCES @groups (tenant, name) ON DELETE CASCADE,
    FOREIGN KEY (tenant, user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX @user_groups_by_user ON @user_groups (tenant, user_id, group_name);

CREATE TABLE @sessions (
    tenant       TEXT    NOT NULL,
    session_key  BLOB    NOT NULL, -- keyed hash of the id
    handle       BLOB    NOT NULL,
    user_id      TEXT    NOT NULL,
    epoch        INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    auth_time    INTEGER NOT NULL,
    amr          INTEGER NOT NULL,
    remember     INTEGER NOT NULL,
    ip           TEXT,
    user_agent   TEXT,
    data         TEXT, -- JSON object
    data_version INTEGER NOT NULL,
    PRIMARY KEY (tenant, session_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX @sessions_by_user ON @sessions (tenant, user_id, created_at, handle);

CREATE TABLE @refresh_families (
    tenant               TEXT    NOT NULL,
    family_key           BLOB    NOT NULL, -- keyed hash
    sid                  BLOB    NOT NULL,
    client_id            TEXT    NOT NULL,
    user_id              TEXT    NOT NULL,
    epoch                INTEGER NOT NULL,
    scope                TEXT    NOT NULL,
    session              BLOB,
    auth_time            INTEGER NOT NULL,
    amr                  INTEGER NOT NULL,
    created_at           INTEGER NOT NULL,
    expires_at           INTEGER NOT NULL,
    current              BLOB    NOT NULL, -- keyed hash
    rotated_at           INTEGER NOT NULL,
    previous_hash        BLOB,
    previous_salt        BLOB,
    previous_key_version INTEGER,
    PRIMARY KEY (tenant, family_key)
) STRICT;

CREATE INDEX @refresh_families_by_user ON @refresh_families (tenant, user_id);
CREATE INDEX @refresh_families_by_session ON @refresh_families (tenant, session) WHERE session IS NOT NULL;

-- The sealed tokens of some are too long for rows inside an index, too.
CREATE TABLE @linked_accounts (
    tenant         TEXT    NOT NULL,
    id             BLOB    NOT NULL,
    provider       TEXT    NOT NULL,
    issuer         TEXT    NOT NULL COLLATE BINARY,
    subject        TEXT    NOT NULL COLLATE BINARY,
    user_id        TEXT    NOT NULL,
    local_user_id  TEXT,   -- the same, unless the application has a users' table of its own: then they are not in @users
    email          TEXT,
    name           TEXT,
    created_at     INTEGER NOT NULL,
    last_login_at  INTEGER,
    tokens         BLOB, -- sealed
    tokens_version INTEGER NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, local_user_id) REFERENCES @users (tenant, id) ON DELETE CASCADE
) STRICT;

CREATE UNIQUE INDEX @linked_accounts_by_subject ON @linked_accounts (tenant, issuer, subject);
CREATE INDEX @linked_accounts_by_user ON @linked_accounts (tenant, user_id, created_at);
CREATE INDEX @linked_accounts_by_local_user ON @linked_accounts (tenant, local_user_id);

CREATE TABLE @signing_keys (
    tenant       TEXT    NOT NULL,
    kid          TEXT    NOT NULL,
    algorithm    TEXT    NOT NULL,
    sealed       BLOB    NOT NULL,
    announced_at INTEGER NOT NULL,
    active_from  INTEGER NOT NULL,
    retire_from  INTEGER,
    gone_from    INTEGER,
    PRIMARY KEY (tenant, kid)
) STRICT, WITHOUT ROWID;

CREATE TABLE @short_lived (
    tenant     TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    value      BLOB    NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE @quotas (
    tenant     TEXT    NOT NULL,
    quota_key  INTEGER NOT NULL, -- the bits of an unsigned 64-bit number
    started_at INTEGER NOT NULL,
    window_ms  INTEGER NOT NULL,
    previous   INTEGER NOT NULL,
    current    INTEGER NOT NULL,
    PRIMARY KEY (tenant, quota_key)
) STRICT, WITHOUT ROWID;

-- Letters that are to be mailed. A row goes once it is delivered or given up.

CREATE TABLE @outbox (
    tenant     TEXT    NOT NULL,
    id         BLOB    NOT NULL,
    kind       TEXT    NOT NULL,
    due_at     INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    attempts   INTEGER NOT NULL,
    sealed     BLOB    NOT NULL,
    PRIMARY KEY (tenant, id)
) STRICT;

CREATE INDEX @outbox_by_due_at ON @outbox (tenant, kind, due_at, id);

-- What happened to accounts. Ids are in the order of time.

CREATE TABLE @audit (
    tenant      TEXT    NOT NULL,
    id          BLOB    NOT NULL,
    happened_at INTEGER NOT NULL,
    kind        TEXT    NOT NULL,
    user_id     TEXT,
    ip          TEXT,
    user_agent  TEXT,
    route       TEXT,
    details     TEXT    NOT NULL, -- JSON
    PRIMARY KEY (tenant, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX @audit_by_user ON @audit (tenant, user_id, id);
CREATE INDEX @audit_by_kind ON @audit (tenant, kind, id);
