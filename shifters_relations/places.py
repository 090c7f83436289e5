"""Where something is, as far as one can tell without a map: the town, and the French department."""

import re

from .texts import words_of

# Code, name, and the towns by which a department is known where no postcode says it.
DEPARTMENTS = """
01 Ain: Bourg-en-Bresse, Oyonnax
02 Aisne: Laon, Saint-Quentin, Soissons
03 Allier: Moulins, Montluçon, Vichy
04 Alpes-de-Haute-Provence: Digne-les-Bains, Manosque
05 Hautes-Alpes: Gap, Briançon
06 Alpes-Maritimes: Nice, Antibes, Cannes, Grasse
07 Ardèche: Privas, Annonay, Aubenas
08 Ardennes: Charleville-Mézières, Sedan
09 Ariège: Foix, Pamiers
10 Aube: Troyes
11 Aude: Carcassonne, Narbonne
12 Aveyron: Rodez, Millau
13 Bouches-du-Rhône: Marseille, Aix-en-Provence, Arles, Martigues
14 Calvados: Caen, Lisieux, Bayeux
15 Cantal: Aurillac
16 Charente: Angoulême, Cognac
17 Charente-Maritime: La Rochelle, Rochefort, Saintes
18 Cher: Bourges, Vierzon
19 Corrèze: Tulle, Brive-la-Gaillarde
2A Corse-du-Sud: Ajaccio
2B Haute-Corse: Bastia, Corte
21 Côte-d'Or: Dijon, Beaune
22 Côtes-d'Armor: Saint-Brieuc, Lannion, Guingamp
23 Creuse: Guéret
24 Dordogne: Périgueux, Bergerac
25 Doubs: Besançon, Montbéliard
26 Drôme: Valence, Montélimar, Romans-sur-Isère
27 Eure: Évreux, Vernon
28 Eure-et-Loir: Chartres, Dreux
29 Finistère: Quimper, Brest, Morlaix, Concarneau
30 Gard: Nîmes, Alès
31 Haute-Garonne: Toulouse, Colomiers
32 Gers: Auch
33 Gironde: Bordeaux, Mérignac, Pessac, Arcachon
34 Hérault: Montpellier, Béziers, Sète
35 Ille-et-Vilaine: Rennes, Saint-Malo, Fougères
36 Indre: Châteauroux
37 Indre-et-Loire: Tours
38 Isère: Grenoble, Échirolles
39 Jura: Lons-le-Saunier, Dole
40 Landes: Mont-de-Marsan, Dax
41 Loir-et-Cher: Blois, Vendôme
42 Loire: Saint-Étienne, Roanne
43 Haute-Loire: Le Puy-en-Velay
44 Loire-Atlantique: Nantes, Saint-Nazaire
45 Loiret: Orléans, Montargis
46 Lot: Cahors, Figeac
47 Lot-et-Garonne: Agen, Villeneuve-sur-Lot
48 Lozère: Mende
49 Maine-et-Loire: Angers, Cholet, Saumur
50 Manche: Saint-Lô, Cherbourg-en-Cotentin
51 Marne: Châlons-en-Champagne, Reims, Épernay
52 Haute-Marne: Chaumont, Saint-Dizier
53 Mayenne: Laval
54 Meurthe-et-Moselle: Nancy, Vandœuvre-lès-Nancy
55 Meuse: Bar-le-Duc, Verdun
56 Morbihan: Vannes, Lorient
57 Moselle: Metz, Thionville
58 Nièvre: Nevers
59 Nord: Lille, Roubaix, Tourcoing, Dunkerque, Villeneuve-d'Ascq, Valenciennes, Douai
60 Oise: Beauvais, Compiègne, Creil
61 Orne: Alençon
62 Pas-de-Calais: Arras, Calais, Boulogne-sur-Mer, Lens, Béthune
63 Puy-de-Dôme: Clermont-Ferrand
64 Pyrénées-Atlantiques: Pau, Bayonne, Biarritz, Anglet
65 Hautes-Pyrénées: Tarbes, Lourdes
66 Pyrénées-Orientales: Perpignan
67 Bas-Rhin: Strasbourg, Haguenau
68 Haut-Rhin: Colmar, Mulhouse
69 Rhône: Lyon, Villeurbanne, Vénissieux, Villefranche-sur-Saône
70 Haute-Saône: Vesoul
71 Saône-et-Loire: Mâcon, Chalon-sur-Saône
72 Sarthe: Le Mans
73 Savoie: Chambéry, Albertville
74 Haute-Savoie: Annecy, Thonon-les-Bains, Annemasse
75 Paris: Paris
76 Seine-Maritime: Rouen, Le Havre, Dieppe
77 Seine-et-Marne: Melun, Meaux, Fontainebleau
78 Yvelines: Versailles, Saint-Germain-en-Laye
79 Deux-Sèvres: Niort
80 Somme: Amiens, Abbeville
81 Tarn: Albi, Castres
82 Tarn-et-Garonne: Montauban
83 Var: Toulon, Fréjus, Draguignan, Hyères
84 Vaucluse: Avignon, Orange, Carpentras
85 Vendée: La Roche-sur-Yon, Les Sables-d'Olonne
86 Vienne: Poitiers, Châtellerault
87 Haute-Vienne: Limoges
88 Vosges: Épinal, Saint-Dié-des-Vosges
89 Yonne: Auxerre, Sens
90 Territoire de Belfort: Belfort
91 Essonne: Évry, Évry-Courcouronnes, Massy, Palaiseau
92 Hauts-de-Seine: Nanterre, Boulogne-Billancourt, Courbevoie, La Défense
93 Seine-Saint-Denis: Bobigny, Montreuil, Pantin, Aubervilliers
94 Val-de-Marne: Créteil, Vincennes, Ivry-sur-Seine, Vitry-sur-Seine
95 Val-d'Oise: Pontoise, Cergy, Argenteuil
971 Guadeloupe: Basse-Terre, Pointe-à-Pitre
972 Martinique: Fort-de-France
973 Guyane: Cayenne
974 La Réunion: Saint-Pierre de La Réunion
976 Mayotte: Mamoudzou
"""
SEPARATORS = re.compile(r"[,;\n()/|]| [-–—] |\b(?:à|at)\b", re.IGNORECASE)
POSTCODE = re.compile(r"(?:\bF-)?\b(\d{5})\b(?=\s+[^\W\d_])|(?<=[^\W\d_] )(\d{5})$", re.IGNORECASE)
CODE = re.compile(r"\((\d{2}|2[ABab]|97\d)\)")
DISTRICT = re.compile(r"\d{1,2}(?:e|er|eme|ieme|nd)?|arr|arrondissement")
NUMBER = r"\d{1,4}|2[ab]"
ABROAD = {"allemagne", "deutschland", "espagne", "espana", "germany", "italia", "italie", "italy", "spain"}


