"""How pages and mails write times, names, references, phone numbers and statuses."""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from unicodedata import category

from django import template
from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template import Context
from django.utils.formats import date_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from cases.forms.typed import LONDON, group_phone
from cases.models import Child
from cases.moves import isolated

register = template.Library()

_AT_ITS_START = gettext_noop("midnight at the start of %(date)s")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# From here spans are told in days; under it a reader counts hours ("26 hours", never "1 day").
HOURS_UNTIL = 72 * HOUR
UK_PHONE = re.compile(r"0\d{9,10}")
# A number in the groups in which `phone` writes it, or one from abroad, which it leaves as it is kept.
_WRITTEN_PHONE = re.compile(
    r"(?<![\d+])(?<!\d )(0\d{2} \d{4} \d{4}|0\d{3} \d{3} \d{3,4}|0\d{4} \d{5,6}|\+[1-9]\d{7,14})(?! ?\d)"
)


# The words of ux vocabulary: label, and the colour of the tag.
STATUSES = {
    "not_seen_yet": (gettext_lazy("Not seen yet"), "teal"),
    "seen": (gettext_lazy("Seen"), "green"),
    "out": (gettext_lazy("Out"), "blue-grey"),
    "due": (gettext_lazy("Due"), "yellow"),
    "no_record": (gettext_lazy("No record"), "orange"),
    "not_here": (gettext_lazy("Not here"), "red"),
    "away": (gettext_lazy("Away, whereabouts known"), "purple"),
    "missing": (gettext_lazy("Missing"), "red"),
    "still_missing": (gettext_lazy("Still missing"), "magenta"),
    "back_to_confirm": (gettext_lazy("Back, to be confirmed"), "blue"),
    "told_of": (gettext_lazy("Word of the child, to be confirmed"), "blue"),
    "return_interview_due": (gettext_lazy("Return interview due"), "blue"),
    "ended": (gettext_lazy("Ended"), "grey"),
}
# A guardian reads six words; the finer states are the desk's.
GUARDIAN_WORDS = {
    "not_seen_yet": "due",
    "out": "seen",
    "away": "not_here",
    "still_missing": "missing",
    "back_to_confirm": "missing",
    "told_of": "missing",
    "return_interview_due": "seen",
}


# --- Times


def _local(value: datetime) -> datetime:
    return value.astimezone(LONDON)


def _clock(local: datetime | time) -> str:
    """A time of day in GOV.UK style; in the repeated hour of October it says which of the two it is."""
    if local.minute == 0 and local.hour in (0, 12):
        return _("midday") if local.hour else _("midnight")
    half = _("pm") if local.hour >= 12 else _("am")
    minutes = f":{local.minute:02}" if local.minute else ""
    text = f"{local.hour % 12 or 12}{minutes}{half}"
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return text
    if local.fold:
        return _("%(time)s (after the clocks went back)") % {"time": text}
    return _("%(time)s (before the clocks went back)") % {"time": text}


@register.filter
def gov_clock(value: datetime) -> str:
    """Return "9:10pm", "9pm", "midday" or "midnight", London time."""
    return _clock(_local(value))


@register.filter
def clock_time(value: time) -> str:
    """Return a time of day in the same words: "8am", "midday"."""
    return _clock(value)


@register.filter
def gov_date(value: date | datetime) -> str:
    """Return "23 November 2026"; of a moment, its London day."""
    return date_format(_local(value) if isinstance(value, datetime) else value, "j F Y")


@register.filter
def gov_day(value: date | datetime, now: datetime | None = None) -> str:
    """Return "Tuesday 24 November"; of a moment, its London day; with the year where that is not the year of `now`."""
    day = _local(value) if isinstance(value, datetime) else value
    is_of_another_year = now is not None and day.year != _local(now).year
    return date_format(day, "l j F Y" if is_of_another_year else "l j F")


@register.filter
def gov_time(value: datetime) -> str:
    """Return "23 November 2026 at 9:10pm", London time; midnight says at which end of the day it is."""
    local = _local(value)
    parts = {"date": gov_date(value), "time": _clock(local)}
    if (local.hour, local.minute) == (0, 0):
        return _(_AT_ITS_START) % parts
    return _("%(date)s at %(time)s") % parts


@register.filter
def gov_from(value: datetime) -> str:
    """Return when something begins that is entered in days: at midnight its first day alone, else `gov_time`."""
    local = _local(value)
    return gov_date(local) if (local.hour, local.minute) == (0, 0) else gov_time(value)


@register.filter
def gov_until(value: datetime) -> str:
    """Return until when the same lasts: to midnight its last day alone, else `gov_time`."""
    local = _local(value)
    return gov_date(local.date() - DAY) if (local.hour, local.minute) == (0, 0) else gov_time(value)


