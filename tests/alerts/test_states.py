"""The tables of lawful moves are whole, and docs/states.md shows them as they are."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from alerts import states as of_alerts
from alerts.management.commands.states import TABLES
from cases import plan_states, states
from cases.moves import IllegalMove, require
from guardians import states as of_guardians

DOCS = Path(__file__).resolve().parents[2] / "docs" / "states.md"


def test_the_document_is_what_the_command_prints():
    printed = StringIO()
    call_command("states", stdout=printed)
    assert DOCS.read_text(encoding="utf-8") == printed.getvalue()


@pytest.mark.parametrize("module", [states, plan_states, of_guardians, of_alerts])
def test_every_table_of_moves_is_drawn(module):
    tables = {name: moves for name, moves in vars(module).items() if name.endswith("_MOVES")}
    assert tables
    drawn = [table.moves for table in TABLES]
    assert [name for name, moves in tables.items() if not any(moves is one for one in drawn)] == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_every_status_has_its_row_and_no_row_has_a_stranger(table):
    assert set(table.moves) == set(table.statuses)
    assert all(wanted <= set(table.statuses) for wanted in table.moves.values())


@pytest.mark.parametrize("table", [table for table in TABLES if table.ends], ids=lambda table: table.noun)
def test_every_status_can_come_to_an_end(table):
    ends = {status for status in table.statuses if not table.moves[status]}
    assert ends
    for status in table.statuses:
        reached, ahead = {status}, [status]
        while ahead:
            fresh = table.moves[ahead.pop()] - reached
            reached |= fresh
            ahead += fresh
        assert reached & ends


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_a_move_that_is_not_in_the_table_is_refused_in_words(table):
    for current in table.statuses:
        for wanted in table.statuses:
            if wanted in table.moves[current]:
                require(table.moves, current, wanted)
            else:
                with pytest.raises(IllegalMove, match=f"cannot go from “{current}” to “{wanted}”"):
                    require(table.moves, current, wanted)


def test_a_status_nobody_knows_moves_nowhere():
    with pytest.raises(IllegalMove):
        require(TABLES[0].moves, "unheard_of", "ended")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_the_modules_named_as_owners_exist(table):
    assert all((DOCS.parents[1] / owner).is_file() for owner in table.owners)