def _key(text):
    return " ".join(words_of(text))


def _read_departments():
    names, towns = {}, {}
    for line in DEPARTMENTS.strip().splitlines():
        head, _colon, its_towns = line.partition(": ")
        code, _space, name = head.partition(" ")
        names[code.lower()] = _key(name)
        towns |= {_key(town): code.lower() for town in its_towns.split(", ")}
    return names, towns


NAMES, TOWNS = _read_departments()
CODES = {name: code for code, name in NAMES.items()}


def _read_part(part):
    """Return the key of a part of an address, without postcode, district and the like."""
    words = words_of(re.sub(r"\bF-(?=\d{5}\b)", "", part, flags=re.IGNORECASE))
    words = [word for word in words if not re.fullmatch(r"\d{5}", word)]
    if "cedex" in words:
        words = words[: words.index("cedex")]
    while len(words) > 1 and DISTRICT.fullmatch(words[-1]):
        words = words[:-1]
    return " ".join(words)


def _department_of(postcode):
    if postcode.startswith("20"):
        return "2a" if postcode < "20200" else "2b"
    return postcode[: 3 if postcode.startswith("97") else 2]


def read_place(place):
    """Return what a place is compared by: its parts, the town among them, the postcode, the department's code and name.

    >>> read_place("Halle Tony-Garnier, 69007 Lyon")
    ('halle tony garnier', 'lyon', '69007', '69', 'rhone')
    >>> read_place("12 rue de Lyon, 75012 PARIS CEDEX 12"), read_place("Bourse du travail à Lyon 3e")
    (('12 rue de lyon', 'paris', '75012', '75'), ('bourse du travail', 'lyon', '69', 'rhone'))
    >>> read_place("Sainte-Foy-lès-Lyon (69)"), read_place("F-20000 Ajaccio"), read_place("En ligne"), read_place("")
    (('sainte foy les lyon', '69', 'rhone'), ('ajaccio', '20000', '2a', 'corse du sud'), ('en ligne',), ())
    >>> read_place("12, place d'Armes, Brest, Finistère"), read_place("10115 Berlin, Allemagne")
    (('place d armes', 'brest', 'finistere', '29'), ('berlin', 'allemagne'))
    """
    place = place or ""
    parts = [key for part in SEPARATORS.split(place) if (key := _read_part(part)) and not re.fullmatch(NUMBER, key)]
    if ABROAD.intersection(parts):
        return tuple(dict.fromkeys(parts))
    postcodes = [before or after for before, after in POSTCODE.findall(place)]
    codes = [_department_of(postcode) for postcode in postcodes] or [code.lower() for code in CODE.findall(place)]
    codes = codes or [CODES.get(key) or TOWNS.get(key) for key in parts]
    known = [key for code in codes if code in NAMES for key in (code, NAMES[code])]
    return tuple(dict.fromkeys([*parts, *postcodes, *known]))


def read_wanted_places(text):
    """Return what places are compared with, of those that somebody names between commas: town, department, postcode.

    >>> read_wanted_places("Lyon, département du Rhône; 2A"), read_wanted_places("(69), Saint-Denis (93)")
    (('lyon', 'rhone', '2a'), ('69', 'saint denis'))
    >>> read_wanted_places("69007, 69007 Lyon"), read_wanted_places("…")
    (('69007', 'lyon'), ())
    """
    wanted = []
    for part in re.split(r"[,;\n/|]", text or ""):
        named = re.sub(r"(?<=\w)\s*\([^()]*\)", "", part)
        key = _read_part(named) or " ".join(words_of(named))
        wanted.append(re.sub(r"^departement (?:du |de la |de l |des |de |d )?", "", key))
    return tuple(dict.fromkeys(filter(None, wanted)))
