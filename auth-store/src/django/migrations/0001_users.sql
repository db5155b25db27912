-- What an account of Django's has here and no column there. The tenant comes first, as in every table of ours. The words are those
-- that every database has: this is the one table that is made in a database of another program.

CREATE TABLE @users (
    tenant         VARCHAR(64) NOT NULL,
    user_id        VARCHAR(64) NOT NULL, -- as the database writes Django's primary key
    password_mark  TEXT        NOT NULL, -- of the password that the epoch holds for
    epoch          BIGINT      NOT NULL,
    session_hashes TEXT        NOT NULL, -- JSON array, of Django's sessions that began under this password
    verified_email TEXT,
    attributes     TEXT,                 -- JSON object of the application
    PRIMARY KEY (tenant, user_id)
);
