"""Texts compared, searched, and read for a person's name, without Odoo.

One folding for all of it, from what Unicode says of each character: case, accents, the way a letter or
a digit is shaped, invisible characters, the kind of blank, hyphen or apostrophe do not count. The marks
that are letters of their own (the vowel signs of Indian scripts, the voicing of kana) do.

Python alone says whether a text names somebody: PostgreSQL would compile a pattern of all the ways to
write a name anew for each text, which costs milliseconds; here the texts that are worth reading are
found by their letters alone, which costs microseconds, and the same for many names as for one.
"""

import re
import unicodedata
from functools import cache
from html import unescape
from itertools import pairwise
from urllib.parse import unquote

# Letters of which Unicode does not say that they are made of others.
MADE_OF = {"æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th", "ŋ": "n"}
STROKED = re.compile(r"LATIN SMALL LETTER ([A-Z]) WITH ")
APOSTROPHE = re.compile(
    r".*APOSTROPHE|.*SINGLE .*QUOTATION MARK|.*PRIME|(?:GRAVE|ACUTE) ACCENT|HEBREW PUNCTUATION GERESH"
    r"|MODIFIER LETTER .*(?:COMMA|GLOTTAL STOP|HALF RING)"
)
HYPHEN = re.compile(".*HYPHEN(?!ATION).*|HEBREW PUNCTUATION MAQAF")
MIDDLE_DOT = re.compile(r".*MIDDLE DOT|HYPHENATION POINT|BULLET")
# Combining classes of strokes, accents, Hebrew points, Arabic vowels; the classes between are letters elsewhere.
ACCENTS = (1, *range(10, 37), *range(202, 241))
INVISIBLE = "\u034f\u0640\u180b\u180c\u180d"  # joiners and stretchers that Unicode calls marks or letters
SELECTORS = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
# Scripts that are written without blanks, or glue particles to a name.
RUNNING = {"CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR"}
IDEOGRAPHIC = {"CJK", "HIRAGANA", "KATAKANA"}
WHOLE_IN_A_WORD = {"CJK", "HANGUL"}  # a full name is written as one word
SURELY_ONE = 3  # signs of such a name that are found within other signs
SHORTEST_PHONE, NATIONAL = 8, 9
TITLES = {"docteur", "dr", "m", "madame", "mademoiselle", "maitre", "me", "mlle", "mme", "monsieur", "mr", "mrs", "pr"}

# Folded, as mails and lists have them: French, English, German, Dutch, Spanish, Italian, Portuguese.
MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "janvier janv jan january januar januari enero ene gennaio gen janeiro",
            "fevrier fevr fev february feb februar februari febrero febbraio fevereiro",
            "mars mar march marz maerz maart mrt marzo marco",
            "avril avr april apr abril abr aprile",
            "mai may mei mayo maggio mag maio",
            "juin june jun juni junio giugno giu junho",
            "juillet juil july jul juli julio luglio lug julho",
            "aout august aug augustus agosto ago",
            "septembre sept september sep septiembre settembre set setembro",
            "octobre oct october oktober okt octubre ottobre ott outubro",
            "novembre nov november noviembre novembro",
            "decembre dec december dezember dez diciembre dic dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}

TAG = re.compile("<[^<>]*>")
ATTRIBUTED = re.compile("<[^<>]*[=@ ][^<>]*>")
INLINE = re.compile("</?(?:a|b|big|code|em|font|i|mark|s|small|span|strike|strong|sub|sup|u|wbr)(?: [^<>]*)?/?>", re.I)
# What stands for other characters: in markup, in a link, in a text of JSON; and tags.
PIECE = re.compile(r"<[^<>]*>|&#?[0-9A-Za-z]+;|(?:%[0-9A-Fa-f]{2})+|(?:\\u[0-9a-fA-F]{4})+|.", re.DOTALL)
WITHIN, EDGE = "\x01", "\x02"  # a tag that may stand within a name, and one that ends it
SEPARATORS = " '.,_·–/-"
BETWEEN = f"[ '.,_·–{WITHIN}-]"
# What no name shows nor needs: soft hyphens, blanks of no width, marks of a file, orders of direction.
UNSEEN = re.compile("[\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]")
BREAK = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]\s*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# Joiners where there is nothing to join, marks of direction at the beginning of a word.
UNJOINED = re.compile(r"(?<![^\s\x00-\u024f\u200c-\u200f])[\u200c\u200d]+|(?<!\S)[\u200c-\u200f]+|\u200c+(?!\S)")


