"""The organisations of the base among which those of a list are looked for, however many there are."""

from collections import defaultdict
from copy import copy

from odoo.fields import Domain
from odoo.tools import SQL, split_every

from ...sameness import NEW, Index, choose, get_misbegun, get_sought
from ..loop.res_partner import BATCH
from ..organisation.res_partner_duplicate import COLUMNS, COMPARED

INITIALS, CUT = "initials", "cut"  # what a rough key, and a name, begins with


class BaseIndex(Index):
    """Finds what an :class:`Index` of all of the base would find, and reads of it those alone that are asked about.

    For each thing that somebody sought may have in common with others, all who have it are read, once, by their
    indexes; of a few names that costs nothing that grows with the base.

    :param brought: the list, with the user who brings it in: what she may not read is not found
    """

    def __init__(self, brought):
        super().__init__()
        self.brought, self.env = brought, brought.env
        self.was_read = defaultdict(set)  # values by kind

    def find(self, likeness):
        """Extend: what is not read yet is. The number of a row of the list is nobody's of the base."""
        likeness = copy(likeness)
        likeness.id = None
        self.fetch([likeness])
        return super().find(likeness)

    def fetch(self, likenesses):
        """Read those of the base that some may be, a batch of these in a few queries."""
        for batch in split_every(BATCH, likenesses, list):
            self._read(map(_get_wanted, batch))
            unknown = [likeness for likeness in batch if choose(likeness, self.look_up(likeness))[0] == NEW]
            self._read({"rough": get_misbegun(likeness)} for likeness in unknown)

    def _read(self, wanted):
        """Read those that have some values.

        :param wanted: sets of values by kind, of each that is sought
        """
        new = defaultdict(set)
        for sought in wanted:
            for kind, values in sought.items():
                new[kind] |= values - self.was_read[kind]
        if not any(new.values()):
            return
        for kind, values in new.items():
            self.was_read[kind] |= values
        external = self._find_external(new.pop("external", ()))
        ids = [*self._find(new), *external]
        partners = self.env["res.partner"].with_context(active_test=False)
        found = partners.search_fetch(
            Domain("id", "in", [each for each in ids if each not in self.known]) & Domain("is_company", "=", True),
            list(COMPARED),
            order="id",
        )
        xmlids = self.brought._find_external_ids(found)
        for partner in found:
            self.add(partner._relationship_get_likeness(tuple(xmlids.get(partner.id, ()))))

    def _find_external(self, xmlids):
        """Return the ids of the contacts that bear some external ids."""
        names = [xmlid.split(".", 1)[1] for xmlid in xmlids if "." in xmlid]
        data = self.env["ir.model.data"].sudo()
        found = names and data.search_fetch(
            [("model", "=", "res.partner"), ("name", "in", names)], ["module", "name", "res_id"]
        )
        return [each.res_id for each in found if f"{each.module}.{each.name}" in xmlids]

    def _find(self, wanted):
        """Return the ids of the contacts that have some values, by an index for each kind, in one query."""
        parts = [
            SQL("SELECT id FROM res_partner WHERE %s = ANY(%s)", SQL.identifier(COLUMNS[kind]), sorted(wanted[kind]))
            for kind in COLUMNS
            if wanted.get(kind)
        ]
        for kind, column in ((INITIALS, COLUMNS["rough"]), (CUT, COLUMNS["name"])):
            parts += [
                SQL("SELECT id FROM res_partner WHERE %s LIKE %s", SQL.identifier(column), _escape(value) + "%")
                for value in sorted(wanted.get(kind, ()))
            ]
        self.env["res.partner"].flush_model([*COLUMNS.values(), "is_company"])
        return [row[0] for row in self.env.execute_query(SQL(" UNION ").join(parts))] if parts else []


def _get_wanted(likeness):
    """Return what those have that one may be, sets of values by kind."""
    wanted = get_sought(likeness)
    if likeness.reading.is_cut:
        wanted[CUT] = {likeness.name_key}
    return wanted


def _escape(text):
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
