"""Sweeps: any executor, points stored as they finish, failures survived, resumed."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sweep_functions import levels, square

import heterodot as hd


def test_all_combinations_in_order():
    found = hd.sweep(square, {"x": [1, 2], "y": [0, 10]}, workers=0, progress=False)
    assert [result["value"] for result in found.results] == [1, 11, 4, 14]
    assert found.column("y") == [0, 10, 0, 10]
    assert repr(found) == "Sweep: 4 points"


def test_any_executor_and_a_point_that_fails():
    with ThreadPoolExecutor(2) as pool:
        found = hd.sweep(square, [{"x": x} for x in range(5)], executor=pool, progress=False)
        assert pool.submit(int, 3).result() == 3  # left open
    assert [point.failed for point in found] == [False, False, False, True, False]
    assert "three is not wanted" in found.failed[0].error
    assert found.results[3] is None
    assert repr(found) == "Sweep: 5 points, 1 failed"


def test_stored_points_are_not_computed_again(tmp_path):
    calls = []

    def count(x):
        calls.append(x)
        return square(x)

    first = hd.sweep(count, {"x": [1, 3]}, workers=0, directory=tmp_path, progress=False)
    again = hd.sweep(count, {"x": [1, 2, 3]}, workers=0, directory=tmp_path, progress=False)
    kept = hd.sweep(
        count, {"x": [1, 2, 3]}, workers=0, directory=tmp_path, retry=False, progress=False
    )
    assert calls == [1, 3, 2, 3]  # a point that failed is tried again
    assert again.results == kept.results == [{"value": 1}, {"value": 4}, None]
    assert first[0].result == again[0].result
    assert all(point.path is not None for point in again)


def test_an_interrupted_sweep_keeps_what_is_there(tmp_path):
    def interrupt(x):
        if x == 2:
            raise KeyboardInterrupt
        return square(x)

    with pytest.raises(KeyboardInterrupt):
        hd.sweep(interrupt, {"x": [0, 1, 2]}, workers=0, directory=tmp_path, progress=False)
    found = hd.sweep(square, {"x": [0, 1, 2]}, workers=0, directory=tmp_path, progress=False)
    assert [result["value"] for result in found.results] == [0, 1, 4]
    assert len(list(tmp_path.glob("*.json"))) == 3


def test_states_are_stored_and_start_the_next_point(tmp_path):
    radii = {"radius": [1.5, 1.6]}
    alone = hd.sweep(levels, radii, workers=0, progress=False)
    following = hd.sweep(levels, radii, continued=True, directory=tmp_path, progress=False)
    loaded = hd.sweep(levels, radii, continued=True, directory=tmp_path, progress=False)
    for one, other, third in zip(alone.results, following.results, loaded.results, strict=True):
        assert_allclose(one.electrons.energies, other.electrons.energies, atol=1e-7)
        assert np.array_equal(other.electrons.energies, third.electrons.energies)


def test_fresh_processes():
    found = hd.sweep(levels, {"radius": [1.5, 1.6]}, workers=2, progress=False)
    assert not found.failed, found.failed[0].error
    energies = [states.electrons.energies[0] for states in found.results]
    assert energies[0] > energies[1]


def test_dask():
    distributed = pytest.importorskip("distributed")
    with distributed.Client(n_workers=1, threads_per_worker=1, processes=False) as client:
        found = hd.sweep(square, {"x": [1, 2]}, executor=client.get_executor(), progress=False)
    assert [result["value"] for result in found.results] == [1, 4]


def test_points_that_do_not_fit():
    with pytest.raises(ValueError, match="at least one point"):
        hd.sweep(square, [])
    with pytest.raises(ValueError, match="same parameters"):
        hd.sweep(square, [{"x": 1}, {"y": 2}])


def test_results_that_cannot_be_stored_stay_in_memory(tmp_path):
    def pair(x):
        return (x, object())

    with pytest.warns(UserWarning, match="kept in memory only"):
        found = hd.sweep(pair, {"x": [1]}, workers=0, directory=tmp_path, progress=False)
    assert found.results[0][0] == 1
    assert found[0].path is None
    assert not list(tmp_path.glob("*.json"))


def test_large_arrays_are_told_apart(tmp_path):
    """Their text leaves out the middle."""
    first, second = np.zeros(5000), np.zeros(5000)
    second[2500] = 1.0
    assert repr(first) == repr(second)

    def total(field):
        return float(field.sum())

    found = hd.sweep(
        total, {"field": [first, second]}, workers=0, directory=tmp_path, progress=False
    )
    assert found.results == [0.0, 1.0]
    assert len(list(tmp_path.glob("*.json"))) == 2
