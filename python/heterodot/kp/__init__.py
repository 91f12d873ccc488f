"""k·p models: functions from a material to a matrix polynomial in the wave vector."""

from heterodot.kp.effective_mass import EffectiveMass
from heterodot.kp.ellipticity import Verdict
from heterodot.kp.luttinger4 import Luttinger4
from heterodot.kp.luttinger6 import Luttinger6
from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.model import Model
from heterodot.kp.polynomial import Polynomial
from heterodot.kp.spin import spin_turn
from heterodot.kp.wave_vector import kx, ky, kz
from heterodot.kp.wurtzite6 import Wurtzite6
from heterodot.kp.wurtzite8 import Wurtzite8
from heterodot.kp.zincblende8 import Zincblende8

__all__ = [
    "EffectiveMass",
    "Luttinger4",
    "Luttinger6",
    "MatrixPolynomial",
    "Model",
    "Polynomial",
    "Verdict",
    "Wurtzite6",
    "Wurtzite8",
    "Zincblende8",
    "kx",
    "ky",
    "kz",
    "spin_turn",
]
