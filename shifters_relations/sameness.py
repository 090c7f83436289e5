"""Who is the same organisation, without Odoo: one answer for lists brought in, forms, search and merging.

Two that are the *same* may be joined without a question; what is doubtful is asked, and what is known apart is
*different*. In this order:

1. An identifier of a register (SIREN, RNA): two of one kind that differ are two organisations. Of one SIREN there may
   be several establishments: of other names in other towns, they are asked about.
2. The external id of a file that came in before; where it is but a number and the names differ, it is asked about.
3. The name, however it is written: capitals, accents, apostrophes, dashes, blanks, invisible characters, "&", "St",
   the article that it begins with, an acronym in brackets, the legal form do not count. Several of one name are told
   apart by their town, then by their site; where the towns contradict each other, a person decides.
4. What only looks alike is asked: an acronym alone, a site alone, a name that a register has cut or shortened, a letter
   mistyped in a word of five or more, behind its first, in a longer one that one too, or two; in two words at most:
   unless towns or acronyms contradict each other.

Names that differ by a number, a letter that stands alone, a roman number or an acronym are different.
``tests/sameness.csv`` says it of pairs, and each of its lines is tested.
"""

import re
from bisect import bisect_left, insort
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property

from .identifiers import read_rna, read_siren
from .texts import fold, key_of, words_of
from .websites import site_of

SAME, ASK, DIFFERENT, NEW = "same", "ask", "different", "new"

# How much speaks for two being one.
IDENTIFIED, EXTERNAL, NAMED, IN_TOWN, ON_SITE, ALIKE = 9, 8, 4, 2, 1, 1

MOST = 100  # of those that have one thing in common, what is looked at: what more have says nothing
ARTICLES = {"le", "la", "les", "l", "the"}
# What does not tell two names apart when one of them is written short.
SMALL = ARTICLES | {"a", "and", "au", "aux", "d", "de", "des", "du", "en", "et", "of", "pour", "sur"}
SMALL |= {"association", "france"}
WRITTEN = {
    "and": "et",
    "ass": "association",
    "asso": "association",
    "assoc": "association",
    "fed": "federation",
    "st": "saint",
    "ste": "sainte",
}
LEGAL_FORMS = {"asbl", "eurl", "gie", "sa", "sarl", "sas", "sasu", "sca", "scic", "scop", "snc"}
LEGAL = re.compile(
    r"\b(?:association )?(?:(?:regie par la )?loi (?:de |du 1er juillet )?1901|reconnue d'utilite publique"
    r"|a but non lucratif)\b"
)
NUMBER_SIGN = re.compile(r"\bn(?:[°o]|umero)\s*(?=\d)")
BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
APART = re.compile(r" [-–—:/|] ?|[,;] ")
DOTS = re.compile(r"\s*(?:\.\.+|…)\s*$")
CUT = range(35, 41)  # signs at which registers cut a name
SHORTEST_CUT, SHORTEST_SHORT = 16, 10  # letters of a name that was cut, or whose words were
LONGEST_ACRONYM = 12
SHORTEST_MISTYPED = 5  # letters of a word of which one may be mistyped
SHORTEST_MISBEGUN, SHORTEST_MANGLED = 7, 9  # and of one of which it may be the first, or two may be
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONGEST_CAPITALS = 6  # letters of a word in capitals that is an acronym, which a letter more or less makes another one
ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})")
VOWELS = set("aehiouy")  # and what is not heard
TYPED, MISTYPED = re.compile(r"[^\W\d_]+"), "mistyped"
CEDEX = re.compile(r"\bcedex\b.*")
DISTRICT = re.compile(r"\b(0?[1-9]|1\d|20) ?(?:er|e|eme|nd|nde)?\b(?: ?arr(?:ondissement|t)?\b)?")
OF_DISTRICTS = {
    "lyon": re.compile("690(0[1-9])"),
    "marseille": re.compile("130(0[1-9]|1[0-6])"),
    "paris": re.compile("75[01](0[1-9]|1[0-9]|20)"),
}


