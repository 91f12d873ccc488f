#include "heterodot/solids/surface_samples.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "heterodot/solids/cut_box_by.hpp"

namespace heterodot {
namespace {

// The largest term of fourth order, in parts of the box's shortest edge.
constexpr double smooth = 3e-5;
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

// The signed distance in one box, in coordinates from −1/2 to 1/2.
class LocalDistance {
public:
  // Takes the samples around the centre of a box; returns whether they are those of a smooth
  // function.
  bool fit(SurfaceSamples &samples, const SurfaceSamples::Vertex &centre,
           const std::array<double, 27> &vertices);

  double operator()(const Vec3 &point) const {
    const double x = (point[0] - centre_[0]) / lengths_[0];
    const double y = (point[1] - centre_[1]) / lengths_[1];
    const double z = (point[2] - centre_[2]) / lengths_[2];
    const double bx = bubble(x), by = bubble(y), bz = bubble(z);
    const double sum = cubic_[0] * bx + cubic_[1] * by + cubic_[2] * bz +
                       mixed_[0] * (by * z + y * bz) + mixed_[1] * (bz * x + z * bx) +
                       mixed_[2] * (bx * y + x * by) + even_ * (bx * x + by * y + bz * z);
    double across[3];
    for (std::size_t i = 0; i < 3; ++i) {
      const double *c = coefficient_[i].data();
      across[i] = (c[0] + z * (c[1] + z * c[2])) +
                  y * ((c[3] + z * (c[4] + z * c[5])) + y * (c[6] + z * (c[7] + z * c[8])));
    }
    return sum + across[0] + x * (across[1] + x * across[2]);
  }

private:
  // Zero on the nodes −1/2, 0, 1/2.
  static double bubble(double x) { return x * (x * x - 0.25); }

  Vec3 centre_{}, lengths_{}, cubic_{}, mixed_{};
  double even_ = 0.0;
  std::array<std::array<double, 9>, 3> coefficient_{};
};

SurfaceSamples::Vertex octant_cell(SurfaceSamples::Vertex centre, unsigned octant) {
  for (unsigned axis = 0; axis < 3; ++axis)
    centre[axis] -= octant >> axis & 1u ? 0 : 1;
  return centre;
}

bool LocalDistance::fit(SurfaceSamples &samples, const SurfaceSamples::Vertex &centre,
                        const std::array<double, 27> &vertices) {
  centre_ = samples.position(centre);
  lengths_ = samples.spacing();
  cubic_ = mixed_ = {};
  even_ = 0.0;
  std::array<double, 27> c = vertices;
  // From values on −1/2, 0, 1/2 to coefficients of 1, x, x², axis by axis.
  for (std::size_t stride : {9u, 3u, 1u})
    for (std::size_t n = 0; n < 27; ++n)
      if (n / stride % 3 == 0) {
        const double low = c[n], middle = c[n + stride], high = c[n + 2 * stride];
        c[n] = middle;
        c[n + stride] = high - low;
        c[n + 2 * stride] = 2.0 * (high + low - 2.0 * middle);
      }
  for (std::size_t i = 0; i < 3; ++i)
    std::copy_n(c.begin() + 9 * static_cast<std::ptrdiff_t>(i), 9, coefficient_[i].begin());

  // What the octants' centres show beyond that, by its symmetry: odd along one axis (x³), along two
  // (x³y + xy³; the difference does not show), even (x⁴ + y⁴ + z⁴).
  std::array<double, 8> missed;
  const auto side = [](unsigned octant, std::size_t axis) {
    return octant >> axis & 1u ? 1.0 : -1.0;
  };
  Vec3 odd{}, twice{};
  double even = 0.0;
  for (unsigned octant = 0; octant < 8; ++octant) {
    Vec3 point = centre_;
    for (std::size_t axis = 0; axis < 3; ++axis)
      point[axis] += 0.25 * side(octant, axis) * lengths_[axis];
    missed[octant] = samples.cell(octant_cell(centre, octant)) - (*this)(point);
    even += missed[octant] / 8.0;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      odd[axis] += side(octant, axis) * missed[octant] / 8.0;
      twice[axis] +=
          side(octant, (axis + 1) % 3) * side(octant, (axis + 2) % 3) * missed[octant] / 8.0;
    }
  }
  double fourth_order = 0.0;
  for (unsigned octant = 0; octant < 8; ++octant) {
    double rest = missed[octant];
    for (std::size_t axis = 0; axis < 3; ++axis)
      rest -= side(octant, axis) * odd[axis];
    fourth_order = std::max(fourth_order, std::abs(rest));
  }
  for (std::size_t axis = 0; axis < 3; ++axis) {
    cubic_[axis] = odd[axis] / bubble(0.25);
    mixed_[axis] = twice[axis] / (2.0 * 0.25 * bubble(0.25));
  }
  even_ = even / (3.0 * 0.25 * bubble(0.25));
  return fourth_order <= smooth * std::min({lengths_[0], lengths_[1], lengths_[2]});
}

} // namespace

