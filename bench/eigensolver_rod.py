"""Eight bands in a long rod: 4 electron and 8 hole states, the time and memory they take.

64×64×400 nodes (13 million unknowns) with ``--nodes 399``; start with 99. Wall and CPU seconds of
building the operators and of the iteration, and the largest memory the process ever held.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from pathlib import Path

import heterodot as hd
from heterodot import _core
from heterodot.envelopes.gap_states import gap_eigenpairs
from heterodot.linalg.interior import interior_memory

TOLERANCE = 1e-5
SPACING = 0.12


def hamiltonian(nodes):
    """A CdSe rod with a hard wall, 63×63×nodes."""
    across, along = 61 * SPACING, (nodes - 2) * SPACING
    dot = hd.Nanocrystal([("CdSe", hd.Cylinder(0.5 * across, along))], environment=hd.HardWall())
    return hd.Hamiltonian(dot, hd.kp.Zincblende8(), SPACING, margin=SPACING)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=99, help="along the rod")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--checkpoint", type=Path, help="file to go on from")
    parser.add_argument("--json", type=Path, default=Path("eigensolver_rod.json"))
    arguments = parser.parse_args()
    _core.set_thread_count(arguments.threads)
    begin, cpu = time.perf_counter(), time.process_time()
    ham = hamiltonian(arguments.nodes)
    ham.levels("electron")
    built = time.perf_counter() - begin
    estimate = interior_memory(ham.unknowns(), 6) + ham.memory_estimate("electron")
    print(
        f"{ham!r}\noperators built in {built:.0f} s; estimate {estimate / 1e9:.1f} GB", flush=True
    )

    def progress(iteration, converged, wanted, residual):
        print(
            f"  iteration {iteration}: {converged} of {wanted}, residual {residual:.1e} eV, "
            f"{time.perf_counter() - begin:.0f} s, CPU {time.process_time() - cpu:.0f} s",
            flush=True,
        )

    found = gap_eigenpairs(
        ham, {"electron": 2, "hole": 4}, TOLERANCE, progress, arguments.checkpoint
    )
    record = {
        "unknowns": ham.unknowns(),
        "threads": arguments.threads,
        "wall_seconds": time.perf_counter() - begin,
        "cpu_seconds": time.process_time() - cpu,
        "peak_gigabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024e-9,
        "electrons": found["electron"].values.tolist(),
        "holes": found["hole"].values.tolist(),
        "largest_residual": float(max(pairs.residuals.max() for pairs in found.values())),
        "iterations": found["hole"].iterations,
        "complete": all(pairs.complete for pairs in found.values()),
    }
    print(json.dumps(record, indent=1))
    arguments.json.write_text(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
