"""What the columns of a list say, by their headers and what stands below, without Odoo.

A header is read as people write it: in French or English, with or without accents, articles, politeness and
remarks in brackets. It says *what* (a name, a town, an address) and often *whose* (the organisation's, a
person's). Where it does not say whose, the other columns do; where it says nothing, what stands below may.
A target is proposed once, but what one is a member of, which may be several. What nobody recognises stays out.
"""

import re
from collections import defaultdict
from datetime import date, timedelta

from .texts import MONTHS, fold

# Each target: what its values are, and whether they are said of the organisation or of a person of it.
TARGETS = {
    "name": ("text", "organisation"),
    "acronym": ("text", "organisation"),
    "type": ("word", "organisation"),
    "sector": ("word", "organisation"),
    "scope": ("word", "organisation"),
    "cadence": ("word", "organisation"),
    "owner": ("word", "organisation"),
    "stage": ("word", "organisation"),
    "priority": ("word", "organisation"),
    "intention": ("text", "organisation"),
    "source": ("word", "organisation"),
    "position": ("word", "organisation"),
    "level": ("word", "organisation"),
    "posture": ("word", "organisation"),
    "need": ("word", "organisation"),
    "no_contact": ("bool", "organisation"),
    "siren": ("number", "organisation"),
    "rna": ("text", "organisation"),
    "external_id": ("text", "organisation"),
    "email": ("email", "organisation"),
    "phone": ("phone", "organisation"),
    "website": ("site", "organisation"),
    "street": ("text", "organisation"),
    "street2": ("text", "organisation"),
    "zip": ("text", "organisation"),
    "city": ("text", "organisation"),
    "country": ("word", "organisation"),
    "member_of": ("word", "organisation"),
    "notes": ("text", "organisation"),
    "is_company": ("bool", "organisation"),
    "parent_name": ("text", "organisation"),
    "person_name": ("text", "person"),
    "person_first_name": ("text", "person"),
    "person_last_name": ("text", "person"),
    "person_function": ("text", "person"),
    "person_email": ("email", "person"),
    "person_phone": ("phone", "person"),
    "person_mobile": ("phone", "person"),
    "person_job_family": ("word", "person"),
    "person_is_decider": ("bool", "person"),
    "person_source": ("text", "person"),
    "person_informed_on": ("date", "person"),
    "person_notes": ("text", "person"),
    "last_contact_date": ("date", "organisation"),
    "last_contact_text": ("text", "organisation"),
    "last_contact_channel": ("word", "organisation"),
    "last_contact_author": ("word", "organisation"),
}

