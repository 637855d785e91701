"""A letter as readers see it, before it is sent: a page for a closed frame.

It has a content policy of its own, since mail has its styles in its tags: nothing is
loaded, nothing runs, no form is sent and nothing but our own screen may frame it.
"""

from django.http import HttpResponse
from django.template.loader import render_to_string

from newsletter import writing
from newsletter.models import Campaign

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'self'; sandbox"
)
_DARK = "@media (prefers-color-scheme: dark)"


def page(campaign: Campaign, *, part: str, look: str) -> HttpResponse:
    """Answer with the HTML part, light or dark, or with the text part.

    In: a letter that need not be stored, "html" or "text", "light" or "dark".
    """
    letter = writing.render(campaign, subject_hash=writing.PREVIEW)
    if part == "text":
        html: str = render_to_string(
            "admin/newsletter/letter_text.html", {"letter": letter, "look": look}
        )
    else:
        # what the reader's own setting decides, decided here
        media = "@media all" if look == "dark" else "@media not all"
        html = letter.html.replace(_DARK, media)
        html = html.replace("color-scheme: light dark", f"color-scheme: {look}")
    answer = HttpResponse(html)
    answer["Content-Security-Policy"] = POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    answer["Cache-Control"] = "no-store"
    return answer