@cache
def _fold(char):
    """Return what a character counts as: nothing, a sign, or one or several letters."""
    category, name = unicodedata.category(char), unicodedata.name(char, "")
    if category == "Cf" or char in INVISIBLE or ord(char) in SELECTORS:
        return ""
    if char.isspace() or category[0] == "Z":
        return " "
    if APOSTROPHE.fullmatch(name):
        return "'"
    if category == "Pd" or name == "MINUS SIGN":
        return "-" if HYPHEN.fullmatch(name) else "–"
    if MIDDLE_DOT.fullmatch(name):
        return "·"
    letters = "".join(map(_fold_letter, unicodedata.normalize("NFKD", char).casefold()))
    # A symbol that stands for a word, as ℡ does, is no word.
    return char if category[0] in "SN" and len(letters) > 1 else letters


def _fold_letter(char):
    if unicodedata.combining(char) in ACCENTS or unicodedata.category(char) == "Me":
        return ""
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    stroked = STROKED.match(unicodedata.name(char, ""))
    return stroked[1].lower() if stroked else MADE_OF.get(char, char)


@cache
def _fold_case(char):
    """Return what a character of an address counts as: accents make another address."""
    category = unicodedata.category(char)
    if category == "Cf":
        return ""
    if category[0] == "S" or category in ("Nl", "No"):
        return char
    return " " if char.isspace() else unicodedata.normalize("NFKD", char).casefold()


def fold(text):
    """Return a text for comparison.

    >>> fold(" Œuvre  d’Été "), fold("ŁÓDŹ"), fold("Straße"), fold("Iğdır"), fold("ΣΟΦΌΣ"), fold("Фёдор")
    ("oeuvre d'ete", 'lodz', 'strasse', 'igdir', 'σοφοσ', 'федор')
    """
    return " ".join("".join(map(_fold, str(text or ""))).split())


def one_line(text):
    """Return a name as it is kept: one line, nothing invisible but joiners within words, as scripts need them.

    >>> one_line(" Réseau\\r\\n\\tClimat\\u2028\\x00"), one_line("\\u200bU\\u00a0N\\ufeff"), one_line("\\u200d\\n")
    ('Réseau Climat', 'U\\xa0N', '')
    >>> one_line("می\\u200cخواهم") == "می\\u200cخواهم"
    True
    """
    if text.isprintable():
        return text.strip()
    seen = CONTROL.sub("", BREAK.sub(" ", UNSEEN.sub("", text)))
    return UNJOINED.sub("", seen.strip()).strip()


def _is_letter(char):
    return char.isalnum() or unicodedata.category(char)[0] == "M"


def _get_script(char):
    return unicodedata.name(char, "").partition(" ")[0]


def words_of(text):
    """Return the words of a text, folded: letters and digits, whatever is between; an ideograph is a word.

    >>> words_of("L'Œuvre : fin.Suite 2024-2025, 王小明")
    ['l', 'oeuvre', 'fin', 'suite', '2024', '2025', '王', '小', '明']
    """
    spaced = (f" {char} " if _get_script(char) in IDEOGRAPHIC else char for char in fold(text))
    return _split("".join(spaced))


def _split(folded):
    return "".join(char if _is_letter(char) else " " for char in folded).split()


def key_of(name):
    """Return what two ways to write a name have in common: its letters and its numbers.

    >>> key_of("C.F.D.T. – Île-de-France"), key_of("Łódź Zürich"), key_of("Lyon 1-2"), key_of("Lyon 12"), key_of("…")
    ('cfdtiledefrance', 'lodzzurich', 'lyon1 2', 'lyon12', '')
    """
    key = ""
    for word in _split(fold(name)):
        key += f" {word}" if key[-1:].isdecimal() and word[0].isdecimal() else word
    return key