# Words of headers that say nothing.
SILENT = set(
    """
    a aaaa actuel actuelle ai au aux avec base basee billing ce ces cette cle complet complete d dans de des du e en
    es est et etes ex exact exacte exemple facultatif facultative for format from general generale habite hh how
    identifie identifiee if il implante implantee in indiquez is je jj joignable joindre key l la label le les leur
    libelle mailing main merci mm mon my n ne no nos notre nous num number numero obligatoire of officiel officielle
    on optional optionnel optionnelle or ou our par please possible pour pouvez preciser precisez principal
    principale privilegie privilegiee qu quel quelle quelles quels qui renseigner represente representee representez
    required requis ressource s sa se ses si siege situe situee social son sont ss sur svp the their to trice un une
    value vos votre vous what which who your
    """.split()  # noqa: SIM905
)
# Whose.
ORGANISATIONS = set(
    """
    account acteur asso association club collectif company compte employer employeur entite entreprise etablissement
    institution legale mairie ong orga organisation organisme organization partenaire partner societe structure
    syndicat unite
    """.split()  # noqa: SIM905
)
PERSONS = set(
    """
    adherent adherente animateur animatrice attendee contact contacter coordinateur coordinatrice correspondant
    correspondante delegue deleguee directeur direction directrice dirigeant dirigeante gerant gerante individu
    individual inscrit inscrite interlocuteur interlocutrice invite invitee maire participant participante person
    pdg pdt pdte perso personne personnel personnelle presidence president presidente prive privee pro professionnel
    professionnelle representant representante responsable secretaire
    tresorier tresoriere
    """.split()  # noqa: SIM905
)
PAYERS = {"payeur", "payeuse", "payer", "acheteur", "acheteuse", "buyer"}
# What: phrases of folded words, without the silent ones; the longest is tried first.
PHRASES = {
    "email": "email|mail|courriel|mel|adresse email|adresse mail|adresse courriel|email address|mail address"
    "|destinataire|recipient"
    "|adresse electronique|courrier electronique|adresse courrier electronique|adresse messagerie|messagerie",
    "phone": "telephone|tel|phone|telephone fixe|tel fixe|fixe|telephone standard|standard|phone telephone"
    "|tel telephone|telephone tel|joindre|coordonnee telephonique|contact telephonique|telephone bureau",
    "mobile": "portable|telephone portable|tel portable|mobile|telephone mobile|tel mobile|gsm|cell|cell phone"
    "|mobile phone|phone mobile",
    "website": "site|site web|site internet|website|web site|web|url|page web|lien site|lien site web|adresse web"
    "|adresse site|adresse site web|adresse site internet|adresse internet|site url|url site|url site web|www|siteweb"
    "|site internet url|website link|link website",
    "zip": "code postal|cp|zip|zip code|postal code|postcode|codepostal|codpos|code postal etablissement",
    "city": "ou|ville|commune|city|town|localite|municipalite|ville commune|commune ville|localisation|location|lieu",
    "street": "adresse|rue|street|address|voie|adresse postale|adresse 1|postal address|street address|address line 1"
    "|ligne adresse|mailing address|adr|adr1|street 1|adresse ligne 1",
    "street2": "complement adresse|adresse complement|adresse 2|street2|street 2|address line 2|adr2|adresse suite",
    "country": "pays|country|pays region",
    "full": "avec qui|rencontre avec"
    "|nom prenom|prenom nom|full name|nom entier|fullname|name surname|first name last name|nom et prenom",
    "first": "prenom|first name|firstname|given name|forename",
    "last": "nom famille|last name|lastname|surname|family name|nom usage|nom naissance|nom patronymique",
    "name": "nom|name|denomination|intitule|appellation",
    "function": "fonction|poste|role|qualite|mandat|job title|job position|function|intitule poste|titre poste|job"
    "|profession|responsabilite|fonction exercee|poste occupe|fonction poste|poste fonction|titre fonction"
    "|fonction titre",
    "title": "titre|title",
    "acronym": "sigle|acronyme|acronym|abreviation|initiale|nom court|titre court|short name|abbreviation|sigle hatvp"
    "|sigle acronyme|acronyme sigle",
    "named": "raison sociale|denomination sociale|denomination legale|nom raison sociale|legal name"
    "|denomination usuelle|denomination unite legale|raison sociale denomination|denomination raison sociale",
    "siren": "siren|siret|siren siret|siret siren|identifiant siren|identifiant siret|code siret|code siren",
    "rna": "rna|waldec|identifiant rna|code rna|rna waldec|id association|id rna|identifiant association",
    "civility": "civilite|civ|genre|gender|sexe|salutation",
    "type": "type|forme|categorie|category|nature|statut juridique|forme juridique|type acteur|famille acteur|college"
    "|legal form|kind|type partenaire",
    "sector": "secteur|sector|domaine|thematique|secteur activite|domaine activite|domaine action|domaine intervention"
    "|thematique principale|field|industry|theme|champ action|champ intervention|activite|activite principale|secteur"
    " thematique|branche",
    "scope": "echelle|scope|niveau|niveau intervention|echelle action|echelon|perimetre|portee|niveau geographique"
    "|echelle geographique|niveau territorial|rayonnement|zone action|echelle intervention|territoire action",
    "owner": "referent|referente|contact owner|owner|referent contact|equipier contact|equipiere contact|suivi par"
    "|suivie par|suit|charge|account owner"
    "|ref|reference interne"
    "|attribue|assigne|assigned|account manager|salesperson|vendeur|responsable suivi|responsable relation"
    "|charge relation"
    "|shifter|shifter referent|referent shifter|contact shifter|referent interne|referente interne|referent equipe"
    "|membre equipe|portefeuille|charge suivi|personne charge|contact interne|responsable interne|referent asso"
    "|notre referent",
    "cadence": "cadence|rythme|rythme renouvellement|frequence|periodicite|frequency|rythme contact|frequence contact",
    "stage": "etape|stage|statut|status|etat|avancement|state",
    "priority": "priorite|priority|importance|ordre priorite",
    "intention": "intention|objectif|pourquoi|raison contact|objectif contact|but|purpose|goal|interet contact",
    "source": "source|connu|connue|origine|provenance|known through|comment connaissez|comment connu|origine contact"
    "|connaissez|comment avez connu|comment avez entendu parler|introduced|source contact",
    "position": "position|positionnement|attitude",
    "level": "niveau cooperation|niveau relation|level|cooperation level|level cooperation|niveau partenariat|degre"
    " cooperation|niveau collaboration",
    "posture": "posture",
    "need": "besoin|situation besoin|need|need situation|attente|besoin attente",
    "no_contact": "pas contacter|plus contacter|plus solliciter|pas solliciter|plus appeler|plus ecrire|plus relancer"
    "|pas relancer|pas appeler|do not contact|not contact|opposition|no contact|blacklist|optout"
    "|opt out|liste noire|desinscrit|desabonne",
    "external_id": "external id|identifiant externe|id externe|externalid",
    "member_of": "membre|member|affiliation|affilie|affiliee|appartenance|reseau appartenance|rattachement"
    "|federation appartenance|affilie federation|appartient|organisation mere|confederation appartenance"
    "|affiliation syndicale|membre reseau|membre federation|membre confederation|umbrella|affiliated"
    "|federation rattachement|appartenez|member of|reseau federation|federation reseau|federation confederation",
    "umbrella": "federation|reseau|confederation|union|tete reseau|reseau national|federation nationale",
    "notes": "note|commentaire|remarque|observation|comment|information complementaire|info complementaire|divers"
    "|precision|autre information|internal note|description|info|a savoir|message|suivi",
    "is_company": "is company|est societe|est organisation|company type|type contact odoo|is a company",
    "parent_name": "parent|related company|societe liee|societe parente|parent name|parent company|company name",
    "job_family": "metier|famille metier|job family|corps metier",
    "decider": "decideur|peut decider|decisionnaire|is decider|can decide|decision maker|decideuse|pouvoir decision",
    # What programs write beside what is meant.
    "other": "telecopie|fax|telecopieur|telecopie domicile|nom adresse messagerie|type adresse messagerie"
    "|nom affiche email|type email|nom affichage email",
    "informed": "informe|informe rgpd|date information|informed|informed date|date information rgpd|rgpd|date rgpd",
    "contact_date": "date|last contacted|last contacted on"
    "|vu quand|quand|contacte|rencontre|rencontree|vu|vue|last met|last meeting|date appel"
    "|date last contact|last contact date|contact date|date reunion|last contact|contacte le|vu le",
    "contact_text": "compte rendu|cr|synthese|resume|historique|retour|ce dit|dit|contenu|summary|last contact text"
    "|last contact summary|last contact note|contact note|objet echange|teneur echange|historique echange"
    "|historique contact",
    "contact_author": "par|par qui|contact pris par|contacte par|contactee par|appele par|appelee par|vu par|vue par"
    "|rencontre par|rencontree par|rencontre faite par|echange avec qui chez nous|auteur|autrice|auteur contact"
    "|auteur compte rendu|auteur synthese|redacteur|redactrice|redige par|last contact by|met by|contacted by"
    "|called by|by whom|dernier contact par|derniere rencontre par|auteur dernier contact|qui a appele|qui a contacte",
    "contact_channel": "mode|canal|channel|mode contact|moyen contact|type contact|mode dernier contact|moyen"
    "|type echange|canal contact|contact channel|last contact channel|mode echange|canal echange|type dernier contact"
    "|mode prise contact",
}
PHRASE_OF = {phrase: what for what, phrases in PHRASES.items() for phrase in phrases.split("|")}
MEETINGS = "contact|echange|rencontre|rdv|entretien|appel|reunion|prise contact|relance"
for meeting in MEETINGS.split("|"):
    for last in ("dernier", "derniere"):
        PHRASE_OF |= {f"{last} {meeting}": "contact_date", f"date {last} {meeting}": "contact_date"}
        for text in ("compte rendu", "cr", "synthese", "resume", "note", "commentaire", "contenu", "texte", "objet"):
            PHRASE_OF |= {f"{text} {last} {meeting}": "contact_text", f"{text} {meeting}": "contact_text"}
    PHRASE_OF[f"date {meeting}"] = "contact_date"
