from django.urls import path

from privacy.views import (
    certificate,
    choice,
    cookies,
    copies,
    disclosures,
    held,
    policy,
    promises,
    recipients,
    security,
    transition,
    versions,
)

app_name = "privacy"

urlpatterns = [
    path("privacy/", policy.policy, name="policy"),
    path("privacy/certificate/", certificate.certificates, name="certificate"),
    path("privacy/cookies/", cookies.cookies, name="cookies"),
    path("privacy/cookies/<str:name>/forget/", cookies.forget, name="forget-cookie"),
    path("privacy/recipients/", recipients.listed, name="recipients"),
    path("privacy/versions/", versions.versions, name="versions"),
    path("privacy/versions/<int:number>/", versions.version, name="version"),
    path(
        "privacy/versions/<int:number>/policy.pdf",
        versions.policy_pdf,
        name="policy-pdf",
    ),
    path("privacy/compare/<int:a>/<int:b>/", versions.compare, name="compare"),
    path("privacy/choice/<str:token>/", choice.choice, name="choice"),
    path("privacy/copy/<str:token>/", copies.copy, name="copy"),
    path("privacy/what-we-hold/", held.what_we_hold, name="held"),
    path("privacy/transition/", transition.transition, name="transition"),
    path("privacy/disclosures/", disclosures.counts, name="disclosures"),
    path("privacy/promises/", promises.promises, name="promises"),
    path("privacy/promises/<str:name>/", promises.promise, name="promise"),
    path("privacy/promises/<str:name>/prove/", promises.prove, name="prove"),
    path(".well-known/security.txt", security.security_txt, name="security-txt"),
    path(
        ".well-known/privacy-promises.json",
        promises.promises_json,
        name="promises-json",
    ),
]