@dataclass
class Likeness:
    """What two organisations are compared by, as it was written.

    :param id: whatever names it; within an :class:`Index` it is unique, and what is not in there has none
    :param sites: addresses of its pages
    """

    id: object = None
    name: str = ""
    acronym: str = ""
    city: str = ""
    zip: str = ""
    sites: tuple = ()
    siren: str = ""
    rna: str = ""
    external_ids: tuple = ()

    @cached_property
    def identifiers(self):
        numbers = {"siren": read_siren(self.siren), "rna": read_rna(self.rna)}
        return {kind: number for kind, number in numbers.items() if number}

    @cached_property
    def own_sites(self):
        return {site for site in map(site_of, self.sites) if site}

    @cached_property
    def reading(self):
        return Reading(self.name, self.acronym)

    @cached_property
    def name_key(self):
        return self.reading.key

    @cached_property
    def acronym_key(self):
        return key_of(self.acronym) or self.reading.acronym

    @cached_property
    def rough_key(self):
        return self.reading.rough

    @cached_property
    def town(self):
        """Return where it is: (town, district of a large one, zip code), each empty if it is not known."""
        written = CEDEX.sub("", fold(self.city))
        words = _drop_article([word for word in words_of(written) if not word[0].isdecimal()])
        city = key_of(" ".join(WRITTEN.get(word, word) for word in words if word not in ("arrondissement", "arr")))
        code = "".join(filter(str.isdecimal, fold(self.zip)))
        code = code.zfill(5) if len(code) == 4 else code
        for large, codes in OF_DISTRICTS.items():
            if city in (large, f"{large}e", f"{large}er", f"{large}eme"):
                of_code = codes.fullmatch(code) if written == fold(self.city) else None
                district = DISTRICT.search(written) or of_code
                return large, district[1].lstrip("0") if district else "", code
        return city, "", code


class Reading:
    """What a name says, whatever it is written like.

    ``key`` is what two ways to write it have in common, ``bare`` the same without what stands in brackets, ``rough``
    what those have in common too that are written short, ``acronym`` the one in it.

    >>> for name in ("Les Amis de la Terre", "AMIS DE LA TERRE (LES)", "Amis de la Terre, association loi 1901"):
    ...     Reading(name).key
    'amisdelaterre'
    'amisdelaterre'
    'amisdelaterre'
    >>> read = Reading("CONFEDERATION GENERALE DU TRAVAIL (C.G.T.)")
    >>> read.key, read.acronym, Reading("Rail & Cie SAS").key
    ('confederationgeneraledutravail', 'cgt', 'railetcie')
    """

    def __init__(self, name, acronym=""):
        self.written = " ".join(str(name or "").split())
        given, text = key_of(acronym), DOTS.sub("", fold(name).replace("&", " et "))
        brackets = [content for content in BRACKETS.findall(text) if content.strip()]
        outside = BRACKETS.sub(" ", text)
        if brackets and not words_of(outside):
            outside, *brackets = brackets
        if len(brackets) == 1 and _is_acronym(outside, _read_words(brackets[0])):
            outside, brackets = brackets[0], [outside]
        self.acronym = ""
        bare = _read_words(outside)
        self.rest = []
        for content in brackets:
            if key_of(content) == given or _is_acronym(content, bare):
                self.acronym = self.acronym or key_of(content)
            elif (words := _read_words(content)) and not set(words) <= ARTICLES:
                self.rest.append(key_of(" ".join(words)))
        parts = [part for part in APART.split(outside) if part.strip()]
        for first, others in ((parts[0], parts[1:]), (parts[-1], parts[:-1])) if len(parts) > 1 else ():
            of_others = _read_words(" ".join(others))
            if of_others and (key_of(first) in {given, self.acronym} - {""} or _is_acronym(first, of_others)):
                self.acronym, bare = self.acronym or key_of(first), of_others
                break
        self.bare = _join(bare)
        self.key = self.bare + "".join(self.rest) or " ".join(fold(name).split())
        # A letter behind a name is a number: section A is another one than section D.
        self.words = [word for word in map(_singular, bare[:-1]) if word not in SMALL]
        self.words += [word for word in map(_singular, bare[-1:]) if word not in SMALL or len(word) == 1]
        self.numbers = [word for word in self.words if word.isdecimal()]
        self.initials = "".join(word[0] for word in self.words if not word.isdecimal())
        is_cut = DOTS.search(self.written) or (self.written.isupper() and len(self.written) in CUT)
        self.is_cut = bool(is_cut) and len(self.key) >= SHORTEST_CUT

    @cached_property
    def rough(self):
        """Return the beginnings of its words, of the last one without its vowels, and its numbers."""
        words = [word for word in self.words if not word.isdecimal()]
        if not words:
            return self.bare
        return " ".join([self.initials[:3] + _get_beginning(words[-1]), *self.numbers])

    @cached_property
    def acronyms(self):
        """Return the words that are written in capitals where others are not."""
        if self.written.isupper() and len(self.words) > 1:
            return set()
        capitals = {word for word in TYPED.findall(self.written) if word.isupper() and len(word) <= LONGEST_CAPITALS}
        return {_singular(fold(word)) for word in capitals}


