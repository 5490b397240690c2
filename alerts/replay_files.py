"""A proposed policy as somebody names it on the command line: a version that is on record, or a file of its figures."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alerts import figures, policy_rules, replay_words, replays, revisions
from alerts.figures import Figure, Unit
from alerts.models import PolicyVersion
from alerts.policy_words import TITLES
from alerts.replays import Proposal


class NotReplayedError(ValueError):
    """What was named is no policy that can be replayed; the words say why, in one line."""


def read(name: str, authority_id: int | None = None) -> Proposal:
    """Return the policy named by `name`: a version as `high:2`, or the path of a file; NotReplayedError says what is wrong.

    It is proposed to this authority, or to all who have none of their own.

    The file is JSON: {"policy": "high", "figures": {"R4": 300}}, the figures by the names and in the units of the page
    that drafts one, in place of those of the last version; or {"policy": "high", "data": …}, the whole as it is stored.
    """
    key, mark, number = name.rpartition(":")
    if mark and key in TITLES and number.isdecimal():
        return _of_version(key, int(number), authority_id)
    try:
        said = json.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise NotReplayedError(
            f"{name} is no version such as high:2, and no file that can be read."
        ) from error
    except ValueError as error:
        raise NotReplayedError(f"{name} is not JSON: {error}.") from error
    if not isinstance(said, dict) or not isinstance(said.get("policy"), str):
        raise NotReplayedError(f'{name} names no policy: {{"policy": "high", "figures": {{…}}}}.')
    key = said["policy"]
    _require(key)
    data = said.get("data")
    if data is None:
        data = _of_figures(key, said.get("figures"), authority_id)
    return of_data(key, data, authority_id)


def of_data(key: str, data: object, authority_id: int | None = None) -> Proposal:
    """The policy that is stored as `data`; NotReplayedError where it is none, or its rungs are out of order."""
    if not isinstance(data, Mapping):
        raise NotReplayedError("The data of a policy are an object, as they are stored.")
    try:
        proposal = replays.proposal_of(key, data, authority_id=authority_id)
        wrong = next(policy_rules.faults(key, data), None)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise NotReplayedError(f"These data are no policy “{key}”: {error!r}.") from error
    if wrong is not None:
        raise NotReplayedError(f"{wrong.figure}: {wrong.words}.")
    return proposal


def _of_version(key: str, number: int, authority_id: int | None) -> Proposal:
    _require(key)
    version = PolicyVersion.objects.filter(key=key, version=number).first()
    if version is None:
        raise NotReplayedError(f"There is no version {number} of {key}.")
    if version.follows_delivered:
        raise NotReplayedError(
            f"Version {number} of {key} ends a council’s own: name the one that it goes back to."
        )
    return replays.proposal_of(key, version.data, authority_id=authority_id)


def _require(key: str) -> None:
    if not replays.can_replay(key):
        known = ", ".join(one for one in TITLES if replays.can_replay(one))
        why = f" {replay_words.left_out(key)}" if key in TITLES else ""
        raise NotReplayedError(f"“{key}” is not replayed.{why} These are: {known}.")


def _of_figures(key: str, values: object, authority_id: int | None) -> dict[str, Any]:
    """The last version with these figures in place of its own; their bounds are those of the page."""
    if not isinstance(values, dict) or not values:
        raise NotReplayedError("There are no figures in it, and no data.")
    last = revisions.last_of(key, authority_id)
    known = {figure.name: figure for figure in revisions.figures_of(last)}
    for name in values:
        if name not in known:
            raise NotReplayedError(f"“{name}” is no figure of {key}: {', '.join(known)}.")
    counted = {name: _counted(known[name], value) for name, value in values.items()}
    return figures.changed(last.data, list(known.values()), counted)


def _counted(figure: Figure, value: object) -> int:
    """The figure as it was said: a whole number of its unit, or a time of day as HH:MM."""
    least, most = figure.least, figure.most
    if figure.unit == Unit.WALL:
        first, last = (f"{figures.wall(one):%H:%M}" for one in (least, most))
        try:
            count = Unit.WALL.counted(value)
        except (TypeError, ValueError):
            count = -1
        if not least <= count <= most:
            raise NotReplayedError(f"{figure.name} is a time from {first} to {last}.")
        return count
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise NotReplayedError(f"{figure.name} is a whole number from {least} to {most}.")
    return value
