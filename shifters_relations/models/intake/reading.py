"""What the rows of a list say, of an organisation, of a person and of a past contact."""

import re
from dataclasses import dataclass, field

from ...columns import PHONE, TARGETS, read_day
from ...emails import split_emails
from ...name_guesses import ROLES
from ...sameness import Likeness
from ...texts import TITLES, fold, key_of, one_line, words_of
from ...websites import site_of

# The fields that a column's labels name, in any language, so that what Odoo exports comes in again.
FIELD_OF = {
    "name": "name",
    "acronym": "relationship_acronym",
    "type": "relationship_type_id",
    "sector": "relationship_sector_id",
    "scope": "relationship_scope",
    "cadence": "relationship_cadence_id",
    "owner": "relationship_owner_id",
    "stage": "relationship_stage",
    "priority": "relationship_priority",
    "intention": "relationship_intention",
    "source": "relationship_source",
    "position": "relationship_position",
    "level": "relationship_level",
    "posture": "relationship_posture",
    "need": "relationship_need",
    "no_contact": "relationship_no_contact",
    "siren": "relationship_siren",
    "rna": "relationship_rna",
    "email": "email",
    "phone": "phone",
    "website": "website",
    "street": "street",
    "street2": "street2",
    "zip": "zip",
    "city": "city",
    "country": "country_id",
    "notes": "comment",
    "person_name": "name",
    "person_function": "function",
    "person_email": "email",
    "person_phone": "phone",
    "person_job_family": "relationship_job_family_id",
    "person_is_decider": "relationship_is_decider",
    "person_source": "relationship_person_source",
    "person_informed_on": "relationship_informed_on",
    "person_notes": "comment",
}
YES = {"1", "true", "vrai", "oui", "yes", "x", "o", "y", "v", "on", "ok", "✓", "✔", "✔️", "✅", "☑", "☒", "✗", "✘"}
NO = {"0", "false", "faux", "non", "no", "n", "☐", "❌"}
COMPANY = {"company", "societe", "organisation", "organization", "association", "entreprise", "structure"}
SOMEBODY = {"person", "personne", "individual", "individu", "particulier"}
PERSON = NO | SOMEBODY
# What a row that is about a person says of her, under the names that an organisation's columns have.
HERS = {"name": "person_name", "email": "person_email", "phone": "person_phone", "notes": "person_notes"}
BRACKETED = re.compile(r"\s*\(([^()]*)\)$")
NO_NAME = re.compile(r"""^["'\s<>()\[\],;:]+|["'\s<>()\[\],;:]+$""")
NOBODY = re.compile(r"(?:le |la |l')(.+)", re.IGNORECASE)
LEAST_DIGITS = 8  # of a telephone number within a name
TOWN = re.compile(
    r"(?:F-)?(?P<zip>\d{2} ?\d{3})[\s,–-]+(?P<city>\D.*)|(?P<town>\D+?) ?\((?P<code>\d{5})\)|(\D+?) ?\(\d[\dab]\)"
)
ADDRESS = re.compile(
    r"(.*?)[\s,;–-]*\b(?:F-)?(\d{5})\s+([^\d,;]+(?:cedex\s*\d*)?)(?:[\s,;–-]+france)?", re.IGNORECASE | re.DOTALL
)
FUNCTION_BEHIND = re.compile(r"(\S+ [^,(]+?)\s*(?:, | [-–] |\()([a-zà-ÿ][^)]*)\)?")
SEVERAL_TITLES = re.compile(r"(?:et|&|ou|and|/)\s*(?:m|mr|mme|mlle|monsieur|madame)\b", re.IGNORECASE)
ROLE_BEHIND = re.compile(r"(\S+ [^,(]+?)\s*(?:, | [-–] |\()([^,()]+)\)?")
ANOTHER = r",\s*(?=(?:M\.|Mr|Mme|Mlle|Monsieur|Madame)\s)"  # who is named behind a comma, with her civility
SEVERAL_PERSONS = re.compile(
    r"\s(?:et|&|\+|and|or|ou|puis|then|remplac\S+ par|succ\S+ par)\s|[/;]|\S \S+, [A-ZÀ-Ý]\S* \S|\bdepuis\b"
    rf"|{ANOTHER}"
)
ALONE = re.compile(r"^([^\s,(]+)(?=$|\s*[,(])")  # a name of one word
BETWEEN_PERSONS = re.compile(rf"\s+(?:et|&|\+|and)\s+|\s*[/;]\s*|{ANOTHER}")
MORE_THAN_A_NAME = re.compile(
    r"->|→|=>|: |\b(?:ex[- ]|anciens?\b|ancienne|famille\b|parti[es]? |d[ée]c[ée]d|absent)", re.IGNORECASE
)
# Of which a row may say more.
SEVERAL = ("notes", "person_notes", "intention", "person_source", "last_contact_text", "member_of")


