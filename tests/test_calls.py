"""A call that doesn't fit a function of the mathematics is refused by name, in every module."""

import inspect
from pathlib import Path

import pytest
from IPython.extensions.autoreload import update_function
from modules import files, own, private

from lib import arguments, attention, equivariance, parameters, positional, recurrent, rope, transformer

FUNCTIONS = [
    function
    for module in (attention, equivariance, parameters, positional, recurrent, rope, transformer)
    for function in own(module).values()
    if inspect.isfunction(function) and inspect.signature(function).parameters
]


@pytest.mark.parametrize("package", [parameters, recurrent], ids=lambda package: package.__name__)
def test_a_package_offers_what_its_files_define(package):
    defined = {name: member for file in files(package) if not private(file) for name, member in own(file).items()}
    assert defined == own(package)
    assert set(defined) <= set(package.__all__) <= set(vars(package))


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: f"{function.__module__}.{function.__name__}")
def test_a_call_that_does_not_fit_names_what_is_wrong(function):
    taken = inspect.signature(function).parameters.values()
    needed = [each.name for each in taken if each.default is each.empty]
    if needed:
        with pytest.raises(ValueError, match=f"^{needed[0]}: expected a value"):
            function()
    with pytest.raises(ValueError, match=f"^{function.__name__}: expected .*, got {len(taken) + 1} values by place"):
        function(*[1.0] * (len(taken) + 1))
    with pytest.raises(ValueError, match="^no_such: expected .*, got a name that"):
        function(**dict.fromkeys(needed, 1.0), no_such=1.0)


def test_an_edited_function_reaches_those_who_imported_the_old_one():
    """A package's `__init__` is one of them; autoreload updates what it holds by `update_function`."""
    imported = arguments.named(lambda x: x)
    update_function(imported, arguments.named(lambda y: 2 * y))
    assert imported(3.0) == 6.0
    with pytest.raises(ValueError, match="^y: expected a value"):
        imported()


def test_what_is_promised_stays():
    """Every public name of the mathematics with its arguments, their order and defaults, as calls.txt has them."""
    said = []
    for module in (attention, equivariance, parameters, positional, recurrent, rope, transformer):
        for name, member in sorted(own(module).items()):
            if inspect.isfunction(member) or (inspect.isclass(member) and not issubclass(member, Exception)):
                taken = [each.replace(annotation=each.empty) for each in inspect.signature(member).parameters.values()]
                said.append(f"{module.__name__}.{name}{inspect.Signature(taken)}")
    assert said == Path(__file__).with_name("calls.txt").read_text("utf-8").splitlines()
