"""What is searched in syntheses is folded again: letters beyond Latin-1, and ideographs one by one."""

from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

BATCH = 1_000


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    syntheses = env["relationship.synthesis"]
    ids = syntheses.with_context(active_test=False).search([], order="id").ids
    for batch in split_every(BATCH, ids, syntheses.browse):
        env.add_to_compute(syntheses._fields["folded_text"], batch)
        batch.flush_recordset(["folded_text"])
        env.invalidate_all()
