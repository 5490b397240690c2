"""Addresses of the pages."""

from django.urls import URLPattern, path

from alerts.views import child_list, guardian_home, health, police, roll_call
from cases import converters  # noqa: F401 - registers "reference"

urlpatterns: list[URLPattern] = [
    path("health/", health.health, name="health"),
    path("a/<str:token>/", police.police_alert, name="police_alert"),
    path("homes/<int:home_id>/roll-call/", roll_call.roll_call, name="roll_call"),
    path(
        "homes/<int:home_id>/roll-call/<reference:reference>/",
        roll_call.roll_call_record,
        name="roll_call_record",
    ),
    path("looking-out/", guardian_home.guardian_home, name="guardian_home"),
    path("looking-out/<reference:reference>/", guardian_home.guardian_record, name="guardian_record"),
    path("children/", child_list.child_list, name="child_list"),
    path("search/", child_list.search, name="search"),
]
