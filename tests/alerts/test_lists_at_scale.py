"""Every list at a hundred children and at thousands: as many questions to the database, and a page that stays light."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cases.models import Child, Event, Role, User
from tests import factories, twins
from tests.browser.town import NOW, Town, a_town, at_this_hour
from tests.counts import FULL, counts, one_in
from tests.database import Clone
from tests.factories import Watched

# Houses like the town's, each with its fifteen children in every state: at first, and in the end. A hundred make three
# hundred open episodes on one desk, nearly as many as the whole country has.
FEW, MANY = 8, counts(20, 100)
# Houses with twelve children who have all been seen: ten thousand children then, where no authority has three thousand; in
# each run half again as many as one question may read of them (`READ`), by which whatever reads them all is found.
CALM_FEW, CALM_MANY = 1, counts(75, 740)
# How many children there are then at least.
CHILDREN = counts(1_200, 10_000)
# One worker's and one guardian's children are in so many of the houses: about a hundred, more than anybody has.
OWN = 6
# So long one child has been on record in the end; at first so many roll-calls as fill a page of the timeline.
YEARS, MONTH = 5, 90
# Bytes, compressed, of a page; and rows, cards and choices on it, which are three lists of fifty or five of thirty.
PAGE, ROWS = 15_000, 150
# How often a page may ask one question, whatever it is about, but for what the time is: there are more houses, and a page
# shows more children.
AGAIN = 5
CLOCK = "SELECT clock_timestamp()"
# Rows that one question may read for somebody to whom it shows nearly nothing.
READ = counts(800, 1000)


# Who opens it, the name of its address, which of several it is, and the question behind it.
Page = tuple[str, str, str, str]


def in_turn(pages: list[Page]) -> list[Page]:
    """In each run one in turn of those at one address, by whoever it is; all of them in ./run faults."""
    alike: dict[str, list[Page]] = {}
    for page in pages:
        alike.setdefault(page[1], []).append(page)
    return pages if FULL else [some[one_in(name, len(some))] for name, some in alike.items()]


LISTS: tuple[tuple[str, ...], ...] = (
    # First, for Today leads back to it.
    ("worker", "child"),
    ("worker", "today"),
    ("worker", "today_list"),
    ("worker", "child_list"),
    ("worker", "arrival_list"),
    ("worker", "arrival_new"),
    ("worker", "placement_new"),
    ("worker", "child_timeline"),
    ("worker", "child_placements"),
    ("worker", "child_people"),
    ("worker", "photo_list"),
    ("worker", "account"),
    ("worker", "search", "", "q=maxi"),
    ("worker", "calendar"),
    ("worker", "transfer_list"),
    ("worker", "supervision_list"),
    ("worker", "own_reads"),
    ("worker", "document_list"),
    ("worker", "meeting_list"),
    ("former worker", "handed_over_list"),
    ("away", "worker_leave"),
    ("covering", "worker_cover_answer"),
    ("manager", "manager_home"),
    ("manager", "reads"),
    ("manager", "changes"),
    ("head", "manager_tiles"),
    ("head", "manager_list", "missing"),
    ("head", "manager_list", "no-record"),
    ("head", "manager_list", "unverified"),
    ("head", "manager_list", "unacknowledged"),
    ("head", "manager_list", "reviews"),
    ("head", "manager_unallocated"),
    ("head", "manager_worker"),
    ("head", "manager_guardians"),
    ("head", "manager_morning"),
    ("head", "manager_alert_load"),
    ("head", "calendar", "", "whose=team"),
    ("head", "transfer_list"),
    ("head", "supervision_queue"),
    ("head", "sign_off_list"),
    ("head", "death_list"),
    ("head", "supervision_worker"),
    ("duty", "duty_desk"),
    ("duty", "duty_desk_list", "", "page=2"),
    ("duty", "rota"),
    ("duty", "shift_new"),
    ("duty", "child_list"),
    ("duty", "child_list", "", "status=missing"),
    ("duty", "child_list_results", "", "sort=reference"),
    ("duty", "search", "", "q=al-khatib okoro"),
    ("duty", "search", "", "q=07700900456"),
    ("duty", "search_results", "", "q=bao"),
    ("carer", "roll_call"),
    ("carer", "building_check"),
    ("guardian", "guardian_home"),
    ("guardian", "child_list"),
    ("guardian", "guardian_leave"),
    ("colleague", "cover_answer"),
    ("supervisor", "service_home"),
    ("supervisor", "service_supervision"),
    ("officer", "police_home"),
    ("officer", "police_list", "", "page=2"),
    ("officer", "child_list"),
    ("admin", "admin_home"),
    ("admin", "person"),
    ("admin", "person_new"),
    ("admin", "mailboxes"),
    ("admin", "home_list"),
    ("admin", "home_history"),
    ("admin", "policies"),
    ("statistician", "oversight"),
    ("auditor", "audit"),
    ("auditor", "audit_changes"),
    ("auditor", "audit_marks"),
    ("dpo", "disclosure_list"),
    ("dpo", "matter_list"),
    ("dpo", "legal_hold_list"),
)
PAGES: list[Page] = in_turn([(*one, *[""] * (4 - len(one))) for one in LISTS])  # type: ignore[misc]


@dataclass(frozen=True)
class Seen:
    """One page as it came: how many questions it asked, and the most often asked one how often, what it weighs, and how
    many rows and cards it has.
    """

    queries: int
    again: int
    bytes: int
    rows: int


@dataclass(frozen=True)
class Country:
    """One authority with thousands of children, and another with one; its pages as they came with many, and with few in
    ./run faults.
    """

    town: Town
    elsewhere: Watched
    admin_elsewhere: User
    few: dict[Page, Seen]
    many: dict[Page, Seen]


@pytest.fixture(scope="module")
def country(keep: Any, lend: Any) -> Iterator[Country]:
    name, town = keep(a_town)
    with lend(name) as own, at_this_hour():
        houses = Houses(own, town)
        elsewhere = factories.a_watched_child(at=NOW - timedelta(hours=60), given_name="Quillon")
        factories.missing(elsewhere.child, by=elsewhere.worker, at=NOW - timedelta(hours=1))
        admin = factories.a_person(Role.ADMINISTRATOR, authority=elsewhere.authority)
        few: dict[Page, Seen] = {}
        if FULL:
            houses.grow(range(1, FEW + 1), range(1, CALM_FEW + 1))
            _grow_old(town.watched.child, 1, MONTH)
            few = {page: _open(town, page) for page in PAGES}
        houses.grow(range(counts(1, FEW + 1), MANY + 1), range(counts(1, CALM_FEW + 1), CALM_MANY + 1))
        _grow_old(town.watched.child, counts(1, MONTH + 1), YEARS * 365 * 3)
        _read_much(elsewhere.worker, houses.calm[0])
        twins.count_anew(own)
        many = {page: _open(town, page) for page in PAGES}
        yield Country(town, elsewhere, admin, few, many)


class Houses:
    """The town's own house, and one whose children have all been seen, to be copied."""

    def __init__(self, own: Clone, town: Town) -> None:
        self.own, self.town = own, town
        watched = town.watched
        self.troubled = list(Child.objects.filter(responsibilities__authority=watched.authority))
        self.home = factories.a_home(watched.authority)
        child = factories.a_child(
            team=watched.team, worker=town.people["neighbour"], at=NOW - timedelta(hours=30)
        )
        factories.placed(child, self.home)
        service = watched.assignment.service
        self.guardian = factories.a_person(Role.GUARDIAN, service=service)
        factories.guarded(child, self.guardian)
        factories.seen(child, by=watched.carer, at=NOW - timedelta(minutes=5))
        twins.add(own, [child], [], twins.Twins(1, 11, {}), is_counted=FULL)
        self.calm = list(Child.objects.filter(placements__home=self.home))

    def grow(self, troubled: range, calm: range) -> None:
        """More houses for the same desk, managers and force, most of them of other workers and guardians."""
        others = self.town.people
        instead = {
            "cases_allocation.worker_id": _mine("worker_id", others["neighbour"]),
            "guardians_guardianassignment.guardian_id": _mine("guardian_id", self.guardian),
        }
        house = self.town.watched.home
        twins.add(
            self.own, self.troubled, [house], twins.Twins(troubled[0], troubled[-1], instead), is_counted=FULL
        )
        # Numbered on from those, for no two children have one reference.
        first, last = MANY + calm[0], MANY + calm[-1]
        twins.add(self.own, self.calm, [self.home], twins.Twins(first, last, {}), is_counted=FULL)


