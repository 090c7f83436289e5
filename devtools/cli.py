"""The words that `./dev` understands."""

import argparse
import sys

from .console import Failure


def _arguments(argv):
    parser = argparse.ArgumentParser(prog="./dev", description="Work with Relations: try it, test it, measure it.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="serve the product on real organisations")
    demo.add_argument("--port", type=int, default=8069)
    demo.add_argument("--detach", action="store_true", help="return once the login page answers")
    demo.add_argument("--stop", action="store_true", help="end a demo that was started")
    test = commands.add_parser("test", help="run every check, or only those named")
    test.add_argument(
        "parts",
        nargs="*",
        help="a stage (lint, addons, test_lint, blackbox; by name alone: benchmarks, cluster, crawl, faults, "
        "lifecycle, load, restore, screens, walk), a test tag or a file",
    )
    test.add_argument("--core", action="store_true", help="Odoo's own suites with our addons and without: an hour")
    test.add_argument("--smallest", action="store_true", help="with --core: one suite, to see that it runs, and ends")
    bench = commands.add_parser("bench", help="count queries and time, beside stock Odoo")
    size = bench.add_mutually_exclusive_group()
    for name, words in (("large", "the sizes that take minutes"), ("smallest", "only to see that it runs, and ends")):
        size.add_argument(f"--{name}", dest="size", action="store_const", const=name, default="usual", help=words)
    bench.add_argument("names", nargs="*", metavar="NAME", help="benchmarks of tests/benchmarks, by default all")
    commands.add_parser("odoo", help="Odoo's own command line, with our configuration")
    return parser.parse_args(argv)


def main(argv):
    """Run one command.

    :return: the exit code; what the user can mend is told in one sentence
    """
    try:
        if argv[:1] == ["odoo"]:
            return _odoo(argv[1:])
        options = _arguments(argv)
        if options.command == "demo":
            from . import demo

            return demo.stop(options.port) if options.stop else demo.start(options.port, options.detach)
        if options.command == "test":
            from . import core, testing

            return core.run(options.parts, options.smallest) if options.core else testing.run(options.parts)
        from . import bench

        return bench.run(options.size, options.names)
    except Failure as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _odoo(arguments):
    from .odoo import ready

    with ready() as odoo:
        return odoo.run(*arguments)
