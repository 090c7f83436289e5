"""Public registers are read as a stream, filtered, and without a person."""

import doctest
import io
import json
import zipfile

import pytest
from pure import load

from devtools.places import CHECKOUT

registers = load("registers")
sheets = load("sheets")
LISTS = CHECKOUT / "shifters_relations" / "tests" / "lists"

PUBLICATIONS = {
    "publications": [
        {
            "typeIdentifiantNational": "SIREN",
            "identifiantNational": "123456782",
            "denomination": "FEDERATION INVENTEE DES TRAVAUX",
            "nomUsageHatvp": "Fédération inventée",
            "categorieOrganisation": {
                "code": "ORPRO",
                "label": "Organisation professionnelle",
                "categorie": "ORGA_REP",
            },
            "adresse": "FEDERATION INVENTEE DES TRAVAUX\r\n12 RUE DE L'ESSAI",
            "codePostal": "94150",
            "ville": "RUNGIS CEDEX 1",
            "pays": "FRANCE",
            "telephoneDeContact": "0199000001",
            "emailDeContact": "ada.dupont@federation.example",
            "lienSiteWeb": "https://federation.example",
            "dirigeants": [{"civilite": "MME", "nom": "DUPONT", "prenom": "ADA", "fonction": "Présidente"}],
            "collaborateurs": [{"civilite": "M", "nom": "MARTIN", "prenom": "BOB"}],
            "affiliations": [
                {"denomination": "CONFEDERATION REVEE"},
                {"denomination": "UNION FICTIVE", "identifiantNational": "W751000001"},
            ],
            "clients": [{"denomination": "CLIENT FICTIF"}],
            "activites": {
                "listSecteursActivites": [{"code": "1", "label": "Médias, industries culturelles", "ordre": 1}],
                "listNiveauIntervention": [
                    {"code": "NATIONAL", "label": "National", "ordre": 2},
                    {"code": "LOCAL", "label": "Local", "ordre": 1},
                ],
            },
        },
        {
            "typeIdentifiantNational": "HATVP",
            "identifiantNational": "H000000001",
            "denomination": "DURAND CLEO",
            "categorieOrganisation": {"label": "Consultant indépendant"},
            "activites": {},
        },
        {
            "typeIdentifiantNational": "RNA",
            "identifiantNational": "W751000001",
            "denomination": "UNION FICTIVE",
            "categorieOrganisation": {"label": "Association"},
            "dateCessation": "12/02/2024 00:00:00",
        },
    ]
}
PERSONS = ("DUPONT", "ADA", "Ada", "MARTIN", "DURAND", "CLEO", "ada.dupont")


def read(content):
    kind, entries = registers.read_register(io.BytesIO(content))
    return kind, list(entries)


def why_not(content):
    with pytest.raises(sheets.Unreadable) as caught:
        read(content)
    return caught.value.reason


def make_zip(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"Vues séparées/{name}", content)
    return buffer.getvalue()


def test_the_examples_are_true():
    outcome = doctest.testmod(registers)
    assert outcome.failed == 0
    assert outcome.attempted >= 4


def test_the_whole_json_is_read_without_a_person():
    kind, entries = read(json.dumps(PUBLICATIONS).encode())
    assert kind == "hatvp"
    first, person, gone = entries
    assert first == registers.Entry(
        1,
        name="Fédération inventée",
        siren="123456782",
        category="Organisation professionnelle",
        levels=("National", "Local"),
        sectors=("Médias, industries culturelles",),
        street="12 RUE DE L'ESSAI",
        zip="94150",
        city="RUNGIS",
        country="FRANCE",
        website="https://federation.example",
        umbrellas=(("CONFEDERATION REVEE", ""), ("UNION FICTIVE", "W751000001")),
    )
    assert person.is_person
    assert not person.name
    assert not gone.is_registered
    assert gone.rna == "W751000001"
    assert [name for name in PERSONS if name in repr(entries)] == []


def test_the_view_of_the_hatvp_is_read():
    kind, entries = read((LISTS / "hatvp" / "1_informations_generales.csv").read_bytes())
    assert kind == "hatvp"
    assert [entry.number for entry in entries] == [2, 3, 4, 5, 6, 7, 8]
    assert entries[0].name == "Fédération Essai"
    assert (entries[0].siren, entries[0].city, entries[0].acronym) == ("123456789", "RUNGIS", "FET")
    assert entries[1].rna == "W751000001"
    assert [entry.number for entry in entries if not entry.is_registered] == [4]
    assert [entry.number for entry in entries if entry.is_person] == [5]
    assert "DUPOND" not in repr(entries)


