"""What a derivation shows: its tree with the labels of treebanks, and the phenomena it holds."""

from __future__ import annotations

from dataclasses import dataclass

from gptlab.text.pcfg import Node
from gptlab.text.toy_lexicon import Noun, Verb, ambiguous_words

PHENOMENA = {
    "distant agreement": "a clause stands between the subject and the verb that agrees with it",
    "adjective ending": "an adjective before a noun; its ending follows gender, case and article",
    "genitive": "a German genitive: a possessor, or after während, wegen, trotz",
    "dative": "a German dative: a recipient, the object of helfen, or after a preposition",
    "accusative of direction": "a preposition with accusative here that has the dative elsewhere",
    "inversion": "the German verb is second, so the subject stands after it",
    "verb final": "a German subordinate clause: the finite verb comes last",
    "verb bracket": "auxiliary or modal; German participle or infinitive at the clause's end",
    "separable verb": "a verb with a German prefix that parts from it",
    "ambiguous noun": "an English noun with two German ones; context tells (bank, bat, crane)",
    "ambiguous verb": "an English verb with two German ones; its company tells (eat, know …)",
    "pronoun gender": "the German pronoun follows the gender of the noun that it stands for",
    "relative clause": "at least one relative clause",
    "nesting": "a relative clause in a relative clause, or a that-clause in a that-clause",
    "that-clause": "says that, knows that …",
    "infinitive": "tries to, begins to …: German zu-infinitive",
    "negation": "not: nicht or kein",
    "question": "verb first in German",
    "long": "at least 18 words",
    "unseen word": "a word that the training sentences of a split do not have",
    "unseen combination": "an adjective before a noun, as no training sentence of a split has them",
}
LONG = 18
SAME = {
    "CT": "S", "CL": "S", "CF": "S", "NH": "NP", "OB": "NP", "SB": "NP", "PE": "PP", "GEN": "NP",
    "X": "VP", "VG": "VP", "REL": "SBAR", "SUB": "SBAR", "FSUB": "SBAR", "PRED": "ADJP", "D": "DT",
    "N": "NN", "NAME": "NNP", "A": "JJ", "K": "JJ", "P": "JJ", "V": "VB", "AUX": "MD", "COP": "VB",
    "ADV": "RB", "TIME": "RB",
}  # fmt: skip
TAGS = {
    "IN": "because although when while in on under behind beside of into through out with during "
    "after before despite front",
    "CC": "and but", "WP": "who whom whose where", "PRP": "he she it they we him her them",
    "RB": "not very too", "TO": "to", "POS": "'s", ",": ",", ".": ". ?",
}  # fmt: skip
SPLICED = ("NB",)  # helper symbols without a node of their own in the tree
PRETERMINALS = ("D", "N", "NAME", "A", "K", "P", "V", "AUX", "COP", "ADV", "TIME", "PRP")


@dataclass(frozen=True)
class Tree:
    """A labelled tree; children are trees, or, below a part-of-speech label, words."""

    label: str
    children: tuple[Tree | str, ...]

    def words(self) -> tuple[str, ...]:
        """The words at the leaves."""
        return tuple(w for c in self.children for w in ((c,) if isinstance(c, str) else c.words()))

    def __str__(self) -> str:
        """In brackets, as treebanks are written: (S (NP (DT the) (NN dog)) (VP (VB sleeps)))."""
        return f"({self.label} {' '.join(map(str, self.children))})"


def tree_of(node: Node) -> Tree:
    """The parse tree as treebanks show it: Penn-like labels, no helpers, no S above a lone S."""
    found = _trees(node)[0]
    parts = found.children
    if len(parts) == 2 and isinstance(parts[0], Tree) and parts[0].label == "S":
        return Tree("S", (*parts[0].children, parts[1]))
    return found


def _trees(node: Node) -> list[Tree]:
    category = node.rule.left.partition(":")[0]
    if category in PRETERMINALS:
        # "wakes up" is a verb and a particle; of other entries, each word has the same label
        label = SAME.get(category, category)
        return [
            Tree("RP" if category == "V" and i else label, (str(word),))
            for i, word in enumerate(node.children)
        ]
    parts: list[Tree] = []
    for child in node.children:
        parts.extend(
            [Tree(_tag(child, category), (child,))] if isinstance(child, str) else _trees(child)
        )
    if category in SPLICED:
        return parts
    label = SAME.get(category, category)
    if len(parts) == 1 and parts[0].label == label:
        return parts
    return [Tree(label, tuple(parts))]


def _tag(word: str, category: str) -> str:
    if word == "that":
        return "WP" if category == "REL" else "IN"
    return next(tag for tag, words in TAGS.items() if word in words.split())


def phenomena_of(node: Node) -> frozenset[str]:
    """The labels (keys of PHENOMENA) that hold for a derivation."""
    found: set[str] = set()
    if len(node.words()) >= LONG:
        found.add("long")
    if node.rule.note in ("subject", "object", "both"):
        found.add("pronoun gender")
    shape = [s.partition(":")[0] for s in node.rule.right]
    if shape[0] in ("TIME", "PE", "FSUB"):
        found.add("inversion")
    if shape[-1] == "?":
        found.add("question")
    stack: list[tuple[Node, int, int]] = [(node, 0, 0)]
    while stack:
        item, relatives, thats = stack.pop()
        category = item.rule.left.partition(":")[0]
        relatives += category == "REL"
        thats += category == "CT" and "that" in item.rule.right
        if relatives > 1 or thats > 1:
            found.add("nesting")
        found |= _labels(item, category)
        stack.extend((c, relatives, thats) for c in item.children if isinstance(c, Node))
    return frozenset(found)


def _labels(node: Node, category: str) -> set[str]:
    """What one step of the derivation adds."""
    note, right = node.rule.note, node.rule.right
    parts = [s.partition(":")[0] for s in right]
    found = {
        "distant agreement": category == "SB" and parts == ["NH"],
        "adjective ending": category in ("A", "K"),
        "genitive": category == "GEN" or getattr(note, "info", "") == "gen",
        "dative": getattr(note, "info", "") == "dat" or getattr(note, "case", "") == "dat",
        "accusative of direction": getattr(note, "info", "") == "acc" and note.german != "durch",
        "verb final": category in ("REL", "SUB", "FSUB") or (category == "CT" and "that" in right),
        "verb bracket": (category == "AUX" and "do" not in node.rule.left) or "been" in right,
        "separable verb": isinstance(note, Verb) and bool(note.prefix),
        "ambiguous noun": isinstance(note, Noun) and note.headword in ambiguous_words(),
        "ambiguous verb": isinstance(note, Verb) and note.headword in ambiguous_words(),
        "relative clause": category == "REL",
        "that-clause": category == "CT" and "that" in right,
        "infinitive": category == "X" and "to" in right,
        "negation": "not" in right,
    }
    labels = {name for name, holds in found.items() if holds}
    # A recipient is dative whatever its verb: X → V recipient gift.
    if category == "X" and [p for p in parts if p in ("NP", "OB")] == ["NP", "OB"]:
        labels.add("dative")
    if right[0] == "where":
        labels.add("dative")
    return labels
