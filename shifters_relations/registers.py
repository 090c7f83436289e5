"""Organisations of public registers, from their downloaded files, without Odoo and without a person (B5).

A register may be long: its files are read as a stream, an entry at a time, and filtered before anything else is
done. Who leads or works for an organisation is passed over where it stands, and so is the address of its contact
person; an entry that is a person herself (independent consultants and lawyers) has no name here.

Known are the interest representatives of the HATVP (the whole JSON, the csv view, the zip of csv views), the
national register of associations (RNA, both families) and what has the columns of SIRENE. A file may be in a zip.
"""

import csv
import io
import re
import zipfile
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain

from .columns import recognise
from .sheets import MEGABYTE, Unreadable
from .texts import fold, one_line

HATVP, RNA, SIRENE = REGISTERS = ("hatvp", "rna", "sirene")
MAX_SIZE = 400 * MEGABYTE  # of a file
MAX_UNPACKED = 2_000 * MEGABYTE  # of what a zip unpacks to, read as a stream
CHUNK = 1 << 16
INDEPENDENT = {"avocat independant", "consultant independant", "entrepreneur individuel"}
CEDEX = re.compile(r"\s+CEDEX\b.*", re.IGNORECASE)
NO_DATE = ("", "0001-01-01")
GROUPINGS = {"s": "Association", "u": "Union d'associations", "f": "Fédération d'associations"}
# The objects that associations declare, by the first three digits of their code.
OBJECTS = {
    "001": "Activités politiques",
    "002": "Clubs, cercles de réflexion",
    "003": "Défense de droits fondamentaux, activités civiques",
    "004": "Justice",
    "005": "Information, communication",
    "006": "Culture, pratiques d'activités artistiques",
    "007": "Clubs de loisirs, relations",
    "009": "Action socioculturelle",
    "010": "Préservation du patrimoine",
    "011": "Sports, activités de plein air",
    "013": "Chasse, pêche",
    "014": "Amicales, groupements affinitaires",
    "015": "Éducation, formation",
    "016": "Recherche",
    "017": "Santé",
    "018": "Services et établissements médico-sociaux",
    "019": "Interventions sociales",
    "020": "Associations caritatives, humanitaires",
    "021": "Services familiaux, services aux personnes âgées",
    "022": "Conduite d'activités économiques",
    "023": "Représentation, promotion et défense d'intérêts économiques",
    "024": "Environnement, cadre de vie",
    "030": "Aide à l'emploi, développement local, solidarité économique",
    "032": "Logement",
    "034": "Tourisme",
    "036": "Sécurité, protection civile",
    "038": "Armée, anciens combattants",
    "040": "Activités religieuses, spirituelles ou philosophiques",
    "050": "Domaines divers",
}
# The legal forms of what is not a company, by their code.
LEGAL_FORMS = {
    "1000": "Entrepreneur individuel",
    "8410": "Syndicat de salariés",
    "8420": "Syndicat patronal",
    "8450": "Ordre professionnel ou assimilé",
    "8470": "Centre technique industriel",
    "8490": "Autre organisme professionnel",
    "9110": "Syndicat de copropriété",
    "9210": "Association non déclarée",
    "9220": "Association déclarée",
    "9221": "Association déclarée d'insertion par l'économique",
    "9222": "Association intermédiaire",
    "9223": "Groupement d'employeurs",
    "9230": "Association déclarée reconnue d'utilité publique",
    "9260": "Association de droit local",
    "9300": "Fondation",
}
SCOPES = ("national", "regional", "departmental", "local")  # the widest first


@dataclass
class Entry:
    """An organisation as a register says it. A person has neither name nor anything else of hers."""

    number: int  # of its row in the file, from 1 for the headers; of its publication, from 1
    name: str = ""
    acronym: str = ""
    siren: str = ""
    rna: str = ""
    category: str = ""
    levels: tuple = ()
    sectors: tuple = ()
    street: str = ""
    zip: str = ""
    city: str = ""
    country: str = ""
    website: str = ""
    is_registered: bool = True
    is_person: bool = False
    umbrellas: tuple = ()  # of what it says to be a member: (name, SIREN or RNA)

    @property
    def scope(self):
        """Return the widest level at which it acts, of those that are scopes in France; nothing if it does not say."""
        return next((scope for scope in SCOPES if scope in map(fold, self.levels)), "")


