"""What a server's refusal says: that this one mailbox takes no mail, or something else that is wrong for good."""

import re

# An enhanced status [RFC 3463], and no part of a network address.
_STATUS = re.compile(r"(?<![\d.])5\.(\d{1,3}\.\d{1,3})(?!\.?\d)")
_CODE = re.compile(r"(?<![\d.])[45]\d\d(?![\d.])")
# No such address, moved or misspelt; closed or full. 5.1.7 and 5.1.8 are the sender's, 5.2.3 is the mail's length.
_OF_ADDRESS = {"1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.9", "1.10", "2.0", "2.1", "2.2"}
# Microsoft 365 gives the status of a route to a mailbox that does not exist, with these words.
_NO_SUCH_MAILBOX = ("4.1", "recipient address rejected")
# Said of us or of the mail, whatever code a server gives it: everybody's mail is refused in these words.
_OF_US = re.compile(
    r"\brelay|\bsender\b|\bspam\b|authenticat|\bblock|\bblacklist|\bpolic(y|ies)\b", re.IGNORECASE
)


def names_the_mailbox(said: str) -> bool:
    """Whether this answer or report is about the reader's own mailbox, and not about our server, or the mail.

    Where no enhanced status says which, 550, 551 and 553 are taken to be.
    """
    if _OF_US.search(said):
        return False
    # 5.0.0 says nothing.
    status = next((found for found in _STATUS.findall(said) if found != "0.0"), None)
    if status is not None:
        of_route, words = _NO_SUCH_MAILBOX
        return status in _OF_ADDRESS or (status == of_route and words in said.lower())
    code = _CODE.search(said)
    return code is not None and code[0] in ("550", "551", "553")
