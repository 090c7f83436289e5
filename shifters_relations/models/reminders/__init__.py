from . import relationship_member_reminder
