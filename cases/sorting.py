"""The order in which people look for a name: without regard to case and accents, as no order of the database's own is."""

from django.db.models import Func, TextField


class ByName(Func):
    """A name without case and marks: Élise stands beside Elise, and abdul before Bashir."""

    template = r"regexp_replace(normalize(lower(%(expressions)s), NFKD), '[\u0300-\u036f]', '', 'g')"
    output_field = TextField()
