-- The OAuth clients that are registered here.
CREATE TABLE @clients (
    tenant       text COLLATE "C" NOT NULL,
    client_id    text COLLATE "C" NOT NULL,
    registration text COLLATE "C" NOT NULL, -- JSON, without secrets
    secrets      bytea NOT NULL, -- SHA-256 of each, the newest first
    created_at   bigint NOT NULL,
    updated_at   bigint NOT NULL,
    disabled_at  bigint,
    version      bigint NOT NULL, -- counts its changes
    PRIMARY KEY (tenant, client_id)
);
