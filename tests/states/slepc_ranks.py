"""Run under mpiexec: solves one problem with SLEPc, the first rank prints what it found."""

import json
import sys

import numpy as np
from slepc_problems import PROBLEMS

import heterodot as hd
from heterodot import _core
from heterodot.envelopes.slepc_engine import libraries

_core.set_thread_count(1)


def main(names):
    PETSc, _ = libraries()
    for name in names:
        hamiltonian, electrons, holes, options = PROBLEMS[name]()
        for key, value in options.items():
            PETSc.Options()[f"heterodot_{key}"] = value
        states = hd.solve(
            hamiltonian, electrons, holes, engine="slepc", bound=False, progress=False
        )
        for key in options:
            PETSc.Options().delValue(f"heterodot_{key}")
        record = {"problem": name, "ranks": PETSc.COMM_WORLD.size}
        for carrier in (states.electrons, states.holes):
            densities = carrier.densities().sum(axis=(1, 2, 3))
            record[carrier.carrier] = {
                "energies": carrier.energies.tolist(),
                "residuals": carrier.residuals.tolist(),
                "errors": carrier.errors.tolist(),
                "complete": bool(carrier.complete),
                "norms": (densities * carrier.grid.cell_volume).tolist(),
                "dtype": str(carrier.representatives.dtype),
            }
        # Every rank has the same states.
        own = PETSc.Vec().createMPI((1, PETSc.DETERMINE))
        own.set(float(np.sum(states.electrons.energies) + np.sum(states.holes.energies)))
        assert own.max()[1] == own.min()[1]
        if PETSc.COMM_WORLD.rank == 0:
            print(json.dumps(record), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
