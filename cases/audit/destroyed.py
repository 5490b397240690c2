"""Passages that were destroyed: each by a correction, and each correction told of by an event of the child."""

from collections.abc import Iterator

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet

from cases.audit import tables
from cases.audit.chains import Finding
from cases.models import (
    Contact,
    Correction,
    EpisodeCall,
    EpisodeDecision,
    EpisodeFinding,
    EpisodeUpdate,
    Event,
    Note,
)
from cases.models.corrections import DESTROYED

# Where the words of a passage stand.
PASSAGES: tuple[tuple[type[models.Model], str], ...] = (
    (Note, "text"),
    (Contact, "note"),
    (EpisodeUpdate, "text"),
    (EpisodeCall, "said"),
    (EpisodeFinding, "text"),
    (EpisodeDecision, "reason"),
)


def told() -> Exists:
    """Of a row of corrections: whether an event of its child tells of it."""
    return Exists(
        Event.objects.filter(
            kind="passage_destroyed",
            subject_type="correction",
            subject_id=OuterRef("pk"),
            child=OuterRef("child"),
        )
    )


def corrections() -> QuerySet[Correction]:
    """Those that an event tells of: nothing else accounts for words that are gone."""
    return Correction.objects.filter(told())


def unaccounted() -> Iterator[Finding]:
    """Each correction that no event tells of, and each passage that is gone without one that is told of."""
    for made in Correction.objects.exclude(told()).order_by("pk"):
        wrong = f"no event tells that {made.table} {made.row} was destroyed"
        yield Finding(Correction._meta.db_table, made.pk, tables.child(made.child_id), wrong)
    for model, column in PASSAGES:
        name = model._meta.db_table
        made_of = corrections().filter(table=name, row=OuterRef("pk"), column=column)
        gone = model._default_manager.filter(~Exists(made_of), **{column: DESTROYED})
        for key in gone.order_by("pk").values_list("pk", flat=True):
            yield Finding(name, key, "", "destroyed, and no correction that an event tells of says so")
