"""A PDF written anew with what its pages show: read by the process of `child`, and by nothing that holds a secret.

What may stay in the catalogue and on a page is listed; below them every object that can be reached is looked at, wherever
it hangs, and loses what runs, what is hidden in it and what says who made it.
"""

import io
from collections.abc import Iterator

from pikepdf import (
    Array,
    Dictionary,
    Name,
    Object,
    ObjectStreamMode,
    PasswordError,
    Pdf,
    PikepdfError,
    Stream,
    StreamDecodeLevel,
    explicit_conversion,
)

from cases.pdfs import streams
from cases.pdfs.refusals import Refusal, Refused

# Bookmarks, page numbers, layers, tags for screen readers, what a form was filled in with.
IN_CATALOGUE = {
    "/Type", "/Version", "/Extensions", "/Pages", "/PageLabels", "/PageLayout", "/Outlines", "/Dests", "/Names",
    "/StructTreeRoot", "/MarkInfo", "/Lang", "/OCProperties", "/AcroForm",
}  # fmt: skip
IN_NAMES = {"/Dests"}
IN_FORM = {"/Fields", "/DA", "/DR", "/Q", "/NeedAppearances"}
ON_PAGE = {
    "/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rotate",
    "/UserUnit", "/Contents", "/Group", "/Annots", "/StructParents", "/Tabs",
}  # fmt: skip
OF_ITS_WRITER = {"/T", "/M", "/NM", "/CreationDate"}
ATTACHED = {"/EF", "/EmbeddedFiles", "/AF", "/RF"}
SHOWN_BY_OTHERS = {"/RichMediaContent", "/RichMediaSettings", "/3DD"}
# Nowhere, but where a dictionary's keys are names that its maker chose.
NOWHERE = ATTACHED | SHOWN_BY_OTHERS | {
    "/AA", "/OpenAction", "/JS", "/JavaScript", "/XFA", "/PresSteps", "/Renditions", "/Metadata", "/PieceInfo",
    "/LastModified", "/CreatorInfo", "/Thumb", "/Alternates", "/OPI", "/VP", "/LGIDict",
}  # fmt: skip
# A stream that says that its content lies in another file.
ELSEWHERE = {"/F", "/FFilter", "/FDecodeParms"}
RUNNING = {
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/GoToR", "/GoToE", "/GoToDp",
    "/Rendition", "/RichMediaExecute", "/Sound", "/Movie", "/GoTo3DView", "/SetOCGState", "/Hide", "/Named",
}  # fmt: skip
# Within the file, and to an address that the reader follows by a press of their own.
FOLLOWED = {"/GoTo": {"/Type", "/S", "/D", "/SD"}, "/URI": {"/Type", "/S", "/URI"}}
SCHEMES = (b"https://", b"http://", b"mailto:")
PLAYED = {"/Sound", "/Movie", "/Screen", "/RichMedia", "/3D", "/Projection", "/TrapNet"}
# Their keys are names that the maker of the file chose.
CHOSEN = {
    "/Font", "/XObject", "/ColorSpace", "/Pattern", "/Shading", "/ExtGState", "/Properties", "/CharProcs", "/Dests",
    "/ClassMap", "/RoleMap", "/Colorants",
}  # fmt: skip

# What qpdf says where it is not the file that is damaged: none but a locked one asks for chance.
MEANT = {
    "random numbers": Refusal.LOCKED,
    "bad_alloc": Refusal.UNSAFE,
    "limit exceeded": Refusal.UNSAFE,
}


def written_anew(source: bytes, *, most_pages: int, most_unpacked: int) -> tuple[bytes, set[str]]:
    """Return the new file, the same for the same source, and what its reader misses: attachments, media, a signature.

    `most_unpacked`: bytes that all its streams together may become. Raises `Refused`.
    """
    try:
        with explicit_conversion():
            with _opened(source) as pdf:
                left_out = _Cleaner(pdf, most_pages, most_unpacked).clean()
                in_order = _saved(pdf, ObjectStreamMode.disable)
            # Read once more: what is small depends on the order, and the order then on nothing but the content.
            with _opened(in_order) as pdf:
                return _saved(pdf, ObjectStreamMode.generate), left_out
    except PasswordError as error:
        raise Refused(Refusal.LOCKED) from error
    except (PikepdfError, ValueError, TypeError, LookupError, AttributeError) as error:
        said = str(error)
        raise Refused(
            next((why for words, why in MEANT.items() if words in said), Refusal.DAMAGED)
        ) from error


