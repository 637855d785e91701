from django.urls import path

from members.views import enquiries, home

app_name = "members"
urlpatterns = [
    path("members/", home.home, name="home"),
    path("enquiries/", enquiries.enquiries, name="enquiries"),
    path("enquiries/<slug:token>/", enquiries.thread, name="enquiry"),
]
