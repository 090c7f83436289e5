from . import personal_data, webmanifest
