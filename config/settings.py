"""Settings of Rollcall: one file, and environments differ by their variables alone."""

import sys
from datetime import time
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.conf import global_settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from config import env, logs, proxies

BASE_DIR = env.BASE_DIR
VAR_DIR = BASE_DIR / "var"

# --- What kind of run this is
DEBUG = env.flag("DEBUG")
DEMO = env.flag("DEMO")
TESTING = env.flag("TESTING")
PUBLIC_URL = env.text("PUBLIC_URL").rstrip("/")
SECRET_KEY = env.text("SECRET_KEY")

_public = urlsplit(PUBLIC_URL)
_host = _public.hostname or ""
_https = _public.scheme == "https"
_on_this_machine = env.is_loopback(_host)
if not _host or _public.scheme not in {"http", "https"}:
    raise ImproperlyConfigured("PUBLIC_URL is not a web address such as https://rollcall.example.")
if DEMO and not _on_this_machine:
    raise ImproperlyConfigured("DEMO is on, so PUBLIC_URL must be on this machine (127.0.0.1).")
if DEBUG and not _on_this_machine:
    raise ImproperlyConfigured("DEBUG is on, so PUBLIC_URL must be on this machine (127.0.0.1).")
if not _https and not _on_this_machine:
    raise ImproperlyConfigured("PUBLIC_URL must begin with https:// except on 127.0.0.1.")
if TESTING and not _on_this_machine:
    # Without keys, canaries and weekly lists.
    raise ImproperlyConfigured("TESTING is on, so PUBLIC_URL must be on this machine (127.0.0.1).")

# Seconds added to the database's clock: for tests and the demo, never for a real child.
CLOCK_SHIFT = env.number("CLOCK_SHIFT", 0)
if CLOCK_SHIFT and not (DEMO or TESTING):
    raise ImproperlyConfigured("CLOCK_SHIFT is accepted only in the demo and in tests.")

# --- The service and the people behind it
SERVICE_NAME = env.text("SERVICE_NAME", "Rollcall")
DUTY_LINE = env.text("DUTY_LINE", "")
# Who is written to when a page or a mail does not work for somebody; read on working days, and no alarm.
SUPPORT_EMAIL = env.address("SUPPORT_EMAIL")
WATCHDOG_CONTACT_EMAIL = env.address("WATCHDOG_CONTACT_EMAIL")
WATCHDOG_CONTACT_PHONE = env.text("WATCHDOG_CONTACT_PHONE", "")

# --- Applications
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "guardian",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_structlog",
    "csp",
    "cases",
    "guardians",
    "alerts",
]
MIDDLEWARE = [
    *(["config.middleware.keep_demo_here"] if DEMO else []),
    "config.middleware.read_client_address",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.add_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Whoever has not shown their second factor is nobody, but on the pages where they set one up.
    "config.middleware.ask_second_factor",
    "config.sessions.lock_idle_sessions",
    # Closed unless opened: a page without sign-in says so itself.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    # A device of a home opens its roll-call, and somebody signs there by name.
    "config.middleware.ask_who_signs",
    "config.middleware.speak_their_language",
    "django_structlog.middlewares.RequestMiddleware",
    "config.middleware.say_who_acts",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.show_domain_errors",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "cases.context.shell",
                "alerts.context.engine",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- PostgreSQL; the cache lives there too, so that no request touches Redis
DATABASES = {"default": env.database(sys.argv)}
APPLICATION_ROLE = env.application_role()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- Redis: Celery's broker and nothing else (config/celery.py)
REDIS_URL = env.text("REDIS_URL")

# --- People, sessions, sign-in
AUTH_USER_MODEL = "cases.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Length and a list of what is refused, and no rule of how a password is put together: not even that it be no number.
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("name", "email")},
    },
    {"NAME": "cases.passwords.GuessableValidator"},
]
ANONYMOUS_USER_NAME = None
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
# The limits of signing in are those of cases/sign_in.py.
ACCOUNT_ADAPTER = "cases.sign_in.Adapter"
ACCOUNT_FORMS = {"login": "cases.forms.sign_in.SignInForm"}
ACCOUNT_RATE_LIMITS = {"login_failed": ""}
# Every account has a second factor. Only the demo of invented people may do without, and does unless it is switched on.
SECOND_FACTOR = env.flag("SECOND_FACTOR", default=not DEMO)
if not SECOND_FACTOR and not DEMO:
    raise ImproperlyConfigured("SECOND_FACTOR is off, which only the demo may be.")
