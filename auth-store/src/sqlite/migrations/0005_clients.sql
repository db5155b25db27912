-- The OAuth clients that are registered here.
CREATE TABLE @clients (
    tenant       TEXT    NOT NULL,
    client_id    TEXT    NOT NULL,
    registration TEXT    NOT NULL, -- JSON, without secrets
    secrets      BLOB    NOT NULL, -- SHA-256 of each, the newest first
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    disabled_at  INTEGER,
    version      INTEGER NOT NULL, -- counts its changes
    PRIMARY KEY (tenant, client_id)
) STRICT;
