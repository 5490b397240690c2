"""Django's own PostgreSQL, but that its statements are written in less time: see `compiler`."""

from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as DjangosOperations


class DatabaseOperations(DjangosOperations):
    compiler_module = "config.postgresql.compiler"


class DatabaseWrapper(base.DatabaseWrapper):
    ops_class = DatabaseOperations
