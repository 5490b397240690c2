"""One stream of a PDF: how much it unpacks into, and the picture in it laid bare."""

from collections.abc import Callable

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream, StreamDecodeLevel

from cases.pdfs import pictures
from cases.pdfs.refusals import Refusal, Refused

OWN = {"/Length", "/Filter", "/DecodeParms"}
PACKING = {
    "/FlateDecode", "/Fl", "/LZWDecode", "/LZW", "/ASCII85Decode", "/A85", "/ASCIIHexDecode", "/AHx",
    "/RunLengthDecode", "/RL",
}  # fmt: skip
DRAWN = {"/DCTDecode", "/DCT", "/JPXDecode", "/JBIG2Decode", "/CCITTFaxDecode", "/CCF"}
BARE: dict[str, Callable[[bytes], bytes]] = {
    "/DCTDecode": pictures.bare_jpeg,
    "/DCT": pictures.bare_jpeg,
    "/JPXDecode": pictures.bare_jp2,
}


def bared(pdf: Pdf, stream: Stream) -> int:
    """Lay the picture in a stream bare and return how many bytes the stream unpacks into, a picture as it is packed.

    Raises `Refused` for a stream that cannot be unpacked.
    """
    filters = _filters(stream.get("/Filter"))
    if unknown := set(filters) - PACKING - DRAWN:
        raise Refused(Refusal.LOCKED if unknown == {"/Crypt"} else Refusal.DAMAGED)
    drawn = [name for name in filters if name in DRAWN]
    if not drawn:
        return len(stream.read_bytes(decode_level=StreamDecodeLevel.generalized))
    if len(drawn) > 1 or filters[-1] != drawn[0]:
        raise Refused(Refusal.DAMAGED)
    content = _unpacked(pdf, stream, filters)
    lay_bare = BARE.get(drawn[0])
    if lay_bare is not None:
        last = _last_parameters(stream.get("/DecodeParms"), len(filters))
        stream.write(lay_bare(content), filter=Name(drawn[0]), decode_parms=last)
    return len(content)


def _unpacked(pdf: Pdf, stream: Stream, filters: list[str]) -> bytes:
    """The picture as it is packed by its own kind, without what it is wrapped in besides."""
    raw = stream.read_raw_bytes()
    if len(filters) == 1:
        return raw
    parameters = stream.get("/DecodeParms")
    wrapped = pdf.make_stream(raw, Filter=Array([Name(name) for name in filters[:-1]]))
    if isinstance(parameters, Array):
        wrapped["/DecodeParms"] = Array(list(parameters)[:-1])
    return wrapped.read_bytes(decode_level=StreamDecodeLevel.generalized)


def _filters(given: Object | None) -> list[str]:
    if given is None:
        return []
    return [str(one) for one in given] if isinstance(given, Array) else [str(given)]


def _last_parameters(given: Object | None, number: int) -> Dictionary | None:
    last = given
    if isinstance(given, Array):
        last = given[number - 1] if len(given) >= number else None
    return last if isinstance(last, Dictionary) else None
