from django.urls import path

from privacy.views import cookies, policy, promises

app_name = "privacy"

urlpatterns = [
    path("privacy/", policy.policy, name="policy"),
    path("privacy/cookies/", cookies.cookies, name="cookies"),
    path(
        ".well-known/privacy-promises.json",
        promises.promises_json,
        name="promises-json",
    ),
]