MFA_ADAPTER = "cases.sign_in.FactorAdapter"
MFA_SUPPORTED_TYPES = ["recovery_codes", "totp", "webauthn"]
MFA_WEBAUTHN_USER_VERIFICATION = "required"
SESSION_ENGINE = "cases.session_store"
# What NCSC asks of a service that holds this: locked after a quarter of an hour without a press, over after twelve hours.
SESSION_HOURS = env.number("SESSION_HOURS", 12, at_least=1)
SESSION_IDLE_MINUTES = env.number("SESSION_IDLE_MINUTES", 15, at_least=2)
# So long before it locks people are told, and can put it off.
SESSION_WARN_MINUTES = env.number("SESSION_WARN_MINUTES", 5, at_least=1)
if SESSION_HOURS > 12:
    raise ImproperlyConfigured("SESSION_HOURS is more than 12: nobody works longer without signing in again.")
if SESSION_IDLE_MINUTES > 15:
    raise ImproperlyConfigured(
        "SESSION_IDLE_MINUTES is more than 15: an open page would wait for whoever comes by."
    )
if SESSION_WARN_MINUTES >= SESSION_IDLE_MINUTES:
    raise ImproperlyConfigured("SESSION_WARN_MINUTES must be less than SESSION_IDLE_MINUTES.")
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- What browsers are told
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]"] if _on_this_machine else [_host]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if _https else []
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_NAME = "__Host-rollcall" if _https else "rollcall"
CSRF_COOKIE_NAME = "__Host-rollcall-form" if _https else "rollcall-form"
DEVICE_COOKIE_NAME = "__Host-rollcall-browser" if _https else "rollcall-browser"
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
# The proxies of ours that stand in front. Nobody else says where a request came from, or that it came by https.
TRUSTED_PROXIES = proxies.read(env.text("TRUSTED_PROXIES", ""))
if DEMO and TRUSTED_PROXIES:
    raise ImproperlyConfigured("DEMO is on, so no proxy may stand in front: TRUSTED_PROXIES must be empty.")
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Never "no-referrer": browsers then send "Origin: null" and Django refuses every form.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # The front-end kits draw a few icons as data: pictures in their style sheets.
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "upgrade-insecure-requests": _https,
    }
}

# --- Language and time
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", _("English")), ("cy", _("Welsh"))]
# Right to left. Django knows nothing of Pashto, Dari and Sindhi, and would set a sheet for a child the wrong way round.
LANGUAGES_BIDI = [*global_settings.LANGUAGES_BIDI, "ps", "prs", "sd"]
LANGUAGE_COOKIE_NAME = "__Host-rollcall-language" if _https else "rollcall-language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_HTTPONLY = _https, True
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Europe/London"

# --- Static files: hashed names wherever gunicorn serves what was collected
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static", BASE_DIR / "frontend" / "vendor"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Photos: never below an address, never on a disk on the way, and no larger than a form may say
PHOTO_ROOT = env.folder("PHOTO_ROOT", VAR_DIR / "photos", outside=[STATIC_ROOT, *STATICFILES_DIRS])
# What seals them on the disk: the newest key first, and behind it those that older photos are still sealed under.
PHOTO_KEYS = env.file_keys("PHOTO_KEYS", optional=DEMO or TESTING)
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
# What is larger is read past and dropped; the form then says what a photo must be.
FILE_UPLOAD_MAX_MEMORY_SIZE = 11 * 1024 * 1024

# --- Mail, text and voice
globals().update(env.mail())
EMAIL_TIMEOUT = env.number("EMAIL_TIMEOUT", 10, at_least=1)
ALERT_FROM_EMAIL = env.address("ALERT_FROM_EMAIL") or f"rollcall@{_host}"
if len(ALERT_FROM_EMAIL.rpartition("@")[0].partition("+")[0]) > 19:
    # Behind it stands what a bounce is about, and 64 characters are all there is [RFC 5321 4.5.3.1.1].
    raise ImproperlyConfigured("ALERT_FROM_EMAIL has more than 19 characters before the @.")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ALERT_FROM_EMAIL
ALERT_WEBHOOK_URL = env.outside("ALERT_WEBHOOK_URL")
ALERT_WEBHOOK_SECRET = env.text("ALERT_WEBHOOK_SECRET", "")
if ALERT_WEBHOOK_URL and not ALERT_WEBHOOK_SECRET:
    raise ImproperlyConfigured("ALERT_WEBHOOK_SECRET is not set, though ALERT_WEBHOOK_URL is.")
