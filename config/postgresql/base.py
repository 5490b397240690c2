"""Django's own PostgreSQL, but that statements are written, rows become objects and migrations run in less time.

See `compiler`, `rows` and `states`.
"""

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as DjangosOperations

from config.postgresql import rows, states

rows.take_up()
states.take_up()


class DatabaseOperations(DjangosOperations):
    compiler_module = "config.postgresql.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