def _grow_old(child: Child, first: int, last: int) -> None:
    """Put roll-calls behind this child, three a day, from the first to the last counted back from now."""
    with connection.cursor() as cursor:
        cursor.execute(_YEARS, {"child": child.pk, "first": first, "last": last})


def _read_much(worker: User, child: Child) -> None:
    """What one worker opened in the years before."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_accessrecord"
            " (user_id, actor_label, child_id, permission, allowed, at, path, page)"
            " SELECT %s, '', %s, 'see_record', true, %s - n * interval '1 hour', '', 'child'"
            " FROM generate_series(500, 20500) AS n",
            [worker.pk, child.pk, NOW],
        )


# Both copied from the child's own first of each, which every constraint has let through.
_YEARS = """
    WITH seen AS (
        INSERT INTO cases_contact (key, child_id, outcome, means, witness, witness_role, witness_user_id, organisation,
                                   knows_child, other_in_room, told_by, happened_at, note, recorded_at, recorded_by_id,
                                   withdrawn_reason)
        SELECT gen_random_uuid(), child_id, outcome, means, witness, witness_role, witness_user_id, organisation,
               knows_child, other_in_room, told_by, happened_at - n * interval '8 hours', note,
               recorded_at - n * interval '8 hours', recorded_by_id, ''
          FROM (SELECT * FROM cases_contact WHERE child_id = %(child)s AND outcome = 'seen' ORDER BY id LIMIT 1) AS one,
               generate_series(%(first)s, %(last)s) AS n
        RETURNING id, happened_at, recorded_at)
    INSERT INTO cases_event (child_id, number, kind, subject_type, subject_id, data, happened_at, recorded_at, actor_id,
                             actor_label, fields_digest, previous_digest, digest)
    SELECT one.child_id, 100000 + seen.id, one.kind, one.subject_type, seen.id, one.data, seen.happened_at,
           seen.recorded_at, one.actor_id, one.actor_label, '', md5('a' || seen.id) || md5('b' || seen.id),
           md5('c' || seen.id) || md5('d' || seen.id)
      FROM (SELECT * FROM cases_event WHERE child_id = %(child)s AND subject_type = 'contact' ORDER BY id LIMIT 1) AS one,
           seen