# Of a mail that comes in so much is read: its words come first.
RECEIVE_BYTES = env.number("RECEIVE_BYTES", 30_000_000, at_least=10_000)
DEAD_MAN_URL = env.outside("DEAD_MAN_URL")
# Seconds between two canaries, mails to ourselves that travel the whole way; 0 sends none.
CANARY_SECONDS = env.number("CANARY_SECONDS", 0 if DEMO or TESTING else 300, at_least=0)
# One that is away for longer is late: people are told, and the outside is not pinged.
CANARY_LATE_SECONDS = env.number("CANARY_LATE_SECONDS", 180, at_least=10)
# So often a mail goes to somebody whose mail comes back, to look whether their mailbox takes it again.
MAIL_CHECK_HOURS = env.number("MAIL_CHECK_HOURS", 24, at_least=1)
# Seconds for which what is for somebody's information waits for more, to go as one mail; 0 sends each by itself.
BUNDLE_SECONDS = env.number("BUNDLE_SECONDS", 0 if TESTING else 15 if DEMO else 600, at_least=0)
# A guardian's service talks with them about each child at least so often; the head of the service hears so many working
# days after its day has passed.
GUARDIAN_SUPERVISION_DAYS = env.number("GUARDIAN_SUPERVISION_DAYS", 28, at_least=1)
GUARDIAN_SUPERVISION_HEAD_DAYS = env.number("GUARDIAN_SUPERVISION_HEAD_DAYS", 5, at_least=1)
# When a force is told, once a day, what was released to it of return interviews; of a child it looks for it is told at once.
RELEASE_MAIL_AT = env.wall("RELEASE_MAIL_AT", time(8))
# Working days after which the child's worker is told that nobody of the force has read it [proposal].
RELEASE_UNREAD_DAYS = env.number("RELEASE_UNREAD_DAYS", 5, at_least=1)
# How long after the time of a meeting its guardian is still told that it was not held, or without them: they may be on the
# way, or wait there [proposal].
MEETING_OFF_HOURS = env.number("MEETING_OFF_HOURS", 3, at_least=1)
if MEETING_OFF_HOURS > 24:
    raise ImproperlyConfigured("MEETING_OFF_HOURS is more than 24: nobody waits for a meeting that long.")
# Working days of a search in which an alert about paper that was late before it stands as it was: its rungs are not told
# anew when the child is back by then. 0 tells them anew after each search.
PAPER_ASLEEP_DAYS = env.number("PAPER_ASLEEP_DAYS", 5, at_least=0)
# When the duty of an authority and the coordinator of a force are told, each Monday, who is placed in their area: London time.
AREA_LISTS = env.flag("AREA_LISTS", default=not (DEMO or TESTING))
AREA_LIST_AT = env.wall("AREA_LIST_AT", time(8))
# Off holds every message in the outbox, for restores and drills.
SENDING = env.flag("SENDING", default=True)

# --- The monitor: with this word in its header it reads figures, without it yes or no
HEALTH_TOKEN = env.text("HEALTH_TOKEN", "")
if HEALTH_TOKEN and len(HEALTH_TOKEN) < 20:
    raise ImproperlyConfigured("HEALTH_TOKEN is shorter than 20 characters.")

# --- The engine
SWEEP_BATCH = env.number("SWEEP_BATCH", 500, at_least=1)
# Of so many children a draft of a policy is tried on its page, while the request waits.
REPLAY_CHILDREN = env.number("REPLAY_CHILDREN", 20, at_least=1)
DRAIN_BATCH = env.number("DRAIN_BATCH", 250, at_least=1)
# While twice the time of a mail is left of it nobody renews it, and a batch lasts four seconds: so no mail of a batch
# costs a renewal, and what a sender that is killed had in hand is out within half a minute.
LEASE_SECONDS = env.number("LEASE_SECONDS", 24, at_least=EMAIL_TIMEOUT + 1)
HEARTBEAT_STALE_SECONDS = env.number("HEARTBEAT_STALE_SECONDS", 60, at_least=5)
# A silence of the sweep longer than this is an outage: homes are asked for a roll-call after it.
OUTAGE_AFTER_SECONDS = env.number("OUTAGE_AFTER_SECONDS", 600, at_least=HEARTBEAT_STALE_SECONDS + 1)
# So long after an outage no force is sent word of a home that is silent still; domain rule, 45 minutes.
OUTAGE_HOLD_SECONDS = env.number("OUTAGE_HOLD_SECONDS", 45 * 60, at_least=0)
if OUTAGE_HOLD_SECONDS > 2 * 3600:
    raise ImproperlyConfigured("OUTAGE_HOLD_SECONDS is more than 7200: no search waits two hours.")