LONGEST = max(len(phrase.split()) for phrase in PHRASE_OF)
# What of the organisation, and what of a person.
OF_ORGANISATION = {
    "email": "email",
    "phone": "phone",
    "mobile": "phone",
    "name": "name",
    "named": "name",
    "full": "name",
    "last": "name",
    "title": "name",
    **{what: what for what in ("website", "zip", "city", "street", "street2", "country", "acronym", "siren", "rna")},
    **{what: what for what in ("type", "sector", "scope", "owner", "cadence", "stage", "priority", "intention")},
    **{what: what for what in ("source", "position", "level", "posture", "need", "no_contact", "external_id")},
    **{what: what for what in ("member_of", "notes", "is_company", "parent_name")},
    "contact_date": "last_contact_date",
    "contact_text": "last_contact_text",
    "contact_channel": "last_contact_channel",
    "contact_author": "last_contact_author",
}
OF_PERSON = {
    "email": "person_email",
    "phone": "person_phone",
    "mobile": "person_mobile",
    "name": "person_name",
    "full": "person_name",
    "first": "person_first_name",
    "last": "person_last_name",
    "function": "person_function",
    "title": "person_function",
    "position": "person_function",
    "source": "person_source",
    "job_family": "person_job_family",
    "decider": "person_is_decider",
    "informed": "person_informed_on",
    "notes": "person_notes",
}
# What a header says of a person although nobody is named in it.
PERSONAL = ("first", "last", "full", "function", "job_family", "decider", "informed")
BRACKETS = re.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
# How a form's own questions begin in what it exports.
NUMBERED_FIELD = re.compile(
    r"^champs? (?:compl[ée]mentaire|additionnel|suppl[ée]mentaire|personnalis[ée])s? ?\d* ?:? ?", re.I
)
CAMEL = re.compile(r"(?<=[a-zà-ÿ])(?=[A-Z][a-z])")
WORD = re.compile(r"[^\W_]+")
DIGITS = re.compile(r"\d+")
# What follows a header to explain it.
EXPLAINED = re.compile(r"\s+(?:[—:]\s|(?:ex|cf|exemple|voir|par exemple|si|attention)\b)|\s*[?!:]\s+\S", re.IGNORECASE)
NAMED_EMAIL = re.compile(r"""["'\s]*[^\W\d_][^@<>]*<(?:mailto:)?[^@<>\s]+@[^@<>\s]+>""")
BELOW = " – "  # between a header and the one below it
# An address to contact an organisation with is nobody's in particular.
OF_CONTACT = re.compile(r"\b(email|courriels?|telephone|tel|adresse|mail|phone) de contact\b")

EMAIL = re.compile(r"[^\s@<>;,]+@[^\s@<>;,]+\.[a-zA-Z]{2,}")
AT = re.compile(r"\s*[\[({]\s*(?:at|arobase|à|@)\s*[\])}]\s*", re.IGNORECASE)  # hidden from robots
NUMBER = re.compile(r"[\d\s.,%€\u00a0\u202f-]+")
PHONE = re.compile(r"(?:\+|00)?[\d\s().\-/\u00a0\u202f]{8,22}")
SITE = re.compile(r"(?:https?://|www\.)\S+|(?:[a-z0-9-]+\.)+(?:[a-z]{2,6}|example)(?:/\S*)?", re.IGNORECASE)
SITES_APART = re.compile(r"[;,|/]+(?=https?:|www\.)|[;|](?=(?:[a-z0-9-]+\.)+[a-z]{2,}\b)", re.IGNORECASE)
EXTERNAL_ID = re.compile(r"__\w+__\.\w+")
RNA = re.compile(r"W\d[0-9A-Z]\d{7}", re.IGNORECASE)
DAY = re.compile(r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})(?:[ T,à]+\d{1,2}\s*[:h].*)?")
DAYS = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d{2}-\d{2}")
BETWEEN_DAYS = re.compile(r"(?:[\s,;/&+.-]|et|puis|and)*")
ISO_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]\d{1,2}:.*)?")
WRITTEN_DAY = re.compile(
    r"(?:le )?(?:[a-z]+[ -])??(?:(\d{1,2})(?:er|st|nd|rd|th)?[ -])?([a-z]{3,9})\.?,?[ -](?:(\d{1,2}),? )?(\d{4}|\d{2})"
)
ISO_MONTH, MONTH = re.compile(r"(\d{4})-(\d{1,2})"), re.compile(r"(\d{1,2})/(\d{4})")
WORKBOOK_DAY = re.compile(r"[2-7]\d{4}(?:\.\d+)?")
COMPACT_DAY = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
WEEK = re.compile(r"(?:le )?(?:s\.? ?|sem\.? ?|semaine |week |w)(\d{1,2})(?: de)?[ -]?/?(\d{4})|(\d{4})-?[sw](\d{1,2})")
QUARTER = re.compile(
    r"(?:t|q) ?([1-4])[ -]?/?(\d{4})|([1-4])(?:er|e|eme|nd)? ?(?:t|q|trim|trim\.|trimestre)[ -]?(\d{4})"
)
# From when to when: as a month does, a season begins with its first day; the winter of a year may be two.
SEASON = re.compile(
    r"(?:le |l'|au |en |a l')?(printemps|spring|ete|summer|automne|autumn|fall|debut|mi) ?-?(?:d'|de |en )?"
    r"((?:20)?\d{2})"
)
SEASONS = {"printemps": (3, 20), "ete": (6, 21), "automne": (9, 22), "debut": (1, 1), "mi": (6, 1)}
SEASONS |= {"spring": (3, 20), "summer": (6, 21), "autumn": (9, 22), "fall": (9, 22)}
OF_A_MONTH = re.compile(r"(?:debut|fin|courant|mi|en) (?=[a-z])")
MOST_WORDS_OF_A_DAY = 6
DAY_WITHIN = re.compile(r"\d{1,2}[/.]\d{1,2}[/.](?:\d{4}|\d{2})(?!\d)|\b\d{1,2}(?:er)? [a-z]{3,9} \d{4}\b")
# What a text says of a day on which nobody was met: it was to come, or is another one's.
NOT_MET = re.compile(
    r"\b(?:rappeler|relanc\w*|prevu\w*|prevoir|rdv pris|rendez-vous pris|avant|depuis|jusqu\w*|echeance|des le"
    r"|a partir|ne|nee|cree\w*|fonde\w*|elu\w*|adhesion|adherent\w*|call back|planned|before|since|until|due)\b"
)
BETWEEN_SENTENCES = re.compile(r"[.!?;](?=\s)|\n")
NO_DAY = " \t\n:;,.-–—/()[]"  # what stands between a day and what was said on it
HOUR = re.compile(r"(?:(?:à|a|at|vers)\s+)?\d{1,2}\s?(?:h|:)\s?\d{0,2}(?::\d{2})?")
GENERIC_MAILBOXES = re.compile(
    r"(?:contact|info|infos|accueil|secretariat|bonjour|hello|bureau|asso|association|communication|presse|siege|courrier"
    r"|administration|direction|national|federation|confederation|office|mail)(?:[.\-_].*|\d*)@"
)
YES_OR_NO = {"oui", "non", "o", "n", "x", "xx", "yes", "no", "true", "false", "vrai", "faux", "ok"}
YES_OR_NO |= {"✓", "✔", "✔️", "✅", "☑", "☒", "☐", "✗", "✘", "❌"}
# As members, files and rows are numbered.
NUMBERED_AS = re.compile(r"[A-Za-z]{0,4}[\s./_-]*\d[\d\s./_-]*[A-Za-z]?")
POSITIONS = {"allie", "allie potentiel", "neutre", "distant", "distante", "partenaire de projet"}
POSITIONS |= {"ally", "potential ally", "project partner", "neutral", "distant"}
PROFILE = "linkedin.com/in/"  # a person's
STAGES = {
    "a qualifier",
    "cible",
    "candidat",
    "candidate",
    "candidature",
    "target",
    "en pause",
    "paused",
    "close",
    "closed",
    "fermee",
}
CIVILITIES = {"m", "mme", "mr", "mrs", "ms", "mlle", "monsieur", "madame", "m.", "mme.", "mlle.", "dr", "f", "h"}


