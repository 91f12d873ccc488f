"""Small dense algebra on one thread: many threads wait for each other on a busy machine."""

import pytest

from heterodot._blas import single_threaded_blas


@pytest.fixture(autouse=True)
def _one_blas_thread():
    with single_threaded_blas():
        yield
