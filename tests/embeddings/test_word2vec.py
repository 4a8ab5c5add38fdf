"""word2vec: the fast arrangement against the readable one and against autograd; bad input."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gptlab.embeddings import negative_sampling as plain
from gptlab.embeddings import word2vec_blocks as fast
from gptlab.embeddings.reading import (
    EncodedTexts,
    NoiseWords,
    Reading,
    keep_probabilities,
    noise_shares,
    read_once,
)
from gptlab.embeddings.word2vec import Word2Vec, Word2VecConfig
from gptlab.embeddings.word2vec_softmax import softmax_block, softmax_loss
from gptlab.errors import LabError
from gptlab.text.words import Vocabulary

V, D, WINDOW, WORDS, CHUNKS, SHARED = 7, 4, 3, 4, 2, 5
ARCHITECTURES = ("skip-gram", "cbow")


def tables(seed=0):
    g = torch.Generator().manual_seed(seed)
    return [torch.randn(V, D, generator=g, dtype=torch.float64) for _ in range(2)]


@pytest.fixture
def reading():
    """Two texts of four and two words, fewer places than a block has."""
    ids = torch.tensor([0, 3, 1, 3, 5, 6])
    return Reading(ids, torch.tensor([0, 1, 2, 2, 0, 1]), torch.tensor([2, 1, 1, 0, 1, 0]))


def blocked(reading, noise):
    noise = noise.view(CHUNKS, SHARED)
    block = fast.BlockedReading(reading, WINDOW, noise, WORDS, CHUNKS, torch.device("cpu"))
    assert len(block) == 1
    block = block[0]
    return fast.WordBlock(block.centres, block.nearby, block.windows.double(), block.noise)


def moved(step, start):
    """What a step of rate 1 does to both tables."""
    after = [table.clone() for table in start]
    step(*after)
    return [b - a for a, b in zip(start, after, strict=True)]


# How a text is read


def test_windows_never_cross_a_text_and_shrink_with_distance():
    texts = [["a", "b", "c", "d"], [], ["unknown", "a"], ["b", "c", "a"]]
    vocabulary = Vocabulary(tuple("abcd"), np.array([3, 2, 2, 1]))
    encoded = EncodedTexts.encode(texts, vocabulary)
    assert encoded.raw_words == 9
    assert encoded.ids.tolist() == [0, 1, 2, 3, 0, 1, 2, 0]
    keep = np.ones(4)
    whole = read_once(encoded, keep, 2, torch.Generator(), dynamic=False)
    assert whole.left.tolist() == [0, 1, 2, 2, 0, 0, 1, 2]
    assert whole.right.tolist() == [2, 2, 1, 0, 0, 2, 1, 0]
    drawn = [read_once(encoded, keep, 2, torch.Generator().manual_seed(s)) for s in range(400)]
    distances = torch.cat(
        [(pairs[:, 0] - pairs[:, 1]).abs() for r in drawn if len(pairs := r.pairs())]
    )
    near, far = ((distances == d).float().sum() / 400 for d in (1, 2))
    assert near == 2 * 5  # 3 + 2 neighbours at distance one, seen from both sides, always
    assert abs(far - 0.5 * 2 * 3) < 0.2  # at distance two by half of the windows


def test_pairs_are_what_windows_hold(reading):
    assert reading.pairs().tolist() == [
        *([0, 1], [0, 2], [1, 0], [1, 2], [2, 0], [2, 1], [2, 3], [3, 1], [3, 2], [4, 5], [5, 4]),
    ]


def test_subsampling_and_noise_are_gensims():
    from gensim.models import Word2Vec as Theirs

    texts = [["a"] * 60 + ["b"] * 30 + ["c"] * 9 + ["d"]]
    theirs = Theirs(min_count=1, sample=0.01, seed=1)
    theirs.build_vocab(texts)
    vocabulary = Vocabulary.build(texts)
    keep = keep_probabilities(vocabulary.counts, 0.01)
    sampled = theirs.wv.expandos["sample_int"][theirs.wv.index_to_key.index("a")]
    assert keep[0] == pytest.approx(sampled / 2**32, rel=1e-6)
    table = theirs.cum_table / theirs.cum_table[-1]
    order = [vocabulary.id(word) for word in theirs.wv.index_to_key]
    np.testing.assert_allclose(noise_shares(vocabulary.counts)[order].cumsum(), table, atol=1e-6)


def test_noise_words_come_as_often_as_their_share():
    shares = np.array([0.5, 0.0, 0.3, 0.2])
    drawn = NoiseWords(shares).draw(20_000, torch.Generator().manual_seed(1))
    np.testing.assert_allclose(np.bincount(drawn, minlength=4) / 20_000, shares, atol=0.015)


@given(st.lists(st.integers(1, 10_000), min_size=1, max_size=40), st.floats(0, 1))
def test_columns_and_their_aliases_make_up_the_shares(counts, power):
    shares = noise_shares(np.array(counts), power)
    words = NoiseWords(shares)
    total = words.own.double() + torch.zeros(len(counts), dtype=torch.float64).index_add(
        0, words.alias, 1 - words.own.double()
    )
    np.testing.assert_allclose(total / len(counts), shares, rtol=1e-5, atol=1e-7)


# Gradients


def test_gradients_by_hand_are_autograds():
    x, y, noise = (
        torch.randn(shape, dtype=torch.float64, requires_grad=True) for shape in (D, D, (3, D))
    )
    by_autograd = torch.autograd.grad(plain.pair_loss(x, y, noise), (x, y, noise))
    for ours, theirs in zip(plain.pair_gradients(x, y, noise), by_autograd, strict=True):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_blocks_expect_the_gradient_of_the_loss(kind, reading):
    """The noise of a block is averaged out exactly: the step is linear in each noise word."""
    shares = torch.from_numpy(noise_shares(np.arange(1, V + 1)))
    start, negatives = tables(), 5
    step = {"skip-gram": fast.skip_gram_block, "cbow": fast.cbow_block}[kind]
    expected = [torch.zeros(V, D, dtype=torch.float64) for _ in range(2)]
    for word in range(V):
        block = blocked(reading, torch.full((CHUNKS * SHARED,), word))
        for total, change in zip(
            expected,
            moved(lambda x, y, block=block: step(x, y, block, negatives, 1.0), start),
            strict=True,
        ):
            total += shares[word] * change
    leaves = [table.clone().requires_grad_() for table in start]
    used = reading
    if kind == "skip-gram":
        loss = plain.expected_loss(*leaves, used, shares, negatives, kind)
        by_autograd = torch.autograd.grad(loss, leaves)
    else:
        by_autograd = cbow_gradient(leaves, used, shares, negatives)
    for ours, theirs in zip(expected, by_autograd, strict=True):
        torch.testing.assert_close(ours, -theirs)


def cbow_gradient(leaves, reading, shares, negatives):
    """Autograd's gradient, each window's share for the inputs times the window's size."""
    total = [torch.zeros_like(leaf) for leaf in leaves]
    for i in range(len(reading.ids)):
        size = int(reading.left[i] + reading.right[i])
        only = torch.arange(len(reading.ids)) == i
        alone = Reading(reading.ids, reading.left * only, reading.right * only)
        loss = plain.expected_loss(*leaves, alone, shares, negatives, "cbow")
        dx, dy = torch.autograd.grad(loss, leaves)
        total[0] += size * dx
        total[1] += dy
    return total


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_blocks_and_pairs_take_the_same_step(kind, reading):
    """With as many shared noise words as negatives, and steps too small to feel each other."""

    class Same(NoiseWords):
        def draw(self, n, generator):
            return torch.tensor([3, 0, 6, 3, 1])[:n]

    tiny, start = 1e-7, tables()
    block = blocked(reading, torch.tensor([3, 0, 6, 3, 1] * CHUNKS))
    steps = {"skip-gram": fast.skip_gram_block, "cbow": fast.cbow_block}
    one_by_one = {"skip-gram": plain.skip_gram_pairs, "cbow": plain.cbow_words}
    noise = Same(np.ones(V))
    at_once = moved(lambda x, y: steps[kind](x, y, block, SHARED, tiny), start)
    in_turn = moved(
        lambda x, y: one_by_one[kind](x, y, reading, noise, SHARED, tiny, torch.Generator()), start
    )
    for ours, theirs in zip(at_once, in_turn, strict=True):
        torch.testing.assert_close(ours / tiny, theirs / tiny, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_softmax_step_is_autograds(kind, reading):
    start = tables()
    block = blocked(reading, torch.zeros(CHUNKS * SHARED, dtype=torch.long))
    ours = moved(lambda x, y: softmax_block(x, y, block, 1.0, kind), start)
    leaves = [table.clone().requires_grad_() for table in start]
    by_autograd = list(torch.autograd.grad(softmax_loss(*leaves, reading, kind), leaves))
    if kind == "cbow":
        by_autograd[0] = sum(
            size * torch.autograd.grad(softmax_loss(*leaves, alone, kind), leaves)[0]
            for size, alone in single_windows(reading)
        )
    for mine, theirs in zip(ours, by_autograd, strict=True):
        torch.testing.assert_close(mine, -theirs)


def single_windows(reading):
    for i in range(len(reading.ids)):
        only = torch.arange(len(reading.ids)) == i
        yield (
            int(reading.left[i] + reading.right[i]),
            Reading(reading.ids, reading.left * only, reading.right * only),
        )


def test_expected_loss_is_the_mean_of_the_pairs_loss(reading):
    inputs, outputs = tables()
    shares = torch.from_numpy(noise_shares(np.arange(1, V + 1)))
    total = 0.0
    for centre, context in reading.pairs().tolist():
        x, y = inputs[reading.ids[centre]], outputs[reading.ids[context]]
        total -= torch.nn.functional.logsigmoid(x @ y)
        for word in range(V):
            if word != reading.ids[context]:
                total -= 5 * shares[word] * torch.nn.functional.logsigmoid(-x @ outputs[word])
    torch.testing.assert_close(plain.expected_loss(inputs, outputs, reading, shares, 5), total)


# Training


@pytest.fixture(scope="module")
def toy_texts():
    """Two kinds of words that never mix: animals with sounds, vehicles with roads."""
    g = np.random.default_rng(0)
    groups = (["cat", "dog", "cow", "meows", "barks"], ["car", "bus", "van", "drives", "brakes"])
    return [list(g.choice(groups[i % 2], 6)) for i in range(400)]


@pytest.mark.parametrize("kind", ARCHITECTURES)
@pytest.mark.parametrize("output", ["negative sampling", "softmax"])
def test_words_that_share_company_come_together(toy_texts, kind, output):
    config = Word2VecConfig(kind, output, dimensions=8, epochs=10, sample=0, lr=0.05)
    model = Word2Vec(toy_texts, config)
    seen = []
    model.train(watch=lambda m, progress: seen.append((progress, m.loss())), looks=3)
    assert [round(progress, 3) for progress, _ in seen] == [0, 0.333, 0.667, 1]
    losses = [loss for _, loss in seen]
    assert losses == sorted(losses, reverse=True)
    if output == "softmax":
        assert losses[0] == pytest.approx(np.log(10), abs=0.01)
    vectors = model.vectors()
    animals = {"cat", "dog", "cow", "meows", "barks"}
    for word in vectors.words:
        near = {other for other, _ in vectors.neighbours(word, 4)}
        assert near | {word} in (animals, set(vectors.words) - animals)
    assert model.words_per_second > 0


def test_plain_and_fast_reach_the_same_loss(toy_texts):
    losses = {}
    for impl in ("pairs", "blocks"):
        config = Word2VecConfig(dimensions=6, epochs=2, window=2, sample=0, lr=0.05, impl=impl)
        losses[impl] = Word2Vec(toy_texts[:150], config).train().loss()
    assert losses["pairs"] == pytest.approx(losses["blocks"], abs=0.08)
    assert losses["pairs"] < 3.7  # from 6 ln 2 = 4.16


def test_same_seed_same_vectors(toy_texts):
    def trained(**settings):
        return Word2Vec(toy_texts, Word2VecConfig(dimensions=5, **settings)).train().inputs

    first, again = trained(), trained()
    assert torch.equal(first, again)
    assert not torch.equal(first, trained(seed=1))


def test_looks_do_not_change_what_is_learned(toy_texts):
    config = Word2VecConfig(dimensions=5, epochs=3)
    alone = Word2Vec(toy_texts, config).train()
    watched = Word2Vec(toy_texts, config).train(watch=lambda m, p: m.loss(), looks=7)
    assert torch.equal(alone.inputs, watched.inputs)


def test_two_workers_learn_as_well(toy_texts):
    config = Word2VecConfig(dimensions=8, epochs=10, sample=0, lr=0.05)
    one, two = (Word2Vec(toy_texts, config).train(workers=n).loss() for n in (1, 2))
    assert one == pytest.approx(two, abs=0.1)


def test_neighbours_agree_with_gensims(toy_texts):
    from gensim.models import Word2Vec as Theirs

    theirs = Theirs(
        toy_texts, vector_size=8, epochs=10, sample=0, alpha=0.05, seed=1, sg=1, min_count=1
    )
    ours = Word2Vec(toy_texts, Word2VecConfig(dimensions=8, epochs=10, sample=0, lr=0.05)).train()
    for word in ours.vocabulary.words:
        mine = {other for other, _ in ours.vectors().neighbours(word, 4)}
        assert mine == {other for other, _ in theirs.wv.most_similar(word, topn=4)}


def test_few_words_make_small_blocks_and_stay_finite():
    model = Word2Vec(
        [["a", "b"] * 500], Word2VecConfig(dimensions=3, sample=0, epochs=3), min_count=1
    )
    assert model.block_words() < 100
    assert torch.isfinite(model.train().inputs).all()
    assert model.inputs.norm(dim=1).max() < 20


# Bad input


def test_a_noise_word_that_is_the_target_is_left_out():
    """Two words, one pair: the only noise word that counts is the one that is not the target."""
    reading = Reading(torch.tensor([0, 1]), torch.tensor([0, 1]), torch.tensor([1, 0]))
    start = tables()
    block = blocked(reading, torch.tensor([1] * CHUNKS * SHARED))
    dx, _ = moved(lambda x, y: fast.skip_gram_block(x, y, block, 5, 1.0), start)
    x, y = start[0][0], start[1][1]
    torch.testing.assert_close(
        dx[0], (1 - torch.sigmoid(x @ y)) * y
    )  # no push away from its target


def test_word_without_neighbours_moves_nothing():
    lonely = Reading(torch.tensor([2]), torch.tensor([0]), torch.tensor([0]))
    block = blocked(lonely, torch.arange(CHUNKS * SHARED) % V)
    for step in (fast.skip_gram_block, fast.cbow_block):
        for change in moved(lambda x, y, step=step: step(x, y, block, 5, 1.0), tables()):
            assert not change.any()


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        ([["a", "a", "a"]], {}, "vocabulary holds 1 word"),
        ([["a", "b"]], {"min_count": 9}, "no word is left: min_count is 9"),
        ([], {}, "no word is left"),
        ([["a"], ["b"], []], {}, "no two words of the vocabulary stand in one text"),
        (["a b", "b a"], {}, "is a string"),
    ],
)
def test_texts_that_teach_nothing(texts, options, message):
    with pytest.raises(LabError, match=message):
        Word2Vec(texts, **{"min_count": 1, **options})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dimensions": 0}, "dimensions is 0; it must be a whole number of at least 1"),
        ({"window": 0}, "window is 0"),
        ({"negatives": 0}, "negatives is 0"),
        ({"epochs": 1.5}, "epochs is 1.5"),
        ({"sample": -1}, "sample is -1"),
        ({"lr": float("nan")}, "lr is nan"),
        ({"lr": 0}, "nothing would be learned"),
        ({"final_lr": 1.0}, "the rate falls"),
        ({"architecture": "glove"}, "choose one of skip-gram, cbow"),
        ({"impl": "pairs", "output": "softmax"}, "only there in blocks"),
    ],
)
def test_settings_out_of_range(settings, message):
    with pytest.raises(LabError, match=message):
        Word2VecConfig(**settings)


