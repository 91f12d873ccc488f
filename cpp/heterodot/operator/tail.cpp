#include "heterodot/operator/tail.hpp"

#include <algorithm>
#include <cmath>

#include "heterodot/solids/plane_box.hpp"

namespace heterodot {
namespace {

constexpr double smallest_volume = 0.2; // of a node, in voxels

} // namespace

TailCondition::TailCondition(const Voxelisation &voxels, const PolynomialField &field,
                             const FormField &forms, const WallSurface &surface,
                             const DiscretisationOptions &options)
    : voxels_(voxels), field_(field), surface_(surface), order_(options.order) {
  const Wall &wall = options.wall;
  const double height = wall.barrier_edge - wall.reference_energy;
  diffusion_ = height < 0.0 ? -wall.tail_diffusion : wall.tail_diffusion;
  kappa_ = std::sqrt(height / diffusion_);
  tangential_kappa_ = std::sqrt((wall.barrier_edge - wall.tangential_energy) / diffusion_);
  energy_ = wall.barrier_edge + 3.0 * height;
  for (int a = 0; a < field.orbitals; ++a) {
    orbitals_.emplace_back(voxels, place(a), surface);
    share_volumes(a);
    add_faces(a, forms);
    for (const Piece &piece : find_pieces(a))
      add_piece(a, piece);
    add_tails(a);
  }
}

Index TailCondition::cell(const NodeIndex &node) const {
  return voxels_.grid().index(node[0], node[1], node[2]);
}

bool TailCondition::in_grid(const NodeIndex &node) const {
  for (std::size_t d = 0; d < 3; ++d)
    if (node[d] < 0 || node[d] >= voxels_.grid().shape[d])
      return false;
  return true;
}

bool TailCondition::exists(int orbital, const NodeIndex &node) const {
  return in_grid(node) && own(orbital).tails.contains(cell(node));
}

bool TailCondition::touches(int orbital, const NodeIndex &node) const {
  return in_grid(node) &&
         (own(orbital).at.contains(cell(node)) || own(orbital).volume.contains(cell(node)));
}

double TailCondition::scale(int orbital, const NodeIndex &node) const {
  if (!inside(orbital, node))
    return 1.0;
  const auto found = own(orbital).volume.find(cell(node));
  return found == own(orbital).volume.end() ? 1.0 : 1.0 / std::sqrt(found->second);
}

bool TailCondition::owns_face(int orbital, const NodeIndex &below, int axis) const {
  if (own(orbital).faces.open(below, axis) < 1.0)
    return true;
  const int wider = order_ == 4 ? 1 : 0; // nodes beyond the two beside the face
  for (int steps = -wider; steps <= 1 + wider; ++steps)
    if (!inside(orbital, stepped(below, axis, steps)))
      return true;
  return false;
}

template <class Action> void TailCondition::for_all_nodes(const Action &action) const {
  const auto &n = voxels_.grid().shape;
  for (Index x = -1; x <= n[0]; ++x)
    for (Index y = -1; y <= n[1]; ++y)
      for (Index z = -1; z <= n[2]; ++z)
        action(NodeIndex{x, y, z});
}

// The centre of the part of a voxel inside the surface, from its node, by the plane through it.
Vec3 TailCondition::centroid(int orbital, const NodeIndex &node) const {
  const Grid &grid = voxels_.grid();
  const Vec3 piece = own(orbital).faces.piece(node);
  const double area = norm(piece);
  if (area == 0.0)
    return {};
  constexpr int parts = 4; // along each axis
  const Vec3 normal{piece[0] / area, piece[1] / area, piece[2] / area};
  const Vec3 part{grid.spacing[0] / parts, grid.spacing[1] / parts, grid.spacing[2] / parts};
  const double distance =
      voxels_.signed_distance(grid.position(node[0], node[1], node[2], place(orbital)));
  Vec3 moment{};
  double volume = 0.0;
  for (int i = 0; i < parts; ++i)
    for (int j = 0; j < parts; ++j)
      for (int k = 0; k < parts; ++k) {
        const Vec3 at{(i - 0.5 * (parts - 1)) * part[0], (j - 0.5 * (parts - 1)) * part[1],
                      (k - 0.5 * (parts - 1)) * part[2]};
        const double filled = plane_box_fraction(
            distance + normal[0] * at[0] + normal[1] * at[1] + normal[2] * at[2], normal, part);
        volume += filled;
        for (std::size_t d = 0; d < 3; ++d)
          moment[d] += filled * at[d];
      }
  if (volume < 1e-6)
    return {};
  return {moment[0] / volume, moment[1] / volume, moment[2] / volume};
}

// w: ∫ψ² over the part of a voxel inside is its volume times ψ² at its centre, which is continued
// linearly, as ψ is, from the nodes inside.
void TailCondition::share_volumes(int orbital) {
  OrbitalSurface &at = own(orbital);
  const auto add = [&](const NodeIndex &node, double part) {
    at.volume.try_emplace(cell(node), at.faces.volume(node) == 1.0 ? 1.0 : 0.0).first->second +=
        part;
  };
  for_all_nodes([&](const NodeIndex &node) {
    const double volume = at.faces.volume(node);
    if (volume == 0.0 || (volume == 1.0 && inside(orbital, node)))
      return;
    if (inside(orbital, node))
      add(node, 0.0);
    Taps taps = at.continuation.value(node, true);
    const Vec3 centre = centroid(orbital, node);
    for (int axis = 0; axis < 3; ++axis) {
      const auto along = static_cast<std::size_t>(axis);
      add_taps(taps, at.continuation.gradient(node, axis, voxels_.grid().spacing[along]),
               centre[along]);
    }
    for (const auto &[taker, weight] : taps)
      add(taker, volume * weight);
  });
  for (auto &[number, weight] : at.volume) // edges and corners, where ψ² bends too much
    weight = std::max(weight, smallest_volume);
}

void TailCondition::add_faces(int orbital, const FormField &forms) {
  for_all_nodes([&](const NodeIndex &below) {
    for (int axis = 0; axis < 3; ++axis) {
      const double open = own(orbital).faces.open(below, axis);
      if (open == 0.0 || !owns_face(orbital, below, axis))
        continue;
      NodeIndex face = below;
      if (shifted(place(orbital), axis))
        face[static_cast<std::size_t>(axis)] += 1;
      const double diffusion =
          forms.entry(toggled(place(orbital), axis), face, axis, axis, orbital, orbital).real();
      const double h = voxels_.grid().spacing[static_cast<std::size_t>(axis)];
      const Continuation &continuation = own(orbital).continuation;
      const bool fourth = order_ == 4 && open == 1.0 &&
                          forms.uniform_around(toggled(place(orbital), axis), face, 1u << axis) &&
                          inside(orbital, below) && inside(orbital, stepped(below, axis, 1));
      Taps difference;
      const double outer = fourth ? 1.0 / 24.0 : 0.0;
      add_taps(difference, continuation.value(stepped(below, axis, 1)), (1.0 + 3 * outer) / h);
      add_taps(difference, continuation.value(below), -(1.0 + 3 * outer) / h);
      if (fourth) {
        add_taps(difference, continuation.value(stepped(below, axis, 2)), -outer / h);
        add_taps(difference, continuation.value(stepped(below, axis, -1)), outer / h);
      }
      add_element(orbital, difference, difference, open * diffusion);
    }
  });
}

std::vector<TailCondition::Piece> TailCondition::find_pieces(int orbital) const {
  std::vector<Piece> pieces;
  for_all_nodes([&](const NodeIndex &node) {
    const Vec3 surface = own(orbital).faces.piece(node);
    const double area = norm(surface);
    if (area == 0.0)
      return;
    Piece piece{node, area / voxels_.grid().cell_volume(), surface};
    for (double &component : piece.normal)
      component /= area;
    pieces.push_back(piece);
  });
  return pieces;
}

// The nodes that carry the tail of a piece: its own if that is outside, else the next ones
// outwards, in the ratio of the squares of the normal.
Taps TailCondition::tail_nodes(int orbital, const Piece &piece) const {
  if (!inside(orbital, piece.node))
    return {{piece.node, 1.0}};
  Taps nodes;
  double sum = 0.0;
  NodeIndex corner = piece.node;
  for (int axis = 0; axis < 3; ++axis) {
    const double n = piece.normal[static_cast<std::size_t>(axis)];
    const int outwards = n > 0.0 ? 1 : -1;
    corner = stepped(corner, axis, outwards);
    const NodeIndex beside = stepped(piece.node, axis, outwards);
    if (n == 0.0 || inside(orbital, beside))
      continue;
    nodes.emplace_back(beside, n * n);
    sum += n * n;
  }
  if (nodes.empty() && !inside(orbital, corner))
    return {{corner, 1.0}};
  for (auto &[node, weight] : nodes)
    weight /= sum;
  return nodes;
}

// The condition at the reference energy.
void TailCondition::add_piece(int orbital, const Piece &piece) {
  const Grid &grid = voxels_.grid();
  const Continuation &continuation = own(orbital).continuation;
  Taps value = continuation.value(piece.node);
  if (value.empty())
    return;
  const Vec3 centre = grid.position(piece.node[0], piece.node[1], piece.node[2], place(orbital));
  const SurfacePoint foot = surface_.nearest(centre, piece.normal);
  std::array<Taps, 3> gradient;
  for (int axis = 0; axis < 3; ++axis) {
    const auto along = static_cast<std::size_t>(axis);
    gradient[along] = continuation.gradient(piece.node, axis, grid.spacing[along]);
    add_taps(value, gradient[along], foot.position[along] - centre[along]);
  }
  const double curvature = std::clamp(foot.curvature, -0.5 * kappa_, 0.5 * kappa_);
  add_element(orbital, value, value, piece.area * diffusion_ * (kappa_ + curvature));
  // |∇_t ψ|² = ∇ψ·(1 − n nᵀ)∇ψ
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      add_element(orbital, gradient[i], gradient[j],
                  piece.area * diffusion_ / (2.0 * (tangential_kappa_ + curvature)) *
                      ((i == j ? 1.0 : 0.0) - piece.normal[i] * piece.normal[j]));
  for (const auto &[node, share] : tail_nodes(orbital, piece))
    if (in_grid(node)) { // beyond the grid the tail stays that of the reference energy
      Tail &tail = own(orbital).tails[cell(node)];
      tail.node = node;
      tail.area += share * piece.area;
      add_taps(tail.integral, value, share * piece.area);
    }
}

// How the condition depends on the energy. Each φ sees the mean of ψ over its pieces of the
// surface; what ψ varies within them has the reference energy's tail.
void TailCondition::add_tails(int orbital) {
  for (const auto &[number, tail] : own(orbital).tails) {
    const double factor = diffusion_ * kappa_;
    add_element(orbital, tail.integral, tail.integral, 2.0 * factor / tail.area);
    const Taps phi{{tail.node, 1.0}};
    const double coupling = -factor * std::sqrt(8.0 * kappa_ / tail.area);
    add_element(orbital, tail.integral, phi, coupling);
    add_element(orbital, phi, tail.integral, coupling);
  }
}

void TailCondition::add_element(int orbital, const Taps &left, const Taps &right,
                                double coefficient) {
  if (left.empty() || right.empty() || coefficient == 0.0)
    return;
  OrbitalSurface &at = own(orbital);
  const auto number = static_cast<std::int32_t>(at.elements.size());
  for (const auto &[node, weight] : left)
    at.at[cell(node)].push_back(number);
  at.elements.push_back({left, right, coefficient});
}

void TailCondition::add_rows(int orbital, RowAccumulator &rows) const {
  const auto found = own(orbital).at.find(cell(rows.node()));
  if (found == own(orbital).at.end())
    return;
  for (const std::int32_t number : found->second) {
    const Element &element = own(orbital).elements[static_cast<std::size_t>(number)];
    for (const auto &[row, weight] : element.left)
      if (row == rows.node())
        for (const auto &[column, other] : element.right)
          if (RowAccumulator::within_reach(row, column)) // else two surfaces closer than a step
            rows.add(orbital, orbital, column, element.coefficient * weight * other);
  }
}

} // namespace heterodot
