# isort: skip_file
"""The rooms of the house, from the ground up: a room uses those above it in this list, never those below."""

from . import pages  # pages behind a personal link, which invitations and calls inherit
from . import event  # the partner event: its dates, its seats, who is invited and who comes
from . import mailing  # what goes to the invited, by mail
from . import network  # who knows whom, asked inside the movement
from . import agenda  # what partners do, as their own calendars tell it
from . import directory  # what organisations do, offer and look for, as they correct it themselves
from . import surveys  # three questions a year, to partners and to the team
from . import integrity  # what must be true of all this
from . import privacy  # what is held on persons in all this, and what is forgotten
