"""GPT-2's tokens without its files: the recording is true, complete for its texts, and refuses."""

import json
import os
from pathlib import Path

import pytest

from gptlab.errors import LabError
from gptlab.text import gpt2_tokens
from gptlab.text.gpt2_tokens import (
    EXAMPLES,
    FILES,
    FIRST_AND_LAST,
    RECORDING,
    RecordedTokenizer,
    gpt2_tokenizer,
    recorded_texts,
    recorded_tokenizer,
    recording,
)
from gptlab.text.same_sentences import SAME_SENTENCES
from gptlab.text.tokenizers import END_OF_TEXT, BPETokenizer

ROOT = Path(__file__).resolve().parents[2]
MIRROR = Path(os.environ.get("GPTLAB_MIRROR") or ROOT.parent / "shared" / "data")
needs_files = pytest.mark.skipif(
    not all((MIRROR / name).is_file() for name in FILES),
    reason=f"GPT-2's tokenizer files are not at {MIRROR}; set GPTLAB_MIRROR",
)


@needs_files
def test_the_recording_is_what_the_files_answer():
    whole = BPETokenizer.from_gpt2(*(MIRROR / name for name in FILES))
    again = recording(whole, recorded_texts(), FIRST_AND_LAST)
    assert json.loads(RECORDING.read_text(encoding="utf-8")) == again, (
        "run python -m gptlab.text.gpt2_tokens"
    )
    played = recorded_tokenizer()
    for text in (*EXAMPLES, *SAME_SENTENCES.values()):
        assert played.encode(text) == whole.encode(text)


def test_ids_known_from_elsewhere():
    played = recorded_tokenizer()
    assert played.vocab_size == 50_257
    assert played.encode("Hello world") == [15496, 995]  # from the model card of GPT-2
    assert played.encode(END_OF_TEXT[:0]) == []
    assert played.special_tokens == {END_OF_TEXT: 50_256}
    assert played.token_bytes(50_256) == END_OF_TEXT.encode()


def test_recorded_texts_come_back_whole():
    played = recorded_tokenizer()
    for text in recorded_texts():
        assert played.decode(played.encode(text)) == text


def test_what_was_not_recorded_is_refused_with_the_way_out(tmp_path):
    played = recorded_tokenizer()
    with pytest.raises(LabError, match=r"' zyzzyva' is not among .* gptlab data get gpt2"):
        played.encode("Hello zyzzyva")
    with pytest.raises(LabError, match="token 49999 was not recorded"):
        played.token_bytes(49_999)
    with pytest.raises(LabError, match="outside 0"):
        played.token_bytes(50_257)
    with pytest.raises(LabError, match="no whole tokenizer to save"):
        played.save(tmp_path / "tokenizer.json")


def test_a_damaged_recording_is_named(tmp_path):
    damaged = tmp_path / "gpt2.json"
    for content in ("", "{}", '{"tokens": {"0": "§"}, "whole": "0", "cut": [], "vocab_size": 2}'):
        damaged.write_text(content)
        with pytest.raises(LabError, match="is damaged"):
            recorded_tokenizer(damaged)
    with pytest.raises(LabError, match="not there"):
        recorded_tokenizer(tmp_path / "none.json")


def test_without_files_the_recording_answers_and_nothing_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.delenv("GPTLAB_MIRROR", raising=False)

    def refuse(name):
        raise AssertionError(f"asked for {name}")

    monkeypatch.setattr(gpt2_tokens, "fetch", refuse)
    assert isinstance(gpt2_tokenizer(), RecordedTokenizer)


@needs_files
def test_with_a_mirror_the_files_answer(tmp_path, monkeypatch):
    monkeypatch.setenv("GPTLAB_CACHE", str(tmp_path))
    monkeypatch.setenv("GPTLAB_MIRROR", str(MIRROR))
    found = gpt2_tokenizer()
    assert isinstance(found, BPETokenizer)
    assert found.encode("Hello zyzzyva")
    monkeypatch.delenv("GPTLAB_MIRROR")
    assert isinstance(gpt2_tokenizer(), BPETokenizer), "the cache holds them now"


def test_every_language_says_three_sentences():
    assert len(SAME_SENTENCES) == 12
    for language, text in SAME_SENTENCES.items():
        assert sum(text.count(end) for end in ".。।") == 3, language
        assert text == text.strip()
