from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.module_loading import autodiscover_modules


class PrivacyConfig(AppConfig):
    name = "privacy"
    verbose_name = "Privacy"

    def ready(self) -> None:
        # Upward knowledge comes in through modules that each app brings along:
        # what it holds about people, which outside parties it may talk to, and what the
        # running shop asks itself.
        autodiscover_modules(
            *("personal_data", "collection_points", "connectors", "probes"),
            *("people", "handover", "cookies_explained"),
        )
        from privacy import checks, own_tables  # noqa: F401  they register themselves
        from privacy.actions import policies

        # Django's own moment for what belongs to a database with its tables.
        post_migrate.connect(policies.publish_first, sender=self)