"""


def _mine(column: str, other: User) -> str:
    return f"CASE WHEN twin.nth <= {OWN} OR old.{column} IS NULL THEN old.{column} ELSE {other.pk} END"


def _asking(town: Town, page: Page) -> tuple[Client, str]:
    who, name, which, query = page
    client = Client()
    client.force_login(town.people[who])
    return client, town.path(name, which=which, query=query)


def _open(town: Town, page: Page) -> Seen:
    """Open the page, and count what came."""
    client, path = _asking(town, page)
    # Django keeps the last nine thousand and counts no further.
    connection.queries_log.clear()
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200, page
    text = answer.content.decode()
    rows = text.count("<tr") + text.count("<article") + text.count("rc-child-card")
    alike = Counter(_ASKED_FOR.sub("?", one["sql"]) for one in asked.captured_queries if one["sql"] != CLOCK)
    return Seen(len(asked), max(alike.values()), len(gzip.compress(answer.content, 6)), rows)


# What a question is about: words, numbers, and lists of them.
_ASKED_FOR = re.compile(r"(?:'(?:[^']|'')*'|\b\d+\b)(?:::\w+)?(?:, (?:'(?:[^']|'')*'|\d+)(?:::\w+)?)*")


# Where each who missed a roll-call is on the first page, nobody asks on the second who was there.
ONE_MORE = {("duty", "duty_desk_list", "", "page=2"): 1}


@pytest.mark.by_turns(8)
@pytest.mark.parametrize("listed", PAGES, ids=" ".join)
def test_a_list_asks_as_many_questions_about_thousands_of_children_as_about_a_hundred_and_is_as_light_as_any(
    country: Country, listed: Page
) -> None:
    """In each run none again and again, which is a question for each that a page shows."""
    seen = country.many[listed]
    assert seen.bytes <= PAGE
    assert seen.rows <= ROWS
    if not FULL:
        assert seen.again <= AGAIN
        return
    more = country.many[listed].queries - country.few[listed].queries
    assert 0 <= more <= ONE_MORE.get(listed, 0)


@pytest.mark.by_turns(8)
def test_the_lists_hold_as_much_as_is_said(country: Country) -> None:
    desk = Client()
    desk.force_login(country.town.people["duty"])
    found = {name: len(rows) for name, rows in vars(desk.get("/duty/").context["desk"]).items()}
    assert Child.objects.count() > CHILDREN
    assert found["homes"] > MANY
    assert found["alerts"] > 3 * MANY
    assert Event.objects.filter(child=country.town.watched.child).count() > 5000


ELSEWHERE = (
    ("worker", "/today/"),
    ("worker", "/children/"),
    ("worker", "/search/?q=selam"),
    ("worker", "/search/?q=01632960777"),
    ("worker", "/children/arrivals/"),
    ("worker", "/children/{child}/"),
    ("worker", "/children/{child}/timeline/"),
    ("duty", "/duty/"),
    ("duty", "/children/"),
    ("duty", "/children/?status=missing"),
    ("duty", "/children/?sort=-due"),
    ("duty", "/search/?q=selam"),
    ("manager", "/overview/"),
    ("manager", "/overview/missing/"),
    ("manager", "/overview/unallocated/"),
    ("manager", "/overview/guardians/"),
    ("manager", "/overview/morning/"),
    ("manager", "/overview/alert-load/"),
    ("director", "/overview/"),
    ("carer", "/homes/{home}/roll-call/"),
    ("guardian", "/looking-out/"),
    ("guardian", "/children/"),
    ("officer", "/missing/"),
    ("officer", "/children/"),
    ("admin", "/admin/"),
    ("admin", "/admin/mailboxes/"),
)


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(("who", "path"), ELSEWHERE)
def test_thousands_of_children_of_somebody_else_are_not_even_looked_at(
    country: Country, who: str, path: str
) -> None:
    client = Client()
    client.force_login(_of(country, who))
    watched = country.elsewhere
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path.format(child=watched.child.reference, home=watched.home.pk))
    assert answer.status_code == 200
    assert Child.objects.count() > CHILDREN

    with connection.cursor() as cursor:
        # A small table is read whole because that is quick: whether there is another way is asked here.
        cursor.execute("SET enable_seqscan = off")
    try:
        far = [(read, sql) for sql in _questions(asked) if (read := _rows_read(sql)) > READ]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET enable_seqscan")
    assert not far


def _of(country: Country, who: str) -> User:
    watched = country.elsewhere
    return {"duty": watched.desk.person, "admin": country.admin_elsewhere}.get(who) or getattr(watched, who)


# Who acts travels before what may be a change, and is no question of its own.
_NAMED = re.compile(r"\A\s*SELECT set_config\('rollcall\.actor'[^;]*;\n")


def _questions(asked: CaptureQueriesContext) -> list[str]:
    asked_for = [_NAMED.sub("", one["sql"], count=1) for one in asked.captured_queries]
    return [sql for sql in asked_for if re.match(r"\s*(SELECT|WITH)\b", sql)]


def _rows_read(sql: str) -> int:
    """How many rows the scans of one question looked at, those that it then left out among them."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + sql.replace("%", "%%"), [])
        (plan,) = cursor.fetchone()
    return _scanned((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def _scanned(node: dict[str, Any]) -> int:
    below = sum(map(_scanned, node.get("Plans", ())))
    if "Scan" not in node["Node Type"] or node["Node Type"] == "Subquery Scan":
        return below
    each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
    return below + round(each * node["Actual Loops"])
