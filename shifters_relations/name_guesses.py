"""What a cell that should hold a name may hold instead, without Odoo: somebody, nobody, a title, an address, a note.

All this is guessed. Where an organisation would be made of it, a person is asked; where it says that there is nobody,
it is left out, and said.
"""

import re

from .texts import fold, words_of

# How names of organisations begin.
OF_ORGANISATIONS = set(
    """
    academie agence alliance amicale amis antenne asbl asso association atelier auberge banque bibliotheque bourse
    caisse centre cercle chambre cinema club collectif college comite commission communaute commune compagnie
    confederation conference conseil consistoire convention cooperative coordination corporation delegation diocese
    ecole eglise entraide espace etablissement fabrique federation fondation fonds force forum foyer front groupe
    groupement habitat initiative institut institution journees jeunes laboratoire ligue lycee mairie maison mediatheque
    metropole mission mouvement mutuelle musee observatoire office ong orchestre ordre organisation pacte paroisse
    parti petits pole prefecture radio region reseau restos ressourcerie revue section secours secretariat service
    societe solidarite syndicat theatre tiers touring transition union universite ville
    """.split()  # noqa: SIM905
)
# First names that are common in France: a name of two or three words with one of them may be somebody's.
FIRST_NAMES = set(
    """
    abdel adele adrien agathe agnes ahmed aicha alain albert alex alexandra alexandre alexis ali alice aline alix
    amandine amelie amina amine anais andre andrea angele anne annick annie anthony antoine antonin armand arnaud arthur
    astrid aude audrey augustin aurelie aurelien axel baptiste bastien beatrice benedicte benjamin benoit bernadette
    bernard bertrand brigitte bruno camille carine carole caroline catherine cecile cedric celine charles charlotte
    chantal christel christelle christian christiane christine christophe claire clara claude claudine clemence clement
    clementine colette coralie corinne cyril damien daniel daniele danielle david delphine denis denise diane didier
    dominique dorothee edith edouard eliane elisabeth elise elodie eloise emilie emma emmanuel emmanuelle eric erwan
    estelle esther etienne eva eve fabien fabienne fabrice fanny farid fatima fatiha felix fernand florence florent
    florian francine francis franck francois francoise frederic frederique gabriel gabrielle gaelle gael gaetan
    genevieve georges gerald gerard germain ghislaine gilbert gilles gisele gregoire gregory guillaume guy gwenaelle
    hadrien hamid hassan helene henri herve hubert hugo ibrahim ines irene isabelle ivan jacqueline jacques jean jeanne
    jennifer jeremie jeremy jerome jessica joel joelle johan jonathan jose joseph josette josiane julia julie julien
    juliette justine karim karine katia kevin khadija laetitia laura laure laurence laurent lea leila leo leon liliane
    lise lola louis louise luc lucas lucie lucien lucile ludovic lydie madeleine mael magali malika manon marc marcel
    margaux margot marguerite marianne marie marine marion marlene martial martine mathieu mathilde matthieu maud
    maurice maxime melanie melissa michel michele micheline michelle mireille mohamed mohammed monique morgane muriel
    mustapha myriam nadege nadia nadine natacha nathalie nathan nicolas nicole noe noel noelle noemie odette odile
    olivia olivier pascal pascale patrice patricia patrick paul paulette pauline perrine philippe pierre pierrick
    quentin rachel rachid raphael raymond regine regis remi remy rene renee richard robert robin rodolphe roger roland
    romain roxane sabine sabrina said salima samia samir samuel sandra sandrine sara sarah sebastien serge severine
    simon simone solange solene sonia sophie stephane stephanie steve suzanne sylvain sylvaine sylvie tanguy theo
    therese thibault thierry thomas timothee tristan valentin valentine valerie vanessa veronique victor victoria
    vincent violaine virginie vivien viviane xavier yann yannick yasmina youssef yves yvette yvonne zoe zohra
    """.split()  # noqa: SIM905
)
SMALL = {"a", "au", "aux", "d", "de", "des", "du", "et", "l", "la", "le", "les"}
# What people write who come for no organisation.
NO_ORGANISATION = re.compile(
    r"(?:aucun|sans|neant|rien|non|particulier|individuel|independant|retraite|etudiant|citoyen|benevole|prive"
    r"|salarie|personnel|personne|moi[- ]meme|none|myself|individual|private|no|nc)(?:ne|le|e|s)*(?: physique)?"
    r"|(?:a|en) (?:titre|tant que|mon nom|nom) ?.*(?:individuel|perso|prive|particulier|citoyen|propre|mon nom).*"
    r"|(?:pas|plus|sans) (?:d'|de )?(?:association|asso|structure|organisation|organisme|emploi|objet).*"
    r"|(?:aucune?|demandeur|demandeuse|sans) (?:d'emploi|association|structure|organisation|organisme|appartenance)"
)
# Where one writes to when one knows nobody.
DESKS = set(
    """
    accueil administration animation bureau collegiale comptabilite communication contact coordination courrier
    direction equipe general generale gestion info information infos mail permanence permanent poste presidence presse
    principal principale reception rh secretariat secretary siege service standard switchboard team technique
    """.split()  # noqa: SIM905
)
ROLES = set(
    """
    administrateur administratrice adjoint adjointe animateur animatrice charge chargee copresident copresidente
    coordinateur coordinatrice delegue deleguee directeur directrice dirigeant dirigeante elu elue gerant gerante maire
    pdt pdte president presidente referent referente representant representante responsable salarie salariee secretaire
    tresorier tresoriere vice vp
    """.split()  # noqa: SIM905
)
TICKS = {"x", "xx", "oui", "non", "ok", "o", "n", "yes", "no"}
OF_TEAMS = {"bureau", "cellule", "commission", "direction", "equipe", "pole", "service", "standard", "secretariat"}
NO_PERSON = re.compile(
    r"(?:a|reste a) (?:trouver|definir|preciser|voir|completer|confirmer|contacter|chercher|identifier|demander)\b.*"
    r"|(?:voir|demander|cf|chercher|contacter|passer|appeler|trouver)\b.*"
    r"|(?:personne|aucun|aucune|inconnue?|vacante?|nobody|nc|na|tbd|idem)\b.*"
    r"|(?:pas|plus|sans) (?:de |d'|encore )?(?:contact|nom|personne|interlocuteur|referent|connu).*"
    r"|en (?:cours|attente)\b.*"
)
ADDRESS = re.compile(
    r"(?:\d{1,4} ?(?:bis|ter|[a-d])?,? (?:rue|avenue|av|bd|bld|boulevard|place|pl|chemin|impasse|allee|quai|cours|route"
    r"|square|passage|faubourg|esplanade|rond|sentier|villa|cite)\b.*|\d{5} \D+|(?:bp|cs|tsa) ?\d+.*|cedex.*)"
)
OBJECTS = re.compile(
    r"\bne (?:plus|pas|jamais) (?:la |le |les |nous )?(?:re)?(?:contacter|appeler|solliciter|ecrire|demarcher|relancer)"
    r"|\b(?:veut|veulent|souhaite|souhaitent) (?:plus|pas) (?:etre |qu'on )?(?:contact|recontact|sollicit|appel)"
    r"|\b(?:do not|don't) (?:contact|call|write)\b|\b(?:opposition|desinscrit|desabonne|liste noire|blacklist)"
    r"|\b(?:dissout?e?s?|n'existe(?:nt)? plus|a cesse|radiee?s?|en liquidation|decedee?s?)\b"
    r"|(?:^|\()(?:archivee?|inacti(?:f|ve)|fermee?|en sommeil)(?:\)|$)"
)
PLACES = set(
    """
    ain aisne allier alpes-de-haute-provence hautes-alpes alpes-maritimes ardeche ardennes ariege aube aude aveyron
    bouches-du-rhone calvados cantal charente charente-maritime cher correze corse-du-sud haute-corse cote-d'or
    cotes-d'armor creuse dordogne doubs drome eure eure-et-loir finistere gard haute-garonne gers gironde herault
    ille-et-vilaine indre indre-et-loire isere jura landes loir-et-cher loire haute-loire loire-atlantique loiret lot
    lot-et-garonne lozere maine-et-loire manche marne haute-marne mayenne meurthe-et-moselle meuse morbihan moselle
    nievre nord oise orne pas-de-calais puy-de-dome pyrenees-atlantiques hautes-pyrenees pyrenees-orientales bas-rhin
    haut-rhin rhone haute-saone saone-et-loire sarthe savoie haute-savoie paris seine-maritime seine-et-marne yvelines
    deux-sevres somme tarn tarn-et-garonne var vaucluse vendee vienne haute-vienne vosges yonne territoire-de-belfort
    essonne hauts-de-seine seine-saint-denis val-de-marne val-d'oise guadeloupe martinique guyane la-reunion reunion
    mayotte auvergne-rhone-alpes bourgogne-franche-comte bretagne centre-val-de-loire centre corse grand-est alsace
    hauts-de-france ile-de-france idf normandie nouvelle-aquitaine aquitaine occitanie outre-mer dom-tom
    pays-de-la-loire
    provence-alpes-cote-d'azur paca auvergne bourgogne franche-comte lorraine picardie languedoc limousin poitou
    champagne-ardenne midi-pyrenees rhone-alpes national international france europe etranger regional
    """.split()  # noqa: SIM905
)
TITLE = re.compile(
    r"(?:regions?|departements?|secteurs?|categories?|partie|zone|territoire|liste|college) (?:[^ ]+ ?){1,4}"
)
NUMBERED = re.compile(
    r"^\s*(?:\d{1,2}|[ivx]{1,4}|[a-h]|\d[ab]|97\d)\s*[.)/–—:-]+\s+|\s*\(\s*\d{1,3}\s*\)\s*:?$|^[-–—=*#>• ]+"
    r"|[-–—=*# :]+$"
)


