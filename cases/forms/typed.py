"""Reads dates, times and phone numbers as people type them, without Django's or any other clock."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import dates

LONDON = ZoneInfo("Europe/London")
PARTS = ("day", "month", "year")
NOON_WORDS = {"midday": time(12), "noon": time(12), "12noon": time(12)}
# The days that people name, in both languages of the service, counted back from today.
DAYS_BACK = {"today": 0, "heddiw": 0, "yesterday": 1, "ddoe": 1}
# Which of two hours of the same name it was when the clocks went back.
ZONES = {"bst": 0, "gmt": 1}
TIME = re.compile(r"(\d{1,2})(?:[:.h ]?(\d{2}))?\s*([ap])?\.?\s*(?:m\.?)?", re.IGNORECASE)


class NotUnderstood(ValueError):
    """What was typed is not a date, a time or a number; `parts` are the boxes to look at."""

    def __init__(self, *parts: str) -> None:
        super().__init__("not understood")
        self.parts = parts


class HalfMissing(NotUnderstood):
    """A time such as 9:10 that could be morning or evening."""


def london(moment: datetime) -> datetime:
    """Return the moment on a London clock."""
    return moment.astimezone(LONDON)


def boxes_of(day: date) -> dict[str, str]:
    """Return what the three boxes hold for a date."""
    return {"day": str(day.day), "month": str(day.month), "year": str(day.year)}


def split_boxes(answer: Mapping[str, object]) -> dict[str, str]:
    """Return the three boxes trimmed; a whole date pasted into the first box is spread over the three."""
    boxes = {part: str(answer.get(part) or "").strip() for part in PARTS}
    pieces = [piece for piece in re.split(r"[\s/.,\-]+", boxes["day"]) if piece]
    if len(pieces) == 3 and not boxes["month"] and not boxes["year"]:
        if len(pieces[0]) == 4 and pieces[0].isdigit():
            pieces.reverse()
        return dict(zip(PARTS, pieces, strict=True))
    return boxes


def read_date(day: str, month: str, year: str) -> date:
    """Return the date of three boxes; raises NotUnderstood naming the boxes that are wrong."""
    day = re.sub(r"(?<=\d)(st|nd|rd|th)$", "", day.lower())
    number = _month(month)
    wrong = [
        part for part, good in zip(PARTS, (day.isdecimal(), number, _is_year(year)), strict=True) if not good
    ]
    if wrong or number is None:
        raise NotUnderstood(*wrong)
    try:
        return date(int(year), number, int(day))
    except (ValueError, OverflowError) as error:
        raise NotUnderstood("day") from error


def _is_year(text: str) -> bool:
    # A slip of the finger such as 9026 is no plan, and the end of the calendar leaves no room for a deadline.
    return text.isdecimal() and len(text) == 4 and 1900 <= int(text) <= 2199


def _month(text: str) -> int | None:
    if text.isdecimal():
        return int(text) if len(text) <= 4 and 1 <= int(text) <= 12 else None
    wanted = text.lower().rstrip(".")
    if len(wanted) < 3:
        return None
    for number, name in dates.MONTHS.items():
        english = date(2000, number, 1).strftime("%B").lower()
        if (
            english.startswith(wanted)
            or str(name).lower().startswith(wanted)
            or (number, wanted) == (9, "sept")
        ):
            return number
    return None


def read_time(text: str) -> time:
    """Return a time of day from "9:10pm", "9.10 pm", "2110", "21:10", "9pm" or "midday".

    Raises HalfMissing where am or pm would decide, NotUnderstood for anything else.
    """
    plain = " ".join(text.lower().split())
    if plain.replace(" ", "") in NOON_WORDS:
        return NOON_WORDS[plain.replace(" ", "")]
    found = TIME.fullmatch(plain)
    if not found:
        raise NotUnderstood("time")
    hours, minutes, half = int(found[1]), int(found[2] or 0), found[3]
    if half:
        if not 1 <= hours <= 12 or minutes > 59:
            raise NotUnderstood("time")
        return time(hours % 12 + (12 if half.lower() == "p" else 0), minutes)
    if hours > 23 or minutes > 59:
        raise NotUnderstood("time")
    if (len(found[1]) == 1 and hours) or (found[2] is None and hours <= 12):
        raise HalfMissing("time")
    return time(hours, minutes)


@dataclass(frozen=True)
class Lately:
    """A time of day as it was typed, with its day and the name of its hour as far as they were given."""

    time: time
    day: date | None
    fold: int | None

    def before(self, now: datetime) -> list[datetime]:
        """The instants up to `now` that it may mean, newest first: of a time without a day those of the last day."""
        today = london(now).date()
        days = [self.day] if self.day else [today + timedelta(days=back) for back in (1, 0, -1)]
        for day in days:
            found = [moment for moment in reversed(instants(day, self.time)) if moment <= now]
            if len(found) == 2 and self.fold is not None:
                return [found[1 - self.fold]]
            if found:
                return found
        return []


def read_lately(text: str, *, today: date) -> Lately:
    """Return a time with or without its day from "9:10pm", "9:10pm yesterday", "21:10 28/11", "9pm 3 May 2026".

    A day without its year is the last of that name up to `today`. Raises HalfMissing where am or pm would decide,
    NotUnderstood("time") or NotUnderstood("day") for anything else.
    """
    words = text.lower().split()
    fold = next((ZONES[word] for word in words if word in ZONES), None)
    words = [word for word in words if word not in ZONES and word != "on"]
    for count in range(min(len(words), 3), 0, -1):
        try:
            at = read_time(" ".join(words[:count]))
        except HalfMissing:
            raise
        except NotUnderstood:
            continue
        return Lately(at, _day_of(words[count:], today), fold)
    raise NotUnderstood("time")


def _day_of(words: list[str], today: date) -> date | None:
    if not words:
        return None
    if len(words) == 1 and words[0] in DAYS_BACK:
        return today - timedelta(days=DAYS_BACK[words[0]])
    pieces = [piece for piece in re.split(r"[\s/.,\-]+", " ".join(words)) if piece]
    if len(pieces) not in (2, 3):
        raise NotUnderstood("day")
    years = pieces[2:] or [str(today.year), str(today.year - 1)]
    days = []
    for year in years:
        # The 29th of February stands in one of two years at most.
        with suppress(NotUnderstood):
            days.append(read_date(pieces[0], pieces[1], year))
    if not days:
        raise NotUnderstood("day")
    return next((day for day in days if day <= today), days[0])


def instants(day: date, at: time) -> list[datetime]:
    """Return the instants, in UTC and in order, at which London clocks show this: none, one, or two in October."""
    wall = datetime.combine(day, at)
    found = {wall.replace(tzinfo=LONDON, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(moment for moment in found if moment.astimezone(LONDON).replace(tzinfo=None) == wall)


def read_phone(text: str) -> str:
    """Return a UK number grouped for reading ("0300 000 0000") or "+" and digits; raises NotUnderstood."""
    plain = re.sub(r"[\s().\-/]", "", text)
    plain = re.sub(r"^00", "+", plain)
    plain = re.sub(r"^\+440?", "0", plain)
    if re.fullmatch(r"0(?:[237]\d{9}|[1589]\d{8,9})", plain):
        return group_phone(plain)
    if re.fullmatch(r"\+[1-9]\d{7,14}", plain):
        return plain
    raise NotUnderstood("phone")


def group_phone(digits: str) -> str:
    """Write a UK number in the groups people say it in: "0300 000 0000", "07700 900123", "020 7946 0018"."""
    if digits.startswith(("020", "023", "024", "028", "029")) and len(digits) == 11:
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    if digits.startswith(("03", "08", "011", "0121", "0131", "0141", "0151", "0161", "0171", "0191", "09")):
        return f"{digits[:4]} {digits[4:7]} {digits[7:]}"
    return f"{digits[:5]} {digits[5:]}"
