from odoo import api, models
from odoo.tools import get_lang


class ResLang(models.Model):
    """Which language somebody is written to in, who may have one that was deactivated, or none."""

    _inherit = "res.lang"

    @api.model
    def _relationship_choose(self, *codes):
        """Return the first of these languages that is installed, else the company's, else Odoo's choice: no query.

        :param codes: codes of languages, or False
        """
        installed = dict(self.get_installed())
        wanted = next((code for code in codes if code in installed), None)
        return get_lang(self.with_context(lang=None).env, wanted).code

    @api.model
    def _relationship_get_direction(self, code):
        """Return the direction in which a language is written: ``ltr`` or ``rtl``."""
        return self._get_data(code=code).direction or "ltr"


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    def _relationship_get_lang(self, *others):
        """Return the language that this person is written to in.

        :param others: languages to be tried before the company's, where hers is not installed
        """
        return self.env["res.lang"]._relationship_choose(self.sudo().lang, *others)
