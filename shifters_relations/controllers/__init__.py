from . import calendar, export, personal_data, vcard, webmanifest
