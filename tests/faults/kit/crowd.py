"""Thousands of silent children in shared homes: their rows written by set, and all that verbs would have written with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import batched

from django.db import transaction

from alerts import home_clocks
from cases import grants
from cases.models import Child, Home, Mailbox, NameKey, PoliceForce, Responsibility, User
from cases.people import home_group, host_group
from cases.search import keys
from tests import factories
from tests.benchmarks import population
from tests.database import Clone

BATCH = 500


@dataclass(frozen=True)
class One:
    """A child of the crowd, with the home that it shares and whoever hears of it."""

    pk: int
    reference: str
    home: Home
    worker: User
    # That of its own authority's desk, which has no phone.
    desk: Mailbox


@dataclass(frozen=True)
class Crowd:
    """All of them, the desks of their ten authorities, and the one control room of the one force of them all."""

    children: Sequence[One]
    desks: Sequence[Mailbox]
    control_room: Mailbox

    @property
    def ids(self) -> list[int]:
        """The children by id."""
        return [one.pk for one in self.children]

    @property
    def homes(self) -> list[Home]:
        """Each of their homes once."""
        return list({one.home.pk: one.home for one in self.children}.values())


def gather(own: Clone, *, children: int, homes: int) -> Crowd:
    """So many children of ten authorities in so many homes, watched from the morning and never seen."""
    ids = population.fill(own, due=children, idle=0, homes=homes, year=31, staffed=True)
    force = PoliceForce.objects.get(code="bench")
    room = factories.a_force_mailbox(force, address="control@bench.example")
    crowd = Crowd(list(_people(ids, homes)), _desks(), room)
    _open_doors(crowd.children)
    for some in batched(Child.objects.filter(pk__in=ids), BATCH, strict=False):
        NameKey.objects.bulk_create(row for child in some for row in keys.rows_of(child))
    for some in batched(sorted(home.pk for home in crowd.homes), BATCH, strict=False):
        with transaction.atomic():
            home_clocks.recompute(some, at=population.ARRIVED)
    return crowd


def _people(ids: Sequence[int], homes: int) -> Iterable[One]:
    """Who was put where, by the numbers with which it was done."""
    by_name = {home.name: home for home in Home.objects.filter(name__startswith="Home ")}
    boxes = {box.team.authority_id: box for box in _desks() if box.team is not None}
    workers = {one.email: one for one in User.objects.filter(email__endswith="@bench.example")}
    references = dict(Child.objects.filter(pk__in=ids).values_list("pk", "reference"))
    whose = dict(Responsibility.objects.filter(child__in=ids).values_list("child", "authority"))
    for number, pk in enumerate(ids, start=1):
        yield One(
            pk=pk,
            reference=references[pk],
            home=by_name[f"Home {number % homes + 1}"],
            worker=workers[f"worker-bench-{number % 10 + 1}@bench.example"],
            desk=boxes[whose[pk]],
        )


def _desks() -> list[Mailbox]:
    boxes = Mailbox.objects.filter(purpose=Mailbox.Purpose.DUTY, address__endswith="@bench.example")
    return list(boxes.select_related("team"))


def _open_doors(children: Sequence[One]) -> None:
    """What a placement grants: to those who work in the home, and to the desks of its area."""
    for some in batched(children, BATCH, strict=False):
        grants.give_many(grants.LOOK_AFTER, {one.pk: home_group(one.home.pk) for one in some})
        grants.give_many(grants.HOST, {one.pk: host_group(one.home.authority_id) for one in some})
