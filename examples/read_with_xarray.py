"""Read a saved file without heterodot: only xarray and numpy.

``heterodot demo`` writes heterodot-demo/results.nc; any file of `heterodot.save` looks like it.
"""

import argparse
from pathlib import Path

import numpy as np
import xarray as xr


def main() -> None:
    """Print what a file holds, a density at the centre and an absorption peak."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, nargs="?", default=Path("heterodot-demo/results.nc"))
    options = parser.parse_args()

    with xr.open_datatree(options.file, engine="h5netcdf") as tree:
        print(tree.attrs["summary"])
        for name in ("electrons", "holes"):
            carrier = tree[f"states/{name}"]
            envelope = carrier["envelope"]
            density = (np.abs(envelope) ** 2).sum("band")
            volume = np.prod([float(envelope[axis][1] - envelope[axis][0]) for axis in "xyz"])
            radius = np.sqrt(envelope["x"] ** 2 + envelope["y"] ** 2 + envelope["z"] ** 2)
            mean = (density * radius).sum(("x", "y", "z")) * volume
            print(f"{name}: energies {carrier['energy'].values[::2].round(4)} eV")
            print(f"  mean distance from the centre {mean.values.round(3)} nm")
        if "absorption" in tree:
            curve = tree["absorption"]["spectrum"]
            at = float(curve["energy"][int(curve.argmax())])
            print(f"absorption peaks at {at:.4f} eV, {float(curve.max()):.3g} {curve.units}")


if __name__ == "__main__":
    main()
