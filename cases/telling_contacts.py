"""Which contacts of a child can still change when the next proof is due."""

from collections.abc import Collection, Iterator
from datetime import timedelta

from django.db import connection

from cases.models import Contact, KeepFrom
from cases.models.disbelieved import OF_CHILDREN
from cases.worded import Question

# What lies so long before the last strong contact tells nothing but who of another organisation was the last to see the
# child. Other rows of the policies than the strongest word is for may accept what is nearer: a teacher's word as a second
# pair of eyes (seven days, and the director is told five days after), a team's visit (seven days), a roll-call of yesterday.
READ_BACK = timedelta(days=13)

_FIELDS = Contact._meta.concrete_fields
_NAMES = tuple(field.attname for field in _FIELDS)
_COLUMNS = ", ".join(f'c."{field.column}"' for field in _FIELDS)

# Of nobody who is kept from the child: neither whose word it is, nor in whose name somebody else wrote.
_BELIEVED = "\n           AND c.id <> ALL (ARRAY(SELECT id FROM disbelieved))"
_OF_NOBODY_BARRED = f"""
           AND NOT EXISTS (SELECT 1 FROM cases_keepfrom k
                            WHERE k.child_id = c.child_id AND k.ends_at IS NULL
                              AND k.user_id IN (c.witness_user_id, c.recorded_by_id))
           {_BELIEVED}
"""  # noqa: S608 - nothing of it was typed


def _statement(disbelieved: str, of_nobody_barred: str, believed: str) -> str:
    """All contacts of each child from `READ_BACK` before its last strong one, and the last strong one of another organisation."""
    return f"""
    WITH {disbelieved}
    strong AS (
        SELECT DISTINCT ON (c.child_id) c.child_id, c.id, c.happened_at, c.organisation
          FROM cases_contact c
         WHERE c.child_id = ANY(%(ids)s) AND c.withdrawn_at IS NULL
           AND c.outcome IN ('seen', 'did_not_want_to_talk') AND c.means = 'face_to_face' AND c.knows_child
           {of_nobody_barred}
         ORDER BY c.child_id, c.happened_at DESC, c.id DESC),
    telling AS (
    SELECT c.id
      FROM cases_contact c LEFT JOIN strong s ON s.child_id = c.child_id
     WHERE c.child_id = ANY(%(ids)s) AND c.withdrawn_at IS NULL AND c.outcome IN ('seen', 'did_not_want_to_talk')
       AND c.happened_at >= COALESCE(s.happened_at - make_interval(secs => %(back)s), '-infinity') {believed}
    UNION
    SELECT other.id
      FROM strong s, LATERAL (
        SELECT c.id FROM cases_contact c
         WHERE c.child_id = s.child_id AND c.withdrawn_at IS NULL AND c.organisation <> s.organisation
           AND c.outcome IN ('seen', 'did_not_want_to_talk') AND c.means = 'face_to_face' AND c.knows_child
           AND c.happened_at <= s.happened_at
           {of_nobody_barred}
         ORDER BY c.happened_at DESC LIMIT 1) other)
    SELECT {_COLUMNS} FROM cases_contact c JOIN telling USING (id) ORDER BY c.happened_at, c.id
"""  # noqa: S608 - nothing of it was typed


_ALL = _statement("", "", "")
# To read the names of whoever is kept away takes PostgreSQL longer to plan than all else that is asked of a child.
_WHERE_SOME_ARE_BARRED = _statement(f"disbelieved AS ({OF_CHILDREN}),", _OF_NOBODY_BARRED, _BELIEVED)


def of(child_ids: Collection[int], *, any_barred: bool = True) -> Iterator[Contact]:
    """Read those of these children, in order of time; where nobody is kept from any of them, marks are not asked for."""
    if not any_barred:
        yield from _found(_ALL, child_ids)
        return
    found = _found(_WHERE_SOME_ARE_BARRED, child_ids)
    marks = set(_MARKS({contact.child_id for contact in found}))
    for contact in found:
        word_of = (contact.witness_user_id, contact.recorded_by_id)
        if not any((contact.child_id, user_id) in marks for user_id in word_of):
            yield contact


_MARKS = Question(
    lambda ids: KeepFrom.objects.filter(child__among=ids, ends_at=None).values_list("child_id", "user_id")
)


def _found(statement: str, child_ids: Collection[int]) -> list[Contact]:
    """The rows of a statement as objects; `raw` asks anew with each what the columns are."""
    with connection.cursor() as cursor:
        cursor.execute(statement, {"ids": list(child_ids), "back": READ_BACK.total_seconds()})
        return [Contact.from_db(connection.alias, _NAMES, row) for row in cursor.fetchall()]
