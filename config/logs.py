"""Logs as JSON lines that carry references and ids, and neither link tokens, a row's contents nor what was searched for."""

import re
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

# A path segment this long is the secret of a link, never a reference or a page's name.
_TOKEN = re.compile(r"(?<=/)[A-Za-z0-9_-]{20,}(?=[/?\s]|$)")
# PostgreSQL repeats the offending row, names included, after the word DETAIL.
_ROW = re.compile(r"DETAIL:.*?(?=\n\S*Error|\n\n|\nCONTEXT|\nHINT|\Z)", re.DOTALL)
# Behind an address stands what somebody typed: names, phones, plates. To the end of the line, for one that was typed by
# hand, or by a broken client, holds spaces.
_QUERY = re.compile(r"(?:(/[^\s?]*)\?|\?[\w%.\[\]-]+=)[^\n]*")


def hide_secrets(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Take link tokens, row contents and what stands behind an address out of every text of a log line."""
    return {key: _hidden(value) for key, value in event.items()}


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        asked = _QUERY.sub(r"\1?(withheld)", value)
        return _ROW.sub("DETAIL: (withheld)", _TOKEN.sub("(token)", asked))
    if isinstance(value, Mapping):
        return {str(key): _hidden(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_hidden(one) for one in value]
    # Anything else is written as it shows itself, which of a request is its whole address.
    return value if value is None or isinstance(value, bool | int | float) else _hidden(repr(value))


def configure(*, level: str) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING for the same lines from the standard library."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*shared, structlog.stdlib.ExtraAdder()],
                "processors": [
                    _drop_unserialisable,
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    hide_secrets,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's own request lines repeat what django-structlog says.
            "django.server": {"level": "WARNING", "propagate": True},
            # Gunicorn writes by handlers of its own, which hide nothing: its lines go the way of all others.
            "gunicorn.error": {"level": "WARNING", "propagate": True},
            "celery": {"level": "WARNING"},
            "kombu": {"level": "WARNING"},
        },
    }


def _drop_unserialisable(_logger: Any, _method: str, event: EventDict) -> EventDict:
    # Django hangs the whole request on its log records.
    event.pop("request", None) if not isinstance(event.get("request"), str) else None
    return event
