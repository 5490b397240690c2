"""Where alerts go and who may read: every change says by whom, and what has been is ended, never rewritten."""

import ast
import re
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from alerts import revisions
from alerts.revisions import Draft
from cases import configuration, people
from cases.models import ConfigurationChange, ForceAgreement, KeepFrom, Mailbox, Membership, Role, Shift
from cases.states import IllegalMove
from tests.database import ROOT
from tests.factories import (
    AT,
    a_duty_desk,
    a_force,
    a_force_mailbox,
    a_home,
    a_person,
    an_agreement,
    an_authority,
    membership_of,
    somebody,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def changes(subject) -> list[tuple[str, object]]:
    rows = ConfigurationChange.objects.filter(
        subject_type=subject._meta.model_name, subject_id=subject.pk
    ).order_by("pk")
    return [(row.kind, row.actor) for row in rows]


@pytest.fixture
def admin():
    return a_person(Role.ADMINISTRATOR)


def test_the_life_of_a_mailbox_is_on_record_with_who_changed_it(admin):
    force = a_force()
    mailbox = configuration.register_mailbox(
        "a@force.police.example", "control_room", force=force, by=admin, at=AT
    )
    assert mailbox.verified_at is None
    configuration.mark_refused(mailbox, at=AT + DAY)
    mailbox = configuration.prove_mailbox(mailbox, by=admin, at=AT + 2 * DAY)
    assert (mailbox.verified_at, mailbox.failed_at) == (AT + 2 * DAY, None)
    mailbox = configuration.end_mailbox(mailbox, reason="Wrong address", by=admin, at=AT + 3 * DAY)
    assert mailbox not in Mailbox.objects.current(AT + 3 * DAY)
    assert changes(mailbox) == [
        ("mailbox_registered", admin),
        ("mailbox_refused", None),
        ("mailbox_proved", admin),
        ("mailbox_ended", admin),
    ]
    first, *_, last = ConfigurationChange.objects.filter(subject_id=mailbox.pk, subject_type="mailbox")
    assert first.data == {"address": "a@force.police.example", "purpose": "control_room", "force": force.pk}
    assert last.data == {"reason": "Wrong address"}
    for verb in (configuration.prove_mailbox, lambda m, **k: configuration.end_mailbox(m, reason="", **k)):
        with pytest.raises(IllegalMove, match="has ended"):
            verb(mailbox, by=admin, at=AT + 4 * DAY)


def test_an_agreement_is_signed_and_ended_sooner_on_record(admin):
    dates = {"signed_date": date(2026, 1, 1), "expires_date": date(2027, 1, 1)}
    agreement = configuration.sign_agreement(a_force(), an_authority(), **dates, by=admin, at=AT)
    with pytest.raises(IllegalMove, match="sooner"):
        configuration.end_agreement(agreement, expires_date=date(2027, 1, 1), reason="", by=admin, at=AT)
    configuration.end_agreement(agreement, expires_date=date(2026, 6, 1), reason="Withdrawn", by=admin, at=AT)
    assert changes(agreement) == [("agreement_signed", admin), ("agreement_ended", admin)]
    last = ConfigurationChange.objects.latest("pk")
    assert last.data == {"expires": "2026-06-01", "before": "2027-01-01", "reason": "Withdrawn"}


def test_a_role_that_is_given_and_one_that_ends_are_on_record(admin):
    person, home = somebody(), a_home()
    membership = people.join(person, Role.PLACEMENT_STAFF, home=home, by=admin, at=AT)
    people.leave(membership, by=admin, at=AT + DAY)
    assert changes(membership) == [("role_given", admin), ("role_ended", admin)]
    first = ConfigurationChange.objects.get(kind="role_given", subject_id=membership.pk)
    assert first.data == {"user": person.pk, "role": "placement_staff", "home": home.pk}


def test_a_shift_is_on_record(admin):
    desk = a_duty_desk(an_authority())
    shift = configuration.put_on_duty(
        desk.team, desk.person, phone="01632 960777", starts_at=AT, by=admin, at=AT
    )
    assert changes(shift) == [("put_on_duty", admin)]


def rewritten():
    desk = a_duty_desk(an_authority())
    return [
        (Mailbox, a_force_mailbox(a_force()), {"address": "elsewhere@evil.example"}),
        (Mailbox, a_force_mailbox(a_force()), {"force": a_force()}),
        (ForceAgreement, an_agreement(a_force(), an_authority()), {"force": a_force()}),
        (ForceAgreement, an_agreement(a_force(), an_authority()), {"signed_date": date(2019, 1, 1)}),
        (Membership, membership_of(desk.person), {"role": Role.TEAM_MANAGER}),
        (Membership, membership_of(desk.person), {"user": somebody()}),
        (Shift, desk.shift, {"phone": "01632 960999"}),
        (Shift, desk.shift, {"person": somebody()}),
    ]


def test_the_application_rewrites_and_removes_none_of_it():
    for model, row, change in rewritten():
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            model.objects.filter(pk=row.pk).update(**change)
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            model.objects.filter(pk=row.pk)._raw_delete(using="default")


def test_what_has_ended_stays_ended():
    membership = membership_of(a_person(Role.PLACEMENT_STAFF))
    people.leave(membership, at=AT)
    mailbox = a_force_mailbox(a_force())
    Mailbox.objects.filter(pk=mailbox.pk).update(ends_at=AT)
    for model, row in ((Membership, membership), (Mailbox, mailbox)):
        for again in (None, AT + DAY):
            with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
                model.objects.filter(pk=row.pk).update(ends_at=again)
    assert KeepFrom._meta.get_field("ends_at").null


# A drill and the demo write of an invented authority, which reaches nobody.
INVENTED = {"drills.py", "demo.py", "demo_transfers.py", "lot.py"}
# Who alone writes each table.
WRITERS = {
    "Mailbox": {"configuration.py"},
    "ForcePhone": {"configuration.py"},
    "ForceAgreement": {"configuration.py"},
    "Shift": {"configuration.py", "off_duty.py"},
    "Membership": {"people.py"},
    "OfficerConfirmation": {"confirming.py"},
    # A merger or a split takes the teams along with their children, and the homes of the area.
    "Team": {"organisations.py", "passing_on.py"} | INVENTED,
    "Home": {"organisations.py", "mergers.py", "split_moves.py"} | INVENTED,
    "Provider": {"organisations.py"} | INVENTED,
    # Of the invented population it is said that its guardians have discussed their children.
    "GuardianService": {"organisations.py", "papers.py"} | INVENTED,
    "PoliceForce": {"reference_data.py"} | INVENTED,
    # Whoever keeps the name of one that has ended.
    "Authority": {"reference_data.py", "passing_on.py", "split_moves.py", "force_ends.py"} | INVENTED,
    "PolicyVersion": {"publications.py", "demo.py", "lot.py"},
}


WRITES = ("create", "bulk_create", "get_or_create", "update_or_create", "update", "delete")
ASKED_FOR = re.compile(r"\b(\w+)\s*\.objects\b")
WRITTEN = re.compile(rf"\.(?:{'|'.join(WRITES)})\(")


def test_nobody_but_the_verbs_writes_where_alerts_go_and_who_may_read():
    found = []
    for app in ("cases", "guardians", "alerts"):
        for path in (ROOT / app).rglob("*.py"):
            text = path.read_text()
            # Read through is whoever asks for a table that others write, and writes something.
            others = {table for table, names in WRITERS.items() if path.name not in names}
            if "migrations" in path.parts or others.isdisjoint(ASKED_FOR.findall(text)):
                continue
            if not WRITTEN.search(text):
                continue
            for node in ast.walk(ast.parse(text)):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in WRITES
                ):
                    words = ast.unparse(node.func.value)
                    table = words.partition(".objects")[0]
                    if ".objects" in words and path.name not in WRITERS.get(table, {path.name}):
                        found.append(f"{path.name}: {words}.{node.func.attr}")
    assert not found


def test_a_policy_is_published_on_record_with_both_who_did_it(admin):
    second = somebody()
    draft = Draft(
        "high", 1, {"R5": 22 * 60}, AT + DAY, "As agreed", an_authority().pk, untried_why="No past days yet"
    )
    version = revisions.put_in_force(draft, seconded_by=second, by=admin, at=AT)
    assert changes(version) == [("policy_published", admin), ("policy_agreed", second)]
    written = ConfigurationChange.objects.get(kind="policy_published").data
    assert (written["version"], written["seconded_by"]) == (version.version, second.pk)
