"""What whoever joins is asked about news, then and there (P19).

An answer is kept with the sign-up that is under way, and counts once the address is
proved: nobody says yes for somebody else.
"""

from django.http import HttpRequest

from members.actions import choices
from members.models import Member
from privacy import topics

KEY = "asked"


def keep(request: HttpRequest) -> None:
    """Keep what the sign-up form says, until its address is proved."""
    marked = {topic.field: request.POST.get(topic.field) for topic in topics.TOPICS}
    request.session[KEY] = {
        name: said for name, said in marked.items() if said in ("yes", "no")
    }


def record(request: HttpRequest, member: Member) -> None:
    """Write down what was kept, now that the address is a member's own."""
    marked = request.session.pop(KEY, None)
    if marked:
        choices.joined(member=member, marked=marked)