def _read_words(text):
    """Return the words of a name that count, in the order in which they are written."""
    words = words_of(NUMBER_SIGN.sub(" ", LEGAL.sub(" ", text)))
    words = [WRITTEN.get(word, word) if len(words) > 1 else word for word in words]
    while len(words) > 1 and words[-1] in LEGAL_FORMS and words[-2] not in SMALL:
        words.pop()
    if len(words) > 1 and words[0] in LEGAL_FORMS - {"sa", "gie", "snc", "sca"}:
        words.pop(0)
    if len(words) > 2 and words[0] == "association" and words[1] in ARTICLES:
        words.pop(0)
    return _drop_article(words)


def _drop_article(words):
    """Return words without the article before or behind them; a letter of an acronym is none."""
    if len(words) > 1 and words[0] in ARTICLES and len(words[1]) > 2:
        return words[1:]
    if len(words) > 1 and words[-1] in ARTICLES and len(words[-1]) > 1 and len(words[-2]) > 2:
        return words[:-1]
    return words


def _join(words):
    return key_of(" ".join(words))


def _singular(word):
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def _get_beginning(word):
    """Return the letters of a word that are seldom mistyped: its first one, and the first behind it that is no vowel.

    >>> [_get_beginning(word) for word in ("emmaus", "emaus", "nat", "nationale", "eau", "друзья")]
    ['em', 'em', 'nt', 'nt', 'e', 'др']
    """
    return word[0] + next((letter for letter in word[1:] if letter not in VOWELS and letter != word[0]), "")


def _is_acronym(text, words):
    """Return whether a text is made of the beginnings of words, in their order.

    >>> name = "mouvement des entreprises de france".split()
    >>> [_is_acronym(text, name) for text in ("M.E.D.E.F.", "Medef", "MEF", "MDE", "Lyon", "France")]
    [True, True, True, True, False, False]
    """
    letters = key_of(text)
    if not 2 <= len(letters) <= LONGEST_ACRONYM or not letters.isalpha() or len(words) < 2:
        return False
    # How much of the acronym each word may have spelt so far: one or several letters that it begins with.
    spelt = {0}
    for word in words:
        spelt |= {at + length for at in spelt for length in _get_lengths(word, letters[at:])}
    return len(letters) in spelt


def _get_lengths(word, letters):
    """Yield with how many of its letters a word may begin others; a whole word is no part of an acronym."""
    for length, (own, other) in enumerate(zip(word, letters, strict=False), 1):
        if own != other:
            return
        if length < len(word) or length < 3:
            yield length


def compare(one, two):
    """Return whether two are the same organisation: ``same``, ``ask`` or ``different``; in either order.

    >>> cgt = Likeness(name="Confédération générale du travail", acronym="CGT", city="Montreuil")
    >>> compare(cgt, Likeness(name="CONFEDERATION GENERALE DU TRAVAIL (CGT)", zip="93100"))
    'same'
    >>> compare(cgt, Likeness(name="C.G.T.")), compare(cgt, Likeness(name=cgt.name, city="Lyon"))
    ('ask', 'ask')
    >>> compare(Likeness(name="Section 1"), Likeness(name="Section 2"))
    'different'
    """
    return _relate(one, two)[0]


