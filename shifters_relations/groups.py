"""The groups of access, one a role of the team: each holds the one before."""

MEMBERS = "shifters_relations.group_contact"
ORGANISERS = "shifters_relations.group_organiser"
PILOTS = "shifters_relations.group_pilot"
ROLE_GROUPS = {"contact": MEMBERS, "organiser": ORGANISERS, "pilot": PILOTS}
