import logging
import os
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from odoo import api, models
from odoo.tools import config, mute_logger
from psycopg2.errors import SerializationFailure, UniqueViolation

from ... import forgotten

_logger = logging.getLogger(__name__)

OPTION = "relationship_anonymised_list"  # in Odoo's configuration file: the path of the list
FILE = "relationship_anonymised.jsonl"  # in the data folder, beside the files of all databases
DATABASES = "shifters_relations.databases"  # how this database has called itself so far, a line each


class RelationshipPrivacy(models.Model):
    """The list of who was anonymised, outside the database and its backups (G5).

    A backup that is restored brings back whoever was anonymised after it: the daily job forgets them
    again, as the list says. A database heeds what was written under a name that it has borne: a copy
    for trials, which has another identifier or another name, is heeded by nobody but its own copies.
    """

    _inherit = "relationship.privacy"

    @api.model
    def _get_list_path(self):
        return config.get(OPTION) or os.path.join(config["data_dir"], FILE)

    @api.model
    def _get_database(self):
        """Return how this database calls itself: Odoo gives a copy a new identifier, PostgreSQL a new name."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{uuid} {self.env.cr.dbname}"

    @api.model
    def _get_databases(self):
        """Return how this database has called itself so far, the present one last."""
        known = (self.env["ir.config_parameter"].sudo().get_param(DATABASES) or "").splitlines()
        now = self._get_database()
        return [*(name for name in known if name != now), now]

    @api.model
    def _note_database(self):
        """Keep how this database calls itself, so that what is restored from it knows whose list it has.

        Where another server notes it at the same moment, it has been noted.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        names = "\n".join(self._get_databases())
        if names == parameters.get_param(DATABASES):
            return
        with suppress(SerializationFailure, UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            parameters.set_param(DATABASES, names)

    @api.model
    def _get_list(self):
        """Return whom this database has to forget, as the list says: entries by :class:`forgotten.Person`.

        Nothing where the list cannot be read, which the log tells.
        """
        try:
            entries, _bad = forgotten.read(self._get_list_path())
        except OSError as error:
            _logger.error("The list of who was anonymised cannot be read: %s", error)
            return {}
        return forgotten.get_forgotten(entries, set(self._get_databases()))

    @api.model
    def _add_to_list(self, entries):
        """Add entries once the transaction has ended well: what was taken back is on no list.

        A list that cannot be written undoes nothing: the log tells it, so does *Check of the data*, and
        the daily job tries again.

        :param list entries: values of :class:`forgotten.Entry`, but for the database and the day
        """
        on, databases = datetime.now(UTC).replace(tzinfo=None).isoformat(), self._get_databases()
        lines = [forgotten.Entry(database=databases[-1], on=on, **values) for values in entries]
        if lines:
            self.env.cr.postcommit.add(partial(self._write_list, self._get_list_path(), lines, databases))

    @api.model
    def _write_list(self, path, lines, databases):
        try:
            forgotten.add(path, lines, databases)
        except OSError as error:
            ids = [line.person.id for line in lines]
            _logger.error("res.partner %s are not on the list of who was anonymised: %s", ids, error)

    @api.model
    def _find_list_trouble(self):
        """Return why the list cannot be kept, as a text; the log tells it too. Empty where all is well."""
        path, trouble = self._get_list_path(), ""
        try:
            forgotten.add(path, [], [])
            _entries, bad = forgotten.read(path)
            if bad:
                trouble = f"{path}: lines {bad} cannot be read"
        except OSError as error:
            trouble = str(error)
        if trouble:
            _logger.warning("The list of who was anonymised: %s", trouble)
        return trouble
