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

// h_i² h_j² ∂_iijj ψ.
Taps pure_of_both(int i, int j) {
  Taps taps;
  for (const int by_i : {-1, 0, 1})
    for (const int by_j : {-1, 0, 1})
      taps.emplace_back(stepped_along(i, by_i, j, by_j),
                        (by_i == 0 ? -2.0 : 1.0) * (by_j == 0 ? -2.0 : 1.0));
  return taps;
}

// h_i h_j ∂_ij at a place, of what lives half a step along both axes from it.
Taps mixed_across(Place place, int i, int j) {
  const int from_i = shifted(place, i) ? 0 : -1, from_j = shifted(place, j) ? 0 : -1;
  Taps taps;
  for (const int by_i : {0, 1})
    for (const int by_j : {0, 1})
      taps.emplace_back(stepped_along(i, from_i + by_i, j, from_j + by_j),
                        by_i == by_j ? 1.0 : -1.0);
  return taps;
}

// h_i ∂_i at the nodes, of what lives on the faces.
Taps slope(int i) {
  return {{{0, 0, 0}, 1.0}, {stepped_along(i, -1, i, 0), -1.0}};
}

template <class Rows>
void add_product(Rows &rows, const Taps &left, const Taps &right, double factor = 1.0) {
  for (const auto &[from, weight] : left) {
    auto found = std::find_if(rows.begin(), rows.end(),
                              [&, at = from](const auto &own) { return own.first == at; });
    if (found == rows.end())
      found = rows.insert(rows.end(), {from, {}});
    for (const auto &[to, other] : right)
      found->second.add({to[0] - from[0], to[1] - from[1], to[2] - from[2]},
                        factor * weight * other);
  }
}

} // namespace

FourthOrder::FourthOrder(const Voxelisation &voxels, const PolynomialField &field,
                         const FormField &forms, const WallSurface &surface,
                         const DiscretisationOptions &options)
    : voxels_(voxels), field_(field), forms_(forms), order_(options.order) {
  if (order_ == 2 && !options.mixed_products)
    return;
  std::vector<Place> places{node_place};
  for (const Place place : field.places)
    if (std::find(places.begin(), places.end(), place) == places.end())
      places.push_back(place);
  for (const Place place : places) {
    Lattice lattice;
    lattice.place = place;
    add_couplings(lattice);
    if (lattice.kinds.empty())
      continue;
    prepare_points(lattice, surface, options.wall.has_tail());
    lattices_.push_back(std::move(lattice));
  }
}

FourthOrder::Kind FourthOrder::plane_kind(Place place, unsigned number) {
  Kind kind;
  const auto [i, j] = pairs[number];
  kind.extent = {0, 0, 0};
  kind.extent[static_cast<std::size_t>(i)] = kind.extent[static_cast<std::size_t>(j)] = 1;
  if (i == j)
    add_product(kind.taps, pure(i), pure(i));
  else {
    for (const int axis : {i, j}) {
      add_product(kind.taps, pure(axis), mixed(i, j));
      add_product(kind.taps, mixed(i, j), pure(axis));
    }
    add_product(kind.taps, pure_of_both(i, j), mixed(i, j), -0.5);
    add_product(kind.taps, mixed(i, j), pure_of_both(i, j), -0.5);
  }
  for (const auto &[step, taps] : kind.taps)
    kind.needs.emplace_back(place, step);
  return kind;
}

FourthOrder::Kind FourthOrder::slope_kind(int axis, bool conjugate) {
  Kind kind;
  kind.extent = {0, 0, 0};
  kind.extent[static_cast<std::size_t>(axis)] = 1;
  const Taps second = pure(axis), first = slope(axis);
  add_product(kind.taps, conjugate ? first : second, conjugate ? second : first);
  for (const auto &[step, weight] : second)
    kind.needs.emplace_back(node_place, step);
  for (const auto &[step, weight] : first)
    kind.needs.emplace_back(toggled(node_place, axis), step);
  return kind;
}

FourthOrder::Kind FourthOrder::crossed_kind(Place place, unsigned pair, bool conjugate) {
  const auto [i, j] = pairs[pair];
  Kind kind;
  kind.extent = {0, 0, 0};
  kind.extent[static_cast<std::size_t>(i)] = kind.extent[static_cast<std::size_t>(j)] = 1;
  const Taps across = mixed_across(place, i, j);
  for (const int axis : {i, j}) {
    const Taps second = pure(axis);
    add_product(kind.taps, conjugate ? across : second, conjugate ? second : across);
    for (const auto &[step, weight] : second)
      kind.needs.emplace_back(place, step);
  }
  for (const auto &[step, weight] : across)
    kind.needs.emplace_back(toggled(toggled(place, i), j), step);
  return kind;
}

FourthOrder::Kind FourthOrder::make_kind(Place place, unsigned number) {
  if (number < plane_kinds)
    return plane_kind(place, number);
  number -= plane_kinds;
  if (number < slope_kinds)
    return slope_kind(static_cast<int>(number / 2), number % 2 == 1);
  number -= slope_kinds;
  return crossed_kind(place, 3 + number / 2, number % 2 == 1);
}

