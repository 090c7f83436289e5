from odoo import api, models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class RelationshipAboutMixin(models.AbstractModel):
    """What is said about organisations: who may not read one of them may not read it either.

    A record rule cannot say it, since it is read without those of the other model.
    """

    _name = "relationship.about.mixin"
    _description = "About Organisations"
    _about = ("organisation_id",)  # the fields that name them, or paths to them; an empty one hides nothing

    def _search(self, domain, *args, bypass_access=False, **kwargs):
        if not (self.env.su or bypass_access):
            readable = self.env["ir.rule"]._compute_domain("res.partner", "read")
            if not readable.is_true():
                domain = Domain(domain) & Domain.AND(self._lead_to(path, readable) for path in self._about)
        return super()._search(domain, *args, bypass_access=bypass_access, **kwargs)

    @api.model
    def _lead_to(self, path, readable):
        """Return the domain of the records whose path ends at what one may read, or nowhere."""
        *steps, name = path.split(".")
        domain = Domain(name, "=", False) | Domain(name, "any!", readable)
        for step in reversed(steps):
            domain = Domain(step, "any!", domain)
        return domain

    def _check_access(self, operation):
        result = super()._check_access(operation)
        if not self or self.env.su:
            return result
        allowed = self - result[0] if result else self
        organisations = allowed._get_about()
        hidden = organisations - organisations._filtered_access("read")
        if not hidden:
            return result
        forbidden = allowed.filtered(lambda each: each._get_about() & hidden)
        if result:
            forbidden |= result[0]
        return forbidden, lambda: AccessError(
            self.env._("You may not read this organisation, so neither what is said about it.")
        )

    def _get_about(self):
        """Return the organisations that these records are about, also those that the user may not read."""
        me = self.sudo()
        return self.env["res.partner"].union(*(me.mapped(path).with_env(self.env) for path in self._about))
