from odoo.addons.web.controllers.webmanifest import WebManifest
from odoo.http import request

from ..groups import MEMBERS

ICON = "/shifters_relations/static/description/icon.png"


class RelationshipWebManifest(WebManifest):
    """Two shortcuts on the phone's home screen, for members (C5)."""

    def _get_shortcuts(self):
        shortcuts = super()._get_shortcuts()
        if not request.env.user.has_group(MEMBERS):
            return shortcuts
        names = {
            "/odoo/portfolio": request.env._("My portfolio"),
            "/odoo/syntheses/new": request.env._("New synthesis"),
        }
        icons = [{"sizes": "256x256", "src": ICON, "type": "image/png"}]
        return [*({"name": name, "url": url, "icons": icons} for url, name in names.items()), *shortcuts]
