"""A public register: invented rows of the register of associations, filtered to a few, and the whole JSON of another.

What it takes of memory is what its process has at most, beyond what it had before.
"""

import base64
import json
import re
from pathlib import Path

from .federation import create_member
from .measure import measure

HEADERS = "id;siret;date_disso;nature;groupement;titre;titre_court;objet;objet_social1;adrs_numvoie;adrs_typevoie"
HEADERS += ";adrs_libvoie;adrs_codepostal;adrs_libcommune;adrg_declarant;dir_civilite;siteweb;position"
WANTED = 200  # associations of the one place that is chosen
SIZES = {"smallest": (300,), "usual": (50_000,), "large": (50_000,)}


def run(env, sizes):
    organiser = create_member(env, "nadia", "organiser")
    lists = env(user=organiser)["relationship.import"]
    rows = []
    for size in sizes:
        content = base64.b64encode(make_associations(size))
        rows += _bring(lists.create({"file_name": "rna.csv", "file": content}), "associations", size)
        content = base64.b64encode(make_publications(size // 10))
        rows += _bring(lists.create({"file_name": "hatvp.json", "file": content}), "publications (JSON)", size // 10)
    return rows


def _bring(brought, what, size):
    """Read a register, filter it, choose all that is left, and bring it in."""
    brought.env.flush_all()
    brought.env.invalidate_all()
    Path("/proc/self/clear_refs").write_text("5")  # the most begins anew
    before = _read_memory("VmRSS")
    steps = {
        f"read {what}": brought.action_read,
        f"filter {what} to {WANTED}": lambda: _preview(brought),
        f"choose {WANTED} and bring them in": lambda: _apply(brought),
    }
    rows = [{"what": step, "size": size, "ours": measure(brought.env, act)} for step, act in steps.items()]
    taken = _read_memory("VmHWM") - before
    found = len(brought.line_ids.partner_id)
    assert found == min(WANTED, size), found
    return [*rows, {"what": f"megabytes taken at most by {what}", "size": taken, "ours": {}}]


def _read_memory(name):
    """Return a figure of this process's memory, in megabytes."""
    return int(re.search(rf"{name}:\s*(\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024


def _preview(brought):
    brought.places = "01"
    brought.action_preview()


def _apply(brought):
    brought.line_ids.filtered(lambda line: line.decision == "skip").sudo().write({"decision": "create"})
    brought.action_apply()


def make_associations(size):
    """Return so many rows of the register of associations, of which 200 are in one department."""
    rows = [
        f"W{n:09};;0001-01-01;D;S;ASSOCIATION INVENTÉE NUMÉRO {n};;l'objet de {n};024000;{n % 90};RUE;de l'Essai"
        f";{'01' if n < WANTED else 10 + n % 80:02}000;Ville {n % 700};DUPONT Ada;PM;asso{n}.example;A"
        for n in range(size)
    ]
    return "\r\n".join([HEADERS, *rows]).encode("iso-8859-1")


def make_publications(size):
    """Return so many publications of interest representatives, with all that is passed over."""
    one = {
        "typeIdentifiantNational": "RNA",
        "categorieOrganisation": {"label": "Association"},
        "dirigeants": [{"nom": "DUPONT", "prenom": "ADA"}] * 3,
        "exercices": [{"publicationCourante": {"activites": [{"objet": "x" * 200}] * 40}}] * 4,
    }
    publications = [
        one
        | {
            "denomination": f"REPRESENTANT INVENTE {n}",
            "identifiantNational": f"W9{n:08}",
            "codePostal": f"{'01' if n < WANTED else 10 + n % 80:02}000",
        }
        for n in range(size)
    ]
    return json.dumps({"publications": publications}).encode()
