"""Green functions of spheres whose permittivity is any function of the radius: one equation for each l.

-∇·ε∇G = 4πδ separates, G = Σ (2l+1) P_l u(r<) v(r>)/(ε r² (u'v - uv')), and y = r u'/u obeys

    r dy/dr = l(l+1) - y (y+1) - y r ε'/ε ,

outwards from y = l for u and inwards from y = -(l+1) for v; ε y is continuous where ε jumps.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.polynomial.legendre import legval


class RadialPermittivity:
    """ε of a core, of a shell, linear between them over `width` around `middle`; a jump at `outer`."""

    def __init__(self, values, middle, width, outer, largest=120):
        self.core, self.shell, self.outside = values
        self.low, self.high, self.outer = middle - width / 2, middle + width / 2, outer
        self.l = np.arange(largest + 1.0)

    def permittivity(self, r):
        return np.interp(r, [self.low, self.high], [self.core, self.shell])

    def _stretched(self, r):
        """r ε'/ε."""
        inside = (self.low < r) & (r < self.high)
        slope = (self.shell - self.core) / (self.high - self.low)
        return np.where(inside, r * slope / self.permittivity(r), 0.0)

    def _followed(self, y, start, stop):
        """y at `stop` from that at `start`, by Runge and Kutta's rule in ln r, kink by kink."""
        kinks = sorted((start, stop, self.low, self.high))
        kinks = [k for k in kinks if min(start, stop) <= k <= max(start, stop)]
        if stop < start:
            kinks.reverse()
        for a, b in pairwise(kinks):
            steps = 20 + int(abs(np.log(b / a)) * (2 * self.l[-1] + 1))
            h = np.log(b / a) / steps
            middle = np.sqrt(a * b)

            def rate(x, y, middle=middle):
                # A hair inside of the kinks, so that each part sees its own slope.
                r = middle + (np.exp(x) - middle) * (1 - 1e-12)
                return self.l * (self.l + 1) - y * (y + 1) - y * self._stretched(r)

            x = np.log(a)
            for _ in range(steps):
                k1 = rate(x, y)
                k2 = rate(x + h / 2, y + h / 2 * k1)
                k3 = rate(x + h / 2, y + h / 2 * k2)
                k4 = rate(x + h, y + h * k3)
                y, x = y + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), x + h
        return y

    def inwards(self, r):
        """r v'/v of the solutions that decay outside."""
        return self._followed(-(self.l + 1) * self.outside / self.shell, self.outer, r)

    def outwards(self, r):
        """r u'/u of those that are regular at the centre, where u = r^l in the core."""
        return self.l if r <= self.low else self._followed(self.l, self.low, r)

    def image(self, first, second):
        """Induced part of the Green function of two points in the core (1/nm)."""
        lengths = np.linalg.norm(first), np.linalg.norm(second)
        cosine = np.dot(first, second) / max(lengths[0] * lengths[1], 1e-30)
        y = self.inwards(self.low)
        # v = r^-(l+1) + β r^l
        share = (lengths[0] * lengths[1] / self.low**2) ** self.l
        return legval(cosine, (self.l + 1 + y) / (self.l - y) * share) / (self.core * self.low)

    def self_potential(self, r):
        """½ lim [G(r, r') - 1/(ε(r) |r - r'|)] (1/nm)."""
        terms = (2 * self.l + 1) / (self.outwards(r) - self.inwards(r)) - 1
        return terms.sum() / (2 * self.permittivity(r) * r)
