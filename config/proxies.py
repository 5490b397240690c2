"""Who is at the other end of a request: the peer, or whom a proxy of ours says it speaks for."""

import ipaddress
from collections.abc import Sequence

from django.core.exceptions import ImproperlyConfigured

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What proxies write and anybody can write: read here alone, from a proxy of ours, and taken off every other request.
ADDRESS_HEADERS = (
    "HTTP_X_FORWARDED_FOR",
    "X_FORWARDED_FOR",
    "HTTP_CLIENT_IP",
    "HTTP_X_CLIENT_IP",
    "HTTP_X_REAL_IP",
    "HTTP_X_FORWARDED",
    "HTTP_X_CLUSTER_CLIENT_IP",
    "HTTP_FORWARDED_FOR",
    "HTTP_FORWARDED",
    "HTTP_CF_CONNECTING_IP",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_FASTLY_CLIENT_IP",
)
SCHEME_HEADER = "HTTP_X_FORWARDED_PROTO"


def read(text: str) -> tuple[Network, ...]:
    """Return the addresses and networks of a comma-separated list; raise ImproperlyConfigured for any other word."""
    found = []
    for word in filter(None, (part.strip() for part in text.split(","))):
        try:
            network = ipaddress.ip_network(word)
        except ValueError:
            raise ImproperlyConfigured(
                f"TRUSTED_PROXIES names {word!r}: give addresses or networks such as 10.0.0.5 or 10.0.0.0/28."
            ) from None
        if network.prefixlen == 0:
            raise ImproperlyConfigured(f"TRUSTED_PROXIES names {word!r}: that trusts everybody.")
        found.append(network)
    return tuple(found)


def is_trusted(address: str, trusted: Sequence[Network]) -> bool:
    """Tell whether an address is that of a proxy of ours."""
    parsed = _address(address)
    return parsed is not None and any(parsed in network for network in trusted)


def client(peer: str, forwarded: str, trusted: Sequence[Network]) -> str:
    """Return the address a request came from: the nearest one that is no proxy of ours.

    `forwarded` is the list that proxies lengthen on the right. It is believed only from a proxy of ours and only as
    far as each entry was written by one; what is no address ends it.
    """
    known = peer
    hops = [hop.strip() for hop in forwarded.split(",")] if forwarded else []
    while hops and is_trusted(known, trusted):
        nearer = _address(hops.pop())
        if nearer is None:
            break
        known = str(nearer)
    return known


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(text.strip().strip("[]"))
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return mapped or parsed
