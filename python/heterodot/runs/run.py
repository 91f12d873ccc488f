"""``heterodot run FILE.toml``: from a file to results, a data file and pictures."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import heterodot as hd
from heterodot.optics.optical_gain import gain_biexcitons
from heterodot.runs.results import Results
from heterodot.runs.run_file import RunFile, read_run
from heterodot.runs.threads import limited_threads

__all__ = ["compute", "run", "write"]


class Report:
    """Lines on standard error about what is being done and how long it took.

    Progress bars go to terminals only.
    """

    def __init__(self, shown: bool) -> None:
        self.shown = shown
        self.bars = shown and sys.stderr.isatty()
        self._start = time.perf_counter()

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tell of one step: its name while it runs, its time when it is done."""
        before = time.perf_counter()
        if self.bars:
            print(f"  {name} …", end="\r", file=sys.stderr, flush=True)
        yield
        self.say(f"  {name:28} {time.perf_counter() - before:6.1f} s")

    def say(self, text: str) -> None:
        """Print a line unless silenced."""
        if self.shown:
            print(text, file=sys.stderr, flush=True)

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return time.perf_counter() - self._start


def run(
    file: str | Path, out: str | Path | None = None, threads: int | None = None, quiet: bool = False
) -> int:
    """Compute what a file describes; print a summary and write data and pictures.

    Parameters
    ----------
    file : path-like
    out : path-like, optional
        Folder for data and pictures; by default the file's name without ".toml", beside it.
    threads : int, optional
        Number of threads; by default all.
    quiet : bool
        Print the summary only.

    Returns
    -------
    int
        The exit status, 0.
    """
    task = read_run(file)
    folder = Path(file).with_suffix("") if out is None else Path(out)
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--out: {folder} is not a folder")
    report = Report(not quiet)
    with limited_threads(threads):
        report.say(task.title)
        results = compute(task, report)
        write(results, task, folder, report)
    return 0


def compute(task: RunFile, report: Report | None = None) -> Results:
    """Return the results of a calculation, computed as far as its file asks for."""
    report = Report(False) if report is None else report
    progress = report.bars
    options = task.hamiltonian
    with report.step("Hamiltonian"):
        hamiltonian = hd.Hamiltonian(
            task.nanocrystal,
            options.model,
            options.spacing,
            margin=options.margin,
            interface=options.interface,
            order=options.order,
            barrier=options.barrier,
            orientation=options.orientation,
        )
    with report.step("electron and hole states"):
        wanted = task.states
        states = hd.solve(
            hamiltonian,
            electrons=wanted.electrons,
            holes=wanted.holes,
            tolerance=wanted.tolerance,
            bound=wanted.bound,
            progress=progress,
        )
    results = Results(states=states, title=task.title, input=task.text)
    if not task.output.wants("coulomb"):
        return results
    with report.step("Coulomb integrals"):
        coulomb = hd.coulomb(
            states,
            permittivity=task.coulomb.permittivity,
            self_polarisation=task.coulomb.self_polarisation,
            spacing=task.coulomb.spacing,
            solver=task.coulomb.solver,
            progress=progress,
        )
    results = replace(results, coulomb=coulomb)
    if not task.output.wants("excitons"):
        return results
    with report.step("exciton and biexciton"):
        x = hd.ci(coulomb, 1, 1, roots=task.excitons.exciton_roots, progress=progress)
        xx = _biexcitons(coulomb, task, progress)
        shift = hd.xx_shift(coulomb, x=x, xx=xx)
    results = replace(results, x=x, xx=xx, shift=shift)
    if not task.output.wants("spectra"):
        return results
    with report.step("spectra"):
        results = _with_optics(results, task)
    if not task.output.wants("dynamics") or results.gain is None:
        return results
    with report.step("dynamics"):
        auger = task.dynamics.auger
        if auger is None:
            rates = hd.auger_rates(
                xx,
                hamiltonian,
                task.spectra.temperature,
                permittivity=task.coulomb.permittivity,
                progress=progress,
            )
            report.say(str(rates))
            auger = rates.lifetime
        return replace(results, dynamics=_dynamics(results.gain, auger, task))


def _biexcitons(coulomb: hd.CoulombIntegrals, task: RunFile, progress: bool) -> hd.ManyBodyStates:
    """As many XX states as the file asks for, or as thermal populations need."""
    roots = task.excitons.biexciton_roots
    if roots is None and task.output.wants("spectra"):
        options = task.spectra
        return gain_biexcitons(coulomb, options.temperature, options.linewidth, task.gain.window)
    return hd.ci(coulomb, 2, 2, roots=roots, progress=progress)


def _dynamics(gain: hd.Gain, auger: float, task: RunFile) -> hd.Dynamics:
    options = task.dynamics
    return hd.dynamics(
        gain,
        options.pump,
        radiative=options.radiative,
        auger=auger,
        scaling=options.scaling,
        trapping=options.trapping,
        most=options.most,
    )


def _with_optics(results: Results, task: RunFile) -> Results:
    options = task.spectra
    states, x, xx = results.states, results.x, results.xx
    if states is None or x is None or xx is None:
        raise ValueError("spectra need the states of exciton and biexciton")
    momentum = hd.interband_momentum(states, options.kane_energy, options.hole_axis)
    medium = hd.optical_medium(states.nanocrystal, options.local_field)
    shared: dict[str, Any] = {"momentum": momentum, "medium": medium}
    broad: dict[str, Any] = {
        "temperature": options.temperature,
        "linewidth": options.linewidth,
        "shape": options.shape,
    }
    results = replace(
        results,
        absorption=hd.absorption(x, **broad, **shared),
        induced_absorption=hd.absorption(xx, x, **broad, **shared),
        emission=hd.emission(x, **broad, **shared),
        xx_emission=hd.emission(xx, x, **broad, **shared),
        lifetime=hd.radiative_lifetime(x, None, options.temperature, **shared),
        xx_lifetime=hd.radiative_lifetime(xx, x, options.temperature, **shared),
        transient_absorption=hd.transient_absorption(
            (x, xx),
            task.transient_absorption.excitons,
            task.transient_absorption.occupancy,
            **broad,
            **shared,
        ),
    )
    if not task.output.wants("gain"):
        return results
    gain = hd.gain((x, xx), task.gain.occupancy, **broad, **shared, window=task.gain.window)
    return replace(results, gain=gain)


def write(results: Results, task: RunFile, folder: Path, report: Report) -> None:
    """Print the summary; write summary, input, data and pictures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    summary = results.summary()
    written = [folder / "summary.txt", folder / "input.toml"]
    written[0].write_text(summary + "\n", encoding="utf-8")
    written[1].write_text(task.text, encoding="utf-8")
    if task.output.data:
        with report.step("data file"):
            written.append(results.save(folder / "results.nc"))
    if task.output.figures:
        with report.step("figures"):
            written += results.plot(folder, task.output.figures)
    print(summary, flush=True)
    names = ", ".join(path.name for path in written)
    report.say(f"\n{report.seconds:.1f} s; written to {folder}: {names}")
