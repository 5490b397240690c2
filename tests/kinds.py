"""Each kind of element is looked at once in a run that opens a page of it, and what hangs together on each page (docs/adr/0138).

Of what axe asks, two thirds of the work is about an element by itself: its colours, its size, its attributes. What it
finds is the same wherever the element stands in the same elements with the same styles. A page of forty fields has no
field that another page has not.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page

# What axe asks of an element by itself, as it stands in those around it; every other rule is about what hangs together.
OF_ONE = (
    "color-contrast",
    "link-in-text-block",
    "target-size",
    "nested-interactive",
    "scrollable-region-focusable",
    "aria-allowed-attr",
    "aria-allowed-role",
    "aria-conditional-attr",
    "aria-deprecated-role",
    "aria-prohibited-attr",
    "aria-required-attr",
    "aria-roles",
    "aria-valid-attr",
    "autocomplete-valid",
    "avoid-inline-spacing",
    "presentation-role-conflict",
    "tabindex",
)
# What of it hangs on the width.
OF_LAYOUT = ("target-size", "scrollable-region-focusable")
# From so many kinds on axe goes over the whole page in less time than it takes to find them.
MANY = 40
# A kind is a number: of the scheme and the styles of its page, of what it stands in (each by its name, its
# classes, its role and its own style), and of itself. Of what only says which one it is, the words and the addresses, it
# counts that they are there.
_KINDS = """() => {
    const mix = (seed, words) => {
        let [high, low] = [Math.floor(seed / 4294967296) ^ 0xdeadbeef, (seed >>> 0) ^ 0x41c6ce57];
        for (let at = 0; at < words.length; at++) {
            const letter = words.charCodeAt(at);
            high = Math.imul(high ^ letter, 2654435761);
            low = Math.imul(low ^ letter, 1597334677);
        }
        high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
        low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
        return 4294967296 * (2097151 & high) + (low >>> 0);
    };
    const told = /^(class|role|style|type|scope|tabindex|autocomplete|dir|lang|hidden|disabled|open|colspan|rowspan)$/;
    const pointing = /^aria-(controls|describedby|details|errormessage|flowto|labelledby|owns|label|activedescendant)$/;
    const bare = /^(class|id|style|data-.*)$/;
    const lists = /^(dl|li|ol|table|tbody|td|tfoot|th|thead|tr|ul)$/;
    const areas = /^(address|article|aside|body|details|div|fieldset|footer|form|header|main|nav|p|section|span)$/;
    const plain = (name) => lists.test(name) || areas.test(name);
    const found = new Map();
    // A field of a form may have that name.
    const within = Object.getOwnPropertyDescriptor(Element.prototype, "children").get;
    const speaks = (part) => [...part.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    const visit = (part, around, among) => {
        if (!part.checkVisibility()) return;
        const name = part.localName;
        const said = speaks(part);
        const own = [...part.attributes].map((one) => one.name).sort();
        const wide = part.clientWidth && part.scrollWidth > part.clientWidth + 1;
        const scrolls = (wide || part.clientHeight && part.scrollHeight > part.clientHeight + 1)
            && /auto|scroll/.test(getComputedStyle(part).overflow);
        if (said || scrolls || !plain(name) || own.some((one) => !bare.test(one))) {
            const words = own.map((one) => {
                const value = part.getAttribute(one);
                const exact = told.test(one) || (one.startsWith("aria-") && !pointing.test(one));
                return `${one}=${exact ? value : value.trim() !== ""}`;
            });
            const takes = plain(name) && !part.role ? "" : [...within.call(part)].map((one) => one.localName).join();
            const kind = mix(around, [name, said, scrolls, among, takes, ...words].join("|"));
            if (!found.has(kind)) found.set(kind, part);
        }
        if (name === "svg") return;
        const [classes, role, style] = ["class", "role", "style"].map((one) => part.getAttribute(one));
        const inside = mix(around, [name, classes, role, style].join("|"));
        for (const one of within.call(part)) visit(one, inside, said);
    };
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const sheets = [...document.styleSheets].map((one) => one.href ?? one.cssRules.length);
    visit(document.body, mix(0, [dark, ...sheets].join("|")), false);
    return found;
}"""
# How wide the page is, and the kinds that it shows.
SHOWN = f"() => [innerWidth, [...({_KINDS})().keys()]]"
# The first of a kind stands for itself and all others alone: what is in it is of other kinds.
_ASK = f"""async ({{options, one, wanted, whole}}) => {{
    const found = ({_KINDS})();
    const there = wanted.filter((kind) => found.has(kind));
    const parts = there.map((kind) => found.get(kind));
    const asked = new Set(parts);
    const inside = parts.flatMap((part) => [...part.childNodes].filter((one) => one.nodeType === 1 && !asked.has(one)));
    const runs = options ? [await axe.run(options)] : [];
    if (parts.length) runs.push(await axe.run(whole ? document : {{include: parts, exclude: inside}}, one));
    return [there, runs.map((run) => ({{
        checked: run.passes.length,
        faults: run.violations.map((fault) => `${{fault.id}}: ${{fault.help}}: ` + fault.nodes.map((node) =>
            node.html.slice(0, 160)).join("; ")),
    }}))];
}}"""


class Seen:
    """The kinds at which axe looked and found no fault, each at which widths: of all processes of a run, by way of a file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._read = 0
        self._widths: dict[int, set[int]] = {}

    def of(self, kinds: Sequence[int], *, width: int) -> tuple[list[int], bool]:
        """Which of the kinds were not seen at this width, in pixels, and whether all of those were at another."""
        self._catch_up()
        new = [kind for kind in kinds if width not in self._widths.get(kind, ())]
        return new, all(kind in self._widths for kind in new)

    def add(self, kinds: Sequence[int], *, width: int) -> None:
        # Whole lines at once, as several processes write them.
        with self.file.open("ab", buffering=0) as file:
            file.write("".join(f"{width} {kind}\n" for kind in kinds).encode())

    def _catch_up(self) -> None:
        if not self.file.exists():
            return
        with self.file.open("rb") as file:
            file.seek(self._read)
            whole, stop, _rest = file.read().rpartition(b"\n")
        self._read += len(whole) + len(stop)
        for line in whole.split(b"\n") if whole else ():
            width, kind = line.split()
            self._widths.setdefault(int(kind), set()).add(int(width))


# Of the run: tests/browsers.py says where its processes write it.
seen = Seen(Path(os.devnull))


def ask(
    page: Page,
    *,
    options: dict[str, object] | None,
    but: Sequence[str] = (),
    shown: tuple[int, list[int]] | None = None,
) -> list[str]:
    """What axe finds at the kinds of element that this run has not seen, and with `options` at the page as a whole.

    Axe must be on the page, which is looked at as wide as it is. Rules that are named in `but` are not asked. What is
    without a fault counts as seen; at another width its layout alone is asked for again. What is `shown` need not be
    asked for where the page has just told it.
    """
    width, all_kinds = shown or page.evaluate(SHOWN)
    new, are_known = seen.of(all_kinds, width=width)
    if not new and options is None:
        return []
    rules = OF_LAYOUT if are_known else OF_ONE
    one = {
        "runOnly": {"type": "rule", "values": [rule for rule in rules if rule not in but]},
        "resultTypes": ["violations"],
    }
    if options is not None:
        options = options | {"rules": {rule: {"enabled": False} for rule in (*OF_ONE, *but)}}
    there, runs = page.evaluate(
        _ASK, {"options": options, "one": one, "wanted": new, "whole": len(new) > MANY}
    )
    faults = [fault for run in runs for fault in run["faults"]]
    # An empty page would be without a fault as well; of new kinds there may be none that a rule is about.
    if options is not None and not runs[0]["checked"]:
        faults.append(f"axe checked nothing on {page.url}")
    if not faults and there:
        seen.add(there, width=width)
    return faults
