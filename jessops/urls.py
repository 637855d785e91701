"""Every address of the shop (contract.md, "Addresses")."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from jessops import metrics, views
from newsletter.views import inbound as mail
from newsletter.views import provider

urlpatterns = [
    path("", include("shop.urls")),
    path("", include("privacy.urls")),
    path("", include("clubs.urls")),
    path("", include("members.urls")),
    path("", include("newsletter.urls")),
    # The one address of an account is changed among a member's data.
    path("accounts/email/", RedirectView.as_view(url="/members/data/")),
    path("webhooks/email/", mail.take, name="inbound_mail"),
    path("webhooks/email/provider/mail/", provider.mail, name="provider_mail"),
    path("webhooks/email/provider/events/", provider.events, name="provider_events"),
    path("accounts/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("robots.txt", views.robots, name="robots"),
    path("healthz", views.healthz, name="healthz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("readyz", views.readyz, name="readyz"),
]

handler400 = "jessops.views.bad_request"
handler403 = "jessops.views.permission_denied"
handler404 = "jessops.views.page_not_found"
handler500 = "jessops.views.server_error"
