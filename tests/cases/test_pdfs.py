"""A PDF is written anew: what runs, hides or tells on its maker is gone, what its pages show and say stays."""

import ast
import io
import os
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path

import pytest
from pikepdf import (
    Array,
    AttachedFileSpec,
    Dictionary,
    Encryption,
    Name,
    NameTree,
    ObjectStreamMode,
    OutlineItem,
    Pdf,
    Permissions,
    Stream,
    StreamDecodeLevel,
    String,
    parse_content_stream,
)
from PIL import Image

from cases.pdfs import pictures, rewriting
from cases.pdfs.cleaning import written_anew
from cases.pdfs.refusals import Refusal, Refused
from tests.counts import a_third, counts
from tests.papers import a_pdf, annotated, written_here

CANARY = "kanarienvogel"
SCRIPT = Dictionary(S=Name.JavaScript, JS=String(f"app.alert('{CANARY}')"))


def script(pdf: Pdf):
    return pdf.make_indirect(Dictionary(SCRIPT))


def in_clear(content: bytes) -> bytes:
    """Every byte of it, unpacked."""
    pictures = []
    with Pdf.open(io.BytesIO(content)) as pdf:
        for obj in pdf.objects:
            if isinstance(obj, Stream) and "DCTDecode" in str(obj.get("/Filter")):
                raw = obj.read_raw_bytes()
                pictures.append(raw if raw.startswith(b"\xff\xd8") else zlib.decompress(raw))
        pdf.save(
            out := io.BytesIO(),
            compress_streams=False,
            stream_decode_level=StreamDecodeLevel.generalized,
            object_stream_mode=ObjectStreamMode.disable,
        )
    return out.getvalue() + b"".join(pictures)


# --- what is put into one


def opens_with_a_script(pdf: Pdf) -> None:
    pdf.Root.OpenAction = script(pdf)


def scripts_by_name(pdf: Pdf) -> None:
    pdf.Root.Names = Dictionary()
    tree = NameTree.new(pdf)
    tree["one"] = script(pdf)
    pdf.Root.Names.JavaScript = tree.obj


def additional_actions(pdf: Pdf) -> None:
    pdf.Root.AA = Dictionary(WC=script(pdf))
    pdf.pages[0].obj.AA = Dictionary(O=script(pdf))
    annotated(pdf, Subtype=Name.Widget, FT=Name.Tx, T=String("a"), AA=Dictionary(K=script(pdf)))


def a_link_that_runs(kind: str):
    def change(pdf: Pdf) -> None:
        action = Dictionary(S=Name(kind), F=String(CANARY), URI=String(f"file:///{CANARY}"))
        annotated(pdf, Subtype=Name.Link, A=pdf.make_indirect(action))

    return change


def a_script_behind_a_harmless_link(pdf: Pdf) -> None:
    follows = Dictionary(S=Name.GoTo, D=Array([pdf.pages[0].obj, Name.Fit]), Next=script(pdf))
    annotated(pdf, Subtype=Name.Link, A=follows)


def a_script_at_a_bookmark(pdf: Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(OutlineItem("First", 0))
    pdf.Root.Outlines.First.A = script(pdf)
    del pdf.Root.Outlines.First["/Dest"]


def a_script_that_hangs_as_a_font_too(pdf: Pdf) -> None:
    shared = pdf.make_indirect(Dictionary(Type=Name.Font, AA=Dictionary(D=script(pdf))))
    pdf.pages[0].obj.Resources.Font.F9 = Dictionary(AA=shared)
    pdf.pages[0].obj.Resources.Properties = Dictionary(Mine=shared)


def an_attachment(pdf: Pdf) -> None:
    pdf.attachments["a.txt"] = AttachedFileSpec(pdf, CANARY.encode(), filename="a.txt")


def a_file_pinned_to_a_page(pdf: Pdf) -> None:
    spec = AttachedFileSpec(pdf, CANARY.encode(), filename=f"{CANARY}.txt")
    note = annotated(pdf, Subtype=Name.FileAttachment, FS=spec.obj, Contents=String(CANARY))
    # The tags for screen readers lead to it too.
    leaf = Dictionary(Type=Name.OBJR, Obj=note)
    pdf.Root.StructTreeRoot = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Array([leaf])))


