"""What is in the copy of a person's data (R30), and the link that leads to it.

The content is made once and sealed; the file for programs and the page for people are
both read from it, so that they cannot differ.
"""

import hashlib
import hmac
import io
import json
import secrets
import zipfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from privacy import choices, dossier, policies
from privacy.dossier import Group
from privacy.models import Copy
from privacy.values import moment

Content = Mapping[str, Any]

LIFE = timedelta(minutes=15)  # from when it is ready until it can be taken no more
PATIENCE = timedelta(hours=1)  # a copy that could not be made by then is asked anew


# The file has no server to ask for its style, and no policy that forbids one inside.
STYLE = Path(__file__).with_name("copy_document.css")


def new_token() -> str:
    """Return a link's token: 256 bits that nobody can guess."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return the keyed hash of a link's token: all that is kept of it."""
    key = settings.DATA_HASH_KEY.encode()
    return hmac.new(key, b"copy:" + token.encode(), hashlib.sha256).hexdigest()


def ready() -> QuerySet[Copy]:
    """Return the copies that can be taken now."""
    return Copy.objects.filter(
        made_at__isnull=False, taken_at=None, good_until__gt=timezone.now()
    )


def by_link(token: str) -> Copy | None:
    """Return the copy that a mailed link opens now, or None."""
    return ready().filter(by_mail=True, token_hash=token_hash(token)).first()


def waiting() -> QuerySet[Copy]:
    """Return the copies that are still to be made."""
    return Copy.objects.filter(made_at=None, good_until__gt=timezone.now())


def content_of(subject: str, email: str) -> dict[str, Any]:
    """Return everything held about a person, as JSON holds it."""
    now = timezone.now()
    return {
        "what": "Everything that we hold about you",
        "from": settings.COMPANY["name"],
        "about": email,
        "made_at": now.isoformat(),
        "made": moment(now),
        "policy_version": policies.current_version(),
        "tables": [_table(group) for group in dossier.of(subject, email)],
        "answers": [
            {
                "question": entry.about,
                "answer": entry.answer_words,
                "where": entry.where,
                "at": entry.at.isoformat(),
                "when": entry.when,
                "shown": entry.wording,
                "policy_version": entry.policy_version,
            }
            for entry in choices.history_of(subject)
        ],
    }


def archive(content: Content) -> bytes:
    """Return the copy as people take it: one ZIP, for programs and for reading."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        text = json.dumps(content, ensure_ascii=False, indent=2)
        packed.writestr("your-data.json", text + "\n")
        packed.writestr("your-data.html", readable(content))
    return file.getvalue()


def readable(content: Content) -> str:
    """Return the copy as a page that needs nothing but itself."""
    context = {
        "copy": content,
        "company": settings.COMPANY,
        "site_url": settings.SITE_URL,
        "style": format_html("<style>{}</style>", mark_safe(STYLE.read_text())),  # noqa: S308
    }
    return render_to_string("privacy/copy_document.html", context)


def _table(group: Group) -> dict[str, Any]:
    return {
        "table": group.table,
        "title": group.title,
        "rows": [
            {
                "about": entry.about,
                "title": entry.title,
                "given_at": entry.given.isoformat() if entry.given else None,
                "given": entry.when,
                "policy_version": entry.version,
                "items": [
                    {
                        "column": item.field,
                        "what": item.label,
                        "says": item.said,
                        "value": item.value,
                        "from": item.source,
                        "why": list(item.purposes),
                        "goes_on": item.goes.isoformat() if item.goes else None,
                        "goes": item.until,
                    }
                    for item in entry.items
                ],
                "also_held": entry.unread,
            }
            for entry in group.entries
        ],
    }
