"""Requests about one's data that come by e-mail, telephone or post (P97, P98).

One clock (members.clock), one identity step and the same effects as the doors that a
person opens alone: what is done is done by the actions behind those doors. Each step is
written down for good, as a code, and the person is told of it.
"""

from collections.abc import Callable, Iterable

from django.core import signing
from django.db import transaction
from django.utils import timezone

from jessops.lib.clock import in_london
from jessops.lib.hashing import email_hash
from jessops.lib.scrub import scrub
from members import clock
from members.actions import correcting, leaving
from members.actions.enquiries import reference
from members.emails import requests as emails
from members.models import DataRequest, DataRequestStep, Member
from members.models.enquiries import LONGEST
from privacy import handover, policies, topics
from privacy.actions import choices, copies
from privacy.models import Erasure

Code = DataRequestStep.Code
Kind = DataRequest.Kind
PERSON = "person"
# How it was proved who asks; nothing of it is kept but the word.
PROOFS = {
    "link": "The link that we sent to the address we hold",
    "signed-in": "Signed in as a member",
    "order-details": "Details of an order that only the buyer knows",
    "papers": "Papers that were shown, and given back",
}
# Why it may take up to two months longer (article 12(3)).
LONGER = {"complex": "It is complex", "many": "There are many requests"}
# Why it may be refused (articles 12(5) and 17(3)).
GROUNDS = {
    "law": "The law makes us keep it",
    "unfounded": "It is manifestly unfounded or excessive",
    "not-held": "We hold nothing of this person",
}
LINK_LIFE = 30 * 24 * 3600  # seconds
BATCH = 100
_SALT = "members.requests.prove"


class RequestError(Exception):
    """The step cannot be made as things stand; the text says why."""


def take_in(
    *, kind: str, channel: str, email: str, full_name: str, words: str, by: str
) -> DataRequest:
    """Write a request down, and tell the person that we have it."""
    now = timezone.now()
    request = DataRequest(
        reference=reference("D", now),
        kind=Kind(kind),
        channel=channel,
        full_name=full_name,
        email=email,
        email_hash=email_hash(email),
        words=scrub(words)[:LONGEST],
        policy_version=policies.current_version(),
        received_at=now,
    )
    with transaction.atomic():
        request.save()
        _step(request, Code.RECEIVED, by=by, detail=channel)
    return request


def ask_identity(*, request: DataRequest, by: str) -> None:
    """Ask who it is, by a link to the address that is held; the clock waits."""
    with transaction.atomic():
        now = _standing(_locked(request))
        if now.waits_for == "identity" or _is_proved(request):
            raise RequestError("Identity was asked for already.")
        _step(request, Code.IDENTITY_ASKED, by=by, link=prove_path(request))


def prove(*, request: DataRequest, how: str, by: str) -> bool:
    """Write down that identity is proved; False if it was already."""
    if how not in PROOFS:
        raise ValueError(how)
    with transaction.atomic():
        _locked(request)
        if _is_proved(request):
            return False
        _step(request, Code.IDENTITY_PROVED, by=by, detail=how)
    return True


def pause(*, request: DataRequest, by: str) -> None:
    """Ask what exactly is meant: the clock waits for the answer."""
    with transaction.atomic():
        if _standing(_locked(request)).waits_for:
            raise RequestError("The clock stands still already.")
        _step(request, Code.PAUSED, by=by)


def resume(*, request: DataRequest, by: str) -> None:
    """It is clear now: the clock goes on."""
    with transaction.atomic():
        if _standing(_locked(request)).waits_for != "clarification":
            raise RequestError("The clock does not wait for an answer.")
        _step(request, Code.RESUMED, by=by)


def extend(*, request: DataRequest, why: str, by: str) -> None:
    """Take up to two months longer, once, and say why within the first month."""
    if why not in LONGER:
        raise ValueError(why)
    with transaction.atomic():
        now = _standing(_locked(request))
        if now.extended:
            raise RequestError("It was extended already: the law allows that once.")
        if now.waits_for or now.is_late(in_london(timezone.now()).date()):
            raise RequestError("Only within the first month, while the clock runs.")
        _step(request, Code.EXTENDED, by=by, detail=why)


def search(*, request: DataRequest, by: str) -> tuple[int, int]:
    """Look in every table for the person, and record it; out: tables and rows found."""
    people = {request.email_hash: request.email}
    counts = [sum(1 for _ in table.of(people)) for table in handover.tables()]
    found = sum(1 for count in counts if count), sum(counts)
    detail = f"{len(counts)} tables: {found[1]} rows in {found[0]}"
    with transaction.atomic():
        _locked(request)
        _step(request, Code.SEARCHED, by=by, detail=detail)
    return found


def carry_out(
    *, request: DataRequest, by: str, full_name: str = "", telephone: str = ""
) -> bool:
    """Do what is asked; say whether that settles it (an erasure takes three days).

    Raises RequestError where identity is not proved, or there is nothing to do it to.
    """
    with transaction.atomic():
        _locked(request)
        if not _is_proved(request):
            raise RequestError("First it must be proved who asks.")
        if request.kind == Kind.CORRECT:
            _correct(request, full_name, telephone)
        else:
            _EFFECTS[Kind(request.kind)](request, by)
        if request.kind == Kind.ERASE:
            return False
        _settle(request, Code.DONE, by=by)
    return True