def search_words_of(*texts):
    """Return what texts are found by: their words, and each text without what stands between them.

    >>> search_words_of("C.F.D.T.", None, "Lyon")
    'c f d t cfdt lyon lyon'
    """
    return " ".join(" ".join([*words_of(text), key_of(text)]) for text in texts if text)


def texts_in(value):
    """Yield the texts of a value, which may have several: a translated one does, a property too.

    >>> list(texts_in({"fr_FR": "Un", "more": ["Deux", 3]})), list(texts_in("Trois")), list(texts_in(None))
    (['Un', 'Deux'], ['Trois'], [])
    """
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts_in(each)


def map_texts(change, value):
    """Return a value with each of its texts changed.

    >>> map_texts(str.upper, {"fr_FR": "un", "more": ["deux", 3]})
    {'fr_FR': 'UN', 'more': ['DEUX', 3]}
    """
    if isinstance(value, dict):
        return {key: map_texts(change, each) for key, each in value.items()}
    if isinstance(value, list):
        return [map_texts(change, each) for each in value]
    return change(value) if isinstance(value, str) else value


# How texts name somebody


class Naming:
    """How texts name some persons: their names, addresses and telephone numbers.

    A longer name or address that contains the one looked for is somebody else's. A first or a last name
    alone is not recognised: it may be anybody's.

    :param names: written in any way, the last name first or last, with or without a title
    :param emails: addresses
    :param phones: numbers
    :param spared: longer names, of others

    >>> naming = Naming(names=["Mme Hélène de l'Isle"])
    >>> texts = ("Vu HELENE DE L’ISLE.", "De l'Isle Hélène", "Hélène <b>de l'Isle</b>", "Marie-Hélène de l'Isle")
    >>> [naming.find(text) for text in texts]
    [[(3, 19)], [(0, 16)], [(0, 19)], []]
    >>> Naming(names=["Ana Kova"]).replace("Ana Kovač, Ana KOVA et Kova, Ana", "X")
    'Ana Kovač, X et X'
    >>> bool(Naming(names=["M. Paul"])), bool(Naming(names=["王小明"]))
    (False, True)
    >>> naming = Naming(emails=["Ada@example.org"], phones=["+33 6 12 34 56 78"])
    >>> texts = ("<ada@Example.org>", "x.ada@example.org", "ada@example.org.uk", "06.12.34.56.78", "106 12 34 56 789")
    >>> [bool(naming.find(text)) for text in texts]
    [True, False, False, True, False]
    """

    def __init__(self, names=(), emails=(), phones=(), spared=()):
        self.names = [words for words in map(_get_name_words, names) if words]
        self.emails = ["".join(map(_fold_case, email.strip())) for email in emails if email and "@" in email]
        self.phones = [digits for digits in map(_get_digits, phones) if len(digits) >= SHORTEST_PHONE]
        self.spared = [words for words in map(_get_name_words, spared) if words]
        self.name_patterns = [pair for words in self.names for pair in _get_name_patterns(words)]
        self.spared_patterns = [pair for words in self.spared for pair in _get_name_patterns(words)]
        self.email_patterns = [(_squeeze(email, LETTERS_OF_ADDRESSES), re.escape(email)) for email in self.emails]
        self.phone_patterns = [(digits[-NATIONAL:], _get_phone_pattern(digits)) for digits in self.phones]

    def __bool__(self):
        return bool(self.names or self.emails or self.phones)

    def knows(self, name):
        """Return whether texts are read for this name."""
        return _get_name_words(name) in self.names

    def may_be_in(self, text):
        """Return whether a text is worth reading: one that names them is, and few others are."""
        uncovered = _uncover(text)
        return bool(
            _choose([*self.name_patterns, *self.phone_patterns], _squeeze(uncovered, LETTERS))
            or _choose(self.email_patterns, _squeeze(uncovered, LETTERS_OF_ADDRESSES))
        )

    def is_all_of(self, text):
        """Return whether a text says nothing but this, a title aside."""
        words = _get_name_words(text)
        if self.names and words:
            return any(tuple(words) in _get_orders(names) for names in self.names)
        folded = "".join(map(_fold_case, text.strip()))
        return folded in self.emails or any(re.fullmatch(pattern, fold(text)) for _key, pattern in self.phone_patterns)

    def find(self, text, only_emails=False):
        """Return where a text names them: list of (start, end), in order, none within another."""
        uncovered = _uncover(text)
        written = _choose(self.email_patterns, _squeeze(uncovered, LETTERS_OF_ADDRESSES))
        found = self._find_in(text, _fold_case, written, _is_whole_email)
        if only_emails:
            return _merge(found)
        letters = _squeeze(uncovered, LETTERS)
        names = self._find_in(text, _fold, _choose(self.name_patterns, letters), _is_whole_name)
        spared = names and self._find_in(text, _fold, _choose(self.spared_patterns, letters), _is_whole_name)
        found += [
            (start, end) for start, end in names if not any(first <= start and end <= last for first, last in spared)
        ]
        found += self._find_in(text, _fold, _choose(self.phone_patterns, letters), _is_whole_phone)
        return _merge(found)

    def _find_in(self, text, fold_char, patterns, is_whole):
        """Return what patterns find in what is read, and within tags, where a link or a title may name somebody."""
        if not patterns:
            return []
        regex = re.compile("|".join(patterns))
        found = list(_match(text, fold_char, regex, is_whole))
        for tag in ATTRIBUTED.finditer(text):
            inside = _match(tag[0][1:-1], fold_char, regex, is_whole)
            found += [(tag.start() + 1 + start, tag.start() + 1 + end) for start, end in inside]
        return found

    def replace(self, text, nobody, only_emails=False):
        """Return the text with other words in their place; tags between the words of a name stay where they are."""
        parts, last = [], 0
        for start, end in self.find(text, only_emails):
            parts += [text[last:start], nobody, *TAG.findall(text[start:end])]
            last = end
        return "".join([*parts, text[last:]])


