"""Every address of the site against people who have nothing to do with the child it is about."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, reverse

from alerts import sweep
from alerts import urls as pages
from alerts.models import Alert, DutyTask, Message
from cases import concerns
from cases import urls as facts
from cases.models import MissingEpisode
from guardians import urls as watchers
from tests.factories import (
    Watched,
    a_watched_child,
    an_agreement,
    missing,
    photographed,
    reviewed,
    seen,
    silent,
)

pytestmark = pytest.mark.django_db

NAME = "Tarekiel"
REFUSED = (403, 404, 405)
# These are the reader's own, or nobody's; of a strange child they show nothing.
OWN = {
    "home",
    "today",
    "today_list",
    "manager_home",
    "manager_tiles",
    "manager_list",
    "manager_unallocated",
    "manager_guardians",
}
OWN |= {
    "manager_alert_load",
    "manager_morning",
    "police_home",
    "police_list",
    "admin_home",
    "oversight",
    "oversight_csv",
    "duty_desk",
    "duty_desk_list",
    "guardian_home",
    "child_list",
    "handed_over_list",
    "child_list_results",
}
OWN |= {
    "arrival_list",
    "arrival_new",
    "arrival_next",
    "search",
    "search_results",
    "child_new",
    "child_new_matches",
    "draft_save_new",
    "draft_delete_new",
    "health",
    "police_alert",
    "mailbox_proof",
    # About the people and rules of an authority, and no child; of a strange one "foresight" shows nothing.
    "foresight",
    "policies",
    "permissions",
    "policy_new",
    "person_new",
    "welcome",
    "rota",
    "rota_copy",
    "shift_new",
    "language_set",
    "account",
    "session_unlock",
    "session_state",
    "session_extend",
    "session_keep",
    "kept_form",
    "sign_out_everywhere",
    "password_change",
    "password_again",
    "factors",
    "factor_app_new",
    "factor_remove",
    "factor_codes",
    "passkey_new",
    "passkey_change",
}
# How somebody signs in, and where a device makes its passkey.
OWN |= {"factors", "factor_app_new", "factor_codes", "factor_remove", "passkey_new", "passkey_change"}
OWN |= {"password_again", "home_device_welcome"}
# Of those who audit and who protect data: their authority's, a child by reference alone.
OWN |= {"audit", "audit_changes", "audit_marks", "disclosure_list", "disclosure_csv", "matter_list"}
# About the house and no child: its staff keep them, whoever of its children they are kept from.
OF_HOME = {"roll_call", "roll_call_times", "building_check", "building_check_now"}
ROLES = ("worker", "manager", "duty", "carer", "guardian", "officer")


@pytest.fixture
def watched(now: datetime) -> Watched:
    """A child with an ended silence and an open episode, so that every address has something to show."""
    found = a_watched_child(at=now - timedelta(hours=30), given_name=NAME)
    silent(found.child, at=now - timedelta(hours=2))
    sweep.sweep_all(now=now - timedelta(hours=1))
    missing(found.child, by=found.worker, at=now - timedelta(minutes=40))
    sweep.sweep_all(now=now)
    return found


@pytest.fixture
def strangers(now: datetime) -> dict[str, object]:
    return everybody(a_watched_child(at=now - timedelta(hours=30)))


def everybody(one: Watched) -> dict[str, object]:
    return {role: one.desk.person if role == "duty" else getattr(one, role) for role in ROLES}


def addresses(watched: Watched, now: datetime) -> Iterator[tuple[str, str]]:
    """Every address about this child, its home, its tasks and its alerts."""
    contact = seen(watched.child, by=watched.worker, at=now - timedelta(hours=3))
    values: dict[str, object] = {
        "home_id": watched.home.pk,
        "task_id": DutyTask.objects.filter(items__alert__child=watched.child).values_list("pk", flat=True)[0],
        "alert_id": Alert.objects.filter(child=watched.child).values_list("pk", flat=True)[0],
        "key": contact.key,
        "token": photographed(watched.child, at=now).token,
        "size": "face",
        "message_id": Message.objects.filter(episode__child=watched.child, force__isnull=False)[0].pk,
        "mailbox_id": watched.control_room.pk,
        "agreement_id": an_agreement(watched.force, watched.authority).pk,
        "team_id": watched.desk.team.pk,
        "service_id": watched.guardian.memberships.values_list("service", flat=True)[0],
        "worker_id": watched.worker.pk,
        "device_id": watched.worker.pk,
        "passkey_id": 1,
        "factor_id": 1,
        "which": "first",
        "topic": "names",
        "shift_id": watched.desk.shift.pk,
        "person_id": watched.worker.pk,
        "membership_id": watched.worker.memberships.values_list("pk", flat=True)[0],
        "form": "note",
        "kind": "publicity",
        "glass_id": 1,
        "matter_id": 1,
        "named_id": 1,
        "what": "contact",
        "row_id": contact.pk,
        "review_id": reviewed(MissingEpisode.objects.get(child=watched.child, ended_at=None)).pk,
    }
    for pattern in [*pages.urlpatterns, *facts.urlpatterns, *watchers.urlpatterns]:
        # Below one's account everything is one's own: tests/cases/ refuse what is another's there.
        if pattern.name and pattern.name not in OWN and not str(pattern.pattern).startswith("account/"):
            yield pattern.name, address_of(pattern, values, watched.child.reference)


def address_of(pattern: URLPattern, values: dict[str, object], reference: str) -> str:
    about_episode = pattern.name is not None and pattern.name.startswith(
        ("episode", "missing_report_sent", "return_interview")
    )
    wanted = {name: values.get(name, "") for name in pattern.pattern.converters}
    if "reference" in wanted:
        wanted["reference"] = f"{reference}-M1" if about_episode else reference
    try:
        return reverse(str(pattern.name), kwargs=wanted)
    except NoReverseMatch as error:
        raise AssertionError(
            f"{pattern.name} is new: say here what it is about, or that it is one's own"
        ) from error


def test_strangers_of_every_role_read_and_change_nothing(
    client: Client, watched: Watched, strangers: dict[str, object], now: datetime
) -> None:
    opened = []
    about = list(addresses(watched, now))
    for role, person in strangers.items():
        client.force_login(person)
        for name, address in about:
            press = {"outcome": "saw", "once": uuid.uuid4()}
            answers = {"GET": client.get(address), "POST": client.post(address, press)}
            opened += [
                (name, role, method, answer.status_code)
                for method, answer in answers.items()
                if answer.status_code not in REFUSED or NAME in answer.content.decode()
            ]
    assert not opened


def test_what_is_ones_own_holds_no_strange_child(
    client: Client, watched: Watched, strangers: dict[str, object]
) -> None:
    for person in strangers.values():
        client.force_login(person)
        for address in (
            "/",
            "/children/",
            f"/search/?q={NAME}",
            "/looking-out/",
            "/duty/",
            "/overview/",
            "/missing/",
        ):
            page = client.get(address).content.decode()
            assert watched.child.reference not in page
            assert f"{NAME} " not in page.replace(f'value="{NAME}"', "")


def test_whoever_is_kept_from_a_child_is_a_stranger_to_it(
    client: Client, watched: Watched, now: datetime
) -> None:
    about = list(addresses(watched, now))
    # Of the manager's own team, and without the child.
    load = dict(about)["manager_worker"]
    for role, person in everybody(watched).items():
        concerns.keep_from(watched.child, person, reason="An allegation", by=watched.head, at=now)
        client.force_login(person)
        own = ("/", "/children/", f"/search/?q={watched.child.reference}")
        for address in (*own, *(address for name, address in about if name not in OF_HOME)):
            answer = client.get(address)
            if address not in own and not (role == "manager" and address == load):
                assert answer.status_code in REFUSED, (role, address)
            assert NAME not in answer.content.decode(), (role, address)
