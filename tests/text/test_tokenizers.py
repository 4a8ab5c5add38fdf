"""Tokenizers: the same ids as tokenizers and tiktoken on the same merges; files; bad input."""

import doctest
import os
import pickle
import unicodedata
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gptlab.errors import LabError
from gptlab.text import bpe, corpora
from gptlab.text import tokenizers as tokenizers_module
from gptlab.text.tokenizers import (
    END_OF_TEXT,
    BPETokenizer,
    ByteTokenizer,
    CharTokenizer,
    Tokenizer,
    load,
)

ROOT = Path(__file__).resolve().parents[2]
GPT2 = Path(os.environ.get("GPTLAB_MIRROR") or ROOT.parent / "shared" / "data") / "gpt2"
AWKWARD = [
    "👩‍👩‍👧‍👦🇩🇪👍🏽",  # joined emoji, a flag, a skin tone
    "e\u0301 ñ n\u0303 \u0301\u0301",  # combining marks, on letters and alone
    "東京タワー 대한민국 ภาษาไทย مرحبا שלום",
    "\x00\x01\x1b[0m\x7f\x85\u200b\ufeff\ufffd",  # NUL, control characters, no-width, U+FFFD
    " \t \n\r\n  \u00a0\u2003\u3000\x1c\x1f",  # white space of every kind
    "I'll we're don't 'tis it's'S 'LL ’s",
    "x = 3.14159; y += 1_000; ½ ² Ⅷ ٣",
    "a" * 300,
    "\U0010ffff\U000e0001𝔘𝔫𝔦",
    f"{END_OF_TEXT} <|endoftext| |> {END_OF_TEXT}{END_OF_TEXT}",
]
# No surrogates (they are no text), and no code points that are no characters yet: whether such a
# one is a letter depends on the year of each library's tables.
characters = st.characters(exclude_categories=["Cs", "Cn"])
awkward_text = st.lists(
    st.sampled_from(AWKWARD) | st.text(characters, max_size=20), max_size=8
).map("".join)
ORIGINAL_PATTERN = (  # as published with GPT-2; ours is written more shortly
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
)


@pytest.fixture(scope="module")
def trained() -> BPETokenizer:
    texts = [document.text for document in corpora.wikipedia().train[:6]]
    return BPETokenizer.train([*texts, *AWKWARD * 3], vocab_size=1500)


@pytest.fixture(scope="module")
def gpt2() -> BPETokenizer:
    if not (GPT2 / "vocab.bpe").exists():
        pytest.skip(f"GPT-2's tokenizer files are not at {GPT2}; set GPTLAB_MIRROR")
    return BPETokenizer.from_gpt2(GPT2 / "vocab.bpe", GPT2 / "encoder.json")


def as_tiktoken(mine):
    tiktoken = pytest.importorskip("tiktoken")
    ordinary = mine.vocab_size - len(mine.special_tokens)
    return tiktoken.Encoding(
        "same merges",
        pat_str=ORIGINAL_PATTERN,
        mergeable_ranks={mine.token_bytes(i): i for i in range(ordinary)},
        special_tokens=mine.special_tokens,
    )


def as_tokenizers(mine):
    tokenizers = pytest.importorskip("tokenizers")
    symbols = bpe.token_symbols(mine.merges)
    theirs = tokenizers.Tokenizer(
        tokenizers.models.BPE(
            vocab={symbol: i for i, symbol in enumerate(symbols)},
            merges=[(symbols[left], symbols[right]) for left, right in mine.merges],
        )
    )
    theirs.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    theirs.decoder = tokenizers.decoders.ByteLevel()
    return theirs


@pytest.fixture(scope="module", params=["trained", "gpt2"])
def three(request):
    mine = request.getfixturevalue(request.param)
    return mine, as_tiktoken(mine), as_tokenizers(mine)


# --- the same ids as others --------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(text=awkward_text)
@example(text="".join(AWKWARD))
@example(text="")
def test_ids_equal_tiktoken_and_tokenizers(three, text):
    mine, tiktoken, tokenizers = three
    ids = mine.encode(text)
    assert ids == tiktoken.encode(text, disallowed_special=())
    assert ids == tokenizers.encode(text).ids
    assert mine.decode(ids) == text


@settings(max_examples=200, deadline=None)
@given(text=awkward_text)
@example(text=END_OF_TEXT)
def test_special_tokens_equal_tiktoken(three, text):
    mine, tiktoken, _ = three
    ids = mine.encode(text, allow_special=True)
    assert ids == tiktoken.encode(text, allowed_special="all")
    assert mine.decode(ids) == text


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_ids_decode_as_in_tiktoken(three, data):
    mine, tiktoken, _ = three
    ids = data.draw(st.lists(st.integers(0, mine.vocab_size - 1), max_size=30))
    assert mine.decode(ids) == tiktoken.decode(ids, errors="replace")


