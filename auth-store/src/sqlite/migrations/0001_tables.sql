-- Times are Unix milliseconds. Hashes are blobs. Text is compared byte by byte (BINARY, SQLite's default), so names
-- are unique in their canonical form. What an account may do stands in its own row, so that a guard reads one row.

CREATE TABLE {p}users (
    id                 TEXT    NOT NULL PRIMARY KEY,
    username           TEXT    NOT NULL,
    username_canonical TEXT    NOT NULL UNIQUE COLLATE BINARY,
    email              TEXT,
    email_canonical    TEXT    UNIQUE COLLATE BINARY,
    email_verified     INTEGER NOT NULL,
    password           TEXT,
    is_active          INTEGER NOT NULL,
    is_staff           INTEGER NOT NULL,
    is_superuser       INTEGER NOT NULL,
    auth_epoch         INTEGER NOT NULL,
    date_joined        INTEGER NOT NULL,
    last_login         INTEGER,
    groups             TEXT    NOT NULL, -- JSON array, sorted
    direct_permissions TEXT    NOT NULL, -- JSON array, sorted
    permissions        TEXT    NOT NULL, -- JSON array, sorted: direct ones and those of all groups
    attributes         TEXT    NOT NULL  -- JSON object of the application
) STRICT, WITHOUT ROWID;

CREATE TABLE {p}groups (
    name        TEXT NOT NULL PRIMARY KEY,
    permissions TEXT NOT NULL -- JSON array, sorted
) STRICT, WITHOUT ROWID;

CREATE TABLE {p}user_groups (
    group_name TEXT NOT NULL REFERENCES {p}groups (name) ON DELETE CASCADE,
    user_id    TEXT NOT NULL REFERENCES {p}users (id) ON DELETE CASCADE,
    PRIMARY KEY (group_name, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX {p}user_groups_by_user ON {p}user_groups (user_id);

CREATE TABLE {p}sessions (
    key          BLOB    NOT NULL PRIMARY KEY, -- keyed hash of the id
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
    data_version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX {p}sessions_by_user ON {p}sessions (user_id, created_at);

CREATE TABLE {p}refresh_families (
    key                  BLOB    NOT NULL PRIMARY KEY, -- keyed hash
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
    previous_key_version INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX {p}refresh_families_by_user ON {p}refresh_families (user_id);
CREATE INDEX {p}refresh_families_by_session ON {p}refresh_families (session) WHERE session IS NOT NULL;

CREATE TABLE {p}signing_keys (
    kid          TEXT    NOT NULL PRIMARY KEY,
    algorithm    TEXT    NOT NULL,
    sealed       BLOB    NOT NULL,
    announced_at INTEGER NOT NULL,
    active_from  INTEGER NOT NULL,
    retire_from  INTEGER,
    gone_from    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE {p}short_lived (
    key        TEXT    NOT NULL PRIMARY KEY,
    value      BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE {p}quotas (
    key        INTEGER NOT NULL PRIMARY KEY, -- the bits of an unsigned 64-bit number
    started_at INTEGER NOT NULL,
    window_ms  INTEGER NOT NULL,
    previous   INTEGER NOT NULL,
    current    INTEGER NOT NULL
) STRICT;
