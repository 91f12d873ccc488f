#include "heterodot/operator/fourth_order.hpp"

#include <algorithm>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

using Step = std::array<int, 3>;
using Taps = std::vector<std::pair<Step, double>>;

constexpr std::array<std::pair<int, int>, 6> pairs{
    {{0, 0}, {1, 1}, {2, 2}, {0, 1}, {0, 2}, {1, 2}}};

Step stepped_along(int i, int by_i, int j, int by_j) {
  Step step{0, 0, 0};
  step[static_cast<std::size_t>(i)] += by_i;
  step[static_cast<std::size_t>(j)] += by_j;
  return step;
}

// h² ∂_ii ψ.
Taps pure(int i) {
  return {{{0, 0, 0}, -2.0}, {stepped_along(i, 1, i, 0), 1.0}, {stepped_along(i, -1, i, 0), 1.0}};
}

// h_i h_j ∂_ij ψ.
Taps mixed(int i, int j) {
  Taps taps;
  for (const int by_i : {1, -1})
    for (const int by_j : {1, -1})
      taps.emplace_back(stepped_along(i, by_i, j, by_j), 0.25 * by_i * by_j);
  return taps;
}

} // namespace

FourthOrder::FourthOrder(const Voxelisation &voxels, const PolynomialField &field,
                         const FormField &forms, const WallSurface &surface,
                         const DiscretisationOptions &options)
    : voxels_(voxels), field_(field), forms_(forms) {
  const int m = field.orbitals;
  const Vec3 &h = voxels.grid().spacing;
  bool any = false;
  for (const RegionPolynomial &region : field.regions) {
    auto &own = couplings_.emplace_back();
    for (unsigned kind = 0; kind < kinds; ++kind)
      for (int a = 0; a < m; ++a)
        for (int b = 0; b < m; ++b) {
          const auto [i, j] = pairs[kind];
          if (!applies(i, j, field.places[static_cast<std::size_t>(a)],
                       field.places[static_cast<std::size_t>(b)]))
            continue;
          const double steps = h[static_cast<std::size_t>(i)] * h[static_cast<std::size_t>(j)];
          const Complex coefficient =
              (region.form(i * m + a, j * m + b) + region.form(j * m + a, i * m + b)) /
              ((i == j ? 24.0 : 12.0) * steps);
          if (coefficient != Complex(0))
            own.push_back({a, b, kind, coefficient});
        }
    any = any || !own.empty();
  }
  if (options.order != 4 || !any)
    return;
  prepare_kinds();
  prepare_nodes(surface, options.wall.has_tail());
}

void FourthOrder::prepare_kinds() {
  for (unsigned k = 0; k < kinds; ++k) {
    Kind &kind = kinds_[k];
    const auto [i, j] = pairs[k];
    kind.extent = {0, 0, 0};
    kind.extent[static_cast<std::size_t>(i)] = kind.extent[static_cast<std::size_t>(j)] = 1;
    const auto add_product = [&](const Taps &left, const Taps &right) {
      for (const auto &[from, weight] : left) {
        auto found = std::find_if(kind.taps.begin(), kind.taps.end(),
                                  [&, at = from](const auto &own) { return own.first == at; });
        if (found == kind.taps.end())
          found = kind.taps.insert(kind.taps.end(), {from, {}});
        for (const auto &[to, other] : right)
          found->second.add({to[0] - from[0], to[1] - from[1], to[2] - from[2]}, weight * other);
      }
    };
    if (i == j) {
      add_product(pure(i), pure(i));
      continue;
    }
    for (const int axis : {i, j}) {
      add_product(pure(axis), mixed(i, j));
      add_product(mixed(i, j), pure(axis));
    }
  }
}

void FourthOrder::prepare_nodes(const WallSurface &surface, bool open_faces) {
  const Grid &grid = voxels_.grid();
  const PlaceMap &cells = voxels_.at(cell_place);
  kinetics_.resize(static_cast<std::size_t>(grid.size()));
  inside_.resize(kinetics_.size());
  const auto inside = [&](const NodeIndex &node, const Step &step) {
    return surface.inside(node_place,
                          on_grid({node[0] + step[0], node[1] + step[1], node[2] + step[2]}));
  };
  // Where a tail weighs faces by their open part, only in voxels that the surface leaves whole.
  const PlaceMap &own_voxels = voxels_.at(node_place);
  const auto is_cut = [&](const NodeIndex &node) {
    const Index at = own_voxels.index(node[0], node[1], node[2]);
    return own_voxels.cells()[static_cast<std::size_t>(at)] < 0;
  };
  parallel_for(grid.size(), 4096, [&](Index begin, Index end) {
    for (Index number = begin; number < end; ++number) {
      const NodeIndex node = grid.node(number);
      int common = -2;
      for (unsigned bits = 0; bits < 8 && common != -1; ++bits) {
        const Index at = cells.index(node[0] - (bits & 1u), node[1] - (bits >> 1 & 1u),
                                     node[2] - (bits >> 2 & 1u));
        const int own = forms_.kinetic_class(cells, cells.cells()[static_cast<std::size_t>(at)]);
        common = own < 0 || (common != -2 && own != common) ? -1 : own;
      }
      kinetics_[static_cast<std::size_t>(number)] = static_cast<std::int16_t>(common);
      unsigned whole = 0;
      if (open_faces && is_cut(node))
        common = -1;
      for (unsigned k = 0; k < kinds && common >= 0; ++k)
        if (std::all_of(kinds_[k].taps.begin(), kinds_[k].taps.end(),
                        [&](const auto &tap) { return inside(node, tap.first); }))
          whole |= 1u << k;
      inside_[static_cast<std::size_t>(number)] = static_cast<std::uint8_t>(whole);
    }
  });
}

NodeIndex FourthOrder::on_grid(NodeIndex node) const {
  for (std::size_t d = 0; d < 3; ++d)
    node[d] = std::clamp<Index>(node[d], 0, voxels_.grid().shape[d] - 1);
  return node;
}

std::size_t FourthOrder::cell(const NodeIndex &node) const {
  return static_cast<std::size_t>(voxels_.grid().index(node[0], node[1], node[2]));
}

bool FourthOrder::in_box(const NodeIndex &node, const Kind &kind) const {
  for (std::size_t d = 0; d < 3; ++d)
    if (node[d] < kind.extent[d] || node[d] >= voxels_.grid().shape[d] - kind.extent[d])
      return false;
  return true;
}

bool FourthOrder::uniform_around(const NodeIndex &node, int kinetics) const {
  if (kinetics_.empty())
    return true;
  for (const Kind &kind : kinds_)
    for (const auto &[step, taps] : kind.taps) {
      const std::size_t at =
          cell(on_grid({node[0] - step[0], node[1] - step[1], node[2] - step[2]}));
      if (kinetics_[at] != kinetics || inside_[at] != all_kinds)
        return false;
    }
  return true;
}

void FourthOrder::add(RowAccumulator &rows) const {
  if (kinetics_.empty())
    return;
  const NodeIndex &node = rows.node();
  for (unsigned k = 0; k < kinds; ++k)
    for (const auto &[step, taps] : kinds_[k].taps) {
      const NodeIndex at{node[0] - step[0], node[1] - step[1], node[2] - step[2]};
      if (!in_box(at, kinds_[k]) || !(inside_[cell(at)] >> k & 1u))
        continue;
      for (const Coupling &own : couplings_[static_cast<std::size_t>(kinetics_[cell(at)])])
        if (own.kind == k)
          rows.add(own.a, own.b, taps, own.coefficient);
    }
}

} // namespace heterodot
