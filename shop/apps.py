from django.apps import AppConfig


class ShopConfig(AppConfig):
    name = "shop"

    def ready(self) -> None:
        from shop import letter_blocks, member_area, states  # noqa: F401  they register

        states.connect(self)
