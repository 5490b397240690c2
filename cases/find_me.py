"""The find-me profile: its sections, how far each is, and the verbs that write one and say that all of it is right."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases import details, log
from cases.clock import TOLERANCE
from cases.models import Child, FindMeReview, FindMeSection, Photo, Sex, Trafficking, User
from cases.moves import require_open, require_read
from cases.permissions import Permission
from cases.states import IllegalMove

State = FindMeSection.State
NOT_STARTED = "not_started"
PHOTO = "photo"


@dataclass(frozen=True)
class Section:
    """What belongs together: facts that the record holds elsewhere (`held`, of which `needs` make it whole), and questions.

    `home` is where the held facts are written: an address by name, and the topic of the details where it is one.
    """

    key: str
    title: Promise
    questions: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    home: tuple[str, ...] = ()


# Part 1 of the Philomena Protocol, in the order in which forces ask for it [gmp.police.uk, thamesvalley.police.uk].
# References of the Home Office are not among them: no search needs one.
SECTIONS: Mapping[str, Section] = {
    section.key: section
    for section in (
        Section(
            "who",
            _("Names, age and languages"),
            held=(
                *("given_name", "family_name", "script_name", "known_as", "spellings", "said_as"),
                *("birth_date", "sex", "nationality", "languages", "interpreter_needed"),
            ),
            needs=("given_name", "birth_date", "sex", "nationality", "languages"),
            home=("child_details",),
        ),
        Section(PHOTO, _("Photo"), home=("photo_list",)),
        Section(
            "looks",
            _("Description"),
            held=("description",),
            needs=("description",),
            home=("details_change", "looks"),
        ),
        Section(
            "accounts",
            _("Phone, accounts and cards"),
            questions=("handset", "numbers", "online", "cards"),
            held=("phone", "has_no_phone", "phone_seen_by", "safe_phone"),
            home=("details_change", "phones"),
        ),
        Section("people", _("Family, friends and adults they trust"), ("family", "friends", "trusted")),
        Section(
            "places",
            _("Places and ways there"),
            ("often", "school", "religion", "worship", "heading", "travel"),
        ),
        Section(
            "health",
            _("Health that matters to a search"),
            questions=("medicine", "conditions", "mind", "doctor"),
            held=("needs", "needs_note"),
            home=("details_change", "needs"),
        ),
        Section("habits", _("Routines and what makes them vulnerable"), ("day", "vulnerable", "approach")),
        Section(
            "dangers",
            _("Who may exploit the child"),
            questions=("exploiters", "debt"),
            held=("trafficking", "trafficking_note"),
            home=("details_change", "trafficking"),
        ),
        Section(
            "traces",
            _("Publicity, and what is held to identify them"),
            ("publicity", "ethnicity", "papers", "dental", "dna", "traces"),
        ),
    )
}
QUESTIONS: Mapping[str, Promise] = {
    "handset": _("Make of the phone, and its IMEI number"),
    "numbers": _("Further phone numbers, and which of them is in use"),
    "online": _("Email and social media: which, and by what name"),
    "cards": _("Bank or prepaid cards, travel pass, money they can reach"),
    "family": _("Relatives in the UK and abroad, and how to reach them"),
    "friends": _("Friends: names, phones, where they live"),
    "trusted": _("Adults whom the child trusts"),
    "often": _("Where the child often goes"),
    "school": _("School or college"),
    "religion": _("Religion, and what it means for the day and for food"),
    "worship": _("Place of worship"),
    "heading": _("Where the child wanted to go, and addresses they had with them"),
    "travel": _("How the child gets around: bicycle, bus, train, car"),
    "medicine": _("Medicine, and after how many hours without it there is danger"),
    "conditions": _("Illness, disability, how the child hears and speaks"),
    "mind": _("Self-harm, fears, and what calms the child"),
    "doctor": _("GP or clinic"),
    "day": _("A usual day and week"),
    "vulnerable": _("What makes it easy to lead the child away or to harm them"),
    "approach": _("How to speak to the child when they are found"),
    "exploiters": _("Names, numbers, cars and plates of whoever may exploit the child"),
    "debt": _("Debts, and who arranged the journey"),
    "publicity": _("May a photo be published? What the child says, and who decides"),
    "ethnicity": _("Ethnicity, in the child’s words"),
    "papers": _("Travel document: which, its number, who holds it"),
    "dental": _("Dental records: who holds them"),
    "dna": _("DNA: who holds it"),
    "traces": _("Fingerprints, and anything else to know the child by: who holds them"),
}
# Read and written by those alone who read the phones that the record holds.
PHONES = frozenset({"handset", "numbers"})


# What whoever looks after the child reads too: how it looks, is reached, lives and is cared for. Who may exploit it, what
# identifies it and what is known of its claim are for those who search and for its workers.
CARERS = ("looks", "accounts", "people", "places", "health", "habits")
# Other people’s phones and addresses, where the child wanted to go and what money it has are not; and what was found out
# about the child stands under “vulnerable” as often as under “Who may exploit the child”.
NOT_FOR_CARERS = frozenset({"family", "friends", "heading", "cards", "vulnerable"})


# Of the questions of a section, which name places: each line of an answer is one.
PLACES = ("often", "school", "worship", "heading")


@dataclass(frozen=True)
class HeldOf:
    """That a profile says something, and how many places it names: what may be told of it without showing any of it."""

    is_begun: bool = False
    places: int = 0


def is_open(section: Section, permissions: Collection[Permission]) -> bool:
    """Whether somebody with these permissions reads what the record holds of a section."""
    topic = section.home[1] if section.home[:1] == ("details_change",) else ""
    return details.is_open(topic, permissions)


def closed(section: Section, permissions: Collection[Permission]) -> frozenset[str]:
    """The questions of a section whose answers nobody with these permissions reads or writes."""
    return frozenset() if is_open(section, permissions) else PHONES.intersection(section.questions)


def for_carers(section: Section) -> frozenset[str]:
    """The questions of a section whose answers whoever looks after the child reads."""
    return frozenset(section.questions) - NOT_FOR_CARERS if section.key in CARERS else frozenset()


def is_held(child: Child, name: str) -> bool:
    """Whether a fact of the child is an answer; “not known” and “not yet asked” are none."""
    return getattr(child, name) not in (None, "", [], False, Sex.UNKNOWN, Trafficking.NOT_ASKED)


def is_answered(row: FindMeSection | None, questions: Collection[str]) -> bool:
    """Whether a section as it was written answers one of these questions."""
    return row is not None and any(row.answers.get(name) for name in questions)


def status(section: Section, row: FindMeSection | None, child: Child, photo: Photo | None) -> str:
    """How far a section is: `NOT_STARTED` or a `State`.

    Where the record holds all of it, or a photo with its ground, nobody has to say that it is complete.
    """
    held = photo is not None if section.key == PHOTO else any(is_held(child, name) for name in section.held)
    said = row.state if row is not None else NOT_STARTED
    if not section.questions:
        whole = bool(photo and photo.has_ground) if section.key == PHOTO else _is_whole(section, child)
        if held:
            return State.COMPLETE if whole else State.IN_PROGRESS
        return State.ASKED if said == State.ASKED else NOT_STARTED
    if held and said in (NOT_STARTED, State.ASKED):
        return State.IN_PROGRESS
    return said


def _is_whole(section: Section, child: Child) -> bool:
    return all(is_held(child, name) for name in section.needs)


def standing(child: Child, *, at: datetime | None = None) -> dict[str, FindMeSection]:
    """What stands in each section that somebody wrote, by `at` where it is given."""
    rows = FindMeSection.objects.filter(child=child).standing(at).select_related("written_by")
    return {row.section: row for row in rows}


def held_of(child: Child) -> HeldOf:
    """What there is in the profile as it stands; “asked, not known” is nothing."""
    rows = [row for row in standing(child).values() if row.answers]
    places = [row.answers.get(question, "") for row in rows for question in PLACES]
    return HeldOf(bool(rows), sum(1 for said in places for line in said.splitlines() if line.strip()))


def last_review(child: Child, *, at: datetime | None = None) -> FindMeReview | None:
    """Who said last, by `at` where it is given, that the whole profile is right."""
    return FindMeReview.objects.standing(at).filter(child=child).select_related("by").first()


def write(
    child: Child,
    section: str,
    *,
    answers: Mapping[str, str],
    state: str,
    version: int,
    left: Collection[str] = (),
    by: User,
    at: datetime,
) -> FindMeSection:
    """Write a section anew. `version` is the key of the row that the writer had before them, 0 for none.

    What was answered to the questions `left`, which the writer does not read, stays as it is; where it was not written for
    carers, nothing of the section is until somebody who reads it writes.

    Raises `IllegalMove` where somebody was quicker, for a complete section with nothing in it, and for “asked, not
    known” beside an answer.
    """
    known = SECTIONS[section]
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        before = standing(child).get(section)
        if (before.pk if before else 0) != version:
            raise IllegalMove(
                "Somebody has written here since you opened it. Open it in another tab, keep what is to stay, then save again."
            )
        kept = {name: before.answers.get(name, "") for name in left} if before else {}
        given = {**answers, **dict.fromkeys(left, ""), **kept}
        said = {name: given[name].strip() for name in known.questions if given.get(name, "").strip()}
        held = any(is_held(child, name) for name in known.held)
        if state == State.COMPLETE and not (said or held):
            raise IllegalMove("Enter what is known, or select “Asked, not known”.")
        if state == State.ASKED and said:
            raise IllegalMove("“Asked, not known” has no answers beside it: select another, or clear them.")
        unread = before is not None and not before.for_carers and any(kept.values())
        row = FindMeSection.objects.create(
            child=child,
            section=section,
            state=State(state),
            answers=said,
            for_carers=bool(for_carers(known)) and not unread,
            written_at=at,
            written_by=by,
        )
        data = {"section": section, "state": row.state}
        log.record(child, "find_me_written", subject=row, data=data, fields=said, by=by, at=at)
    return row


def read_of(rows: Mapping[str, FindMeSection]) -> int:
    """The key of what somebody reads who goes through these standing sections: of the one written last, 0 for none."""
    return max((row.pk for row in rows.values()), default=0)


def review(child: Child, *, stood: int | None = None, by: User, at: datetime) -> FindMeReview:
    """Say that all of the profile is right as it stands; `IllegalMove` while a section with questions is not begun.

    `stood` is the key of what was gone through, as `read_of` has it: raises `Overtaken` where one was written since. The
    same once more within five minutes, with no section written since, is the review that stands.
    """
    with transaction.atomic():
        child = Child.objects.locked().get(pk=child.pk)
        require_open(child.closed_at)
        rows = standing(child)
        require_read(stood, read_of(rows))
        if unasked(rows):
            raise IllegalMove("Some sections are not begun. “Asked, not known” is an answer to each.")
        last = FindMeReview.objects.standing().filter(child=child, by=by).first()
        if last is not None and _is_same(last, rows, at=at):
            return last
        row = FindMeReview.objects.create(child=child, at=at, by=by)
        log.record(child, "find_me_reviewed", subject=row, by=by, at=at)
    return row


def _is_same(last: FindMeReview, rows: Mapping[str, FindMeSection], *, at: datetime) -> bool:
    """Whether it was said a moment before, of the sections as they stand; later a return may ask for it anew."""
    return at - last.at <= TOLERANCE and all(row.written_at <= last.at for row in rows.values())


def unasked(rows: Mapping[str, FindMeSection]) -> list[Section]:
    """The sections with questions that nobody has answered or asked yet."""
    return [section for section in SECTIONS.values() if section.questions and section.key not in rows]
