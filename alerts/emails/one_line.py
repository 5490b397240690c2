"""What somebody typed, as a mail of ours says it."""

# Twice what a form takes: a mail of megabytes is one that many servers refuse.
_LONGEST = 4_000
# Marks that turn the direction of the text after them: a name in any script is written without them.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def one_line(text: str) -> str:
    """What somebody typed, without what could pass for a line of ours or be read in another order; cut where no form ends."""
    return " ".join(text[:_LONGEST].translate(_TURNS).split()) + ("…" if len(text) > _LONGEST else "")
