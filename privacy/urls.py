from django.urls import path

from privacy import views

app_name = "privacy"

urlpatterns = [
    path("privacy/", views.policy, name="policy"),
    path("privacy/cookies/", views.cookies, name="cookies"),
    path(
        ".well-known/privacy-promises.json", views.promises_json, name="promises-json"
    ),
]
