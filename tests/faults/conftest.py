"""What the fault tests share: a stage on a database of its own, with a mail server and a gateway."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cases import clock
from tests.database import Clone
from tests.faults.kit import story
from tests.faults.kit.gateway import Gateway
from tests.faults.kit.sink import Sink
from tests.faults.kit.stage import Stage, seconds_from


@pytest.fixture
def stage(committed: Clone, tmp_path: Path, settings: Any) -> Iterator[Stage]:
    """A stage at the story's instant, for this process and for those that it starts."""
    settings.CLOCK_SHIFT = 0
    shift = settings.CLOCK_SHIFT = seconds_from(clock.now(), story.NOW)
    sink, gateway = Sink(), Gateway()
    sink.start()
    gateway.start()
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", sink.port, 2
    settings.ALERT_WEBHOOK_URL, settings.ALERT_WEBHOOK_SECRET = gateway.url, "a secret of the tests"
    settings.LEASE_SECONDS = 4
    ready = Stage(committed, tmp_path, sink, gateway, shift, lease=4, more={"EMAIL_TIMEOUT": "2"})
    try:
        yield ready
    finally:
        ready.stop()
        sink.stop()
        gateway.stop()
