"""The roles of staff as data: what each may do, model by model (house rule, H7).

`migrate` makes the groups and gives them exactly these rights, at every run; a right
taken out here is taken away by the next `migrate`. Groups that are not named here
are left alone.
"""

from collections.abc import Iterable
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.db.models.signals import post_migrate

Rights = dict[str, tuple[str, ...]]

ENQUIRIES: Rights = {
    "members.enquiry": ("change", "view"),
    "members.enquiryevent": ("view",),
}
EVERY = ("add", "change", "delete", "view")
CATALOGUE: Rights = {
    "shop.brand": ("view",),
    "shop.category": ("view",),
    "shop.pricechange": ("view",),
    "shop.product": ("view",),
    "shop.stock": ("view",),
}
#: What was done and when, for those who look whether it was right.
LEDGERS: Rights = dict.fromkeys(
    (
        *("clubs.clubevent", "members.datarequeststep", "members.enquiryevent"),
        *("newsletter.announcementoverride", "newsletter.campaign"),
        *("privacy.attestation", "privacy.choice", "privacy.clausechange"),
        *("privacy.erasure", "privacy.look", "privacy.policyversion"),
        *("privacy.receipt", "privacy.transition", "privacy.wording"),
        *("shop.bankevent", "shop.document", "shop.manifest", "shop.orderevent"),
        *("shop.payment", "shop.refund", "shop.refundline", "shop.stockmovement"),
    ),
    ("view",),
)

#: Role -> model as "app.model" -> the verbs of its rights ("view" is view_<model>).
ROLES: dict[str, Rights] = {
    "Web Sales": {
        **ENQUIRIES,
        **CATALOGUE,
        "shop.document": ("view",),
        "shop.hold": ("view",),
        "shop.order": ("change", "view"),
        "shop.orderevent": ("view",),
        "shop.orderline": ("view",),
        "shop.payment": ("view",),
        "shop.refund": ("approve", "ask", "view"),
        "shop.refundline": ("view",),
        "shop.return": ("change", "view"),
        "shop.returnline": ("view",),
        "shop.voucher": ("add", "change", "view"),
    },
    "Web Design": {
        **ENQUIRIES,
        "shop.brand": ("add", "change", "view"),
        "shop.category": ("add", "change", "view"),
        "shop.pricechange": ("view",),
        "shop.product": ("add", "change", "view"),
    },
    "Customer Liaison": ENQUIRIES,
    "Clubs": ENQUIRIES,
    "Clubs Administrator": {
        "clubs.club": ("add", "change", "delete", "view"),
        "clubs.clubcontact": ("view",),
        "clubs.clubevent": ("view",),
        "clubs.contactdetail": ("add", "change", "delete", "view"),
        "clubs.submission": ("change", "view"),
    },
    "Dispatch": {
        "shop.consignment": ("change", "view"),
        "shop.manifest": ("view",),
        "shop.stock": ("change", "view"),
        "shop.stockmovement": ("add", "view"),
    },
    "Newsletter": {
        "newsletter.announcementoverride": ("add", "view"),
        "newsletter.bounce": ("view",),
        "newsletter.campaign": ("add", "approve", "change", "send", "view"),
        "newsletter.contest": ("add", "award", "change", "share", "view"),
        "newsletter.entry": ("view",),
        "newsletter.question": ("add", "change", "delete", "view"),
        "newsletter.subscription": ("view",),
        "newsletter.suppression": ("change", "view"),
        "newsletter.survey": ("add", "change", "delete", "publish", "view"),
    },
    "Privacy": {
        **ENQUIRIES,
        "members.datarequest": ("add", "change", "view"),
        "members.datarequeststep": ("view",),
        "privacy.attestation": ("add", "view"),
        "privacy.choice": ("add", "view"),
        "privacy.clausechange": ("view",),
        "privacy.disclosureapproval": ("add",),
        "privacy.disclosureevent": ("add",),
        "privacy.erasure": ("view",),
        "privacy.legaldisclosure": ("add", "view"),
        "privacy.look": ("view",),
        "privacy.policyversion": ("add", "view"),
        "privacy.receipt": ("view",),
        "privacy.transition": ("view",),
        "privacy.wording": ("view",),
    },
    "Auditor": LEDGERS,
    # Runs the shop and answers for it; what a customer's page needs, others open.
    "Owner": {
        **dict.fromkeys(CATALOGUE, EVERY),
        "auth.group": ("view",),
        "members.member": ("add", "change", "view"),
        "newsletter.announcementoverride": ("add", "view"),
        "newsletter.campaign": ("approve", "view"),
        "newsletter.message": ("change", "view"),
        "privacy.attestation": ("add", "view"),
        "privacy.clausechange": ("view",),
        "privacy.disclosureapproval": ("add",),
        "privacy.legaldisclosure": ("view",),
        "privacy.policyversion": ("add", "view"),
        "privacy.transition": ("add", "view"),
        "privacy.transitionevent": ("add",),
        "shop.bankevent": ("view",),
        "shop.manifest": ("view",),
        "shop.orderevent": ("view",),
        "shop.payment": ("view",),
        "shop.refund": ("approve", "ask", "view"),
        "shop.refundline": ("view",),
        "shop.stockmovement": ("add", "view"),
        "shop.voucher": ("add", "change", "view"),
    },
}


def rights_in(label: str, role: str) -> set[tuple[str, str]]:
    """Return a role's rights in one app as pairs of model name and codename."""
    return {
        (model, f"{verb}_{model}")
        for name, verbs in ROLES[role].items()
        for app, model in [name.split(".")]
        if app == label
        for verb in verbs
    }


def give(sender: AppConfig, apps: Apps = installed, **kwargs: Any) -> None:
    """Give every role its rights in the app that was just migrated, and no other.

    `apps` is the schema as it now stands: what an older one lacks waits for the
    `migrate` that brings it. Raises LookupError for a right that no model has.
    """
    try:
        models = {model._meta.model_name for model in app_models(apps, sender.label)}
    except LookupError:
        return  # neither this app nor that of the groups stands yet
    roles = {
        name: {right for right in rights_in(sender.label, name) if right[0] in models}
        for name in ROLES
    }
    known = {
        (model, codename): key
        for model, codename, key in Permission.objects.filter(
            content_type__app_label=sender.label
        ).values_list("content_type__model", "codename", "pk")
    }
    if missing := set().union(*roles.values()) - set(known):
        raise LookupError(f"No such rights in {sender.label}: {sorted(missing)}")
    Group.objects.bulk_create(
        [Group(name=name) for name in ROLES], ignore_conflicts=True
    )
    groups = dict(Group.objects.filter(name__in=ROLES).values_list("name", "pk"))
    wanted = {
        (groups[name], known[right])
        for name, rights in roles.items()
        for right in rights
    }
    through = Group.permissions.through.objects
    standing = through.filter(
        group_id__in=groups.values(), permission_id__in=known.values()
    )
    stale = [
        row.pk for row in standing if (row.group_id, row.permission_id) not in wanted
    ]
    through.filter(pk__in=stale).delete()
    through.bulk_create(
        [
            Group.permissions.through(group_id=group, permission_id=right)
            for group, right in wanted
        ],
        ignore_conflicts=True,
    )


def app_models(apps: Apps, label: str) -> Iterable[type[Model]]:
    """Return an app's models; LookupError where it or the groups are not there yet."""
    apps.get_model("auth", "Permission")
    return apps.get_app_config(label).get_models()


def connect() -> None:
    """Have every `migrate` give the roles their rights."""
    post_migrate.connect(give, dispatch_uid="jessops.roles")
