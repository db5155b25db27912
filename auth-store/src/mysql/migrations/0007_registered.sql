-- Clients that registered themselves (RFC 7591): the SHA-256 of the token by which they change that, and when nobody used them.
ALTER TABLE @clients ADD COLUMN registration_token VARBINARY(32);
ALTER TABLE @clients ADD COLUMN expires_at BIGINT;
CREATE INDEX @clients_expiry ON @clients (tenant, expires_at);
