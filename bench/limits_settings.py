"""Settings of the two limits: Django with nothing in it."""

import os
from pathlib import Path

from jessops.lib import env

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "bench.limits"
USE_TZ = True
LOG_LEVEL = "WARNING"
DATABASES = {"default": {**env.database("DATABASE_URL"), "CONN_MAX_AGE": 600}}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent],
    }
]