def _opened(source: bytes) -> Pdf:
    return Pdf.open(io.BytesIO(source), attempt_recovery=False, suppress_warnings=True)


def _saved(pdf: Pdf, mode: ObjectStreamMode) -> bytes:
    out = io.BytesIO()
    for key in {"/Info", "/ID"} & set(pdf.trailer.keys()):
        del pdf.trailer[key]
    pdf.save(
        out,
        fix_metadata_version=False,
        object_stream_mode=mode,
        stream_decode_level=StreamDecodeLevel.none,
        # Made of the content, so that the same file sent twice is the same document.
        deterministic_id=True,
    )
    return out.getvalue()


class _Cleaner:
    """One look through one PDF."""

    def __init__(self, pdf: Pdf, most_pages: int, most_unpacked: int) -> None:
        self.pdf = pdf
        self.most_pages = most_pages
        self.room = most_unpacked
        self.left_out: set[str] = set()
        self.unpacked: set[tuple[int, int]] = set()

    def clean(self) -> set[str]:
        self._require()
        self._prune()
        for obj, chosen in self._reached():
            if isinstance(obj, Stream):
                self._unpack(obj)
            if not chosen:
                self._clean(obj)
        for page in self.pdf.pages:
            _drop_emptied(page.obj)
        return self.left_out

    def _require(self) -> None:
        if self.pdf.is_encrypted:
            raise Refused(Refusal.LOCKED)
        root, number = self.pdf.Root, len(self.pdf.pages)
        if number > self.most_pages:
            raise Refused(Refusal.LONG)
        if "/Collection" in root:
            raise Refused(Refusal.FOLDER)
        form = root.get("/AcroForm")
        if isinstance(form, Dictionary) and "/XFA" in form and "/NeedsRendering" in root:
            raise Refused(Refusal.FORM)
        if not number or any(_is_wordless(page.obj) for page in self.pdf.pages):
            raise Refused(Refusal.DAMAGED)

    def _prune(self) -> None:
        root = self.pdf.Root
        names = root.get("/Names")
        if isinstance(names, Dictionary) and "/EmbeddedFiles" in names:
            self.left_out.add("attachments")
        _keep_only(root, IN_CATALOGUE)
        _keep_only(names, IN_NAMES)
        _keep_only(root.get("/AcroForm"), IN_FORM)
        for page in self.pdf.pages:
            _keep_only(page.obj, ON_PAGE)

    def _reached(self) -> Iterator[tuple[Dictionary | Stream, bool]]:
        """Each dictionary and stream that can be reached, and whether its keys are names that somebody chose.

        One that hangs in both ways comes twice. What hangs below comes after it has been cleaned.
        """
        seen: set[tuple[tuple[int, int], str]] = set()
        stack: list[tuple[Object, str]] = [(self.pdf.Root, "")]
        while stack:
            obj, place = stack.pop()
            if obj.is_indirect:
                if (obj.objgen, place) in seen:
                    continue
                seen.add((obj.objgen, place))
            if isinstance(obj, Array):
                stack.extend((value, "") for value in obj if isinstance(value, (Array, Dictionary, Stream)))
            elif isinstance(obj, (Dictionary, Stream)):
                chosen = place != "" and isinstance(obj, Dictionary)
                yield obj, chosen
                stack.extend(_below(obj, place if chosen else ""))

    def _unpack(self, stream: Stream) -> None:
        if stream.objgen in self.unpacked:
            return
        self.unpacked.add(stream.objgen)
        self.room -= streams.bared(self.pdf, stream)
        if self.room < 0:
            raise Refused(Refusal.UNSAFE)

    def _clean(self, obj: Dictionary | Stream) -> None:
        keys = set(obj.keys())
        self._note(obj, keys)
        if _is_nothing(obj):
            _keep_only(obj, set())
            return
        for key in keys & NOWHERE:
            del obj[key]
        if isinstance(obj, Stream):
            for key in keys & ELSEWHERE:
                del obj[key]
        if _name(obj, "/FT") == "/Sig" and "/V" in keys:
            del obj["/V"]
        reference = obj.get("/Ref")
        if isinstance(reference, Dictionary) and "/F" in reference:
            del obj["/Ref"]
        for key in keys & {"/A", "/PA"}:
            _clean_action(obj, key)

    def _note(self, obj: Dictionary | Stream, keys: set[str]) -> None:
        if keys & ATTACHED or _name(obj, "/Subtype") == "/FileAttachment":
            self.left_out.add("attachments")
        if keys & SHOWN_BY_OTHERS or _is_played(obj):
            self.left_out.add("media")
        if "/ByteRange" in keys or (_name(obj, "/FT") == "/Sig" and "/V" in keys):
            self.left_out.add("signature")


