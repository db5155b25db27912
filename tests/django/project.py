"""A Django project over the database that the tests name, driven line by line.

Each line of standard input is a JSON object with what to `do` and its arguments; each line of standard output answers it. The
project ends with its input.
"""

import datetime
import json
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password


class CheapPBKDF2(PBKDF2PasswordHasher):
    """Django's default at next to no cost."""

    iterations = 1000


def database(url):
    if url.startswith("sqlite:"):
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url.removeprefix("sqlite:")}
    parts = urlsplit(url)
    if parts.scheme == "mysql":
        # A driver that needs no compiler takes the place of the one that Django looks for.
        import pymysql

        pymysql.install_as_MySQLdb()
    return {
        "ENGINE": f"django.db.backends.{'mysql' if parts.scheme == 'mysql' else 'postgresql'}",
        "HOST": parts.hostname,
        "PORT": parts.port,
        "USER": parts.username,
        "PASSWORD": parts.password or "",
        "NAME": parts.path.removeprefix("/"),
    }


USER_MODEL = os.environ["DJANGO_USER_MODEL"]

settings.configure(
    AUTH_USER_MODEL=USER_MODEL,
    SECRET_KEY=os.environ["DJANGO_SECRET_KEY"],
    SECRET_KEY_FALLBACKS=[key for key in os.environ.get("DJANGO_SECRET_KEY_FALLBACK", "").split("\n") if key],
    ALLOWED_HOSTS=["testserver"],
    DATABASES={"default": database(os.environ["DJANGO_DATABASE"])},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "reports",
        *(["people"] if USER_MODEL == "people.Person" else []),
    ],
    PASSWORD_HASHERS=[
        "__main__.CheapPBKDF2",
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.ScryptPasswordHasher",
    ],
    USE_TZ=True,
)
sys.path.insert(0, str(Path(__file__).parent))
django.setup()

from django.contrib.auth import authenticate, get_user, get_user_model, login, logout  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.http import HttpRequest  # noqa: E402

User = get_user_model()


def named(username):
    return User.objects.get_by_natural_key(username)


def millis(time):
    """Whole milliseconds, of which Django's times have fractions."""
    epoch = datetime.datetime.fromtimestamp(0, datetime.timezone.utc)
    return time and (time - epoch) // datetime.timedelta(milliseconds=1)


def request_of(session):
    request = HttpRequest()
    request.META = {"REMOTE_ADDR": "127.0.0.1"}
    request.session = SessionStore(session)
    return request


def permission(name):
    app, codename = name.split(".")
    return Permission.objects.get(content_type__app_label=app, codename=codename)


def create_user(username, password=None, email="", groups=(), permissions=(), **flags):
    names = {"email": email, User.USERNAME_FIELD: username}
    user = User.objects.create_user(password=password, **names, **flags)
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in groups])
    user.user_permissions.set([permission(name) for name in permissions])
    return {"id": str(user.pk)}


def put_group(name, permissions):
    group, _ = Group.objects.get_or_create(name=name)
    group.permissions.set([permission(name) for name in permissions])
    return {}


def describe(username):
    user = named(username)
    return {
        "password": user.password,
        "email": user.email,
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "permissions": sorted(user.get_all_permissions()),
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "last_login": millis(user.last_login),
        "date_joined": millis(user.date_joined),
    }


def has_permission(username, permission):
    return named(username).has_perm(permission)


def check(username, password):
    """Who these credentials belong to."""
    user = authenticate(username=username, password=password)
    return user and user.get_username()


def verifies(username, password):
    """The same without Django's own upgrade of the hash."""
    return check_password(password, named(username).password)


def log_in(username, password):
    """A login as Django's own view does it; answers the session cookie's value."""
    request = request_of(None)
    login(request, authenticate(request, username=username, password=password))
    request.session.save()
    return request.session.session_key


def log_out(session):
    logout(request_of(session))
    return {}


def who(session):
    """Whose session Django takes this for."""
    user = get_user(request_of(session))
    return user.get_username() or None


def put_in_session(session, size):
    """Makes the session's data long, and so compressed."""
    request = request_of(session)
    request.session["basket"] = "an apple, a pear, " * size
    request.session.save()
    return {}


def expire(session):
    request = request_of(session)
    request.session.set_expiry(-1)
    request.session.save()
    return {}


def set_password(username, password):
    user = named(username)
    user.set_password(password)
    user.save()
    return {}


def set_active(username, is_active):
    User.objects.filter(pk=named(username).pk).update(is_active=is_active)
    return {}


def run(statement):
    with connection.cursor() as cursor:
        for one in filter(str.strip, statement.split(";")):
            cursor.execute(one)
    return {}


COMMANDS = {
    command.__name__: command
    for command in [
        check,
        create_user,
        describe,
        expire,
        has_permission,
        log_in,
        log_out,
        put_group,
        put_in_session,
        run,
        set_active,
        set_password,
        verifies,
        who,
    ]
}


def on_the_server(statements):
    """Runs the statement of this kind of database about the database itself, where there is one."""
    options = settings.DATABASES["default"]
    kind = options["ENGINE"].rpartition(".")[2]
    if kind not in statements:
        return
    login = {key.lower(): options[key] for key in ["HOST", "PORT", "USER", "PASSWORD"]}
    if kind == "mysql":
        import pymysql

        server = pymysql.connect(**login)
    else:
        import psycopg2

        server = psycopg2.connect(dbname="postgres", **login)
        server.autocommit = True
    server.cursor().execute(statements[kind].format(options["NAME"]))
    server.close()


# Names that differ in their case are two names, as in the other databases, where they are not addresses.
COLLATION = " COLLATE utf8mb4_bin" if USER_MODEL == "auth.User" else ""

on_the_server({
    "mysql": "CREATE DATABASE {} CHARACTER SET utf8mb4" + COLLATION,
    "postgresql": "CREATE DATABASE {}",
})
try:
    call_command("migrate", run_syncdb=True, verbosity=0)
    print("ready", flush=True)
    for line in sys.stdin:
        arguments = json.loads(line)
        answer = COMMANDS[arguments.pop("do")](**arguments)
        print(json.dumps(answer), flush=True)
finally:
    connections.close_all()
    on_the_server({"mysql": "DROP DATABASE {}", "postgresql": "DROP DATABASE {} WITH (FORCE)"})
