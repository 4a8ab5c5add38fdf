"""The tables of the EM stepper as Python writes them; the script is proved in tests/browser."""

import re

import pytest

from gptlab.classic.alignment import IBMModel1
from gptlab.errors import LabError
from gptlab.figures.em_stepper import em_stepper

PAIRS = [("das Haus", "the house"), ("das Buch", "the book"), ("ein Buch", "a book")]
PAIRS = [(s.split(), t.split()) for s, t in PAIRS]


def cells(page, name):
    return {
        place: float(value)
        for place, value in re.findall(rf'data-{name}="([\d ]+)"[^>]*>([\d.]+)<', page)
    }


@pytest.mark.parametrize("null", [False, True])
def test_the_tables_are_the_models(null):
    page = em_stepper(PAIRS, 3, null).html
    model = IBMModel1.train(PAIRS, 3, null)
    after = IBMModel1.train(PAIRS, 4, null)
    rows = ["NULL"] * null + ["das", "Haus", "Buch", "ein"]
    columns = ["the", "house", "book", "a"]
    table, counts = cells(page, "table"), cells(page, "count")
    assert set(table) == set(counts)
    sums = [sum(v for p, v in counts.items() if p.split()[0] == str(i)) for i in range(len(rows))]
    for place, value in table.items():
        i, j = map(int, place.split())
        assert value == pytest.approx(model.probability(columns[j], rows[i]), abs=5e-4)
        expected = after.probability(columns[j], rows[i])
        assert counts[place] / sums[i] == pytest.approx(expected, abs=1e-2)
    shares = cells(page, "share")
    assert len(shares) == 3 * 2 * (2 + null)
    assert sum(shares.values()) == pytest.approx(6, abs=5e-3)


def test_words_are_escaped_and_told_in_plain():
    output = em_stepper([(["<b>"], ["</script>"])], 1)
    assert ">&lt;b&gt;<" in output.html
    assert output.html.count("</script>") == 2
    assert "After 1 iteration:" in output.plain
    assert "1.000" in output.plain


def test_pairs_that_never_met_have_no_number_in_plain_either():
    output = em_stepper(PAIRS)
    rows = {line.split()[0]: line.split()[1:] for line in output.plain.splitlines()[2:]}
    assert rows["Haus"] == ["0.250", "0.250", "–", "–"]
    assert output.plain.count("–") == len(re.findall("<td>–</td>", output.html)) / 2


def test_bad_input():
    with pytest.raises(LabError, match="no pairs"):
        em_stepper([])
    many = [([f"w{i}"], ["x"]) for i in range(9)]
    with pytest.raises(LabError, match="at most 8"):
        em_stepper(many)
