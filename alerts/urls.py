"""Addresses of the pages."""

from django.urls import URLPattern, path

from alerts.views import (
    admin_home,
    child,
    child_list,
    guardian_home,
    health,
    home,
    manager_home,
    police,
    police_home,
    roll_call,
    today,
)
from cases import converters  # noqa: F401 - registers "reference"

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("today/", today.today, name="today"),
    path("partials/today/", today.today_list, name="today_list"),
    path("overview/", manager_home.manager_home, name="manager_home"),
    path("partials/overview/", manager_home.manager_tiles, name="manager_tiles"),
    path("overview/unallocated/", manager_home.manager_unallocated, name="manager_unallocated"),
    path("overview/<slug:which>/", manager_home.manager_list, name="manager_list"),
    path("missing/", police_home.police_home, name="police_home"),
    path("partials/missing/", police_home.police_list, name="police_list"),
    path("people/", admin_home.admin_home, name="admin_home"),
    path("children/<reference:reference>/", child.child, name="child"),
    path("children/<reference:reference>/now/", child.child_now, name="child_now"),
    path("children/<reference:reference>/placements/", child.child_placements, name="child_placements"),
    path("children/<reference:reference>/people/", child.child_people, name="child_people"),
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
