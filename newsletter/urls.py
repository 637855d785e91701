from django.urls import path, re_path

from newsletter.views import (
    announcements,
    contests,
    leaving,
    subscriptions,
    surveys,
)

ENTRY = r"(?P<token>[0-9a-f]{32}:[A-Za-z0-9_-]{43})"  # as entry_links makes it
SPONSOR = r"(?P<token>[A-Za-z0-9_-]{43})"

app_name = "newsletter"
urlpatterns = [
    path("newsletter/", subscriptions.sign_up, name="sign_up"),
    re_path(
        r"^newsletter/confirm/(?P<token>[A-Za-z0-9:_-]{20,200})/$",
        subscriptions.confirm,
        name="confirm",
    ),
    path(
        "newsletter/unsubscribe/<str:token>/", leaving.unsubscribe, name="unsubscribe"
    ),
    path("privacy/announcements/", announcements.announced, name="announcements"),
    path("surveys/", surveys.index, name="surveys"),
    path("surveys/<slug:slug>/", surveys.show, name="survey"),
    re_path(rf"^surveys/entry/{ENTRY}/$", contests.entry, name="entry"),
    re_path(rf"^surveys/sponsor/{SPONSOR}/$", contests.sponsor, name="sponsor"),
]
