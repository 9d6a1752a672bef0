"""Every word of the lists, its negation and its plural; and what stands around a word."""

from __future__ import annotations

import pytest

from geo.cells.vocabulary import VOCABULARIES, likely, meant, normal, truth, words_of
from geo.model.facts import facts

WORKS = {"functional", "needs_repair"}


@pytest.mark.parametrize("name", ["status", "technology", "source", "sanitation_kind"])
def test_every_word_is_plain_and_means_a_value_that_exists(name: str) -> None:
    choices = {"status": "status", "sanitation_kind": "facility_kind"}.get(name, "technology")
    entry, known = facts(f"vocab/{name}"), set(facts("choices")[choices])
    words = words_of(name)
    assert len(words) > 200
    for word, meaning in words.items():
        assert normal(word) == word
        assert meaning.value in known, word
        if meaning.why is not None:
            assert set(entry["why"][meaning.why]) == {"id", "en"}


def test_no_word_of_one_list_has_two_meanings() -> None:
    for name in VOCABULARIES.values():
        entry, met = facts(f"vocab/{name}"), {}
        lists = [(value, word) for value in facts("choices")[{v: k for k, v in VOCABULARIES.items()}[name]]
                 for words in entry.get(value, {}).values() for word in words]  # fmt: skip
        lists += [("unknown", word) for words in entry["ambiguous"].values() for word in words]
        for value, word in lists:
            assert met.setdefault(word, value) == value, f"{name}: {word}"


def test_a_negation_is_never_read_as_what_it_negates() -> None:
    pairs = facts("vocab/status")["pairs"]
    assert len(pairs) > 100
    for word, negations in pairs.items():
        meaning = meant(word, "status")
        assert meaning is not None
        for negation in negations:
            other = meant(negation, "status")
            assert other is not None, negation
            if meaning.why is None and other.why is None:
                assert (meaning.value in WORKS) != (other.value in WORKS), (word, negation)


def test_a_plural_means_what_its_singular_does() -> None:
    for vocabulary, choices in (
        ("status", "status"),
        ("technology", "technology"),
        ("sanitation_kind", "facility_kind"),
    ):
        for word, others in facts(f"vocab/{vocabulary}").get("plurals", {}).items():
            for other in others:
                assert meant(other, choices) == meant(word, choices), other


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Rusak Berat (RB)", "non_functional"),
        ("2. Rusak ringan", "needs_repair"),
        ("NON-FUNCTIONAL", "non_functional"),
        ("belum dapat digunakan", "non_functional"),
        ("Berfungsi / Baik", "functional"),
        ("baik/rusak", None),
        ("Partially functional", "needs_repair"),
        ("hors service", "non_functional"),
        ("en panne", "non_functional"),
        ("haifanyi kazi", "non_functional"),
        ("não funciona", "non_functional"),
        ("zzz", None),
    ],
)
def test_what_stands_around_a_word(text: str, value: str | None) -> None:
    word = meant(text, "status")
    assert (None if word is None else word.value) == value


def test_yes_and_no() -> None:
    assert [truth(word) for word in ("Ya", "ada", "oui", "sí", "ndiyo", "√", "1")] == [True] * 7
    assert [truth(word) for word in ("Tidak", "tidak ada", "non", "hapana", "✗", "0")] == [False] * 6
    assert truth("mungkin") is None
    assert truth("terlindung", "improved") is True


def test_likeness_is_proposed() -> None:
    assert likely("rusakk brat", "status") == ["non_functional"]
