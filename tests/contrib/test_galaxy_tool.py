"""The Galaxy tool: the tests of its file, run with the command that its template makes."""

import re
import string
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest

from pylimma.cli.run import command

TOOL = Path(__file__).parents[2] / "contrib" / "galaxy" / "pylimma_run.xml"
ROOT = ET.parse(TOOL).getroot()  # noqa: S314 - our own file
TEMPLATE = ROOT.findtext("command")
TESTS = ROOT.findall("tests/test")
ALLOWED = {*string.ascii_letters, *string.digits, *" -=_.()/+*^,:?!"}  # by Galaxy, in texts


def value_of(node, given):
    """The value of a parameter in a test, as Galaxy hands it to the template."""
    found = None if given is None else given.find(f"param[@name='{node.get('name')}']")
    text = None if found is None else found.get("value")
    kind = node.get("type")
    if kind == "data":
        assert text or found is None
        return f"{TOOL.parent / 'test-data' / text}" if text else None
    if kind == "boolean":
        chosen = (node.get("checked") if text is None else text) == "true"
        return node.get("truevalue" if chosen else "falsevalue")
    if kind == "select":
        options = {option.get("value"): option.get("selected") for option in node}
        first = "" if node.get("optional") == "true" else next(iter(options))
        default = next((value for value, chosen in options.items() if chosen), first)
        assert text is None or text in options
        return default if text is None else text
    text = node.get("value", "") if text is None else text
    for validator in node.findall("validator"):
        assert re.match(validator.text, text), text
    assert set(text) <= ALLOWED
    return text


def tree_of(nodes, given):
    """The values of all parameters, nested as in the file."""
    found = {}
    for node in nodes:
        name = node.get("name")
        inner = None if given is None else given.find(f"{node.tag}[@name='{name}']")
        if node.tag == "param":
            found[name] = value_of(node, given)
        elif node.tag == "section":
            found[name] = tree_of(node, inner)
        elif node.tag == "repeat":
            several = [] if given is None else given.findall(f"repeat[@name='{name}']")
            found[name] = [tree_of(node, each) for each in several]
        else:
            chosen = value_of(node.find("param"), inner)
            when = node.find(f"when[@value='{chosen}']")
            found[name] = tree_of(when, inner)
            setattr(found[name], node.find("param").get("name"), chosen)
    return SimpleNamespace(**found)


def looked_up(path, scope):
    value = scope
    for name in path.removeprefix("$").split("."):
        value = value[name] if isinstance(value, dict) else getattr(value, name)
    return value


def holds(condition, scope):
    path, _, text = condition.partition(" == ")
    value = looked_up(path, scope)
    return value == text.strip("'") if text else bool(value)


def render(lines, scope, out, *, active=True):
    """Render lines to the end of the block that they are in; returns the line that ends it."""
    while lines:
        line = lines.pop(0).strip()
        if line.startswith(("#end", "#else", "#elif")):
            return line
        if line.startswith("#if"):
            taken = False
            while not line.startswith("#end"):
                chosen = active and not taken
                chosen = chosen and (line == "#else" or holds(line.split(" ", 1)[1], scope))
                line = render(lines, scope, out, active=chosen)
                taken |= chosen
        elif line.startswith("#for"):
            _, name, _, path = line.split()
            items, body = looked_up(path, scope) if active else [], list(lines)
            render(lines, scope, out, active=False)
            for item in items:
                render(list(body), scope | {name.removeprefix("$"): item}, out)
        elif active:
            pattern = r"(?<!\\)\$([A-Za-z_]\w*(?:\.\w+)*)"
            line = re.sub(pattern, lambda m: str(looked_up(m[1], scope)), line)
            out.append(line.replace("\\$", "$"))
    return ""


def command_of(test):
    out = []
    assert render(TEMPLATE.splitlines(), vars(tree_of(ROOT.find("inputs"), test)), out) == ""
    return " ".join(out)


def check_contents(node, path):
    text = path.read_text()
    for claim in node.find("assert_contents") if node.find("assert_contents") is not None else []:
        if claim.tag == "has_text":
            assert claim.get("text") in text
        elif claim.tag == "has_text_matching":
            assert re.search(claim.get("expression"), text), claim.get("expression")
        else:
            assert claim.tag == "has_n_lines"
            assert len(text.splitlines()) == int(claim.get("n"))


@pytest.mark.parametrize("test", TESTS, ids=range(len(TESTS)))
def test_each_test_of_the_tool_holds(test, shell):
    folder, _ = shell(command_of(test))
    given = ROOT.find("outputs")
    assert int(test.get("expect_num_outputs")) == len(given)
    for data in given.findall("data"):
        assert (folder / data.get("from_work_dir")).is_file()
    for output in test.findall("output"):
        data = given.find(f"data[@name='{output.get('name')}']")
        check_contents(output, folder / data.get("from_work_dir"))
    collected = given.find("collection/discover_datasets")
    pattern = re.compile(collected.get("pattern"))
    found = {
        match["designation"]: path
        for path in (folder / collected.get("directory")).iterdir()
        if (match := pattern.fullmatch(path.name))
    }
    expected = test.find("output_collection")
    assert len(found) == int(expected.get("count"))
    for element in expected:
        check_contents(element, found[element.get("name")])


def test_its_options_exist(check_options):
    flags = [
        node.get(value) for node in ROOT.iter("param") for value in ("truevalue", "falsevalue")
    ]
    check_options(" ".join([TEMPLATE, *filter(None, flags)]))


def test_choices_are_those_of_the_command():
    choices = {option.name: option.type.choices for option in command.params
               if hasattr(option.type, "choices")}  # fmt: skip
    for name in ("method", "normalization", "adjust_method"):
        offered = [option.get("value") for option in ROOT.find(f".//param[@name='{name}']")]
        assert set(offered) <= set(choices[name])


def test_every_value_of_the_template_is_an_input():
    names = {node.get("name") for node in ROOT.find("inputs").iter() if node.get("name")}
    loops = set(re.findall(r"#for \$(\w+)", TEMPLATE))
    used = {part for path in re.findall(r"\$([\w.]+)", TEMPLATE) for part in path.split(".")}
    assert used - loops <= names
    assert {node.get("name") for node in ROOT.iter("param")} <= used


def test_it_has_the_parts_of_a_tool():
    assert {node.tag for node in ROOT} == {
        *("description", "requirements", "version_command", "command", "inputs", "outputs"),
        *("tests", "help", "citations"),
    }
    assert ROOT.get("id").isidentifier()
    for parameter in ROOT.find("inputs").iter("param"):
        assert parameter.get("label")
