"""Who outside gets anything from this app, what for, and which fields (P57)."""

from privacy.gateway import Connector, register

# In the order of the file that a sponsor fetches.
SPONSOR_FIELDS = {
    "name": "your name",
    "line1": "your address",
    "line2": "your address",
    "town": "your address",
    "county": "your address",
    "postcode": "your address",
    "email": "your e-mail address",
}
# Each contest names its own; a receipt holds that name.
SPONSORS = register(
    Connector(
        name="sponsors",
        recipient="The sponsor of a contest that you won, if you ticked that box",
        purpose="contest",
        # A sponsor fetches from us by a link that ends; we send nothing anywhere.
        base_url_setting="SITE_URL",
        fields=frozenset(SPONSOR_FIELDS),
        personal=SPONSOR_FIELDS,
    )
)
