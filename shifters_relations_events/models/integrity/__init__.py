from . import relationship_check
