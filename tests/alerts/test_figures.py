"""The bounds of a policy's figures: by what a release brought, whoever set the times of all meanwhile."""

from datetime import time

from alerts import after, default_policies, figures, policies
from alerts.duties import DEFAULT_RULES


def test_a_step_that_a_release_added_is_bounded_by_what_it_brought() -> None:
    """Where two people set the times of all meanwhile, what is delivered says nothing of it, or says it elsewhere."""
    delivered = policies.duty_data(DEFAULT_RULES)["steps"]
    news = next(number for number, rule in enumerate(delivered) if number and not rule["working_days"])
    before = {"steps": [rule for number, rule in enumerate(delivered) if number != news]}
    found = {figure.name: figure for figure in figures.of(policies.DUTY, {"steps": delivered}, before)}
    as_brought = figures.of(policies.DUTY, {"steps": delivered}, {"steps": delivered})
    assert found == {figure.name: figure for figure in as_brought}


def test_every_rung_window_and_hour_of_day_that_is_delivered_is_a_figure_with_bounds_around_it() -> None:
    """What is at once stays so; times of day move by two hours either way; of the rest nothing is longer than twice that."""
    data = {
        policies.DUTY: policies.duty_data(DEFAULT_RULES),
        policies.AFTER: policies.duty_data(after.DEFAULT_RULES),
    }
    data |= {row.key: policies.row_data(row) for row in default_policies.ROWS}
    found = {(key, one.name): one for key, stored in data.items() for one in figures.of(key, stored, stored)}
    bounds = {name: (one.least, one.stands, one.most) for name, one in found.items()}
    assert bounds["duty", "police_reference_R4"] == (0, 240, 480)
    assert bounds["duty", "police_reference_high_R4"] == (0, 120, 240)
    assert bounds["duty", "bed_kept_R1"] == (15, 72 * 60, 144 * 60), "before its day"
    assert bounds["duty", "found_unnamed_again"] == (15, 1440, 2880)
    assert bounds["duty", "home_office"] == (1, 1, 2)
    assert bounds["after", "panel_notified"] == (1, 5, 5), "by guidance"
    assert bounds["duty", "ofsted_supported"] == (15, 1440, 1440), "by law"
    assert bounds["high", "night_closes"] == (21 * 60 + 30, 23 * 60 + 30, 24 * 60 - 1)
    assert bounds["ordinary", "R2"] == (7 * 60, 9 * 60, 11 * 60)
    assert bounds["first_72_hours", "check_R1"] == (0, 30, 60)
    assert found["duty", "publicity_R2"].is_fixed
    for key, stored in data.items():
        own = [one for (of, _name), one in found.items() if of == key]
        assert figures.changed(stored, own, {one.name: one.stands for one in own}) == stored
        rungs = sum(
            len(rule[of] or ())
            for rule in stored.get("steps", ())
            if isinstance(rule, dict)
            for of in figures.RUNGS
        )
        assert (
            len([one for one in own for path in one.paths if len(path) > 3 and path[2] in figures.RUNGS])
            == rungs
        )


def test_a_time_of_day_is_stored_as_it_was_and_read_back() -> None:
    stored = policies.row_data(default_policies.HIGH)
    own = {one.name: one for one in figures.of("high", stored, stored)}
    new = figures.changed(stored, list(own.values()), {"morning_opens": 6 * 60 + 45})
    assert new["windows"][0] == ["morning", "06:45:00", "08:30:00"]
    assert policies.row_with("high", new).windows[0].opens == time(6, 45)
    assert own["morning_opens"].typed == "07:30"
