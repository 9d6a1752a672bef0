"""Words that people write for a value, in six languages and the usual registers: looked up, never guessed.

The lists are `data/vocab/*.toml` (value → language → words) beside the values' own lists in `data/choices.toml`. Words
are compared in a plain form; what stands in brackets, behind a number or beside a "/" counts as long as all of it
agrees.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

from geo.model.facts import facts

#: Choice → its vocabulary in `data/vocab`.
VOCABULARIES = {"status": "status", "technology": "technology", "facility_kind": "sanitation_kind"}
#: Languages and registers whose words a value has; a section with other keys is no value.
_LISTS = frozenset({"id", "en", "fr", "es", "pt", "sw", "wpdx", "mwater", "jmp", "osm", "kobo", "tz", "ug"})
#: Words that turn a working thing into one that does not.
_NEGATIONS = frozenset(re.findall(r"\w+", """
    tidak tdk tak belum blm ga gak nggak enggak ndak not non no never ne pas plus nao sin sem
"""))  # fmt: skip
#: Those, and others that turn a word round.
_DENIALS = _NEGATIONS | {"bukan", "kurang", "jarang", "hardly", "barely", "never", "nunca", "jamais", "haifanyi"}
#: What says that a thing is more than it has to be.
_MUCH = frozenset(re.findall(r"\w+", """
    very fully excellent perfect perfectly sangat sekali penuh sempurna tres parfait parfaitement muy muito optimo
    perfecto perfeito totalmente sana kabisa so
"""))  # fmt: skip
_BRACKETS = re.compile(r"^(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*$")
_NUMBERED = re.compile(r"^\s*(?:\d{1,2}|[a-zA-Z](?!\s*[.]\s*[a-zA-Z]\W*$))\s*[.):=-]\s*(?=\D{2})")
#: "R.B.", "N/F": letters that are one word, not one beside another.
_INITIALS = re.compile(r"^\s*([a-zA-Z])(?:\s*[./]\s*([a-zA-Z]))(?:\s*[./]\s*([a-zA-Z]))?\s*[.]?\s*$")
#: What turns a word round before it, and what doubts it behind it.
_NOT_SIGN, _DOUBTED = re.compile(r"^\s*[!¬]\s*(?=\w)"), re.compile(r"\?\s*$")
#: Letters that are no numbering: "T. Berfungsi" is "tidak", "K. Baik" is "kurang", "N/functional" is "non".
_SHORT = {"t": "tidak", "k": "kurang", "n": "non"}
_SHORTENED = re.compile(r"^\s*([tknTKN])\s*[.):=/-]\s*(?=[^\W\d]{2})")
#: Words that say no more of a state, and others as they are spoken.
_MEANWHILE = re.compile(
    r"(?i)\b(?:sudah lama|sudah|telah|lagi|masih|sekarang|skrg|saat ini|currently|now|already|again|still)\b"
)
_SPOKEN_TOO = (
    (re.compile(r"(?i)\b(?:msh|msih|masi|mash)\b"), "masih"),
    (re.compile(r"(?i)\b(?:sdh|udah|udh|dah|sdah)\b"), "sudah"),
    (re.compile(r"(?i)\bno longer\b"), "not"),
)
#: Since when a thing is in its state, or when it was seen so; and "isn't".
_WHEN = re.compile(
    r"\s*[(,]?\s*\b(?:(?:sejak|since|depuis|desde|tangu|dari tahun)\b.{1,30}"
    r"|(?:at|on) (?:the )?(?:time|day) of (?:the )?visit)\)?$"
    r"|\s*[(,]?\s*[<>≥≤]\s*\d+\s*(?:yrs?|years?|months?|tahun|thn|th|bulan|bln|ans?|anos?|años?|meses)\)?$",
    re.IGNORECASE,
)
_CONTRACTED = re.compile(r"\b(?:is|does|do|are)n[’'`]t\b", re.IGNORECASE)
_IS = re.compile(r"^\s*(?:it )?(?:is|are)\s+(?=\w)|^\s*it\s+(?=\w+n[’'`]t\b)", re.IGNORECASE)
_BESIDE = re.compile(r"\s*(?:/|;|\||\bdan/atau\b|\bdan\b|\band\b|&|\+)\s*")


def normal(text: str) -> str:
    """Lower case, no accents, everything that is no letter or digit one space.

    Examples
    --------
    >>> normal("Non-Functional, dry"), normal("N'existe plus"), normal("MCK++")
    ('non functional dry', 'n existe plus', 'mck')
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in plain).split())


@dataclass(frozen=True)
class Word:
    """What a word means: the value, and for a doubtful one why nothing surer can be said (`vocab/<name>` `[why.*]`)."""

    value: str
    why: str | None = None


