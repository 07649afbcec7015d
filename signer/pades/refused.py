"""A change that our own guards refuse, with the sentence that says which."""

from pyhanko.sign.diff_analysis import SuspiciousModification

from pki.words import Sentence


class Refused(SuspiciousModification):
    """Breaks off a comparison of revisions; `sentence` says what was changed that may not change."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
