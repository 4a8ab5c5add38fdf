"""The Penn Treebank sample: cleaned as usual, cut by articles, and refused when damaged."""

import io
import os
import zipfile
from pathlib import Path

import nltk
import pytest

from gptlab.errors import LabError
from gptlab.text.penn_treebank import bare_label, clean_tree, penn_treebank, read_treebank
from gptlab.text.rare_words import KnownWords, look_of
from gptlab.text.trees import is_preterminal, read_tree, read_trees

ROOT = Path(__file__).resolve().parents[2]
MIRROR = Path(os.environ.get("GPTLAB_MIRROR") or ROOT.parent / "shared" / "data")
needs_files = pytest.mark.skipif(
    not (MIRROR / "nltk" / "treebank.zip").is_file(),
    reason="needs nltk/treebank.zip in GPTLAB_MIRROR or ../shared/data",
)
MADE_UP = """
( (S (NP-SBJ-1 (-NONE- *)) (NP-SBJ (NNP Ada) (-NONE- *T*-1))
     (VP (VBD ran) (ADVP|PRT (RP off)) (SBAR (-NONE- 0) (S (-NONE- *)))
     (NP=2 (-LRB- -LRB-) (NN home) (-RRB- -RRB-))) (. .)) )
"""
CLEAN = (
    "(S (NP (NNP Ada)) (VP (VBD ran) (ADVP (RP off)) "
    "(NP (-LRB- -LRB-) (NN home) (-RRB- -RRB-))) (. .))"
)


@pytest.fixture(scope="module")
def treebank(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GPTLAB_MIRROR", str(MIRROR))
        patch.setenv("GPTLAB_CACHE", str(tmp_path_factory.mktemp("cache")))
        penn_treebank.cache_clear()
        yield penn_treebank()
    penn_treebank.cache_clear()


def archive(**files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        for name, text in files.items():
            zipped.writestr(f"treebank/combined/{name}.mrg", text)
    return made.getvalue()


def test_traces_function_tags_and_what_they_leave_empty_go():
    assert str(clean_tree(read_tree(MADE_UP))) == CLEAN
    assert clean_tree(read_tree("(S (NP (-NONE- *)))")) is None


def test_labels():
    assert bare_label("NP-SBJ-1") == bare_label("NP=2") == bare_label("NP") == "NP"
    assert bare_label("-RRB-") == "-RRB-"


def test_articles_are_on_one_side_only():
    found = read_treebank(archive(wsj_0001=MADE_UP, wsj_0179=MADE_UP * 2, wsj_0180="( (X (Y z)) )"))
    assert [len(found.train), len(found.test)] == [3, 1]
    assert str(found.train[0]) == CLEAN


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no zip", "archive is damaged"),
        (archive(wsj_0001=MADE_UP), "1 training and 0 test trees"),
        (archive(other="x"), "0 training and 0 test"),
        (archive(wsj_0001="((S", wsj_0180=MADE_UP), "never closed"),
        (archive(wsj_0001="(S (X ä))".encode("latin-1")), "damaged"),
    ],
)
def test_what_is_no_treebank(data, said):
    with pytest.raises(LabError, match=said):
        read_treebank(data)


@needs_files
def test_the_sample(treebank):
    assert (len(treebank.train), len(treebank.test)) == (3669, 245)
    every = treebank.train + treebank.test
    assert " ".join(treebank.train[0].words()).startswith("Pierre Vinken , 61 years old , will")
    for tree in every:
        assert "-NONE-" not in str(tree)
    assert sum(len(tree.words()) for tree in every) == 94_084


@needs_files
def test_words_are_those_that_nltk_reads(treebank):
    with zipfile.ZipFile(MIRROR / "nltk" / "treebank.zip") as zipped:
        text = zipped.read("treebank/combined/wsj_0001.mrg").decode()
        text += zipped.read("treebank/combined/wsj_0003.mrg").decode()
    theirs = [nltk.Tree.fromstring(f"(TOP {tree})") for tree in read_trees(text)]
    for tree, ours in zip(theirs, read_trees(text), strict=True):
        kept = [word for word, tag in tree.pos() if tag != "-NONE-"]
        assert list(clean_tree(ours).words()) == kept


def test_rare_words_by_their_looks():
    known = KnownWords.count([["the", "dog"], ["the", "Dogs"]])
    assert known.read(["the", "dog", "Dogs", "1990s", "%"]) == [
        "the", "<word>", "<capital-s>", "<number>", "<sign>",
    ]  # fmt: skip
    assert look_of("well-known") == "<word-hyphen>"
    assert look_of("running") == "<word-ing>"
    assert KnownWords.count([["a"]], at_least=1).read(["a", "b"]) == ["a", "<word>"]
    with pytest.raises(LabError, match="at_least is 0"):
        KnownWords.count([["a"]], 0)


@needs_files
def test_every_word_of_the_sample_has_a_part_of_speech(treebank):
    def check(tree):
        if not is_preterminal(tree):
            for child in tree.children:
                assert not isinstance(child, str)
                check(child)

    for tree in treebank.test:
        check(tree)