def _get_name_words(name):
    """Return the words of a whole name without its title; none if it may be a first or a last name alone."""
    words = _split(fold(name))
    if words and words[0] in TITLES:
        words = words[1:]
    if len(words) == 1 and all(_get_script(char) in WHOLE_IN_A_WORD for char in words[0]):
        return words if _count_signs(words[0]) >= SURELY_ONE else []
    return words if len(words) > 1 else []


def _count_signs(word):
    """Count the signs of a word as it is written: a Korean syllable is one."""
    return len(unicodedata.normalize("NFC", word))


def _get_orders(words):
    """Return the ways to write the words of a name: the last name, of one or several words, first or last."""
    return dict.fromkeys(tuple(words[at:] + words[:at]) for at in range(len(words)))


def _is_running(char):
    return _get_script(char) in RUNNING


def _get_name_patterns(words):
    """Yield the ways to write a name: pairs of its letters and of a pattern."""
    within = f"{WITHIN}*"
    for order in _get_orders(words):
        pattern = within.join(map(re.escape, order[0]))
        for before, word in pairwise(order):
            glued = _is_running(before[-1]) and _is_running(word[0])
            pattern += BETWEEN + ("*" if glued else "+") + within.join(map(re.escape, word))
        yield "".join(order), pattern


def _get_digits(phone):
    return re.sub("[^0-9]", "", fold(phone))


def _get_phone_pattern(digits):
    """Return the pattern of a number however it is spaced, national or international."""
    apart = "[ ./–-]?"
    prefix = rf"(?:[+]?[0-9]{{1,3}}{apart})?(?:[(]0[)]{apart})?0?" if len(digits) >= NATIONAL else ""
    return prefix + apart.join(digits[-NATIONAL:])


def _read(text, fold_char):
    """Return a text as it is read: (its folded characters, where the piece of each begins, where it ends)."""
    folded, starts, ends = [], [], []
    for piece in PIECE.finditer(text):
        written = piece[0]
        if len(written) == 1:
            letters = fold_char(written)
        elif written[0] == "<":
            letters = WITHIN if INLINE.fullmatch(written) else EDGE
        else:
            letters = "".join(map(fold_char, _decode(written)))
        if letters:
            folded.append(letters)
            starts += [piece.start()] * len(letters)
            ends += [piece.end()] * len(letters)
        elif ends and unicodedata.category(written[-1])[0] == "M":
            ends[-1] = piece.end()  # an accent goes with its letter
    return "".join(folded), starts, ends