def find_words(header):
    """Return the words of a header that say something, folded, in the singular.

    >>> find_words("Quel est le nom de votre organisation ? *"), find_words("E-mails (facultatif)")
    (['nom', 'organisation'], ['email'])
    """
    words = _split(header)
    return [word for word in words if SILENT.isdisjoint((word, f"{word}s"))] or words[:1]


def _split(header):
    """Return all words of a header, folded, in the singular."""
    text = (
        fold(CAMEL.sub(" ", str(header or ""))).replace("rendez-vous", "rdv").replace("n°", " ").replace("c.p.", "cp")
    )
    text = OF_CONTACT.sub(r"\1", re.sub(r"\be[- ]?mails?\b", "email", text))
    return [
        word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] not in "suy" else word
        for word in WORD.findall(text)
        if word not in ("1", "1er", "1re", "1ere")
    ]


def _parse(header):
    """Return what a header says: (what, whose), each empty where it does not say.

    >>> _parse("Téléphone du contact"), _parse("Structure"), _parse("Nom de l'association"), _parse("Couleur préférée")
    (('phone', 'person'), ('', 'organisation'), ('name', 'organisation'), (None, ''))
    >>> _parse("E-mail de contact"), _parse("Président.e"), _parse("Contact (nom, prénom)"), _parse("Saisie – Ville")
    (('email', ''), ('', 'person'), ('full', 'person'), ('city', ''))
    >>> _parse("Champ complémentaire 2 Votre structure"), _parse("Structure représentée")
    (('', 'organisation'), ('', 'organisation'))
    """
    header = NUMBERED_FIELD.sub("", str(header or ""))
    header = BRACKETS.sub(lambda found: f" {_keep_bracket(found[1] or found[2] or '')} ", header)
    spoken = " ".join(_split(header))
    if spoken in PHRASE_OF:
        return PHRASE_OF[spoken], ""
    what, whose = _parse_words(find_words(header))
    if what is None and BELOW in header:
        return _parse(header.rpartition(BELOW)[2])
    if what is None and (found := EXPLAINED.search(header)) and found.start():
        return _parse(header[: found.start()])
    return what, whose


def _parse_words(words):
    if " ".join(words) in PHRASE_OF:
        return PHRASE_OF[" ".join(words)], ""
    whats, whose, place = [], set(), 0
    while place < len(words):
        for length in range(min(LONGEST, len(words) - place), 0, -1):
            phrase = " ".join(words[place : place + length])
            if length == 1 and (phrase in PERSONS or phrase in ORGANISATIONS or phrase in PAYERS):
                whose.add("payer" if phrase in PAYERS else "person" if phrase in PERSONS else "organisation")
                break
            if phrase in PHRASE_OF:
                whats.append(PHRASE_OF[phrase])
                break
        else:
            return None, ""
        place += length
    owner = next((each for each in ("payer", "person", "organisation") if each in whose), "")
    found = set(whats)
    if not found:
        return ("", owner) if owner else (None, "")
    if "umbrella" in found and len(found) == 2:
        (other,) = found - {"umbrella"}
        return ("umbrella", "") if other == "name" else (other, owner or "organisation")
    if found == {"zip", "city"}:
        return "city", owner
    if found <= {"name", "first", "last", "civility"} and len(found) > 1:
        return "full", owner
    return (whats[0], owner) if len(found) == 1 else (None, "")


def _keep_bracket(text):
    words = find_words(text)
    known = all(word in PERSONS or word in ORGANISATIONS or word in PAYERS or word in PHRASE_OF for word in words)
    return text if known else ""


def is_known(header):
    """Return whether a text is the header of a column, for finding the line of headers.

    >>> is_known("Raison sociale"), is_known("Liste des partenaires 2026"), is_known("Confédération inventée")
    (True, False, False)
    """
    return bool(header) and _parse(header)[0] is not None


def names_something(header):
    """Return whether a header says what stands below, more than whose it is."""
    return _parse(header)[0] not in (None, "", "umbrella")


# Files recognised as a whole

KNOWN_FILES = (
    ("hatvp", {"representants_id", "denomination", "identifiant_national"}),
    ("rna", {"id", "titre", "position", "adrs_codepostal"}),
    ("rna", {"id", "titre", "adr1", "libcom"}),
    ("sirene", {"siren", "denominationunitelegale"}),
    ("sirene", {"siren", "nom_complet"}),
    ("sirene", {"siren", "nom_raison_sociale"}),
    ("google_contacts", {"first name", "last name", "e-mail 1 - value"}),
    ("google_contacts", {"given name", "family name", "e-mail 1 - value"}),
    ("helloasso", {"email payeur"}),
    ("helloasso", {"reference commande", "statut de la commande"}),
    ("helloasso", {"numero de billet", "nom participant"}),
    ("template", {"nom", "sigle", "etape", "referent", "rythme", "intention"}),
    ("template", {"name", "acronym", "stage", "contact owner", "cadence", "intention"}),
)


def recognise(headers):
    """Return which file everybody knows this is, by its headers as a whole, or nothing.

    >>> recognise(["representants_id", "denomination", "identifiant_national", "ville"]), recognise(["Nom", "Ville"])
    ('hatvp', '')
    """
    folded = [fold(header) for header in headers]
    found = next((name for name, needed in KNOWN_FILES if needed <= set(folded)), "")
    if found:
        return found
    if any(header in ("id", ".id", "external id", "identifiant externe") for header in folded) and any(
        header in ("name", "nom", "display_name", "nom affiche", "display name", "complete_name") for header in folded
    ):
        return "odoo"
    if any(header.startswith(("relationship_", "parent_id")) for header in folded):
        return "odoo"
    return "google_forms" if folded and folded[0] in ("horodateur", "timestamp") else ""


