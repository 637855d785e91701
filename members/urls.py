from django.urls import path

from members.views import home

app_name = "members"
urlpatterns = [
    path("members/", home.home, name="home"),
]
