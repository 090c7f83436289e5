"""What a text says of a person that the law protects: opinions, beliefs, health (GDPR, article 9), without Odoo.

A false alarm is worse than none: who sees one line for nothing does not read the next. A word counts where it is said
of the person, in the sentence that names her: right after her name, after *is* or *has* and their kin, or before her
name. It does not where it qualifies something else (*le secteur catholique*), stands in a name of an organisation,
speaks of several where one is named (*des malades*), or has another subject (*dit que le personnel est syndiqué*).
"""

import re
import unicodedata
from collections import namedtuple
from html import unescape

from .texts import IDEOGRAPHIC, INLINE, TAG, TITLES, fold

IS, HAS = "is", "has"  # what one is: ill, a communist; what one has: a cancer

# Folded, as written, where, whether a hyphen ties it to the one before.
Token = namedtuple("Token", "word raw start end is_joined")
MARK = ","  # the word of a token that is no word

ENDS = re.compile(r"[!?…;\n\r。؟।]+|\.(?=\s|$)")
PIECE = re.compile(r"[^\W_]+|[^\w\s]|_")
OPENED_BY = re.compile(r"(?:^|[\s(])(?:\w|[^\W\d_]{1,3}|mme|mlle)$", re.IGNORECASE)  # what a dot ends, but no sentence

# Folded, French then English: what links what is said to whom it is said of, or to something else.
BEING, HAVING, STRICKEN, ADVERBS, ARTICLES, PRONOUNS, PARTICLES, BODIES = (
    frozenset(words.split())
    for words in (
        "est sont etait etaient sera seront serait soit fut etre etant ete suis reste restait devient devenu devenue "
        "devenus devenues tombe tombee tombes parait semble dit dite declare sent considere "
        "is are was were be been being became becomes feels seems",
        "a ont avait avaient aurait avoir ayant eu fait son sa ses en souffre souffrait subit "
        "has have had having his her suffers suffered suffering on",
        "atteint atteinte atteints atteintes souffrant soigne soignee traite traitee opere operee victime",
        "tres plutot assez aussi toujours encore bien gravement souvent tout toute peu pas plus fort profondement "
        "ancien ancienne ex very rather quite still not really seriously",
        "un une le la l les de d du des an the of from",
        "elle il elles ils lui je she he they",
        "de du des le la les van von der den el al ben bin da di do dos del della",
        "action aile association cercle club ecole eglise enseignement federation groupe jeunesse mouvement parti "
        "presse reseau secours section syndicat union party group movement church school",
    )
)
# What may stand between a subject and its verb, and what another clause begins with.
HELPERS = {"ne", "n", "se", "s", "y", "a", "avait", "aurait", "ont", "has", "had", "have", *ADVERBS} - {"tout", "toute"}
CLAUSES = {"que", "qu", "that", "comment", "combien", "how", "si", "whether", "dont", "ou", "where", MARK}
PLURAL = ("s", "x")
LONGEST_LINK = 6  # words between what is said and what links it to its subject
LONGEST_APPOSITION = 6  # between a name and what stands beside it: “Marie Durand, présidente de la CGT, syndiquée”
SHORTEST_PART = 3


def find_said(texts, names, words, organisations=(), about=""):
    """Return the first thing that texts say of one of some persons: (her name, the word), as written; else nothing.

    :param texts: plain or HTML; an item of a list and a cell of a table are sentences
    :param names: of persons, written in any way
    :param Words words: what is looked for
    :param organisations: names that say nothing of a person, whatever is in them
    :param str about: the person whom the texts are about without naming her, as notes on her page are

    >>> words = Words([("malade", IS), ("catholique", IS), ("syndiqué", IS), ("cancer", HAS)])
    >>> names = ["Mme Marie Durand", "Paul Blanc", "Rose Juste"]
    >>> def find(text, **more):
    ...     return find_said([text], names, words, **more)
    >>> find("Marie est très malade."), find("M. Blanc, syndiqué, viendra"), find("DURAND Marie a eu un cancer")
    (('Marie', 'malade'), ('Blanc', 'syndiqué'), ('DURAND Marie', 'cancer'))
    >>> find("<p>Vu Marie <b>Durand</b> : elle est <i>syndiqu&eacute;e</i></p>")
    ('Marie Durand', 'syndiquée')
    >>> find("Marie Durand parle du cancer"), find("M. Blanc aide des malades"), find("Juste avant, un malade est venu")
    (None, None, None)
    >>> find("Marie Durand (Secours catholique)"), find("Marie Durand dit que le personnel est syndiqué")
    (None, None)
    >>> find("<ul><li>Marie Durand</li><li>malade</li></ul>"), find("Marie Dupont est malade")
    (None, None)
    >>> find("Marie Durand, union catholique", organisations=["Union catholique"])
    >>> find("Syndiquée, au bureau"), find("Syndiquée, au bureau", about="Marie Durand")
    (None, ('Marie Durand', 'Syndiquée'))
    """
    persons = [name for name in map(_get_name, [*names, about]) if name]
    masks = [mask for mask in map(_get_words, organisations) if mask]
    for text in texts:
        if not (text and words.may_be_in(text)):
            continue
        for sentence in _get_sentences(text):
            if found := _Sentence(sentence, persons, masks, about).find(words):
                return found
    return None