# What the columns are


def propose(headers, rows, labels=None):
    """Return what each column of a list is proposed to be: a key of :data:`TARGETS`, or "" for not read.

    :param headers: one text for each column
    :param rows: lists of texts; the first hundred are looked at
    :param labels: targets by the folded labels and technical names of the fields that hold them; they come
        first in a file that Odoo or we have made, and last elsewhere

    >>> propose(["Structure", "Nom", "Prénom", "Mail", "Couleur"], [["Asso", "Ba", "Ada", "ada@x.example", "vert"]])
    ['name', 'person_last_name', 'person_first_name', 'person_email', '']
    >>> propose(["Nom", "Adresse e-mail", ""], [["Réseau", "contact@essai.example", "01 02 03 04 05"]])
    ['name', 'email', 'phone']
    """
    labels = labels or {}
    known = recognise(headers)
    samples = [[row[index] for row in rows[:100] if index < len(row) and row[index]] for index in range(len(headers))]
    exact = [labels.get(fold(header), "") for header in headers]
    proposed = _settle_known(known, headers) if known in KNOWN_COLUMNS else [""] * len(headers)
    if known in ("odoo", "template"):
        proposed = exact
    meanings = [("", "") if target else _parse(header) for header, target in zip(headers, proposed, strict=True)]
    if known not in KNOWN_COLUMNS:
        proposed = _settle_meanings(meanings, proposed, headers, samples, known)
        proposed = [target or exact[index] for index, target in enumerate(proposed)]
        proposed = _settle_contents(proposed, meanings, headers, samples)
    first = {}
    for index, target in enumerate(proposed):  # of two, the first; but not one that is nearly empty
        if target not in first or len(samples[index]) > 2 * len(samples[first[target]]):
            first[target] = index
    return [
        target if target == "member_of" or (target and first[target] == index) else ""
        for index, target in enumerate(proposed)
    ]


KNOWN_COLUMNS = {
    "google_contacts": {
        "name": "person_name",
        "first name": "person_first_name",
        "given name": "person_first_name",
        "last name": "person_last_name",
        "family name": "person_last_name",
        "organization name": "name",
        "organization 1 - name": "name",
        "organization title": "person_function",
        "organization 1 - title": "person_function",
        "notes": "person_notes",
        "e-mail 1 - value": "person_email",
        "phone 1 - value": "person_phone",
        "phone 2 - value": "person_mobile",
        "address 1 - street": "street",
        "address 1 - city": "city",
        "address 1 - postal code": "zip",
        "address 1 - country": "country",
        "website 1 - value": "website",
    },
    "hatvp": {
        "denomination": "name",
        "sigle_hatvp": "acronym",
        "adresse": "",
        "code_postal": "zip",
        "ville": "city",
        "pays": "country",
        "site_web": "website",
        "label_categorie_organisation": "type",
    },
    "rna": {
        "id": "rna",
        "siret": "siren",
        "titre": "name",
        "titre_court": "acronym",
        "adrs_libvoie": "",
        "adrs_codepostal": "zip",
        "adrs_libcommune": "city",
        "adr1": "street",
        "adrs_codpos": "zip",
        "libcom": "city",
        "adrg_pays": "country",
        "siteweb": "website",
        "telephone": "phone",
    },
    "sirene": {
        "siren": "siren",
        "denominationunitelegale": "name",
        "nom_complet": "name",
        "nom_raison_sociale": "name",
        "sigleunitelegale": "acronym",
        "sigle": "acronym",
        "code_postal": "zip",
        "codepostaletablissement": "zip",
        "libelle_commune": "city",
        "libellecommuneetablissement": "city",
        "identifiantassociationunitelegale": "rna",
        "identifiant_association": "rna",
        "site_internet": "website",
    },
}


def _settle_known(known, headers):
    return [KNOWN_COLUMNS[known].get(fold(header), "") for header in headers]


def _settle_meanings(meanings, proposed, headers, samples, known):
    """Return targets by what headers say, asking the other columns whose it is where they do not."""
    beside = _Beside(meanings, proposed, known)
    result = list(proposed)
    for index, (what, whose) in enumerate(meanings):
        if not result[index] and what is not None:
            result[index] = _settle_meaning(what, whose, headers[index], samples[index], beside)
            beside.person_began = beside.person_began or result[index].startswith("person_")
    if "name" not in result and "parent_name" in result and "is_company" not in result:
        result[result.index("parent_name")] = "name"
    return result


class _Beside:
    """What the other columns of a list tell about one whose header does not say whose it is."""

    def __init__(self, meanings, proposed, known):
        whats = {what for what, whose in meanings if whose != "payer"}
        self.known = known
        self.has_name = "name" in proposed or any(
            what == "named" or (whose == "organisation" and what in ("", "name", "named")) for what, whose in meanings
        )
        self.has_bare_name = ("name", "") in meanings
        self.has_first = "first" in whats
        self.has_last = ("last", "") in meanings or ("last", "person") in meanings
        self.is_of_umbrellas = False  # whether a column before holds the organisation's name, which is a federation's
        self.has_contact = bool(whats & {"contact_date", "contact_text"})
        self.has_contact_text = bool(whats & {"contact_text", "contact_channel"})
        self.has_own_email = ("email", "person") in meanings or ("email", "") in meanings
        self.has_persons = (
            bool(whats & {"first", "last", "full"})
            or any(whose == "person" and what in ("", "name", "full") for what, whose in meanings)
            or (self.has_name and self.has_bare_name)
        )
        # Whose address comes first is who answered, or who is named before her organisation.
        self.person_began = known in ("google_forms", "helloasso") or (
            self.has_first and _begins_with_address(meanings)
        )
        self.is_of_persons = not known and _begins_with_person(meanings)


def _begins_with_address(meanings):
    """Return whether an address stands before whatever names the organisation."""
    address = next((place for place, (what, _whose) in enumerate(meanings) if what == "email"), len(meanings))
    return not any(whose == "organisation" or what == "named" for what, whose in meanings[:address])


def _begins_with_person(meanings):
    """Return whether the list is one of persons: their first or last name stands before their organisation's."""
    for what, whose in meanings:
        if what in ("first", "last", "full"):
            return True
        if what == "named" or (whose == "organisation" and what in ("", "name")) or (what == "name" and not whose):
            return False
    return False