@cache
def words_of(vocabulary: str) -> dict[str, Word]:
    """Every word of a vocabulary in its plain form, with what it means; doubtful words mean ``unknown``."""
    entry = facts(f"vocab/{vocabulary}")
    found: dict[str, Word] = {}
    for reason, words in entry.get("ambiguous", {}).items():
        found |= {word: Word("unknown", reason) for word in words}
    for value, lists in entry.items():
        if isinstance(lists, dict) and lists and set(lists) <= _LISTS:
            found |= {word: Word(value) for words in lists.values() for word in words}
    for word, others in entry.get("plurals", {}).items():
        found |= dict.fromkeys(others, found[word])
    return found


def _own_words(choices: str) -> dict[str, Word]:
    """The values themselves and the words that their own list has for them."""
    found: dict[str, Word] = {}
    for value, words in facts("choices")[choices].items():
        found |= {normal(word): Word(value) for word in (value, *words)}
    return found


@cache
def known_words(choices: str) -> dict[str, Word]:
    """All words for the values of a choice: of its vocabulary, and of its own list."""
    vocabulary = VOCABULARIES.get(choices)
    return _own_words(choices) | (words_of(vocabulary) if vocabulary else {})


@cache
def as_written(choices: str) -> dict[str, Word]:
    """Words that are doubtful only as they are written ("DAM" in capitals), with the reason."""
    vocabulary = VOCABULARIES.get(choices)
    written = facts(f"vocab/{vocabulary}").get("written", {}) if vocabulary else {}
    return {word: Word("unknown", reason) for reason, words in written.items() for word in words}


#: No word for a value has more letters, nor a sentence that says it.
_LONGEST = 500


@lru_cache(maxsize=20_000)
def meant(text: str, choices: str) -> Word | None:
    """What a text means among the values of a choice; None where nobody knows.

    Examples
    --------
    >>> meant("Rusak Berat (RB)", "status"), meant("2. Tdk berfungsi", "status"), meant("baik/rusak", "status")
    (Word(value='non_functional', why=None), Word(value='non_functional', why=None), None)
    >>> meant("Sumur Gali / SGL", "technology").value, meant("xyzzy", "status")
    ('open_well', None)
    """
    if len(text) > _LONGEST:
        return None
    known = known_words(choices)
    doubtful = as_written(choices).get(_NUMBERED.sub("", text).strip())
    if doubtful is not None:
        return doubtful
    initials = _INITIALS.match(text)
    if initials is not None:
        return known.get("".join(filter(None, initials.groups())).lower())
    if choices == "status":
        if _DOUBTED.search(text) and len(normal(text)) > 1:
            return None
        text = _NOT_SIGN.sub("tidak ", text)
        text = text if _looked_up(text, known) else _SPOKEN.sub("tidak", text)
        text = _SHORTENED.sub(lambda found: f"{_SHORT[found[1].lower()]} ", text)
        plainly = _CONTRACTED.sub("not", _IS.sub("", _WHEN.sub("", text) or text))
        text = text if _looked_up(text, known) else plainly
        text = text if _looked_up(text, known) else _meanwhile(text, known)
    else:
        text = _NOT_KEPT.sub("tidak ", text) if not _looked_up(text, known) else text
    whole = _looked_up(text, known)
    if whole is not None:
        return whole
    if choices == "status" and (parts := _parted(text)) is not None:
        return _said_by_all(parts, known)
    return _of_parts(text, known) or _negated(text, choices, known) or _alike(text, known)


def _looked_up(text: str, known: dict[str, Word]) -> Word | None:
    """The word as a whole, without the number before it, or its English plural."""
    plain = normal(text)
    if not plain:
        return None
    for one in (plain, normal(_NUMBERED.sub("", text)), plain.removesuffix("s")):
        if one in known:
            return known[one]
    return None


def _meanwhile(text: str, known: dict[str, Word]) -> str:
    """A state without words like "sudah" and "masih", unless it is known with them ("sudah diperbaiki")."""
    for spoken, written in _SPOKEN_TOO:
        text = spoken.sub(written, text)
    return text if _looked_up(text, known) else _MEANWHILE.sub(" ", text).strip() or text


#: "tdk", "belum" before what a source may be.
_NOT_KEPT = re.compile(r"(?i)\b(?:tdk|tdak|tak|belum|blm)\s+(?=terlindung|dilindungi|layak|kedap)")
#: How people say "tidak" besides, in Indonesian, Sundanese, Javanese and Malay as spoken.
_SPOKEN = re.compile(
    r"(?i)\b(?:ng?gak?|gak?|engg?ak?|ndak|nda|kagak|ora|mboten|teu|henteu|dak|indak|tdak|tidk|tida|tdk)\b"
)
#: What parts a text about a state into several: brackets, signs, a dash, "but".
_PARTED = re.compile(r"\s*(?:[/;|()\[\]&+,]|\s[-–—:]\s|\b(?:dan|and|atau|or|tapi|tetapi|namun|but|mais|pero|mas)\b)\s*")


