def uninstall_hook(env):
    """Delete the files of partners' calendars: nothing else would."""
    kept = [
        ("res_model", "in", ["relationship.calendar.feed", "relationship.calendar.preview"]),
        ("res_field", "=", "file"),
    ]
    env["ir.attachment"].search(kept).unlink()
