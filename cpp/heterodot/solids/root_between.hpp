// A root of a function between two points at which its signs differ.
#pragma once

#include <algorithm>
#include <cmath>

namespace heterodot {

struct FunctionValue {
  double at, value;
};

// Bracketed inverse quadratic interpolation (Chandrupatla, Adv. Eng. Softw. 28, 145 (1997)), to a
// precision that is absolute.
template <typename Function>
double root_between(const Function &function, FunctionValue newest, FunctionValue other,
                    double precision) {
  auto &[t1, f1] = newest;
  auto &[t2, f2] = other; // on the other side of the root
  double t = t1 + 0.5 * (t2 - t1);
  for (int iteration = 0; iteration < 100 && f1 != 0.0; ++iteration) {
    const double f = function(t);
    auto [t3, f3] = other; // the one given up
    if ((f < 0.0) == (f1 < 0.0)) {
      t3 = t1;
      f3 = f1;
    } else {
      t2 = t1;
      f2 = f1;
    }
    t1 = t;
    f1 = f;
    const double margin = precision / std::abs(t2 - t1);
    if (margin > 0.5)
      break;
    const double xi = (t1 - t2) / (t3 - t2), phi = (f1 - f2) / (f3 - f2);
    double step = 0.5;
    if (1.0 - std::sqrt(1.0 - xi) < phi && phi < std::sqrt(xi))
      step =
          f1 / (f2 - f1) * f3 / (f2 - f3) + (t3 - t1) / (t2 - t1) * f1 / (f3 - f1) * f2 / (f3 - f2);
    t = t1 + std::clamp(step, margin, 1.0 - margin) * (t2 - t1);
  }
  return std::abs(f1) < std::abs(f2) ? t1 : t2;
}

} // namespace heterodot
