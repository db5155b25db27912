-- Django's tables in the words that it has for SQLite; tests over other databases put theirs in their place.
CREATE TABLE django_content_type (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, app_label varchar(100) NOT NULL, model varchar(100) NOT NULL);
CREATE TABLE auth_permission (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, content_type_id integer NOT NULL REFERENCES django_content_type (id),
    codename varchar(100) NOT NULL, name varchar(255) NOT NULL, UNIQUE (content_type_id, codename));
CREATE TABLE auth_group (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(150) NOT NULL UNIQUE);
CREATE TABLE auth_group_permissions (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, group_id integer NOT NULL REFERENCES auth_group (id),
    permission_id integer NOT NULL REFERENCES auth_permission (id), UNIQUE (group_id, permission_id));
CREATE TABLE accounts_person (id char(32) NOT NULL PRIMARY KEY, password varchar(128) NOT NULL, last_login datetime NULL,
    is_superuser bool NOT NULL, username varchar(150) NOT NULL UNIQUE, first_name varchar(150) NOT NULL,
    last_name varchar(150) NOT NULL, email varchar(254) /*folding*/ NOT NULL, is_staff bool NOT NULL, is_active bool NOT NULL,
    date_joined datetime NOT NULL);
CREATE TABLE accounts_person_groups (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, person_id char(32) NOT NULL REFERENCES accounts_person (id),
    group_id integer NOT NULL REFERENCES auth_group (id), UNIQUE (person_id, group_id));
CREATE TABLE accounts_person_user_permissions (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, person_id char(32) NOT NULL REFERENCES accounts_person (id),
    permission_id integer NOT NULL REFERENCES auth_permission (id), UNIQUE (person_id, permission_id));
CREATE TABLE django_session (session_key varchar(40) NOT NULL PRIMARY KEY, session_data text NOT NULL,
    expire_date datetime NOT NULL);
INSERT INTO django_content_type (app_label, model) VALUES ('x', 'thing'), ('app', 'thing');
INSERT INTO auth_permission (content_type_id, codename, name) VALUES
    (1, 'a', ''), (1, 'b', ''), (1, 'c', ''), (1, 'd', ''), (1, 'q', ''), (1, 'z', ''), (2, 'do_it', '');