def _parted(text: str) -> list[str] | None:
    """The parts of a text that says more than one thing of a state; None where it says one."""
    parts = [part for part in _PARTED.split(_NUMBERED.sub("", text)) if normal(part)]
    return parts if len(parts) > 1 else None


def _said_by_all(parts: list[str], known: dict[str, Word]) -> Word | None:
    """What every part says; where one works and another does not, or one is not known, nobody can tell.

    A thing that works and needs repair, as two parts say, needs repair; one that works and is doubtful ("functional /
    poor") is doubtful; a bare "no" beside a state ("broken (no)") is an answer, no state.
    """
    words = [
        _looked_up(part, known) or _negated(part, "status", known) or _alike(part, known)
        for part in parts
        if not part.strip().isdigit()
    ]
    if not words or None in words or _answers(parts):
        return None
    doubtful = next((word for word in words if word and word.value == "unknown"), None)
    if doubtful is not None:
        return doubtful
    said = {word.value for word in words if word}
    if said == {"functional", "needs_repair"}:
        return Word("needs_repair")
    return _agreed([word for word in words if word])


def _answers(parts: list[str]) -> bool:
    """Whether a "no" stands behind a state: "broken (no)"; before it, it may be the state: "No, dry"."""
    return any(truth(part) is False for part in parts[1:])


@cache
def asked_state(head: str, table: str) -> str | None:
    """The state that "yes" means under a head ("Sarana tidak berfungsi?"); None where the head asks for none.

    Examples
    --------
    >>> [asked_state(one, "water_points") for one in ("Apakah sarana berfungsi?", "Status rusak", "Kondisi")]
    ['functional', 'non_functional', None]
    >>> asked_state("Committee not functional", "water_points") is None  # another thing's state
    True
    """
    entry = facts("ticks")["asked_words"]
    head = _OR_NOT.sub("", head)  # "Berfungsi (ya/tidak)", "Functional / Non-functional"
    plain, own = normal(head), {*entry["beside"], *entry.get(table, ())}
    if plain in _NUMBERS:  # "NO" counts the rows
        return None
    rest = [word for word in plain.split() if word not in own]
    word = meant(plain, "status") or (meant(" ".join(rest), "status") if rest else None)
    if word is not None and word.value != "unknown":
        return word.value if not _turned(plain.split(), entry) else None
    for state in ("needs_repair", "non_functional"):
        left = f" {plain} "
        for words in (stem for stem in entry[state] if " " in stem):
            left = left.replace(f" {words} ", " ")
        parts = [part for part in left.split() if part not in own]
        said = [part for part in parts if not part.startswith(tuple(entry[state]))]
        found = len(said) < len(parts) or left != f" {plain} "
        if found and all(part in of_states() for part in said):
            needed = state != "needs_repair" or bool(set(entry["needs"]) & set(plain.split()))
            return state if needed and not _turned(plain.split(), entry) else None
    return None


#: Heads of a running number.
_NUMBERS = frozenset({"no", "nomor", "no urut", "nr", "n", "num", "numero"})
#: The other answer in a head: "atau tidak", "/ Tidak berfungsi", "(ya/tidak)", "or not".
_OR_NOT = re.compile(
    r"\s*(?:\b(?:atau|or|ou|o)\b|/|\()\s*(?:(?:ya|yes|y|oui|si|sim)\s*/\s*)?(?:tidak|tdk|belum|non|not|no|n|pas|nao)\b.*$",
    re.IGNORECASE,
)


def _turned(words: list[str], entry: dict[str, list[str]]) -> bool:
    """Whether a head denies what is bad ("No problems", "Belum rusak") or a need: what yes means there nobody says."""
    bad = tuple(stem for stem in entry["non_functional"] if " " not in stem and stem not in _NEGATIONS)
    denied = any(word in _NEGATIONS or word in ("without", "tanpa", "sans") for word in words)
    return denied and any(word.startswith(bad) or word in entry["needs"] for word in words if word not in _NEGATIONS)


@cache
def of_states() -> frozenset[str]:
    """Words that a head about a thing's state may have besides those of the thing itself."""
    heads = facts("synonyms")["heads"]["status"]
    return frozenset((*heads["with"], *heads["beside"], *facts("ticks")["asked_words"]["beside"]))


def of_its_state(head: str, table: str) -> bool:
    """Whether a head speaks of the state of the thing itself, and of nothing else ("GPS status" does not)."""
    own = facts("ticks")["asked_words"].get(table, ())
    return all(word in of_states() or word in own or word.isdigit() for word in normal(head).split())


