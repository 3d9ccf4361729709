# SPDX-License-Identifier: BSD-2-Clause
"""Words that stprov's comments, strings and documents do not use, and what to write instead.

A reader who is new, tired, or not a native speaker needs plain sentences: who does what to what,
the
subject first, one fact in a sentence, and the word that the field uses. Only words that are
unambiguous are listed.
"""
import re

_REFUSED = [
    (r"(?:some|any|every)body(?! may be in between)|whoever",
     "name the actor: the operator, a client, an attacker, another host"),
    # The user nobody has no verb after it.
    (r"nobody (?:but|can|could|else|has|is|may|must|need|said|should|was|will|would|[a-z]+s)",
     "name the actor, and say what does not happen"),
    (r"(?:has|have|had) been said|(?:it|that) was said", "was printed, was reported"),
    (r"(?:stands?|stood) there", "is shown, is in the file"),
    (r"as (?:it|they) (?:is|are) now", "its state is now, unchanged"),
    (r"(?:it|that|which|what) (?:is|was) no (?!longer\b|more\b)[a-z]+", "is not a, is not an"),
    (r"(?:says|said|say|saying) so", "reports it, prints a line"),
    (r"but for", "except"),
    (r"(?:its|our|their|[\w.]+'s) affair", "name the part that does it"),
    (r"worth (?:a line|a word|knowing)", "say what is reported, and why"),
    (r"what (?:stands|stood)", "name it"),
    (r"goes without saying|go without saying", "leave it out, or state it"),
    (r"made to measure", "built for the test"),
]
REFUSED = [
    (re.compile(rf"(?<![\w-])(?:{words})(?![\w-])".replace(" ", r"\s+"), re.IGNORECASE), instead)
    for words, instead in _REFUSED
]


def complaints(path, text):
    """`path:line: "words": instead` for each refused word; a line end counts as a space."""
    # A comment's margin is part of a line end.
    flat = re.sub(r"\n[ \t]*(?:\*(?!/)|//|#|\.\\\")?[ \t]*",
                  lambda match: " " * len(match.group()), text)
    flat = flat.replace("\n", " ")
    found = []
    for pattern, instead in REFUSED:
        for match in pattern.finditer(flat):
            line = text.count("\n", 0, match.start()) + 1
            words = " ".join(match.group().split())
            found.append((line, f'{path}:{line}: "{words}": {instead}'))
    return [complaint for _, complaint in sorted(found)]
