"""Templates: native values, lazy variables, a sandbox, and every failure with its place."""

import pytest

from ospatrol.load.template import render
from ospatrol.model.errors import ConfigError, UndefinedVariable
from ospatrol.model.place import Place

PLACE = Place("hosts.yml", 12)
VARIABLES = {
    "number": 5,
    "name": "web1.example.com",
    "empty": "",
    "nothing": None,
    "flag": True,
    "numbers": [3, 1, 2, 1],
    "tree": {"a": {"b": [1, {"c": "deep"}]}, "x": 1},
    "pairs": [{"key": "k", "value": "v"}],
    "lookup_me": "number",
    "range": "mine",
}


def lookup(name):
    if name == "broken":
        raise UndefinedVariable(
            Place("deeper.yml", 3), "the template uses what nobody gave: 'gone' is undefined", name="gone"
        )
    return VARIABLES[name]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ number }}", 5),
        ("{{ 1 }}", 1),
        ("{{ 1.5 }}", 1.5),
        ("{{ nothing }}", None),
        ("{{ flag }}", True),
        ("{{ numbers }}", [3, 1, 2, 1]),
        ("{{ (1, 'a') }}", [1, "a"]),
        ("{{ tree.a.b[1].c }}", "deep"),
        ("{{ tree['x'] + number }}", 6),
        ("{{ number }}{{ number }}", "55"),
        ("n={{ number }}", "n=5"),
        ("{{ number }}\n", "5\n"),
        ("{{ '5' }}", "5"),
        ("{{ number == 5 }}", True),
        ("{% if flag %}yes{% else %}no{% endif %}", "yes"),
        ("{% for n in numbers %}{{ n }}{% endfor %}", "3121"),
        ("{% set x = 4 %}{{ x }}", 4),
        ("{# nothing #}", ""),
        ("{{ range }}", "mine"),
        ("{{ numbers | map('string') | join('-') }}", "3-1-2-1"),
        ("{{ numbers | unique | sort }}", [1, 2, 3]),
        ("{{ {1: 'a', 'b': 2} }}", {"1": "a", "b": 2}),
        ("{{ name | upper }}", "WEB1.EXAMPLE.COM"),
        ("{{ name.split('.')[0] }}", "web1"),
        ("{{ gone | default('x') }}", "x"),
        ("{{ gone | d(number) }}", 5),
        ("{{ gone.deeper['still'] | default('x') }}", "x"),
        ("{{ tree.gone.deeper | default('x') }}", "x"),
        ("{{ empty | default('x', true) }}", "x"),
        ("{{ broken | default('x') }}", "x"),
        ("{{ gone is defined }}", False),
        ("{{ broken is undefined }}", True),
        ("{{ number is defined and gone is not defined }}", True),
        ("{{ name | regex_replace('^([a-z]+)([0-9]+).*$', '\\\\1-\\\\2') }}", "web-1"),
        ("{{ name | regex_replace('WEB', 'x', ignorecase=true) }}", "x1.example.com"),
        ("{{ name | regex_search('[0-9]+') }}", "1"),
        ("{{ name | regex_search('nope') }}", None),
        ("{{ name | regex_search('([a-z]+)([0-9])', '\\\\2', '\\\\g<1>') }}", ["1", "web"]),
        ("{{ 'a1b2' | regex_findall('[0-9]') }}", ["1", "2"]),
        ("{{ 'a.b' | regex_escape }}", "a\\.b"),
        ("{{ 'a\\nB' | regex_search('^b', multiline=true, ignorecase=true) }}", "B"),
        ("{{ 'yes' | bool }}", True),
        ("{{ 'no' | bool }}", False),
        ("{{ flag | bool }}", True),
        ("{{ '7' | int + 1 }}", 8),
        ("{{ 'a,b' | split(',') }}", ["a", "b"]),
        ("{{ 'a b' | split }}", ["a", "b"]),
        ("{{ 'a' | replace('a', 'b') }}", "b"),
        ("{{ tree | to_json }}", '{"a": {"b": [1, {"c": "deep"}]}, "x": 1}'),
        ("{{ numbers | map('int') | to_json }}", "[3, 1, 2, 1]"),
        ("{{ {'b': 1, 'a': 2} | to_nice_json(indent=1) }}", '{\n "a": 2,\n "b": 1\n}'),
        ("{{ '[1]' | from_json }}", [1]),
        ("{{ 'aGk=' | b64decode }}", "hi"),
        ("{{ 'hi' | b64encode }}", "aGk="),
        ("{{ 'hi' | hash('sha256') | length }}", 64),
        ("{{ flag | ternary('a', 'b') }}", "a"),
        ("{{ false | ternary('a', 'b') }}", "b"),
        ("{{ nothing | ternary('a', 'b', 'c') }}", "c"),
        ("{{ number | mandatory }}", 5),
        ("{{ tree | combine({'x': 2, 'y': 3}) }}", {"a": {"b": [1, {"c": "deep"}]}, "x": 2, "y": 3}),
        ("{{ {'a': {'x': 1}} | combine({'a': {'y': 2}}, recursive=true) }}", {"a": {"x": 1, "y": 2}}),
        ("{{ {'k': 'v'} | dict2items }}", [{"key": "k", "value": "v"}]),
        ("{{ pairs | items2dict }}", {"k": "v"}),
        ("{{ [1, [2, [3, none]]] | flatten }}", [1, 2, 3]),
        ("{{ [1, [2, [3]]] | flatten(levels=1) }}", [1, 2, [3]]),
        ("{{ [1, 2] | union([2, 3]) }}", [1, 2, 3]),
        ("{{ [1, 2, 2] | intersect([2, 3]) }}", [2]),
        ("{{ [1, 2] | difference([2, 3]) }}", [1]),
        ("{{ [1, 2] | zip(['a', 'b']) | list }}", [[1, "a"], [2, "b"]]),
        ("{{ 'a' | extract(tree, ['b']) }}", [1, {"c": "deep"}]),
        ("{{ ['/a', 'b'] | path_join }}", "/a/b"),
        ("{{ '/a/b' | basename }}{{ '/a/b' | dirname }}", "b/a"),
        ("{{ 'a b' | quote }}", "'a b'"),
        ("{{ name is match('web') and name is search('example') and name is regex('com$') }}", True),
        ("{{ numbers is contains(2) }}", True),
        ("{{ [1] is subset(numbers) and numbers is superset([1]) }}", True),
        ("{{ [1, 0] is any and [1, 0] is not all and 1 is truthy and 0 is falsy }}", True),
        ("{{ '1.10.2' is version('1.9', '>=') }}", True),
        ("{{ '2.0' is version('2.0.1', 'lt') and '1.0rc1' is version('1.0.1', '<') }}", True),
        ("{{ '1' is version('1') }}", True),
        ("{{ lookup('env', 'OSPATROL_TEST_VALUE') }}", "from outside"),
        ("{{ lookup('ansible.builtin.env', 'OSPATROL_TEST_NOTHING', default='d') }}", "d"),
        ("{{ lookup('env', 'OSPATROL_TEST_NOTHING') }}", ""),
        ("{{ query('env', 'OSPATROL_TEST_VALUE') }}", ["from outside"]),
        ("{{ lookup('env', 'OSPATROL_TEST_VALUE', 'OSPATROL_TEST_VALUE') }}", "from outside,from outside"),
        ("{{ lookup('vars', lookup_me) }}", 5),
        ("{{ lookup('vars', 'gone', default='d') }}", "d"),
    ],
)
def test_a_template_gives_its_value(text, value, monkeypatch):
    monkeypatch.setenv("OSPATROL_TEST_VALUE", "from outside")

    assert render(text, lookup, PLACE) == value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{{ gone }}", "gone"),
        ("x{{ gone }}", "gone"),
        ("{{ [1, [gone]] }}", "gone"),
        ("{{ gone + 1 }}", "gone"),
        ("{{ gone | int }}", "gone"),
        ("{{ gone.attribute }}", "gone"),
        ("{{ tree.gone }}", ""),
        ("{% if gone %}{% endif %}", "gone"),
        ("{{ lookup('vars', 'gone') }}", "gone"),
    ],
)
def test_what_nobody_gave_is_named_with_the_place_of_the_template(text, name):
    with pytest.raises(UndefinedVariable, match=r"^hosts.yml:12: the template uses what nobody gave: ") as caught:
        render(text, lookup, PLACE)

    assert caught.value.name == name


