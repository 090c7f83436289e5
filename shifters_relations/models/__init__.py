# isort: skip_file
"""The rooms of the house, from the ground up: a room uses those above it in this list, never those below.

The loop and the memory know each other: that circle is the product.
"""

from . import mail  # how anybody is written to: all her addresses, her language, headers of one line
from . import team  # who is in it, in which role, and whom a job that fails reaches: every other room asks
from . import organisation  # what is known of whom the team follows, and how it is found
from . import loop  # what comes: targets, the next contact, the days on which one works
from . import memory  # what was: syntheses, which close the loop and plan it on
from . import cooperation  # what comes out of contacts
from . import reminders  # what each member reads in the morning of all this
from . import overview  # figures over all this: coverage, portfolios, load, the report
from . import intake  # lists brought in, with the values of all this
from . import integrity  # what must be true of all this
from . import privacy  # what is held on persons in all this, what leaves, what is forgotten
from . import res_partner  # the door: where partners are made and changed, it calls by name what each room does
