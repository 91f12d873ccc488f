"""Processes that run tests at the same time share the cores: each computes with its part of them."""

import os

_processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
if _processes > 1:  # before anything reads them
    _threads = max(1, (os.cpu_count() or 1) // _processes)
    for _name in ("HETERODOT_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(_name, str(_threads))
