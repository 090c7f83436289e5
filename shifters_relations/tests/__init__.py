from . import (
    test_access,
    test_core,
    test_import,
    test_loop,
    test_member,
    test_merge,
    test_queries,
    test_renewal,
    test_rpc,
    test_sector,
    test_synthesis,
    test_translation,
)
