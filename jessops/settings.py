"""All settings, read once from the environment; jessops.lib.env refuses nonsense.

Nothing secret has a default, and production refuses to start without its particulars.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from jessops.lib import env

BASE_DIR = Path(__file__).resolve().parent.parent

# --- the process ---------------------------------------------------------------------
DEBUG = env.flag("DEBUG", False)
SECRET_KEY = env.text("SECRET_KEY")
# Keyed hashes of e-mail addresses (choices, suppression): outlives SECRET_KEY changes.
DATA_HASH_KEY = env.text("DATA_HASH_KEY")
SITE_URL = env.url("SITE_URL", schemes=("http", "https"))
ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", urlsplit(SITE_URL).hostname or "")
HTTPS = SITE_URL.startswith("https://")
ROOT_URLCONF = "jessops.urls"
WSGI_APPLICATION = "jessops.wsgi.application"
# Which code this is, where it was copied without its .git (jessops.lib.commit).
COMMIT = env.text("COMMIT", "")

INSTALLED_APPS = [
    "jessops.apps.StaffSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "privacy",
    "newsletter",
    "members",
    "clubs",
    "shop",
    "jessops.apps.JessopsConfig",
]

MIDDLEWARE = [
    "jessops.logs.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "jessops.restored.RestoredMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "privacy.middleware.CookieRegistryMiddleware",
    "privacy.middleware.HandOffMiddleware",
    "csp.middleware.CSPMiddleware",
    "jessops.middleware.CrossSiteMiddleware",
    "jessops.middleware.InputMiddleware",
    "jessops.middleware.TooOftenMiddleware",
    "jessops.middleware.KeyStoreMiddleware",
    "jessops.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.sessions.SessionLimitsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "members.signing.SignInLimitsMiddleware",
    "privacy.middleware.ReasonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jessops.context.site",
                "privacy.context.notices",
                "members.context.frame",
            ],
        },
    },
]

# --- the database --------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **env.database("DATABASE_URL"),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            # A buyer waits at most this long for a row, and no query runs for ever.
            "options": "-c statement_timeout=5s -c lock_timeout=2s"
            " -c idle_in_transaction_session_timeout=15s",
        },
    }
}
# The key store (privacy/keys.py): in production on another server than DATABASE_URL,
# with backups of its own that live for days. Never one of DATABASES.
KEYS_DATABASE_URL = env.url("KEYS_DATABASE_URL", schemes=("postgres", "postgresql"))
# Wrap the keys of persons: the newest first, the others still open (rotate_keys).
KEY_ENCRYPTION_KEYS = env.keys("KEY_ENCRYPTION_KEYS")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "members.Member"

# --- Valkey: a bell and a cache, never the memory ------------------------------------
REDIS_URL = env.url("REDIS_URL", schemes=("redis", "rediss"))
CELERY_BROKER_URL = f"{REDIS_URL}/{env.number('REDIS_BROKER_DB', 0)}"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": f"{REDIS_URL}/{env.number('REDIS_CACHE_DB', 1)}",
        "TIMEOUT": 300,
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}
CELERY_TASK_ALWAYS_EAGER = env.flag("CELERY_TASK_ALWAYS_EAGER", False)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "heartbeat": {"task": "jessops.heartbeat.beat", "schedule": 20},
    "outbox": {"task": "newsletter.tasks.sweep", "schedule": 30},
    "inbox": {"task": "newsletter.tasks.fetch_mail", "schedule": 60},
    "former-readers": {
        "task": "newsletter.tasks.forget_readers",
        "schedule": timedelta(hours=1),
    },
    "campaigns": {
        "task": "newsletter.sending_tasks.feed",
        "schedule": 5,
        # One that waited behind a busy worker is followed by the next already.
        "options": {"expires": 5},
    },
    "contest-mail": {
        "task": "newsletter.contest_tasks.forget_mail",
        "schedule": timedelta(hours=1),
    },
    "mind-the-shelf": {"task": "shop.tasks.mind_the_shelf", "schedule": 900},
    "lapse-orders": {"task": "shop.tasks.lapse_orders", "schedule": 30},
    "bank-events": {"task": "shop.tasks.sweep_bank_events", "schedule": 30},
    "order-links": {"task": "shop.tasks.send_order_links", "schedule": 30},
    "parcels": {
        "task": "shop.tasks.follow_parcels",
        "schedule": timedelta(minutes=5),
    },
    "move-money": {"task": "shop.tasks.move_money", "schedule": 60},
    "running-out": {
        "task": "shop.tasks.warn_of_expiry",
        "schedule": timedelta(minutes=30),
    },
    "reconcile-payments": {"task": "shop.tasks.reconcile_payments", "schedule": 120},
    "retention": {"task": "privacy.tasks.retain", "schedule": timedelta(minutes=10)},
    "copies": {"task": "privacy.tasks.make_copies", "schedule": 30},
    "erasures": {"task": "members.tasks.erase_due", "schedule": 60},
    "idle-keys": {"task": "privacy.tasks.sweep_keys", "schedule": timedelta(hours=6)},
    "probes": {"task": "privacy.tasks.run_probes", "schedule": 60},
    "probe-results": {
        "task": "privacy.tasks.thin_probe_results",
        "schedule": timedelta(hours=1),
    },
    "evidence": {
        "task": "privacy.tasks.warn_of_expiry",
        "schedule": timedelta(hours=6),
    },
    # It looks once an hour: coming oftener it catches up, and looks after trouble.
    "notice-of-sale": {
        "task": "privacy.tasks.look_for_notice",
        "schedule": timedelta(minutes=10),
    },
    "ask-about-sale": {
        "task": "privacy.tasks.ask_about_sale",
        "schedule": timedelta(minutes=10),
    },
    "tell-of-disclosures": {
        "task": "privacy.tasks.tell_of_disclosures",
        "schedule": timedelta(minutes=30),
    },
    "change-letters": {
        "task": "privacy.tasks.write_change_letters",
        "schedule": timedelta(minutes=10),
    },
    # It looks what is due: nightly, for new code, and soon after the first start.
    "certificate": {
        "task": "privacy.tasks.certify",
        "schedule": timedelta(minutes=5),
    },
    "late-enquiries": {"task": "members.tasks.escalate_late", "schedule": 60},
    "enquiries": {
        "task": "members.tasks.look_after_enquiries",
        "schedule": timedelta(minutes=5),
    },
    "data-requests": {
        "task": "members.tasks.look_after_requests",
        "schedule": timedelta(minutes=10),
    },
    "club-links": {"task": "clubs.tasks.send_links", "schedule": 30},
    "club-contacts": {
        "task": "clubs.tasks.look_after_contacts",
        "schedule": timedelta(hours=1),
    },
}

# Letters of a list go to who has been with us for longer than this (P42).
ESTABLISHED_DAYS = 14

# --- mail ----------------------------------------------------------------------------
EMAIL_BACKEND = "newsletter.backend.OutboxBackend"
_email = env.email("EMAIL_URL")
EMAIL_HOST = _email["EMAIL_HOST"]
EMAIL_PORT = _email["EMAIL_PORT"]
EMAIL_HOST_USER = _email["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _email["EMAIL_HOST_PASSWORD"]
EMAIL_USE_SSL = _email["EMAIL_USE_SSL"]
EMAIL_USE_TLS = _email["EMAIL_USE_TLS"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", "Jessops <orders@jessops.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Signs what the mail server posts to /webhooks/email/; without it none is taken.
INBOUND_MAIL_SECRET = env.text("INBOUND_MAIL_SECRET", "")
# Our mailbox, to be fetched by IMAP; "": nobody fetches. Its path is the folder.
INBOX_URL = env.url("INBOX_URL", "", schemes=("imaps", "imap"))
# How our mailbox's provider names itself in Authentication-Results, if it takes out
# what others write there in its name; "": nobody's word on a sender is believed.
MAIL_AUTHSERV_ID = env.text("MAIL_AUTHSERV_ID", "")
# Signs what the mail provider posts below /webhooks/email/; without it none is taken.
MAILGUN_SIGNING_KEY = env.text("MAILGUN_SIGNING_KEY", "")

# --- outside parties -----------------------------------------------------------------
STRIPE_API_KEY = env.text("STRIPE_API_KEY")
STRIPE_WEBHOOK_SECRET = env.text("STRIPE_WEBHOOK_SECRET")
# While a secret is being rolled, the old one is accepted too.
STRIPE_WEBHOOK_SECRET_OLD = env.text("STRIPE_WEBHOOK_SECRET_OLD", "")
_web = ("http", "https")
STRIPE_API_BASE = env.url("STRIPE_API_BASE", "https://api.stripe.com", schemes=_web)
STRIPE_CHECKOUT_ORIGIN = env.url(
    "STRIPE_CHECKOUT_ORIGIN", "https://checkout.stripe.com", schemes=_web
)
STRIPE_LIVE = STRIPE_API_KEY.startswith(("sk_live_", "rk_live_"))
ADDRESSES_API_BASE = env.url("ADDRESSES_API_BASE", schemes=_web)
# Parcelforce's ExpressLink, and Royal Mail's Tracking API, which knows its parcels.
PARCELFORCE_API_BASE = env.url(
    "PARCELFORCE_API_BASE", "https://expresslink.parcelforce.net", schemes=_web
)
PARCELFORCE_USER = env.text("PARCELFORCE_USER", "")
PARCELFORCE_PASSWORD = env.text("PARCELFORCE_PASSWORD", "")
PARCELFORCE_CONTRACT = env.text("PARCELFORCE_CONTRACT", "")
ROYAL_MAIL_API_BASE = env.url(
    "ROYAL_MAIL_API_BASE", "https://api.royalmail.net", schemes=_web
)
ROYAL_MAIL_CLIENT_ID = env.text("ROYAL_MAIL_CLIENT_ID", "")
ROYAL_MAIL_CLIENT_SECRET = env.text("ROYAL_MAIL_CLIENT_SECRET", "")
# The second carrier.
CARRIER_API_BASE = env.url("CARRIER_API_BASE", schemes=_web)
CARRIER_API_KEY = env.text("CARRIER_API_KEY", "")
# Its own privacy policy; the stand-in carrier has none that could be read.
CARRIER_POLICY_URL = env.text("CARRIER_POLICY_URL", "https://courier.example/privacy")
PRINTS_API_BASE = env.url("PRINTS_API_BASE", schemes=_web)

# --- who the shop is (E-Commerce Regulations 2002, Companies Act 2006) ---------------
_demo = SITE_URL.startswith(("http://localhost", "http://127.0.0.1"))


def _particular(name: str, demo: str) -> str:
    return env.text(name, demo if _demo else None)


# Where orders can be collected: code, name, address and hours of each, parted by bars;
# one a line. None: the form does not offer it.
_shops = (
    "leicester|Leicester|Jessops House, 98 Scudamore Road, Leicester LE3 1TZ"
    "|Monday to Saturday, 9 am to 5.30 pm\n"
    "reading|Reading|2 Invented Arcade, Reading RG1 0AA"
    "|Monday to Saturday, 9 am to 6 pm"
)
COLLECTION_SHOPS = [
    tuple(part.strip() for part in line.split("|"))
    for line in env.text("COLLECTION_SHOPS", _shops if _demo else "").splitlines()
    if line.strip()
]

COMPANY = {
    "name": _particular("COMPANY_NAME", "Jessops Demonstration Limited"),
    "number": _particular("COMPANY_NUMBER", "00000000"),
    "vat_number": _particular("COMPANY_VAT_NUMBER", "GB 000 0000 00"),
    "address": _particular(
        "COMPANY_ADDRESS", "Jessops House, 98 Scudamore Road, Leicester LE3 1TZ"
    ),
    # Numbers that Ofcom keeps for drama: nobody is rung by a demonstration.
    "telephone": _particular("COMPANY_TELEPHONE", "0116 496 0000"),
    "fax": _particular("COMPANY_FAX", "0116 496 0060"),
    "email": _particular("COMPANY_EMAIL", "webmaster@jessops.example"),
    "liaison_email": _particular("COMPANY_LIAISON_EMAIL", "custcare@jessops.example"),
    # The Clubs Administrator; without a mailbox of their own, everybody's.
    "clubs_email": env.text(
        "COMPANY_CLUBS_EMAIL",
        "clubs@jessops.example" if _demo else env.text("COMPANY_EMAIL", ""),
    ),
}

# --- browsers ------------------------------------------------------------------------
# Session and CSRF cookies end with the browser (P29), unless a member asked to be
# remembered (P31); none is readable by scripts.
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 30 * 24 * 60 * 60  # of a member who ticked "Remember me"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would lose it on the way back from the bank
SESSION_COOKIE_SECURE = HTTPS
SESSION_ENGINE = "members.sessions"
CSRF_COOKIE_AGE = None
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [SITE_URL] if HTTPS else []
CSRF_FAILURE_VIEW = "jessops.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
TROLLEY_COOKIE_AGE = timedelta(days=14)
# An unlisted Set-Cookie raises here; elsewhere it is dropped and logged.
COOKIES_STRICT = env.flag("COOKIES_STRICT", False)

# How many proxies of ours stand before the web server and write X-Forwarded-For.
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        # Chromium applies form-action to the 303 that leads to the payment page.
        "form-action": [SELF, STRIPE_CHECKOUT_ORIGIN],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 512 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

# Where the running shop asks for its own pages, under SITE_URL's name: SITE_URL itself
# unless it is not reached from within by that address (privacy.gateway.ourselves).
PROBE_ORIGIN = env.url("PROBE_ORIGIN", SITE_URL, schemes=_web)

# What makes totals of the log files on our own machines, such as GoAccess; the policy
# names it, so naming another one takes a new version of the policy (P40, C19).
LOG_ANALYSER = env.text("LOG_ANALYSER", "")

# From which networks staff pages open, such as 203.0.113.0/24; none: from everywhere.
STAFF_NETWORKS = env.networks("STAFF_NETWORKS")

# Folders that the search after an erasure looks into, beside the database and Valkey:
# uploaded files, and logs where they are files (privacy.canary).
CANARY_FOLDERS = env.items("CANARY_FOLDERS", "")

# The last test run's results for the policy page (privacy.run_file).
PROMISES_RUN_FILE = env.text(
    "PROMISES_RUN_FILE", str(BASE_DIR / ".data" / "promises.json")
)

# --- passwords (OWASP range; reliability.md: Django's own default takes 100 MB a hash)
PASSWORD_HASHERS = [
    "members.hashers.Argon2Hasher",
    # What an import brings along; the next sign-in makes it argon2.
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "members.passwords.Length"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "members.passwords.SiteWords"},
]

# --- joining and signing in (members/adapter.py) --------------------------------------
AUTHENTICATION_BACKENDS = ["members.signing.Backend"]
ACCOUNT_ADAPTER = "members.adapter.AccountAdapter"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/members/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True  # no key in an address or a log
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_SESSION_REMEMBER = None  # asked, with a box that is not ticked (P31)
# allauth's limits live in the cache and break with it; ours are members/signing.py.
ACCOUNT_RATE_LIMITS = False
ACCOUNT_FORMS = {
    "signup": "members.forms.sign_in.SignUpForm",
    "login": "members.forms.sign_in.SignInForm",
    "confirm_email_verification_code": "members.forms.sign_in.ConfirmAddressForm",
    "confirm_password_reset_code": "members.forms.sign_in.ConfirmResetForm",
    "change_password": "members.forms.sign_in.ChangePasswordForm",
    "reset_password": "members.forms.sign_in.ResetPasswordForm",
    "reset_password_from_key": "members.forms.sign_in.NewPasswordForm",
    "reauthenticate": "members.forms.sign_in.ProveForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ADAPTER = "members.second_factor.Adapter"
MFA_TOTP_TOLERANCE = 1  # a step of 30 seconds, for clocks that differ
_codes = "members.forms.second_factor"
MFA_FORMS = {
    "authenticate": f"{_codes}.Authenticate",
    "reauthenticate": f"{_codes}.Reauthenticate",
    "activate_totp": f"{_codes}.SetUpApp",
    "add_webauthn": f"{_codes}.AddPasskey",
    "authenticate_webauthn": f"{_codes}.UsePasskey",
    "login_webauthn": f"{_codes}.SignInByPasskey",
    "reauthenticate_webauthn": f"{_codes}.ReauthenticateByPasskey",
}
MFA_TOTP_ISSUER = "Jessops"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # http://localhost, in development

# --- static files --------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / ".data" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "jessops.css_bundle.BundleFinder",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "jessops.css_bundle.AppFinder",
]
STATICFILES_BACKEND = env.text(
    "STATICFILES_BACKEND", "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {"staticfiles": {"BACKEND": STATICFILES_BACKEND}}
WHITENOISE_MAX_AGE = 3600

# --- language and time ---------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
SHOP_TIME_ZONE = "Europe/London"
USE_I18N = False
USE_TZ = True

# --- logging: structured, without anything about a person (P39, R28) -----------------
LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
LOGGING_CONFIG = (
    None  # jessops.logs.configure() is called by wsgi, celery and manage.py
)

SILENCED_SYSTEM_CHECKS: list[str] = []
