"""What the columns of lists are, by what people write above and below them."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pure import load

columns = load("columns")

# Headers as people write them, each with a value below where that tells, and what they are.
LISTS = {
    "several contacts": (
        "Nom structure|Statut=loi 1901|Nom contact 1|Mail contact 1=ada@x.example|Tél contact 1|Nom contact 2",
        "name||person_name|person_email|person_phone|",
    ),
    "inclusive": (
        "Association|Président·e|Courriel du/de la président(e)|Référent·e",
        "name|person_name|person_email|owner",
    ),
    "shared mailbox after a person": (
        "Organisme|Interlocuteur privilégié|E-mail de contact=contact@x.example|Téléphone",
        "name|person_name|email|person_phone",
    ),
    "addresses before the person": (
        "Structure|E-mail|Téléphone|Nom|Prénom|E-mail direct",
        "name|email|phone|person_last_name|person_first_name|",
    ),
    "members of a federation": ("Nom|Fédération|Ville", "name|member_of|city"),
    "federations": ("Fédération|Ville|Adhérent=oui", "name|city|"),
    "persons without organisation": ("Nom|Prénom|Portable", "person_last_name|person_first_name|person_mobile"),
    "name and civility": ("Titre=Mme|Nom|Prénom|Entreprise", "|person_last_name|person_first_name|name"),
    "a title is a name": ("Titre=Ligue inventée|Objet=vélo|Commune", "name||city"),
    "English": (
        "Organization Name|Contact Person|Job Title|Email Address|Phone|Website|Postal Code|City|Country|Comments",
        "name|person_name|person_function|person_email|person_phone|website|zip|city|country|notes",
    ),
    "camel case": ("raisonSociale|codePostal|siteWeb|numeroTelephone", "name|zip|website|phone"),
    "underscores": ("nom_structure|adresse_mail|site_web|num_siret", "name|email|website|siren"),
    "past contacts": (
        "Structure|Date du dernier échange=3/4/2026|Résumé de l'échange|Mode de contact|Prochain contact=1/1/2027",
        "name|last_contact_date|last_contact_text|last_contact_channel|",
    ),
    "said, not dated": ("Structure|Dernier contact=vu leur présidente", "name|last_contact_text"),
    "any date": ("Structure|Date=3/4/2026", "name|"),
    "date of what was said": ("Structure|Date=3/4/2026|Compte-rendu", "name|last_contact_date|last_contact_text"),
    "numbered lines": ("id=12|Nom", "|name"),
    "content": (
        "Nom|Coord.=02 99 00 00 05|@=ada@x.example|Lien=https://x.example|Immat.=123456782|Réf.=W751000001",
        "name|phone|email|website|siren|rna",
    ),
    "town beside its code": ("Nom|Adresse|C.P.|Ville (siège)|Pays", "name|street|zip|city|country"),
    "yes and no": ("Nom|Membre=oui|Contact=non|Ne pas contacter=x", "name|||no_contact"),
    "a kind beside a name": ("Type de structure|Nom de la structure|Champ d'action|Échelle", "type|name|sector|scope"),
    "who follows": ("Organisation|Suivi par|Suivi|Priorité", "name|owner|notes|priority"),
    "a program's contacts": (
        "First Name|Last Name|URL=https://www.linkedin.com/in/ada|Email Address|Company|Position=Head",
        "person_first_name|person_last_name||person_email|name|person_function",
    ),
    "another program's": (
        "Account Name|Billing City|First Name|Last Name|Title=President|Email|Account Owner",
        "name|city|person_first_name|person_last_name|person_function|person_email|owner",
    ),
    "addresses first": (
        "Email Address=ada@x.example|First Name|Last Name|Company",
        "person_email|person_first_name|person_last_name|name",
    ),
    "the whole name besides": (
        "Name|Given Name|Family Name|Organization 1 - Name|E-mail 1 - Value|Phone 1 - Value",
        "person_name|person_first_name|person_last_name|name|person_email|person_phone",
    ),
    "two addresses of one": (
        "Organisation|Nom|Prénom|Email 1=a@x.example|Email 2=b@x.example",
        "name|person_last_name|person_first_name|person_email|",
    ),
    "networks": ("Nom du réseau|Tête de réseau|Secrétaire général", "name|member_of|person_name"),
    "who follows whom": ("Acteur|Catégorie d'acteurs|Qui suit ?|Priorité (1 à 3)=1", "name|type|owner|priority"),
    "an address that is none of a street": ("Nom|Adresse=ada@x.example", "name|email"),
}


@pytest.mark.parametrize("module", [columns, load("name_guesses")], ids=lambda module: module.__name__)
def test_the_examples_are_true(module):
    outcome = doctest.testmod(module)
    assert outcome.failed == 0
    assert outcome.attempted > 10


@pytest.mark.parametrize("name", LISTS)
def test_columns_are_recognised(name):
    said, expected = (text.split("|") for text in LISTS[name])
    headers, _equals, values = zip(*(text.partition("=") for text in said), strict=True)
    assert columns.propose(list(headers), [list(values)] * 5) == expected


@given(st.lists(st.text(max_size=30), max_size=6), st.lists(st.lists(st.text(max_size=20), max_size=6), max_size=3))
def test_anything_may_stand_in_a_list(headers, rows):
    targets = columns.propose(headers, rows)
    assert len(targets) == len(headers)
    found = [target for target in targets if target]
    assert set(found) <= set(columns.TARGETS)
    assert len(found) == len(set(found))
    assert len(columns.settle(headers, rows)) == len(rows)


@given(st.sampled_from(sorted(columns.TARGETS)), st.text(max_size=20))
def test_anything_may_stand_in_a_cell(target, text):
    assert isinstance(columns.read_value(target, text), str)


def test_a_file_that_odoo_made_comes_back_by_its_labels():
    labels = {"type d'organisation": "type", "nom": "name", "referent (contact)": "owner", "id": "external_id"}
    headers = ["id", "Nom", "Type d'organisation", "Référent (contact)"]
    assert columns.propose(headers, [], labels) == ["external_id", "name", "type", "owner"]
