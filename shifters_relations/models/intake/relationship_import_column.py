from odoo import fields, models
from odoo.exceptions import AccessError


class RelationshipImportColumn(models.Model):
    """One column of a list, and what it says of an organisation, a person or a past contact; nothing: not read."""

    _name = "relationship.import.column"
    _description = "Column of a List"
    _rec_name = "header"
    _order = "import_id, sequence, id"

    import_id = fields.Many2one("relationship.import", "List", required=True, index=True, ondelete="cascade")
    sequence = fields.Integer(readonly=True, help="Which column of the sheet it is, from 0.")
    header = fields.Char(readonly=True)
    example = fields.Char("Examples", readonly=True)
    target = fields.Selection(
        [
            ("name", "Name of the organisation"),
            ("acronym", "Acronym"),
            ("type", "Organisation type"),
            ("sector", "Sector"),
            ("scope", "Scope"),
            ("cadence", "Cadence"),
            ("owner", "Contact owner"),
            ("stage", "Stage"),
            ("priority", "Priority"),
            ("intention", "Intention"),
            ("source", "Known through"),
            ("position", "Position"),
            ("level", "Level"),
            ("posture", "Posture"),
            ("need", "Need situation"),
            ("no_contact", "Do not contact"),
            ("siren", "SIREN"),
            ("rna", "RNA"),
            ("external_id", "External ID"),
            ("email", "E-mail of the organisation"),
            ("phone", "Telephone of the organisation"),
            ("website", "Website"),
            ("street", "Street"),
            ("street2", "Street, second line"),
            ("zip", "Zip code"),
            ("city", "City"),
            ("country", "Country"),
            ("member_of", "Member of"),
            ("notes", "Notes"),
            ("is_company", "Organisation or person"),
            ("parent_name", "Organisation to which the row belongs"),
            ("person_name", "Name of the person"),
            ("person_first_name", "First name of the person"),
            ("person_last_name", "Last name of the person"),
            ("person_function", "Function of the person"),
            ("person_email", "E-mail of the person"),
            ("person_phone", "Telephone of the person"),
            ("person_mobile", "Mobile of the person"),
            ("person_job_family", "Job family of the person"),
            ("person_is_decider", "The person decides"),
            ("person_source", "Where the person's data come from"),
            ("person_informed_on", "The person was informed on"),
            ("person_notes", "Notes on the person"),
            ("last_contact_date", "Date of the last contact"),
            ("last_contact_text", "What was said at the last contact"),
            ("last_contact_channel", "Mode of the last contact"),
            ("last_contact_author", "Who had the last contact"),
        ],
        "What it is",
        help="Nothing: this column is not read.",
    )

    def write(self, vals):
        """Extend core: another target has other words, and the preview is to be made again."""
        if not self.env.su and (further := vals.keys() - {"target"}):
            raise AccessError(
                self.env._("Of a column, what it is can be changed, not %(names)s.", names=", ".join(further))
            )
        changed = self.filtered(lambda column: column.target != vals.get("target", column.target))
        result = super().write(vals)
        if changed and not self.env.su:
            changed.import_id._check_before_apply()
            changed.import_id._go_back_to_read()
            for brought in changed.import_id:
                brought._find_words(changed.filtered(lambda column, brought=brought: column.import_id == brought))
        return result
