"""The page of a whole calculation: complete, self-contained, and alive in a browser."""

from __future__ import annotations

import json
import math
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from scipy.optimize import brentq

import heterodot as hd
from heterodot.plot.meshes import density_mesh, surface_mesh

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)

# Counts painted pixels and, after a drag of 60 pixels, those that changed; collects errors.
PROBE = """<script>
const pixels = () => pen.getImageData(0, 0, canvas.width, canvas.height).data;
const before = pixels(), size = before.length / 4;
canvas.setPointerCapture = () => {};  // there is no real pointer
for (const [kind, x] of [["pointerdown", 100], ["pointermove", 160], ["pointerup", 160]])
  canvas.dispatchEvent(new PointerEvent(kind, { clientX: x, clientY: 100, pointerId: 1 }));
const after = pixels();
let painted = 0, changed = 0;
for (let i = 0; i < size; i++) {
  painted += before[4 * i + 3] > 0;
  changed += [0, 1, 2, 3].some(k => before[4 * i + k] !== after[4 * i + k]);
}
const widths = [...document.images].map(image => image.naturalWidth);
document.title = JSON.stringify({ painted: painted / size, changed: changed / size, widths });
</script></body>"""


class Page(HTMLParser):
    """Collects what a browser would load, the cells of the table, and the images."""

    def __init__(self, text):
        super().__init__()
        self.links, self.cells, self.policy = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.links += [known[name] for name in ("src", "href", "srcset", "data") if name in known]
        if known.get("http-equiv") == "Content-Security-Policy":
            self.policy = known["content"]

    def handle_data(self, data):
        if self.lasttag == "td" and data.strip():
            self.cells.append(data.strip())


@pytest.fixture(scope="module")
def results():
    core = hd.Material(
        "core", gap=2.0, valence_edge=0.0, electron_mass=0.2, hole_mass=0.6, kane_energy=20.0
    )
    dot = hd.Nanocrystal([(core.replace(permittivity=6.0), hd.Sphere(1.5))], hd.HardWall())
    states = hd.solve(hd.Hamiltonian(dot, spacing=0.4), electrons=4, holes=4, progress=False)
    coulomb = hd.coulomb(states, progress=False)
    x, xx = hd.ci(coulomb), hd.ci(coulomb, 2, 2)
    shift = hd.configuration_interaction.XXShift(
        0.05, 0.04, 2.1, 4.24, ci_pt2=0.0312, error=0.0023, active=(2, 2), spinors=(4, 4)
    )
    gain = hd.gain((x, xx), hd.Poisson(1.5))
    return hd.Results(
        title="A <dot> & its </script> name",
        states=states,
        x=x,
        xx=xx,
        shift=shift,
        absorption=hd.absorption(x),
        emission=hd.emission(x),
        lifetime=12.5,
        transient_absorption=hd.transient_absorption((x, xx)),
        gain=gain,
        dynamics=hd.dynamics(gain, hd.Pulse(2.0), auger=0.1),
    )


@pytest.fixture(scope="module")
def path(results, tmp_path_factory):
    return hd.report(results, tmp_path_factory.mktemp("report") / "new" / "dot.html")


def test_page_needs_nothing_else(path):
    text = path.read_text(encoding="utf-8")
    page = Page(text)
    assert page.links  # the pictures
    assert all(link.startswith("data:image/png;base64,") for link in page.links)
    assert page.policy.startswith("default-src 'none'")
    assert not re.search(r"https?://|url\(|@import|\bimport\(|fetch\(|XMLHttp", text)


def test_table_holds_the_numbers_with_errors(path):
    cells = Page(path.read_text(encoding="utf-8")).cells
    at = cells.index("Δ_XX with second order in all spinors")
    assert cells[at + 1 : at + 4] == ["31.2", "± 2.3", "meV"]
    at = cells.index("radiative lifetime of X")
    assert cells[at + 1 : at + 3] == ["12.500", "ns"]
    assert "gain threshold ⟨N⟩" in cells
    at = cells.index("gain lasts")
    assert float(cells[at + 1]) > 0
    assert "transient Stark shift Δs" in cells


def test_pictures_of_light_and_time(path):
    text = path.read_text(encoding="utf-8")
    for name in ("Transient absorption", "Gain map", "Dynamics"):
        assert f'<img alt="{name}" src="data:image/png;base64,' in text


def test_text_is_escaped(path):
    text = path.read_text(encoding="utf-8")
    assert "A &lt;dot&gt; &amp; its &lt;/script&gt; name" in text
    assert text.count("</script>") == 1


def test_what_was_not_computed_is_left_out(results, tmp_path):
    text = hd.report(results.states, tmp_path / "states.html").read_text(encoding="utf-8")
    assert "lowest electron" in text
    assert "Gain map" not in text
    empty = hd.Results(title="nothing").report(tmp_path / "empty.html")
    assert Page(empty.read_text(encoding="utf-8")).cells == []


def test_other_objects_are_refused(results, tmp_path):
    with pytest.raises(TypeError, match=r"results: must be Results or States, got ManyBodyStates"):
        hd.report(results.x, tmp_path / "x.html")


def enclosed_volume(mesh):
    a, b, c = np.moveaxis(mesh.corners[mesh.triangles], 1, 0)
    return np.einsum("ij,ij->", a, np.cross(b, c)) / 6  # positive: seen counter-clockwise


def test_surface_of_a_sphere_encloses_its_volume():
    mesh = surface_mesh([hd.Sphere(2.0)], [[-2, -2, -2], [2, 2, 2]])
    assert enclosed_volume(mesh) == pytest.approx(4 / 3 * math.pi * 8, rel=0.01)


def test_surface_of_a_state_encloses_its_share():
    core = hd.Material("core", gap=2.0, valence_edge=0.0, electron_mass=0.2, hole_mass=0.6)
    dot = hd.Nanocrystal([(core, hd.Sphere(1.5))], hd.HardWall())
    states = hd.solve(hd.Hamiltonian(dot, spacing=0.15), electrons=2, holes=0, progress=False)
    # ∫ of the 1S density up to r is r/R - sin(2πr/R)/2π
    radius = 1.5 * brentq(lambda u: u - math.sin(2 * math.pi * u) / (2 * math.pi) - 0.6, 0, 1)
    mesh = density_mesh(states.electrons, 0, 0.6)
    assert np.linalg.norm(mesh.corners, axis=1) == pytest.approx(radius, rel=0.05)
    assert enclosed_volume(mesh) == pytest.approx(4 / 3 * math.pi * radius**3, rel=0.1)
    assert len(density_mesh(states.electrons, 0, 0.6, step=2).corners) < 0.5 * len(mesh.corners)


@pytest.mark.skipif(BROWSER is None, reason="no Chromium")
def test_page_in_a_browser(path, tmp_path):
    probe = tmp_path / "probe.html"
    probe.write_text(path.read_text(encoding="utf-8").replace("</body>", PROBE), encoding="utf-8")
    command = [
        BROWSER,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--virtual-time-budget=3000",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--dump-dom",
        probe.as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(re.search(r"<title>(.*?)</title>", done.stdout)[1])
    assert 0.1 < found["painted"] < 0.95
    assert found["changed"] > 0.02
    assert found["widths"]
    assert min(found["widths"]) > 300