def a_file_of_a_page(pdf: Pdf) -> None:
    pdf.pages[0].obj.AF = Array([AttachedFileSpec(pdf, CANARY.encode(), filename="a").obj])
    pdf.pages[0].obj.Resources.Font.F1.AF = Array([AttachedFileSpec(pdf, CANARY.encode(), filename="b").obj])


def a_template_of_adobe(pdf: Pdf) -> None:
    field = Dictionary(FT=Name.Tx, T=String("name"), V=String("Bao"))
    pdf.Root.AcroForm = Dictionary(
        Fields=Array([pdf.make_indirect(field)]), XFA=pdf.make_stream(CANARY.encode()), CO=Array([])
    )


def rich_media(pdf: Pdf) -> None:
    content = Dictionary(Assets=Dictionary(Names=Array([String("a.swf"), pdf.make_stream(CANARY.encode())])))
    annotated(pdf, Subtype=Name.RichMedia, RichMediaContent=content, RichMediaSettings=Dictionary())
    annotated(pdf, Subtype=Name.Sound, Sound=pdf.make_stream(CANARY.encode()))
    annotated(pdf, Subtype=Name.Screen, A=Dictionary(S=Name.Rendition, R=Dictionary(N=String(CANARY))))


def who_made_it(pdf: Pdf) -> None:
    pdf.docinfo["/Author"] = String(CANARY)
    with pdf.open_metadata() as words:
        words["dc:creator"] = [CANARY]
        words["pdf:Producer"] = CANARY
    page = pdf.pages[0].obj
    page.Metadata = pdf.make_stream(CANARY.encode())
    page.PieceInfo = Dictionary(Mine=Dictionary(Private=String(CANARY)))
    page.Thumb = pdf.make_stream(CANARY.encode())
    pdf.Root.PieceInfo = Dictionary(Mine=Dictionary(Private=String(CANARY)))
    pdf.Root.Mine = String(CANARY)


def who_wrote_on_it(pdf: Pdf) -> None:
    written = {key: String(CANARY) for key in ("/T", "/M", "/NM", "/CreationDate")}
    note = annotated(pdf, Subtype=Name.Text, Contents=String("Look here"))
    for key, words in written.items():
        note[key] = words


def where_a_picture_was_taken(pdf: Pdf) -> None:
    put(pdf, a_jpeg(), Name.DCTDecode)


def where_a_wrapped_picture_was_taken(pdf: Pdf) -> None:
    put(pdf, zlib.compress(a_jpeg()), Array([Name.FlateDecode, Name.DCTDecode]))


def a_jpeg() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = CANARY
    Image.new("RGB", (40, 60), "navy").save(
        out := io.BytesIO(), "JPEG", exif=exif.tobytes(), comment=CANARY.encode(), xmp=CANARY.encode()
    )
    # Some phones write a second picture behind the first.
    return out.getvalue() + out.getvalue()


def put(pdf: Pdf, content: bytes, filters) -> None:
    picture = pdf.make_stream(
        content, Type=Name.XObject, Subtype=Name.Image, Width=40, Height=60, BitsPerComponent=8,
        ColorSpace=Name.DeviceRGB, Filter=filters,
    )  # fmt: skip
    pdf.pages[0].obj.Resources.XObject = Dictionary(Im1=picture)


def a_file_elsewhere(pdf: Pdf) -> None:
    put(pdf, b"x", Name.DCTDecode)
    picture = pdf.pages[0].obj.Resources.XObject.Im1
    picture.write(b"")
    picture["/F"] = Dictionary(Type=Name.Filespec, F=String(CANARY))
    picture["/Metadata"] = pdf.make_stream(CANARY.encode())


def a_signature(pdf: Pdf) -> None:
    signed = Dictionary(
        Type=Name.Sig, ByteRange=Array([0, 1, 2, 3]), Contents=String(CANARY), Name=String(CANARY)
    )
    field = annotated(pdf, Subtype=Name.Widget, FT=Name.Sig, T=String("s"), V=pdf.make_indirect(signed))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)
    pdf.Root.Perms = Dictionary(DocMDP=field.V)


