from django.urls import path, re_path

from clubs.views import change, clubs

TOKEN = r"(?P<token>[A-Za-z0-9:_-]{20,200})"  # noqa: S105  a pattern, as links makes

app_name = "clubs"
urlpatterns = [
    path("clubs/", clubs.find, name="find"),
    path("clubs/list-a-club/", change.ask_new, name="ask_new"),
    re_path(rf"^clubs/list-a-club/{TOKEN}/$", change.list_club, name="list_club"),
    path("clubs/<slug:slug>/", clubs.show, name="club"),
    path("clubs/<slug:slug>/meetings.ics", clubs.meetings, name="meetings"),
    path("clubs/<slug:slug>/change/", change.ask, name="ask"),
    re_path(
        rf"^clubs/(?P<slug>[-a-zA-Z0-9_]+)/change/{TOKEN}/$",
        change.change,
        name="change",
    ),
]
