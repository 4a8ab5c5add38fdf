"""WordPiece against Hugging Face's BertTokenizer, and what a vocabulary must be."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")  # before the import: no test may reach out

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertTokenizer

from gptlab.errors import LabError
from gptlab.text.wordpiece import (
    SPECIAL_PIECES,
    WordPieceTokenizer,
    basic_words,
    learn_wordpieces,
    longest_first,
    sentence_pair,
)

TEXT = """The quick brown fox walked; walking foxes don't panic. Zoë and ÉMILE paid $5.00 (or €7)
for 文字 at Straße 12. A walker walks, the walked walk was walkable: unwalkable? Un-walk-able!"""
AWKWARD = [
    "", "   ", "\u3000\n\t", "Don't panic, Zoë! ÀÉÎÕÜ İstanbul ΣΟΦΟΣ", "日本語と中文 mixed文字in",
    "a\u0000b\ufffdc\u200bd\u00ad e\tf\ng\r\nh\u00a0i\u2028j\u0085k", "$+<=>^`|~ price: $5.00!",
    "x" * 100, "x" * 101, "walk" * 30, "e\u0301te\u0301 \u0301", "한국어 कि नमस्ते ไทย",
    "👩‍👩‍👧 emoji 🙂", "ﬁne ﬀ Ⅷ ½ ² ﷺ", "«quotes» “x” — – …", "𠀀𪜀 㐀", "ß ẞ STRASSE",
    "a\u2060b\ufeffc\x07", "[mask] mask ##ing ## #", "…..…", "\u0378 unassigned", "foo_bar@baz.com",
]  # fmt: skip


@pytest.fixture(scope="module")
def tokenizer():
    return WordPieceTokenizer.train(TEXT, 130)


@pytest.fixture(scope="module", params=[True, False], ids=["uncased", "cased"])
def both(request, tokenizer, tmp_path_factory):
    ours = WordPieceTokenizer(tokenizer.pieces, lower=request.param)
    path = tmp_path_factory.mktemp("vocabulary") / "vocab.txt"
    ours.save(path)
    return ours, BertTokenizer(str(path), do_lower_case=request.param)


@pytest.mark.parametrize("text", [*AWKWARD, TEXT])
def test_equal_to_hugging_face(both, text):
    ours, theirs = both
    assert ours.tokenize(text) == theirs.tokenize(text)
    assert ours.encode(text) == theirs.encode(text, add_special_tokens=False)


# Below U+2E43: from there on stand signs that Unicode has called punctuation after version 8.
@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(max_codepoint=0x5FF, exclude_categories=["Cs"]), max_size=40))
def test_equal_to_hugging_face_on_any_letters(both, text):
    ours, theirs = both
    found = ours.encode(text, allow_special=True)  # theirs reads a typed [CLS] as the mark
    assert found == theirs.encode(text, add_special_tokens=False)


def test_special_pieces_are_text_unless_allowed(both):
    ours, theirs = both
    text = "a [MASK] walk[SEP]er"
    assert [ours.piece(i) for i in ours.encode(text, allow_special=True)] == theirs.tokenize(text)
    assert "[MASK]" not in ours.tokenize(text)
    assert ours.tokenize("[MASK]")[0] in ("[", "[UNK]")


def test_pairs_are_hugging_faces(both):
    ours, theirs = both
    ids, segments = sentence_pair(ours, ours.encode("the fox"), ours.encode("walks."))
    wanted = theirs("the fox", "walks.")
    assert (ids, segments) == (wanted["input_ids"], wanted["token_type_ids"])
    assert sentence_pair(ours, [7, 8]) == ([2, 7, 8, 3], [0, 0, 0, 0])
    with pytest.raises(LabError, match="empty"):
        sentence_pair(ours, [7], [])


def test_longest_match_first_is_greedy():
    pieces = {p: i for i, p in enumerate(["a", "ab", "##c", "##cd", "##b", "##bcd"])}
    assert longest_first("abcd", pieces) == ["ab", "##cd"]  # not a ##bcd, as short
    assert longest_first("abd", pieces) is None  # greed may end in a blind alley
    assert basic_words("") == []


def test_a_learned_vocabulary_spells_its_own_words():
    counts = Counter(basic_words(TEXT))
    pieces = learn_wordpieces(counts, 120)
    assert len(pieces) <= 120
    assert len(set(pieces)) == len(pieces)
    known = dict.fromkeys(pieces, 0)
    assert all(longest_first(word, known) for word in counts)
    assert "walk" in known
    assert learn_wordpieces(counts, 120) == pieces  # the same every time


def test_frequent_words_become_one_piece_and_rare_letters_are_left_out():
    counts = {"the": 1000, "there": 300, "them": 200, "zq": 1}
    pieces = learn_wordpieces(counts, 9, min_count=2)
    assert {"the", "there", "them"} <= set(pieces)
    assert "z" not in pieces
    assert "##q" not in pieces
    tokenizer = WordPieceTokenizer([*SPECIAL_PIECES, *pieces])
    assert tokenizer.tokenize("the zq there") == ["the", "[UNK]", "there"]


def test_there_and_back_through_a_file(tokenizer, tmp_path):
    tokenizer.save(tmp_path / "vocab.txt")
    again = WordPieceTokenizer.load(tmp_path / "vocab.txt")
    assert again.pieces == tokenizer.pieces
    (tmp_path / "dos.txt").write_bytes("\r\n".join(tokenizer.pieces).encode())
    assert WordPieceTokenizer.load(tmp_path / "dos.txt").pieces == tokenizer.pieces
    words = "the walkers don't panic"
    assert tokenizer.decode(tokenizer.encode(words)) == "the walkers don ' t panic"


@pytest.mark.parametrize(
    ("do", "said"),
    [
        (
            lambda t: WordPieceTokenizer(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a"]),
            r"lacks \[MASK\]",
        ),
        (lambda t: WordPieceTokenizer([*SPECIAL_PIECES, "a", "a"]), "'a' twice"),
        (lambda t: WordPieceTokenizer.train("", 100), "no character"),
        (lambda t: WordPieceTokenizer.train(TEXT, 20), "characters"),
        (lambda t: WordPieceTokenizer.train(TEXT, 5), "vocab_size is 5"),
        (lambda t: t.decode([999]), "outside 0"),
        (lambda t: t.tokenize(b"bytes"), "takes text"),
    ],
)
def test_bad_input(tokenizer, do, said):
    with pytest.raises(LabError, match=said):
        do(tokenizer)


def test_a_vocabulary_without_mask_is_named_with_its_file(tmp_path):
    path = tmp_path / "vocab.txt"
    path.write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\nthe\n")
    with pytest.raises(LabError, match=r"vocab.txt.*lacks \[MASK\]"):
        WordPieceTokenizer.load(path)
    with pytest.raises(LabError, match="is not there"):
        WordPieceTokenizer.load(tmp_path / "nothing.txt")