def test_ids_equal_both_on_articles(three):
    mine, tiktoken, tokenizers = three
    for document in corpora.wikipedia().held_out[:3]:
        ids = mine.encode(document.text)
        assert ids == tiktoken.encode_ordinary(document.text)
        assert ids == tokenizers.encode(document.text).ids


@pytest.mark.parametrize("word", ["ab" * 5_000, " " * 5_000, "\n" * 5_000 + "x", "é" * 5_000])
def test_very_long_words_equal_tokenizers(three, word):
    mine, _, tokenizers = three
    assert mine.encode(word) == tokenizers.encode(word).ids


def test_every_character_is_cut_as_in_tiktoken(trained):
    # One disagreement about what a letter, a digit or a space is would show here.
    tiktoken = as_tiktoken(trained)
    assigned = [chr(code) for code in range(0x110000)]
    assigned = [char for char in assigned if unicodedata.category(char) not in ("Cs", "Cn", "Co")]
    assert len(assigned) > 140_000
    for first in range(0, len(assigned), 256):
        text = "".join(f"a{char}1 {char}  {char}" for char in assigned[first : first + 256])
        assert trained.encode(text) == tiktoken.encode_ordinary(text), (
            f"from {assigned[first]!r} on"
        )


def test_gpt2_has_its_known_ids(gpt2):
    assert gpt2.vocab_size == 50_257
    assert gpt2.special_tokens == {END_OF_TEXT: 50_256}
    assert gpt2.encode("Hello world") == [15496, 995]
    assert gpt2.decode([464, 2068, 7586, 21831]) == "The quick brown fox"


# --- what all tokenizers promise ---------------------------------------------------------------


@pytest.fixture(params=["byte", "character", "bpe"])
def tokenizer(request, trained) -> Tokenizer:
    if request.param == "byte":
        return ByteTokenizer(special_tokens=(END_OF_TEXT, "<|pad|>"))
    if request.param == "character":
        return CharTokenizer.train(AWKWARD, special_tokens=END_OF_TEXT)
    return trained


def test_round_trip_and_byte_table(tokenizer):
    for text in AWKWARD:
        ids = tokenizer.encode(text)
        assert tokenizer.decode(ids) == text
        assert b"".join(tokenizer.token_bytes(i) for i in ids) == text.encode()
        assert all(0 <= token_id < tokenizer.vocab_size for token_id in ids)


def test_special_tokens_come_last_and_only_when_asked_for(tokenizer):
    ids = sorted(tokenizer.special_tokens.values())
    assert ids == list(range(tokenizer.vocab_size - len(ids), tokenizer.vocab_size))
    special = tokenizer.special_tokens[END_OF_TEXT]
    assert special not in tokenizer.encode(END_OF_TEXT)
    text = f"a{END_OF_TEXT}1{END_OF_TEXT}"
    ids = tokenizer.encode(text, allow_special=True)
    assert ids == [*tokenizer.encode("a"), special, *tokenizer.encode("1"), special]
    assert tokenizer.decode(ids) == text


def test_saved_and_loaded_is_the_same(tokenizer, tmp_path):
    path = tmp_path / "new folder" / "tokenizer.json"
    tokenizer.save(path)
    again = load(path)
    assert type(again) is type(tokenizer)
    assert again.special_tokens == tokenizer.special_tokens
    assert again.vocab_size == tokenizer.vocab_size
    text = "".join(AWKWARD)
    assert again.encode(text, allow_special=True) == tokenizer.encode(text, allow_special=True)
    assert [p.name for p in path.parent.iterdir()] == ["tokenizer.json"]
    first = path.read_bytes()
    again.save(path)
    assert path.read_bytes() == first


def test_goes_to_another_process(tokenizer):
    again = pickle.loads(pickle.dumps(tokenizer))
    assert again.encode("It is 1954.") == tokenizer.encode("It is 1954.")


def test_decode_takes_lists_arrays_and_tensors(tokenizer):
    ids = tokenizer.encode("It is 1954.")
    assert tokenizer.decode(np.array(ids, dtype=np.uint16)) == "It is 1954."
    assert tokenizer.decode(torch.tensor(ids)) == "It is 1954."
    assert tokenizer.decode(list(torch.tensor(ids))) == "It is 1954."
    assert tokenizer.decode(iter(ids)) == "It is 1954."
    assert tokenizer.decode([]) == ""