@register.filter
def gov_when(value: datetime, now: datetime) -> str:
    """Return a moment as one says it at `now`: "9:10pm", "9:10pm yesterday", "9:10pm on 21 November".

    Midnight of another day has the date, and says at which end of it: "midnight tomorrow" is either.
    """
    local, today = _local(value), _local(now).date()
    parts, is_midnight = {"time": _clock(local)}, (local.hour, local.minute) == (0, 0)
    match (local.date() - today).days:
        case 0:
            return parts["time"]
        case -1 if not is_midnight:
            return _("%(time)s yesterday") % parts
        case 1 if not is_midnight:
            return _("%(time)s tomorrow") % parts
    parts["date"] = date_format(local, "j F" if local.year == today.year else "j F Y")
    return (_(_AT_ITS_START) if is_midnight else _("%(time)s on %(date)s")) % parts


@register.filter
def uk_time(value: datetime, now: datetime) -> str:
    """Return `gov_when` with the zone named, for mails: "9:55pm UK time"."""
    return _("%(when)s UK time") % {"when": gov_when(value, now)}


@register.filter
def span(value: timedelta) -> str:
    """Return a span rounded down: minutes under an hour, hours under 72, then days; never weeks."""
    value = abs(value)
    if value < MINUTE:
        return _("less than a minute")
    if value < HOUR:
        count = value // MINUTE
        return ngettext("%(count)d minute", "%(count)d minutes", count) % {"count": count}
    if value < HOURS_UNTIL:
        count = value // HOUR
        return ngettext("%(count)d hour", "%(count)d hours", count) % {"count": count}
    count = value // DAY
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": intcomma(count)}


@register.filter
def exactly(value: timedelta) -> str:
    """Return the length of a limit to the minute, where `span` would round it down: "1 hour 30 minutes"."""
    rest = value % (HOUR if value < HOURS_UNTIL else DAY)
    if value < HOUR or rest < MINUTE:
        return span(value)
    return _("%(whole)s %(rest)s") % {"whole": span(value - rest), "rest": span(rest)}


@register.filter
def elapsed(value: datetime, now: datetime) -> str:
    """Return how long ago, in elapsed time whatever the clocks did: "26 hours", "41 days"."""
    return span(now - value)


@register.filter
def since(value: datetime, now: datetime) -> str:
    """Return "since 9:10pm yesterday (26 hours)"."""
    return _("since %(when)s (%(span)s)") % {"when": gov_when(value, now), "span": elapsed(value, now)}


def began(value: datetime, now: datetime) -> str:
    """Return "since 15 October 2026 at 3pm", where for how long it is stands beside it."""
    return _("since %(when)s") % {"when": gov_time(value)}


@register.filter
def countdown(value: datetime, now: datetime) -> str:
    """Return "in 18 minutes" before a deadline and "18 minutes late" from it on."""
    if value > now:
        return _("in %(span)s") % {"span": span(value - now)}
    return _("%(span)s late") % {"span": span(now - value)}


@register.filter
def by_when(value: datetime, now: datetime) -> str:
    """Return "by 8am (in 40 minutes)" or "by 8am (18 minutes late)"; of the end of a day its last minute, "by 11:59pm"."""
    local = _local(value)
    ends_day = (local.hour, local.minute) == (0, 0)
    return _("by %(when)s (%(countdown)s)") % {
        "when": gov_when(value - MINUTE if ends_day else value, now),
        "countdown": countdown(value, now),
    }


@register.filter
def at_when(value: datetime, now: datetime) -> str:
    """Return "at 8am (in 40 minutes)", of what happens then by itself and is no deadline."""
    return _("at %(when)s (%(countdown)s)") % {
        "when": gov_when(value, now),
        "countdown": countdown(value, now),
    }


@register.simple_tag
def recorded_later(happened: datetime, recorded: datetime) -> str:
    """Return "recorded 5 hours later" where more than 30 minutes lie between the two, else nothing."""
    if recorded - happened <= 30 * MINUTE:
        return ""
    return _("recorded %(span)s later") % {"span": span(recorded - happened)}


@register.filter
def iso_london(value: datetime) -> str:
    """Return the machine's form of a moment with London's offset, for <time datetime>."""
    return _local(value).isoformat(timespec="seconds")


@register.simple_tag
def moment(value: datetime | None, now: datetime | None = None) -> str:
    """Return a <time> element: the full date and time, or with `now` as one says it then; nothing for None."""
    if value is None:
        return ""
    text = gov_time(value) if now is None else gov_when(value, now)
    return format_html('<time datetime="{}">{}</time>', iso_london(value), text)


@register.simple_tag
def when(value: datetime, now: datetime, kind: str = "") -> SafeString:
    """Return a <time> element in words: `kind` "since", "began", "at" or "by" (red once it is late), else plainly when."""
    words = {"since": since, "began": began, "at": at_when, "by": by_when, "": gov_when}[kind](value, now)
    late = " rc-when--late" if kind in ("at", "by") and value <= now else ""
    return format_html('<time class="rc-when{}" datetime="{}">{}</time>', late, iso_london(value), words)


@register.simple_tag
def stretch(start: datetime, end: datetime, now: datetime) -> SafeString:
    """Return "9pm to 9:30pm" as two <time> elements."""
    parts = {"start": moment(start, now), "end": moment(end, now)}
    return SafeString(escape(_("%(start)s to %(end)s")) % parts)


