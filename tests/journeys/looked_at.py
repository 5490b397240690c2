"""Make those of the demo's children to look at who are named, by the demo's own command and no others."""

import sys
from collections.abc import Sequence

import django


def only(names: Sequence[str]) -> None:
    """Let these alone be there to be made."""
    from alerts.demo_states import making

    making.CHILDREN = tuple(one for one in making.CHILDREN if one.full_name in names)
    assert len(making.CHILDREN) == len(names), f"nobody is called so: {names}"


if __name__ == "__main__":
    django.setup()
    only(sys.argv[1:])
    from django.core.management import call_command

    call_command("demo_states")