class Words:
    """The words that are looked for, with the forms that French gives them.

    :param words: pairs of a word or a few, and of how it is said: IS or HAS

    >>> words = Words([("religieux", IS), ("syndiqué", IS), ("de gauche", IS)])
    >>> [words.may_be_in(text) for text in ("RELIGIEUSE", "Syndiquées", "à droite", "syndicat, syndic", "gauches")]
    [True, True, False, False, True]
    >>> bool(Words([])), bool(Words([(" - ", IS)]))
    (False, False)
    """

    def __init__(self, words):
        self.by_first = {}
        for word, kind in words:
            if parts := _get_words(word):
                self.by_first.setdefault(_stem(parts[0]), []).append((parts, kind))
        self.lasts = {_stem(parts[-1]) for listed in self.by_first.values() for parts, _kind in listed}

    def __bool__(self):
        return bool(self.by_first)

    def may_be_in(self, text):
        """Return whether a text is worth reading."""
        return bool(self) and not self.lasts.isdisjoint(map(_stem, _get_words(_get_plain(text))))

    def match(self, tokens, at):
        """Return the longest of these words at a place: (number of its words, how it is said, whether plural)."""
        best = None
        for parts, kind in self.by_first.get(_stem(tokens[at].word), ()):
            written = [token.word for token in tokens[at : at + len(parts)]]
            if [*map(_stem, written)] != [*map(_stem, parts)] or (best and best[0] >= len(parts)):
                continue
            if len(written[-1]) < len(parts[-1]):
                continue  # “handicap” is no form of “handicapé”
            plural = any(
                word.endswith(PLURAL) and not part.endswith(PLURAL) for word, part in zip(written, parts, strict=True)
            )
            best = len(parts), kind, plural
        return best


