"""Addresses of the pages."""

from django.urls import URLPattern, path

from cases import converters  # noqa: F401 - registers "reference", "photo" and "photo_size"
from cases.views import (
    absences,
    arrivals,
    closings,
    contact_points,
    contacts,
    details,
    drafts,
    languages,
    marks,
    notes,
    organisations,
    people,
    permissions,
    photos,
    placements,
    rota,
    second_factor,
    triggers,
)

urlpatterns: list[URLPattern] = [
    path("permissions/", permissions.permissions, name="permissions"),
    path("language/", languages.language_set, name="language_set"),
    path("drafts/<slug:form>/", drafts.draft_save, name="draft_save_new"),
    path("drafts/<slug:form>/delete/", drafts.draft_delete, name="draft_delete_new"),
    path("drafts/<slug:form>/<reference:reference>/", drafts.draft_save, name="draft_save"),
    path("drafts/<slug:form>/<reference:reference>/delete/", drafts.draft_delete, name="draft_delete"),
    path("account/second-step/", second_factor.factors, name="factors"),
    path("account/second-step/app/", second_factor.factor_app_new, name="factor_app_new"),
    path("account/second-step/passkeys/new/", second_factor.passkey_new, name="passkey_new"),
    path(
        "account/second-step/passkeys/<int:passkey_id>/", second_factor.passkey_change, name="passkey_change"
    ),
    path("account/second-step/<int:factor_id>/remove/", second_factor.factor_remove, name="factor_remove"),
    path("account/second-step/codes/", second_factor.factor_codes, name="factor_codes"),
    path("account/password/", second_factor.password_again, name="password_again"),
    path("admin/people/new/", people.person_new, name="person_new"),
    path("admin/people/<int:person_id>/", people.person, name="person"),
    path("admin/people/<int:person_id>/roles/new/", people.role_new, name="role_new"),
    path("admin/people/<int:person_id>/change/", people.person_change, name="person_change"),
    path("admin/people/<int:person_id>/first-sign-in/", people.person_link, name="person_link"),
    path("admin/people/<int:person_id>/second-step/", people.person_reset, name="person_reset"),
    path("admin/roles/<int:membership_id>/end/", people.role_end, name="role_end"),
    path("admin/roles/<int:membership_id>/call-off/", people.role_call_off, name="role_call_off"),
    path("admin/teams/new/", organisations.team_new, name="team_new"),
    path("admin/teams/<int:team_id>/", organisations.team_change, name="team_change"),
    path("admin/services/new/", organisations.service_new, name="service_new"),
    path("admin/homes/", organisations.home_list, name="home_list"),
    path("admin/homes/new/", organisations.home_new, name="home_new"),
    path("admin/homes/<int:home_id>/", organisations.home_change, name="home_change"),
    path("admin/homes/<int:home_id>/history/", closings.home_history, name="home_history"),
    path("admin/homes/<int:home_id>/close/", closings.home_close, name="home_close"),
    path("admin/homes/<int:home_id>/reopen/", closings.home_reopen, name="home_reopen"),
    path("admin/mailboxes/new/", contact_points.mailbox_new, name="mailbox_new"),
    path("admin/mailboxes/<int:mailbox_id>/end/", contact_points.mailbox_end, name="mailbox_end"),
    path("admin/agreements/new/", contact_points.agreement_new, name="agreement_new"),
    path("admin/agreements/<int:agreement_id>/end/", contact_points.agreement_end, name="agreement_end"),
    path("duty/rota/", rota.rota, name="rota"),
    path("duty/rota/new/", rota.shift_new, name="shift_new"),
    path("duty/rota/copy/", rota.rota_copy, name="rota_copy"),
    path("duty/rota/<int:shift_id>/take/", rota.shift_take, name="shift_take"),
    path("welcome/<str:key>/<str:token>/", people.welcome, name="welcome"),
    path("children/arrivals/", arrivals.arrival_list, name="arrival_list"),
    path("children/arrivals/new/", arrivals.arrival_new, name="arrival_new"),
    path("children/arrivals/<int:group_id>/next/", arrivals.arrival_new, name="arrival_next"),
    path("children/<reference:reference>/fill-in/", arrivals.arrival_fill_in, name="arrival_fill_in"),
    path("children/<reference:reference>/placements/new/", placements.placement_new, name="placement_new"),
    path("children/<reference:reference>/check-in/", contacts.contact_new, name="contact_new"),
    path(
        "children/<reference:reference>/contacts/<uuid:key>/undo/", contacts.contact_undo, name="contact_undo"
    ),
    path(
        "children/<reference:reference>/contacts/<uuid:key>/withdraw/",
        contacts.contact_withdraw,
        name="contact_withdraw",
    ),
    path("children/<reference:reference>/out/", absences.absence_new, name="absence_new"),
    path("children/<reference:reference>/back/", absences.absence_back, name="absence_back"),
    path("children/<reference:reference>/photos/", photos.photo_list, name="photo_list"),
    path(
        "children/<reference:reference>/photos/<photo:token>/<photo_size:size>.jpg",
        photos.photo,
        name="photo",
    ),
    path(
        "children/<reference:reference>/photos/<photo:token>/withdraw/",
        photos.photo_withdraw,
        name="photo_withdraw",
    ),
    path(
        "children/<reference:reference>/details/<slug:topic>/", details.details_change, name="details_change"
    ),
    path("children/<reference:reference>/notes/new/", notes.note_new, name="note_new"),
    path("children/<reference:reference>/notes/<uuid:key>/correct/", notes.note_correct, name="note_correct"),
    path("children/<reference:reference>/triggers/new/", triggers.trigger_new, name="trigger_new"),
    path(
        "children/<reference:reference>/triggers/<uuid:key>/", triggers.trigger_answer, name="trigger_answer"
    ),
    path("children/<reference:reference>/risk/", marks.risk, name="risk"),
    path("children/<reference:reference>/concern/", marks.concern, name="concern"),
]