@dataclass
class Filter:
    """What is wanted of a register; an empty choice is everything.

    :param categories, levels, sectors: sets of folded words
    :param places: codes with which zip codes begin, and towns
    """

    categories: frozenset = frozenset()
    levels: frozenset = frozenset()
    sectors: frozenset = frozenset()
    places: tuple = ()
    registered: bool = True

    def get_reason(self, entry):
        """Return why an entry is not wanted: ``person``, ``gone``, ``other``; nothing if it is wanted.

        >>> ain = Filter(places=read_places("01, Lyon"))
        >>> ain.get_reason(Entry(1, "A", zip="01000")), ain.get_reason(Entry(1, "A", zip="69001", city="LYON 1"))
        ('', '')
        >>> ain.get_reason(Entry(1, "A", zip="75001")), ain.get_reason(Entry(1, "A", is_registered=False))
        ('other', 'gone')
        """
        if entry.is_person:
            return "person"
        if self.registered and not entry.is_registered:
            return "gone"
        wanted = (
            (not self.categories or fold(entry.category) in self.categories)
            and (not self.levels or not self.levels.isdisjoint(map(fold, entry.levels)))
            and (not self.sectors or not self.sectors.isdisjoint(map(fold, entry.sectors)))
            and (not self.places or self._is_near(entry))
        )
        return "" if wanted else "other"

    def _is_near(self, entry):
        town = fold(entry.city)
        return any(
            entry.zip.startswith(place) if place[:1].isdecimal() else re.search(rf"\b{re.escape(place)}\b", town)
            for place in self.places
        )


def read_places(text):
    """Return places as they are compared: the beginnings of zip codes, and towns.

    >>> read_places("1, 2A; Saint-Étienne (42)")
    ('01', '20', 'saint-etienne', '42')
    """
    words = [word.strip() for word in re.split(r"[,;()\n]", fold(text)) if word.strip()]
    return tuple({"2a": "20", "2b": "20"}.get(word, word.zfill(2) if word.isdecimal() else word) for word in words)


