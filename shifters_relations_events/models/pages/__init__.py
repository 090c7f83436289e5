from . import ir_http, relationship_page_request, relationship_personal_link_mixin