@dataclass
class Said:
    """What some rows say of one organisation, or of one person: values by target, each with its rows."""

    numbers: list = field(default_factory=list)
    values: dict = field(default_factory=dict)
    remarks: list = field(default_factory=list)
    is_below: bool = False
    objection: str = ""

    def add(self, target, value, number):
        """Note a value, once however many rows say it."""
        known = self.values.setdefault(target, {})
        key = compared(target, value)
        if key not in known or (isinstance(value, str) and rank(value) > rank(known[key][0])):
            known[key] = (value, min(number, known[key][1]) if key in known else number)

    def get(self, target):
        """Return the value of a target if all rows agree, else None."""
        known = self.values.get(target, {})
        return next(iter(known.values()))[0] if len(known) == 1 else None


@dataclass
class Row:
    """One row, with what it says of an organisation, of a person and of a past contact."""

    number: int
    organisation: dict
    person: dict
    contact: dict
    remarks: list
    is_person: bool = False
    is_of_none: bool = False  # whether it says that there is no organisation
    filled: int = 0  # how many of its cells say something, read or not
    objection: str = ""  # what in it says that somebody is not to be contacted
    place: int | None = None  # in the list, of the row that names the organisation: this one, or one above it

    @property
    def is_below(self):
        """Return whether another row, above this one, names the organisation."""
        return bool(self.person) and not self.organisation


def rank(text):
    """Return which of two ways to write a thing is kept, whatever the order of the rows: no capitals, no more signs."""
    return not text.isupper(), -len(text), text


def compared(target, value):
    """Return what two ways to write a value have in common."""
    if isinstance(value, dict):
        return tuple(value.items())
    kind = TARGETS.get(target, ("text",))[0]
    if kind == "phone":
        return read_number(value)
    if kind == "site":
        return site_of(value) or fold(value)
    if target in ("name", "acronym", "city", "street", "street2", "person_name", "person_function", "zip"):
        return key_of(value) or fold(value)
    return value


def read_number(text):
    """Return the digits of a telephone number as they are compared, in France or from abroad.

    >>> read_number("+33 (0)1 42 00 00 00") == read_number("01.42.00.00.00") == read_number("0033142000000")
    True
    """
    digits = re.sub(r"[^\d+/;,]", "", str(text or "").replace("(0)", ""))
    return re.sub(r"^(?:\+33|0033)", "0", digits)


def person_key(name):
    """Return what two ways to write a person's name have in common, whichever name comes first."""
    return " ".join(sorted(words_of(drop_title(name))))


def drop_title(name):
    """Return a person's name without her civility.

    >>> drop_title("Mme Ada BYRON"), drop_title("M. Bob"), drop_title("Me"), drop_title("BYRON Ada (Mme)")
    ('Ada BYRON', 'Bob', 'Me', 'BYRON Ada')
    >>> drop_title("M. et Mme DUPONT")
    'M. et Mme DUPONT'
    """
    name = (name or "").strip()
    if (behind := BRACKETED.search(name)) and fold(behind[1]).rstrip(".") in TITLES:
        name = name[: behind.start()]
    first, _blank, rest = name.partition(" ")
    if SEVERAL_TITLES.match(rest):
        return name
    return drop_title(rest) if rest.strip() and fold(first).rstrip(".") in TITLES else name


def read_person(name):
    """Return what a cell with a person's name says: her name, her function, an address, a telephone number.

    >>> read_person("Jean MARTIN, trésorier"), read_person("Jean-Paul Roux (président)"), read_person("Roux, Jean")
    (('Jean MARTIN', 'trésorier', '', ''), ('Jean-Paul Roux', 'président', '', ''), ('Roux, Jean', '', '', ''))
    >>> read_person("contact@ligue.example"), read_person("Mme Ada Byron <ada@ligue.example>")
    (('', '', 'contact@ligue.example', ''), ('Ada Byron', '', 'ada@ligue.example', ''))
    >>> read_person("Ève Lenoir (eve@cercle.example)")
    ('Ève Lenoir', '', 'eve@cercle.example', '')
    >>> read_person("'Bob' <mailto:bob@ligue.example>"), read_person("Monsieur le Président")
    (('Bob', '', 'bob@ligue.example', ''), ('', 'Président', '', ''))
    >>> read_person("Mme Le Bris"), read_person("M. LE GALL"), read_person("Mme La Rocca")
    (('Le Bris', '', '', ''), ('LE GALL', '', '', ''), ('La Rocca', '', '', ''))
    >>> read_person("Ada Byron, Présidente, 06 12 34 56 78, ada@ligue.example")
    ('Ada Byron', 'Présidente', 'ada@ligue.example', '06 12 34 56 78')
    """
    name = re.sub(r"\bmailto:", "", name, flags=re.IGNORECASE)
    name = re.sub(r"[(\[]([^\s()]+@[^\s()]+)[)\]]", r"<\1>", name)
    emails = split_emails(name) if "@" in name else ()
    email = emails[0] if len(emails) == 1 else ""
    if email:
        name = NO_NAME.sub("", name.replace(email, ""))
    numbers = [found for found in PHONE.findall(name) if sum(map(str.isdecimal, found)) > LEAST_DIGITS]
    phone = numbers[0].strip(" -./") if len(numbers) == 1 else ""
    if phone:
        name = NO_NAME.sub("", re.sub(r"(?:,\s*)?(?:t[ée]l\.?|portable|mobile)?\s*:?\s*$", "", name.replace(phone, "")))
    named, name, function = name, drop_title(name), ""
    found = NOBODY.fullmatch(name) if name != named else None
    if found and (name[0].islower() or set(words_of(found[1])[:1]) & ROLES):
        return "", found[1], email, phone
    found = FUNCTION_BEHIND.fullmatch(name)
    if not found and (behind := ROLE_BEHIND.fullmatch(name)) and set(words_of(behind[2])[:1]) & ROLES:
        found = behind
    if found and not re.search(ANOTHER, name):
        name, function = found.groups()
    return name, function, email, phone