RUNNING = (
    "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/URI", "/Named", "/Sound", "/Invented",
)  # fmt: skip


CASES = [
    (opens_with_a_script, ""),
    (scripts_by_name, ""),
    (additional_actions, ""),
    *[(a_link_that_runs(kind), "") for kind in RUNNING],
    (a_script_behind_a_harmless_link, ""),
    (a_script_at_a_bookmark, ""),
    (a_script_that_hangs_as_a_font_too, ""),
    (an_attachment, "attachments"),
    (a_file_pinned_to_a_page, "attachments"),
    (a_file_of_a_page, "attachments"),
    (a_template_of_adobe, ""),
    (rich_media, "media"),
    (who_made_it, ""),
    (who_wrote_on_it, ""),
    (where_a_picture_was_taken, ""),
    (where_a_wrapped_picture_was_taken, ""),
    (a_file_elsewhere, ""),
    (a_signature, "signature"),
]
# Which of them a process of its own reads as well.
BY_PROCESS = a_third(a_third(CASES, "by a process"), "by a process")


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("change", "left_out"),
    CASES,
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_what_runs_hides_or_tells_on_its_maker_is_left_out_and_the_page_stays(change, left_out: str) -> None:
    source = a_pdf("Dear Bao", change=change)
    assert CANARY.encode() in in_clear(source), "the test put it there"
    content, said = written_here(source)
    clear = in_clear(content)
    assert CANARY.encode() not in clear
    assert b"/JavaScript" not in clear
    assert said == set(left_out.split())
    assert b"Dear Bao" in clear
    assert written_here(content) == (content, set()), "there is nothing more to leave out"
    if (change, left_out) in BY_PROCESS:
        assert rewriting.rewritten(source) == (content, said), "the same document, in whichever process"


def test_a_picture_in_it_is_shown_as_it_was() -> None:
    for change in (where_a_picture_was_taken, where_a_wrapped_picture_was_taken):
        content, _ = written_here(a_pdf(change=change))
        with Pdf.open(io.BytesIO(content)) as pdf:
            kept = pdf.pages[0].obj.Resources.XObject.Im1.read_raw_bytes()
        with Image.open(io.BytesIO(kept)) as now, Image.open(io.BytesIO(a_jpeg())) as before:
            assert now.tobytes() == before.tobytes()
            assert dict(now.getexif()) == {}


def test_a_jpeg_2000_loses_its_words_and_not_its_picture() -> None:
    Image.new("RGB", (40, 60), "navy").save(out := io.BytesIO(), "JPEG2000")
    plain = out.getvalue()
    box = len(CANARY).__add__(8).to_bytes(4, "big") + b"xml " + CANARY.encode()
    assert pictures.bare_jp2(plain + box) == plain
    for wrong in (plain[:20], plain + b"\0\0\0\3xml ", plain + b"\0\0\0"):
        with pytest.raises(pictures.NotAPicture):
            pictures.bare_jp2(wrong)


def test_a_jpeg_goes_on_to_its_end_with_all_its_scans() -> None:
    Image.effect_noise((90, 90), 60).save(
        out := io.BytesIO(), "JPEG", progressive=True, comment=CANARY.encode()
    )
    bare = pictures.bare_jpeg(out.getvalue())
    assert CANARY.encode() not in bare
    with Image.open(io.BytesIO(bare)) as now, Image.open(io.BytesIO(out.getvalue())) as before:
        assert now.tobytes() == before.tobytes()
    assert pictures.bare_jpeg(bare) == bare
    assert pictures.bare_jpeg(bare[:-2]) == bare, "some scanners leave the mark of the end out"
    for wrong in (b"", b"\xff\xd8", b"no", bare[:4], b"\xff\xd8\xff\xe0\0\1", b"\xff\xd8\xff"):
        with pytest.raises(pictures.NotAPicture):
            pictures.bare_jpeg(wrong)