class _Sentence:
    """A sentence: its words, whom it names, and what it says of them."""

    def __init__(self, text, persons, masks, about):
        self.text = unicodedata.normalize("NFC", text)
        self.tokens = _get_tokens(self.text)
        self.is_shouted = text.isupper()
        self.about = about
        self.masked = set()
        for mask in masks:
            for at in self._find_all(mask):
                self.masked |= {*range(at, at + len(mask))}
        self.names = {}  # the end of each by its beginning
        for name in persons:
            for at, end in self._find_name(name):
                if self.masked.isdisjoint(range(at, end)):
                    self.names[at] = max(end, self.names.get(at, 0))
        self.named = {place for at, end in self.names.items() for place in range(at, end)}
        self.ends = {end - 1: at for at, end in self.names.items()}
        if about:
            self.ends[-1] = None

    def find(self, words):
        """Return (name, word), as written, of the first that is said of somebody."""
        if not self.ends:
            return None
        for at in range(len(self.tokens)):
            matched = words.match(self.tokens, at)
            if not matched:
                continue
            count, kind, plural = matched
            place = range(at, at + count)
            if not (self.named | self.masked).isdisjoint(place) or (plural and len(self.names) < 2):
                continue
            name = self._get_subject(at, kind) or self._get_next_subject(at, at + count, kind)
            if name:
                return name, self._write(at, at + count)
        return None

    # Names

    def _find_all(self, parts):
        words = [token.word for token in self.tokens]
        return [at for at in range(len(words) - len(parts) + 1) if words[at : at + len(parts)] == parts]

    def _find_name(self, parts):
        """Yield where somebody is named: her whole name in any order, or a part of it that is nobody else's."""
        found = set()
        if len(parts) > 1:
            for turn in range(len(parts)):
                for at in self._find_all(parts[turn:] + parts[:turn]):
                    found |= {*range(at, at + len(parts))}
                    yield at, at + len(parts)
        for at, token in enumerate(self.tokens):
            if at not in found and token.word in parts and self._is_part(at, parts):
                yield at, at + 1

    def _is_part(self, at, parts):
        """Return whether the word of a name that stands there alone is a name, and that person's."""
        token = self.tokens[at]
        before = self.tokens[at - 1] if at else None
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        if len(token.word) < SHORTEST_PART or token.word in PARTICLES or token.word in TITLES:
            return False
        if (token.is_joined and before.word not in parts) or (after and after.is_joined and after.word not in parts):
            return False
        if after and self._is_name_like(after) and after.word not in parts:
            return False
        if (before and before.word in TITLES) or (
            at > 1 and before.word == MARK and self.tokens[at - 2].word in TITLES
        ):
            return True
        if not _is_capital(token):
            return False
        if before and self._is_name_like(before) and before.word not in parts:
            return at == 1 and token.word == parts[0]
        starts = before is None
        return not starts or after is None or after.word in BEING | HAVING | HELPERS | {MARK, "qui", "nous"}

    def _is_name_like(self, token):
        """Return whether a word may be another one's name."""
        is_acronym = token.raw.isupper() and not self.is_shouted
        return token.word != MARK and token.raw[:1].isupper() and not is_acronym and token.word not in TITLES

    # What is said of whom

    def _get_subject(self, at, kind):
        """Return the name of whom something is said, looking back from it; nothing if it is said of something else."""
        ordinary = article = 0
        for place in range(at - 1, max(-2, at - 2 - LONGEST_LINK), -1):
            if place in self.ends:
                return None if article or kind == HAS else self._name(place)
            if place < 0 or place in self.masked:
                return None
            token = self.tokens[place]
            if token.word == MARK:
                may_stand = kind == IS and not article and (not ordinary or place - 1 in self.ends)
                return self._get_apposed(place) if may_stand and token.raw != "'" else None
            if kind == IS and (token.word in BEING or (token.word in PRONOUNS and not ordinary)):
                return self._get_clause_subject(place)
            if not ordinary and token.word in HAVING:
                return self._get_clause_subject(place)
            if token.word in ADVERBS:
                continue
            if kind == HAS and token.word in STRICKEN:
                return self._get_subject(place, IS) if not token.word.endswith(PLURAL) or len(self.names) > 1 else None
            if token.word in ARTICLES or (ordinary and token.word == "a"):
                article = 1
            elif article or ordinary or self._is_of_a_body(token):
                return None
            else:
                ordinary = 1
        return None

    def _get_next_subject(self, at, end, kind):
        """Return the name that what is said stands before: “La syndiquée Marie Durand”, “Malade, Marie Durand…”."""
        if kind == HAS:
            return None
        if end in self.names:
            before = [token.word for token in self.tokens[:at] if token.word not in ADVERBS]
            return self._name(self.names[end] - 1) if not before or before[-1] in {"le", "la", "l", "the"} else None
        is_first = all(token.word in ADVERBS for token in self.tokens[:at])
        if is_first and end < len(self.tokens) and self.tokens[end].raw == "," and end + 1 in self.names:
            return self._name(self.names[end + 1] - 1)
        return None

    def _is_of_a_body(self, token):
        return token.word in BODIES or (token.raw[:1].isupper() and not self.is_shouted and token is not self.tokens[0])

    def _get_last_name(self, before):
        return max((end for end in self.ends if end < before), default=None)

    def _get_apposed(self, place):
        """Return the name beside which something stands, after this mark."""
        end = self._get_last_name(place)
        if end is None or place - end > LONGEST_APPOSITION:
            return None
        between = [token.word for token in self.tokens[end + 1 : place]]
        if not {*between}.isdisjoint((BEING | HAVING | CLAUSES) - {MARK}) or (between and between[0] != MARK):
            return None
        return self._name(end)

    def _get_clause_subject(self, place):
        """Return the name that is the subject of a verb, or of the pronoun, that stands there."""
        end = self._get_last_name(place)
        if end is None:
            return None
        between = [token.word for token in self.tokens[end + 1 : place]]
        while between and between[-1] in HELPERS:
            between.pop()
        if self.tokens[place].word in PRONOUNS or (between and between[-1] in {MARK, *PRONOUNS}):
            return self._name(end)
        if not between:
            return None if self._is_complement(end) else self._name(end)
        if between[-1] == "qui":
            return self._name(end) if between[:-1] in ([], [MARK]) else None
        return self._name(end) if CLAUSES.isdisjoint(between) and not self._is_complement(end) else None

    def _is_complement(self, end):
        """Return whether the name is part of another subject: “le projet de Marie Durand est…”."""
        at = self.ends[end] or 0
        before = [token.word for token in self.tokens[:at] if token.word not in TITLES and token.word != MARK]
        return bool(before) and before[-1] in {"de", "d", "of", "avec", "with", "chez", "pour", "for"}

    def _name(self, end):
        at = self.ends[end]
        return self.about if at is None else self._write(at, end + 1)

    def _write(self, at, end):
        return self.text[self.tokens[at].start : self.tokens[end - 1].end]


