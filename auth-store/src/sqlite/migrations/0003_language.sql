-- The language that people are addressed in, a tag of RFC 5646.
ALTER TABLE @users ADD COLUMN language TEXT;
