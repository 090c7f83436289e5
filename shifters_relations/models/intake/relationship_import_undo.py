from collections import defaultdict

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..loop.res_partner import BATCH
from .lines import get_raw
from .relationship_import import AT_ONCE
from .relationship_import_apply import LOOP, get_fingerprint
from .res_partner_import import QUIET

# References that come with a contact by themselves.
OWN_REFERENCES = {
    ("res_partner", "commercial_partner_id"),
    ("mail_followers", "partner_id"),
    ("relationship_import_line", "partner_id"),
    ("relationship_import_line_candidate_rel", "partner_id"),
    ("relationship_level_change", "partner_id"),
}


class RelationshipImport(models.Model):
    """Taking back what a list brought, except for what people have worked on since (B4)."""

    _inherit = "relationship.import"  # pylint: disable=consider-merging-classes-inherited

    def action_undo(self):
        """Take back what this list brought and nobody has touched since; the rest is listed.

        :raise AccessError: the user is no organiser
        :raise UserError: it was not brought in
        """
        self.ensure_one()
        self._check_organiser()
        if self.job:
            raise UserError(self.env._("This list is being worked on: wait until it is done."))
        if self.state != "applied":
            raise UserError(self.env._("This list was not brought in: there is nothing to undo."))
        self._lock()
        if self.env["relationship.import.line"].search_count(self._get_written_domain()) > AT_ONCE:
            return self._begin("undo")
        while self._undo_batch():
            pass
        self._end_undo()
        return True

    def _get_written_domain(self):
        """Return the domain of the lines whose writing is not taken back yet."""
        return Domain("import_id", "=", self.id) & Domain("progress", "=", "applied") & Domain("written", "!=", False)

    def _undo_batch(self):
        """Take back some lines, the last first, persons before their organisation.

        :return: how many lines were dealt with
        """
        lines = self.env["relationship.import.line"].sudo()
        lines = lines.search(self._get_written_domain(), limit=BATCH, order="kind desc, sequence desc, id desc")
        affiliations = [each for line in lines for each in line.written.get("affiliations", ())]
        self.env["relationship.affiliation"].sudo().browse(affiliations).exists().unlink()
        keepers = lines.partner_id.relationship_owner_id
        made = lines.filtered(lambda line: "made" in line.written)
        self._undo_made(made.filtered(lambda line: line.kind == "person"))
        self._undo_made(made.filtered(lambda line: line.kind == "organisation"))
        self._undo_changed(lines.filtered(lambda line: "changed" in line.written))
        self.env.flush_all()
        self.env["relationship.member"]._note_calendars(keepers | lines.partner_id.relationship_owner_id)
        return len(lines)

    def _keep(self, line, reason):
        if gone := line.person_line_ids.filtered(lambda person: person.progress == "undone").mapped("name"):
            reason += " " + self.env._("Of its persons, these are taken back: %(names)s.", names=", ".join(gone))
        line.write({"progress": "kept", "reason": reason})

    def _undo_made(self, lines):
        """Delete the contacts that the list made and nobody has touched."""
        gone = lines.filtered(lambda line: not line.partner_id)
        gone.write({"progress": "undone"})
        lines -= gone
        if not lines:
            return
        going = lines.browse()
        snapshots = self._snapshot(lines.partner_id)
        syntheses = self._get_untouched_syntheses(lines)
        used = self._find_references(lines.partner_id, syntheses)
        for line in lines:
            partner = line.partner_id
            made = {name: value for name, value in line.written["made"].items() if name in partner._fields}
            if snapshots[partner.id] != made:
                self._keep(line, self.env._("It has been changed since."))
            elif partner.id in used:
                self._keep(line, self.env._("The team has worked with it since."))
            else:
                going |= line
        partners = self.env["res.partner"].browse(going.partner_id.ids).sudo()  # read at once, whatever is forgotten
        syntheses.filtered(lambda each: each.partner_id in partners).unlink()
        going.write({"progress": "undone"})
        partners.with_context(**QUIET).unlink()

    def _get_untouched_syntheses(self, lines):
        """Return the past contacts that these lines made, as superuser, those which nobody has written in since."""
        said = {int(key): text for line in lines for key, text in line.written["syntheses"].items()}
        syntheses = self.env["relationship.synthesis"].sudo().browse(said).exists()
        untouched = syntheses.filtered(lambda each: get_fingerprint(each) == said[each.id] and not each.cooperation_ids)
        return untouched - untouched._get_confidential_parts().synthesis_id

    def _find_references(self, partners, syntheses):
        """Return the ids of those of these contacts that something else refers to, or speaks of.

        :param syntheses: what goes with them
        """
        self.env.flush_all()
        ids, used = partners.ids, set()
        merge = self.env["base.partner.merge.automatic.wizard"].sudo()
        for table, column in merge._get_fk_on("res_partner"):
            if (table, column) in OWN_REFERENCES:
                continue
            query = SQL(
                "SELECT DISTINCT %(column)s FROM %(table)s WHERE %(column)s = ANY(%(ids)s)%(others)s",
                column=SQL.identifier(column),
                table=SQL.identifier(table),
                ids=ids,
                others=self._get_others(table, syntheses),
            )
            used.update(partner_id for (partner_id,) in self.env.execute_query(query))
        spoken = [
            ("mail.message", Domain("model", "=", "res.partner") & Domain("message_type", "!=", "notification")),
            ("mail.activity", Domain("res_model", "=", "res.partner") & Domain("relationship_partner_id", "=", False)),
            ("ir.attachment", Domain("res_model", "=", "res.partner") & Domain("res_field", "=", False)),
        ]
        for model, domain in spoken:
            found = self.env[model].sudo().with_context(active_test=False)
            found = found.search_fetch(domain & Domain("res_id", "in", ids), ["res_id"])
            used.update(found.mapped("res_id"))
        return used

    def _get_others(self, table, syntheses):
        """Return the condition that leaves out what goes with the contacts."""
        if table == "relationship_synthesis":
            return SQL(" AND NOT id = ANY(%s)", syntheses.ids)
        if table == "mail_activity":
            return SQL(" AND (relationship_partner_id IS NULL OR relationship_pinned OR calendar_event_id IS NOT NULL)")
        return SQL("")

    def _undo_changed(self, lines):
        """Give known contacts back what stood there before, where it is still what the list wrote."""
        gone = lines.filtered(lambda line: not line.partner_id)
        gone.write({"progress": "undone"})
        lines -= gone
        syntheses = self._get_untouched_syntheses(lines)
        met, taken = syntheses.partner_id.ids, set(syntheses.ids)
        syntheses.unlink()
        partners = self.env["res.partner"].with_context(**QUIET).browse(lines.partner_id.ids)
        together, touched = defaultdict(list), {}
        for line in lines:
            partner = line.partner_id.with_env(partners.env).with_prefetch(partners.ids)
            now = {name: get_raw(partner, name) for name in line.written["changed"]}
            vals, stays = {}, []
            for name, (old, new) in line.written["changed"].items():
                if now[name] == new:
                    vals[name] = old
                elif name not in FOLLOWS_STAGE:
                    stays.append(partner._fields[name]._description_string(self.env))
            if {int(key) for key in line.written["syntheses"]} - taken:
                stays.append(self.env._("Past contact"))
            touched[line] = stays
            shared = tuple((name, vals.pop(name)) for name in LOOP if name in vals)
            if shared:
                together[shared].append(partner.id)
            if vals:
                partner.sudo().write(vals)
        for shared, ids in together.items():
            partners.browse(ids).sudo().write(dict(shared))
        partners.browse(met).exists()._relationship_move_renewals()
        for line, names in touched.items():
            if names:
                told = self.env._("Changed since, and left as it is: %(names)s.", names=", ".join(names))
                self._keep(line, told)
        undone = lines.browse([line.id for line, names in touched.items() if not names])
        undone.write({"progress": "undone"})
        logged = [line.written["logged"] for line in undone if line.written.get("logged")]
        self.env["mail.message"].sudo().browse(logged).exists().unlink()  # nothing of it is true any more

    def _end_undo(self):
        """Delete what words became and nothing uses, and note that the list was undone."""
        for word in self.sudo().word_ids.filtered("is_made"):
            record = word.record_ref and word.record_ref.exists()
            if not record or self._is_used(record):
                continue
            synonyms = self.env["relationship.import.synonym"].sudo()
            synonyms.search([("record_ref", "=", f"{record._name},{record.id}")]).unlink()
            word.record_ref = False
            record.unlink()
        self.sudo().write({"state": "undone", "undone_on": fields.Datetime.now(), "job": False})

    def _is_used(self, record):
        """Return whether something refers to a record that a word has become."""
        self.env.flush_all()
        for table, column in self.env["base.partner.merge.automatic.wizard"].sudo()._get_fk_on(record._table):
            query = SQL(
                "SELECT 1 FROM %s WHERE %s = %s LIMIT 1", SQL.identifier(table), SQL.identifier(column), record.id
            )
            if self.env.execute_query(query):
                return True
        return False


# What follows from the stage, and is restored where nothing else was decided.
FOLLOWS_STAGE = {"relationship_target_periods", "relationship_cadence_id"}
