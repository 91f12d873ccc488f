#include "heterodot/operator/spin_orbit_rows.hpp"

#include <algorithm>
#include <tuple>

#include "heterodot/operator/differences.hpp"

namespace heterodot {

SpinOrbitRows::SpinOrbitRows(const PolynomialField &field, const FormField &forms,
                             const WallSurface &surface)
    : field_(field), forms_(forms), surface_(surface) {
  const Vec3 any{1.0, 1.0, 1.0}; // averages do not depend on the spacing
  for (int alpha = 0; alpha < field.bands(); ++alpha)
    for (int beta = 0; beta < field.bands(); ++beta) {
      if (std::none_of(
              field.regions.begin(), field.regions.end(), [&](const RegionPolynomial &region) {
                return region.spin_orbit.size() && region.spin_orbit(alpha, beta) != Complex(0);
              }))
        continue;
      const auto common = static_cast<Place>(place(alpha) | place(beta));
      for (const StencilPoint &tap : difference(place(alpha), 3, common, 2, any))
        for (const StencilPoint &other : difference(place(beta), 3, common, 2, any)) {
          const std::array<int, 3> element{-tap.step[0], -tap.step[1], -tap.step[2]};
          taps_.push_back(
              {alpha,
               beta,
               common,
               element,
               {element[0] + other.step[0], element[1] + other.step[1], element[2] + other.step[2]},
               tap.weight * other.weight});
        }
    }
  std::stable_sort(taps_.begin(), taps_.end(), [](const auto &a, const auto &b) {
    return std::tie(a.place, a.element) < std::tie(b.place, b.element);
  });
}

void SpinOrbitRows::add(const NodeIndex &node, std::vector<double> &fractions, Rows &rows) const {
  for (auto &row : rows)
    row.clear();
  const Tap *last = nullptr;
  for (const Tap &tap : taps_) {
    if (!surface_.inside(place(tap.alpha), node) ||
        !surface_.inside(place(tap.beta), plus(node, tap.column)))
      continue;
    if (!last || last->place != tap.place || last->element != tap.element)
      forms_.local_fractions(tap.place, plus(node, tap.element), fractions);
    last = &tap;
    Complex coefficient = 0.0;
    for (std::size_t r = 0; r < fractions.size(); ++r)
      if (fractions[r] != 0.0 && field_.regions[r].spin_orbit.size())
        coefficient += fractions[r] * field_.regions[r].spin_orbit(tap.alpha, tap.beta);
    rows[static_cast<std::size_t>(tap.alpha)].push_back(
        {tap.beta, tap.column, coefficient * tap.weight});
  }
}

} // namespace heterodot