def _settle_meaning(what, whose, header, sample, beside):
    """Return the target of a column by what its header says, what stands below, and the columns beside."""
    if whose == "payer":
        is_theirs = what == "email" and beside.known == "helloasso" and not beside.has_own_email
        return "person_email" if is_theirs else ""
    if _share(sample, lambda text: fold(text) in YES_OR_NO) > 0.8 and what not in (
        "is_company",
        "no_contact",
        "decider",
    ):
        return ""
    if what == "email" and _share(sample, NAMED_EMAIL.match) >= 0.5:
        what, whose = "full", "person"  # whom an address is of stands before it
    if what == "umbrella":
        is_of_members = beside.has_name or beside.has_bare_name or beside.is_of_umbrellas
        beside.is_of_umbrellas = True
        return "member_of" if is_of_members else "name"
    if not what:
        guessed = _guess(sample)
        what = guessed if whose == "person" and guessed in ("email", "phone") else "name"
    if what == "contact_author" and not beside.has_contact:
        return ""
    if what in ("", "name", "full") and _share(sample, _is_number) > 0.8:
        return ""  # how many there are, or how they are numbered
    if what == "owner" and (guessed := _guess(sample)) in ("siren", "rna"):
        return guessed  # a reference
    if what == "stage" and not _share(sample, lambda text: fold(text) in STAGES):
        return ""
    if what == "title":
        if _share(sample, lambda text: fold(text) in CIVILITIES) > 0.5:
            return ""
        whose = whose or ("person" if beside.has_name or beside.has_bare_name or beside.has_first else "organisation")
    if what == "street" and _share(sample, EMAIL.fullmatch) > 0.5:
        what = "email"
    if what == "website" and sample and not _share(sample, lambda text: "." in text and PROFILE not in text):
        return ""
    if what == "position" and beside.has_persons and not _share(sample, lambda text: fold(text) in POSITIONS):
        what = "function"  # a job, as programs in English say it
    if what in ("contact_date", "contact_text"):
        return _settle_contact(what, find_words(header) == ["date"], beside, sample)
    if not whose:
        whose = _settle_whose(what, sample, beside)
    if whose == "person" and what == "name" and beside.has_first:
        what = "full" if beside.has_last else "last"
    if whose == "person" and what in ("contact_channel", "contact_author", "owner", "no_contact", "type"):
        whose = "organisation"
    return (OF_PERSON if whose == "person" else OF_ORGANISATION).get(what, "")


def _settle_whose(what, sample, beside):
    """Return whose something is where the header does not say: a person's, or the organisation's."""
    if what in PERSONAL or (what == "name" and (beside.has_name or beside.has_first)):
        return "person"
    if what == "notes" and beside.is_of_persons:
        return "person"
    if what in ("email", "phone", "mobile") and beside.has_persons and beside.person_began:
        of_all = _share(sample, lambda text: GENERIC_MAILBOXES.match(text.lower())) > 0.5
        return "organisation" if of_all else "person"
    return "organisation"


def _settle_contact(what, is_bare, beside, sample):
    """Return the target of a column about the last contact, which may hold its date or what was said."""
    dated = _share(sample, read_date)
    if what == "contact_date" and is_bare and not beside.has_contact_text:
        return ""  # any date, of anything
    if what == "contact_date" and sample and _share(sample, lambda text: read_day(text)[0]) < 0.3:
        return "" if is_bare else "last_contact_text"
    return "last_contact_date" if what == "contact_date" or dated > 0.8 else "last_contact_text"


def _settle_contents(proposed, meanings, headers, samples):
    """Return targets with what stands below headers that say nothing; a known header is not overruled."""
    persons = any(target.startswith("person_") for target in proposed)
    result = list(proposed)
    for index, (what, _whose) in enumerate(meanings):
        if result[index] or what is not None or _parse(DIGITS.sub(" ", headers[index]))[0] is not None:
            continue  # known, or the second of its kind
        guessed = _guess(samples[index])
        targets = {
            "email": ["person_email", "email"] if persons else ["email"],
            "phone": ["person_phone", "phone"] if persons else ["phone"],
            "website": ["website"],
            "siren": ["siren"],
            "rna": ["rna"],
            "external": ["external_id"],
            "date": ["last_contact_date"] if _is_of_contact(headers[index]) else [],
        }.get(guessed, [])
        result[index] = next((target for target in targets if target not in result), "")
    return result


def _is_of_contact(header):
    words = find_words(header)
    return not words or bool(
        {"contact", "contacte", "echange", "rdv", "rencontre", "vu", "vue", "entretien"} & set(words)
    )


def _is_number(text):
    return NUMBER.fullmatch(text) or (NUMBERED_AS.fullmatch(text) and not RNA.fullmatch(text))


def _share(sample, test):
    """Return which part of the texts passes a test, none of none."""
    return sum(bool(test(text)) for text in sample) / len(sample) if sample else 0


def _guess(sample):
    """Return what most of the texts of a column are by their looks, or nothing."""
    tests = (
        ("email", EMAIL.search),
        ("date", lambda text: read_date(text) and not text.isdecimal()),
        ("external", EXTERNAL_ID.fullmatch),
        ("rna", RNA.fullmatch),
        (
            "siren",
            lambda text: re.fullmatch(r"\d{9}|\d{14}", text.replace(" ", "")) and _is_luhn(text.replace(" ", "")),
        ),
        ("phone", lambda text: PHONE.fullmatch(text) and 9 <= sum(map(str.isdecimal, text)) <= 13),
        ("website", SITE.fullmatch),
    )
    return next((what for what, test in tests if _share(sample, test) > 0.6), "")


