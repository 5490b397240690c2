"""What is on record of one child, as the calculator of paper reads it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from alerts.paper_rules import Paper
from alerts.schedule import Step


@dataclass(frozen=True)
class Assessed:
    """The latest risk assessment: its grade, and by when somebody wanted it looked at again, if sooner than asked."""

    at: datetime
    grade: str
    again_by: datetime | None = None


@dataclass(frozen=True)
class Visited:
    """One visit at which a social worker saw the child; `lasting` where the placement is meant to last to 18.

    `agreed` where the child, fostered for long, agreed to be visited less often.
    """

    at: datetime
    lasting: bool = False
    agreed: bool = False


@dataclass(frozen=True)
class Ahead:
    """A placement that is planned: from which day, since when, whether in another's area, and what was said to it."""

    day: date
    recorded_at: datetime
    hosted: bool = False
    told: bool = False
    approved: bool = False
    asked_at: datetime | None = None


@dataclass(frozen=True)
class Stay:
    """One placement: since when, whether in another authority's area, and whether that authority was told."""

    starts_at: datetime
    ends_at: datetime | None = None
    hosted: bool = False
    notified: bool = False
    # Whether it is approved, or somebody said that the areas adjoin; since when the director is asked, or has refused.
    approved: bool = False
    asked_at: datetime | None = None
    refused_at: datetime | None = None
    # By when how the child sleeps there is looked at again.
    room_by: datetime | None = None
    # Its planned end, and when somebody said last what comes after it.
    until: datetime | None = None
    next_said_at: datetime | None = None
    # Each time that its planned end was said anew: when, and which had stood until then.
    ends_said: Sequence[tuple[datetime, datetime | None]] = ()
    # Where responsibility passed on meanwhile: since when the area is another's.
    hosted_since: datetime | None = None
    # The plan that it took up.
    planned: Ahead | None = None
    # Whether it is long-term fostering.
    long_term: bool = False


@dataclass(frozen=True)
class Held:
    """How often a duty was held, and when last."""

    times: int
    last_at: datetime


@dataclass(frozen=True)
class CareEnded:
    """When care ended last, and from when the child was, or will be, looked after again."""

    at: datetime
    anew_at: datetime | None = None


@dataclass(frozen=True)
class Planned:
    """The plan that holds: since when, and by when it is looked at again."""

    at: datetime
    review_by: datetime


@dataclass(frozen=True)
class Promised:
    """One thing that a named person does by a day, or what is owed of it from an instant on."""

    paper: Paper
    key: int
    due_at: datetime
    # When it was promised; None where it is owed from `due_at` on.
    made_at: datetime | None = None


@dataclass(frozen=True)
class Awaited:
    """A decision that somebody waits for: which, since when, and the case of its policy that counts from there."""

    paper: Paper
    case: str
    since: datetime
    # Where a local panel decides on reasonable grounds: since when, for it has longer, whatever was asked meanwhile.
    panel_since: datetime | None = None


@dataclass(frozen=True)
class Supervised:
    """Since when the child waits to be discussed: the last time, or since when it has had a social worker without a break."""

    since: datetime
    discussed: bool


@dataclass(frozen=True)
class Checked:
    """Since when a guardian's check of the child waits: the last one, or since somebody has watched over it without a break."""

    since: datetime
    done: bool


@dataclass(frozen=True)
class Unreviewed:
    """Since when the child has nobody who reviews its care; when its reviews were held, of which each asks who led it."""

    since: datetime | None = None
    has_left: bool = False
    reviews: Sequence[datetime] = ()
    # When whoever was named has the role again, where that is known.
    until: datetime | None = None


@dataclass(frozen=True)
class Owed:
    """One duty that nobody has recorded: when it is due, and when each rung hears of it."""

    paper: Paper
    due_at: datetime
    steps: Mapping[Step, datetime]
    # Of a promise, which.
    key: int = 0
    # When it is owed no longer whatever is done; None where somebody has to do it.
    until: datetime | None = None
    # Late since before the child was looked for; nobody is told of it meanwhile.
    asleep: bool = False

    @property
    def name(self) -> str:
        """What its clock is called."""
        return f"{self.paper.value}:{self.key}" if self.key else self.paper.value