def _relate(one, two):
    """Return what two are to each other, and how much speaks for it: the more, the higher."""
    shared = [kind for kind in one.identifiers if kind in two.identifiers]
    equal = [kind for kind in shared if one.identifiers[kind] == two.identifiers[kind]]
    names, towns = _compare_names(one.reading, two.reading, one.acronym_key, two.acronym_key), _compare_towns(one, two)
    if equal:
        establishment = "rna" not in equal and names != SAME and towns == DIFFERENT
        return (ASK if establishment or len(equal) < len(shared) else SAME), IDENTIFIED + (names == SAME)
    if shared:
        return DIFFERENT, 0
    if external := set(one.external_ids) & set(two.external_ids):
        # A number that another list gave to another row is no name of theirs.
        numbered = names == DIFFERENT and all(each.rpartition(".")[2].isdecimal() for each in external)
        return (ASK if numbered else SAME), EXTERNAL
    on_site = ON_SITE if one.own_sites & two.own_sites else 0
    if names == SAME:
        return (ASK, NAMED - 1 + on_site) if towns == DIFFERENT else (SAME, NAMED + on_site + IN_TOWN * (towns == SAME))
    if names == ASK or (names == MISTYPED and (towns != DIFFERENT or on_site)):
        return ASK, ALIKE + on_site
    return (ASK, on_site) if on_site else (DIFFERENT, 0)


def _compare_names(one, two, one_acronym, two_acronym):
    if not one.key or not two.key:
        return DIFFERENT
    if one.bare == two.bare != "" or one.key == two.key:
        if one_acronym and two_acronym and one_acronym != two_acronym:
            return ASK
        rests = [set(one.rest) - {two_acronym}, set(two.rest) - {one_acronym}]
        if rests[0] == rests[1] or one.key == two.key:
            return SAME
        return DIFFERENT if all(rests) else ASK
    if ({one.key, one_acronym} & {two.key, two_acronym}) - {""} or _is_initials(one, two) or _is_initials(two, one):
        return ASK
    if _is_cut_from(one, two) or _is_cut_from(two, one):
        return ASK
    if one.rough == two.rough and (_is_short_for(one.words, two.words) or _is_short_for(two.words, one.words)):
        return ASK
    if not (one_acronym and two_acronym) and set(one.rest) == set(two.rest) and _is_mistyped(one, two):
        return MISTYPED
    return DIFFERENT


def _is_mistyped(one, two):
    """Return whether one word of two names differs by a letter, or by two, or two of three words or more do.

    >>> def check(one, two):
    ...     return _is_mistyped(Reading(one), Reading(two))
    >>> check("France Nature Environement", "France Nature Environnement"), check("FO Méteaux", "FO Métaux")
    (True, True)
    >>> check("Nouvement vert", "Mouvement vert"), check("Natur Enviromement Gard", "Nature Environement Gard")
    (True, True)
    >>> check("Confédération", "Confederatoin"), check("A Vert", "B Vert")
    (True, False)
    >>> check("SNUIPP", "SNUEPP"), check("Section XVIII", "Section XXVIII"), check("Rail", "Raid")
    (False, False, False)
    """
    if len(one.words) != len(two.words):
        return False
    apart = [words for words in zip(one.words, two.words, strict=True) if words[0] != words[1]]
    if not 1 <= len(apart) <= (2 if len(one.words) > 2 else 1):
        return False
    return all(
        not any(map(_is_number, (word, other)))
        and not (word in one.acronyms and other in two.acronyms)
        and (_is_a_letter_off(word, other) or (len(apart) == 1 and _is_mangled(word, other)))
        for word, other in apart
    )


