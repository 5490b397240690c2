"""Addresses of the pages."""

from django.urls import URLPattern, path

from cases import converters  # noqa: F401 - registers "reference"
from guardians.views import guardian_services, guardians, notes

urlpatterns: list[URLPattern] = [
    path("admin/services/<int:service_id>/close/", guardian_services.service_close, name="service_close"),
    path("admin/services/<int:service_id>/reopen/", guardian_services.service_reopen, name="service_reopen"),
    path("children/<reference:reference>/guardian/", guardians.guardian_assign, name="guardian_assign"),
    path("children/<reference:reference>/guardian/end/", guardians.guardian_end, name="guardian_end"),
    path("children/<reference:reference>/guardian/none/", guardians.guardian_none, name="guardian_none"),
    path("children/<reference:reference>/your-notes/", notes.guardian_notes, name="guardian_notes"),
]
