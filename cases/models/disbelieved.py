"""The contacts that are no proof although none of their accounts is kept from the child: the person is in them by name.

The rule of what is one name is that of `cases.escorts.is_same`; two people of one name are taken for one, for of who is
kept from a child rather one too many. Whoever was renamed is known by what they were called before as well: the history
of the account's row has it.
"""

from collections.abc import Collection

from django.db.models.expressions import RawSQL


def _plain(column: str) -> str:
    """What `cases.escorts.plain` makes of a name, in PostgreSQL."""
    bare = rf"regexp_replace(normalize({column}, NFKD), '[\u0300-\u036F''’ʼ`]', '', 'g')"
    return rf"replace(lower(btrim(regexp_replace({bare}, '[\s‐‑–-]+', ' ', 'g'))), 'ß', 'ss')"


# What the person of the mark is called and was called, each plain.
_NAMES = rf"""
    SELECT {_plain("one.name")}
      FROM (SELECT u.name UNION
            SELECT nullif(h."values", '')::jsonb -> 'name' ->> 0 FROM cases_rowchange h
             WHERE h."table" = 'cases_user' AND h."row" = u.id AND h.fields @> '["name"]') one (name)
"""  # noqa: S608 - nothing of it was typed
# Of escorts, whoever they were taken for when they spoke: an account that was not found then, or was made or renamed since.
ESCORTS = rf"""
    SELECT c.id
      FROM cases_keepfrom k
      JOIN cases_user u ON u.id = k.user_id
      JOIN cases_journey j ON j.child_id = k.child_id
      CROSS JOIN LATERAL (VALUES (j.first_escort, j.first_phone, j.first_email),
                                 (j.second_escort, j.second_phone, j.second_email)) e (name, phone, mail)
      JOIN cases_contact c ON c.child_id = k.child_id AND c.witness = e.name AND c.witness_role = 'other'
     WHERE k.ends_at IS NULL
       AND ({_plain("e.name")}
            = ANY (ARRAY ({_NAMES}))
            OR (btrim(e.mail) <> '' AND lower(btrim(e.mail)) IN (lower(btrim(u.email)), lower(btrim(u.outside_mail))))
            OR (e.phone ~ '\d' AND regexp_replace(replace(e.phone, '+44', '0'), '\D', '', 'g')
                                   = regexp_replace(replace(u.phone, '+44', '0'), '\D', '', 'g')))
"""  # noqa: S608 - nothing of it was typed
# What somebody else wrote down as seen by them, or as told by them. Their own account in it is looked for elsewhere; of
# another's own account the word is that one's, whoever has the same name. Without a mark no contact is read: hence OFFSET.
NAMED = rf"""
    SELECT c.id
      FROM cases_keepfrom k
      JOIN cases_user u ON u.id = k.user_id
      CROSS JOIN LATERAL ({_NAMES} OFFSET 0) name (plain)
      CROSS JOIN LATERAL (
        SELECT o.id, o.witness, o.told_by
          FROM cases_contact o
         WHERE o.child_id = k.child_id AND o.withdrawn_at IS NULL
           AND (o.witness_user_id IS NULL OR o.witness_user_id <> o.recorded_by_id)
        OFFSET 0) c
     WHERE k.ends_at IS NULL AND name.plain <> ''
       AND name.plain IN ({_plain("c.witness")}, {_plain("c.told_by")})
"""  # noqa: S608 - nothing of it was typed
# Either kind, of the children in %(ids)s.
OF_CHILDREN = f"""{ESCORTS} AND k.child_id = ANY(%(ids)s) UNION ALL {NAMED} AND k.child_id = ANY(%(ids)s)"""
_OF_THESE = f"""{ESCORTS} AND k.child_id = ANY(%s) UNION ALL {NAMED} AND k.child_id = ANY(%s)"""


def of_children(child_ids: Collection[int]) -> RawSQL:
    """Those of these children, as what a contact is looked for in."""
    ids = list(child_ids)
    return RawSQL(_OF_THESE, (ids, ids))  # noqa: S611 - nothing of it was typed


def of_escorts() -> RawSQL:
    """Those of the escorts of every child."""
    return RawSQL(ESCORTS, ())  # noqa: S611 - nothing of it was typed


def of_everybody() -> RawSQL:
    """Either kind, of every child."""
    return RawSQL(f"{ESCORTS} UNION ALL {NAMED}", ())  # noqa: S611 - nothing of it was typed
