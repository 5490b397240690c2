"""By when a guardian is owed: working days of the nation, at once where one has gone, later where somebody answers for it."""

from datetime import UTC, date, datetime, timedelta

from cases import holidays
from cases.models import Nation
from guardians.coverage import Facts, Gap, Limits, Reason, Referral, Watch, due, gap

# A Thursday; Friday 3 April 2026 is Good Friday, and Monday 6 April Easter Monday except in Scotland.
THURSDAY = datetime(2026, 4, 2, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def owed(facts: Facts, nation: str = Nation.ENGLAND, at: datetime = THURSDAY + 2 * DAY):
    calendar = holidays.calendar_of(nation)
    return due(facts, Limits(), at=at, nation=calendar, holidays=holidays.of(calendar))


def end_of(day: int, month: int = 4) -> datetime:
    """The last second of a summer day in London."""
    return datetime(2026, month, day, 22, 59, 59, tzinfo=UTC)


def test_a_child_without_signs_is_owed_no_guardian():
    assert owed(Facts(None)) is None


def test_a_referral_is_owed_by_the_end_of_the_next_working_day_of_the_nation():
    assert owed(Facts(THURSDAY)).due_at == end_of(7)
    assert owed(Facts(THURSDAY), Nation.SCOTLAND).due_at == end_of(6)
    assert owed(Facts(THURSDAY)).what == "referral"


def test_the_rungs_come_on_the_day_and_after_one_three_and_ten_working_days():
    steps = owed(Facts(THURSDAY)).steps
    assert steps == {"R1": end_of(7), "R2": end_of(8), "R4": end_of(10), "R5": end_of(21)}


def test_a_guardian_who_stays_is_all_that_is_owed():
    facts = Facts(THURSDAY, (Watch(THURSDAY + DAY, None),))
    assert owed(facts) is None
    assert gap(facts, THURSDAY + DAY) is None


def test_a_guardian_who_went_is_owed_again_at_once_and_not_a_working_day_later():
    left = datetime(2026, 4, 18, 13, 0, tzinfo=UTC)  # a Saturday
    assert owed(Facts(THURSDAY, (Watch(THURSDAY, left),))).due_at == left
    # Whoever went before the signs came on record left nothing of this.
    before = Facts(THURSDAY, (Watch(THURSDAY - 9 * DAY, THURSDAY - DAY),))
    assert owed(before).what == "referral"


def test_a_second_guardian_who_stays_covers_for_the_one_who_went():
    watches = (Watch(THURSDAY, THURSDAY + DAY), Watch(THURSDAY, None))
    assert owed(Facts(THURSDAY, watches)) is None


def test_a_service_that_will_end_is_known_before_it_does():
    ends = THURSDAY + 90 * DAY
    assert owed(Facts(THURSDAY, (Watch(THURSDAY, ends),))).due_at == ends


def reason(**fields) -> Reason:
    return Reason(
        **{"waiting": False, "named": False, "starts_at": THURSDAY + DAY, "review_date": None, **fields}
    )


def test_a_referral_that_waits_is_owed_a_guardian_within_three_working_days():
    waiting = owed(Facts(THURSDAY, reason=reason(waiting=True)))
    assert (waiting.what, waiting.due_at) == ("assigned", end_of(9))


def test_where_there_is_no_service_a_fallback_is_named_within_five_working_days_and_no_director_hears():
    unnamed = owed(Facts(THURSDAY, reason=reason()))
    assert (unnamed.what, unnamed.due_at) == ("fallback", end_of(13))
    assert unnamed.steps == {"R1": end_of(13), "R2": end_of(15), "R4": end_of(20)}


def test_a_named_fallback_rests_until_the_day_of_its_review():
    named = owed(Facts(THURSDAY, reason=reason(named=True, review_date=date(2026, 7, 1))))
    assert (named.what, named.due_at) == ("review", datetime(2026, 6, 30, 23, 0, tzinfo=UTC))


def test_a_review_whose_day_came_while_the_child_was_held_for_an_adult_is_due_as_that_ends():
    again = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
    named = reason(named=True, review_date=date(2026, 7, 1))
    assert owed(Facts(again, reason=named), at=again).due_at == again
    assert min(owed(Facts(again, reason=named), at=again).steps.values()) == again


def test_a_reason_of_the_council_before_is_looked_at_soon_after_a_transfer_and_sooner_where_a_service_may_be():
    came = datetime(2026, 4, 20, 13, 0, tzinfo=UTC)  # a Monday
    named = {"named": True, "review_date": date(2026, 9, 1)}
    review = datetime(2026, 8, 31, 23, 0, tzinfo=UTC)

    def due_at(came_at: datetime | None, **fields) -> datetime:
        unserved = fields.pop("unserved_since", None)
        found = owed(
            Facts(THURSDAY, reason=reason(**named | fields), unserved_since=unserved, came_at=came_at),
            at=came,
        )
        assert found.what == "review"
        return found.due_at

    assert due_at(None, not_here=True) == review
    assert due_at(came, not_here=True) == end_of(21)
    # What the child does not want, or no service is there either: who stands in is another council's all the same.
    assert due_at(came) == end_of(27)
    assert due_at(came, not_here=True, unserved_since=THURSDAY) == end_of(27)
    # Said here, or by a day that comes sooner anyhow.
    assert due_at(came, not_here=True, starts_at=came + HOUR) == review
    assert due_at(came, review_date=date(2026, 4, 22)) == datetime(2026, 4, 21, 23, 0, tzinfo=UTC)


def test_a_review_whose_day_came_while_a_service_was_asked_is_due_as_that_is_over():
    asked, over = datetime(2026, 6, 20, 9, 0, tzinfo=UTC), datetime(2026, 8, 10, 9, 0, tzinfo=UTC)
    named = reason(named=True, review_date=date(2026, 7, 1))
    review = datetime(2026, 6, 30, 23, 0, tzinfo=UTC)

    def due_at(*waited: tuple[datetime, datetime]) -> datetime:
        found = owed(Facts(THURSDAY, reason=named, waited=waited), at=over)
        assert found.what == "review"
        return found.due_at

    assert due_at() == review
    assert due_at((asked, over)) == over
    # One service after the other; what was late before any was asked stays late, and so does what comes later.
    assert due_at((asked, asked + 20 * DAY), (asked + 20 * DAY, over)) == over
    assert due_at((review + DAY, over)) == review
    assert due_at((asked, asked + DAY)) == review


def test_a_reason_of_before_a_transfer_is_looked_at_as_it_is_over_where_a_service_was_asked_in_time():
    came = datetime(2026, 4, 20, 13, 0, tzinfo=UTC)  # a Monday
    asked, over = came + 4 * HOUR, came + 20 * DAY
    named = reason(named=True, review_date=date(2026, 9, 1), not_here=True)
    declined = Referral(asked, answered=True, declined_at=over)
    for last in (declined, None):
        found = owed(
            Facts(THURSDAY, reason=named, referral=last, came_at=came, waited=((asked, over),)), at=over
        )
        assert (found.what, found.due_at, min(found.steps.values())) == ("review", over, over)
        assert found.steps["R4"] > over, "the head of service hears of it once somebody could have looked"
    # Of who was asked once it was late already it is as late as it was.
    late = came + 3 * DAY
    found = owed(Facts(THURSDAY, reason=named, came_at=came, waited=((late, over),)), at=over)
    assert found.due_at == end_of(21)
    # A service that begins to take children there asks for a look as well, and was asked.
    fresh = Facts(THURSDAY, reason=named, anew_from=came, waited=((asked, over),))
    assert owed(fresh, at=over).due_at == over


def test_no_rung_comes_before_the_one_below_it():
    for facts in (
        Facts(THURSDAY),
        Facts(THURSDAY, reason=reason()),
        Facts(THURSDAY, (Watch(THURSDAY, THURSDAY),)),
    ):
        moments = list(owed(facts).steps.values())
        assert moments == sorted(moments)


def test_leave_is_known_before_it_begins_is_owed_at_once_and_is_over_when_somebody_is_back():
    leaves, back = THURSDAY + 10 * DAY, THURSDAY + 17 * DAY
    facts = Facts(THURSDAY, (Watch(THURSDAY, leaves), Watch(back, None)))
    for at in (THURSDAY, leaves, back - timedelta(seconds=1)):
        found = owed(facts, at=at)
        assert (found.what, found.due_at, found.steps["R1"], found.until) == ("cover", leaves, leaves, back)
    assert owed(facts, at=back) is None


def test_cover_closes_the_part_of_a_gap_that_it_covers_and_no_more():
    leaves, back = THURSDAY + 10 * DAY, THURSDAY + 17 * DAY
    own = (Watch(THURSDAY, leaves), Watch(back, None))
    assert gap(Facts(THURSDAY, (*own, Watch(leaves, back))), THURSDAY) is None
    shorter = Facts(THURSDAY, (*own, Watch(leaves, back - DAY)))
    assert gap(shorter, THURSDAY) == Gap(back - DAY, back)


def test_of_two_gaps_the_first_is_owed_and_then_the_second():
    ends = [THURSDAY + days * DAY for days in (1, 2, 5, 6)]
    facts = Facts(THURSDAY, (Watch(THURSDAY, ends[0]), Watch(ends[1], ends[2]), Watch(ends[3], None)))
    assert [owed(facts, at=at).due_at for at in (THURSDAY, ends[0], ends[1], ends[2])] == [
        ends[0],
        ends[0],
        ends[2],
        ends[2],
    ]
    assert owed(facts, at=ends[3]) is None


def test_a_guardian_who_is_away_from_the_first_moment_on_is_owed_cover_at_once_and_no_referral():
    back = THURSDAY + 17 * DAY
    given = THURSDAY + timedelta(hours=5)
    facts = Facts(THURSDAY, (Watch(given, back, away=True), Watch(back, None)))
    found = owed(facts, at=given)
    assert (found.what, found.due_at, found.until) == ("cover", given, back)
    assert gap(facts, given) == Gap(THURSDAY, back)
    assert owed(facts, at=back) is None
    # One who was away when the signs came on record is away from then on.
    before = Facts(THURSDAY, (Watch(THURSDAY - 9 * DAY, back, away=True), Watch(back, None)))
    assert (owed(before).what, owed(before).due_at) == ("cover", THURSDAY)


def test_a_guardian_who_is_given_after_a_service_declined_and_is_away_is_owed_cover_and_no_other_service():
    declined, given, back = THURSDAY + 4 * HOUR, THURSDAY + DAY, THURSDAY + 17 * DAY
    no = Referral(THURSDAY, answered=True, declined_at=declined)
    assert owed(Facts(THURSDAY, referral=no)).what == "declined"
    watches = (Watch(given, back, away=True), Watch(back, None))
    found = owed(Facts(THURSDAY, watches, referral=no), at=given)
    assert (found.what, found.due_at, found.until) == ("cover", given, back)
    # Nor does one who went before it declined, or is to come, make its answer another.
    for away in (Watch(THURSDAY, given, away=True), Watch(given + DAY, None, away=True)):
        assert owed(Facts(THURSDAY, (away,), referral=no), at=given).what == "declined"


def test_somebody_who_is_away_puts_off_no_gap_that_is_open_and_is_nobody_who_will_be_there():
    left, back = THURSDAY + DAY, THURSDAY + 20 * DAY
    own = (Watch(THURSDAY, left), Watch(back, None))
    # Given to another who is away too, or covered for by one: owed since the first went, until somebody is there.
    for away in (Watch(left + DAY, back - DAY, away=True), Watch(left + DAY, None, away=True)):
        found = owed(Facts(THURSDAY, (*own, away)), at=left + 2 * DAY)
        assert (found.what, found.due_at, found.until) == ("cover", left, back)
    # An assignment to somebody away that ended before the signs came on record left nothing of this, nor does one to come.
    for away in (
        Watch(THURSDAY - 9 * DAY, THURSDAY, away=True),
        Watch(THURSDAY + 9 * DAY, None, away=True),
    ):
        assert owed(Facts(THURSDAY, (away,))).what == "referral"


def test_from_the_18th_birthday_on_nobody_is_owed_a_guardian():
    grown = THURSDAY + 30 * DAY
    facts = Facts(THURSDAY, (Watch(THURSDAY, THURSDAY + DAY),), of_age_at=grown)
    found = owed(facts)
    assert (found.what, found.due_at, found.until) == ("left", THURSDAY + DAY, grown)
    assert owed(facts, at=grown - HOUR) == found
    assert owed(facts, at=grown) is None
    # Somebody who goes after it is missed by nobody, and one who is back before it ends the gap before it.
    assert owed(Facts(THURSDAY, (Watch(THURSDAY, grown + DAY),), of_age_at=grown)) is None
    away = (Watch(THURSDAY, THURSDAY + DAY), Watch(THURSDAY + 9 * DAY, None))
    assert owed(Facts(THURSDAY, away, of_age_at=grown)).until == THURSDAY + 9 * DAY
