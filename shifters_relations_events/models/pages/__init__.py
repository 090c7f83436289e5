from . import ir_http, relationship_personal_link_mixin
