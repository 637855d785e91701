from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = "Mail"

    def ready(self) -> None:
        # the outbox imports models, which are not there before now
        from newsletter import outbox
        from privacy import post

        post.register(outbox.queue, outbox.known)
        # of other apps: who takes mail that comes in, and who has something under way
        autodiscover_modules("mail_doors", "mail_audiences")
