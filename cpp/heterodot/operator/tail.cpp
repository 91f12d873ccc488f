#include "heterodot/operator/tail.hpp"

#include <algorithm>
#include <cmath>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {

TailCondition::TailCondition(const Voxelisation &voxels, const PolynomialField &field,
                             const FormField &forms, const WallSurface &surface, const Wall &wall)
    : voxels_(voxels), field_(field), surface_(surface) {
  const double height = wall.barrier_edge - wall.reference_energy;
  diffusion_ = height < 0.0 ? -wall.tail_diffusion : wall.tail_diffusion;
  kappa_ = std::sqrt(height / diffusion_);
  energy_ = wall.barrier_edge + 3.0 * height;
  const Grid &grid = voxels.grid();
  const auto size = static_cast<std::size_t>(grid.size());
  for (int a = 0; a < field.orbitals; ++a) {
    const Place place = field.places[static_cast<std::size_t>(a)];
    OrbitalSurface &orbital = orbitals_.emplace_back();
    orbital.number.assign(size, -1);
    orbital.area.assign(size, 0.0);
    const InsideVolume volume(voxels, place,
                              [&](const NodeIndex &node) { return surface.inside(place, node); });
    std::vector<NodeIndex> nodes;
    for (Index x = 0; x < grid.shape[0]; ++x)
      for (Index y = 0; y < grid.shape[1]; ++y)
        for (Index z = 0; z < grid.shape[2]; ++z) {
          const NodeIndex node{x, y, z};
          if (!surface.inside(place, node))
            continue;
          for (int axis = 0; axis < 3; ++axis)
            if (!surface.inside(place, stepped(node, axis, 1)) ||
                !surface.inside(place, stepped(node, axis, -1))) {
              orbital.number[cell(node)] = static_cast<std::int32_t>(nodes.size());
              nodes.push_back(node);
              break;
            }
        }
    orbital.nodes.resize(nodes.size());
    parallel_for(static_cast<Index>(nodes.size()), 64, [&](Index begin, Index end) {
      for (Index n = begin; n < end; ++n)
        orbital.nodes[static_cast<std::size_t>(n)] =
            examine(a, nodes[static_cast<std::size_t>(n)], forms, volume);
    });
    share_surface(a);
    for (std::size_t n = 0; n < nodes.size(); ++n)
      for (const Leg &leg : orbital.nodes[n].legs)
        if (leg.has_tail)
          orbital.area[cell(stepped(nodes[n], leg.axis, leg.side))] += leg.area;
  }
}

std::size_t TailCondition::cell(const NodeIndex &node) const {
  return static_cast<std::size_t>(voxels_.grid().index(node[0], node[1], node[2]));
}

const TailCondition::SurfaceNode *TailCondition::surface_node(int orbital,
                                                              const NodeIndex &node) const {
  if (!surface_.inside(field_.places[static_cast<std::size_t>(orbital)], node))
    return nullptr;
  const OrbitalSurface &own = orbitals_[static_cast<std::size_t>(orbital)];
  const std::int32_t number = own.number[cell(node)];
  return number < 0 ? nullptr : &own.nodes[static_cast<std::size_t>(number)];
}

bool TailCondition::in_grid(const NodeIndex &node) const {
  for (std::size_t d = 0; d < 3; ++d)
    if (node[d] < 0 || node[d] >= voxels_.grid().shape[d])
      return false;
  return true;
}

bool TailCondition::exists(int orbital, const NodeIndex &node) const {
  return in_grid(node) && orbitals_[static_cast<std::size_t>(orbital)].area[cell(node)] > 0.0;
}

double TailCondition::scale(int orbital, const NodeIndex &node) const {
  const SurfaceNode *at = surface_node(orbital, node);
  return at ? 1.0 / std::sqrt(at->volume) : 1.0;
}

TailCondition::SurfaceNode TailCondition::examine(int orbital, const NodeIndex &node,
                                                  const FormField &forms,
                                                  const InsideVolume &volume) const {
  const Place place = field_.places[static_cast<std::size_t>(orbital)];
  SurfaceNode result;
  result.volume = volume.weight(node);
  for (int axis = 0; axis < 3; ++axis)
    for (int side = -1; side <= 1; side += 2) {
      const NodeIndex beside = stepped(node, axis, side);
      if (surface_.inside(place, beside))
        continue;
      const auto along = static_cast<std::size_t>(axis);
      const WallSurface::Crossing crossing = surface_.crossing(place, node, axis, side);
      NodeIndex face = side < 0 ? beside : node;
      if (shifted(place, axis))
        face[along] += 1;
      const double inside =
          forms.entry(toggled(place, axis), face, axis, axis, orbital, orbital).real();
      const double kappa = kappa_ + std::clamp(crossing.curvature, -0.5 * kappa_, 0.5 * kappa_);
      const double n = std::abs(crossing.normal[along]);
      Leg leg;
      leg.axis = axis;
      leg.side = side;
      leg.has_tail = in_grid(beside); // else the tail at the reference energy
      leg.fraction = crossing.fraction;
      leg.normal = crossing.normal;
      leg.value = diffusion_ * (leg.has_tail ? 2.0 * kappa_ + kappa : kappa);
      leg.along = diffusion_ / (2.0 * kappa);
      leg.slope = diffusion_ * kappa * n / inside;
      result.legs.push_back(leg);
    }
  return result;
}

