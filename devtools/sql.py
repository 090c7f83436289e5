"""`python -m devtools.sql DATABASE STATEMENT`: one SQL statement, for a Python that has no psycopg2 itself."""

import json
import os
import sys

import psycopg2

# Where PostgreSQL is: the environment's names, and psycopg2's.
PLACE = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user"}


def run(database, statement, environment):
    """Run a statement outside a transaction.

    :param dict environment: what leads to PostgreSQL
    :return: its rows, with what JSON does not know as text
    """
    connection = psycopg2.connect(dbname=database, **{PLACE[name]: environment.get(name) for name in PLACE})
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return json.loads(json.dumps(cursor.fetchall() if cursor.description else [], default=str))
    finally:
        connection.close()


if __name__ == "__main__":
    try:
        print(json.dumps(run(*sys.argv[1:], os.environ)))
    except psycopg2.Error as error:
        sys.exit(str(error))
