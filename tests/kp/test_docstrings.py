"""The examples in the docstrings of the models."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["wave_vector", "matrix_polynomial", "polynomial", "zincblende8"])
def test_examples_run(name):
    result = doctest.testmod(importlib.import_module(f"heterodot.kp.{name}"))
    assert result.attempted > 0
    assert result.failed == 0
