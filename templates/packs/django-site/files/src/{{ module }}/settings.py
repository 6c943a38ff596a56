"""Settings of the site. What differs from place to place comes from the environment.

Without any of it the site is closed: no debugging, https only, and no host is answered.
"""

from pathlib import Path

import dj_database_url

from . import environment, logs

PACKAGE = Path(__file__).resolve().parent

DEBUG = environment.flag("DEBUG", default=False)
SECRET_KEY = environment.text("SECRET_KEY", "only-for-debugging" if DEBUG else None)
ALLOWED_HOSTS = environment.items("ALLOWED_HOSTS")

INSTALLED_APPS = [
    "{{ module }}.accounts",
    "{{ module }}.pages",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "{{ module }}.request_log.request_log",
    # Before hosts are looked at: probes ask by the address of a machine.
    "{{ module }}.health.health",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = f"{PACKAGE.name}.urls"
WSGI_APPLICATION = f"{PACKAGE.name}.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# In memory or in a file while one tries things out; PostgreSQL wherever it matters.
DATABASES = {
    "default": dj_database_url.parse(
        environment.text("DATABASE_URL", "sqlite:///db.sqlite3" if DEBUG else None),
        conn_max_age=environment.number("DATABASE_KEEP_S", default=60),
        conn_health_checks=True,
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Changing this later takes a migration by hand, so it is the site's own from the first day.
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = environment.text("STATIC_ROOT", "staticfiles")
STATICFILES_DIRS = [PACKAGE / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Names hold a hash of the content, so that browsers may keep files for ever.
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# Browsers are told to stay with https, for an hour at first: raise it once all is well. Whether
# that goes for subdomains, and into lists that browsers ship, is for whoever owns the domain.
SECURE_SSL_REDIRECT = environment.flag("HTTPS", default=not DEBUG)
SECURE_HSTS_SECONDS = environment.number("HSTS_S", default=3600) if SECURE_SSL_REDIRECT else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = SECURE_SSL_REDIRECT
CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
CSRF_TRUSTED_ORIGINS = environment.items("TRUSTED_ORIGINS")
X_FRAME_OPTIONS = "DENY"
if environment.flag("BEHIND_PROXY", default=False):
    # Only where a proxy sets this header itself: anybody else could send it, too.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOGGING_CONFIG = None
logs.configure(environment.text("LOG_LEVEL", "INFO").upper())
