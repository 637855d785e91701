"""The project itself as an app (its system checks), and the staff site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class StaffSiteConfig(AdminConfig):
    """Plain Django admin, with this project's site as its default."""

    default_site = "jessops.admin.StaffSite"


class JessopsConfig(AppConfig):
    name = "jessops"

    def ready(self) -> None:
        from jessops import checks, roles  # noqa: F401  registers the checks

        roles.connect()