def _is_mangled(one, two):
    """Return whether two letters of a long word are mistyped: one, as another may be, once the other one is right.

    >>> _is_mangled("environnement", "enviromement"), _is_mangled("climatique", "clinatiqe"), _is_mangled("eau", "eua")
    (True, True, False)
    """
    if min(len(one), len(two)) < SHORTEST_MANGLED or not (one + two).isalpha():
        return False
    at = next((at for at, (own, other) in enumerate(zip(one, two, strict=False)) if own != other), 0)
    right = {two[:at] + one[at] + two[at:], two[:at] + one[at] + two[at + 1 :], two[:at] + two[at + 1 :]}
    right.add(two[:at] + two[at + 1 : at + 2] + two[at : at + 1] + two[at + 2 :])
    return any(each == one or _is_a_letter_off(one, each) for each in right)


def _is_a_letter_off(one, two):
    """Return whether a letter of a word was left out, put in, replaced, or exchanged with the one beside it.

    >>> [_is_a_letter_off("climat", word) for word in ("clmat", "climaat", "clinat", "cilmat", "climta", "climats-")]
    [True, True, True, True, True, False]
    >>> _is_a_letter_off("climat", "slimat"), _is_a_letter_off("cfdt", "cftc"), _is_a_letter_off("ud69a", "ud69b")
    (False, False, False)
    """
    short, long = sorted((one, two), key=len)
    if len(long) < SHORTEST_MISTYPED or len(long) - len(short) > 1 or not (one + two).isalpha():
        return False
    if one[0] != two[0] and len(long) < SHORTEST_MISBEGUN:
        return False
    at = next((at for at, (own, other) in enumerate(zip(short, long, strict=False)) if own != other), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    is_exchanged = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return is_exchanged or short[at + 1 :] == long[at + 1 :]


def _is_initials(short, long):
    return len(long.initials) > 2 and short.key == long.initials


def _is_cut_from(cut, whole):
    return (
        cut.is_cut and len(cut.key) >= SHORTEST_CUT and len(whole.key) > len(cut.key) and whole.key.startswith(cut.key)
    )


def _is_short_for(short, long):
    """Return whether each word of a name begins the word of another in its place.

    >>> long = Reading("Fédération du bâtiment et des travaux publics des Deux-Sèvres").words
    >>> _is_short_for(Reading("FEDERATION BATIM TRAVA PUBLIC DX SEVRES").words, long)
    False
    >>> _is_short_for(Reading("FEDERATION BATIM TRAVA PUBLIC D SEVRES").words, long)
    True
    """
    if not short or short == long:
        return short == long != []
    if sum(map(len, short)) < SHORTEST_SHORT:
        return False
    at = 0
    for word in long:
        if at < len(short) and (word == short[at] or (not _is_number(word) and word.startswith(short[at]))):
            at += 1
        elif len(word) > 4 or word.isdecimal() or at == 0:
            return False
    return at == len(short)


def _is_number(word):
    return word.isdecimal() or ROMAN.fullmatch(word)


def _compare_towns(one, two):
    """Return whether two are in one town: ``same``, ``different``, or nothing when it is not known."""
    (city, district, code), (other_city, other_district, other_code) = one.town, two.town
    if city and other_city:
        far = code and other_code and code[:2] != other_code[:2]
        if city == other_city:
            apart = far or (district and other_district and district != other_district)
            return DIFFERENT if apart else SAME
        return SAME if code and code == other_code else DIFFERENT
    if code and other_code:
        return SAME if code == other_code else DIFFERENT
    return ""


class Index:
    """Organisations among which others are looked for; what it costs does not grow with their number.

    >>> index = Index([Likeness(1, "Secours", city="Lyon"), Likeness(2, "Secours", city="Brest"), Likeness(3, "Rail")])
    >>> index.find(Likeness(name="SECOURS", city="Lyon Cedex 3")), index.find(Likeness(name="Le secours"))
    (('same', [1]), ('ask', [1, 2]))
    >>> index.find(Likeness(name="Route"))
    ('new', [])
    """

    def __init__(self, likenesses=()):
        self.known = {}
        self.blocks = defaultdict(list)
        self.names = []
        for likeness in likenesses:
            self.add(likeness)

    def add(self, likeness):
        """Add one more organisation; its id is its own."""
        self.known[likeness.id] = likeness
        for key in _get_keys(likeness):
            insort(self.blocks[key], likeness.id)
        if likeness.name_key:
            insort(self.names, (likeness.name_key, likeness.id))

    def find(self, likeness):
        """Return who one is: ``("same", [id])``, ``("ask", ids, the likeliest first)`` or ``("new", [])``."""
        verdict, ids = choose(likeness, self.look_up(likeness))
        return (verdict, ids) if ids else choose(likeness, self._look_up_misbegun(likeness))

    def _look_up_misbegun(self, likeness):
        """Return those one of whose words begins otherwise, and that end or begin as one does; itself left out."""
        found, own = [], likeness.name_key
        for rough in get_misbegun(likeness):
            for each in self.blocks.get(("rough", rough), ()):
                key = self.known[each].name_key
                if (
                    abs(len(key) - len(own)) < 2
                    and (key[-4:] == own[-4:] or key[:4] == own[:4])
                    and each != likeness.id
                ):
                    found.append(self.known[each])
        return found[:MOST]

    def look_up(self, likeness):
        """Return those that have something in common with one, itself left out."""
        found = set()
        for kind, values in get_sought(likeness).items():
            for value in values:
                ids = self.blocks.get((kind, value), ())
                found.update(_get_own(ids, likeness.id) if kind == "site" else ids[:MOST])
        for place in _get_places(likeness):
            found.update(self.blocks.get(place, ())[:MOST])
        if likeness.reading.is_cut:
            at = bisect_left(self.names, (likeness.name_key,))
            for name, known_id in self.names[at : at + MOST]:
                if not name.startswith(likeness.name_key):
                    break
                found.add(known_id)
        return [self.known[each] for each in found if likeness.id is None or each != likeness.id]


def _get_own(ids, own_id):
    """Return whose site it is; nobody's, if several others have it, as the sections of a federation do."""
    others = [each for each in ids[:3] if each != own_id]
    return others if len(others) == 1 else ()


def _get_keys(likeness):
    """Return what an organisation is found by: pairs of a kind and a value."""
    keys = {*likeness.identifiers.items(), *(("external", each) for each in likeness.external_ids)}
    keys.update(("site", site) for site in likeness.own_sites)
    keys.update({("name", likeness.name_key), ("acronym", likeness.acronym_key), ("rough", likeness.rough_key)})
    keys.add(("initials", likeness.reading.initials[:3] if len(likeness.reading.initials) > 2 else ""))
    return {(kind, value) for kind, value in keys if value} | _get_places(likeness)


def _get_places(likeness):
    """Return the name with the town: where very many bear one name, those of the same town are looked at too."""
    city, _district, code = likeness.town
    places = {("city", (likeness.name_key, city)), ("zip", (likeness.name_key, code))}
    return {(kind, value) for kind, value in places if all(value)}


def get_sought(likeness):
    """Return what those have that one may be.

    :return: sets of values by kind: ``siren``, ``rna``, ``external``, ``name``, ``acronym``, ``rough``, ``site``, and
        ``initials``: the first three, which a rough key begins with

    >>> get_sought(Likeness(name="Rail 2", sites=("rail.example.org",)))
    {'acronym': {'rail2'}, 'name': {'rail2'}, 'rough': {'rrl 2'}, 'site': {'rail.example.org'}}
    """
    name, acronym = likeness.name_key, likeness.acronym_key
    cut = {name[:length] for length in range(SHORTEST_CUT, len(name))}
    sought = {kind: {value} for kind, value in likeness.identifiers.items()}
    initials = likeness.reading.initials if len(likeness.reading.initials) > 2 else ""
    sought |= {"external": set(likeness.external_ids), "acronym": {name, acronym}}
    sought |= {"name": {name, acronym, initials, *cut}}
    sought |= {"initials": {name[:3]} if 2 < len(name) <= LONGEST_ACRONYM and name.isalpha() else set()}
    sought |= {"rough": {likeness.rough_key}, "site": set(likeness.own_sites)}
    return {kind: values - {""} for kind, values in sought.items() if values - {""}}


def get_misbegun(likeness):
    """Return the rough keys of those whose name begins one of its long words with another letter.

    >>> sorted(get_misbegun(Likeness(name="Mouvement vert")))[:2], len(get_misbegun(Likeness(name="Mouvement vert")))
    (['avvr', 'bvvr'], 25)
    >>> get_misbegun(Likeness(name="Rail vert"))
    set()
    """
    words = [word for word in likeness.reading.words if not word.isdecimal()]
    if likeness.rough_key == likeness.reading.bare or len(words) > LONGEST_ACRONYM:
        return set()
    last, numbers = len(words) - 1, likeness.reading.numbers
    return {
        " ".join(["".join(word[0] for word in begun[:3]) + _get_beginning(begun[-1]), *numbers])
        for at, word in enumerate(words)
        if len(word) >= SHORTEST_MISBEGUN - 1 and (at < 3 or at == last)
        for letter in LETTERS
        if letter != word[0]
        for begun in [[*words[:at], letter + word[1:], *words[at + 1 :]]]
    }


def choose(likeness, others):
    """Return who of several one is, as :meth:`Index.find` does."""
    return _choose([(*_relate(likeness, other), other.id) for other in others])


def _choose(related):
    """Return who is meant.

    :param related: (verdict, weight, id) of each that may be
    """
    related = sorted((each for each in related if each[0] != DIFFERENT), key=lambda each: (-each[1], each[2]))
    if not related:
        return NEW, []
    (verdict, weight, likeliest), *others = related
    if verdict == SAME and not any(_is_rival(weight, other_weight) for _verdict, other_weight, _id in others):
        return SAME, [likeliest]
    return ASK, [each_id for _verdict, _weight, each_id in related]


def _is_rival(weight, other):
    """Return whether another could be meant as well, for all that speaks for the likeliest one."""
    if other == weight or other >= EXTERNAL:
        return True
    return (weight == NAMED and other >= NAMED - 1) or (weight == NAMED + IN_TOWN and other == NAMED + ON_SITE)


def group(likenesses):
    """Return the rows of one list as the organisations that they stand for: lists of ids, whatever their order.

    Rows that could stand for several stay by themselves.

    >>> rows = [Likeness(1, "Secours", city="Lyon"), Likeness(2, "SECOURS"), Likeness(3, "Le Secours", zip="69001")]
    >>> group(rows), group([*rows, Likeness(4, "secours", city="Brest")])
    ([[1, 2, 3]], [[1], [2], [3], [4]])
    """
    of_signature, of_row, index = {}, {}, Index()
    groups, numbers = defaultdict(list), defaultdict(lambda: defaultdict(set))
    for row in sorted(likenesses, key=lambda each: (_get_signature(each), each.id)):
        signature = _get_signature(row)
        if signature not in of_signature:
            best = {}
            for other in index.look_up(row):
                its_group, relation = of_row[other.id], _relate(row, other)
                best[its_group] = max(best.get(its_group, (DIFFERENT, 0)), relation, key=lambda each: each[1])
            apart = [each for each in best if any(numbers[each][kind] - {own} for kind, own in row.identifiers.items())]
            verdict, found = _choose([(*relation, each) for each, relation in best.items() if each not in apart])
            of_signature[signature] = of_row[row.id] = found[0] if verdict == SAME else row.id
            for kind, own in row.identifiers.items():
                numbers[of_row[row.id]][kind].add(own)
            index.add(row)
        groups[of_signature[signature]].append(row.id)
    return sorted(sorted(ids) for ids in groups.values())


def _get_signature(row):
    """Return what a row says, so that those that say most come first."""
    city, district, code = row.town
    said = (sorted(row.identifiers.items()), sorted(row.external_ids), city, district, code, sorted(row.own_sites))
    return tuple((not each, str(each)) for each in (*said, row.name_key, row.acronym_key))