def test_links_bookmarks_layers_form_answers_and_tags_stay() -> None:
    def change(pdf: Pdf) -> None:
        annotated(pdf, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://www.gov.uk/help")))
        annotated(pdf, Subtype=Name.Link, A=Dictionary(S=Name.GoTo, D=Array([pdf.pages[1].obj, Name.Fit])))
        annotated(pdf, Subtype=Name.Text, Contents=String("A note in the margin"))
        field = annotated(pdf, Subtype=Name.Widget, FT=Name.Tx, T=String("name"), V=String("Tesfaye"))
        pdf.Root.AcroForm = Dictionary(Fields=Array([field]), NeedAppearances=True)
        with pdf.open_outline() as outline:
            outline.root.extend([OutlineItem("Beginning", 0), OutlineItem("Ending", 1)])
        pdf.Root.Lang = String("cy")
        leaf = Dictionary(Type=Name.StructElem, S=Name.H1, A=Dictionary(O=Name.Layout, Placement=Name.Block))
        pdf.Root.StructTreeRoot = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Array([leaf])))
        pdf.Root.OCProperties = Dictionary(OCGs=Array([]), D=Dictionary(Name=String("Layers")))
        # A font, a state of a box and a class may be called as it pleases their maker.
        pdf.pages[0].obj.Resources.Font.AA = pdf.pages[0].obj.Resources.Font.F1
        states = Dictionary(JS=pdf.make_stream(b"% ticked"), Off=pdf.make_stream(b"% empty"))
        annotated(pdf, Subtype=Name.Widget, FT=Name.Btn, T=String("box"), AS=Name.JS, AP=Dictionary(N=states))

    content, left_out = written_here(a_pdf(pages=2, change=change))
    assert left_out == set()
    with Pdf.open(io.BytesIO(content)) as pdf:
        page, notes = pdf.pages[0].obj, list(pdf.pages[0].obj.Annots)
        assert str(notes[0].A.URI) == "https://www.gov.uk/help"
        assert notes[1].A.D[0].objgen == pdf.pages[1].obj.objgen
        assert str(notes[2].Contents) == "A note in the margin"
        assert str(pdf.Root.AcroForm.Fields[0].V) == "Tesfaye"
        assert b"ticked" in notes[4].AP.N.JS.read_bytes()
        assert "/AA" in page.Resources.Font
        assert [item.title for item in pdf.open_outline().root] == ["Beginning", "Ending"]
        assert str(pdf.Root.Lang) == "cy"
        assert pdf.Root.StructTreeRoot.K[0].A.Placement == Name.Block
        assert "/OCProperties" in pdf.Root
        assert len(parse_content_stream(pdf.pages[0])) == 5


def refusal(source: bytes, **limits) -> Refusal:
    with pytest.raises(Refused) as caught:
        rewriting.rewritten(source, rewriting.Limits(**limits))
    return caught.value.why


def refused_here(source: bytes) -> Refusal:
    with pytest.raises(Refused) as caught:
        written_here(source)
    return caught.value.why


def a_folder(pdf: Pdf) -> None:
    an_attachment(pdf)
    pdf.Root.Collection = Dictionary(Type=Name.Collection)


def a_form_that_only_adobe_shows(pdf: Pdf) -> None:
    a_template_of_adobe(pdf)
    pdf.Root.NeedsRendering = True


@pytest.mark.by_turns
def test_what_only_another_program_shows_is_refused_and_not_kept_empty() -> None:
    assert refused_here(a_pdf(change=a_folder)) == Refusal.FOLDER
    assert refusal(a_pdf(change=a_form_that_only_adobe_shows)) == Refusal.FORM


@pytest.mark.by_turns(8)
def test_a_locked_one_is_refused_with_a_password_and_without() -> None:
    locked = [
        a_pdf(encryption=Encryption(R=strength, **words))
        for words in (
            {"user": "secret", "owner": "other"},
            {"user": "", "owner": "other", "allow": Permissions(extract=False)},
        )
        for strength in (4, 6)
    ]
    assert {refused_here(source) for source in locked} == {Refusal.LOCKED}
    assert {refusal(source) for source in counts(locked[:1], locked)} == {Refusal.LOCKED}