def _is_nothing(obj: Dictionary | Stream) -> bool:
    """Whether it runs or plays something, holds a file or vouches for the bytes that were: nothing of it stays."""
    return (
        _name(obj, "/S") in RUNNING
        or _name(obj, "/Subtype") == "/FileAttachment"
        or _is_played(obj)
        or "/ByteRange" in obj
    )


def _below(obj: Dictionary | Stream, place: str) -> Iterator[tuple[Object, str]]:
    for key, value in obj.items():
        if isinstance(value, (Array, Dictionary, Stream)):
            below = "chosen" if key in CHOSEN or place == "appearance" else ""
            yield value, "appearance" if key == "/AP" and not place else below
        elif place == "chosen" and value is None:
            # A page that draws with it would be shown without it.
            raise Refused(Refusal.DAMAGED)


def _clean_action(holder: Dictionary | Stream, key: str) -> None:
    """Take an action away, but for one that leads within the file or to an address; what it would do next goes too."""
    action = holder.get(key)
    if not isinstance(action, (Dictionary, Stream)) or "/S" not in action:
        return
    allowed = FOLLOWED.get(_name(action, "/S"))
    if isinstance(action, Stream) or allowed is None or not _leads_openly(action):
        del holder[key]
    else:
        _keep_only(action, allowed)


def _leads_openly(action: Dictionary) -> bool:
    return _name(action, "/S") != "/URI" or bytes(action.get("/URI", b"")).lower().startswith(SCHEMES)


def _drop_emptied(page: Object) -> None:
    """Take out of a page's notes those of which nothing is left, and of the others who wrote them and when."""
    notes = page.get("/Annots")
    if not isinstance(notes, Array):
        return
    kept = [one for one in notes if isinstance(one, Dictionary) and len(one.keys())]
    for note in kept:
        # Of a field of a form it is the field's name.
        for key in OF_ITS_WRITER & set(note.keys()) if _name(note, "/Subtype") != "/Widget" else ():
            del note[key]
    page["/Annots"] = Array(kept)


def _keep_only(obj: Object | None, allowed: set[str]) -> None:
    if isinstance(obj, (Dictionary, Stream)):
        for key in set(obj.keys()) - allowed:
            if not (isinstance(obj, Stream) and key in streams.OWN):
                del obj[key]
        if isinstance(obj, Stream) and not allowed:
            obj.write(b"")


def _name(obj: Dictionary | Stream, key: str) -> str:
    value = obj.get(key)
    return str(value) if isinstance(value, Name) else ""


def _is_played(obj: Dictionary | Stream) -> bool:
    return _name(obj, "/Subtype") in PLAYED


def _is_wordless(page: Object) -> bool:
    """Whether it refers to what is to be drawn on it, and that is not there."""
    drawn = dict(page.items()).get("/Contents", page)
    return drawn is None or (isinstance(drawn, Array) and any(one is None for one in drawn))
