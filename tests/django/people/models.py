import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone


class People(BaseUserManager):
    def create_user(self, email, password=None, **fields):
        person = self.model(email=self.normalize_email(email), **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person


class Person(AbstractBaseUser, PermissionsMixin):
    """A user model of the project's own: known by a UUID, called by an e-mail address, and with names for everything."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, db_column="uuid")
    email = models.EmailField(unique=True, db_column="mail")
    password = models.CharField(max_length=128, db_column="pw")
    last_login = models.DateTimeField(null=True, db_column="seen")
    is_active = models.BooleanField(default=True, db_column="active")
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now, db_column="since")
    nickname = models.CharField(max_length=100, blank=True)

    objects = People()

    USERNAME_FIELD = "email"

    class Meta:
        db_table = "people"
