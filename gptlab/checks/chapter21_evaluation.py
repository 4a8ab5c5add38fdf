"""The check of exercise 21.7: the expected calibration error."""

from __future__ import annotations

import torch

from gptlab.checks import Mistake, call, function


def calibration_error(confidences, right, n_bins):
    """Gaps between confidence and accuracy in bins of equal width, weighted by their counts."""
    return sum(n * gap for n, gap in _gaps(confidences, right, n_bins)) / len(right)


def _gaps(confidences, right, n_bins, middle=False, signed=False):
    place = (confidences * n_bins).ceil().long().clamp(min=1) - 1
    found = []
    for b in range(n_bins):
        inside = place == b
        if inside.any():
            sure = (b + 0.5) / n_bins if middle else float(confidences[inside].mean())
            gap = float(right[inside].float().mean()) - sure
            found.append((int(inside.sum()), gap if signed else abs(gap)))
    return found


def _unweighted(c, r, n):
    gaps = _gaps(c, r, n)
    return sum(gap for _, gap in gaps) / len(gaps)


def _over_all_bins(c, r, n):
    return sum(gap for _, gap in _gaps(c, r, n)) / n


def _cancel(c, r, n):
    return abs(sum(k * gap for k, gap in _gaps(c, r, n, signed=True))) / len(r)


def _signed(c, r, n):
    return sum(k * gap for k, gap in _gaps(c, r, n, signed=True)) / len(r)


def _squared(c, r, n):
    return sum(k * gap**2 for k, gap in _gaps(c, r, n)) / len(r)


def _middle(c, r, n):
    return sum(k * gap for k, gap in _gaps(c, r, n, middle=True)) / len(r)


def _lower_edge(c, r, n, last=True):
    place = (c * n).floor().long().clamp(max=n - 1 if last else n)
    parts = [place == b for b in range(n)]
    gaps = [(int(i.sum()), abs(float(r[i].float().mean() - c[i].mean()))) for i in parts if i.any()]
    return sum(k * gap for k, gap in gaps) / len(r)


def _without_one(c, r, n):
    return _lower_edge(c, r, n, last=False)


def _empty_too(c, r, n):
    place = (c * n).ceil().long().clamp(min=1) - 1
    parts = [place == b for b in range(n)]
    return sum(float(i.sum() * (r[i].float().mean() - c[i].mean()).abs()) for i in parts) / len(r)


def _worst(c, r, n):
    return max(gap for _, gap in _gaps(c, r, n))


def _equal_counts(c, r, n):
    order = c.argsort(stable=True)
    parts = [p for p in order.tensor_split(n) if len(p)]
    gaps = [(len(p), abs(float(r[p].float().mean() - c[p].mean()))) for p in parts]
    return sum(k * gap for k, gap in gaps) / len(r)


_C = torch.tensor([0.95, 0.92, 0.99, 0.97, 0.91, 0.96, 0.55, 0.52, 0.33, 0.12, 0.74, 0.78])
_R = torch.tensor([1, 1, 0, 1, 0, 1, 1, 0, 1, 1, 1, 0]).bool()
_TWO = (torch.tensor([0.9] * 3 + [0.4]), torch.tensor([1, 1, 0, 1]).bool())
_EDGE = (torch.tensor([0.5, 0.3, 0.7]), torch.tensor([1, 0, 1]).bool())

CALIBRATED = function(
    "21.7",
    "the expected calibration error",
    right=calibration_error,
    praise="Each bin speaks with the voice of as many predictions as it holds.",
    cases=[
        call("two bins", *_TWO, 2,
             hint="Three of confidence 0.9 with accuracy 2/3, one of 0.4 with accuracy 1: "
             "(3 · 0.233 + 1 · 0.6) / 4."),
        call("twelve predictions, ten bins", _C, _R, 10,
             hint="Most of them are very sure; those weigh most."),
        call("twelve predictions, four bins", _C, _R, 4,
             hint="Bins have equal width: (0, 0.25], (0.25, 0.5] …"),
        call("sure, and not always right", torch.ones(4), torch.tensor([1, 1, 1, 0]).bool(), 10,
             hint="A confidence of 1 belongs to the last bin: 1 against 3/4."),
        call("on the edge of a bin", *_EDGE, 2,
             hint="A bin holds its upper edge: 0.5 stands with 0.3 in the first of the two."),
    ],
    mistakes=[
        Mistake("bins are not weighted", _unweighted,
            "Every bin counts the same in your mean, one with three predictions as much as one "
            "with three thousand. Weight each gap by the bin's share of the predictions."),
        Mistake("not divided", lambda c, r, n: calibration_error(c, r, n) * len(r),
            "Your sum is that over all predictions. Divide by their number."),
        Mistake("divided by the number of bins", _over_all_bins,
            "You sum the gaps and divide by all bins, the empty ones too. Weight each gap by the "
            "bin's share of the predictions."),
        Mistake("bins that hold their lower edge", _lower_edge,
            "A confidence on the edge of two bins belongs to the lower one, and 1 to the last: "
            "bin b holds what is above b/n, up to (b + 1)/n."),
        Mistake("a confidence of 1 is left out", _without_one,
            "Predictions with confidence 1 stand in none of your bins. The last bin holds its "
            "upper edge."),
        Mistake("empty bins are not skipped", _empty_too,
            "The mean of an empty bin is NaN, and so is your sum. Leave empty bins out."),
        Mistake("gaps cancel", _cancel,
            "Too sure in one bin and not sure enough in another, and you call it even: take the "
            "absolute value in each bin before you add."),
        Mistake("no absolute value", _signed,
            "The gap has a sign in your sum. Its size counts, in each bin."),
        Mistake("no absolute value, confidence minus accuracy", lambda c, r, n: -_signed(c, r, n),
            "Bins that are too sure count upwards in your sum, the others downwards. Take the "
            "absolute value in each bin."),
        Mistake("squared gaps", _squared,
            "You square the gaps. The expected calibration error adds their absolute values."),
        Mistake("the middle of the bin", _middle,
            "You compare the accuracy with the middle of the bin. It is the mean confidence of "
            "the predictions inside that counts."),
        Mistake("the worst bin", _worst,
            "That is the maximum calibration error, another measure. Here it is the mean, weighted "
            "by the predictions."),
        Mistake("bins of equal counts", _equal_counts,
            "You cut the sorted predictions into parts of equal number. That is another measure; "
            "here the bins are of equal width."),
    ],
)  # fmt: skip
