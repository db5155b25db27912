-- The thumbprint of the key that the refresh tokens of a family are bound to (RFC 9449), where they are.
ALTER TABLE @refresh_families ADD COLUMN jkt TEXT;
