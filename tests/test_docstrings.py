"""A docstring of a function begins with what the function does; a class says what it is, in its own words."""

import ast
import re

import pytest

from devtools.places import CHECKOUT, addons_present

# In the imperative. Who needs another verb adds it here; no noun, no pronoun.
VERBS = """
Accept Add Anonymise Answer Apply Archive Ask Assign Attach Begin Bring Build Cancel Change Check Choose Close Collect
Compare Compute Confirm Convert Copy Count Create Date Deal Delete Derive Do Download Draft Drop End Extend Fetch
Fill Find Fold Follow Forget Give Go Group Hand Have Hide Invite Join Keep Kill Leave Let List Lock Log Look Mail
Make Mark Match Measure Mend Merge Move Name Note Notify Offer Open Order Pass Plan Point Postpone Prepare Preview
Print Propose Provision Push Put Quote Read Receive Record Refresh Refuse Release Remember Remind Remove Render
Replace Report Reset Restore Retry Return Revoke Round Run Say Schedule Search Seat Send Serve Set Show Skip Sort
Split Stand Start Stop Store Surround Swap Take Tell Translate Try Turn Undo Update Use Validate Wait Warn Withdraw
Write Yield
"""


def walk_own(function):
    """Yield the nodes of a function, without those of functions inside it."""
    nodes = list(function.body)
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)):
            nodes.extend(ast.iter_child_nodes(node))


PARAMETER = re.compile(r"(?m)^\s*:param(?: [\w.]+)? \**(\w+):")


def get_parameters(function):
    """Return the names of the parameters of a function."""
    given = function.args
    several = [given.vararg, given.kwarg]
    return {each.arg for each in [*given.posonlyargs, *given.args, *given.kwonlyargs, *several] if each}


def find_wrong(source):
    """Return what is wrong with the docstrings of the functions of a module: lines and sentences."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef) or not (text := ast.get_docstring(node)):
            continue
        verb = text.split()[0].strip(",:;")
        yields = any(isinstance(each, (ast.Yield, ast.YieldFrom)) for each in walk_own(node))
        returns = any(isinstance(each, ast.Return) and each.value for each in walk_own(node))
        if verb not in VERBS.split():
            found.append((node.lineno, f"{node.name}: “{verb}” is no verb"))
        elif verb == "Return" and yields:
            found.append((node.lineno, f"{node.name}: yields"))
        elif verb == "Return" and not returns:
            found.append((node.lineno, f"{node.name}: returns nothing"))
        elif unknown := set(PARAMETER.findall(text)) - get_parameters(node):
            found.append((node.lineno, f"{node.name}: has no parameter {', '.join(sorted(unknown))}"))
        elif verb == "Extend" and not any(isinstance(each, ast.Name) and each.id == "super" for each in ast.walk(node)):
            found.append((node.lineno, f"{node.name}: extends nothing"))
    return found


@pytest.mark.parametrize("folder", [*addons_present(), "devtools"])
def test_a_docstring_begins_with_what_the_function_does(folder):
    wrong, count = [], 0
    for path in sorted((CHECKOUT / folder).rglob("*.py")):
        if "tests" not in path.relative_to(CHECKOUT).parts:
            source = path.read_text()
            count += source.count('"""Return ')
            wrong += [f"{path.relative_to(CHECKOUT)}:{line} {sentence}" for line, sentence in find_wrong(source)]
    assert count > 20, "nothing is read any more"
    assert not wrong, "\n".join(wrong)


def test_the_rule_finds_what_it_looks_for():
    assert find_wrong('def f():\n    """The members of the team."""\n    return 1') == [(1, "f: “The” is no verb")]
    assert find_wrong('def f():\n    """Return the members of the team."""') == [(1, "f: returns nothing")]
    assert find_wrong('def f():\n    """Extend core: the team first."""\n    return 1') == [(1, "f: extends nothing")]
    described = 'def f(a, *, b, **more):\n    """Do it.\n\n    :param int a: one\n    :param more: others\n    {}"""'
    assert not find_wrong(described.format(":param b: two"))
    assert find_wrong(described.format(":param c: two")) == [(1, "f: has no parameter c")]
    assert not find_wrong('def f():\n    """Return the members of the team."""\n    return 1')
