from . import res_partner_privacy
