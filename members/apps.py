from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "members"

    def ready(self) -> None:
        from allauth.account.signals import email_confirmed

        from members.emails import accounts

        email_confirmed.connect(
            accounts.welcome_confirmed, dispatch_uid="members.welcome"
        )
