"""What the words of lists stand for: the team's own types, sectors, members…, and what was decided of others."""

import re
from difflib import get_close_matches

from ...texts import fold, words_of

RECORDS = {
    "type": "relationship.organisation.type",
    "sector": "relationship.sector",
    "cadence": "relationship.cadence",
    "owner": "res.users",
    "country": "res.country",
    "person_job_family": "relationship.job.family",
    "last_contact_author": "res.users",
}
OF_MEMBERS = ("owner", "last_contact_author")
CHOICES = {
    "scope": ("res.partner", "relationship_scope"),
    "stage": ("res.partner", "relationship_stage"),
    "priority": ("res.partner", "relationship_priority"),
    "source": ("res.partner", "relationship_source"),
    "position": ("res.partner", "relationship_position"),
    "level": ("res.partner", "relationship_level"),
    "posture": ("res.partner", "relationship_posture"),
    "need": ("res.partner", "relationship_need"),
    "last_contact_channel": ("relationship.synthesis", "channel"),
}
# How people say the choices of lists that nobody extends, besides their labels.
USUAL = {
    "last_contact_channel": {
        "phone": "tel|telephone|appel|appel telephonique|coup de fil|call|phone call",
        "in_person": "presentiel|en presentiel|physique|rencontre|rdv|rendez-vous|reunion|sur place|meeting",
        "video": "visio|visioconference|en visio|zoom|teams|video|video call",
        "event": "evenement|salon|colloque|conference|event",
    },
    "scope": {
        "national": "france|nationale|pays",
        "regional": "region|regionale",
        "departmental": "departement|departementale",
        "local": "locale|ville|commune",
    },
}
# Of which a word makes a new one; a cadence says more than its name, a member is a person.
CREATABLE = {"type", "sector", "person_job_family"}
SURELY_APART = re.compile(r"\s*[;|\n]\s*")
LISTED = re.compile(r"\s*[,/]\s*")
MAYBE_APART = re.compile(r"\s*[,/&+]\s*|\s+(?:et|and)\s+")
NEAR = 0.8  # from 0 to 1
SHORTEST_NEAR = 5  # letters of a word that may be another one mistyped: few words of four have no neighbour
CUT = (1, *range(4, 12))  # letters of a word that may go on: its initial, or enough to know it by
LEFT_OUT = "left out"
SMALL = {"a", "au", "aux", "d", "de", "des", "du", "et", "l", "la", "le", "les", "and", "of", "the"}


def is_part(said, known):
    """Return whether words are among those of a known name, which may be said by their initials, or cut short.

    >>> is_part(["j", "moreau"], ["julien", "moreau"]), is_part(["forets"], ["foret", "et", "bois"]), is_part([], ["a"])
    (True, True, False)
    >>> is_part(["assoc"], ["associations"]), is_part(["par"], ["parti"])
    (True, False)
    """
    said, known = _singular(said), _singular(known)
    return bool(set(said) - SMALL) and all(
        any(word == each or (len(word) in CUT and each.startswith(word)) for each in known) for word in said
    )


def have_initials(known, said):
    """Return whether somebody's name is said by its initials, in either order.

    >>> have_initials(["helene", "durand"], "hd"), have_initials(["jean", "luc", "roux"], "rjl")
    (True, True)
    >>> have_initials(["helene", "durand"], "h"), have_initials(["hd"], "hd")
    (False, False)
    """
    initials = "".join(word[0] for word in known)
    return len(initials) > 1 and said in (initials, initials[-1] + initials[:-1])


def is_whole(said, known):
    """Return whether words say a known name, and more.

    >>> is_whole(["travail", "emploi"], ["emploi"]), is_whole(["emploi"], ["emploi", "jeunes"])
    (True, False)
    """
    said, known = _singular(said), _singular(known)
    return bool(set(known) - SMALL) and set(known) - SMALL <= set(said)


def _singular(words):
    """Return words without what makes them several.

    >>> _singular(["forets", "reseaux", "gaz", "bus"])
    ['foret', 'reseau', 'gaz', 'bus']
    """
    return [word[:-1] if len(word) > 3 and word[-1] in "sx" else word for word in words]