def of_the_water(head: str, texts: Iterable[str]) -> bool:
    """Whether a head and its words tell how the water is, not how the point works ("Kondisi air": "keruh")."""
    said = facts("ticks")["quality_said"]
    return normal(head) in said["heads"] and any(normal(text) in said["words"] for text in texts)


def _of_parts(text: str, known: dict[str, Word]) -> Word | None:
    """Words in brackets or beside each other that agree; of "hand pump - Afridev" the one that is known."""
    bracket = _BRACKETS.match(text)
    if bracket is not None:
        if any(_unprotected(part) and not _looked_up(part, known) for part in bracket.groups()):
            return None  # "spring (not protected)" is no protected spring
        within = [word for word in (_looked_up(part, known) for part in bracket.groups()) if word]
        return _agreed(within) if within else None
    beside = _BESIDE.split(text)
    if len(beside) > 1:
        if any(map(_unprotected, beside)) and not all(map(_unprotected, beside)):
            return None
        words = [_looked_up(part, known) for part in beside]
        return None if None in words else _agreed([word for word in words if word])
    head, dash, _ = re.split(r"(\s[-–:]\s)", text, maxsplit=1) if re.search(r"\s[-–:]\s", text) else (text, "", "")
    return _looked_up(head, known) if dash else None


#: What a source is, or is not: protected, improved.
_KEPT = re.compile(r"lindung|prote[cg]|improv|amelior|mejorad|melhorad")


def _unprotected(part: str) -> bool:
    """Whether a part of a text says that a source is not protected."""
    plain = normal(part)
    return bool(_KEPT.search(plain)) and (
        _denies(plain) or bool(re.search(r"\b(?:un|tak ?|des|des )(?:prote|improv)", plain))
    )


def _agreed(words: list[Word]) -> Word | None:
    """The word all of them mean; doubtful ones leave it to the others."""
    sure = {word.value for word in words if word.why is None and word.value != "unknown"}
    if len(sure) > 1:
        return None
    return next((word for word in words if word.value in sure), words[0])


def _negated(text: str, choices: str, known: dict[str, Word]) -> Word | None:
    """A word that says the opposite of one that works, as no list has it: it does not work."""
    if choices != "status":
        return None
    first, *rest = normal(text).split() or [""]
    denied = known.get(" ".join(rest))
    if denied and _MUCH & set(rest):
        return Word("unknown", "condition")  # "not very good" is not good, and may work
    return Word("non_functional") if first in _NEGATIONS and denied and denied.value == "functional" else None


def _alike(text: str, known: dict[str, Word]) -> Word | None:
    """Several words that each mean the same ("berfungsi normal"), none of them a negation."""
    words = normal(text).split()
    found = [known.get(word) for word in words]
    if len(words) < 2 or None in found or any(word in _NEGATIONS or truth(word) is False for word in words):
        return None
    return found[0] if len({word.value for word in found if word}) == 1 else None


@cache
def _truths() -> dict[str, bool | None]:
    entry = facts("vocab/yes_no")
    found: dict[str, bool | None] = {word: None for words in entry["ambiguous"].values() for word in words}
    for value in ("true", "false"):
        found |= {word: value == "true" for words in entry[value].values() for word in words}
        found |= dict.fromkeys(entry["marks"][value], value == "true")
    for word, others in entry.get("plurals", {}).items():
        found |= dict.fromkeys(others, found[word])
    return found


def truth(text: str, column: str = "") -> bool | None:
    """Yes or no, by what the word means in that column; None where it says neither.

    Examples
    --------
    >>> truth("Ada"), truth("tidak ada"), truth("√"), truth("terlindung", "improved"), truth("kadang")
    (True, False, True, True, None)
    """
    own: dict[str, bool] = facts("vocab/yes_no")["for"].get(column, {})
    plain = normal(text)
    if plain in own:
        return own[plain]
    return _truths().get(plain or text.strip(), None)


def _denies(plain: str) -> bool:
    """Whether a text (in its plain form) says that something is not so, or hardly so."""
    return bool(_DENIALS & set(plain.split()))


def likely(text: str, choices: str, most: int = 3) -> list[str]:
    """Values whose words look like a text nobody knows, likest first: to be proposed, never applied."""
    from rapidfuzz import fuzz, process

    known = known_words(choices)
    plain = normal(text)
    if choices == "status" and _denies(plain):  # the opposite of what is said looks most like it
        known = {word: means for word, means in known.items() if _denies(word)}
    known = {word: means for word, means in known.items() if len(word) > 2}
    found = process.extract(plain, list(known), scorer=fuzz.WRatio, limit=12, score_cutoff=75)
    return list(dict.fromkeys(known[word].value for word, _, _ in found if known[word].value != "unknown"))[:most]
