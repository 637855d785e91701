"""What parcels, money taken and given back, returns and notes hold about people.

They go with their order, on its day; personal_data.py loads this.
"""

from django.db.models import Model

from privacy.registry import OUR_RECORD, PAYMENT_HOST, YOU, describe, hold, not_personal
from privacy.retention import Clock
from shop import models


def declare(whole: tuple[Clock, ...], law: str) -> None:
    """Declare the columns: `whole` are the order's clocks, `law` why rows stay."""
    _tied(
        models.Consignment,
        "Your parcels",
        whole,
        law,
        number="Number of the parcel",
        state="How far it is",
        carrier="Who carries it",
        service="Which service of the carrier",
        booking="What the carrier calls it",
        barcode="Its barcode",
        tracking="How it is followed",
        notify_by_phone="Whether the carrier may ring you",
        collect_code="The code to collect it with",
        handed_at="When it left us",
        delivered_at="When it was delivered",
    )
    not_personal(
        models.Consignment,
        *"id order weight_g manifest created_at packed_at booked_at closed_at".split(),
        "followed_at",
    )
    _tied(
        models.TrackingStep,
        "What the carrier told of your parcels",
        whole,
        law,
        under="consignment__order__policy_version",
        code="What happened",
        at="When",
    )
    not_personal(models.TrackingStep, "id", "consignment", "own_code", "told_at")
    _tied(
        models.Capture,
        "What was taken of your payment",
        whole,
        law,
        amount_pence="Amount",
        state="How it stands",
        done_at="When it was taken",
    )
    not_personal(
        models.Capture,
        *"id payment consignment final key turn problem by asked_at tried_at".split(),
    )
    _tied(
        models.Amendment,
        "What you asked us to add",
        whole,
        law,
        added_pence="What it costs",
        state="How it stands",
        at="When it was offered",
    )
    not_personal(models.Amendment, *"id order total_pence until by settled_at".split())
    _tied(
        models.AmendmentLine,
        "Each thing you asked us to add",
        whole,
        law,
        under="amendment__order__policy_version",
        name="What",
        quantity="How many",
    )
    not_personal(models.AmendmentLine, *"id amendment product sku unit_pence".split())
    _tied(
        models.Return,
        "What you send back",
        whole,
        law,
        source=YOU,
        number="Number of the return",
        reason="Why you send it back",
        state="How far it is",
        asked_at="When you announced it",
        received_at="When we received it",
        refund_due_on="By when your money is due",
    )
    not_personal(models.Return, *"id order attempt by closed_at".split())
    _tied(
        models.ReturnLine,
        "Each thing you send back",
        whole,
        law,
        under="back__order__policy_version",
        quantity="How many",
        found="How we found it",
    )
    not_personal(models.ReturnLine, "id", "back", "line")
    _tied(
        models.Refund,
        "What is given back to you",
        whole,
        law,
        amount_pence="Amount",
        reason="Why",
        state="How it stands",
        bank_id="Name of it at the payment host",
        due_on="By when it is due",
        asked_at="When it was decided",
        done_at="When it was given back",
    )
    not_personal(
        models.Refund,
        *"id order payment back delivery_pence key turn problem asked_by"
        " needs_second approved_by approved_at tried_at".split(),
    )
    _tied(
        models.Document,
        "Your invoices and credit notes",
        whole,
        law,
        number="Number of the document",
        facts="What it says",
        total_pence="Its total",
        made_at="When it was made",
    )
    not_personal(models.Document, *"id kind serial order capture refund sha256".split())
    describe(models.Note, title="Notes about an order", people="people who order")
    for field, label in (
        ("words", "What you wrote, or what was said"),
        ("email_hash", "Keyed hash of the e-mail address"),
        ("at", "When"),
    ):
        hold(
            models.Note,
            field,
            label=label,
            purpose="order",
            source=(YOU, OUR_RECORD),
            under="policy_version",
            retention=whole,
            export=field != "email_hash",
            erase="delete",
            tied=field == "at",
        )
    not_personal(models.Note, *"id key_id order name policy_version by".split())
    for model in (
        models.ConsignmentLine,
        models.DocumentCounter,
        models.Manifest,
        models.RefundLine,
    ):
        not_personal(model, *(field.name for field in model._meta.local_fields))


def _tied(
    model: type[Model],
    title: str,
    whole: tuple[Clock, ...],
    law: str,
    *,
    source: str = OUR_RECORD,
    under: str = "",
    **columns: str,
) -> None:
    """Declare columns that say something of a person only while the order names one."""
    describe(model, title=title, people="people who order")
    way = under or (
        "payment__order__policy_version"
        if model is models.Capture
        else "order__policy_version"
    )
    for field, label in columns.items():
        hold(
            model,
            field,
            label=label,
            purpose="order",
            source=PAYMENT_HOST if field == "bank_id" else source,
            under=way,
            retention=whole,
            export=True,
            erase=law,
            tied=True,
        )
