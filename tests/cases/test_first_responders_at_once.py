"""Two who put the same organisation on the list at the same moment: commits are real here."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

from django.db import connections, transaction

from cases import first_responders
from cases.models import FirstResponder, Role, User
from cases.states import IllegalMove
from tests.cases.test_first_responders import NOW
from tests.database import Clone
from tests.factories import a_person, an_authority


def test_two_administrators_who_add_the_same_at_once_make_one_of_it(committed: Clone) -> None:
    administrators = [a_person(Role.ADMINISTRATOR, authority=an_authority()) for _ in range(2)]

    def add(by: User) -> bool:
        try:
            with transaction.atomic():
                first_responders.add("Lantern Trust", by=by, at=NOW)
                # The other comes meanwhile.
                sleep(0.3)
        except IllegalMove:
            return False
        finally:
            connections["default"].close()
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(add, administrators)) == [False, True]
    assert FirstResponder.objects.filter(name="Lantern Trust").count() == 1
