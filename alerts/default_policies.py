"""The contact policies that a council starts from.

[proposal] Every figure is a first version, to be signed off by the council: rows, windows and rungs
are the default escalation policy's table of contact policies, and each is stored as a versioned row.
Where that table leaves a figure open, the one chosen here says so beside it.
"""

from datetime import time, timedelta

from alerts.schedule import Row, Step, StepTime, Window
from cases.strengths import Strength

MORNING = Window("morning", time(7, 30), time(8, 30))
MIDDAY = Window("midday", time(12, 30), time(13, 30))
TEATIME = Window("teatime", time(17, 0), time(18, 0))
EVENING = Window("evening", time(20, 0), time(21, 0))
NIGHT = Window("night", time(22, 30), time(23, 30))
DAY = Window("day", time(16, 0), time(22, 30))

# Away with permission, or away without it but where is known: confirmed each day by 22:30.
AWAY = Window("away", time(16, 0), time(22, 30))
# [proposal] Whoever leaves late in the evening is asked about once they can have come there.
AWAY_ARRIVES = timedelta(hours=2)
# [proposal] Of a child who is asked for more often than once a day nobody waits longer than this for the first word that
# it has come there: where the first evening closes later, the word is owed once the child can be there.
AWAY_WAITS = timedelta(hours=12)
# Out lasts at most a day; longer is away.
LONGEST_OUT = timedelta(hours=24)
# A child's plan may wait this long after back-by before the report, and no longer.
LONGEST_WAIT = timedelta(hours=2)
BACK_BY_R2 = timedelta(minutes=15)
# After "reported seen, not confirmed" R4 and R5 wait this long, once.
REPORTED_SEEN_HOLD = timedelta(hours=2)
# Somebody came for a child, or a contact told of a serious concern, and nobody has written what was done.
TOLD_WAITS: tuple[tuple[Step, timedelta], ...] = (
    (Step.R2, timedelta(minutes=30)),
    (Step.R4, timedelta(hours=24)),
)
# A return that nobody confirms, or whose search nobody ends, reaches manager, head of service and director.
RETURN_WAITS: tuple[tuple[Step, timedelta], ...] = (
    (Step.R2, timedelta(hours=4)),
    (Step.R4, timedelta(hours=24)),
    (Step.R5, timedelta(hours=72)),
)

# Checks of the building by waking staff: a clock of the home, proof of no child, no higher than R1. The home is
# texted when the window ends, and duty half an hour later.
BUILDING_CHECKS: tuple[Window, ...] = (
    Window("building_1", time(1, 0), time(2, 0)),
    Window("building_2", time(4, 0), time(5, 0)),
)
BUILDING_CHECK_STEPS: tuple[tuple[Step, StepTime], ...] = (
    (Step.R0, StepTime(after=timedelta(0))),
    (Step.R1, StepTime(after=timedelta(minutes=30))),
)

_HALF_HOUR = timedelta(minutes=30)
_FACE = frozenset({Strength.FACE_TO_FACE})
_SEEN = frozenset({Strength.FACE_TO_FACE, Strength.LIVE_VIDEO})
_SPOKEN = _SEEN | {Strength.PHONE}


def _after(hours: float) -> StepTime:
    return StepTime(after=timedelta(hours=hours))


def _steps(
    r0: StepTime, *, r2: StepTime, r3: StepTime, r4: StepTime, r5: StepTime, fail_safe: StepTime | None = None
) -> tuple[tuple[Step, StepTime], ...]:
    # R0 and R1 fire together.
    held = () if fail_safe is None else ((Step.FAIL_SAFE, fail_safe),)
    first = ((Step.R0, r0), (Step.R1, r0), (Step.R2, r2), (Step.R3, r3))
    return (*first, *held, (Step.R4, r4), (Step.R5, r5))


FIRST_72_HOURS = Row(
    key="first_72_hours",
    version=1,
    windows=(MORNING, MIDDAY, TEATIME, EVENING, NIGHT),
    interval=None,
    steps=_steps(_after(0.5), r2=_after(1), r3=_after(1), fail_safe=_after(1.5), r4=_after(3), r5=_after(12)),
    accepts=_FACE,
    knows_child=True,
    phone_twice=False,
    second_eyes=timedelta(hours=72),
    back_by=_HALF_HOUR,
    back_by_fail_safe=_HALF_HOUR,
    checks=BUILDING_CHECKS,
    check_steps=BUILDING_CHECK_STEPS,
)

