"""What migrations ask of PostgreSQL beyond Django's own words: append-only tables and the application's role."""

from django.conf import settings
from django.db import DatabaseError
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython, RunSQL
from django.db.migrations.state import StateApps

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


def append_only(*tables: str) -> list[RunSQL | RunPython]:
    """Rows of `tables` can be added and read, and by nobody changed, removed or truncated, the owner included."""
    operations: list[RunSQL | RunPython] = []
    for table in tables:
        operations.append(
            RunSQL(
                f"""
                CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
                    FOR EACH ROW EXECUTE FUNCTION refuse_change();
                CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table}
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
                """,
                f"DROP TRIGGER append_only ON {table}; DROP TRIGGER append_only_whole ON {table}",
            )
        )
        operations.append(for_application(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}"))
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


# A correction that stands in its own table lets its one passage be destroyed, and a history be emptied of it; neither
# is lawful in any other way, for the owner of the schema either.
CORRECTIONS = RunSQL(
    """
    CREATE FUNCTION refuse_all_but_correction() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        passage CONSTANT text := TG_ARGV[0];
        before jsonb;
        after jsonb;
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            before := to_jsonb(OLD);
            after := to_jsonb(NEW);
            IF before - passage = after - passage AND after ->> passage = '[destroyed]' AND EXISTS (
                SELECT FROM cases_correction AS made
                WHERE made."table" = TG_TABLE_NAME AND made."row" = (before ->> 'id')::bigint
                    AND made."column" = passage
                    AND made.passage_digest = encode(sha256(convert_to(before ->> passage, 'UTF8')), 'hex')
            ) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE FUNCTION refuse_all_but_destroyed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF to_jsonb(OLD) - 'values' = to_jsonb(NEW) - 'values' AND NEW."values" = '' AND EXISTS (
                SELECT FROM cases_correction AS made
                WHERE made."table" = OLD."table" AND made."row" = OLD."row" AND OLD.fields ? made."column"
            ) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
    END $$;
    CREATE FUNCTION destroy_passage(correction bigint) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
    DECLARE
        made cases_correction%ROWTYPE;
    BEGIN
        SELECT * INTO STRICT made FROM cases_correction WHERE id = correction;
        EXECUTE format('UPDATE %I SET %I = %L WHERE id = $1', made."table", made."column", '[destroyed]')
            USING made."row";
        UPDATE cases_rowchange SET "values" = ''
            WHERE "table" = made."table" AND "row" = made."row" AND fields ? made."column" AND "values" <> '';
    END $$;
    REVOKE ALL ON FUNCTION destroy_passage(bigint) FROM PUBLIC
    """,
    """
    DROP FUNCTION destroy_passage(bigint);
    DROP FUNCTION refuse_all_but_destroyed();
    DROP FUNCTION refuse_all_but_correction()
    """,
)


def lets(function: str, table: str) -> RunSQL:
    """Have the rows of an append-only table refuse all changes but those that this function of a trigger lets through."""
    return RunSQL(
        f"""
        DROP TRIGGER append_only ON {table};
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION {function}
        """,
        f"""
        DROP TRIGGER append_only ON {table};
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_change()
        """,
    )


def kept(*tables: str) -> RunPython:
    """The application cannot remove rows of `tables`: facts end, they are not deleted."""
    return for_application(*(f"REVOKE DELETE, TRUNCATE ON {table} FROM {{role}}" for table in tables))


def ends_only(**columns: str) -> list[RunSQL | RunPython]:
    """Of each table the application changes the named columns alone, and an end that is written stays."""
    operations: list[RunSQL | RunPython] = []
    for table, names in columns.items():
        operations.append(
            for_application(
                f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {{role}}",
                f"GRANT UPDATE ({names}) ON {table} TO {{role}}",
            )
        )
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


def for_application(*statements: str) -> RunPython:
    """Run `statements` with `{role}` filled in; nothing to do where the application is the owner itself."""

    def run(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        role = settings.APPLICATION_ROLE
        with editor.connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            (owner,) = cursor.fetchone()
            if not role or role == owner:
                return
            for statement in statements:
                cursor.execute(statement.format(role=editor.connection.ops.quote_name(role)))

    return RunPython(run, RunPython.noop)


def trigrams() -> RunPython:
    """Let PostgreSQL compare words by threes of letters, or say in one sentence what is missing.

    The extension is a trusted one: the owner of the database may create it, where its files are on the server.
    """

    def run(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
        try:
            with editor.connection.cursor() as cursor:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        except DatabaseError as error:
            raise SystemExit(NO_TRIGRAMS) from error

    return RunPython(run, RunPython.noop)