def test_the_views_in_a_zip_are_read_together_and_those_of_persons_stay_shut():
    view = (LISTS / "hatvp" / "1_informations_generales.csv").read_bytes()
    content = make_zip(
        **{
            "1_informations_generales.csv": view,
            "2_dirigeants.csv": b"\xff not even a table, nom_dirigeant DUPONT",
            "3_collaborateurs.csv": b"\xff",
            "5_affiliations.csv": "representants_id;denomination_affiliation;identifiant_national_affiliation;"
            "type_identifiant_national_affiliation\n1;UNION FICTIVE;W751000001;RNA\n",
            "6_niveaux_intervention.csv": "niveau_intervention;representants_id\nNational;1\nLocal;1\nNational;1\n",
            "9_secteurs_activites.csv": 'representants_id;secteur_activite\n1;Energie\n2;"Emploi, solidarité"\n',
        }
    )
    kind, entries = read(content)
    assert kind == "hatvp"
    assert entries[0].levels == ("National", "Local")
    assert entries[0].sectors == ("Energie",)
    assert entries[0].umbrellas == (("UNION FICTIVE", "W751000001"),)
    assert entries[1].sectors == ("Emploi, solidarité",)


def test_associations_are_read_whatever_their_family():
    kind, entries = read((LISTS / "rna_waldec" / "rna_waldec_20261101_dpt_01.csv").read_bytes())
    assert kind == "rna"
    first = entries[0]
    assert (first.name, first.rna) == ("LES AMIS INVENTÉS DE LA FORÊT", "W012000001")
    assert (first.street, first.zip, first.city) == ("3 RUE de la République", "01000", "Bourg-en-Bresse")
    assert first.sectors == ("Environnement, cadre de vie",)
    assert not first.acronym  # it was cut
    assert [entry.number for entry in entries if not entry.is_registered] == [3]
    assert "amis@foret.example" not in repr(entries)
    kind, (other,) = read((LISTS / "rna_import" / "rna_import_20261101_dpt_01.csv").read_bytes())
    assert (kind, other.name) == ("rna", 'AMICALE INVENTÉE DES "ANCIENS"')
    assert (other.street, other.city, other.zip) == ("12 RUE DE L'ÉCOLE", "BOURG-EN-BRESSE", "01000")


def test_departments_in_one_zip_are_one_register():
    one = (LISTS / "rna_waldec" / "rna_waldec_20261101_dpt_01.csv").read_bytes()
    kind, entries = read(make_zip(**{"rna_01.csv": one, "rna_02.csv": one}))
    assert kind == "rna"
    assert len(entries) == 12


def test_units_of_sirene_are_read_and_persons_among_them_are_not():
    table = (
        "siren,denominationUniteLegale,sigleUniteLegale,categorieJuridiqueUniteLegale,nomUniteLegale,"
        "prenom1UniteLegale,etatAdministratifUniteLegale,codePostalEtablissement,libelleCommuneEtablissement\n"
        "5580012,SYNDICAT INVENTE,SI,8410,,,A,1000,BOURG EN BRESSE\n"
        "123456782,,,1000,DUPONT,ADA,A,75001,PARIS\n"
        "123456790,UNION FICTIVE,,9220,,,C,75001,PARIS\n"
    )
    kind, (union, person, gone) = read(table.encode())
    assert kind == "sirene"
    assert (union.siren, union.category, union.acronym) == ("005580012", "Syndicat de salariés", "SI")
    assert person.is_person
    assert not gone.is_registered
    assert "DUPONT" not in repr(person)


def test_there_is_a_choice_of_what_stands_in_the_register():
    counts, figures = registers.count_words(read(json.dumps(PUBLICATIONS).encode())[1])
    assert counts["category"] == {"Organisation professionnelle": 1}
    assert counts["level"] == {"National": 1, "Local": 1}
    assert figures == {"read": 3, "person": 1, "gone": 1}


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ({}, ""),
        ({"categories": {"organisation professionnelle"}, "levels": {"local"}}, ""),
        ({"sectors": {"medias, industries culturelles"}, "places": ("94",)}, ""),
        ({"places": ("rungis",)}, ""),
        ({"places": ("75",)}, "other"),
        ({"levels": {"mondial"}}, "other"),
    ],
)
def test_a_filter_leaves_what_was_chosen(wanted, reason):
    entries = read(json.dumps(PUBLICATIONS).encode())[1]
    assert [registers.Filter(**wanted).get_reason(entry) for entry in entries] == [reason, "person", "gone"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Nom;Ville\nLigue;Rennes\n", "not_a_register"),
        (b"id;titre;position;adrs_codepostal\n", "no_rows"),
        (b'{"publications": [{"denomination": "LIG', "broken"),
        (b'{"other": []}', "not_a_register"),
        (b"PK\x03\x04 and then nothing", "broken"),
        (make_zip(**{"lisez-moi.pdf": b"x"}), "not_a_register"),
    ],
)
def test_what_is_no_register_has_its_reason(content, reason):
    assert why_not(content) == reason
