#include "heterodot/operator/step_layers.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "heterodot/operator/wall_layer.hpp"
#include "heterodot/parallel/parallel.hpp"
#include "heterodot/solids/plane_box.hpp"

namespace heterodot {
namespace {

constexpr int waves = 48, reach = 3; // of a quadrature over (0, π); nodes a step's weights reach

// Of the grid: K and p² in units of 1/h², and cos and sin of every node's phase.
struct Wave {
  double x, kinetic, product, between; // K, p² and |1 − e^(−ix)|²
  std::array<double, 2 * reach + 1> cosine, sine;
};

std::array<Wave, waves> make_waves() {
  std::array<Wave, waves> result;
  for (int n = 0; n < waves; ++n) {
    Wave &wave = result[static_cast<std::size_t>(n)];
    wave.x = std::numbers::pi * (n + 0.5) / waves;
    wave.between = 2.0 - 2.0 * std::cos(wave.x);
    wave.kinetic = wave.between * (1.0 + wave.between / 12.0);
    wave.product = wave.between * std::pow(1.0 + wave.between / 24.0, 2);
    for (int j = -reach; j <= reach; ++j) {
      wave.cosine[static_cast<std::size_t>(j + reach)] = std::cos(j * wave.x);
      wave.sine[static_cast<std::size_t>(j + reach)] = std::sin(j * wave.x);
    }
  }
  return result;
}

// The weight (FormField::local_fractions) at node j of what lies beyond t, the spacing being 1.
double step_weight(double t, int j) {
  const auto before = [&](int node) { return std::clamp(t - node + 0.5, 0.0, 1.0); };
  const auto moment = [&](int node) {
    return 0.5 * (0.25 - (before(node) - 0.5) * (before(node) - 0.5));
  };
  return 1.0 - before(j) - 0.5 * (moment(j + 1) - moment(j - 1)) -
         (before(j + 1) - 2.0 * before(j) + before(j - 1)) / 24.0;
}

} // namespace

double step_response(double part, double eta) {
  static const std::array<Wave, waves> all = make_waves();
  const double t = part - std::round(part), layer = 1.0 / (eta * eta); // (1/hκ)²
  std::array<double, 2 * reach + 1> jump;
  for (int j = -reach; j <= reach; ++j)
    jump[static_cast<std::size_t>(j + reach)] = step_weight(t, j) - step_weight(t, j - 1);
  double sum = 0.0;
  for (const Wave &wave : all) {
    double real = 0.0, imaginary = 0.0;
    for (std::size_t j = 0; j < jump.size(); ++j) {
      real += jump[j] * wave.cosine[j];
      imaginary += jump[j] * wave.sine[j];
    }
    const double weight = (real * real + imaginary * imaginary) / wave.between;
    sum += 1.0 / (wave.x * wave.x * (1.0 + layer * wave.x * wave.x)) -
           weight * wave.kinetic / (layer * wave.kinetic * wave.kinetic + wave.product);
  }
  constexpr double pi = std::numbers::pi;
  // Waves that the grid does not have.
  const double beyond = (1.0 / pi - (0.5 * pi - std::atan(pi / eta)) / eta) / pi;
  return sum / waves + beyond;
}

double mean_step_response(double eta) {
  double sum = 0.0;
  for (const double part : {0.0, 0.25, 0.5, 0.75})
    sum += step_response(part + 0.125, eta);
  return 0.25 * sum;
}

StepLayers::StepLayers(const Voxelisation &voxels, const PolynomialField &field,
                       const FormField &forms, const WallSurface &surface,
                       const DiscretisationOptions &options)
    : voxels_(voxels), field_(field), surface_(surface) {
  const auto on_nodes = [](Place place) { return place == node_place; };
  if (options.order != 4 || options.interface != InterfaceRule::laminate ||
      !options.corrected_fractions || field.regions.size() < 2 ||
      std::all_of(field.places.begin(), field.places.end(), on_nodes) ||
      std::none_of(field.places.begin(), field.places.end(), on_nodes))
    return;
  map_ = &voxels.at(node_place);
  energies_.resize(static_cast<std::size_t>(map_->cut_count()));
  const Grid &grid = voxels.grid();
  parallel_for(grid.size(), 4096, [&](Index begin, Index end) {
    for (Index number = begin; number < end; ++number) {
      const NodeIndex node = grid.node(number);
      const std::int32_t label =
          map_->cells()[static_cast<std::size_t>(map_->index(node[0], node[1], node[2]))];
      if (label < 0 && forms.kinetic_class(*map_, label) >= 0)
        fill(node, -1 - label, energies_[static_cast<std::size_t>(-1 - label)]);
    }
  });
}

void StepLayers::fill(const NodeIndex &node, Index cut, std::vector<StepEnergy> &energies) const {
  const Grid &grid = voxels_.grid();
  const Vec3 &h = grid.spacing, &normal = map_->cut_normal(cut);
  const double *fractions = map_->cut_fractions(cut);
  std::vector<std::size_t> regions;
  double filled = 0.0;
  for (std::size_t r = 0; r < field_.regions.size(); ++r)
    if (fractions[r] > 0.0) {
      regions.push_back(r);
      filled += fractions[r];
    }
  if (regions.size() != 2 || filled < 1.0 - 1e-6 || !surface_.inside(node_place, node))
    return;
  const Eigen::MatrixXcd &inner = field_.regions[regions[0]].form,
                         &outer = field_.regions[regions[1]].form;
  const double offset = plane_box_offset(fractions[regions[0]], normal, h);
  double spacing = 0.0, fourth = 0.0;
  std::size_t main = 0;
  for (std::size_t d = 0; d < 3; ++d) {
    spacing += normal[d] * normal[d] * h[d];
    fourth += std::pow(normal[d], 4);
    if (std::abs(normal[d]) > std::abs(normal[main]))
      main = d;
  }
  for (int a = 0; a < field_.orbitals; ++a) {
    if (field_.places[static_cast<std::size_t>(a)] != node_place)
      continue;
    const Eigen::Index local = 3 * field_.orbitals + a;
    const double step = (outer(local, local) - inner(local, local)).real();
    const WallLayer layer = WallLayer::of(inner, field_.places, a, normal);
    if (step == 0.0 || !(layer.decay > 0.0))
      continue;
    const double eta = spacing * layer.decay, mean = mean_step_response(eta);
    // Where along the main axis the interface lies matters on faces along the grid; on others its
    // places average out.
    const double place = step_response(offset / (normal[main] * h[main]), eta) - mean;
    const double response =
        0.5 * (1.0 + fourth) * mean + std::pow(std::abs(normal[main]), 8) * place;
    const double energy = -step * step * spacing * response /
                          (layer.diffusion * layer.decay * layer.decay) * map_->cut_area(cut) /
                          grid.cell_volume();
    StepEnergy own{a, energy, {}};
    for (std::size_t d = 0; d < 3; ++d)
      own.slope[d] = -energy * offset * normal[d] / (2.0 * h[d]);
    energies.push_back(own);
  }
}

const std::vector<StepLayers::StepEnergy> *StepLayers::at(const NodeIndex &node) const {
  for (std::size_t d = 0; d < 3; ++d)
    if (node[d] < 0 || node[d] >= voxels_.grid().shape[d])
      return nullptr;
  const std::int32_t label =
      map_->cells()[static_cast<std::size_t>(map_->index(node[0], node[1], node[2]))];
  return label < 0 ? &energies_[static_cast<std::size_t>(-1 - label)] : nullptr;
}

void StepLayers::add(RowAccumulator &rows) const {
  if (!map_)
    return;
  const NodeIndex &node = rows.node();
  const auto *own = at(node);
  for (int axis = 0; axis < 3; ++axis)
    for (const int side : {1, -1}) {
      const NodeIndex next = stepped(node, axis, side);
      if (!surface_.inside(node_place, next))
        continue;
      // u at the interface is u₀ + Σ n_i d ∂_i u: its square has these products.
      if (own)
        for (const StepEnergy &step : *own)
          rows.add(step.orbital, step.orbital, next,
                   side * step.slope[static_cast<std::size_t>(axis)]);
      if (const auto *others = at(next))
        for (const StepEnergy &step : *others)
          rows.add(step.orbital, step.orbital, next,
                   -side * step.slope[static_cast<std::size_t>(axis)]);
    }
  if (own)
    for (const StepEnergy &step : *own)
      rows.add(step.orbital, step.orbital, node, step.energy);
}

} // namespace heterodot