# --- Names, references, phones


@register.filter
def bdi(value: object, language: str = "") -> SafeString:
    """Keep a name in its own direction, so that the words round it stay in order."""
    if language:
        return format_html('<bdi lang="{}">{}</bdi>', language, value)
    return format_html("<bdi>{}</bdi>", value)


@register.filter
def apart(value: object) -> str:
    """Keep a name in its own direction where no <bdi> can stand: in a title, an attribute, an option."""
    return isolated(str(value))


@register.filter
def short_name(child: Child) -> str:
    """Return “Yusuf A”, the most that a page's title says of a child."""
    return isolated(f"{child.given_name} {child.family_name[:1]}".rstrip())


@register.filter
def initials(value: object) -> str:
    """Return at most two initials, which stand where a photo would: letters, past an ʿ or ’ that a name begins with."""
    firsts = [_first_letter(word) for word in re.split(r"[\s\-]+", str(value))]
    found = [letter.upper() for letter in firsts if letter]
    return "".join(found[:1] + found[-1:] if len(found) > 1 else found)


def _first_letter(word: str) -> str:
    # A modifier letter is a mark of how the next one is spoken.
    return next((sign for sign in word if category(sign) in {"Lu", "Ll", "Lt", "Lo"}), "")


@register.filter
def nowrap(value: object) -> SafeString:
    """Keep a reference, time or number on one line."""
    return format_html('<span class="rc-nowrap">{}</span>', value)


@register.filter
def in_a_row(values: Iterable[str]) -> SafeString:
    """References one after another in a mail, none of them broken over two lines at its hyphen."""
    return format_html_join(", ", '<span style="white-space:nowrap">{}</span>', ((one,) for one in values))


@register.filter
def breakable(value: object) -> SafeString:
    """Let a mail address break before its “@” and its dots, and nowhere else while a part fits its line."""
    parts = re.split(r"(?=[@.])", str(value))
    return format_html_join(SafeString("<wbr>"), "{}", ((part,) for part in parts))


@register.filter
def phone(value: str) -> str:
    """Return a phone number grouped for reading; one that is not a UK number stays as it is written."""
    digits = re.sub(r"[\s().\-]", "", value or "").replace("+44", "0", 1)
    return group_phone(digits) if UK_PHONE.fullmatch(digits) else (value or "")


@register.filter
def tel(value: str) -> SafeString:
    """Return a link that rings the number."""
    address = re.sub(r"[^\d+]", "", value or "")
    return format_html('<a class="govuk-link rc-nowrap rc-tel" href="tel:{}">{}</a>', address, phone(value))


@register.filter
def rings(text: object) -> SafeString:
    """Return words with each phone number in them as a link that rings it, as `phone` writes one; what is markup stays."""
    if isinstance(text, SafeString):
        return text
    pieces = _WRITTEN_PHONE.split(str(text))
    parts = ((tel(piece) if number % 2 else piece,) for number, piece in enumerate(pieces))
    return format_html_join("", "{}", parts)


@register.filter
def hours(opens: time, closes: time) -> str:
    """Return a stretch of a day's clock: "7:30am to 8:30am"."""
    return _("%(start)s to %(end)s") % {"start": _clock(opens), "end": _clock(closes)}


@register.filter(is_safe=True)
def whole_numbers(page: str) -> str:
    """Keep the groups of each number in their order: in a line that runs right to left, 0800 1111 reads 1111 0800."""
    return re.sub(r"(?<=\d) (?=\d)", "\N{NO-BREAK SPACE}", page)


def duty_line() -> str:
    """Return the duty desk's phone number from the settings."""
    return phone(settings.DUTY_LINE)


@register.simple_tag(takes_context=True, name="duty_line")
def duty_line_of_page(context: Context) -> str:
    """Return the number that the page's view gave as `desk_line`, else that of the settings; "" where none is known."""
    return phone(context.get("desk_line") or "") or duty_line()


@register.simple_tag
def is_demo() -> bool:
    """Say whether this is the demo, also where a page has no context."""
    return bool(settings.DEMO)


@register.simple_tag
def service_name() -> str:
    """Return the name of the service from the settings, also where a page has no context."""
    return str(settings.SERVICE_NAME)


# --- Statuses


@register.simple_tag
def status_tag(status: str, days: int | None = None, audience: str = "") -> SafeString:
    """Return the one tag of a child: a status of the vocabulary, with `days` for "Still missing, 41 days".

    A guardian (`audience="guardian"`) reads six words only. Raises KeyError for a word that is not in the vocabulary.
    """
    word = GUARDIAN_WORDS.get(status, status) if audience == "guardian" else status
    label, colour = STATUSES[word]
    text = str(label)
    # The sentence beside it says from which day, and leaves the number of days to this word.
    if status == "still_missing" and days is not None:
        text = _("%(status)s, %(span)s") % {"status": text, "span": span(days * DAY)}
    return format_html('<strong class="govuk-tag govuk-tag--{} rc-tag">{}</strong>', colour, text)
