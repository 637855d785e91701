from django.urls import path

from privacy.views import cookies, held, policy, promises

app_name = "privacy"

urlpatterns = [
    path("privacy/", policy.policy, name="policy"),
    path("privacy/cookies/", cookies.cookies, name="cookies"),
    path("privacy/what-we-hold/", held.what_we_hold, name="held"),
    path(
        ".well-known/privacy-promises.json",
        promises.promises_json,
        name="promises-json",
    ),
]
