"""The tag for links that lead off this site."""

import logging

from django import template
from django.conf import settings
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from privacy import leaving

log = logging.getLogger(__name__)

register = template.Library()


@register.simple_tag
def external(address: str, text: str) -> SafeString:
    """A link to another site, which says so.

    {% external party.policy_url "Stripe's privacy policy" %}. An address that would
    carry something along raises LinkRefused in tests; in production, where it can have
    come from data, the text stands there without a link.
    """
    try:
        return leaving.link(address, text)
    except leaving.LinkRefused:
        if settings.COOKIES_STRICT:
            raise
        log.exception("link refused")
        return conditional_escape(text)
