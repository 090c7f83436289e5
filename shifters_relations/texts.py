"""Texts compared, searched, and read for a person's name, without Odoo.

Case and accents do not count. How texts name a person is said in regular expressions that Python and
PostgreSQL read alike: what stands between the words of a name does not count either; a longer name or
address that contains the one looked for is somebody else's. A first or a last name alone is not
recognised: it may be anybody's.
"""

import re
import unicodedata

ACCENTED = {
    "a": "àâäáãå",
    "c": "ç",
    "e": "éèêë",
    "i": "íìîï",
    "n": "ñ",
    "o": "óòôöõø",
    "u": "úùûü",
    "y": "ýÿ",
}
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o"})
LETTER = "0-9A-Za-zÀ-ÖØ-öø-ÿœŒ"
MARKS = "[\u0300-\u036f]*"  # accents written apart from their letter
INLINE_TAG = "</?(?:a|b|em|font|i|span|strong|u)(?: [^<>]*)?>"
BETWEEN = f"(?:[ \t\r\n\u00a0\u202f'’.,_-]|&nbsp;|&#39;|&#x27;|%20|{INLINE_TAG})+"
BEFORE, AFTER = f"(?<![{LETTER}])(?<![{LETTER}]-)", f"(?![{LETTER}])(?!-[{LETTER}])"
LOOKING_AROUND = re.compile(r"\(\?<?!(?:[^()\[\]]|\[[^\]]*\])*\)")
SHORTEST_PHONE, NATIONAL = 8, 9
TITLES = {"docteur", "dr", "m", "madame", "mademoiselle", "maitre", "me", "mlle", "mme", "monsieur", "mr", "mrs", "pr"}


def fold(text):
    """A text for comparison: without accents, case, or blanks around it.

    >>> fold(" Œuvre d'Été ")
    "oeuvre d'ete"
    """
    decomposed = unicodedata.normalize("NFKD", str(text or "")).casefold().translate(LIGATURES)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).strip()


def words_of(text):
    """The words of a text, folded: letters and digits, whatever stands between them.

    >>> words_of("L'Œuvre : fin.Suite 2024-2025")
    ['l', 'oeuvre', 'fin', 'suite', '2024', '2025']
    """
    return "".join(char if char.isalnum() else " " for char in fold(text)).split()


def _letter(char):
    """A class of all the ways to write a letter."""
    variants = char + ACCENTED.get(char, "")
    both = "".join(dict.fromkeys(variants + variants.upper()))
    return f"[{both}]{MARKS}" if char.isalpha() else re.escape(char)


def _word(word):
    pattern = "".join(map(_letter, word))
    for ligature, letters in (("œŒ", "oe"), ("æÆ", "ae")):
        apart = "".join(map(_letter, letters))
        pattern = pattern.replace(apart, f"(?:{apart}|[{ligature}])")
    return pattern


def name_pattern(name):
    """The pattern of a whole name without its title, the last name first or last; None for a single word.

    >>> pattern = name_pattern("Mme Hélène de l'Isle")
    >>> texts = ("Vu HELENE DE L’ISLE.", "De l'Isle Hélène", "Hélène <b>de l'Isle</b>", "Marie-Hélène de l'Isle")
    >>> [bool(re.search(pattern, text)) for text in texts]
    [True, True, True, False]
    >>> name_pattern("M. Paul") is None
    True
    """
    words = words_of(name)
    if words and words[0] in TITLES:
        words = words[1:]
    if len(words) < 2:
        return None
    orders = {tuple(words): 1, (words[-1], *words[:-1]): 1, (*words[1:], words[0]): 1}
    either = "|".join(BETWEEN.join(map(_word, order)) for order in orders)
    return f"{BEFORE}(?:{either}){AFTER}"


def email_pattern(email):
    """The pattern of an address, None if there is none.

    >>> pattern = email_pattern("Ada@example.org")
    >>> [bool(re.search(pattern, text)) for text in ("<ada@Example.org>", "x.ada@example.org", "ada@example.org.uk")]
    [True, False, False]
    """
    if not email or "@" not in email:
        return None
    written = "".join(
        f"[{char.lower()}{char.upper()}]" if char.isascii() and char.isalpha() else re.escape(char) for char in email
    )
    written = written.replace("@", "(?:@|%40)")
    return f"(?<![0-9A-Za-z._+-]){written}(?![0-9A-Za-z-])(?![.][0-9A-Za-z])"


def phone_pattern(phone):
    """The pattern of a number however it is spaced, national or international; None if it is too short.

    >>> pattern = phone_pattern("+33 6 12 34 56 78")
    >>> [bool(re.search(pattern, text)) for text in ("06.12.34.56.78", "+33612345678", "106 12 34 56 789")]
    [True, True, False]
    """
    digits = re.sub(r"\D", "", phone or "")
    if len(digits) < SHORTEST_PHONE:
        return None
    apart = "(?:[ .\u00a0\u202f/-]|%20)?"
    prefix = rf"(?:(?:[+]|%2B)?[0-9]{{1,3}}{apart})?(?:[(]0[)]{apart})?0?" if len(digits) >= NATIONAL else ""
    return f"(?<![0-9]){prefix}{apart.join(digits[-NATIONAL:])}(?![0-9])"


def rough_pattern(pattern):
    """What finds all that a pattern of this module finds, and a little more, many times faster in PostgreSQL.

    >>> rough_pattern("(?<![a-z])(?<![a-z]-)ada(?![a-z])(?!-[a-z])")
    'ada'
    """
    return LOOKING_AROUND.sub("", pattern)
