"""Addresses of the pages."""

from django.urls import URLPattern, path

from cases import converters  # noqa: F401 - registers "reference"
from guardians.views import guardians, notes

urlpatterns: list[URLPattern] = [
    path("children/<reference:reference>/guardian/", guardians.guardian_assign, name="guardian_assign"),
    path("children/<reference:reference>/guardian/end/", guardians.guardian_end, name="guardian_end"),
    path("children/<reference:reference>/guardian/none/", guardians.guardian_none, name="guardian_none"),
    path("children/<reference:reference>/your-notes/", notes.guardian_notes, name="guardian_notes"),
]
