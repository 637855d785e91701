from django.urls import path

from clubs.views import clubs

app_name = "clubs"
urlpatterns = [
    path("clubs/", clubs.find, name="find"),
    path("clubs/<slug:slug>/", clubs.show, name="club"),
    path("clubs/<slug:slug>/meetings.ics", clubs.meetings, name="meetings"),
]