def names_no_organisation(text):
    """Return whether what stands for an organisation says that there is none.

    >>> [names_no_organisation(text) for text in ("Aucune", "à titre individuel", "Particulier", "sans", "Retraitée")]
    [True, True, True, True, True]
    >>> [names_no_organisation(text) for text in ("Aucun de nous", "Les Sans-abri", "Non-violence", "Personne à aider")]
    [False, False, False, False]
    """
    return bool(NO_ORGANISATION.fullmatch(fold(text).strip(" .!()«»\"'")))


def names_nobody(text):
    """Return whether what stands for a person names none: an office, a role, a note that she is still to be found.

    >>> [names_nobody(text) for text in ("secrétariat", "contact@", "Le standard", "Service presse", "à trouver", "x")]
    [True, True, True, True, True, True]
    >>> [names_nobody(text) for text in ("Présidente", "voir avec Hélène", "Ada Bureau", "Accueil Martin", "Bureau")]
    [True, True, False, False, True]
    """
    folded = fold(text).strip(" .!?()@:")
    words = [word for word in words_of(folded) if word not in SMALL]
    if folded in TICKS:
        return True
    if not words:
        return bool(folded) and not any(map(str.isalpha, folded))
    of_team = words[0] in OF_TEAMS and str(text).strip()[1:].islower()
    return of_team or all(word in DESKS or word in ROLES for word in words) or bool(NO_PERSON.fullmatch(folded))


