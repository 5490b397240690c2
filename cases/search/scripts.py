"""Names in other scripts written in Latin letters, as far as a small table can: what a reader who knows no Arabic would type."""

import unicodedata
from functools import cache

# Letters that stand for a sound; what is written over and under them is taken off afterwards.
_ARABIC = {
    "ا": "a", "آ": "a", "أ": "a", "إ": "i", "ٱ": "a", "ء": "", "ؤ": "u", "ئ": "i", "ب": "b", "ت": "t", "ث": "th",
    "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "z", "ر": "r", "ز": "z", "س": "s", "ش": "sh", "ص": "s", "ض": "d",
    "ط": "t", "ظ": "z", "ع": "a", "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ل": "l", "م": "m", "ن": "n", "ه": "h",
    "ة": "a", "و": "w", "ي": "y", "ى": "a",
    # Persian, Dari, Pashto, Urdu and Kurdish.
    "پ": "p", "چ": "ch", "ژ": "zh", "گ": "g", "ک": "k", "ی": "y", "ۀ": "a", "ڤ": "v", "ټ": "t", "ډ": "d", "ړ": "r",
    "ڼ": "n", "ښ": "sh", "ږ": "zh", "ځ": "z", "څ": "s", "ې": "e", "ۍ": "i", "ګ": "g", "ي\u0654": "i", "ٹ": "t",
    "ڈ": "d", "ڑ": "r", "ں": "n", "ے": "e", "ہ": "h", "ھ": "", "ۂ": "a", "ێ": "e", "ۆ": "o", "ڕ": "r", "ڵ": "l",
    "ە": "a", "ۇ": "u",
}  # fmt: skip
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "yo", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "sh", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "є": "ye", "і": "i", "ї": "yi", "ґ": "g", "ў": "w", "ј": "y", "љ": "l", "њ": "n", "ћ": "ch", "ђ": "j", "џ": "j",
    "ѕ": "z", "қ": "q", "ғ": "gh", "ң": "n", "ү": "u", "ұ": "u", "ө": "o", "ә": "a", "һ": "h", "ҳ": "h", "ҷ": "j",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "ks", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "i", "φ": "f",
    "χ": "kh", "ψ": "ps", "ω": "o",
}  # fmt: skip
_HEBREW = {
    "א": "a", "ב": "b", "ג": "g", "ד": "d", "ה": "h", "ו": "v", "ז": "z", "ח": "kh", "ט": "t", "י": "y", "כ": "k",
    "ך": "k", "ל": "l", "מ": "m", "ם": "m", "נ": "n", "ן": "n", "ס": "s", "ע": "a", "פ": "p", "ף": "f", "צ": "ts",
    "ץ": "ts", "ק": "k", "ר": "r", "ש": "sh", "ת": "t",
}  # fmt: skip
_GEORGIAN = {
    "ა": "a", "ბ": "b", "გ": "g", "დ": "d", "ე": "e", "ვ": "v", "ზ": "z", "თ": "t", "ი": "i", "კ": "k",
    "ლ": "l", "მ": "m", "ნ": "n", "ო": "o", "პ": "p", "ჟ": "zh", "რ": "r", "ს": "s", "ტ": "t", "უ": "u",
    "ფ": "p", "ქ": "k", "ღ": "gh", "ყ": "q", "შ": "sh", "ჩ": "ch", "ც": "ts", "ძ": "dz", "წ": "ts",
    "ჭ": "ch", "ხ": "kh", "ჯ": "j", "ჰ": "h",
}  # fmt: skip
_ARMENIAN = {
    "ա": "a", "բ": "b", "գ": "g", "դ": "d", "ե": "e", "զ": "z", "է": "e", "ը": "e", "թ": "t", "ժ": "zh",
    "ի": "i", "լ": "l", "խ": "kh", "ծ": "ts", "կ": "k", "հ": "h", "ձ": "dz", "ղ": "gh", "ճ": "ch", "մ": "m",
    "յ": "y", "ն": "n", "շ": "sh", "ո": "o", "չ": "ch", "պ": "p", "ջ": "j", "ռ": "r", "ս": "s", "վ": "v",
    "տ": "t", "ր": "r", "ց": "ts", "ւ": "v", "փ": "p", "ք": "k", "օ": "o", "ֆ": "f", "և": "ev",
}  # fmt: skip
_LATIN = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "å": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ı": "i", "ə": "a",
    "ŋ": "ng", "ħ": "h", "ɓ": "b", "ɗ": "d", "ƙ": "k", "š": "sh", "ş": "sh", "ș": "sh", "ś": "sh", "č": "ch",
    "ç": "ch", "ć": "ch", "ž": "zh", "ż": "zh", "ğ": "g", "ǧ": "j", "ǰ": "j", "ḫ": "kh", "ẖ": "kh", "ä": "e",
    "ġ": "gh", "ṯ": "th", "ḏ": "z",
}  # fmt: skip
LETTERS = {
    **_ARABIC, **_CYRILLIC, **_GREEK, **_HEBREW, **_GEORGIAN, **_ARMENIAN, **_LATIN,
}  # fmt: skip
# What PostgreSQL, a keyboard or a scholar writes for ayn and hamza; inside a word it is no sound to search by.
SILENT = frozenset("'’‘`´ʼʻʿʾʹʺˈ\u0640\u200c\u200d\u200e\u200f")
# The first sounds of Ethiopic syllables, where Unicode's name for them is no spelling of them.
_ETHIOPIC = {
    "SZ": "s", "HH": "h", "X": "h", "GLOTTAL ": "", "PHARYNGEAL ": "", "TH": "t", "PH": "p", "TZ": "ts", "C": "ch",
    "KX": "h", "XW": "hw", "DD": "d", "GG": "g",
}  # fmt: skip
_VOWELS_OF_ETHIOPIC = {
    "AA": "a",
    "EE": "e",
    "WAA": "wa",
    "WA": "wa",
    "A": "e",
    "U": "u",
    "I": "i",
    "E": "",
    "O": "o",
}
_INDIC = frozenset(
    {"BENGALI", "DEVANAGARI", "GURMUKHI", "GUJARATI", "TAMIL", "TELUGU", "MALAYALAM", "SINHALA"}
)


