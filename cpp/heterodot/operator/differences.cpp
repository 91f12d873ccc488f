#include "heterodot/operator/differences.hpp"

#include <map>

namespace heterodot {
namespace {

using Taps = std::map<int, double>;

// One half step along an axis, as taps on the quantity's own index.
Taps half_step(bool from_shifted, bool derivative, int order, double spacing) {
  const std::vector<double> weights =
      derivative ? (order == 4 ? std::vector<double>{1.0 / 24, -27.0 / 24, 27.0 / 24, -1.0 / 24}
                               : std::vector<double>{-1.0, 1.0})
                 : (order == 4 ? std::vector<double>{-1.0 / 16, 9.0 / 16, 9.0 / 16, -1.0 / 16}
                               : std::vector<double>{0.5, 0.5});
  const int first = (order == 4 ? -1 : 0) - (from_shifted ? 1 : 0);
  Taps taps;
  for (std::size_t t = 0; t < weights.size(); ++t)
    taps[first + static_cast<int>(t)] = derivative ? weights[t] / spacing : weights[t];
  return taps;
}

Taps composed(const Taps &inner, const Taps &outer) {
  Taps result;
  for (const auto &[i, a] : inner)
    for (const auto &[o, b] : outer)
      result[i + o] += a * b;
  return result;
}

} // namespace

Stencil difference(Place from, int axis, Place to, int order, const Vec3 &spacing) {
  std::array<Taps, 3> taps;
  for (int d = 0; d < 3; ++d) {
    bool is_shifted = shifted(from, d);
    Taps along{{0, 1.0}};
    if (d == axis) {
      along = half_step(is_shifted, true, order, spacing[static_cast<std::size_t>(d)]);
      is_shifted = !is_shifted;
    }
    if (is_shifted != shifted(to, d))
      along = composed(along,
                       half_step(is_shifted, false, order, spacing[static_cast<std::size_t>(d)]));
    taps[static_cast<std::size_t>(d)] = along;
  }
  Stencil stencil;
  for (const auto &[x, a] : taps[0])
    for (const auto &[y, b] : taps[1])
      for (const auto &[z, c] : taps[2])
        stencil.push_back({{x, y, z}, a * b * c});
  return stencil;
}

} // namespace heterodot