def _is_luhn(digits):
    doubled = [int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


# What the values are


def read_date(text):
    """Return a day as ``YYYY-MM-DD``, or nothing: a day of a month as French people write it, or a workbook's number.

    A month, a quarter or a week alone is its first day: not later than what was meant. A year alone is no day, and
    what has no year is none.

    >>> [read_date(text) for text in ("3/4/26", "12 mai 2026", "mai 2026", "1er févr. 2026", "46000")]
    ['2026-04-03', '2026-05-12', '2026-05-01', '2026-02-01', '2025-12-09']
    >>> [read_date(text) for text in ("avr-26", "3-avr.-26", "mi-avril 2026", "04/2026", "2026-04", "20260403")]
    ['2026-04-01', '2026-04-03', '2026-04-01', '2026-04-01', '2026-04-01', '2026-04-03']
    >>> [read_date(text) for text in ("T2 2026", "2e trimestre 2026", "Q2-2026", "semaine 14 2026", "S14-2026")]
    ['2026-04-01', '2026-04-01', '2026-04-01', '2026-03-30', '2026-03-30']
    >>> [read_date(text) for text in ("printemps 2025", "à l'été 2025", "fin mars 2026", "début 2026", "hiver 2026")]
    ['2025-03-20', '2025-06-21', '2026-03-01', '2026-01-01', '']
    >>> [read_date(text) for text in ("2026", "31/02/2026", "vu en mai", "semaine 14", "3 avril", "avril 26")]
    ['', '', '', '', '', '']
    """
    text = str(text or "").strip()
    if found := ISO_DAY.fullmatch(text) or COMPACT_DAY.fullmatch(text):
        return _day(found[1], found[2], found[3])
    if found := ISO_MONTH.fullmatch(text):
        return _day(found[1], found[2], 1)
    if found := MONTH.fullmatch(text):
        return _day(found[2], found[1], 1)
    if found := DAY.fullmatch(text):
        day, month, year = found.groups()
        if int(month) > 12 >= int(day):
            day, month = month, day
        return _day(year if len(year) == 4 else f"20{year}", month, day)
    if WORKBOOK_DAY.fullmatch(text):
        return (date(1899, 12, 30) + timedelta(days=int(float(text)))).isoformat()
    folded = OF_A_MONTH.sub("", fold(text), count=1)
    if found := SEASON.fullmatch(fold(text)):
        year = found[2]
        return _day(year if len(year) == 4 else f"20{year}", *SEASONS[found[1]])
    if found := QUARTER.fullmatch(folded):
        return _day(found[2] or found[4], 3 * int(found[1] or found[3]) - 2, 1)
    if found := WEEK.fullmatch(folded):
        return _get_monday(found[2] or found[3], found[1] or found[4])
    if found := WRITTEN_DAY.fullmatch(folded):
        month, year = MONTHS.get(found[2]), found[4]
        if len(year) == 2 and not (found[1] or "-" in folded):
            return ""  # a day of April, or April of a year
        return _day(year if len(year) == 4 else f"20{year}", month, found[1] or found[3] or 1) if month else ""
    return ""


def _get_monday(year, week):
    """Return the first day of a week; of the first two, which may be half-years, none."""
    try:
        return date.fromisocalendar(int(year), int(week), 1).isoformat() if int(week) > 2 else ""
    except ValueError:
        return ""


def read_day(text):
    """Return the day that a text begins with, and what it says besides; of a list of days the last.

    Where it says no day but a month, a quarter or a season, all that it says is told besides.

    >>> read_day("3 avril 2026 (Hélène)"), read_day("12/03/2026 : intéressés, rappeler"), read_day("3/4/26 14:30")
    (('2026-04-03', 'Hélène'), ('2026-03-12', 'intéressés, rappeler'), ('2026-04-03', ''))
    >>> read_day("12/01/2026, 03/04/2026"), read_day("vendredi 3 avril 2026 à 14h30"), read_day("bientôt, en 2026")
    (('2026-04-03', '12/01/2026, 03/04/2026'), ('2026-04-03', ''), ('', 'bientôt, en 2026'))
    >>> read_day("12/05/2024 - relance le 13/06/2030"), read_day("12/01/2026 et 03/04/2026")
    (('2024-05-12', 'relance le 13/06/2030'), ('2026-04-03', '12/01/2026 et 03/04/2026'))
    >>> read_day("juin 2026"), read_day("T2 2026 : appel"), read_day("saison 2025-2026")
    (('2026-06-01', 'juin 2026'), ('2026-04-01', 'T2 2026 : appel'), ('', 'saison 2025-2026'))
    """
    text = str(text or "").strip()
    if day := read_date(text):
        return day, "" if names_day(text) else text
    words = text.split()
    for length in range(min(MOST_WORDS_OF_A_DAY, len(words)), 0, -1):
        begun = " ".join(words[:length]).strip(NO_DAY)
        if begun.isdecimal() or not (day := read_date(begun)):
            continue
        if not names_day(begun):
            return day, text
        rest = text.split(maxsplit=length)[length:]
        rest = HOUR.sub("", rest[0], count=1) if rest and HOUR.match(rest[0]) else "".join(rest)
        is_list = BETWEEN_DAYS.fullmatch(DAYS.sub(",", rest))
        last = max([day, *map(read_date, DAYS.findall(rest) if is_list else ())])
        return last, text if last > day else rest.strip(NO_DAY)
    return "", text


def find_day(text):
    """Return the one day that a text tells of a contact, wherever it says it; nothing where it may be another.

    >>> [find_day(text) for text in ("vu Mme Le Goff le 3 mars 2026 au sujet des cantines", "tél. du 12/01/26 : bien")]
    ['2026-03-03', '2026-01-12']
    >>> [find_day(text) for text in ("à rappeler le 3 mars 2026", "vus le 3/3/26 et le 4/4/26", "bureau élu en 2026")]
    ['', '', '']
    >>> find_day("Vu au salon (12 mai 2025). Relancer en septembre.")
    '2025-05-12'
    """
    told = [part for part in BETWEEN_SENTENCES.split(fold(text)) if DAY_WITHIN.search(part)]
    days = {read_date(found) for part in told for found in DAY_WITHIN.findall(part)}
    return days.pop() if len(days) == 1 and not any(map(NOT_MET.search, told)) else ""


def names_day(text):
    """Return whether a date says its day, and not a month, a week or a season alone.

    >>> [names_day(text) for text in ("3/4/26", "46000", "1er févr. 2026", "20260403", "2026-04-03 10:30")]
    [True, True, True, True, True]
    >>> [names_day(text) for text in ("juin 2026", "06/2026", "2026-06", "T2 2026", "semaine 14 2026", "été 2025")]
    [False, False, False, False, False, False]
    """
    text = text.strip()
    if ISO_DAY.fullmatch(text) or COMPACT_DAY.fullmatch(text) or DAY.fullmatch(text) or WORKBOOK_DAY.fullmatch(text):
        return True
    found = WRITTEN_DAY.fullmatch(OF_A_MONTH.sub("", fold(text), count=1))
    return bool(found and found[2] in MONTHS and (found[1] or found[3]))


def _day(year, month, day):
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def read_value(target, text):
    """Return a text as its target keeps it: leading zeros back that a workbook took, days as ``YYYY-MM-DD``.

    What is no address, number or site has nothing to keep. What else cannot be read stays as it was typed: whoever
    checks it can quote it.

    >>> read_value("zip", "1000"), read_value("phone", "611223344"), read_value("city", "Lyon")
    ('01000', '0611223344', 'Lyon')
    >>> read_value("siren", "5 580 012"), read_value("siren", "12345678900012"), read_value("rna", "w751000001")
    ('005580012', '123456789', 'W751000001')
    >>> read_value("phone", "6.12.34.56.79"), read_value("email", "contact [at] club.example")
    ('06.12.34.56.79', 'contact@club.example')
    >>> read_value("last_contact_date", "3/4/2026"), read_value("last_contact_date", "bientôt")
    ('2026-04-03', 'bientôt')
    >>> read_value("website", "pas de site"), read_value("phone", "non"), read_value("email", "ada chez ligue")
    ('', '', '')
    """
    kind = TARGETS.get(target, ("text", ""))[0]
    if kind == "date":
        return read_date(text) or text
    if kind == "site":
        return next(iter(find_sites(text)), "")
    if kind == "phone":
        text = " / ".join(text.split(" ::: "))
        digits = re.sub(r"[ .-]", "", text)
        text = f"0{text}" if re.fullmatch(r"[1-9]\d{8}", digits) else text
        text = f"+{text}" if re.fullmatch(r"33[1-9]\d{8}", digits) else text
        return text if any(map(str.isdecimal, text)) else ""
    if kind == "email":
        text = AT.sub("@", text)
        return re.sub(r"^mailto:", "", text, flags=re.IGNORECASE) if EMAIL.search(text) else ""
    if target == "zip" and re.fullmatch(r"[1-9]\d{3}", text):
        return f"0{text}"
    if target == "siren":
        digits = re.sub(r"[\s.\u00a0\u202f-]", "", text)
        if digits.isdecimal():
            return digits.zfill(14)[:9] if len(digits) > 11 else digits.zfill(9)
    if target == "rna":
        return text.replace(" ", "").upper()
    return text


def find_sites(text):
    """Return the addresses of pages in a text.

    >>> find_sites("www.a.example / https://b.example/c;d.example"), find_sites("www.a.example, www.b.example")
    (['www.a.example', 'https://b.example/c', 'd.example'], ['www.a.example', 'www.b.example'])
    >>> find_sites("https://a.example/b,c?d=1;2"), find_sites("pas de site")
    (['https://a.example/b,c?d=1;2'], [])
    """
    words = (word for part in text.split() for word in SITES_APART.split(part))
    return [word.strip(",;") for word in words if "." in word.strip(".,;")]


def settle(headers, rows):
    """Return rows in which each cell says what its header does.

    Who pays for a ticket is not always who comes: then her address is left out. Where a row has a SIRET and no SIREN,
    the one begins with the other.

    >>> settle(["Nom participant", "Nom payeur", "Email payeur"], [["Ba", "Ba", "ba@x.fr"], ["Cé", "Ba", "ba@x.fr"]])
    [['Ba', 'Ba', 'ba@x.fr'], ['Cé', 'Ba', '']]
    >>> settle(["Nom", "N° SIREN", "SIRET"], [["A", "", "775 672 272 21138"], ["B", "552081317", ""]])
    [['A', '775 672 272 21138', '775 672 272 21138'], ['B', '552081317', '']]
    """
    meanings = [_parse(header) for header in headers]

    def find(owner, whats):
        return [place for place, (what, whose) in enumerate(meanings) if whose == owner and what in whats]

    mine, payers = (find(owner, ("name", "first", "last", "full")) for owner in ("person", "payer"))
    theirs = find("payer", ("email", "phone", "mobile"))
    numbers = [place for place, (what, _whose) in enumerate(meanings) if what == "siren"]
    if not (mine and payers and theirs) and len(numbers) < 2:
        return rows

    def settle_row(row):
        row = list(row)
        if (
            mine
            and payers
            and sorted(fold(row[place]) for place in mine) != sorted(fold(row[place]) for place in payers)
        ):
            for place in theirs:
                row[place] = ""
        if len(numbers) > 1:
            row[numbers[0]] = next((row[place] for place in numbers if row[place]), "")
        return row

    return [settle_row(row) if len(row) == len(headers) else row for row in rows]


NUMBERED = re.compile(r"(?:\bn°\s*)?\b([1-9])(?:er|re|ere|e|eme|nd|nde)?\b")
FIRST = re.compile(r"\b(?:principale?|premiere?)\b")
SECOND = re.compile(r"\b(?:second(?:aire|e)?|deuxieme|autre)\b")
NAMING = {"person_name", "person_first_name", "person_last_name"}


def spread(headers, rows, numbers):
    """Return a list whose rows name several persons as one with a row for each person; another one as it is.

    The columns of the second person and of those after her are the first one's again, with a number.

    :return: headers, rows and numbers of rows

    >>> spread(["Asso", "Contact 1", "Mail 1", "Contact 2", "Mail 2"], [["A", "Ba", "b@x.fr", "Cé", "c@x.fr"]], [2])
    (['Asso', 'Contact 1', 'Mail 1'], [['A', 'Ba', 'b@x.fr'], ['A', 'Cé', 'c@x.fr']], [2, 2])
    >>> spread(["Nom", "Adresse 1", "Adresse 2"], [["A", "1 rue B", "Bâtiment C"]], [2])
    (['Nom', 'Adresse 1', 'Adresse 2'], [['A', '1 rue B', 'Bâtiment C']], [2])
    >>> spread(["Asso", "Contact", "Mail", "Autre contact", "Autre mail"], [["A", "Ba", "b@x.fr", "", "c@x.fr"]], [2])
    (['Asso', 'Contact', 'Mail'], [['A', 'Ba', 'b@x.fr'], ['A', '', 'c@x.fr']], [2, 2])
    """
    counted = [SECOND.sub("2", FIRST.sub("1", fold(header))) for header in headers]
    found = [NUMBERED.findall(header) for header in counted]
    keys = [" ".join(NUMBERED.sub(" ", header).split()) for header in counted]
    which = [int(digits[0]) if len(digits) == 1 else 1 for digits in found]
    if max(which, default=1) == 1:
        return headers, rows, numbers
    first = {key: place for place, (key, number) in enumerate(zip(keys, which, strict=True)) if number == 1}
    others = defaultdict(dict)
    for place, (key, number) in enumerate(zip(keys, which, strict=True)):
        if number > 1 and key in first:
            others[number][first[key]] = place
    whose = propose([header if number == 1 else "" for header, number in zip(headers, which, strict=True)], rows)
    personal = {place for place, target in enumerate(whose) if target.startswith("person_")}
    others = {
        number: {place: places[place] for place in places if place in personal}
        for number, places in sorted(others.items())
        if any(whose[place] in NAMING for place in places) and not any(whose[place] == "name" for place in places)
    }
    gone = {place for places in others.values() for place in places.values()}
    kept = [place for place in range(len(headers)) if place not in gone]
    result = []
    for number, row in zip(numbers, rows, strict=True):
        result.append((number, [row[place] for place in kept]))
        for places in others.values():
            if any(row[place] for place in places.values()):
                own = [
                    row[places[place]] if place in places else "" if place in personal else row[place] for place in kept
                ]
                result.append((number, own))
    return [headers[place] for place in kept], [row for _number, row in result], [number for number, _row in result]
