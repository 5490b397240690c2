"""The force of a home that was wrong: whoever is placed there is reported to the right one from then on."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases import clock
from cases.models import Event, Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.by_turns(8)
def test_a_home_whose_force_was_wrong_is_corrected_with_its_children_and_their_searches(
    client: Client,
) -> None:
    now = clock.now()
    watched = factories.a_watched_child(at=now - timedelta(days=3))
    home, wrong, right = watched.home, watched.home.force, factories.a_force()
    sought = factories.a_child(watched.authority, team=watched.team, worker=watched.worker)
    there = factories.placed(sought, home)
    episode = factories.missing(sought, by=watched.worker, at=now - timedelta(hours=1))
    by_itself, third = factories.a_child(watched.authority), factories.a_force()
    corrected = factories.placed(by_itself, home)
    type(corrected).objects.filter(pk=corrected.pk).update(force=third)

    admin = factories.a_person(Role.ADMINISTRATOR, authority=watched.authority)
    client.force_login(admin)
    answers = {
        "name": home.name,
        "provider": "Ash Care",
        "ofsted_urn": "SC123456",
        "address": home.address,
        "postcode": "CT1 4BG",
        "phone": home.phone,
        "force": right.pk,
    }
    page = reverse("home_change", args=[home.pk])
    shown = client.get(page).content.decode()
    assert f'<option value="{wrong.pk}" selected>' in shown
    refused = client.post(page, answers | {"force": ""})
    assert refused.status_code == 422
    assert "Select the police force" in refused.content.decode()
    assert client.post(page, answers).status_code == 302

    home.refresh_from_db()
    assert home.provider is not None
    assert (home.force, home.provider.name, home.ofsted_urn) == (right, "Ash Care", "SC123456")
    for placement, force in ((watched.placement, right), (there, right), (corrected, third)):
        placement.refresh_from_db()
        assert placement.force == force
    assert {one.force for one in episode.forces.filter(left_at=None)} == {wrong, right}
    assert Event.objects.get(child=watched.child, kind="placement_area_corrected").actor == admin
    history = client.get(reverse("home_history", args=[home.pk])).content.decode()
    assert f"Police force: {wrong.name}, now {right.name}" in history.replace("\u2068", "").replace(
        "\u2069", ""
    )
