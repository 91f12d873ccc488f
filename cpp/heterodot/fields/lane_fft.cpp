#include "heterodot/fields/lane_fft.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "heterodot/parallel/simd.hpp"

namespace heterodot {
namespace {

// One pass: y[s (r p + k) + q] = w^(p k) sum_j x[s (p + m j) + q] exp(-2 pi i j k / r), where q
// runs over s = stride * lanes contiguous numbers. cosine and sine hold w^(p k), k = 1 .. r - 1.

HETERODOT_SIMD_CLONES
void pass2(Index m, Index s, const double *c, const double *d, const double *__restrict xr,
           const double *__restrict xi, double *__restrict yr, double *__restrict yi) {
  for (Index p = 0; p < m; ++p) {
    const double wr = c[p], wi = d[p];
    const double *ar = xr + s * p, *ai = xi + s * p;
    const double *br = ar + s * m, *bi = ai + s * m;
    double *ur = yr + 2 * s * p, *ui = yi + 2 * s * p;
    for (Index q = 0; q < s; ++q) {
      const double dr = ar[q] - br[q], di = ai[q] - bi[q];
      ur[q] = ar[q] + br[q];
      ui[q] = ai[q] + bi[q];
      ur[s + q] = wr * dr - wi * di;
      ui[s + q] = wr * di + wi * dr;
    }
  }
}

HETERODOT_SIMD_CLONES
void pass3(Index m, Index s, const double *c, const double *d, const double *__restrict xr,
           const double *__restrict xi, double *__restrict yr, double *__restrict yi) {
  const double h = std::sqrt(3.0) / 2;
  for (Index p = 0; p < m; ++p, c += 2, d += 2) {
    const double c1 = c[0], d1 = d[0], c2 = c[1], d2 = d[1];
    const double *ar = xr + s * p, *ai = xi + s * p;
    double *ur = yr + 3 * s * p, *ui = yi + 3 * s * p;
    for (Index q = 0; q < s; ++q) {
      const double br = ar[s * m + q], bi = ai[s * m + q];
      const double er = ar[2 * s * m + q], ei = ai[2 * s * m + q];
      const double tr = br + er, ti = bi + ei;
      const double vr = ar[q] - 0.5 * tr, vi = ai[q] - 0.5 * ti;
      const double wr = h * (bi - ei), wi = -h * (br - er);
      ur[q] = ar[q] + tr;
      ui[q] = ai[q] + ti;
      const double fr = vr + wr, fi = vi + wi, gr = vr - wr, gi = vi - wi;
      ur[s + q] = c1 * fr - d1 * fi;
      ui[s + q] = c1 * fi + d1 * fr;
      ur[2 * s + q] = c2 * gr - d2 * gi;
      ui[2 * s + q] = c2 * gi + d2 * gr;
    }
  }
}

HETERODOT_SIMD_CLONES
void pass4(Index m, Index s, const double *c, const double *d, const double *__restrict xr,
           const double *__restrict xi, double *__restrict yr, double *__restrict yi) {
  for (Index p = 0; p < m; ++p, c += 3, d += 3) {
    const double c1 = c[0], d1 = d[0], c2 = c[1], d2 = d[1], c3 = c[2], d3 = d[2];
    const double *ar = xr + s * p, *ai = xi + s * p;
    double *ur = yr + 4 * s * p, *ui = yi + 4 * s * p;
    for (Index q = 0; q < s; ++q) {
      const double br = ar[s * m + q], bi = ai[s * m + q];
      const double er = ar[2 * s * m + q], ei = ai[2 * s * m + q];
      const double fr = ar[3 * s * m + q], fi = ai[3 * s * m + q];
      const double sr = ar[q] + er, si = ai[q] + ei, tr = ar[q] - er, ti = ai[q] - ei;
      const double vr = br + fr, vi = bi + fi, wr = bi - fi, wi = fr - br;
      ur[q] = sr + vr;
      ui[q] = si + vi;
      const double gr = tr + wr, gi = ti + wi;
      const double hr = sr - vr, hi = si - vi;
      const double kr = tr - wr, ki = ti - wi;
      ur[s + q] = c1 * gr - d1 * gi;
      ui[s + q] = c1 * gi + d1 * gr;
      ur[2 * s + q] = c2 * hr - d2 * hi;
      ui[2 * s + q] = c2 * hi + d2 * hr;
      ur[3 * s + q] = c3 * kr - d3 * ki;
      ui[3 * s + q] = c3 * ki + d3 * kr;
    }
  }
}

HETERODOT_SIMD_CLONES
void pass5(Index m, Index s, const double *c, const double *d, const double *__restrict xr,
           const double *__restrict xi, double *__restrict yr, double *__restrict yi) {
  const double a1 = std::cos(2 * std::numbers::pi / 5), a2 = std::cos(4 * std::numbers::pi / 5);
  const double b1 = std::sin(2 * std::numbers::pi / 5), b2 = std::sin(4 * std::numbers::pi / 5);
  for (Index p = 0; p < m; ++p, c += 4, d += 4) {
    const double *ar = xr + s * p, *ai = xi + s * p;
    double *ur = yr + 5 * s * p, *ui = yi + 5 * s * p;
    for (Index q = 0; q < s; ++q) {
      double pr[2], pi[2], mr[2], mi[2];
      for (Index j = 0; j < 2; ++j) {
        const Index one = s * m * (j + 1) + q, other = s * m * (4 - j) + q;
        pr[j] = ar[one] + ar[other];
        pi[j] = ai[one] + ai[other];
        mr[j] = ar[one] - ar[other];
        mi[j] = ai[one] - ai[other];
      }
      ur[q] = ar[q] + pr[0] + pr[1];
      ui[q] = ai[q] + pi[0] + pi[1];
      const double vr = ar[q] + a1 * pr[0] + a2 * pr[1], vi = ai[q] + a1 * pi[0] + a2 * pi[1];
      const double wr = ar[q] + a2 * pr[0] + a1 * pr[1], wi = ai[q] + a2 * pi[0] + a1 * pi[1];
      // -i times the odd parts
      const double er = b1 * mi[0] + b2 * mi[1], ei = -(b1 * mr[0] + b2 * mr[1]);
      const double fr = b2 * mi[0] - b1 * mi[1], fi = -(b2 * mr[0] - b1 * mr[1]);
      const double zr[4] = {vr + er, wr + fr, wr - fr, vr - er};
      const double zi[4] = {vi + ei, wi + fi, wi - fi, vi - ei};
      for (Index k = 0; k < 4; ++k) {
        ur[s * (k + 1) + q] = c[k] * zr[k] - d[k] * zi[k];
        ui[s * (k + 1) + q] = c[k] * zi[k] + d[k] * zr[k];
      }
    }
  }
}

Index next_radix(Index n) {
  for (const Index radix : {4, 5, 3, 2})
    if (n % radix == 0)
      return radix;
  return 0;
}

} // namespace

Index fft_length(Index least) {
  for (Index n = std::max<Index>(2, least + least % 2);; n += 2) {
    Index rest = n;
    for (const Index prime : {2, 3, 5})
      while (rest % prime == 0)
        rest /= prime;
    if (rest == 1)
      return n;
  }
}

LaneFft::LaneFft(Index length) : length_(length) {
  Index stride = 1;
  for (Index n = length; n > 1;) {
    const Index radix = next_radix(n);
    if (radix == 0)
      throw std::invalid_argument("FFT lengths must be products of 2, 3 and 5");
    Pass pass{radix, n / radix, stride, {}, {}};
    for (Index p = 0; p < pass.count; ++p)
      for (Index k = 1; k < radix; ++k) {
        const double angle = -2 * std::numbers::pi * static_cast<double>(p * k) / double(n);
        pass.cosine.push_back(std::cos(angle));
        pass.sine.push_back(std::sin(angle));
      }
    passes_.push_back(std::move(pass));
    n /= radix;
    stride *= radix;
  }
}

void LaneFft::transform(double *real, double *imaginary, double *scratch) const {
  double *xr = real, *xi = imaginary;
  double *yr = scratch, *yi = scratch + length_ * fft_lanes;
  for (const Pass &pass : passes_) {
    const auto step = pass.radix == 2   ? pass2
                      : pass.radix == 3 ? pass3
                      : pass.radix == 4 ? pass4
                                        : pass5;
    step(pass.count, pass.stride * fft_lanes, pass.cosine.data(), pass.sine.data(), xr, xi, yr, yi);
    std::swap(xr, yr);
    std::swap(xi, yi);
  }
  if (xr != real) {
    std::copy_n(xr, length_ * fft_lanes, real);
    std::copy_n(xi, length_ * fft_lanes, imaginary);
  }
}

} // namespace heterodot
