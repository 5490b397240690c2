"""Addresses of the pages."""

from django.urls import URLPattern, path

from cases import converters  # noqa: F401 - registers "reference"
from guardians.views import (
    areas,
    council,
    guardian_services,
    guardians,
    leaves,
    looks,
    notes,
    referrals,
    supervisions,
)

urlpatterns: list[URLPattern] = [
    path("admin/services/<int:service_id>/", guardian_services.service_change, name="service_change"),
    path("admin/services/<int:service_id>/close/", guardian_services.service_close, name="service_close"),
    path("admin/services/<int:service_id>/reopen/", guardian_services.service_reopen, name="service_reopen"),
    path("admin/guardian-services/", areas.service_areas, name="service_areas"),
    path("admin/guardian-services/new/", areas.service_area_new, name="service_area_new"),
    path("admin/guardian-services/none/", areas.service_area_none, name="service_area_none"),
    path("admin/guardian-services/<int:area_id>/", areas.service_area_change, name="service_area_change"),
    path("admin/guardian-services/<int:area_id>/ended/", areas.service_area_ended, name="service_area_ended"),
    path("guardian-service/", leaves.service_home, name="service_home"),
    path("guardian-service/<int:person_id>/leave/", leaves.guardian_leave, name="guardian_leave"),
    path("guardian-service/<int:person_id>/terms/", leaves.guardian_terms, name="guardian_terms"),
    path("guardian-service/<int:person_id>/cover/", leaves.guardian_cover, name="guardian_cover"),
    path("guardian-service/leave/<int:leave_id>/end/", leaves.leave_end, name="leave_end"),
    path("guardian-service/cover/<int:cover_id>/end/", leaves.cover_end, name="cover_end"),
    path("guardian-service/referrals/<int:referral_id>/", referrals.referral_answer, name="referral_answer"),
    path("guardian-service/supervision/", supervisions.service_supervision, name="service_supervision"),
    path(
        "guardian-service/<int:service_id>/supervision/<int:person_id>/",
        supervisions.service_supervision_new,
        name="service_supervision_new",
    ),
    path("your-cover/", leaves.cover_answer, name="cover_answer"),
    path("children/<reference:reference>/guardian/", guardians.guardian_assign, name="guardian_assign"),
    path("children/<reference:reference>/guardian/end/", guardians.guardian_end, name="guardian_end"),
    path(
        "children/<reference:reference>/guardian/hand-over/",
        guardians.guardian_hand_over,
        name="guardian_hand_over",
    ),
    path(
        "children/<reference:reference>/guardian/address/",
        guardians.guardian_address,
        name="guardian_address",
    ),
    path("children/<reference:reference>/guardian/look/", looks.guardian_look, name="guardian_look"),
    path("children/<reference:reference>/guardian/none/", guardians.guardian_none, name="guardian_none"),
    path(
        "children/<reference:reference>/guardian/referral/",
        referrals.guardian_referral,
        name="guardian_referral",
    ),
    path(
        "children/<reference:reference>/guardian/referral/<int:referral_id>/withdraw/",
        referrals.guardian_referral_withdraw,
        name="guardian_referral_withdraw",
    ),
    path("children/<reference:reference>/council/", council.council_concerns, name="council_concerns"),
    path(
        "children/<reference:reference>/council/<int:concern_id>/close/",
        council.council_concern_end,
        name="council_concern_end",
    ),
    path(
        "children/<reference:reference>/guardian/supervision/",
        supervisions.guardian_discussions,
        name="guardian_discussions",
    ),
    path(
        "children/<reference:reference>/guardian/supervision/<int:discussion_id>/withdraw/",
        supervisions.guardian_discussion_withdraw,
        name="guardian_discussion_withdraw",
    ),
    path("children/<reference:reference>/your-notes/", notes.guardian_notes, name="guardian_notes"),
]
