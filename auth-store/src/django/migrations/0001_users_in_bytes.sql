-- What an account of Django's has here and no column there. The tenant comes first, as in every table of ours. Keys are bytes: whatever
-- collation the database has, it would pass over spaces at their ends.

CREATE TABLE @users (
    tenant         VARBINARY(64) NOT NULL,
    user_id        VARBINARY(64) NOT NULL, -- as the database writes Django's primary key
    password_mark  TEXT          NOT NULL, -- of the password that the epoch holds for
    epoch          BIGINT        NOT NULL,
    session_hashes TEXT          NOT NULL, -- JSON array, of Django's sessions that began under this password
    verified_email TEXT,
    attributes     LONGTEXT,               -- JSON object of the application
    PRIMARY KEY (tenant, user_id)
) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
