"""What migrations ask of PostgreSQL beyond Django's own words: append-only tables and the application's role."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.db import DatabaseError, connections
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import CreateModel, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState

REFUSE = RunSQL(
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "DROP FUNCTION refuse_change()",
)

NO_TRIGRAMS = (
    "Rollcall finds mis-spelt names with PostgreSQL's extension pg_trgm, which this server has not: install the "
    "package of PostgreSQL's own extensions (often called postgresql-contrib) or have its administrator run "
    "CREATE EXTENSION pg_trgm in this database, and migrate again."
)

HALFWAY = (
    "This database has some of the migrations that {new} replaces and lacks {lacking}: migrate it first with the last "
    "release that has this file, and then again with the one at hand."
)


def append_only(*tables: str, by: str = "refuse_change()") -> list[Operation]:
    """Rows of `tables` can be added and read, and by nobody changed, removed or truncated, the owner included.

    Another function of a trigger than the one that refuses everything may be named in `by`, and let one change through.
    """
    operations: list[Operation] = []
    for table in tables:
        operations.append(
            RunSQL(
                f"""
                CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
                    FOR EACH ROW EXECUTE FUNCTION {by};
                CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table}
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
                """,
                f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_whole ON {table}",
            )
        )
        operations.append(ForApplication(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}"))
    return operations


def history(*tables: str, of: str = "", without_weight: str = "", secret: str = "") -> list[RunSQL]:
    """Keep what stood in each row of `tables` before it is changed or removed.

    `of` is the column that leads to the child: its key, the child's or an episode's. A change of the columns
    `without_weight` alone is not kept; of one that is `secret` it is kept that it changed. Both are split at spaces.
    """
    return [
        RunSQL(
            f"""
            CREATE TRIGGER row_history AFTER UPDATE OR DELETE ON {table} FOR EACH ROW
                EXECUTE FUNCTION keep_row_history('{of}', '{without_weight}', '{secret}')
            """,
            f"DROP TRIGGER row_history ON {table}",
        )
        for table in tables
    ]


def kept(*tables: str) -> Operation:
    """The application cannot remove rows of `tables`: facts end, they are not deleted."""
    return ForApplication(*(f"REVOKE DELETE, TRUNCATE ON {table} FROM {{role}}" for table in tables))


def changes_only(**columns: str) -> Operation:
    """Of each table the application changes the named columns alone, and removes no row."""
    return ForApplication(
        *(
            statement
            for table, names in columns.items()
            for statement in (
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}",
                f"GRANT UPDATE ({names}) ON {table} TO {{role}}",
            )
        )
    )


def ends_only(**columns: str) -> list[Operation]:
    """Of each table the application changes the named columns alone, and an end that is written stays."""
    operations: list[Operation] = []
    for table, names in columns.items():
        operations.append(changes_only(**{table: names}))
        if "ends_at" in names:
            operations.append(
                RunSQL(
                    f"""
                    CREATE TRIGGER ends_once BEFORE UPDATE ON {table}
                        FOR EACH ROW WHEN (OLD.ends_at IS NOT NULL AND NEW.ends_at IS DISTINCT FROM OLD.ends_at)
                        EXECUTE FUNCTION refuse_new_end()
                    """,
                    f"DROP TRIGGER ends_once ON {table}",
                )
            )
    return operations


class _Forwards(Operation):
    """What a migration does in PostgreSQL alone; what it did goes with the tables, so nothing is taken back.

    No `RunPython`: that renders every model anew each time, which cost a first start half a minute.
    """

    reversible = True
    # `sqlmigrate` says so and does nothing.
    reduces_to_sql = False

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Leave the models as they are."""

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Leave the database as it is."""


class ForApplication(_Forwards):
    """Run `statements` with `{role}` filled in; nothing to do where the application is the owner itself."""

    def __init__(self, *statements: str) -> None:
        self.statements = statements

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Give or take what the statements say."""
        role = settings.APPLICATION_ROLE
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (owner,) = cursor.fetchone()
            if not role or role == owner:
                return
            for statement in self.statements:
                cursor.execute(statement.format(role=schema_editor.connection.ops.quote_name(role)))

    def describe(self) -> str:
        """Say the rights."""
        return "; ".join(self.statements)


class Trigrams(_Forwards):
    """Let PostgreSQL compare words by threes of letters, or say in one sentence what is missing.

    The extension is a trusted one: the owner of the database may create it, where its files are on the server.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Create the extension where it is not there."""
        try:
            with schema_editor.connection.cursor() as cursor:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError as error:
            raise SystemExit(NO_TRIGRAMS) from error


class Tables(Operation):
    """The tables of many models at once, each key to another of them included.

    One by one, Django would render with each model all that lead to it, the whole of them over and over.
    """

    reversible = True

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = models

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Know the models; they are rendered when one is first asked for."""
        vars(state).pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Make each table; the keys come when all are there."""
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Drop them, the last first."""
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """Say how many there are."""
        return f"Create {len(self.models)} models"


def refuse_halfway(databases: Sequence[str] | None = None, **_: Any) -> list[Any]:
    """Stop before a database is migrated that has some of what a migration replaces, and not all: files that are gone.

    A check of Django's, which asks it of the databases that a command is about to change; raises `CommandError`. Django
    itself leaves such a migration out, and says of every model in turn that it does not know the one it refers to.
    """
    for name in databases or ():
        connection = connections[name]
        loader = MigrationLoader(connection, load=False)
        loader.load_disk()
        done = MigrationRecorder(connection).applied_migrations()
        for migration in loader.disk_migrations.values():
            gone = [old for old in migration.replaces if old not in loader.disk_migrations]
            lacking = [old for old in gone if old not in done]
            if lacking and len(lacking) < len(gone):
                new = f"{migration.app_label}.{migration.name}"
                raise CommandError(HALFWAY.format(new=new, lacking=".".join(lacking[-1])))
    return []