def test_empty_texts_and_unknown_words_change_nothing():
    texts = [["a", "b", "c"], ["b", "a"]] * 20
    rare = [text for pair in texts for text in (pair, [], ["rarest"])][:100]
    vocabulary = Vocabulary.build(texts)
    config = Word2VecConfig(dimensions=3)
    plain_texts = Word2Vec(texts[:33], config, vocabulary).train()
    with_others = Word2Vec(rare[:99], config, vocabulary).train()
    assert torch.equal(plain_texts.inputs, with_others.inputs)
    with pytest.raises(LabError, match="'d' is not among the 3 words"):
        plain_texts.vectors().similarity("a", "d")


def test_a_rate_far_too_high_is_told():
    texts = [["a", "b", "c"] * 50] * 20
    config = Word2VecConfig(dimensions=3, lr=1e30, epochs=30, sample=0)
    with pytest.raises(LabError, match=r"no longer finite in epoch \d+: lr 1e\+30 is too high"):
        Word2Vec(texts, config, min_count=1).train()


def test_everything_thinned_out_is_no_crash():
    model = Word2Vec([["a", "b"] * 50] * 5, Word2VecConfig(sample=1e-12, dimensions=2, epochs=2))
    assert torch.isfinite(model.train().inputs).all()
    assert np.isfinite(model.loss())
