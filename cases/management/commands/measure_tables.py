"""Have PostgreSQL measure its tables, after much was written at once; the owner's right alone."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection


class Command(BaseCommand):
    help = "Have PostgreSQL measure its tables (ANALYZE), after much was written at once. Safe while people work."

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
