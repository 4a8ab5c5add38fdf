"""Agreement with people: equal to scipy's correlations, intervals that behave, bad input told."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from gptlab.classic.agreement import bootstrap_agreement, document_agreement
from gptlab.classic.documents import TfIdf, TfIdfConfig, cosine_similarities
from gptlab.errors import LabError
from gptlab.text.news import news


@pytest.fixture(scope="module")
def similarities():
    corpus = news()
    index = TfIdf.fit([d.text for d in corpus.documents], TfIdfConfig(tf="log"))
    return cosine_similarities(index.matrix[300:])


def test_correlations_are_scipy_s(similarities):
    human = news().human
    above = np.triu_indices(50, 1)
    found = document_agreement(similarities, human)
    assert found.n_pairs == 1225
    assert found.pearson == pytest.approx(pearsonr(similarities[above], human[above])[0], abs=1e-9)
    rho = spearmanr(similarities[above], human[above])[0]
    assert found.spearman == pytest.approx(rho, abs=1e-9)


def test_the_agreement_that_the_chapter_reports(similarities):
    found = document_agreement(similarities, news().human)
    assert (round(found.pearson, 2), round(found.spearman, 2)) == (0.59, 0.29)


def test_lists_are_as_good_as_arrays(similarities):
    human = news().human
    lists = similarities.tolist(), human.tolist()
    assert document_agreement(*lists) == document_agreement(similarities, human)
    assert (bootstrap_agreement(*lists, 3) == bootstrap_agreement(similarities, human, 3)).all()


def test_bootstrap_draws_documents_the_same_for_each_machine(similarities):
    human = news().human
    draws = bootstrap_agreement(similarities, human, 100, seed=3)
    assert draws.shape == (100, 2)
    assert (draws == bootstrap_agreement(similarities, human, 100, seed=3)).all()
    assert not (draws == bootstrap_agreement(similarities, human, 100, seed=4)).all()
    np.testing.assert_allclose(bootstrap_agreement(similarities * 2 + 1, human, 100, 3), draws)
    whole = document_agreement(similarities, human)
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    assert low[0] < whole.pearson < high[0]
    assert low[1] < whole.spearman < high[1]
    assert high[0] - low[0] > 0.1, "pairs of one document are not independent"


def test_full_agreement_has_no_uncertainty():
    human = news().human
    np.testing.assert_allclose(bootstrap_agreement(human, human, 10), 1)
    assert document_agreement(human, 1 - human).spearman == pytest.approx(-1)


@pytest.mark.parametrize(
    ("machine", "human", "said"),
    [
        (np.eye(3), np.eye(4), "shape"),
        ([[1, 2], [3]], np.eye(2), "no table of numbers"),
        ([["a", "b"], ["c", "d"]], np.eye(2), "no table of numbers"),
        (np.ones((3, 2)), np.ones((3, 2)), "a row and a column for each"),
        (np.eye(2), np.eye(2), "2 documents are too few; give 3"),
        (np.full((3, 3), np.nan), np.eye(3), "NaN"),
        (np.eye(3), np.arange(9.0).reshape(3, 3), "equally alike"),
    ],
)
def test_what_has_no_correlation_is_refused(machine, human, said):
    with pytest.raises(LabError, match=said):
        document_agreement(machine, human)


def test_bootstrap_refuses_what_gives_no_interval(similarities):
    with pytest.raises(LabError, match="4 documents are too few; give 5"):
        bootstrap_agreement(similarities[:4, :4], news().human[:4, :4])
    with pytest.raises(LabError, match="resamples is 0"):
        bootstrap_agreement(similarities, news().human, 0)
