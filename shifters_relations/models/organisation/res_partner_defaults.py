from odoo import api, models

from ...texts import one_line

# What is said of persons: their screens may give it.
PERSON_FIELDS = (
    "relationship_job_family_id",
    "relationship_is_decider",
    "relationship_person_source",
    "relationship_informed_on",
    "relationship_no_contact",
)
PREFIX = "default_"


def get_said(env):
    """Return what the screen says of a new organisation: values by field; nothing outside our screens."""
    said = {
        key.removeprefix(PREFIX): value
        for key, value in env.context.items()
        if key.startswith(f"{PREFIX}relationship_") and key.removeprefix(PREFIX) not in PERSON_FIELDS
    }
    if said and f"{PREFIX}is_company" in env.context:
        said["is_company"] = env.context[f"{PREFIX}is_company"]
    return said


def without_said(records):
    """Return these records, without what the screen says of a new organisation."""
    names = {PREFIX + name for name in get_said(records.env)}
    if not names:
        return records
    context = {key: value for key, value in records.env.context.items() if key not in names}
    return records.with_env(records.env(context=context))


class ResPartner(models.Model):
    """What our screens say of a new organisation is said of that organisation alone.

    ``default_relationship_…`` and ``default_is_company`` of a window action reach whatever is
    created while it is open: the persons of the organisation, rows of persons in an import, who
    is created by typing a name, a duplicate. There they would make a person a target.
    """

    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def default_get(self, fields):
        """Extend core: who is added to somebody is a person, or says herself that she is not."""
        is_added = f"{PREFIX}parent_id" in self.env.context
        return super(ResPartner, without_said(self) if is_added else self).default_get(fields)

    @api.model
    def _relationship_add_said(self, vals_list):
        """Return values of partners to be made, those of organisations with what the screen says of a new one."""
        said = get_said(self.env)
        if not said:
            return vals_list
        return [{**said, **vals} if self._relationship_is_organisation(vals, said) else vals for vals in vals_list]

    @api.model
    def _relationship_is_organisation(self, vals, said):
        """Return whether values make an organisation, given what the screen says of it."""
        if f"{PREFIX}parent_id" in self.env.context:  # a person of somebody, or the partner of a company of ours
            return False
        if "is_company" in vals:
            return vals["is_company"]
        if "company_type" in vals:
            return vals["company_type"] == "company"
        return bool(said.get("is_company") and not vals.get("parent_id"))

    def copy(self, default=None):
        return super(ResPartner, without_said(self)).copy(default).with_env(self.env)

    @api.model
    def name_create(self, name):
        """Extend core: who is created by typing a name is of the kind that the field says."""
        kind = {key: self.env.context[key] for key in (f"{PREFIX}is_company",) if key in self.env.context}
        # One line before an address is read in it.
        return super(ResPartner, without_said(self).with_context(**kind)).name_create(name and one_line(name))

    @api.model
    def _find_or_create_from_emails(self, *args, **kwargs):
        found = super(ResPartner, without_said(self))._find_or_create_from_emails(*args, **kwargs)
        return [partner.with_env(self.env) for partner in found]


class ResUsers(models.Model):
    _inherit = "res.users"  # pylint: disable=consider-merging-classes-inherited

    @api.model_create_multi
    def create(self, vals_list):
        return super(ResUsers, without_said(self)).create(vals_list).with_env(self.env)