@pytest.mark.by_turns(8)
def test_what_is_not_whole_or_no_pdf_is_refused() -> None:
    whole = a_pdf("x" * 3000)
    tail = b"\nstartxref\n0\n%%EOF\n"
    sources = (
        b"",
        b"%PDF-1.7\n%%EOF\n",
        b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n",
        b"%PDF-1.7\n<html><script>alert(1)</script>" + tail,
        whole[: len(whole) // 2],
        whole[: len(whole) // 2] + tail,
        whole[:-200],
        a_pdf(pages=1, change=lambda pdf: pdf.pages.__delitem__(0)),
        a_pdf(change=lambda pdf: put(pdf, b"no picture", Name.DCTDecode)),
        a_pdf(change=lambda pdf: put(pdf, b"no picture", Name.FlateDecode)),
        a_pdf(change=lambda pdf: put(pdf, b"no picture", Name.InventedDecode)),
    )
    for source in sources:
        assert refused_here(source) == Refusal.DAMAGED, source[:200]
    for source in counts(sources[::5], sources):
        assert refusal(source) == Refusal.DAMAGED, source[:200]


def test_a_page_whose_words_are_lost_is_not_kept_without_them() -> None:
    source = a_pdf("Dear Bao", object_stream_mode=ObjectStreamMode.disable)
    with Pdf.open(io.BytesIO(source)) as pdf:
        number = pdf.pages[0].obj.Contents.objgen[0]
    lost = source.replace(
        f"/Contents {number} 0 R".encode(), b"/Contents 99 0 R".ljust(15 + len(str(number)))
    )
    assert lost != source
    assert refused_here(lost) == Refusal.DAMAGED


@pytest.mark.by_turns
def test_more_pages_than_can_be_looked_through_are_refused() -> None:
    assert refusal(a_pdf(pages=4), pages=3) == Refusal.LONG
    assert written_anew(a_pdf(pages=3), most_pages=3, most_unpacked=rewriting.LIMITS.unpacked)[0]


# --- the process


MB = 1024 * 1024


def squeezed(size: int, times: int = 2) -> bytes:
    content = zlib.compress(bytes(size), 9)
    for _ in range(times - 1):
        content = zlib.compress(content, 9)
    return content


def a_bomb(pdf: Pdf) -> None:
    put(pdf, squeezed(80 * MB), Array([Name.FlateDecode] * 2))


def many_small_bombs(pdf: Pdf) -> None:
    content = squeezed(2 * MB)
    streams = [pdf.make_stream(content, Filter=Array([Name.FlateDecode] * 2)) for _ in range(10)]
    pdf.pages[0].obj.Contents = Array(streams)


@pytest.mark.by_turns
def test_a_bomb_is_refused_by_what_it_unpacks_into_and_by_memory() -> None:
    bomb = a_pdf(change=a_bomb)
    assert len(bomb) < 3_000
    assert refusal(bomb, unpacked=16 * MB) == Refusal.UNSAFE
    assert refusal(bomb, memory=64 * MB) == Refusal.UNSAFE
    many = a_pdf(change=many_small_bombs)
    assert refusal(many, unpacked=16 * MB) == Refusal.UNSAFE
    assert rewriting.rewritten(many)[0]


@pytest.mark.by_turns
@pytest.mark.parametrize("opening", [b"[", b"<</A"])
def test_one_nested_without_end_is_refused(opening: bytes) -> None:
    source = a_pdf()
    deep = source.replace(b"/BaseFont /Helvetica", b"/BaseFont /Helvetica /X " + opening * 200_000)
    assert deep != source
    assert refusal(deep) in {Refusal.DAMAGED, Refusal.UNSAFE}


def pages_below_pages(pdf: Pdf) -> None:
    top = pdf.Root.Pages
    leaf = top.Kids[0]
    for _ in range(30_000):
        node = pdf.make_indirect(Dictionary(Type=Name.Pages, Count=1, Kids=Array([leaf])))
        leaf.Parent = node
        leaf = node
    top.Kids = Array([leaf])
    leaf.Parent = top


@pytest.mark.by_turns
def test_pages_below_pages_without_end_harm_nobody() -> None:
    assert refusal(a_pdf(change=pages_below_pages)) in {Refusal.DAMAGED, Refusal.UNSAFE}


def instead(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    """Let this be run in the place of the program that reads a PDF."""
    monkeypatch.setattr(rewriting, "COMMAND", (sys.executable, "-c", program))


@pytest.mark.by_turns(8)
@pytest.mark.parametrize(
    ("program", "limits"),
    [
        ("import time; time.sleep(600)", {"wait": 0.5}),
        # It reads, and answers nothing.
        ("import sys, time; sys.stdin.buffer.read(); time.sleep(600)", {"wait": 0.5}),
        # It has answered and does not end.
        ("import os, time; os.close(1); time.sleep(600)", {}),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", {}),
        ("import os; os.abort()", {}),
        ("raise SystemExit(1)", {}),
        ("import sys\nwhile True: sys.stdout.buffer.write(bytes(65536))", {"kept": 100_000}),
    ],
)
def test_a_hang_a_crash_and_a_flood_are_refusals_and_nothing_is_left_running(
    monkeypatch: pytest.MonkeyPatch, program: str, limits: dict
) -> None:
    begun = []
    real = subprocess.Popen

    def popen(*words, **more):
        begun.append(real(*words, **more))
        return begun[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    instead(monkeypatch, program)
    before = time.monotonic()
    # More than a pipe holds.
    assert refusal(bytes(2 * MB), **limits) == Refusal.UNSAFE
    assert time.monotonic() - before < rewriting.LIMITS.wait
    assert [one.poll() is not None for one in begun] == [True]


def test_one_that_burns_the_processor_is_ended_by_its_own_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(
        monkeypatch,
        "import sys; sys.path.insert(0, '.')\n"
        "from cases.pdfs import child, cleaning\n"
        "def spin(*words, **more):\n"
        "    while True: pass\n"
        "cleaning.written_anew = spin\n"
        "child.main(*map(int, sys.argv[1:]))",
    )
    assert refusal(a_pdf(), seconds=1, wait=60) == Refusal.UNSAFE


def test_the_process_holds_no_secret_opens_no_file_and_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgres://{CANARY}")
    told = (
        "import os, sys; sys.path.insert(0, '.')\n"
        "from cases.pdfs import child, cleaning\n"
        "def tell(*words, **more):\n"
        "    opened = []\n"
        "    for path in ('/etc/passwd', '/proc/%d/environ' % os.getppid()):\n"
        "        try: open(path).close(); opened.append(path)\n"
        "        except OSError: pass\n"
        "    try: os.pipe(); opened.append('pipe')\n"
        "    except OSError: pass\n"
        "    handed = [n for n in range(3, 200) if os.path.exists('/proc/self/fd/%d' % n)]\n"
        "    return repr((dict(os.environ), opened, handed)).encode(), set()\n"
        "cleaning.written_anew = tell\n"
        "raise SystemExit(child.main(*map(int, sys.argv[1:])))"
    )
    instead(monkeypatch, told)
    said, _ = rewriting.rewritten(a_pdf())
    environment, opened, handed = ast.literal_eval(said.decode())
    # What Python itself puts there where no language is set.
    assert set(environment) <= {"LC_CTYPE"}
    assert (opened, handed) == ([], [])


@pytest.mark.by_turns(8)
def test_so_many_are_read_at_once_and_the_next_is_asked_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rewriting, "TURN_SECONDS", 0.05)
    turns = threading.BoundedSemaphore(1)
    monkeypatch.setattr(rewriting, "_turns", turns)
    with turns:
        assert refusal(a_pdf()) == Refusal.BUSY
    assert rewriting.rewritten(a_pdf())[0]
    assert refusal(b"%PDF-no") == Refusal.DAMAGED
    assert rewriting.rewritten(a_pdf())[0], "a refusal gives its turn back"


def readable_by_all() -> bool:
    places = [Path(sys.prefix), Path(sys.executable).resolve(), rewriting.ROOT]
    return all(one.stat().st_mode & 0o001 for place in places for one in (place, *place.resolve().parents))


@pytest.mark.by_turns
def test_a_plain_user_has_one_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As nobody, where root runs this in a folder that everybody may read; else as whoever runs it."""
    real = subprocess.Popen
    nobody = {"user": 65534, "group": 65534, "extra_groups": []}
    as_whom = nobody if os.getuid() == 0 and readable_by_all() else {}
    monkeypatch.setattr(subprocess, "Popen", lambda *words, **more: real(*words, **more, **as_whom))
    assert rewriting.rewritten(a_pdf())[0]