def may_be_person(name, email=""):
    """Return whether the name of an organisation may be somebody's.

    >>> [may_be_person(name) for name in ("Ada BYRON", "MARTIN Luc", "Marie Dupont", "Jean-Luc Petit", "Sophie")]
    [True, True, True, True, True]
    >>> may_be_person("Zyg Rêvé", "zyg.reve@mail.example"), may_be_person("Ligue rêvée", "ligue.revee@mail.example")
    (True, False)
    >>> [may_be_person(name) for name in ("Fondation Jeanne Exemple", "CGT Métaux", "Emmaüs FRANCE", "La Cimade")]
    [False, False, False, False]
    """
    written = re.findall(r"[^\W\d_][^\s,;/&()]*", name or "")
    words = words_of(name)
    if not 1 <= len(words) <= 4 or not written or {word.removesuffix("s") for word in words} & OF_ORGANISATIONS:
        return False
    if (
        PLACES & set(words)
        or any(map(str.isdecimal, words))
        or SMALL & set(words) - {"de", "d", "du", "le", "la"}
        or words[0] in SMALL
    ):
        return False
    if words[0] in FIRST_NAMES or (len(words) > 1 and words[-1] in FIRST_NAMES):
        return True
    if len(written) not in (2, 3):
        return False
    capitals = [word.isupper() and len(word) > 2 for word in written]
    others = [word[0].isupper() and word[1:].islower() for word in written]
    is_one_in_capitals = (
        sum(capitals) == 1 and capitals[-1] and len(written[-1]) > 4 and sum(others) == len(written) - 1
    )
    local = set(words_of(re.sub(r"[._\-\d]+", " ", (email or "").partition("@")[0])))
    return is_one_in_capitals or (len(local) > 1 and local == set(words))


def may_be_several(name):
    """Return whether the name of an organisation may be those of several.

    >>> may_be_several("Ligue inventée, Union fictive et Cercle rêvé"), may_be_several("Fédération A / Union B")
    (True, True)
    >>> may_be_several("Union des clubs et comités de quartier"), may_be_several("Ligue de l'enseignement / Rhône")
    (False, False)
    """
    begun = [words_of(part)[:1] for part in re.split(r"\s+/\s+|[,;+]\s+|\s(?:et|&)\s", name or "")]
    return sum(word[0] in OF_ORGANISATIONS for word in begun if word) > 1


def may_be_address(name):
    """Return whether what stands for an organisation may be a line of the address of the one above it.

    >>> [may_be_address(text) for text in ("12 rue de l'Essai", "35000 Rennes", "BP 12", "60 millions d'amis", "1901")]
    [True, True, True, False, False]
    """
    return bool(ADDRESS.fullmatch(fold(name)))


def is_place_or_heading(name):
    """Return whether a text that stands alone in its row is a place, or is called a heading.

    >>> [is_place_or_heading(text) for text in ("BRETAGNE", "Finistère (29)", "35 - Ille-et-Vilaine", "Région Sud")]
    [True, True, True, True]
    >>> [is_place_or_heading(text) for text in ("Pays de la Loire :", "--- Côte d'Or ---", "Bretagne Vivante")]
    [True, True, False]
    """
    text = fold(name)
    bare = NUMBERED.sub("", NUMBERED.sub("", text)).strip()
    return bare.replace(" ", "-") in PLACES or text.endswith(":") or bool(TITLE.fullmatch(bare))


def objects(text):
    """Return whether a note says that somebody does not want to be contacted, or is no more.

    >>> [objects(text) for text in ("NE PLUS CONTACTER", "ne pas recontacter avant mai", "Désinscrite", "à contacter")]
    [True, True, True, False]
    >>> [objects(text) for text in ("(fermé) Club d'essai", "Inactif", "fermé le lundi")]
    [True, True, False]
    >>> [objects(text) for text in ("dissoute en 2023", "l'asso n'existe plus", "décédé en mai", "solution dissolue")]
    [True, True, True, False]
    """
    return bool(OBJECTS.search(fold(text)))
