"""What the database leaves out of the searches for a found child: much, and never one that is worth a look."""

import random
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from cases import sign_keys
from cases.found_matching import Found, match
from cases.models import Child, EpisodeForce, FindMeSection, MissingEpisode, MissingReport, Sex
from cases.search import found as searching
from cases.search import prospects
from tests.counts import counts
from tests.factories import AT, a_child, a_watched_child, missing

pytestmark = pytest.mark.django_db
# As people write: in capitals, with marks between, and in letters that fold to others.
TEXTS = (
    "", "", "SCAR on her chin", "A burn_scar", "\u017fcar", "Sch\u00f6ne stra\u00dfe", "STRASSE", "scarlet scarf",
    "tall, dark hair", "100% (sic) wool", "freckles/scar", "Narbe\u2013scar", "\u0130stanbul shirt",
    "\uff53\uff43\uff41\uff52",
)  # fmt: skip
NUMBERS = (
    "", "", "07700 900982", "+44 (0)7700 900982", "0044 7700-900982", "900982", "\uff10\uff17700 900982",
    "00251 911 234567", "07700 900983",
)  # fmt: skip
FURTHER = (
    "", "07700 900982, in use since May", "Two phones: 900 982 and 07700 900983", "07700 900983 07700 900982",
    "0044 7700-900982 (the caf\u00e9)", "none since 2025", "\uff10\uff17700 900982", "01700 900982/3",
)  # fmt: skip
LANGUAGES = (
    "Tigrinya",
    "TIGRINYA ",
    "tigrinya",
    "Pa\u0161to",
    "PA\u0160TO",
    "Dari",
    "Kurdish (Sorani)",
    "Kurdish",
    "Stra\u00dfe",
)


def describe(child: Child, force_id: int, chance: random.Random) -> None:
    """Write over what is on record of the child, of its clothes and numbers and of who looks for it."""
    Child.objects.filter(pk=child.pk).update(
        description=chance.choice(TEXTS),
        phone=chance.choice(NUMBERS),
        safe_phone=chance.choice(NUMBERS),
        languages=chance.sample(LANGUAGES, chance.randrange(3)),
        sex=chance.choice(Sex.values),
        birth_date=chance.choice(
            [
                AT.date().replace(year=AT.year - age) + timedelta(days=chance.randrange(-2, 3))
                for age in (12, 15, 16)
            ]
        ),
    )
    episode = MissingEpisode.objects.get(child=child)
    MissingEpisode.objects.filter(pk=episode.pk).update(wearing=chance.choice(TEXTS))
    report = MissingReport.objects.filter(episode=episode).last()
    report.pk, report.key, report.version = None, uuid.uuid4(), report.version + 1
    report.child_phone = chance.choice(NUMBERS)
    report.save(force_insert=True)
    said = {"numbers": chance.choice(FURTHER), "handset": chance.choice(FURTHER)}
    FindMeSection.objects.create(
        child=child,
        section=chance.choice(["accounts", "accounts", "people"]),
        state="in_progress",
        answers=said,
        written_at=AT,
        written_by=child.registered_by,
    )
    if chance.random() < 0.5:
        EpisodeForce.objects.get_or_create(episode=episode, force_id=force_id, defaults={"added_at": AT})


def a_found(force_id: int, chance: random.Random) -> Found:
    least = chance.choice([None, 11, 14, 15])
    number = chance.choice(NUMBERS) if chance.random() < 0.3 else ""
    key = sign_keys.phone(number)[-sign_keys.COMPARED :]
    return Found(
        found_at=AT,
        sex=chance.choice(["", "F", "M"]),
        age_from=least,
        age_to=chance.choice([None, 16]),
        languages=tuple(chance.sample(LANGUAGES, chance.randrange(3))),
        looks=chance.choice(TEXTS) if chance.random() < 0.3 else "",
        clothing=chance.choice(TEXTS) if chance.random() < 0.3 else "",
        phone_keys=(key,) if key else (),
        force_id=chance.choice([None, force_id]),
    )


@pytest.mark.by_turns(8)
def test_the_database_leaves_out_no_search_that_is_worth_a_look_and_many_that_are_not() -> None:
    watched = a_watched_child(at=AT)
    more = [a_child(watched.authority, team=watched.team, worker=watched.worker, at=AT) for _ in range(9)]
    children = [watched.child, *more]
    for child in children:
        missing(child, by=watched.worker, at=AT)
    chance = random.Random(90)
    worth = left_out = 0
    # To write them all anew takes longest: in each run fewer descriptions, and each looked for in more of the found.
    rounds, founds = counts((9, 12), (60, 4))
    for _ in range(rounds):
        for child in children:
            describe(child, watched.force.pk, chance)
        rows = searching.sought()
        sought = {row.child_id: searching.as_sought(row, at=AT) for row in rows}
        for _ in range(founds):
            given = a_found(watched.force.pk, chance)
            alike = set(chance.sample(sorted(sought), chance.randrange(2)))
            kept = prospects.plausible(rows, given, alike=alike, today=AT.date()).values_list(
                "child", flat=True
            )
            exact = {
                pk
                for pk, one in sought.items()
                if match(given, replace(one, sounds_alike=pk in alike)).is_worth_a_look
            }
            assert exact <= set(kept), (given, [sought[pk] for pk in exact - set(kept)])
            worth, left_out = worth + len(exact), left_out + len(sought) - len(kept)
    assert worth > 100
    assert left_out > 500
