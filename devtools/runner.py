"""`python -m devtools.runner`: Odoo's command line, running tests that forget no more than they have changed.

After each test Odoo empties what it keeps in memory of the database's rows (rights, views, external ids), and the next
one reads it all again: half of what a test takes. Here a test's end is what a request's is that was taken back: what it
has told Odoo's registry to forget goes, as it was before comes back, and the rest stays.
"""

import gc
import sys
from functools import partialmethod
from unittest.mock import patch

from odoo import api
from odoo.cli import main
from odoo.orm import registry
from odoo.tests import loader
from odoo.tests.common import TransactionCase, get_db_name
from odoo.tests.suite import OdooSuite

from .places import addons_present

at_work = []  # what the class and the test at work began with, the test last


def note_what_is_emptied():
    """Let whoever is at work know which caches the registry is told to empty, and why does not matter."""
    clear_cache, clear_all_caches = registry.Registry.clear_cache, registry.Registry.clear_all_caches

    def clear_some(self, *names):
        clear_cache(self, *names)
        if at_work:
            at_work[-1].emptied.update(*(registry._CACHES_BY_KEY[name] for name in names or ("default",)))

    def clear_all(self):
        clear_all_caches(self)
        if at_work:
            at_work[-1].emptied.update(registry._REGISTRY_CACHES)

    registry.Registry.clear_cache, registry.Registry.clear_all_caches = clear_some, clear_all


class Kept:
    """What the registry keeps in memory, from the beginning of a class or a test to its end.

    :param pool: the registry
    """

    def __init__(self, pool):
        self.pool = pool
        self.models = self._get_models()
        self.before = {name: dict(cache._values) for name, cache in pool._Registry__caches.items()}
        self.emptied = set()
        self.after = {}
        at_work.append(self)

    def _get_models(self):
        return self.pool.registry_invalidated, self.pool.registry_sequence

    def end(self):
        """Find out, before Odoo empties everything, what is as true as at the beginning."""
        if self._get_models() == self.models:
            self.after = {
                name: self.before[name] if name in self.emptied else dict(cache._values)
                for name, cache in self.pool._Registry__caches.items()
            }

    def restore(self):
        """Bring it back, after Odoo has emptied everything."""
        at_work.remove(self)
        for name, values in self.after.items():
            cache = self.pool._Registry__caches[name]
            cache._values.update(values)
            cache._ordering.update(dict.fromkeys(values))


def make_team(cls, pool):
    """Make, once for all classes of the database, which goes after the tests, what each of them begins with."""
    with pool.cursor() as cr, patch("odoo.addons.base.models.res_users.MIN_ROUNDS", 1):
        cls.env = api.Environment(cr, api.SUPERUSER_ID, {"lang": "en_US"})
        cls.make_team()
        cr.postcommit.clear()  # no mail leaves
    pool.clear_all_caches()
    pool.cache_invalidated.clear()


def keep_what_is_true():
    """Keep what is still true from each class and each test to the next."""
    set_up_class, set_up = TransactionCase.setUpClass.__func__, TransactionCase.setUp

    made = set()

    def begin_class(cls):
        pool = registry.Registry(get_db_name())
        if hasattr(cls, "make_team") and pool.ready and not made:
            make_team(cls, pool)
            made.add(pool.db_name)
        kept = Kept(pool)
        cls.addClassCleanup(kept.restore)
        set_up_class(cls)
        cls.addClassCleanup(kept.end)

    def begin_test(self):
        kept = Kept(self.registry)
        self.addCleanup(kept.restore)
        set_up(self)
        self.addCleanup(kept.end)

    TransactionCase.setUpClass, TransactionCase.setUp = classmethod(begin_class), begin_test


def read_ours_alone():
    """Let the files that Odoo's test_lint reads be our addons': what it has to say of Odoo's own is Odoo's."""
    get_test_modules = loader.get_test_modules

    def get_and_limit(module):
        modules = get_test_modules(module)
        if lint_case := sys.modules.get("odoo.addons.test_lint.tests.lint_case"):
            case = lint_case.LintCase
            case.iter_module_files = partialmethod(case.iter_module_files, modules=addons_present())
        return modules

    loader.get_test_modules = get_and_limit


if __name__ == "__main__":
    note_what_is_emptied()
    keep_what_is_true()
    read_ours_alone()
    # No test of an addon opens a page in a browser, for which Odoo would first make all scripts and styles.
    OdooSuite.has_http_case = lambda self: False
    # To look for what can be forgotten among so many objects takes a tenth of the time: it is done more seldom.
    gc.set_threshold(50_000, 20, 50)
    main()