def _decode(written):
    """Return the characters that a piece of markup, of a link or of JSON stands for."""
    if written[0] == "&":
        return unescape(written)
    if written[0] == "%":
        return unquote(written)
    units = b"".join(int(unit, 16).to_bytes(2, "big") for unit in written.split("\\u")[1:])
    return units.decode("utf-16-be", errors="replace")


def _match(text, fold_char, regex, is_whole):
    folded, starts, ends = _read(text, fold_char)
    at = 0
    while found := regex.search(folded, at):
        if is_whole(folded, found.start(), found.end()):
            yield starts[found.start()], ends[found.end() - 1]
            at = found.end()
        else:
            at = found.start() + 1


def _look(folded, at, step):
    """Return the two characters beside a place, tags left out."""
    beside = ""
    while 0 <= at < len(folded) and len(beside) < 2:
        beside += folded[at] if folded[at] != WITHIN else ""
        at += step
    return f"{beside:<2}"


def _is_whole_name(folded, start, end):
    """Return whether a name is no part of a longer one; without blanks between words, a long name is."""
    signs = _count_signs("".join(filter(_is_letter, folded[start:end])))
    for edge, beside in (
        (folded[start], _look(folded, start - 1, -1)),
        (folded[end - 1], _look(folded, end, 1)),
    ):
        if _is_running(edge) and signs >= SURELY_ONE:
            continue
        if _is_letter(beside[0]) or (beside[0] == "-" and _is_letter(beside[1])):
            return False
    return True


def _is_whole_email(folded, start, end):
    before, after = _look(folded, start - 1, -1), _look(folded, end, 1)
    if _is_letter(before[0]) or before[0] in "._+-" or _is_letter(after[0]) or after[0] == "-":
        return False
    return not (after[0] == "." and _is_letter(after[1]))


def _is_whole_phone(folded, start, end):
    return not (_look(folded, start - 1, -1)[0].isdigit() or _look(folded, end, 1)[0].isdigit())


def _merge(found):
    merged = []
    for start, end in sorted(found):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


# What is worth reading, in a few microseconds: letters and digits alone, whatever stands between them

CODED = (r"&#?[0-9A-Za-z]+;", r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2})*", r"\\u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*")
SKIPPED = re.compile("|".join(("<[^<>]*>", *CODED)))


class _Letters(dict):
    """What each character counts as, by its number, of which only letters and digits are kept."""

    def __init__(self, fold_char):
        super().__init__()
        self.fold_char = fold_char

    def __missing__(self, code):
        self[code] = letters = "".join(filter(_is_letter, self.fold_char(chr(code))))
        return letters


LETTERS, LETTERS_OF_ADDRESSES = _Letters(_fold), _Letters(_fold_case)
# A text of these alone, where what goes is None, is translated ten times faster.
ASCII_LETTERS = {code: LETTERS[code] or None for code in range(128)}
NOT_ASCII = re.compile("[^\\x00-\\x7f]+")


def _uncover(text):
    """Yield a text as it is read, then what stands in each of its tags."""
    parts = [text, *(tag[1:-1] for tag in ATTRIBUTED.findall(text))] if "<" in text else [text]
    return "\n".join(SKIPPED.sub(_show, part) for part in parts)


def _show(found):
    return "" if found[0][0] == "<" else _decode(found[0])


def _squeeze(text, letters):
    """Return the letters and digits of a text.

    :param _Letters letters: what each character counts as
    """
    return NOT_ASCII.sub(lambda found: found[0].translate(letters), text).translate(ASCII_LETTERS)


def _choose(patterns, letters):
    """Return the patterns that may be found in a text of these letters.

    :param patterns: pairs of letters and of a pattern
    """
    return [pattern for key, pattern in patterns if key in letters]
