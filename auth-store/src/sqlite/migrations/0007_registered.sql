-- Clients that registered themselves (RFC 7591): the SHA-256 of the token by which they change that, and when nobody used them.
ALTER TABLE @clients ADD COLUMN registration_token BLOB;
ALTER TABLE @clients ADD COLUMN expires_at INTEGER;
CREATE INDEX @clients_expiry ON @clients (tenant, expires_at);
