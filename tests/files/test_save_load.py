"""What is loaded is what was saved, to the last bit."""

import h5netcdf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_results import (
    auger_rates,
    gains,
    identical,
    magnetic_states,
    many_body,
    nanocrystals,
    spectrum,
    states,
)

import heterodot as hd

few = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def again(thing, tmp_path):
    return hd.load(hd.save(tmp_path / "thing.nc", thing))


@few
@given(data=st.data())
@pytest.mark.parametrize(
    "kind",
    [states, magnetic_states, many_body, gains, auger_rates, nanocrystals],
    ids=["states", "magnetic", "ci", "gain", "auger", "nanocrystal"],
)
def test_everything_comes_back_to_the_last_bit(kind, data, tmp_path):
    thing = data.draw(kind())
    identical(thing, again(thing, tmp_path))


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (1, 2, 0), (2, 1, 0)])
@pytest.mark.parametrize("dtype", ["<f8", ">f8", "f4", "c8", "c16", "i8", "u2", "?"])
def test_order_in_memory_and_types_are_kept(axes, dtype, tmp_path):
    values = np.random.default_rng(0).integers(0, 2, (2, 3, 4)).astype(dtype).transpose(axes)
    thing = hd.OpticalMedium(1.5)
    object.__setattr__(thing, "local_field", values)  # any field may hold an array
    path = hd.save(tmp_path / "array.nc", thing)
    with h5netcdf.File(path) as file:
        from heterodot.runs.io import _Reader

        identical(values, _Reader._array(file["local_field"]))


def test_several_things_by_name_share_what_they_refer_to(tmp_path):
    crystal = hd.Nanocrystal([("CdS", hd.Sphere(2.0))], environment=hd.HardWall())
    path = hd.save(tmp_path / "two.nc", crystal=crystal, same=crystal, curve=spectrum())
    found = hd.load(path)
    assert set(found) == {"crystal", "same", "curve"}
    assert found["crystal"] is found["same"]
    identical(spectrum(), found["curve"])


def test_results_keep_input_and_summary(tmp_path):
    results = hd.Results(absorption=spectrum(), lifetime=1 / 3, title="täst", input="a = 1\n")
    path = results.save(tmp_path / "results.nc")
    identical(results, hd.load(path))
    with h5netcdf.File(path) as file:
        assert file.attrs["input"] == "a = 1\n"
        assert "0.3333 ns" in file.attrs["summary"]


def test_interaction_energies_keep_their_convergence(tmp_path):
    sizes, profile = np.array([[8, 8], [8, 18], [20, 18]]), np.array([0.031, 0.030, 0.029])
    for thing in (
        hd.XXShift(0.05, 0.04, 2.0, 4.04),  # as known before second order
        hd.XXShift(
            *(0.05, 0.04, 2.0, 4.04, 0.045, 0.03, 1e-3, 1 / 3, 0.1, 0.1, 0.075),
            active=(8, 8),
            spinors=(20, 18),
            sizes=sizes,
            profile=profile,
        ),
        hd.TrionBinding(
            *(-1, 0.01, 0.011, 0.012, 0.013, 1e-3, 2e-3, 2.0, 1.0, 2.9, (8, 8), (20, 18)),
            sizes,
            profile,
        ),
        hd.ComplexEnergy(
            *(2, 1, 3.1, 3.05, 3.0, 2.98, 1e-3, 1 / 3, 0.7, (8, 8), (20, 18)), sizes, profile
        ),
    ):
        identical(thing, again(thing, tmp_path))


def test_a_failed_save_leaves_the_old_file(tmp_path):
    path = hd.save(tmp_path / "a.nc", spectrum())
    before = path.read_bytes()
    with pytest.raises(TypeError, match="cannot hold dict objects; it knows Results"):
        hd.save(path, x=spectrum(), y={"a": 1})
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.nc"]


def test_what_cannot_be_loaded_says_why(tmp_path):
    with pytest.raises(FileNotFoundError, match="no such file"):
        hd.load(tmp_path / "none.nc")
    (tmp_path / "text.nc").write_text("no data")
    with pytest.raises(ValueError, match="not a netCDF-4 or HDF5 file"):
        hd.load(tmp_path / "text.nc")
    with h5netcdf.File(tmp_path / "other.nc", "w") as file:
        file.attrs["title"] = "someone else's"
    with pytest.raises(ValueError, match="not written by heterodot"):
        hd.load(tmp_path / "other.nc")
    path = hd.save(tmp_path / "new.nc", spectrum())
    with h5netcdf.File(path, "a") as file:
        file.attrs["heterodot_format"] = np.int64(99)
    with pytest.raises(ValueError, match="has the layout 99"):
        hd.load(path)
    with pytest.raises(TypeError, match="either one object or several"):
        hd.save(path)
