"""One house and its children many times over: every row of theirs copied by SQL, through every constraint there is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import psycopg2
from django.apps import apps
from django.db import connection, models, transaction

from alerts.models import Alert, DutyTask, Message
from cases.models import Child, Home
from tests.database import Clone

# What tells the past of one child or one message, which no list of children reads, and what one person has of their own.
LEFT_OUT = frozenset(
    {
        "cases_event",
        "cases_homeevent",
        "cases_accessrecord",
        "cases_disclosure",
        "cases_rowchange",
        "cases_correction",
        "cases_matter",
        "cases_matterentry",
        "cases_linkmatter",
        "alerts_matterclock",
        "cases_draft",
        "cases_membership",
        # The first force is in charge by PostgreSQL's own hand.
        "cases_forceincharge",
        "alerts_policelink",
        "alerts_linkuse",
        "alerts_profilecode",
        "alerts_profiletry",
        "alerts_linkacknowledgement",
        "alerts_messageproof",
        "alerts_reply",
        "alerts_replyanswer",
        "alerts_release",
        "alerts_releaseread",
        "alerts_demowatch",
    }
)
# What may stand once only, and so is another in each twin.
OWN: Mapping[str, str] = {
    "cases_child.reference": "'MC99-' || lpad((twin.nth * 1000 + old.id % 1000)::text, 6, '0')",
    # So that each page of a list in order of name holds a bit of everything, however many there are.
    "cases_child.given_name": "lpad(twin.nth::text, 4, '0') || ' ' || old.given_name",
    "cases_photo.token": "md5(random()::text)",
    "cases_document.token": "md5(random()::text)",
    "cases_quarantinedfile.token": "md5(random()::text)",
    # A house has devices that sign in.
    "cases_user.email": "md5(random()::text) || '@device.invalid'",
    "cases_home.name": "old.name || ' ' || twin.nth",
}


@dataclass(frozen=True)
class Twins:
    """Which houses are added by number, and what stands in a column of theirs instead: `{"table.column": expression}`."""

    first: int
    last: int
    instead: Mapping[str, str]


def add(
    own: Clone, children: Collection[Child], homes: Collection[Home], twins: Twins, *, is_counted: bool
) -> None:
    """Copy these children and homes, and all that is about them, once for each number of `twins`, in one commit.

    `is_counted` has PostgreSQL count its figures anew, or what is added next is planned by those of before.
    """
    owned = _owned(children, homes)
    with transaction.atomic(), connection.cursor() as cursor:
        for model, keys in owned.items():
            _number(cursor, model, keys, twins)
        for model in owned:
            _copy(cursor, model, owned, twins)
    if is_counted:
        count_anew(own)


def count_anew(own: Clone) -> None:
    """Let PostgreSQL count the figures by which it plans, as it does by itself some time after much was written."""
    with closing(psycopg2.connect(own.owner_dsn)) as owner, owner, owner.cursor() as cursor:
        cursor.execute("ANALYZE")


def _owned(children: Collection[Child], homes: Collection[Home]) -> dict[type[models.Model], list[Any]]:
    """The keys of every row that is about these, by table: what names one of them, and what names that."""
    owned: dict[type[models.Model], list[Any]] = {
        Home: sorted(home.pk for home in homes),
        # Twins stand to one another in the order of their children: a link is written from the lower key.
        Child: sorted(child.pk for child in children),
    }
    for model in _in_order():
        if model in owned:
            continue
        found = models.Q(pk__in=())
        for field in _references(model, owned):
            found |= models.Q(**{f"{field.name}__in": owned[field.related_model]})
        if model in (Message, DutyTask):
            found |= models.Q(items__alert__in=owned.get(Alert, ()))
        if keys := list(
            model._default_manager.filter(found).order_by("pk").values_list("pk", flat=True).distinct()
        ):
            owned[model] = keys
    return owned


def _in_order() -> Iterator[type[models.Model]]:
    """Every table after those that it names; what is told and asked about an alert comes by the alert's own row of it."""
    seen: set[type[models.Model]] = set()

    def visit(model: type[models.Model]) -> Iterator[type[models.Model]]:
        if model in seen or model._meta.db_table in LEFT_OUT:
            return
        seen.add(model)
        for field in model._meta.concrete_fields:
            if field.is_relation and field.related_model in known:
                yield from visit(field.related_model)
        yield model

    known = [
        model for app in ("cases", "guardians", "alerts") for model in apps.get_app_config(app).get_models()
    ]
    for model in (Alert, *known):
        yield from visit(model)


def _references(model: type[models.Model], owned: Collection[type[models.Model]]) -> Sequence[Any]:
    return [f for f in model._meta.concrete_fields if f.is_relation and f.related_model in owned]


def _number(cursor: Any, model: type[models.Model], keys: list[Any], twins: Twins) -> None:
    """Give each row to come its key, so that others can name it."""
    table, key = model._meta.db_table, model._meta.pk
    assert key is not None
    uuid = isinstance(key, models.UUIDField)
    new = "gen_random_uuid()" if uuid else f"nextval(pg_get_serial_sequence('{table}', '{key.column}'))"
    kind = "uuid" if uuid else "bigint"
    cursor.execute(
        f"CREATE TEMPORARY TABLE twin_{table} ON COMMIT DROP AS"
        f" SELECT old, nth, {new} AS new FROM unnest(%s::{kind}[]) AS old, generate_series(%s, %s) AS nth",
        [keys, twins.first, twins.last],
    )
    cursor.execute(f"CREATE INDEX ON twin_{table} (old, nth); ANALYZE twin_{table}")


def _copy(
    cursor: Any, model: type[models.Model], owned: Collection[type[models.Model]], twins: Twins
) -> None:
    table = model._meta.db_table
    references = {field.column: field.related_model._meta.db_table for field in _references(model, owned)}
    values, joins = [], []
    for field in model._meta.concrete_fields:
        name, column = f"{table}.{field.column}", connection.ops.quote_name(str(field.column))
        if field.primary_key:
            values.append("twin.new")
        elif name in twins.instead or name in OWN:
            values.append(twins.instead.get(name) or OWN[name])
        elif field.column in references:
            of = f"of_{field.column}"
            values.append(f"coalesce({of}.new, old.{column})")
            joins.append(
                f"LEFT JOIN twin_{references[field.column]} {of}"
                f" ON {of}.old = old.{column} AND {of}.nth = twin.nth"
            )
        elif isinstance(field, models.UUIDField) and field.unique:
            values.append("gen_random_uuid()")
        elif field.name == "token_hash" and field.unique:
            values.append("encode(sha256(gen_random_uuid()::text::bytea), 'hex')")
        else:
            values.append(f"old.{column}")
    columns = ", ".join(connection.ops.quote_name(field.column) for field in model._meta.concrete_fields)
    cursor.execute(
        f"INSERT INTO {table} ({columns}) SELECT {', '.join(values)}"
        f" FROM {table} old JOIN twin_{table} twin ON twin.old = old.{model._meta.pk.column} {' '.join(joins)}"
        # In the order in which they were written: a start of responsibility is never before one that stands.
        f" ORDER BY twin.nth, old.{model._meta.pk.column}"
    )
