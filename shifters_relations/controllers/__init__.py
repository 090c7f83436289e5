from . import personal_data, vcard, webmanifest
