"""Which step of a list is looked at was kept once for all who look at it; now it is each reader's own."""


def migrate(cr, _version):
    """Drop what is read no more."""
    cr.execute("ALTER TABLE relationship_import DROP COLUMN IF EXISTS step")
