"""Files open in h5py and xarray, with names, units and coordinates."""

import json

import h5py
import numpy as np
import pytest
import xarray as xr
from random_results import spectrum

import heterodot as hd


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    crystal = hd.Nanocrystal([("CdS", hd.Sphere(2.0))], environment="toluene")
    grid = hd.Grid((4, 5, 6), (-1.0, -1.0, -1.0), (0.5, 0.5, 0.5))
    random = np.random.default_rng(0)

    def carrier(name, bands, degenerate):
        shape = (2, len(bands), *grid.shape)
        envelopes = random.standard_normal(shape) + 1j * random.standard_normal(shape)
        energies = np.repeat([2.0, 2.2], 2)
        return hd.CarrierStates(
            name, energies, envelopes, 1e-6 * energies, 1e-9 * energies, grid, bands, degenerate
        )

    states = hd.States(
        carrier("electron", ("S",), True),
        carrier("hole", ("X↑", "Y↑", "Z↑", "X↓", "Y↓", "Z↓"), False),
        crystal,
    )
    results = hd.Results(states=states, absorption=spectrum(), title="other tools")
    return results.save(tmp_path_factory.mktemp("files") / "results.nc")


def test_h5py_reads_arrays_units_and_words(path):
    with h5py.File(path) as file:
        assert file["states/electrons/energy"].attrs["units"] == "eV"
        assert file["states/holes/envelope"].dtype == np.complex128
        assert file["states/holes/envelope"].shape == (2, 6, 4, 5, 6)
        described = json.loads(file["states/nanocrystal"].attrs["json"])
        assert described["layers"][0]["solid"] == "Sphere(radius=2)"
        assert described["layers"][0]["material"]["sources"]["electron_mass"]["source"]
        assert file.attrs["conventions"].startswith("lengths in nm")


def test_xarray_opens_a_labelled_tree(path):
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        holes = tree["states/holes"]
        assert list(holes["band"].values) == ["X↑", "Y↑", "Z↑", "X↓", "Y↓", "Z↓"]
        assert holes["x"].attrs["units"] == "nm"
        assert np.allclose(holes["x"], [-1.0, -0.5, 0.0, 0.5])
        at_centre = holes["envelope"].sel(band="Z↑", x=0.0, y=0.0, z=0.0)
        assert at_centre.shape == (2,)
        curve = tree["absorption"]["spectrum"]
        assert curve.attrs["units"] == "nm²"
        assert float(curve.sel(energy=2.1, method="nearest")) > 0