SurfaceSamples::SurfaceSamples(const Grid &grid, const std::array<Index, 3> &begin,
                               const std::array<Index, 3> &end)
    : grid_(grid), begin_(begin), solid_{} {
  std::size_t size = 1;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    extent_[axis] = 2 * (end[axis] - begin[axis]) + 2;
    size *= static_cast<std::size_t>(extent_[axis]);
  }
  vertices_.resize(size);
  cells_.resize(size);
}

void SurfaceSamples::reset(const SolidUnion &solid) {
  solid_ = solid;
  std::fill(vertices_.begin(), vertices_.end(), unknown);
  std::fill(cells_.begin(), cells_.end(), unknown);
}

Vec3 SurfaceSamples::position(const Vertex &at) const {
  Vec3 point;
  for (std::size_t axis = 0; axis < 3; ++axis)
    point[axis] = grid_.origin[axis] +
                  grid_.spacing[axis] *
                      (static_cast<double>(begin_[axis]) + 0.5 * static_cast<double>(at[axis] - 1));
  return point;
}

double SurfaceSamples::sample(std::vector<double> &values, const Vertex &at, double offset) {
  double &value =
      values[static_cast<std::size_t>((at[0] * extent_[1] + at[1]) * extent_[2] + at[2])];
  if (std::isnan(value)) {
    Vec3 point = position(at);
    for (std::size_t axis = 0; axis < 3; ++axis)
      point[axis] += offset * grid_.spacing[axis];
    value = solid_.signed_distance(point);
  }
  return value;
}

double SurfaceSamples::vertex(const Vertex &at) {
  return sample(vertices_, at, 0.0);
}

double SurfaceSamples::cell(const Vertex &at) {
  return sample(cells_, at, 0.25);
}

CutBox cut_box(SurfaceSamples &samples, const SurfaceSamples::Vertex &centre) {
  using namespace box_cutting;
  const Vec3 middle = samples.position(centre), &lengths = samples.spacing();
  const double distance = samples.vertex(centre);
  if (is_uncut(distance, lengths))
    return {distance < 0.0 ? 1.0 : 0.0, {}};
  std::array<double, 27> vertices; // 9 along x, 3 along y, 1 along z
  for (Index i = 0, n = 0; i < 3; ++i)
    for (Index j = 0; j < 3; ++j)
      for (Index k = 0; k < 3; ++k, ++n)
        vertices[static_cast<std::size_t>(n)] =
            samples.vertex({centre[0] + i - 1, centre[1] + j - 1, centre[2] + k - 1});
  // The corners of the box and of its octants are among the samples.
  const auto corners = [&](unsigned low, unsigned step) {
    Corners value;
    for (unsigned c = 0; c < 8; ++c)
      value[c] = vertices[low + step * (9 * (c & 1u) + 3 * (c >> 1 & 1u) + (c >> 2 & 1u))];
    return value;
  };
  const Vec3 halves{0.5 * lengths[0], 0.5 * lengths[1], 0.5 * lengths[2]};
  const auto cut_from_samples = [&](const auto &distance_at) {
    if (const auto flat = cut_if_flat(distance_at, middle, lengths, distance, corners(0, 2), 0))
      return *flat;
    return sum_of_octants([&](unsigned octant) -> CutBox {
      const double value = samples.cell(octant_cell(centre, octant));
      if (is_uncut(value, halves))
        return {value < 0.0 ? 1.0 : 0.0, {}};
      const Vec3 point = offset_from(middle, lengths, octant, 0.25);
      const unsigned low = 9 * (octant & 1u) + 3 * (octant >> 1 & 1u) + (octant >> 2 & 1u);
      if (const auto flat = cut_if_flat(distance_at, point, halves, value, corners(low, 1), 1))
        return *flat;
      const Vec3 quarters{0.5 * halves[0], 0.5 * halves[1], 0.5 * halves[2]};
      return sum_of_octants([&](unsigned smaller) {
        const Vec3 inner = offset_from(point, halves, smaller, 0.25);
        return cut(distance_at, inner, quarters, distance_at(inner), 2);
      });
    });
  };
  LocalDistance local;
  if (local.fit(samples, centre, vertices))
    return cut_from_samples(local);
  return cut_from_samples(
      [&](const Vec3 &point) { return samples.solid().signed_distance(point); });
}

} // namespace heterodot
