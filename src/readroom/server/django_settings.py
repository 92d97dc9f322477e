"""Django's settings, all of them taken from `config`."""

from __future__ import annotations

from typing import Any

from readroom.server import config as _config

CONFIG = _config.current()

DEBUG = CONFIG.is_debug
SECRET_KEY = CONFIG.secret
ALLOWED_HOSTS = [host.strip() for host in CONFIG.hosts.split(",") if host.strip()]
USE_X_FORWARDED_HOST = CONFIG.behind_proxy
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.behind_proxy else None

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django_tasks",
    "django_tasks_db",
    "readroom.server.db",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "readroom.server.api.middleware.reject_unusable_text",
    "readroom.server.api.middleware.keep_cookies_encrypted",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "readroom.server.api.middleware.repeat_safely",
    "readroom.server.api.middleware.tell_in_json",
]
ROOT_URLCONF = "readroom.server.api.urls"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
APPEND_SLASH = False
PREPEND_WWW = False
STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.data / "static"
DATA_UPLOAD_MAX_MEMORY_SIZE = CONFIG.body_max_bytes

DATABASES = {"default": _config.to_django_database(CONFIG)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TASKS: dict[str, Any] = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"], "ENQUEUE_ON_COMMIT": False}
}

AUTH_USER_MODEL = "readroom.User"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_NAME = "readroom-session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.origin.startswith("https://")
CSRF_COOKIE_NAME = "csrftoken"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_TRUSTED_ORIGINS = [CONFIG.origin] if CONFIG.origin else []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"

USE_I18N = False
USE_TZ = True
TIME_ZONE = CONFIG.time_zone

EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if CONFIG.email else 'console'}.EmailBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = CONFIG.email_from
if CONFIG.email:
    _mail = _config.parse_mail_server(CONFIG.email)
    EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD, EMAIL_USE_TLS = _mail.user, _mail.password, _mail.is_encrypted

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {
            "()": "readroom.server.log_lines.TextLines",
            "fmt": "%(asctime)s %(levelname)-7s %(name)s %(message)s",
        },
        "json": {"()": "readroom.server.log_lines.JsonLines"},
    },
    "filters": {"failed": {"()": "readroom.server.log_lines.FailedRequests"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": CONFIG.log_format.lower()}},
    "root": {"handlers": ["stderr"], "level": CONFIG.log_level.upper()},
    "loggers": {
        "django.request": {"level": "ERROR", "filters": ["failed"]},
        "django_tasks_db": {"level": "WARNING"},
        "django_tasks": {"level": "WARNING"},
        "botocore": {"level": "WARNING"},
    },
}
SILENCED_SYSTEM_CHECKS = ["models.W036"]