def latin(text: str) -> str:
    """Return `text` in small Latin letters, without marks; a script that no table here knows stays as it is."""
    written = []
    for character in unicodedata.normalize("NFKC", text).lower():
        if character in SILENT:
            continue
        written.append(_letter(character))
    plain = unicodedata.normalize("NFKD", "".join(written))
    return "".join(character for character in plain if not unicodedata.combining(character))


@cache
def _letter(character: str) -> str:
    if character.isascii():
        return character
    known = LETTERS.get(character)
    if known is not None:
        return known
    # A letter with marks of its own: the letter under them may be one of the table.
    bare = unicodedata.normalize("NFKD", character)
    if len(bare) > 1 and unicodedata.combining(bare[1]):
        return "".join(LETTERS.get(part, part) for part in bare)
    return _by_its_name(character)


def _by_its_name(character: str) -> str:
    """A character of a script whose letters Unicode names by their sounds; any other as it is."""
    script, _, rest = unicodedata.name(character, "").partition(" ")
    if script in {"ETHIOPIC", "HANGUL"} and rest.startswith("SYLLABLE "):
        syllable = rest.removeprefix("SYLLABLE ")
        return _ethiopic(syllable) if script == "ETHIOPIC" else syllable.lower()
    return _indic(rest) if script in _INDIC else character


def _ethiopic(syllable: str) -> str:
    """Read a syllable's name, like "GLOTTAL A", "SZU" or "MAA": its first sound, then one of seven vowels."""
    for ending, vowel in _VOWELS_OF_ETHIOPIC.items():
        if syllable.endswith(ending):
            first = syllable.removesuffix(ending)
            if first.strip() in {"GLOTTAL", "PHARYNGEAL"} and ending == "A":
                return "a"
            return _ETHIOPIC.get(first, first.lower().strip()) + vowel
    return syllable.lower()


def _indic(letter: str) -> str:
    """Read a letter's name, like "LETTER KHA" or "VOWEL SIGN AA"; the vowel that every consonant carries is left out."""
    if letter.startswith("VOWEL SIGN "):
        return letter.removeprefix("VOWEL SIGN ").split()[-1].lower()
    if letter.startswith("LETTER "):
        sound = letter.removeprefix("LETTER ").split()[-1].lower()
        is_consonant = len(sound) > 1 and sound.endswith("a") and sound[0] not in "aeiou"
        return sound.removesuffix("a") if is_consonant else sound
    return {"SIGN ANUSVARA": "n", "SIGN CANDRABINDU": "n", "SIGN VISARGA": "h"}.get(letter, "")
