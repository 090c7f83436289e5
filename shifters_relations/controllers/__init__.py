from . import export, personal_data, vcard, webmanifest