void FourthOrder::add_couplings(Lattice &lattice) const {
  const int m = field_.orbitals;
  const Vec3 &h = voxels_.grid().spacing;
  std::array<int, plane_kinds + slope_kinds + crossed_kinds> number;
  number.fill(-1);
  for (const RegionPolynomial &region : field_.regions) {
    auto &own = lattice.couplings.emplace_back();
    const auto add = [&](int a, int b, unsigned kind, Complex coefficient) {
      if (coefficient == Complex(0))
        return;
      if (number[kind] < 0) {
        number[kind] = static_cast<int>(lattice.kinds.size());
        lattice.kinds.push_back(make_kind(lattice.place, kind));
      }
      own.push_back({a, b, static_cast<unsigned>(number[kind]), coefficient});
    };
    for (int a = 0; a < m; ++a)
      for (int b = 0; b < m; ++b) {
        const Place pa = field_.places[static_cast<std::size_t>(a)];
        const Place pb = field_.places[static_cast<std::size_t>(b)];
        for (unsigned kind = 0; kind < plane_kinds; ++kind) {
          const auto [i, j] = pairs[kind];
          if (pa != lattice.place || !applies(i, j, pa, pb))
            continue;
          if (order_ == 2 && (i == j || pa != pb))
            continue; // mixed parts on the nodes only
          const double steps = h[static_cast<std::size_t>(i)] * h[static_cast<std::size_t>(j)];
          const Complex both =
              region.form(i * m + a, j * m + b) + region.form(j * m + a, i * m + b);
          if (pa == pb) {
            const double share = order_ == 2 ? 0.75 : 1.0;
            add(a, b, kind, share * both / ((i == j ? 24.0 : 12.0) * steps));
            continue;
          }
          const unsigned pair = plane_kinds + slope_kinds + 2 * (kind - 3);
          add(a, b, pair, both / (48.0 * steps));
          add(b, a, pair + 1, std::conj(both) / (48.0 * steps));
        }
        for (int axis = 0; axis < 3 && lattice.place == node_place && order_ == 4; ++axis) {
          if (!applies(3, axis, pa, pb))
            continue;
          const Complex coefficient = Complex(0, 1) * region.form(3 * m + a, axis * m + b) /
                                      (24.0 * h[static_cast<std::size_t>(axis)]);
          const unsigned kind = plane_kinds + 2 * static_cast<unsigned>(axis);
          add(a, b, kind, coefficient);
          add(b, a, kind + 1, std::conj(coefficient));
        }
      }
  }
}

void FourthOrder::prepare_points(Lattice &lattice, const WallSurface &surface,
                                 bool open_faces) const {
  const Grid &grid = voxels_.grid();
  // The eight voxels around a point are centred half a step from it along every axis.
  const Place around = static_cast<Place>(lattice.place ^ cell_place);
  const PlaceMap &cells = voxels_.at(around);
  lattice.kinetics.resize(static_cast<std::size_t>(grid.size()));
  lattice.inside.resize(lattice.kinetics.size());
  const auto inside = [&](const NodeIndex &node, const std::pair<Place, Step> &need) {
    const Step &step = need.second;
    return surface.inside(need.first,
                          on_grid({node[0] + step[0], node[1] + step[1], node[2] + step[2]}));
  };
  // Where a tail weighs faces by their open part, only in voxels that the surface leaves whole.
  const PlaceMap &own_voxels = voxels_.at(lattice.place);
  const auto is_cut = [&](const NodeIndex &node) {
    const Index at = own_voxels.index(node[0], node[1], node[2]);
    return own_voxels.cells()[static_cast<std::size_t>(at)] < 0;
  };
  const auto corner = [&](const NodeIndex &node, int axis, unsigned bits) {
    const Index bit = bits >> axis & 1u;
    return node[static_cast<std::size_t>(axis)] + (shifted(lattice.place, axis) ? bit : -bit);
  };
  parallel_for(grid.size(), 4096, [&](Index begin, Index end) {
    for (Index number = begin; number < end; ++number) {
      const NodeIndex node = grid.node(number);
      int common = -2;
      for (unsigned bits = 0; bits < 8 && common != -1; ++bits) {
        const Index at =
            cells.index(corner(node, 0, bits), corner(node, 1, bits), corner(node, 2, bits));
        const int own = forms_.kinetic_class(cells, cells.cells()[static_cast<std::size_t>(at)]);
        common = own < 0 || (common != -2 && own != common) ? -1 : own;
      }
      lattice.kinetics[static_cast<std::size_t>(number)] = static_cast<std::int16_t>(common);
      unsigned whole = 0;
      if (open_faces && is_cut(node))
        common = -1;
      for (std::size_t k = 0; k < lattice.kinds.size() && common >= 0; ++k)
        if (std::all_of(lattice.kinds[k].needs.begin(), lattice.kinds[k].needs.end(),
                        [&](const auto &need) { return inside(node, need); }))
          whole |= 1u << k;
      lattice.inside[static_cast<std::size_t>(number)] = static_cast<std::uint32_t>(whole);
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
  for (const Lattice &lattice : lattices_) {
    const unsigned all = (1u << lattice.kinds.size()) - 1;
    for (const Kind &kind : lattice.kinds)
      for (const auto &[step, taps] : kind.taps) {
        const std::size_t at =
            cell(on_grid({node[0] - step[0], node[1] - step[1], node[2] - step[2]}));
        if (lattice.kinetics[at] != kinetics || lattice.inside[at] != all)
          return false;
      }
  }
  return true;
}

void FourthOrder::add(RowAccumulator &rows) const {
  const NodeIndex &node = rows.node();
  for (const Lattice &lattice : lattices_)
    for (unsigned k = 0; k < lattice.kinds.size(); ++k)
      for (const auto &[step, taps] : lattice.kinds[k].taps) {
        const NodeIndex at{node[0] - step[0], node[1] - step[1], node[2] - step[2]};
        if (!in_box(at, lattice.kinds[k]) || !(lattice.inside[cell(at)] >> k & 1u))
          continue;
        for (const Coupling &own :
             lattice.couplings[static_cast<std::size_t>(lattice.kinetics[cell(at)])])
          if (own.kind == k)
            rows.add(own.a, own.b, taps, own.coefficient);
      }
}

} // namespace heterodot