def _is_capital(token):
    """Return whether a word may be a name as it is written; scripts without capitals write all words alike."""
    return token.raw[0].isupper() or token.raw[0].lower() == token.raw[0].upper()


def _get_plain(text):
    """Return a text without its tags, the blocks of which are sentences."""
    return unescape(TAG.sub(lambda tag: "" if INLINE.fullmatch(tag[0]) else "\n", text))


def _get_sentences(text):
    """Yield the sentences of a text; the dot of a title or of an initial ends none."""
    plain = _get_plain(text)
    start = 0
    for end in ENDS.finditer(plain):
        if end[0] == "." and OPENED_BY.search(plain[start : end.start()]):
            continue
        yield plain[start : end.start()]
        start = end.end()
    yield plain[start:]


def _get_tokens(text):
    """Return the words and marks of a sentence; an ideograph is a word, a hyphen or apostrophe in a word no mark."""
    tokens = []
    for piece in PIECE.finditer(text):
        raw, start = piece[0], piece.start()
        if not raw[0].isalnum():
            if fold(raw) not in ("'", "-", "") or text[start - 1 : start].isspace():
                tokens.append(Token(MARK, raw, start, piece.end(), False))
            continue
        is_joined = start > 1 and fold(text[start - 1]) == "-" and text[start - 2].isalnum()
        is_running = unicodedata.name(raw[0], "").partition(" ")[0] in IDEOGRAPHIC
        for at, sign in enumerate(raw) if is_running else [(0, raw)]:
            word = "à" if sign.lower() == "à" else fold(sign)  # which is not “a”, that has
            tokens.append(Token(word, sign, start + at, start + at + len(sign), is_joined))
    return tokens


def _get_words(text):
    return [token.word for token in _get_tokens(text or "") if token.word != MARK]


def _get_name(name):
    """Return the words of a name, without its title."""
    words = _get_words(name)
    return words[1:] if words and words[0] in TITLES else words


def _stem(word):
    """Return what the forms of a French word have in common; those of an English one too.

    >>> {_stem(word) for word in ("syndique", "syndiquee", "syndiques", "syndiquees")}
    {'syndiqu'}
    >>> [_stem(word) for word in ("religieuse", "religieux", "juive", "chretienne", "d", "malades")]
    ['religieu', 'religieu', 'juif', 'chretien', 'de', 'malad']
    """
    if len(word) < SHORTEST_PART:
        return {"d": "de", "du": "de", "l": "le", "la": "le"}.get(word, word)
    stem = word.rstrip("sx") if word.endswith(PLURAL) else word
    for feminine, masculine in (("euse", "eu"), ("ive", "if"), ("elle", "el"), ("enne", "en")):
        if stem.endswith(feminine):
            return stem.removesuffix(feminine) + masculine
    return stem.rstrip("e") if len(stem) > SHORTEST_PART else stem
