"""The bounds of a policy's figures: by what a release brought, whoever set the times of all meanwhile."""

from alerts import figures, policies
from alerts.duties import DEFAULT_RULES


def test_a_step_that_a_release_added_is_bounded_by_what_it_brought() -> None:
    """Where two people set the times of all meanwhile, what is delivered says nothing of it, or says it elsewhere."""
    delivered = policies.duty_data(DEFAULT_RULES)["steps"]
    news = next(number for number, rule in enumerate(delivered) if number and not rule["working_days"])
    before = {"steps": [rule for number, rule in enumerate(delivered) if number != news]}
    found = {figure.name: figure for figure in figures.of(policies.DUTY, {"steps": delivered}, before)}
    as_brought = figures.of(policies.DUTY, {"steps": delivered}, {"steps": delivered})
    assert found == {figure.name: figure for figure in as_brought}