def divide_person(name):
    """Return the names of several persons that a name says, none where it is one, or not clear who is who.

    >>> divide_person("Marie et Jean LEROY"), divide_person("Ada Byron (prés.) & Bob Martin (trés.)")
    (['Marie LEROY', 'Jean LEROY'], ['Ada Byron (prés.)', 'Bob Martin (trés.)'])
    >>> divide_person("Ada (présidente) et Bob MARTIN")
    ['Ada MARTIN (présidente)', 'Bob MARTIN']
    >>> divide_person("Ève Lenoir, Paul Durand et Zoé Martin"), divide_person("Ada Noël / Max Roux")
    (['Ève Lenoir', 'Paul Durand', 'Zoé Martin'], ['Ada Noël', 'Max Roux'])
    >>> divide_person("Mme Le Goff, directrice, M. Kerboriou (chef)")
    ['Le Goff, directrice', 'Kerboriou (chef)']
    >>> divide_person("M. et Mme DUPONT"), divide_person("Paul Vert puis Anne Bleu"), divide_person("Ada Byron, maire")
    ([], [], [])
    """
    parts = [part.strip(" ,") for part in BETWEEN_PERSONS.split(name or "")]
    of_commas = [part.strip() for part in (name or "").split(",") if part.strip()]
    if len(of_commas) > 1 and all(" " in part and part[0].isupper() for part in of_commas):
        parts = [each.strip() for part in parts for each in part.split(",")]
    named = [drop_title(part) for part in parts]
    if (
        len(parts) < 2
        or not all(words_of(each) for each in named)
        or any(fold(each).rstrip(".") in TITLES for each in named)
    ):
        return []
    *firsts, surname = named[-1].split(" (")[0].split()
    is_shared = bool(firsts)
    return [ALONE.sub(rf"\1 {surname}", each) if is_shared else each for each in named]


def join_lines(text):
    """Return the lines of a cell with a person's name as one: what goes on is hers, what begins anew somebody else.

    >>> join_lines("Ada Byron\\nprésidente\\nada@ligue.example"), join_lines("Ada Byron\\nBob Martin")
    ('Ada Byron, présidente, ada@ligue.example', 'Ada Byron / Bob Martin')
    """
    first, *others = text.split("\n")
    for line in others:
        is_hers = not line[:1].isupper() or set(words_of(line)[:1]) & ROLES
        first += f", {line}" if is_hers else f" / {line}"
    return first


def split_contacts(text):
    """Return the past contacts that the lines of a text tell, each beginning with its day: [day, text]; else none.

    >>> split_contacts("12/03/25 : appel\\nintéressés\\n03/04/25 : mail"), split_contacts("12/03/25 : appel")
    ([['2025-03-12', 'appel\\nintéressés'], ['2025-04-03', 'mail']], [])
    """
    told = []
    for line in text.split("\n"):
        day, rest = read_day(line)
        if day:
            told.append([day, rest])
        elif not told:
            return []
        else:
            told[-1][1] = f"{told[-1][1]}\n{line}".strip()
    return told if len(told) > 1 else []


def put(row, target, value):
    """Note in a row what a cell says: of the organisation, of the person, or of a past contact."""
    if target.startswith("last_contact_"):
        said = row.contact
    else:
        said = row.person if TARGETS[target][1] == "person" else row.organisation
    if target in said and target in SEVERAL:
        said[target] = f"{said[target]}\n{value}"
    else:
        said.setdefault(target, value)


