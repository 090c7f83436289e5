from odoo.tools.sql import drop_constraint


def uninstall_hook(env):
    """Leave the renewals and promises, open and done, as ordinary activities of Odoo's own types.

    The files of lists brought in and of mails that wait, which name persons, go: nothing else would delete them.
    """
    kept = [("res_model", "=", "relationship.import"), ("res_field", "=", "file")]
    env["ir.attachment"].search(kept).unlink()
    env["ir.attachment"].search([("res_model", "=", "relationship.logged.mail")]).unlink()
    # Reports that a demo's list brought in are no records of the module: they go with their table, after the accounts.
    drop_constraint(env.cr, "relationship_synthesis", "relationship_synthesis_author_partner_id_fkey")
    activities = env["mail.activity"].with_context(active_test=False)
    for channel, core_type in (("in_person", "mail_activity_data_meeting"), ("phone", "mail_activity_data_call")):
        ours = (
            env["mail.activity.type"].with_context(active_test=False).search([("relationship_channel", "=", channel)])
        )
        activities.search([("activity_type_id", "in", ours.ids)]).activity_type_id = env.ref(f"mail.{core_type}")
    promises = activities.search(
        [("activity_type_id", "in", env["mail.activity.type"]._relationship_get_promise_type().ids)]
    )
    promises.activity_type_id = env.ref("mail.mail_activity_data_todo")
