"""Print docs/permissions.md: who may do what for whom, from the table that decides it."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from cases import permission_words
from cases.access import Permission
from cases.models import Role

HEAD = """\
# Who may do what

Printed by `./run manage permissions > docs/permissions.md` from the table in `cases/permissions.py`; a test compares them.
What is not here may nobody do. Whoever is kept from a child may do nothing for it. To a stranger a child is a page that
does not exist. The same table is a page of the product, under “Your account”.
"""


class Command(BaseCommand):
    help = "Print docs/permissions.md from the table of permissions."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override("en-gb"):
            self.stdout.write("\n".join([HEAD, *_lines()]))


def _lines() -> Iterator[str]:
    for permission in Permission:
        yield f"## {permission_words.VERBS[permission]} (`{permission}`)\n"
        held = [(role, permission_words.may(role, permission)) for role in Role]
        yield from (f"- **{role.label}**: {'; '.join(map(str, whose))}" for role, whose in held if whose)
        yield ""
