from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = "Mail"

    def ready(self) -> None:
        # the outbox imports models, which are not there before now
        from newsletter import inbound, outbox
        from newsletter.actions import leaving
        from privacy import post

        post.register(outbox.queue, outbox.known)
        # before every mailbox's own: the word may be sent to any of them
        inbound.register(inbound.Door("leaving our lists", leaving.by_mail, place=20))
        # of other apps: who takes mail that comes in, and who has something under way
        autodiscover_modules("mail_doors", "mail_audiences")
        # the feeder of campaigns, and its word on what is paused or cancelled
        autodiscover_modules("sending_tasks")
