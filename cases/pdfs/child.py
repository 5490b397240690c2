"""The process that reads one PDF: bytes in, bytes out, within limits that it sets for itself before it reads any.

Run as `python -m cases.pdfs.child MEMORY SECONDS UNPACKED PAGES`; says why it refuses by its exit code (`Refusal`), and on
success writes one line of what was left out before the new file.
"""

import resource
import signal
import sys


def main(memory: int, seconds: int, unpacked: int, pages: int) -> int:
    """Write the PDF of standard input anew to standard output; `memory` in bytes of address space."""
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_FSIZE, 0)
    _lower(resource.RLIMIT_AS, memory)
    _lower(resource.RLIMIT_CPU, seconds)
    # Whoever waits for it ends it at its time; should they be gone, it ends by itself.
    signal.alarm(3 * seconds)
    from pikepdf.settings import set_qpdf_limits

    from cases.pdfs.cleaning import written_anew
    from cases.pdfs.refusals import Refusal, Refused

    one = min(unpacked, 2**32 - 1)
    set_qpdf_limits(
        parser_max_nesting=200,
        max_stream_filters=5,
        flate_max_memory=one,
        png_max_memory=one,
        run_length_max_memory=one,
        tiff_max_memory=one,
    )
    source = sys.stdin.buffer.read()
    # From here on it opens no file and no connection, and starts nothing, whatever it is made to do.
    _lower(resource.RLIMIT_NOFILE, 0)
    _lower(resource.RLIMIT_NPROC, 0)
    try:
        content, left_out = written_anew(source, most_pages=pages, most_unpacked=unpacked)
        sys.stdout.buffer.write(" ".join(sorted(left_out)).encode() + b"\n" + content)
        sys.stdout.buffer.flush()
    except Refused as refused:
        return refused.why
    except (MemoryError, RecursionError):
        return Refusal.UNSAFE
    return 0


def _lower(what: int, most: int) -> None:
    """Set a limit that nobody can raise again but root; one that is lower already stays."""
    _, hard = resource.getrlimit(what)
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
