"""The Jessops shop. The Celery app loads with it, or tasks would go to amqp://localhost."""

from jessops.celery import app as celery_app

__all__ = ["celery_app"]