@pytest.mark.parametrize("text", ["{{ broken }}", "x {{ broken }}", "{{ broken | upper }}", "{{ broken.a }}"])
def test_what_is_missing_deeper_is_named_with_the_deeper_place(text):
    with pytest.raises(UndefinedVariable, match=r"^deeper.yml:3: .*'gone'"):
        render(text, lookup, PLACE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ name", "malformed template: unexpected end of template"),
        ("{% if %}", "malformed template"),
        ("{{ name | ipaddr }}", "No filter named 'ipaddr'"),
        ("{{ name is strange }}", "No test named 'strange'"),
        ("{{ 1 / 0 }}", "fails: division by zero"),
        ("{{ 'a' + 1 }}", "fails: "),
        ("{{ '{' | from_json }}", "fails: "),
        ("{{ name | regex_search('(') }}", "fails: "),
        ("{{ '1' is version('1', 'like') }}", "unknown comparison 'like'"),
        ("{{ 'x' | extract({}) }}", "fails: "),
        ("{{ 'x' | extract({'x': 1}, 'y') }}", "extract: 'y' is not there"),
        ("{{ number | to_json(indent=self) }}", "fails: "),
        ("{{ [dict] | to_json }}", "cannot be written as JSON"),
        ("{{ dict }}", "its value is a type"),
        ("{{ lookup('file', '/etc/passwd') }}", r"lookup\('file'\) is not supported; 'env' and 'vars' are"),
        ("{{ lookup('pipe', 'id') }}", "is not supported"),
        ("{{ ''.__class__.__mro__ }}", "not allowed to do this"),
        ("{{ numbers.append(1) }}", "not allowed to do this"),
        ("{{ 'a' * 9000000 }}", "not allowed to do this"),
        ("{{ 9000000 * [1] }}", "not allowed to do this"),
        ("{{ 9 ** 9000000 }}", "not allowed to do this"),
        ("{{ ('a' * 9000) | regex_search('a') }}", "at most 8192 characters"),
        ("{{ range(1) }}", "fails: "),
    ],
)
def test_what_fails_is_said_with_the_place(text, message):
    with pytest.raises(ConfigError, match=message) as caught:
        render(text, lookup, PLACE)

    assert caught.value.place == PLACE


@pytest.mark.parametrize(
    ("text", "value"), [("{{ 2 ** 10 }}", 1024), ("{{ 'ab' * 2 }}", "abab"), ("{{ 2 ** 0.5 > 1 }}", True)]
)
def test_small_multiplications_are_fine(text, value):
    assert render(text, lookup, PLACE) == value


def test_a_value_that_contains_itself_is_refused():
    tree = {}
    tree["again"] = tree

    with pytest.raises(ConfigError, match="nested too deeply"):
        render("{{ tree }}", {"tree": tree}.__getitem__, PLACE)


def test_a_loop_that_never_ends_in_the_lookup_is_refused():
    def again(name):
        return render("{{ x }}", again, PLACE)

    with pytest.raises(ConfigError, match="refer to each other in a loop"):
        render("{{ x }}", again, PLACE)
