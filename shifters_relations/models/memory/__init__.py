from . import (
    mail_thread,
    relationship_logged_mail,
    relationship_news,
    relationship_synthesis,
    relationship_synthesis_confidential,
    relationship_synthesis_mail,
    relationship_synthesis_notification,
    relationship_synthesis_promise,
    relationship_synthesis_search,
    relationship_synthesis_trace,
    relationship_topic,
)
