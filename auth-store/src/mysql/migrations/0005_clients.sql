-- The OAuth clients that are registered here.
CREATE TABLE @clients (
    tenant       VARBINARY(64) NOT NULL,
    client_id    VARBINARY(255) NOT NULL,
    registration LONGTEXT NOT NULL, -- JSON, without secrets
    secrets      VARBINARY(64) NOT NULL, -- SHA-256 of each, the newest first
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL,
    disabled_at  BIGINT,
    version      BIGINT NOT NULL, -- counts its changes
    PRIMARY KEY (tenant, client_id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
