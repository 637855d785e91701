from django.urls import path

from members.views import (
    addresses,
    choices,
    correcting,
    data,
    enquiries,
    home,
    leaving,
    sessions,
)

app_name = "members"
urlpatterns = [
    path("accounts/sessions/", sessions.sessions_page, name="sessions"),
    path("accounts/sessions/end/", sessions.end, name="sessions_end"),
    path("members/", home.home, name="home"),
    path("members/addresses/", addresses.book, name="addresses"),
    path("members/addresses/new/", addresses.new, name="address_new"),
    path("members/addresses/<uuid:pk>/", addresses.change, name="address"),
    path("members/addresses/<uuid:pk>/first/", addresses.first, name="address_first"),
    path(
        "members/addresses/<uuid:pk>/delete/", addresses.delete, name="address_delete"
    ),
    path("members/choices/", choices.choices, name="choices"),
    path("members/data/", data.data, name="data"),
    path("members/data/copy/", data.ask, name="data_copy"),
    path("members/data/copy/take/", data.take, name="data_take"),
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