FIRST_30_DAYS = Row(
    key="first_30_days",
    version=1,
    windows=(MORNING, EVENING, NIGHT),
    interval=None,
    steps=_steps(_after(0.5), r2=_after(1), r3=_after(1), fail_safe=_after(1.5), r4=_after(3), r5=_after(12)),
    accepts=_FACE,
    knows_child=True,
    phone_twice=False,
    second_eyes=timedelta(hours=72),
    back_by=_HALF_HOUR,
    back_by_fail_safe=_HALF_HOUR,
)

HIGH = Row(
    key="high",
    version=1,
    windows=(MORNING, NIGHT),
    interval=None,
    steps=_steps(_after(1), r2=_after(2), r3=_after(2.5), fail_safe=_after(3), r4=_after(6), r5=_after(24)),
    accepts=_FACE,
    knows_child=True,
    phone_twice=False,
    second_eyes=timedelta(days=7),
    # The table names no figure for high: half of the longest wait.
    back_by=timedelta(hours=1),
    back_by_fail_safe=_HALF_HOUR,
)

ORDINARY = Row(
    key="ordinary",
    version=1,
    windows=(DAY,),
    interval=None,
    steps=_steps(
        StepTime(wall=time(8, 0)),
        r2=StepTime(wall=time(9, 0)),
        r3=StepTime(wall=time(10, 0)),
        r4=_after(24),
        r5=_after(48),
    ),
    accepts=_SEEN,
    knows_child=False,
    phone_twice=False,
    second_eyes=timedelta(days=7),
    back_by=LONGEST_WAIT,
    back_by_fail_safe=None,
)

# In long-term fostering too (docs/adr/0175): what the type of a placement says takes no second person.
SETTLED = Row(
    key="settled",
    version=1,
    windows=(),
    interval=timedelta(hours=72),
    steps=_steps(StepTime(wall=time(8, 0)), r2=_after(24), r3=_after(36), r4=_after(48), r5=_after(120)),
    accepts=_SPOKEN,
    knows_child=False,
    phone_twice=False,
    second_eyes=timedelta(days=7),
    back_by=LONGEST_WAIT,
    back_by_fail_safe=None,
)

# Each stop is at most two hours after the one before; the escort sees the child.
IN_TRANSIT = Row(
    key="in_transit",
    version=1,
    windows=(),
    interval=timedelta(hours=2),
    steps=_steps(
        _after(0.25), r2=_after(0.5), r3=_after(1), fail_safe=_after(1.5), r4=_after(2), r5=_after(6)
    ),
    accepts=_FACE,
    knows_child=True,
    phone_twice=False,
    second_eyes=timedelta(hours=72),
    back_by=_HALF_HOUR,
    back_by_fail_safe=_HALF_HOUR,
)

# Of this row R4 and R5 go to every episode that did not begin with silence; times are from t0.
NOT_HERE = Row(
    key="not_here",
    version=1,
    windows=(),
    interval=None,
    steps=(
        (Step.R1, _after(0)),
        (Step.R2, _after(0)),
        (Step.R3, _after(0)),
        (Step.R4, _after(1)),
        (Step.R5, _after(6)),
    ),
    accepts=_FACE,
    knows_child=True,
    phone_twice=False,
    second_eyes=timedelta(hours=72),
    back_by=timedelta(0),
    back_by_fail_safe=timedelta(0),
)

# Who is to be seen because another child is missing: the half hour and the three days are the domain document's, the steps
# those of the first 30 days, whose own first step comes at the half hour. What counts as proof is that row's as well.
HEAD_COUNT = Row(
    key="head_count",
    version=1,
    windows=(),
    # From when the child is asked for.
    interval=_HALF_HOUR,
    steps=_steps(_after(0), r2=_after(0.5), r3=_after(1), fail_safe=_after(1.5), r4=_after(3), r5=_after(12)),
    accepts=_FACE,
    knows_child=True,
    phone_twice=False,
    second_eyes=timedelta(hours=72),
    back_by=_HALF_HOUR,
    back_by_fail_safe=_HALF_HOUR,
    watched_for=timedelta(hours=72),
)

ROWS: tuple[Row, ...] = (
    FIRST_72_HOURS,
    FIRST_30_DAYS,
    HIGH,
    ORDINARY,
    SETTLED,
    IN_TRANSIT,
    NOT_HERE,
    HEAD_COUNT,
)