def read_register(file):
    """Return which register a file is of, and an iterator of its entries.

    :param file: a binary file that can be read again from its beginning
    :return: (one of :data:`REGISTERS`, iterator of :class:`Entry`)
    :raises Unreadable: if it is no register that we know
    """
    file.seek(0, io.SEEK_END)
    if file.tell() > MAX_SIZE:
        raise Unreadable("too_large", limit=MAX_SIZE // MEGABYTE)
    file.seek(0)
    head = file.read(2000).lstrip(b"\xef\xbb\xbf \r\n\t")
    file.seek(0)
    if head.startswith(b"PK"):
        return _read_zip(file)
    if head.startswith(b"{"):
        return HATVP, _read_publications(file)
    return _read_table(file)


def find_register(file):
    """Return which register a file is of, nothing if it is none."""
    try:
        return read_register(file)[0]
    except Unreadable:
        return ""


def count_words(entries):
    """Return what there is to choose from in a register: how often each category, level, sector and department is.

    :return: (dictionary of counters by kind, how many entries, of which how many are persons or have left)
    """
    counts, figures = defaultdict(Counter), Counter()
    for entry in entries:
        figures["read"] += 1
        if entry.is_person or not entry.is_registered:
            figures["person" if entry.is_person else "gone"] += 1
            continue
        counts["category"][entry.category] += 1
        counts["level"].update(entry.levels)
        counts["sector"].update(entry.sectors)
    return {
        kind: Counter({word: count for word, count in each.items() if word}) for kind, each in counts.items()
    }, figures


# Files


def _read_zip(file):
    try:
        archive = zipfile.ZipFile(file)
    except zipfile.BadZipFile as error:
        raise Unreadable("broken") from error
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if any(entry.flag_bits & 1 for entry in entries):
        raise Unreadable("password")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Unreadable("bomb", limit=MAX_UNPACKED // MEGABYTE)
    # The folder's name has an accent, which programs write in several ways: the file's own name is enough.
    named = {entry.filename.rpartition("/")[2].lower(): entry for entry in entries}
    if view := next((entry for name, entry in named.items() if "informations_generales" in name), None):
        tables = {kind: _read_side_table(archive, named, kind) for kind in ("niveau", "secteur", "affiliation")}
        return HATVP, _read_view(_iter_rows(_unpack(archive, view)), tables)
    if documents := [entry for name, entry in named.items() if name.endswith(".json")]:
        return HATVP, chain.from_iterable(_read_publications(archive.open(entry)) for entry in documents)
    tables = [entry for name, entry in named.items() if name.endswith((".csv", ".txt"))]
    if not tables:
        raise Unreadable("not_a_register")
    kind, first = _read_table(_unpack(archive, tables[0]))
    others = (_read_table(_unpack(archive, entry))[1] for entry in tables[1:])
    return kind, (
        replace(entry, number=number) for number, entry in enumerate(chain(first, chain.from_iterable(others)), 2)
    )


def _unpack(archive, entry):
    """Return how to open an entry of a zip from its beginning, as often as it takes."""
    return lambda: archive.open(entry)


def _read_side_table(archive, named, kind):
    """Return the rows of a view that stands beside the main one, by the id of whom they are about.

    The views about persons are not opened.
    """
    rows = defaultdict(list)
    entry = next((entry for name, entry in named.items() if re.match(rf"\d+_{kind}", name)), None)
    if entry is not None:
        for _number, row in _iter_rows(_unpack(archive, entry)):
            rows[row.get("representants_id", "")].append(row)
    return rows


def _read_table(opened):
    """Return which register a csv file is of, and an iterator of its entries."""
    rows = _iter_rows(opened)
    try:
        number, first = next(rows)
    except StopIteration:
        raise Unreadable("no_rows") from None
    kind = recognise(list(first))
    if kind not in REGISTERS:
        raise Unreadable("not_a_register")
    rows = chain([(number, first)], rows)
    if kind == HATVP:
        return kind, _read_view(rows, {})
    read = _read_association if kind == RNA else _read_sirene
    return kind, (read(number, row) for number, row in rows)


def _iter_rows(opened):
    """Yield the number and the cells, by folded header, of each row of a csv file.

    :param opened: a binary file, or what opens one
    """
    encoding = _find_encoding(opened)
    binary = opened() if callable(opened) else opened
    if not callable(opened):
        binary.seek(0)
    text = io.TextIOWrapper(binary, encoding, errors="replace", newline="")
    try:
        lines = (line.replace("\x00", "") for line in text)
        head = next(lines, "")
        separator = max(";,\t|", key=head.count)
        csv.field_size_limit(20 * MEGABYTE)
        reader = csv.reader(chain([head], lines), delimiter=separator)
        headers = [fold(header) for header in next(reader, [])]
        for number, cells in enumerate(reader, 2):
            if any(cells):
                yield number, dict(zip(headers, map(str.strip, cells), strict=False))
    except csv.Error as error:
        raise Unreadable("broken") from error
    finally:
        with suppress(ValueError):  # whoever opened the file has shut it meanwhile
            text.detach()


def _find_encoding(opened):
    """Return UTF-8 if the whole file is, otherwise what French administrations write."""
    binary = opened() if callable(opened) else opened
    if not callable(opened):
        binary.seek(0)
    text = io.TextIOWrapper(binary, "utf-8-sig")
    try:
        while text.read(CHUNK):
            pass
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        if not callable(opened):
            text.detach()
    return "utf-8-sig"


# HATVP


def _read_view(rows, tables):
    """Yield the entries of the view of general information, with what the views beside it say."""
    for number, row in rows:
        key = row.get("representants_id", "")
        yield _make_representative(
            number,
            kind=row.get("type_identifiant_national", ""),
            identifier=row.get("identifiant_national", ""),
            name=row.get("denomination", ""),
            used=row.get("nom_usage_hatvp", ""),
            acronym=row.get("sigle_hatvp", ""),
            category=row.get("label_categorie_organisation", ""),
            address=row.get("adresse", ""),
            code=row.get("code_postal", ""),
            city=row.get("ville", ""),
            country=row.get("pays", ""),
            website=row.get("site_web", ""),
            is_registered=row.get("datecessation", "") in NO_DATE,
            levels=_get_cells(tables, "niveau", key),
            sectors=_get_cells(tables, "secteur", key),
            umbrellas=[
                (_get_cell(each, "denomination"), _get_cell(each, "identifiant_national"))
                for each in tables.get("affiliation", {}).get(key, ())
            ],
        )


def _get_cells(tables, kind, key):
    """Return the words of a view beside the main one, each once."""
    return dict.fromkeys(filter(None, (_get_cell(row, kind) for row in tables.get(kind, {}).get(key, ()))))


def _get_cell(row, word):
    """Return the cell of the column that is named with a word, first or within."""
    names = sorted((name for name in row if word in name and "type" not in name), key=lambda name: name.find(word))
    return row[names[0]] if names else ""


# What is read of a publication; everything else in it is passed over, persons first of all.
TEXTS = {
    "typeIdentifiantNational",
    "identifiantNational",
    "denomination",
    "nomUsage",
    "nomUsageHatvp",
    "sigleHatvp",
    "adresse",
    "codePostal",
    "ville",
    "pays",
    "lienSiteWeb",
    "dateCessation",
    "dateDesinscription",
}
PARTS = {
    "categorieOrganisation": ("label",),
    "activites": ("listSecteursActivites.item.label", "listNiveauIntervention.item.label"),
    "affiliations": ("item.denomination", "item.identifiantNational"),
}


def _read_publications(file):
    """Yield the entries of the whole JSON, as a stream."""
    try:
        import ijson
    except ImportError as error:
        raise Unreadable("needs_ijson") from error
    number, texts, parts = 0, {}, defaultdict(list)
    try:
        for prefix, event, value in ijson.parse(file):
            if not prefix.startswith("publications.item"):
                continue
            inside = prefix[18:]  # after "publications.item."
            if not inside:
                if event == "start_map":
                    texts, parts = {}, defaultdict(list)
                elif event == "end_map":
                    number += 1
                    yield _make_publication(number, texts, parts)
                continue
            name, _dot, rest = inside.partition(".")
            if name in TEXTS:
                if event == "string" or event == "number":
                    texts[name] = str(value)
            elif name in PARTS and rest in PARTS[name] and event in ("string", "number"):
                parts[f"{name}.{rest}"].append(str(value))
            elif name == "affiliations" and rest == "item" and event == "end_map":
                # An affiliation without an identifier keeps its place.
                missing = len(parts["affiliations.item.denomination"]) - len(
                    parts["affiliations.item.identifiantNational"]
                )
                parts["affiliations.item.identifiantNational"] += [""] * missing
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise Unreadable("broken") from error
    if not number:
        raise Unreadable("not_a_register")


def _make_publication(number, texts, parts):
    return _make_representative(
        number,
        kind=texts.get("typeIdentifiantNational", ""),
        identifier=texts.get("identifiantNational", ""),
        name=texts.get("denomination", ""),
        used=texts.get("nomUsageHatvp") or texts.get("nomUsage", ""),
        acronym=texts.get("sigleHatvp", ""),
        category=next(iter(parts["categorieOrganisation.label"]), ""),
        address=texts.get("adresse", ""),
        code=texts.get("codePostal", ""),
        city=texts.get("ville", ""),
        country=texts.get("pays", ""),
        website=texts.get("lienSiteWeb", ""),
        is_registered=not (texts.get("dateCessation") or texts.get("dateDesinscription")),
        levels=dict.fromkeys(parts["activites.listNiveauIntervention.item.label"]),
        sectors=dict.fromkeys(parts["activites.listSecteursActivites.item.label"]),
        umbrellas=zip(
            parts["affiliations.item.denomination"], parts["affiliations.item.identifiantNational"], strict=False
        ),
    )


def _make_representative(number, *, kind, identifier, name, used, acronym, category, address, code, city, country,
                         website, is_registered, levels, sectors, umbrellas):  # fmt: skip
    if kind.upper() == "HATVP" or identifier.upper().startswith("H") or fold(category) in INDEPENDENT:
        return Entry(number, category=category, is_person=True, is_registered=is_registered)
    name, used = one_line(name), one_line(used)
    lines = [one_line(line) for line in re.split(r"\r?\n|\r", address)]
    return Entry(
        number,
        name=used or name,
        acronym=one_line(acronym),
        siren=identifier if kind.upper() == "SIREN" else "",
        rna=identifier if kind.upper() == "RNA" else "",
        category=one_line(category),
        levels=tuple(levels),
        sectors=tuple(sectors),
        street=", ".join(line for line in lines if line and fold(line) != fold(name)),
        zip=code,
        city=CEDEX.sub("", city),
        country=country,
        website=website,
        is_registered=is_registered,
        umbrellas=tuple((one_line(each), number) for each, number in umbrellas if each),
    )


# Associations and SIRENE


def _read_association(number, row):
    """Return the entry of an association; who declared it and who leads it are not looked at."""
    parts = [row.get(name, "") for name in ("adrs_numvoie", "adrs_repetition", "adrs_typevoie", "adrs_libvoie")]
    parts = parts if any(parts) else [row.get(name, "") for name in ("adr1", "adr2", "adr3")]
    short = row.get("titre_court", "")
    objects = [OBJECTS.get(row.get(name, "").zfill(6)[:3], "") for name in ("objet_social1", "objet_social2")]
    grouping = row.get("groupement", "").lower()
    return Entry(
        number,
        name=one_line(row.get("titre", "")),
        acronym="" if short.endswith("...") or len(short) > 20 or fold(short) == fold(row.get("titre", "")) else short,
        siren=row.get("siret", "").replace(" ", "").zfill(14)[:9] if row.get("siret") else "",
        rna=row.get("id", ""),
        category=GROUPINGS.get(grouping, "Association"),
        sectors=tuple(dict.fromkeys(filter(None, objects))),
        street=" ".join(part for part in parts if part not in ("", "_")),
        zip=(row.get("adrs_codepostal") or "").zfill(5) if row.get("adrs_codepostal") else "",
        city=CEDEX.sub("", row.get("adrs_libcommune") or row.get("libcom", "")),
        website=row.get("siteweb", ""),
        is_registered=row.get("position", "A") in ("", "A") and row.get("date_disso", "")[:10] in NO_DATE,
    )


def _read_sirene(number, row):
    """Return the entry of a unit of SIRENE; one that is a person, or wishes not to be shown, has no name."""

    def get(*names):
        return next((row[name] for name in names if row.get(name) not in (None, "", "[ND]")), "")

    form = get("nature_juridique", "categoriejuridiqueunitelegale")
    state = get("etat_administratif", "etatadministratifunitelegale", "etatadministratifetablissement")
    category = LEGAL_FORMS.get(form, form)
    name = get("denominationunitelegale", "nom_raison_sociale", "nom_complet", "denominationusuelle1unitelegale")
    if fold(category) in INDEPENDENT or (not name and get("nomunitelegale", "nomusageunitelegale")):
        return Entry(number, category=category, is_person=True)
    return Entry(
        number,
        name=one_line(name),
        acronym=get("sigle", "sigleunitelegale"),
        siren=get("siren").zfill(9) if get("siren") else "",
        rna=get("identifiant_association", "identifiantassociationunitelegale"),
        category=category,
        sectors=tuple(filter(None, [get("libelle_activite_principale", "section_activite_principale")])),
        zip=get("code_postal", "codepostaletablissement", "siege_code_postal"),
        city=CEDEX.sub("", get("libelle_commune", "libellecommuneetablissement", "siege_libelle_commune", "commune")),
        website=get("site_internet"),
        is_registered=state in ("", "A") and not get("date_fermeture"),
    )
