"""Settings of the portal: from the environment (docs/reference/settings.md) and the folder that SANAD_HOME names.

There is no debug mode. Whether the network is a demonstration is no setting either: its genesis says it, for ever.
"""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.node.network import Network
from sanad.wiring import hosting, portal

DATA = DataFolder(Path(portal.environment("SANAD_HOME", "var")).resolve())
PORTAL = DATA.path / "portal"
ORIGIN = portal.origin(portal.environment("SANAD_ORIGIN", "http://localhost:8480"))
ORIGIN_HOST = ORIGIN.host
SIGNING_ORIGIN = portal.signing_origin(portal.environment("SANAD_SIGNING_ORIGIN", portal.SIGNING_DEFAULT), ORIGIN)
NETWORK = Network(lambda: DATA.node_address(portal.environment("SANAD_NODE")))
HOSTING = hosting.Hosting(
    DATA, PORTAL, portal.environment("SANAD_NODE"), hosting.folders_of(portal.environment("SANAD_GATEWAYS"))
)
PROGRAMMES = portal.programme_names()
PROJECTOR = "sanad.wiring.projector.run"

DEBUG = False
SECRET_KEY = portal.key(PORTAL)
ALLOWED_HOSTS = ORIGIN.hosts
ROOT_URLCONF = "sanad.wiring.urls"
WSGI_APPLICATION = "sanad.wiring.wsgi.application"

INSTALLED_APPS = [
    *PROGRAMMES,
    "sanad.interfaces.frame",  # before allauth: its templates stand in for those of the packages
    "sanad.people",
    "sanad.signing",
    "sanad.tables",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",  # allauth's list of sessions
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "sanad.interfaces.frame.headers.Headers",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sanad.people.sessions.IdleSessions",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "sanad.interfaces.frame.errors.Answers",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sanad.interfaces.frame.context.frame",
            ],
        },
    }
]
FORM_RENDERER = "sanad.interfaces.frame.forms.Renderer"

# --- tables -----------------------------------------------------------------------------------------------------------

DATABASES = portal.databases(PORTAL, portal.environment("SANAD_DATABASE_URL"))
DATABASE_ROUTERS = ["sanad.tables.kinds.Router"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "sanad.people.throttles.Throttles"}}  # only what throttles: kept over a restart

# --- people -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "sanad.people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # the invitation was the proof, and addresses are not changed by their holders
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Sanad: "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = ORIGIN.scheme
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key", "reset_password": "10/m/ip,3/10m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = int(portal.environment("SANAD_PROXIES", "0"))
MFA_ADAPTER = "sanad.people.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = "Sanad"
MFA_RECOVERY_CODES_SHOW_ONCE = True
USERSESSIONS_TRACK_ACTIVITY = False

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3_600
SESSION_IDLE_SECONDS = 30 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = ORIGIN.is_https
SESSION_COOKIE_NAME = "__Host-session" if ORIGIN.is_https else "session"

# --- the wire ---------------------------------------------------------------------------------------------------------

CSRF_COOKIE_SECURE = ORIGIN.is_https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_NAME = "__Host-csrf" if ORIGIN.is_https else "csrf"
CSRF_TRUSTED_ORIGINS = [ORIGIN.text]
CSRF_FAILURE_VIEW = "sanad.interfaces.frame.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 2 * 365 * 86_400 if ORIGIN.is_https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False  # the host's subdomains may be another's
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_SSL_REDIRECT = ORIGIN.is_https and ALLAUTH_TRUSTED_PROXY_COUNT > 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 1 << 20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_MAX_MEMORY_SIZE = 11 << 20  # more than a document may have (evidence.intake)
FILE_UPLOAD_TEMP_DIR = portal.uploads(PORTAL)
LANGUAGE_COOKIE_NAME = "__Host-language" if ORIGIN.is_https else "language"
LANGUAGE_COOKIE_AGE = 365 * 86_400
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = ORIGIN.is_https

# --- languages, time, files, mail, log --------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ur", _("Urdu"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = portal.environment("SANAD_TIME_ZONE", "Asia/Karachi")
STATIC_URL = "static/"
STATIC_ROOT = PORTAL / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": PORTAL / "files"}},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DEFAULT_FROM_EMAIL = SERVER_EMAIL = portal.environment("SANAD_MAIL_FROM", f"sanad@{ORIGIN.host}")
globals().update(portal.mail(portal.environment("SANAD_MAIL_URL"), PORTAL / "mail"))
LOGGING = {
    # Paths are logged without their query, and never who asked: who did what is in the security trail.
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "django.request": {"level": "CRITICAL"},  # frame.errors logs faults itself, without the request
    },
}
