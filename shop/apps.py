from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self) -> None:
        # Fill privacy's registries: what is held about people, and who receives it.
        from shop import connectors, personal_data  # noqa: F401
