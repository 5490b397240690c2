"""Why a PDF is not kept, as the process that reads it says so by its exit code."""

from enum import IntEnum


class Refusal(IntEnum):
    """0 is a PDF that was written anew; 1 and 2 are what Python itself ends with."""

    LOCKED = 10
    DAMAGED = 11
    # It takes too long, unpacks into too much, or breaks what reads it.
    UNSAFE = 12
    LONG = 13
    # A cover around other files, which hold what matters.
    FOLDER = 14
    # Drawn by Adobe's program from a template of its own; everybody else sees "please wait".
    FORM = 15
    # Others are being read; never by the process itself.
    BUSY = 16


class Refused(Exception):
    """This PDF is not kept, and why."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why.name)
        self.why = why