def settle_address(row):
    """Take a zip code and a town out of a street that holds them too, where nothing else says them, or of each other.

    >>> row = Row(2, {"street": "12 rue de l'Essai, 69003 Lyon"}, {}, {}, [])
    >>> settle_address(row)
    >>> row.organisation
    {'street': "12 rue de l'Essai", 'zip': '69003', 'city': 'Lyon'}
    >>> towns = [Row(2, {"city": city}, {}, {}, []) for city in ("29 200 BREST CEDEX 2", "Nice (06)", "Metz (57000)")]
    >>> [settle_address(row) or row.organisation for row in towns]
    [{'city': 'BREST CEDEX 2', 'zip': '29200'}, {'city': 'Nice'}, {'city': 'Metz', 'zip': '57000'}]
    """
    values = row.organisation
    if found := TOWN.fullmatch(values.get("city", "")):
        values["city"] = next(filter(None, (found["city"], found["town"], found[5]))).strip()
        if code := found["zip"] or found["code"]:
            values.setdefault("zip", code.replace(" ", ""))
    if values.keys() & {"zip", "city"} or not (found := ADDRESS.fullmatch(values.get("street", ""))):
        return
    street, values["zip"], city = found.groups()
    values["city"] = city.strip()
    if street:
        values["street"] = street
    else:
        del values["street"]


def settle_person(row):
    """Let a row that is about a person say so, and join the parts of her name.

    :return: the targets of which nothing is kept

    >>> row = Row(2, {"email": "a@x.fr"}, {"person_function": "chef", "person_email": "b@x.fr"}, {}, [])
    >>> settle_person(row), row.organisation, row.person
    (['person_email', 'person_function'], {'email': 'a@x.fr'}, {})
    >>> row = Row(2, {"parent_name": "Ligue", "name": "Ada", "city": "Lyon"}, {}, {}, [])
    >>> settle_person(row), row.organisation, row.person
    (['city'], {'name': 'Ligue'}, {'person_name': 'Ada'})
    """
    values, person = row.organisation, row.person
    told, lost = sorted(person), []
    parent = values.pop("parent_name", None)
    is_company = values.pop("is_company", None)
    if parent or is_company is False:
        row.is_person = True
        for target, hers in HERS.items():
            if target in values:
                person.setdefault(hers, values[target])
        hers = {"external_id": values["external_id"]} if "external_id" in values else {}
        lost = sorted(values.keys() - HERS.keys() - hers.keys())
        row.organisation = {"name": parent} if parent else {}
        person.update(hers)
    first, last = person.pop("person_first_name", ""), person.pop("person_last_name", "")
    name = person.get("person_name", "")
    if not name or not set(words_of(first)) <= set(words_of(name)):
        name = " ".join(filter(None, [first, last or name]))
    mobile, phone = person.pop("person_mobile", ""), person.get("person_phone", "")
    if mobile:
        same = read_number(mobile) == read_number(phone)
        person["person_phone"] = f"{mobile} / {phone}" if phone and not same else mobile
    name, function, email, number = read_person(one_line(name))
    if function:
        person.setdefault("person_function", function)
    if email:
        person.setdefault("person_email", email)
    if number:
        person.setdefault("person_phone", number)
    if name:
        person["person_name"] = name
        return lost
    kept = {"person_name"} if email and not function else set()
    nobodys = (("person_email", "email"), ("person_phone", "phone"), ("person_notes", "notes"))
    for hers, target in nobodys:  # so they are the organisation's
        if hers in person and row.organisation.setdefault(target, person[hers]) == person[hers]:
            kept |= {hers, "person_mobile"} if hers == "person_phone" else {hers}
    person.clear()
    return [*lost, *(["name"] if row.is_person and function else []), *(each for each in told if each not in kept)]


def is_continued(row, above):
    """Return whether a row may name one more person of the organisation of the row above it, and nothing else."""
    if above is None or above.place is None or above.number + 1 != row.number:
        return False
    return bool(row.person.get("person_name")) and not (
        row.organisation or row.contact or row.is_person or row.is_of_none
    )


def complete_xmlid(xmlid):
    """Return an external id with its module, as Odoo's import completes it."""
    return xmlid if "." in xmlid else f"__import__.{xmlid}"


def merge_likenesses(likenesses):
    """Return what rows of one organisation say together, the most telling of each, whatever their order."""

    def tell(name):
        values = [value for each in likenesses if (value := getattr(each, name))]
        return max(values, key=lambda value: (not value.isupper(), len(value), value), default="")

    return Likeness(
        id=likenesses[0].id,
        **{name: tell(name) for name in ("name", "acronym", "city", "zip", "siren", "rna")},
        sites=tuple(sorted({site for each in likenesses for site in each.sites})),
        external_ids=tuple(sorted({xmlid for each in likenesses for xmlid in each.external_ids})),
    )
