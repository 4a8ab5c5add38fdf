"""The tables that exercise 11.5 searches: which word may follow which, with its probability."""

from __future__ import annotations

END = "."

TABLE: dict[tuple[str, ...], dict[str, float]] = {
    (): {"die": 0.6, "der": 0.4},
    ("die",): {"Bank": 0.4, "Frau": 0.3, "Bar": 0.3},
    ("der",): {"Hund": 0.9, "Bus": 0.1},
}


def by_table(words):
    """The chapter's table; after two words the sentence ends."""
    return TABLE.get(tuple(words), {END: 1.0})


LONGER: dict[tuple[str, ...], dict[str, float]] = {
    (): {"ja": 0.5, "er": 0.5},
    ("ja",): {END: 0.7, ",": 0.3},
    ("er",): {"schläft": 0.8, END: 0.2},
    ("er", "schläft"): {"nie": 0.8, END: 0.2},
}


def by_longer_table(words):
    """A short answer, likelier; a long one, likelier for each word."""
    return LONGER.get(tuple(words), {END: 1.0})


LATE: dict[tuple[str, ...], dict[str, float]] = {
    (): {"sie": 0.55, "er": 0.45},
    ("sie",): {END: 0.4, "singt": 0.35, "weint": 0.25},
    ("er",): {"singt": 0.8, "weint": 0.2},
    ("er", "singt"): {"laut": 0.8, END: 0.2},
}


def by_late_table(words):
    """One beginning ends at once, another goes on and is likelier."""
    return LATE.get(tuple(words), {END: 1.0})


CROWDED: dict[tuple[str, ...], dict[str, float]] = {
    (): {"das": 0.6, "es": 0.4},
    ("das",): {"alte": 0.5, "neue": 0.5},
    ("das", "alte"): {"Haus": 0.4, "Bild": 0.35, "Buch": 0.25},
    ("das", "neue"): {"Haus": 0.45, "Bild": 0.3, "Buch": 0.25},
    ("es",): {"regnet": 0.7, "schneit": 0.3},
}


def by_crowded_table(words):
    """The likeliest sentence begins with a word whose continuations a narrow beam drops."""
    return CROWDED.get(tuple(words), {END: 1.0})


SURE: dict[tuple[str, ...], dict[str, float]] = {
    (): {"wir": 0.6, "nein": 0.4},
    ("nein",): {END: 0.75, ",": 0.25},
    ("wir",): {"kommen": 0.95, END: 0.05},
    ("wir", "kommen"): {"heute": 0.97, END: 0.03},
}


def by_sure_table(words):
    """A long sentence that is likelier than a short one, even as it stands."""
    return SURE.get(tuple(words), {END: 1.0})


NEAR: dict[tuple[str, ...], dict[str, float]] = {
    (): {"gut": 0.6, "sehr": 0.4},
    ("gut",): {END: 0.62, ",": 0.2, "!": 0.18},
    ("sehr",): {"gut": 0.55, "schön": 0.45},
}


def by_near_table(words):
    """Two sentences so near each other that it matters whether the end counts as a word."""
    return NEAR.get(tuple(words), {END: 1.0})


ROOM: dict[tuple[str, ...], dict[str, float]] = {
    (): {"hier": 0.6, "da": 0.4},
    ("hier",): {END: 0.7, "oben": 0.3},
    ("da",): {"ist": 0.6, "war": 0.4},
    ("da", "ist"): {"er": 0.55, "sie": 0.45},
    ("da", "ist", "sie"): {"auch": 1.0},
    ("da", "ist", "sie", "auch"): {"schon": 1.0},
}


def by_room_table(words):
    """A sentence ends early; the best one needs the place that it leaves free."""
    return ROOM.get(tuple(words), {END: 1.0})


DROPPED: dict[tuple[str, ...], dict[str, float]] = {
    (): {"so": 0.55, "nun": 0.45},
    ("so",): {"ist": 0.6, END: 0.4},
    ("nun",): {"kommt": 0.6, "geht": 0.4},
    ("so", "ist"): {"es": 0.4, "er": 0.3, "sie": 0.3},
    ("nun", "kommt"): {"er": 0.5, "sie": 0.5},
}


def by_dropped_table(words):
    """A sentence ends as the third of a step, outside of a beam of two, and would win."""
    return DROPPED.get(tuple(words), {END: 1.0})


PENALTY: dict[tuple[str, ...], dict[str, float]] = {
    (): {"nun": 0.6, "ob": 0.4},
    ("nun",): {END: 0.64, "ja": 0.2, "ach": 0.16},
    ("ob",): {"es": 0.8, "er": 0.2},
    ("ob", "es"): {"bald": 0.8, "nie": 0.2},
    ("ob", "es", "bald"): {"regnet": 0.8, "hagelt": 0.2},
}


def by_penalty_table(words):
    """Which sentence wins depends on how its length is counted."""
    return PENALTY.get(tuple(words), {END: 1.0})


SHORT: dict[tuple[str, ...], dict[str, float]] = {
    (): {"ja": 0.9, "er": 0.1},
    ("ja",): {END: 0.9, ",": 0.1},
    ("er",): {"sah": 0.8, "rief": 0.2},
    ("er", "sah"): {"sie": 0.8, "ihn": 0.2},
    ("er", "sah", "sie"): {"nie": 0.8, "oft": 0.2},
    ("er", "sah", "sie", "nie"): {"mehr": 0.8, "dort": 0.2},
}


def by_short_table(words):
    """Two likely words against six unlikely ones."""
    return SHORT.get(tuple(words), {END: 1.0})