@dataclass(frozen=True)
class Facts:
    """All that decides which paper is due; no present time among it.

    `arrived_at` is when the child was here and known: nobody can assess whom nobody has registered.
    """

    arrived_at: datetime
    # When care began, where that was before: what the law counts from does not wait for our typing.
    care_since: datetime | None = None
    # Where it has ended since.
    care_ended: CareEnded | None = None
    grade: str = "unknown"
    assessed: Assessed | None = None
    # When each was recorded since the last that a manager has read: whoever reads the latest reads all of them.
    unread: Sequence[datetime] = ()
    # When a manager sent the latest back: another is owed, whatever time it will speak of.
    sent_back_at: datetime | None = None
    # Moves and changes of the NRM; the ends of episodes are `returns`.
    changes: Sequence[datetime] = ()
    returns: Sequence[datetime] = ()
    # While nobody knew where the child was, and most paper rested: from when, and when the child was back.
    searches: Sequence[tuple[datetime, datetime]] = ()
    # While the child was held for an adult, and nobody was asked anything: from when to when.
    adult_rests: Sequence[tuple[datetime, datetime]] = ()
    # What the list of the arrival lacks, and since when where something was there before.
    lacks: Collection[str] = ()
    lacks_since: datetime | None = None
    visits: Sequence[Visited] = ()
    stays: Sequence[Stay] = ()
    ahead: Ahead | None = None
    # Since when no placement stands, and nobody else knows where the child is.
    nowhere_since: datetime | None = None
    # In supported accommodation before the age for it: since when, and until which birthday.
    too_young: tuple[datetime, datetime] | None = None
    # What the placement cannot keep of the contact policy, and nobody keeps instead: since when, and until when.
    unkept: tuple[datetime, datetime | None] | None = None
    # Since when the age is disputed, as long as it is.
    disputed_since: datetime | None = None
    held: Mapping[Paper, Held] = field(default_factory=dict)
    plan: Planned | None = None
    # Those that nobody has done or withdrawn.
    promised: Sequence[Promised] = ()
    # Until when the health is looked at as that of a small child.
    five_at: datetime | None = None
    # From when a pathway is planned; nothing while the birth date is not known.
    sixteen_at: datetime | None = None
    # From when the child's coming of age is planned, and when it can be at first and at last.
    turns_18: tuple[datetime, datetime, datetime] | None = None
    # Since when the record says these two ages, where it said another before: nobody was late with what was not known.
    said_16_at: datetime | None = None
    said_near_18_at: datetime | None = None
    # Since when there are signs of trafficking and no referral to the NRM, and the decision that is awaited of one.
    suspected_at: datetime | None = None
    # Since when a reference of the NRM is on record, where one is.
    referenced_at: datetime | None = None
    awaited: Awaited | None = None
    # Since when the child of a transfer is here whose papers nobody here has read to the end; of several, the first.
    handed_over_at: datetime | None = None
    # From when nobody has the work of a social worker who is away, and when somebody is there again whatever is done.
    uncovered: tuple[datetime, datetime | None] | None = None
    # Since when nobody has asked whether a social worker who is away without an end comes back.
    away_since: datetime | None = None
    # Of a child that has a social worker.
    supervised: Supervised | None = None
    # Of a child over whom a guardian watches.
    checked: Checked | None = None
    # Of a child who is looked for and has a guardian: from when that is to be looked at again, and by which case.
    guardian_stays: tuple[datetime | None, str] = (None, "start")
    # While a child is looked for the reviews of the search take the place of most paper.
    is_sought: bool = False
    # Since when, of one who is looked for.
    sought_since: datetime | None = None
    # Whether nobody reviews the care of one who is looked for, because it is 18, or its age was assessed as an adult's.
    reviews_rest: bool = False
    watched_until: datetime | None = None
    # Since when the child is owed a personal adviser, and until when; and by which case: one has left, or none was there.
    adviser: tuple[datetime | None, datetime | None] = (None, None)
    adviser_case: str = "start"
    # Of a child whose reviewing officer nobody has named, or who has left.
    unreviewed: Unreviewed | None = None
    # Since when its adviser, or the last contact of theirs, waits for the next, and by which case.
    adviser_contact: tuple[datetime | None, str] = (None, "start")
    # When the child asked for a visit, or complained, and nobody has seen it since; of several, the first.
    visit_asked_at: datetime | None = None
    # What is to follow a legal status that lasts so long at most, since when it stands, and nobody has recorded it.
    limited: tuple[Paper, datetime] | None = None
