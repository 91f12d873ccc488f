#include "heterodot/operator/cut_layers.hpp"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

// What the dependence on E may add to the norm of a node, 1, or take from it: next to the wall,
// where u hardly matters, the condition would ask for more.
constexpr double largest_slope = 0.45;
constexpr double least_norm = 0.1;  // of a node in a corner of the wall, with three cut legs
constexpr double layer_core = 0.15; // depth in 1/κ within which u falls
constexpr double largest_gap = 1.5; // in units of Aκ²; larger ones belong to resolved layers
// Where the straight line in E meets γ, in gaps from the edge of u: a tenth above it, and a fifth
// below the edge of v.
constexpr double upper = 0.1, lower = -1.2;
// By how much slope_v falls with ε_v, from the differences along a line.
constexpr double saturation = 1.5;

} // namespace

CutLayers::CutLayers(const Voxelisation &voxels, const PolynomialField &field,
                     const FormField &forms, const WallSurface &surface)
    : voxels_(voxels), field_(field), forms_(forms), surface_(surface) {}

Index CutLayers::key(int orbital, const NodeIndex &node) const {
  return voxels_.grid().index(node[0], node[1], node[2]) * field_.orbitals + orbital;
}

// How a wall divides between the legs that it cuts: n_i² by the flux of u along them. A node within
// the layer has legs at shallow angles that see u fall, and others, unresolved, that do not; where
// they meet u must not fall. n_i³ there, on grids that do not resolve the layer, leaves the least
// scatter over the places of a circular wall between the nodes.
double CutLayers::leg_share(const WallLayer &layer, std::size_t axis, double spacing,
                            double depth) {
  const double eta = spacing * layer.decay, inside = depth * layer.decay / layer_core;
  const double power = 1.0 + 0.5 * eta * eta / (1.0 + eta * eta) * std::exp(-inside * inside);
  double sum = 0.0;
  for (const double share : layer.share)
    sum += std::pow(std::max(share, 0.0), power);
  return std::pow(layer.share[axis], power) / sum;
}

CutLayer CutLayers::at(int orbital, int axis, int side, const NodeIndex &inside,
                       double theta) const {
  const Grid &grid = voxels_.grid();
  const auto along = static_cast<std::size_t>(axis);
  const double h = grid.spacing[along];
  Vec3 where = grid.position(inside[0], inside[1], inside[2], node_place);
  where[along] += side * theta * h;
  CutLayer cut;
  const Vec3 normal = surface_.normal(where);
  const double across = std::abs(normal[along]);
  std::vector<double> fractions;
  forms_.local_fractions(node_place, inside, fractions);
  const auto largest = std::max_element(fractions.begin(), fractions.end());
  if (across < 1e-3 || largest == fractions.end() || *largest <= 0.0)
    return cut;
  const auto region = static_cast<std::size_t>(largest - fractions.begin());
  const WallLayer layer =
      WallLayer::of(field_.regions[region].form, field_.places, orbital, normal);
  if (!(layer.share[along] > 0.0))
    return cut;
  const double eta = h * layer.decay * across, curvature = surface_.curvature(where);
  const double whole = layer.diffusion * layer.decay;
  const double share = leg_share(layer, along, h, theta * across * h);
  cut.stiffness = share / (layer.share[along] / whole);
  cut.product = cut.stiffness * leg_product(eta);

  // γ as a straight line in E.
  const LayerEnergy energy = layer_energy(theta, eta);
  const double gap = std::min(layer.gap / (whole * layer.decay), largest_gap);
  const double slope_u = energy.slope_u + (upper + lower) * gap * energy.bend_u;
  const double bend = -upper * lower * gap * gap * energy.bend_u;
  // On a curved wall the flux of v spreads as if E were lower by 2K v/u.
  const double spread = 2.0 * curvature / layer.decay * energy.slope_u;
  // Only states above the gap see that of ε_v, which is 1 + upper gaps there.
  const double slope_v = layer.ratio * (energy.slope_v + upper * gap * energy.bend_uv) /
                         (1.0 + saturation * (1.0 + upper) * layer.ratio * gap);
  const double part = share / eta;
  const double size = (std::abs(slope_u) + std::abs(slope_v) + std::abs(bend)) / eta;
  double kept = std::min(1.0, largest_slope / std::max(size, largest_slope));
  if (const auto corner = kept_in_corner_.find(key(orbital, inside));
      corner != kept_in_corner_.end())
    kept *= corner->second;
  cut.norm = -kept * part * (slope_u + slope_v);
  cut.energy =
      part *
      (whole * layer.decay *
           (energy.value + kept * (bend - spread) - layer_bending(curvature, h, layer.decay)) +
       kept * slope_v * layer.gap);
  return cut;
}

void CutLayers::find_norms() {
  const Grid &grid = voxels_.grid();
  std::mutex guard;
  std::unordered_map<Index, double> kept_in_corner;
  for (int orbital = 0; orbital < field_.orbitals; ++orbital) {
    if (field_.places[static_cast<std::size_t>(orbital)] != node_place)
      continue;
    parallel_for(grid.shape[0], 1, [&](Index begin, Index end) {
      for (Index x = begin; x < end; ++x)
        for (Index y = 0; y < grid.shape[1]; ++y)
          for (Index z = 0; z < grid.shape[2]; ++z) {
            const NodeIndex node{x, y, z};
            if (!surface_.inside(node_place, node))
              continue;
            double norm = 1.0;
            for (int axis = 0; axis < 3; ++axis)
              for (const int side : {1, -1})
                if (const NodeIndex next = stepped(node, axis, side);
                    !surface_.inside(node_place, next))
                  norm +=
                      at(orbital, axis, side, node, surface_.cut_leg(node_place, node, next)).norm;
            if (norm != 1.0) {
              const std::lock_guard<std::mutex> lock(guard);
              if (norm < least_norm)
                kept_in_corner.emplace(key(orbital, node), (1.0 - least_norm) / (1.0 - norm));
              norms_.emplace(key(orbital, node), std::max(norm, least_norm));
            }
          }
    });
  }
  kept_in_corner_ = std::move(kept_in_corner);
}

std::vector<std::pair<int, NodeIndex>> CutLayers::nodes_with_norms() const {
  std::vector<std::pair<int, NodeIndex>> result;
  for (const auto &[key, norm] : norms_)
    result.emplace_back(static_cast<int>(key % field_.orbitals),
                        voxels_.grid().node(key / field_.orbitals));
  return result;
}

double CutLayers::scale(int orbital, const NodeIndex &node) const {
  const auto found = norms_.find(key(orbital, node));
  return found == norms_.end() ? 1.0 : 1.0 / std::sqrt(found->second);
}

} // namespace heterodot