// Every voxel's piece of the surface goes to the legs that run through it from the node at its
// centre (if that is inside) or to it (if not), in the ratio of n_i²; the areas sum to the surface.
void TailCondition::share_surface(int orbital) {
  const Place place = field_.places[static_cast<std::size_t>(orbital)];
  const PlaceMap &map = voxels_.at(place);
  OrbitalSurface &own = orbitals_[static_cast<std::size_t>(orbital)];
  std::vector<std::pair<Leg *, double>> takers;
  const auto offer = [&](const NodeIndex &inside, int axis, int side, double share) {
    if (!surface_.inside(place, inside) || own.number[cell(inside)] < 0 || share == 0.0)
      return;
    for (Leg &leg : own.nodes[static_cast<std::size_t>(own.number[cell(inside)])].legs)
      if (leg.axis == axis && leg.side == side)
        takers.emplace_back(&leg, share);
  };
  const auto &shape = map.shape();
  for (Index x = -1; x < shape[0] - 1; ++x)
    for (Index y = -1; y < shape[1] - 1; ++y)
      for (Index z = -1; z < shape[2] - 1; ++z) {
        const std::int32_t entry = map.cells()[static_cast<std::size_t>(map.index(x, y, z))];
        if (entry >= 0)
          continue;
        const Vec3 &piece = map.cut_surface(-1 - entry);
        const double area =
            std::sqrt(piece[0] * piece[0] + piece[1] * piece[1] + piece[2] * piece[2]);
        if (area == 0.0)
          continue;
        takers.clear();
        const NodeIndex node{x, y, z};
        const bool in = surface_.inside(place, node);
        for (int axis = 0; axis < 3; ++axis) {
          const double n = piece[static_cast<std::size_t>(axis)];
          const int side = n > 0.0 ? 1 : -1;
          offer(in ? node : stepped(node, axis, -side), axis, side, n * n);
        }
        if (takers.empty()) // edges, corners: all legs around
          for (Index i = -1; i <= 1; ++i)
            for (Index j = -1; j <= 1; ++j)
              for (Index k = -1; k <= 1; ++k)
                for (int axis = 0; axis < 3; ++axis)
                  for (int side = -1; side <= 1; side += 2)
                    offer({x + i, y + j, z + k}, axis, side, 1.0);
        double sum = 0.0;
        for (const auto &[leg, share] : takers)
          sum += share;
        for (const auto &[leg, share] : takers)
          leg->area += area * share / sum / voxels_.grid().cell_volume();
      }
}

// ψ at the crossing of a leg, continued along it. (A parabola through three nodes would not fit the
// energy inside, which is exact for linear ψ up to the surface: first order, measured.)
TailCondition::Taps TailCondition::surface_value(int orbital, const NodeIndex &node,
                                                 const Leg &leg) const {
  const Place place = field_.places[static_cast<std::size_t>(orbital)];
  const NodeIndex behind = stepped(node, leg.axis, -leg.side);
  if (surface_.inside(place, behind))
    return {{node, 1.0 + leg.fraction}, {behind, -leg.fraction}};
  const double h = voxels_.grid().spacing[static_cast<std::size_t>(leg.axis)];
  return {{node, 1.0 / (1.0 + leg.slope * leg.fraction * h)}};
}

TailCondition::Taps TailCondition::gradient(int orbital, const NodeIndex &node, int axis) const {
  const Place place = field_.places[static_cast<std::size_t>(orbital)];
  const double h = voxels_.grid().spacing[static_cast<std::size_t>(axis)];
  NodeIndex low = stepped(node, axis, -1), high = stepped(node, axis, 1);
  if (!surface_.inside(place, low))
    low = node;
  if (!surface_.inside(place, high))
    high = node;
  const auto along = static_cast<std::size_t>(axis);
  if (low == high)
    return {};
  const double width = h * static_cast<double>(high[along] - low[along]);
  return {{low, -1.0 / width}, {high, 1.0 / width}};
}

void TailCondition::add_rows(int orbital, RowAccumulator &rows) const {
  const NodeIndex node = rows.node();
  if (const SurfaceNode *at = surface_node(orbital, node))
    add_surface_node(orbital, node, *at, rows);
  for (int axis = 0; axis < 3; ++axis)
    for (const int steps : {-1, 1}) {
      const NodeIndex beside = stepped(node, axis, steps);
      if (const SurfaceNode *at = surface_node(orbital, beside))
        add_surface_node(orbital, beside, *at, rows);
    }
}

// The surface energy at one surface node, as far as it touches the row.
void TailCondition::add_surface_node(int orbital, const NodeIndex &node, const SurfaceNode &at,
                                     RowAccumulator &rows) const {
  const auto couple = [&](const Taps &left, const Taps &right, double coefficient) {
    for (const auto &[row, weight] : left)
      if (row == rows.node())
        for (const auto &[column, other] : right)
          rows.add(orbital, orbital, column, coefficient * weight * other);
  };
  const double coupling = -std::sqrt(8.0 * kappa_) * kappa_ * diffusion_;
  const auto &area = orbitals_[static_cast<std::size_t>(orbital)].area;
  for (const Leg &leg : at.legs) {
    const Taps value = surface_value(orbital, node, leg);
    couple(value, value, leg.area * leg.value);
    if (leg.has_tail) {
      const NodeIndex outside = stepped(node, leg.axis, leg.side);
      const Taps tail{{outside, coupling * leg.area / std::sqrt(area[cell(outside)])}};
      couple(value, tail, 1.0);
      couple(tail, value, 1.0);
    }
    // |∇_t ψ|² = ∇ψ·(1 − n nᵀ)∇ψ
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j)
        couple(gradient(orbital, node, i), gradient(orbital, node, j),
               leg.area * leg.along *
                   ((i == j ? 1.0 : 0.0) - leg.normal[static_cast<std::size_t>(i)] *
                                               leg.normal[static_cast<std::size_t>(j)]));
  }
}

} // namespace heterodot