class Vocabulary:
    """The words that are known, read at most once a target.

    :param env: whose languages, members and rights count
    :param dict decided: what was decided of words, by (target, folded word): a value, or :data:`LEFT_OUT`
    """

    def __init__(self, env, decided=None):
        self.env = env
        self.decided = decided or {}
        self.used = set()  # of what was decided
        self._words, self._archived, self._labels = {}, {}, {}

    def read(self, target, text):  # pylint: disable=method-required-super
        """Return what a cell says: (value or None, further values, words that nobody knows).

        :param str text: one word, or several between semicolons; or between commas, where one of them is
            known; or between other signs, where all are
        """
        if (known := self.find(target, text)) is not None:
            return known, [], []
        parts = [part for part in SURELY_APART.split(text) if fold(part)]
        if len(parts) == 1:
            parts = [part for part in MAYBE_APART.split(text) if fold(part)]
            if any(self.find(target, part) is None for part in parts):
                listed = [part for part in LISTED.split(text) if fold(part)]
                parts = listed if any(self.find(target, part) is not None for part in listed) else [text]
        found, unknown = [], []
        for part in parts:
            value = self.find(target, part)
            if value is None:
                unknown.append(part)
            elif value not in found:
                found.append(value)
        found = [value for value in found if value != LEFT_OUT] or found
        return (found[0] if found else None), found[1:], unknown

    def find(self, target, word):
        """Return what one word stands for, None if nobody knows, or if it may stand for several."""
        word = fold(word)
        if (target, word) in self.decided:
            self.used.add((target, word))
            return self.decided[target, word]
        values = self.get_words(target).get(word, ())
        return next(iter(values)) if len(values) == 1 else None

    def get_words(self, target):
        """Return the sets of values by folded word."""
        if target not in self._words:
            self._load(target)
        return self._words[target]

    def get_labels(self, target):
        """Return the labels by value, in the reader's language."""
        self.get_words(target)
        return self._labels[target]

    def is_archived(self, target, word):
        """Return whether a word names something that is archived."""
        self.get_words(target)
        return fold(word) in self._archived[target]

    def is_ambiguous(self, target, word):
        """Return whether a word may stand for several."""
        return len(self.get_words(target).get(fold(word), ())) > 1

    def guess(self, target, word):
        """Return the value whose name is nearest to a word, or None; a word that may stand for several is nobody's."""
        if self.is_ambiguous(target, word):
            return None
        words = {known: values for known, values in self.get_words(target).items() if len(values) == 1}
        said = words_of(word)
        if target in OF_MEMBERS and len(said) == 1 and said[0] == fold(word).strip("."):
            meant = {next(iter(values)) for known, values in words.items() if have_initials(words_of(known), said[0])}
            if len(meant) == 1:
                return meant.pop()
        meant = {next(iter(values)) for known, values in words.items() if is_part(said, words_of(known))}
        if len(meant) == 1:  # a first name alone, a name cut short
            return meant.pop()
        within = [known for known in words if is_whole(said, words_of(known))]
        longest = max((len(words_of(known)) for known in within), default=0)
        meant = {next(iter(words[known])) for known in within if len(words_of(known)) == longest}
        if len(meant) == 1:  # a name with a word more
            return meant.pop()
        word = fold(word)
        neighbours = [known for known in words if known[:1] == word[:1] and len(known) >= SHORTEST_NEAR <= len(word)]
        near = get_close_matches(word, neighbours, n=1, cutoff=NEAR)
        return next(iter(words[near[0]])) if near else None

    def _load(self, target):
        self._words[target], self._archived[target], self._labels[target] = {}, set(), {}
        if target in CHOICES:
            self._load_choices(target)
        else:
            self._load_records(target)

    def _get_languages(self):
        return ["en_US", *(code for code, _name in self.env["res.lang"].get_installed() if code != "en_US")]

    def _load_choices(self, target):
        model, name = CHOICES[target]
        field = self.env[model]._fields[name]
        self._labels[target] = dict(field._description_selection(self.env))
        for code in self._get_languages():
            for key, label in field._description_selection(self.env(context={**self.env.context, "lang": code})):
                self._add(target, label, key)
                self._add(target, key, key)
        for key, words in USUAL.get(target, {}).items():
            for word in words.split("|"):
                self._add(target, word, key)

    def _load_records(self, target):
        records = self.env[RECORDS[target]].with_context(active_test=False).search([("id", "!=", False)])
        if target in OF_MEMBERS:
            records = records & self.env["res.partner"]._relationship_get_current_members().with_env(self.env)
        records = records.sudo()
        in_use = records.filtered("active") if "active" in records._fields else records
        for code in self._get_languages():
            for record in records.with_context(lang=code):
                names = [record.name, record.display_name]
                if target in OF_MEMBERS:
                    names += [record.login, record.email]
                elif target == "country":
                    names.append(record.code)
                for name in filter(None, names):
                    if record in in_use:
                        self._add(target, name, record.id)
                    else:
                        self._archived[target].add(fold(name))
        for record_id, xmlids in in_use._get_external_ids().items():
            for xmlid in xmlids:
                self._add(target, xmlid, record_id)
        self._labels[target] = {record.id: record.display_name for record in in_use}
        self._archived[target] -= self._words[target].keys()

    def _add(self, target, word, value):
        if word := fold(word):
            self._words[target].setdefault(word, set()).add(value)
