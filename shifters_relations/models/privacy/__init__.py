from . import (
    mail_mail,
    relationship_export,
    relationship_objection,
    relationship_privacy,
    res_partner_anonymise,
    res_partner_mention,
    res_partner_objection,
    res_partner_personal_data,
    res_partner_privacy,
)
