"""`./dev test lint`: a test of a page waits for what it expects, never for time, and never looks but once.

Run as a program, it prints a sentence for each place that does otherwise.
"""

import ast
import sys

from .places import CHECKOUT, addons_present

# What answers at once, of a page that may still be on its way.
LOOKING = {
    *("all", "all_inner_texts", "all_text_contents", "bounding_box", "content", "count", "get_attribute"),
    *("inner_html", "inner_text", "input_value", "is_checked", "is_disabled", "is_editable", "is_enabled"),
    *("is_hidden", "is_visible", "query_selector", "query_selector_all", "text_content", "title"),
}
TIMED = {"wait_for_timeout", "waitForTimeout"}
PAGES = {"chromium", "come", "visitor"}  # fixtures
WAIT = "waits for a time: wait for what is expected, with Playwright's `expect`, or `settle()` before what must not be"
LOOK = "looks once at a page that may still be on its way (`{}`): use Playwright's `expect`, which waits"
SLEEP = "sleeps in a test of a page: wait for what is expected, with Playwright's `expect`"


def find(source):
    """Find what a file of tests does that is left to chance.

    :param str source: Python
    :return: list of line numbers and sentences

    >>> find('def test(page):\\n    page.wait_for_timeout(9)')[0][0]
    2
    >>> find('def test(page):\\n    seen = page.locator("p").inner_text()\\n    assert "x" in seen')[0][0]
    3
    >>> find('def test(page, names):\\n    expect(page.locator("p")).to_have_count(3)\\n    assert names.count("x")')
    []
    """
    tree = ast.parse(source)
    found = [(node.lineno, WAIT) for node in ast.walk(tree) if _is_timed(node)]
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            found += _find_looks(function)
            if PAGES & {argument.arg for argument in function.args.args}:
                found += [(node.lineno, SLEEP) for node in ast.walk(function) if _called(node) == "sleep"]
    return sorted(set(found))


def _called(node):
    """Return the last name of what a call calls; none for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, (ast.Attribute, ast.Name)):
        return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
    return None


def _called_in_page(node):
    """Return the last name of what a page is asked to call without arguments; none for anything else."""
    if _called(node) == "evaluate" and node.args and isinstance(node.args[0], ast.Constant):
        return str(node.args[0].value).removesuffix("()").rpartition(".")[2]
    return None


def _is_timed(node):
    """Return whether something waits for a time, or for a network that websockets keep busy for ever."""
    return _called(node) in TIMED or (isinstance(node, ast.Constant) and node.value == "networkidle")


def _find_looks(function):
    """Yield assertions and decisions on what a page showed at one moment, directly or by a name given before.

    They may come after a ``settle()`` in the same function: the page is at rest.
    """
    looks = {}  # names of values that were read off a page
    found = []
    settled = False

    def look(expression):
        for node in ast.walk(expression):
            name = _called(node)
            # A list's and a text's `count` take what they count; a page's takes nothing.
            takes_nothing = name in LOOKING and (name == "get_attribute" or not node.args)
            if takes_nothing and isinstance(node.func, ast.Attribute):
                return name
            if isinstance(node, ast.Name) and node.id in looks:
                return looks[node.id]
        return None

    for node in sorted((each for each in ast.walk(function) if hasattr(each, "lineno")), key=lambda it: it.lineno):
        if isinstance(node, ast.Assign) and (name := look(node.value)):
            looks |= {target.id: name for target in node.targets if isinstance(target, ast.Name)}
        settled = settled or "settle" in (_called(node), _called_in_page(node))
        if not settled and isinstance(node, (ast.Assert, ast.If, ast.While)) and (name := look(node.test)):
            found.append((node.lineno, LOOK.format(name)))
    return found


def main():
    """Look at every file of tests.

    :return: whether something was found
    """
    folders = [CHECKOUT / "tests", *(CHECKOUT / name / "tests" for name in addons_present())]
    found = False
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        for line, sentence in find(path.read_text()):
            found = True
            print(f"{path.relative_to(CHECKOUT)}:{line}: {sentence}")
    return found


if __name__ == "__main__":
    sys.exit(main())
