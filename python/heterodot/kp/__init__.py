"""k·p models: functions from a material to a matrix polynomial in the wave vector."""

from heterodot.kp.effective_mass import EffectiveMass
from heterodot.kp.luttinger6 import Luttinger6
from heterodot.kp.matrix_polynomial import MatrixPolynomial
from heterodot.kp.model import Model
from heterodot.kp.polynomial import Polynomial

__all__ = ["EffectiveMass", "Luttinger6", "MatrixPolynomial", "Model", "Polynomial"]
