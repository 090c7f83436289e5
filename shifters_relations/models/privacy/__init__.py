from . import (
    mail_mail,
    relationship_check,
    relationship_export,
    relationship_objection,
    relationship_privacy,
    relationship_privacy_list,
    res_partner_anonymise,
    res_partner_mention,
    res_partner_objection,
    res_partner_personal_data,
    res_partner_privacy,
)