def refuse(*, request: DataRequest, why: str, by: str) -> None:
    """Refuse it, and say why, and where to complain (article 12(4))."""
    if why not in GROUNDS:
        raise ValueError(why)
    with transaction.atomic():
        _settle(_locked(request), Code.REFUSED, by=by, detail=why)


def withdraw(*, request: DataRequest, by: str) -> None:
    """The person wants it no more."""
    with transaction.atomic():
        _settle(_locked(request), Code.WITHDRAWN, by=by)


def follow_erasures(*, limit: int = BATCH) -> int:
    """Close the requests whose erasure is over, done or withdrawn; return how many."""
    closed = 0
    over = {Erasure.State.DONE: Code.DONE, Erasure.State.WITHDRAWN: Code.WITHDRAWN}
    for request in DataRequest.objects.waiting().filter(kind=Kind.ERASE)[:limit]:
        found = Erasure.objects.filter(
            subject=request.email_hash, asked_at__gte=request.received_at
        )
        last = found.order_by("-asked_at", "-pk").first()
        if last is None or last.state not in over:
            continue
        code = over[Erasure.State(last.state)]
        with transaction.atomic(durable=True):
            try:
                _settle(_locked(request), code, by="system", detail=last.reference)
            except RequestError:
                continue  # somebody settled it meanwhile
        closed += 1
    return closed


def standings(requests: Iterable[DataRequest]) -> dict[str, clock.Standing]:
    """Return how the clocks of some requests stand, by reference; one query."""
    steps: dict[str, list[DataRequestStep]] = {one.reference: [] for one in requests}
    for step in DataRequestStep.objects.filter(reference__in=steps):
        steps[step.reference].append(step)
    return {name: clock.standing(some) for name, some in steps.items()}


def prove_path(request: DataRequest) -> str:
    token = signing.dumps(request.reference, salt=_SALT)
    return f"/enquiries/prove/{token}/"


def of_token(token: str) -> DataRequest | None:
    """Return the open request that a mailed link belongs to, or None."""
    try:
        found = signing.loads(token, salt=_SALT, max_age=LINK_LIFE)
    except (signing.BadSignature, ValueError):
        return None
    return DataRequest.objects.waiting().filter(reference=found).first()


def is_proved(request: DataRequest) -> bool:
    return _is_proved(request)


# --- what is done ---------------------------------------------------------------------


def _copy(request: DataRequest, by: str) -> None:
    try:
        copies.ask(subject=request.email_hash, by_mail=True)
    except copies.AskedAlready:
        raise RequestError("A link to a copy is on its way already.") from None


def _member(request: DataRequest) -> Member:
    found = Member.objects.filter(email_hash=request.email_hash).first()
    if found is None:
        raise RequestError("Nobody has an account under that address.")
    return found


def _deactivate(request: DataRequest, by: str) -> None:
    try:
        leaving.deactivate(member=_member(request), by=by)
    except leaving.StaffAccount:
        raise RequestError("That is an account of our staff.") from None


def _erase(request: DataRequest, by: str) -> None:
    if leaving.waiting(request.email_hash):
        raise RequestError("They are to be erased already; it waits for its day.")
    try:
        leaving.ask_erasure(
            subject=request.email_hash, email=request.email, door="staff", by=by
        )
    except leaving.StaffAccount:
        raise RequestError("That is an account of our staff.") from None


def _object(request: DataRequest, by: str) -> None:
    where = f"data request by {request.channel}"
    choices.say_no_to_everything(
        subject=request.email_hash, where=where, topic=topics.ANYTHING
    )


def _correct(request: DataRequest, full_name: str, telephone: str) -> None:
    """Put name and telephone right where there is an account.

    What else is wrong (an order, a club) is put right on its own screen before.
    """
    if full_name or telephone:
        member = _member(request)
        correcting.change_details(
            member=member,
            full_name=full_name or member.full_name,
            telephone=telephone or member.telephone,
        )


_EFFECTS: dict[str, Callable[[DataRequest, str], None]] = {
    Kind.ACCESS: _copy,
    Kind.DEACTIVATE: _deactivate,
    Kind.ERASE: _erase,
    Kind.OBJECT: _object,
}


# --- steps ----------------------------------------------------------------------------


def _locked(request: DataRequest) -> DataRequest:
    """Return the row, locked and still open, or raise RequestError."""
    locked = DataRequest.objects.select_for_update().get(pk=request.pk)
    if locked.closed_at is not None:
        raise RequestError("It is settled already.")
    return locked


def _standing(request: DataRequest) -> clock.Standing:
    return standings([request])[request.reference]


def _is_proved(request: DataRequest) -> bool:
    steps = DataRequestStep.objects.filter(reference=request.reference)
    return steps.filter(code=Code.IDENTITY_PROVED).exists()


def _step(
    request: DataRequest, code: str, *, by: str, detail: str = "", link: str = ""
) -> None:
    step = DataRequestStep.objects.create(
        reference=request.reference, code=code, detail=detail, by=by
    )
    emails.told(request, step, due_on=_standing(request).due_on, link=link)


def _settle(request: DataRequest, code: str, *, by: str, detail: str = "") -> None:
    DataRequest.objects.filter(pk=request.pk).update(
        closed_at=timezone.now(), outcome=code
    )
    _step(request, code, by=by, detail=detail)
