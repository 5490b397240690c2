"""How many children, when they arrived, and which of them are missing: drawn from one number, so that it can be drawn again."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from random import Random

from alerts import cohorts
from alerts.population.names import NATIONALITIES, Nationality
from cases.birthdays import EIGHTEEN, attained
from cases.deadlines import LONDON, at_london

# Nobody passes from one line of the figures into the next for eight weeks after the seed was sown.
STAYS_IN_LINE = timedelta(days=56)
# An officer is asked again each eight hours for three days: the youngest search has left that behind.
YOUNGEST_SEARCH = timedelta(days=6)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Plan:
    """What to sow; the figures are those of 2016: 360 missing of 9,287, 81 for five years, 77 for four, 87 for three."""

    at: datetime
    number: int = 2016
    arrivals: int = 9287
    five_years: int = 81
    four_years: int = 77
    three_years: int = 87
    less: int = 115
    # How many authorities take part; all of them where it is None.
    authorities: int | None = None

    @property
    def missing(self) -> int:
        return self.five_years + self.four_years + self.three_years + self.less

    def scaled(self, arrivals: int) -> "Plan":
        """The same shape with fewer children, at least one in each line."""
        parts = {
            name: max(1, round(getattr(self, name) * arrivals / self.arrivals))
            for name in ("five_years", "four_years", "three_years", "less")
        }
        return replace(self, arrivals=arrivals, **parts)


@dataclass
class Life:
    """One child's outline, before there is anybody to watch over them."""

    arrived_at: datetime
    registered_at: datetime
    birth_date: date
    sex: str
    nationality: Nationality
    trafficked: bool
    since: datetime | None = None
    closed_at: datetime | None = None
    close_reason: str = ""
    place: int = 0
    entered: int | None = None

    @property
    def open(self) -> bool:
        return self.closed_at is None

    @property
    def settled(self) -> bool:
        """Open and not missing."""
        return self.closed_at is None and self.since is None


def draw(plan: Plan, rng: Random) -> list[Life]:
    """Draw every child in order of registration."""
    cohort = cohorts.five_years(plan.at)
    lives = [_life(plan, arrived, since, rng) for arrived, since in _searches(plan, rng)]
    span = cohort.ends_at - cohort.starts_at
    while len(lives) < plan.arrivals:
        arrived = _minute(cohort.starts_at + rng.random() * span)
        lives.append(_life(plan, arrived, None, rng))
    return sorted(lives, key=lambda life: (life.registered_at, life.birth_date, life.nationality.name))


def _searches(plan: Plan, rng: Random) -> list[tuple[datetime, datetime]]:
    """When each missing child arrived and when it was last seen, so many in each line of the figures."""
    cohort, years = cohorts.five_years(plan.at), [cohorts.years_before(plan.at, n) for n in range(6)]
    recent = max(1, plan.less // 8)
    spans = [
        (plan.five_years, cohort.starts_at + timedelta(days=2), years[5] - timedelta(days=1)),
        (plan.four_years, years[5] + STAYS_IN_LINE, years[4] - timedelta(days=1)),
        (plan.three_years, years[4] + STAYS_IN_LINE, years[3] - timedelta(days=1)),
        (plan.less - recent, years[3] + STAYS_IN_LINE, years[1] + timedelta(days=300)),
        (recent, plan.at - timedelta(days=80), plan.at - YOUNGEST_SEARCH),
    ]
    found = []
    for count, first, last in spans:
        for _ in range(count):
            since = _minute(first + rng.random() * (last - first))
            # Many go within days of arriving; the rest within a year.
            stayed = timedelta(days=rng.expovariate(1 / 6) if rng.random() < 0.35 else rng.uniform(10, 330))
            arrived = max(min(since - timedelta(hours=30) - stayed, cohort.ends_at - HOUR), cohort.starts_at)
            found.append((_minute(arrived), since))
    return found


def _life(plan: Plan, arrived_at: datetime, since: datetime | None, rng: Random) -> Life:
    years = rng.choices((17, 16, 15, 14, 13, 11), (45, 35, 13, 4, 2, 1))[0]
    birth = arrived_at.date() - timedelta(days=round(years * 365.25) + rng.randrange(350))
    life = Life(
        arrived_at=arrived_at,
        registered_at=arrived_at + timedelta(minutes=rng.randrange(45, 600)),
        birth_date=birth,
        sex="F" if rng.random() < 0.04 else "M",
        nationality=rng.choices(NATIONALITIES, [n.share for n in NATIONALITIES])[0],
        trafficked=rng.random() < (0.45 if since else 0.2),
        since=since,
    )
    if since is None:
        _close(life, plan, rng)
    return life


def _close(life: Life, plan: Plan, rng: Random) -> None:
    """Most of those who are not missing have come of age by now, some left earlier; nothing closes a search."""
    earliest = life.registered_at + timedelta(days=21)
    adult = at_london(attained(life.birth_date, EIGHTEEN), time(9 + rng.randrange(8), rng.randrange(60)))
    if rng.random() < 0.12:
        early = life.registered_at + timedelta(days=rng.uniform(25, 300))
        if early < min(adult, plan.at - timedelta(days=2)):
            life.closed_at = _minute(early)
            life.close_reason = rng.choice(_EARLY)
            return
    if adult < plan.at - timedelta(days=2):
        life.closed_at = max(adult, _minute(earliest))
        life.close_reason = "Turned 18: with the leaving care team"


_EARLY = (
    "Joined family here after an assessment",
    "Joined family abroad after an assessment",
    "Assessed as an adult, with help to challenge it",
)


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def evening_before(at: datetime) -> datetime:
    """The last 9pm in London before `at`, an hour of grace included: the roll-call that every home has behind it."""
    day = (at - HOUR).astimezone(LONDON).date()
    evening = at_london(day, time(21))
    return evening if evening < at - HOUR else at_london(day - timedelta(days=1), time(21))
