#include "heterodot/solids/place_map.hpp"

#include "heterodot/parallel/parallel.hpp"
#include "heterodot/solids/plane_box.hpp"

#include <algorithm>

namespace heterodot {
namespace {

// A box filled up to less than this is not cut.
constexpr double uniform = 1.0 - 1e-12;

template <typename Value>
void append_to(std::vector<Value> &values, const std::vector<Value> &more) {
  values.insert(values.end(), more.begin(), more.end());
}

} // namespace

std::int32_t Cuts::add(std::span<const double> parts, const Vec3 &interface, const Vec3 &surface) {
  const auto largest = std::max_element(parts.begin(), parts.end());
  if (*largest >= uniform)
    return static_cast<std::int32_t>(largest - parts.begin());
  const double area = norm(interface);
  fractions.insert(fractions.end(), parts.begin(), parts.end());
  // Surfaces that cancel exactly or too fine to resolve: any direction will do.
  normals.push_back(area > 0.0 ? Vec3{interface[0] / area, interface[1] / area, interface[2] / area}
                               : Vec3{0.0, 0.0, 1.0});
  surfaces.push_back(surface);
  areas.push_back(area);
  return -count();
}

void Cuts::append(const Cuts &more) {
  append_to(fractions, more.fractions);
  append_to(normals, more.normals);
  append_to(surfaces, more.surfaces);
  append_to(areas, more.areas);
}

PlaceMap::PlaceMap(const std::array<Index, 3> &nodes, int regions)
    : shape_{nodes[0] + 2, nodes[1] + 2, nodes[2] + 2}, regions_(regions),
      cells_(static_cast<std::size_t>(shape_[0] * shape_[1] * shape_[2])) {}

void PlaceMap::find_moments(const Vec3 &spacing) {
  moments_.assign(cuts_.fractions.size(), Vec3{});
  parallel_for(cut_count(), 256, [&](Index begin, Index end) {
    for (Index cut = begin; cut < end; ++cut) {
      double filled = 0.0;
      Vec3 before{};
      for (int region = 0; region < regions_; ++region) {
        const double fraction = cut_fractions(cut)[region];
        if (fraction <= 0.0)
          continue;
        filled += fraction;
        const Vec3 now = plane_box_moment(filled, cut_normal(cut), spacing);
        Vec3 &moment = moments_[static_cast<std::size_t>(cut * regions_ + region)];
        for (std::size_t d = 0; d < 3; ++d)
          moment[d] = now[d] - before[d];
        before = now;
      }
    }
  });
}

} // namespace heterodot