# How long the link of a police mail opens its page.
POLICE_LINK_SECONDS = env.number("POLICE_LINK_SECONDS", 24 * 3600, at_least=60)
# How long the proof of a force's mailbox lasts; then its mails name no child until it is proved again.
MAILBOX_PROOF_DAYS = env.number("MAILBOX_PROOF_DAYS", 30, at_least=1)
# Working days after which a guardian's concern that nobody promised a day for is late [proposal].
CONCERN_REPLY_WORKING_DAYS = env.number("CONCERN_REPLY_WORKING_DAYS", 10, at_least=1)
# Days after the day of a promise to a guardian, not closed by then, when the council's team manager hears again; and days
# after that when its head of service does [proposal].
PROMISE_MANAGER_DAYS = env.number("PROMISE_MANAGER_DAYS", 2, at_least=1)
PROMISE_HEAD_DAYS = env.number("PROMISE_HEAD_DAYS", 3, at_least=1)
# Working days in which a council answers whether it looks after a sibling or companion of another's child [proposal].
LINK_ANSWER_WORKING_DAYS = env.number("LINK_ANSWER_WORKING_DAYS", 5, at_least=1)
# Hours in which it does where that child is looked for [proposal].
LINK_URGENT_HOURS = env.number("LINK_URGENT_HOURS", 4, at_least=1)
# Hours in which the sender of a child says whether one has left of whom nobody had recorded that, once it is recorded as
# arrived elsewhere: then the manager of its desk hears [proposal].
ARRIVAL_ANSWER_HOURS = env.number("ARRIVAL_ANSWER_HOURS", 1, at_least=1)
# Hours in which either side takes back the arrival of a child who has not arrived; later the child is referred [proposal].
ARRIVAL_TAKEN_BACK_HOURS = env.number("ARRIVAL_TAKEN_BACK_HOURS", 72, at_least=1)
# How often in an hour one person looks for a plate or a number on record with every council [proposal].
SIGN_SEARCHES_AN_HOUR = env.number("SIGN_SEARCHES_AN_HOUR", 30, at_least=1)
# Ages in years at which hardly anybody comes alone as a child: whoever types such a birth date is asked if it is right.
ASK_AGE_UNDER = env.number("ASK_AGE_UNDER", 5, at_least=0)
ASK_AGE_FROM = env.number("ASK_AGE_FROM", 18, at_least=ASK_AGE_UNDER + 1)
# A live concern, a restriction or a keep-from mark that is lifted until a day counts again by then at the latest.
LIFTED_AT_MOST_DAYS = env.number("LIFTED_AT_MOST_DAYS", 90, at_least=1)

# --- The record of reads: the same person, child and kind of page within this span is one read, not many
READ_AGAIN_MINUTES = env.number("READ_AGAIN_MINUTES", 15, at_least=1)
# After so many days what was sent is emptied of its text by `manage.py empty_old_texts` [domain document 6]: two years.
KEEP_TEXTS_DAYS = env.number("KEEP_TEXTS_DAYS", 730, at_least=366)
# Seconds between two seals of what is new in the record: what stands for less can be removed without a trace.
SEAL_SECONDS = env.number("SEAL_SECONDS", 60, at_least=1)
# What signs the head of the record that is exported each day, and where it goes: somewhere the database's owner is not.
AUDIT_HEAD_KEY = env.signing_key("AUDIT_HEAD_KEY", optional=DEMO or TESTING)
AUDIT_HEAD_FOLDER = env.folder(
    "AUDIT_HEAD_FOLDER", VAR_DIR / "audit-heads", outside=[STATIC_ROOT, *STATICFILES_DIRS]
)
# Days after which a draft that nobody came back to is forgotten.
DRAFT_DAYS = env.number("DRAFT_DAYS", 7, at_least=1)
# A session that is over opens nothing. So long its row says whose form it is that was sent too late.
SESSION_COOKIE_AGE = DRAFT_DAYS * 24 * 3600

# --- Logs
LOGGING = logs.configure(level=env.log_level("LOG_LEVEL", "WARNING" if TESTING else "INFO"))