@pytest.mark.parametrize("offset", [0, 5])
def test_ids_out_of_range_are_named(tokenizer, offset):
    bad = tokenizer.vocab_size + offset
    with pytest.raises(
        LabError, match=rf"token id {bad} is outside 0 … {tokenizer.vocab_size - 1}"
    ):
        tokenizer.decode([0, bad])
    with pytest.raises(LabError, match="token id -1"):  # -1 must not mean the last one
        tokenizer.decode([-1])


@pytest.mark.parametrize("ids", [3, [[1, 2]], torch.zeros(2, 2).long(), [1.5], ["a"], None])
def test_what_is_no_row_of_ids_is_refused(tokenizer, ids):
    with pytest.raises(LabError, match="flat list of ids"):
        tokenizer.decode(ids)


@pytest.mark.parametrize("text", [b"bytes", None, ["a"]])
def test_what_is_no_text_is_refused(tokenizer, text):
    with pytest.raises(LabError, match="takes text"):
        tokenizer.encode(text)


def test_half_a_surrogate_pair_is_named_with_its_place():
    for tokenizer in (ByteTokenizer(), BPETokenizer([])):
        with pytest.raises(LabError, match=r"U\+D83D at position 3"):
            tokenizer.encode("ab \ud83d!")
    with pytest.raises(LabError, match="surrogate"):
        BPETokenizer.train("ab \ud83d!", 300)
    with pytest.raises(LabError, match="not one character"):
        CharTokenizer.train("ab \ud83d!")


@pytest.mark.parametrize("names", [("",), (END_OF_TEXT, END_OF_TEXT), ("\ud83d",), (7,)])
def test_special_tokens_must_be_distinct_names(names):
    with pytest.raises(LabError, match="special token"):
        ByteTokenizer(special_tokens=names)


def test_a_longer_special_token_wins_over_its_beginning():
    tokenizer = ByteTokenizer(special_tokens=("<|a|>", "<|a|><|b|>"))
    assert tokenizer.encode("<|a|><|b|><|a|>", allow_special=True) == [257, 256]


def test_the_examples_in_the_docstrings_run():
    for module in (bpe, tokenizers_module):
        found = doctest.testmod(module)
        assert found.attempted >= 3
        assert found.failed == 0


# --- each tokenizer's own ----------------------------------------------------------------------


def test_bytes_are_their_values():
    assert ByteTokenizer().vocab_size == 256
    assert ByteTokenizer().encode("é\0") == [0xC3, 0xA9, 0]


def test_unknown_character_is_named_with_code_point_place_and_way_out():
    tokenizer = CharTokenizer.train("abc")
    with pytest.raises(
        LabError, match=r"'é' \(U\+00E9\) at position 2 .*3 that training saw; train"
    ):
        tokenizer.encode("abé")


def test_characters_of_no_text_are_refused():
    for nothing in ("", [], ["", ""]):
        with pytest.raises(LabError, match="empty"):
            CharTokenizer.train(nothing)


def test_training_reaches_the_vocabulary_that_was_asked_for():
    tokenizer = BPETokenizer.train(["low lower lowest"] * 3, vocab_size=260)
    assert tokenizer.vocab_size == 260
    assert len(tokenizer.merges) == 3
    assert tokenizer.special_tokens == {END_OF_TEXT: 259}
    assert tokenizer.merge_steps("low") == [[b"l", b"o", b"w"], [b"lo", b"w"], [b"low"]]


def test_vocabulary_too_small_or_too_large_for_the_text():
    with pytest.raises(LabError, match=r"vocab_size=256 is too small.*at least 257"):
        BPETokenizer.train("some text", 256)
    with pytest.raises(LabError, match=r"vocab_size=400 is too large.*at most 258"):
        BPETokenizer.train("abab", 400)  # ab occurs twice, and then nothing does
    with pytest.raises(LabError, match=r"at most 257, or give more text"):
        BPETokenizer.train([], 300)
    assert BPETokenizer.train([], 257).encode("a") == bpe.gpt2_byte_ids("a")


def test_merges_in_the_wrong_order_or_twice_are_refused():
    with pytest.raises(LabError, match=r"merge 0 joins ids 256 and 1"):
        BPETokenizer([(256, 1), (0, 1)])
    with pytest.raises(LabError, match="same token"):
        BPETokenizer([(0, 0), (256, 0), (0, 256)])


def test_the_cache_of_words_is_bounded(trained, monkeypatch):
    small = BPETokenizer(trained.merges)
    monkeypatch.setattr(BPETokenizer, "cached_words", 10)
    text = " ".join(f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(200))
    assert small.encode(text + " x" * 100) == trained.encode(text + " x" * 100)
    small.encode("y" * 1_000)
    assert len(small._cache) <= 10
    assert all(len(word) <= 64 for word in small._cache)
