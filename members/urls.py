from django.urls import path

from members.views import correcting, enquiries, home, leaving

app_name = "members"
urlpatterns = [
    path("members/", home.home, name="home"),
    path("members/data/name/", correcting.details, name="details"),
    path("members/data/email/", correcting.email, name="email"),
    path("members/data/email/code/", correcting.code, name="email_code"),
    path(
        "members/data/email/object/<str:token>/",
        correcting.objection,
        name="email_object",
    ),
    path("members/leave/", leaving.leave, name="leave"),
    path("members/closed/", leaving.closed, name="closed"),
    path("members/come-back/", leaving.come_back, name="come_back"),
    path("members/erase/", leaving.erase, name="erase"),
    path("members/erase/stop/", leaving.stop, name="erase_stop"),
    path("members/erasure/<str:token>/", leaving.by_link, name="erase_by_link"),
    path("enquiries/", enquiries.enquiries, name="enquiries"),
    path("enquiries/prove/<str:token>/", enquiries.prove, name="enquiry_prove"),
    path("enquiries/<slug:token>/", enquiries.thread, name="enquiry"),
]
