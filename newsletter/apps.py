from django.apps import AppConfig


class NewsletterConfig(AppConfig):
    name = "newsletter"
    verbose_name = "Mail"

    def ready(self) -> None:
        # the outbox imports models, which are not there before now
        from newsletter import outbox
        from privacy import post

        post.register(outbox.queue, outbox.known)
