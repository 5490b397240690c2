"""Django's own PostgreSQL, but that statements are written, and rows become objects, in less time: `compiler`, `rows`."""

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as DjangosOperations

from config.postgresql import rows

rows.take_up()


class DatabaseOperations(DjangosOperations):
    compiler_module = "config.postgresql.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
