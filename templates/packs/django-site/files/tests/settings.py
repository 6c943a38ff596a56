"""Settings of the tests: those of the site in production, with an environment of their own."""

import os
import secrets

os.environ |= {
    "ALLOWED_HOSTS": "testserver",
    "DEBUG": "off",
    "LOG_LEVEL": "INFO",
    "SECRET_KEY": secrets.token_urlsafe(50),
}
# CI names a PostgreSQL; without one the tests are content with SQLite.
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")

from {{ module }}.settings import *  # noqa: F403

# Passwords of tests are no secrets, and slow hashes make slow tests.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

# Nothing is collected before tests are run.
WHITENOISE_AUTOREFRESH = True
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
