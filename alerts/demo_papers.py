"""What the demo's children have on paper: a find-me profile, a referral to the NRM, invented like all else."""

from datetime import datetime, timedelta

from cases import (
    ages,
    details,
    documents,
    find_me,
    nrm,
    placement_papers,
    reviewing_officers,
    scans,
    supervisions,
)
from cases.deadlines import london_day
from cases.find_me import State
from cases.models import Child, Document, FirstResponder, User
from cases.states import AgeStatus

_SAID = {
    "accounts": {"handset": "A red Nokia, IMEI not known", "online": "A messenger by the name of thao.l"},
    "people": {"family": "An aunt in Saltbridge, no number yet", "friends": "Kidane, in room 3"},
    "places": {"often": "The library in Quay Street", "school": "Northmere College, from January"},
    "health": {"medicine": "None", "doctor": "Quay Street surgery"},
    "habits": {"day": "Walks along the harbour after tea", "approach": "Slowly, in Vietnamese, no uniform"},
}

# What a string of a PDF may not hold as it is.
_ESCAPED = str.maketrans({"(": r"\(", ")": r"\)", "\\": r"\\"})


def dispute(child: Child, *, by: User, at: datetime) -> None:
    """Let the age of one child be disputed: a room of their own, to be looked at again in two weeks."""
    said = ages.Decision(
        age_status=AgeStatus.DISPUTED,
        decided_date=london_day(at),
        decided_by="Northmere, on arrival",
        grounds="Says 16; the papers of the port say 19.",
    )
    ages.decide(child, said, by=by, at=at)
    again = london_day(at) + timedelta(days=14)
    placement_papers.review_room(child, own_room=True, review_by=again, by=by, at=at)


def review(child: Child, officer: User, *, by: User, at: datetime) -> None:
    """Name who reviews the child's care; who is with the foster carer has nobody named yet."""
    reviewing_officers.appoint(child, reviewing_officers.Officer(user=officer, starts_at=at), by=by, at=at)


def begin(child: Child, *, by: User, at: datetime) -> None:
    """Fill in the profile of one child, leave two sections as asked in vain and one begun, and go through it."""
    looks = {"description": "About 1.60 m, slight, short black hair, a scar over the left eyebrow."}
    details.change(child, looks, topic="looks", version=0, by=by, at=at)
    for section in find_me.unasked({}):
        said = _SAID.get(section.key, {})
        state = State.COMPLETE if said else State.ASKED
        if section.key == "places":
            state = State.IN_PROGRESS
        find_me.write(child, section.key, answers=said, state=state, version=0, by=by, at=at)
    find_me.review(child, by=by, at=at)


def supervise(child: Child, *, worker: User, manager: User, at: datetime) -> None:
    """Let the manager have talked with the worker about one child, with something to be done within the week."""
    decided = supervisions.Decision(
        what="Ring the college about the place in January",
        owner=worker,
        by_date=london_day(at) + timedelta(days=7),
    )
    talk = supervisions.Talk(
        child=child,
        discussed="Sleeps badly, trusts the guardian, and wants to begin at the college.",
        direction="See the child alone each week until January.",
        decisions=(decided,),
    )
    again = london_day(at) + timedelta(days=21)
    held = supervisions.Held(held_at=at, next_date=again, own="Two new children this month.", talks=(talk,))
    supervisions.record(worker, held, by=manager, at=at)


def refer(child: Child, *, by: User, at: datetime) -> None:
    """Let one child be referred to the National Referral Mechanism, with reasonable grounds since."""
    referral = nrm.Referral(
        first_responder=FirstResponder.objects.get(code="authority"),
        made_by="The social worker, with the guardian",
        referred_date=london_day(at) - timedelta(days=9),
        reference="NRM-2208",
    )
    row = nrm.refer(child, referral, by=by, at=at)
    day = london_day(at) - timedelta(days=2)
    nrm.move(row, "reasonable_grounds", happened_date=day, note="By letter to the worker.", by=by, at=at)


def hold(child: Child, *, by: User, at: datetime) -> None:
    """Hold a letter of one page with the record of one child."""
    given = documents.Given(
        scan=scans.accept(_page("Northmere College (invented): a place from January, to be confirmed.")),
        kind=Document.Kind.EDUCATION,
        title="Letter about a place at the college",
        received_from="Northmere College (demo)",
        dated=london_day(at) - timedelta(days=1),
    )
    documents.keep(child, given, by=by, at=at)


def _page(words: str) -> bytes:
    """A PDF of one page with one line on it, written out here: nothing of it is anybody's."""
    text = f"BT /F1 14 Tf 60 760 Td ({words.translate(_ESCAPED)}) Tj ET".encode("ascii")
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    page, places = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(page))
        page += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(bodies) + 1
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(page))
    return page + b"xref\n0 %d\n0000000000 65535 f \n" % count + table + tail
