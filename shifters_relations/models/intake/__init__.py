from . import (
    relationship_import,
    relationship_import_apply,
    relationship_import_column,
    relationship_import_line,
    relationship_import_page,
    relationship_import_preview,
    relationship_import_synonym,
    relationship_import_undo,
    relationship_import_word,
    relationship_synthesis,
    res_partner_import,
)
