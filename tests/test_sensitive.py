"""What is said of a person is found in the sentences that people write, and nothing else is (G1)."""

import doctest

import pure
import pytest

sensitive = pure.load("sensitive")

NAMES = (
    "Mme Marie Durand",
    "Blanc Paul",
    "Rose Juste",
    "Jean-Marc O'Neill",
    "Anne-Sophie de l'Isle",
    "Фёдор Чайковский",
    "王小明",
    "محمد علي",
    "Aline Catholique",
)
WORDS = sensitive.Words(
    [
        *((word, sensitive.IS) for word in ("syndiqué", "malade", "catholique", "musulman", "communiste")),
        *((word, sensitive.IS) for word in ("socialiste", "juif", "handicapé")),
        *((word, sensitive.IS) for word in ("de gauche", "d'extrême droite", "vert", "catholic", "pregnant", "ill")),
        *((word, sensitive.HAS) for word in ("cancer", "dépression", "burn-out", "arrêt maladie", "sick leave")),
    ]
)
ORGANISATIONS = ("Secours catholique", "Parti communiste français", "PCF", "Ligue contre le cancer")

SAID = {
    "Marie Durand est syndiquée.": ("Marie Durand", "syndiquée"),
    "mme durand était malade": ("durand", "malade"),
    "MARIE DURAND EST MALADE": ("MARIE DURAND", "MALADE"),
    "Hier Marie était malade, on reporte.": ("Marie", "malade"),
    "M. Blanc (PCF) est de gauche": ("Blanc", "de gauche"),
    "Paul Blanc, militant communiste, nous a reçus": ("Paul Blanc", "communiste"),
    "Marie Durand est une fervente catholique": ("Marie Durand", "catholique"),
    "Marie DURAND, présidente de la CGT, syndiquée depuis 1998": ("Marie DURAND", "syndiquée"),
    "Marie Durand nous a dit qu'elle est très malade": ("Marie Durand", "malade"),
    "Marie Durand, atteinte d’un cancer, ne viendra pas": ("Marie Durand", "cancer"),
    "Paul a fait un burn-out l'an dernier": ("Paul", "burn-out"),
    "Paul Blanc est en arrêt maladie": ("Paul Blanc", "arrêt maladie"),
    "Marie Durand parle de sa dépression": ("Marie Durand", "dépression"),
    "La syndiquée Marie Durand": ("Marie Durand", "syndiquée"),
    "Malade, Marie Durand s'excuse": ("Marie Durand", "Malade"),
    "Marie Durand et Paul Blanc sont malades": ("Paul Blanc", "malades"),
    "Jean-Marc O’Neill n'est pas juif": ("Jean-Marc O’Neill", "juif"),
    "Présents : Anne-Sophie de l'Isle (malade)": ("Anne-Sophie de l'Isle", "malade"),
    "Rose est malade": ("Rose", "malade"),
    "Aline Catholique est catholique": ("Aline Catholique", "catholique"),
    "Фёдор Чайковский est communiste": ("Фёдор Чайковский", "communiste"),
    "王小明 est malade": ("王小明", "malade"),
    "محمد علي est musulman": ("محمد علي", "musulman"),
    "Marie Durand told us she is pregnant": ("Marie Durand", "pregnant"),
    "Paul Blanc is a practising Catholic": ("Paul Blanc", "Catholic"),
    "Paul Blanc is on sick leave": ("Paul Blanc", "sick leave"),
    "Marie Durand has cancer": ("Marie Durand", "cancer"),
    "<p>Vu Marie&nbsp;<b>Durand</b>.</p><ul><li>Paul : <i>syndiqu&eacute;</i></li></ul>": ("Paul", "syndiqué"),
    "Paul Blanc est d'extre\u0302me droite": ("Paul Blanc", "d'extrême droite"),
}
UNSAID = (
    "Paul Blanc propose un débat avec le parti vert et les Verts",
    "Le parti vert a reçu M. Blanc",
    "M. Blanc préside le Secours catholique",
    "Marie Durand (Secours catholique)",
    "Marie Durand, Parti communiste français",
    "Marie Durand est au Parti socialiste depuis la rentrée",
    "Juste avant, un malade est venu",
    "Rose et vert, un catholique en parle",
    "Mme Catholique viendra",
    "Marie Durand travaille avec le secteur catholique",
    "Marie Durand est responsable de l'enseignement catholique",
    "Marie Durand présente la Ligue contre le cancer",
    "Marie Durand : cancer, dépression, les thèmes de l'an prochain",
    "Marie Durand s'occupe des personnes atteintes d'un cancer",
    "Marie Durand aide des malades",
    "Marie Durand accompagne une personne atteinte d'un cancer",
    "Marie Durand travaille sur la syndicalisation, le burn-out et la dépression des salariés",
    "Paul Blanc, du syndicat, défend un salarié malade",
    "Marie Durand suit leur projet : école catholique, communiste ou de gauche",
    "Marie Durand a fait une conférence cancer",
    "Paul Blanc : leur base est à gauche, peu syndiquée",
    "Paul Blanc explique que le personnel est syndiqué",
    "Selon Marie Durand, un salarié sur dix est syndiqué",
    "Le syndicat compte 300 adhérents ; Marie Durand est membre du bureau, déléguée syndicale et secrétaire",
    "Marie Durand fait face à la dépression de ses ventes",
    "Elle est malade",
    "Un bénéficiaire atteint d'un cancer",
    "Marie Durand nous a reçus. Le bâtiment est malade.",
    "Marie Dupont est malade",
    "Jean Durand est malade",
    "Marie-Claude est malade",
    "<ul><li>Marie Durand</li><li>malade</li></ul>",
    "<table><tr><td>Marie Durand</td><td>syndiquée</td></tr></table>",
    "Marie Durand\nmalade",
    "Marie Durand veut une politique de gauche",
    "Paul Blanc a rencontré un élu communiste",
    "Paul Blanc tourne à droite, tout est vert",
    "Marie Durand, les catholiques et les musulmans du quartier",
    "Le projet de Mme Marie Durand est malade",
    "Avec Marie Durand le personnel est syndiqué",
    "Marie Durand est référente handicap, sujet en plein essor",
    "Fondation Marie Durand",
)


def find(text, **more):
    return sensitive.find_said([text], NAMES, WORDS, organisations=ORGANISATIONS, **more)


def test_the_examples_are_true():
    outcome = doctest.testmod(sensitive)
    assert outcome.failed == 0
    assert outcome.attempted > 10


@pytest.mark.parametrize("text", SAID)
def test_what_is_said_of_a_person_is_found(text):
    assert find(text) == SAID[text]


@pytest.mark.parametrize("text", UNSAID)
def test_what_is_said_of_nobody_is_left(text):
    assert find(text) is None
