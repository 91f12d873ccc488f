#include "heterodot/operator/form_field.hpp"

#include <algorithm>
#include <cmath>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr double negligible_fraction = 1e-9;

bool same_kinetics(const Eigen::MatrixXcd &a, const Eigen::MatrixXcd &b) {
  const Eigen::Index m = a.rows() / 4;
  Eigen::MatrixXcd difference = a - b;
  difference.bottomRightCorner(m, m).setZero();
  return difference.cwiseAbs().maxCoeff() <= 1e-12 * (1.0 + a.cwiseAbs().maxCoeff());
}

} // namespace

FormField::FormField(const Voxelisation &voxels, const PolynomialField &field,
                     const DiscretisationOptions &options)
    : voxels_(voxels), field_(field), options_(options) {
  for (std::size_t r = 0; r < field.regions.size(); ++r) {
    std::size_t first = 0;
    while (!same_kinetics(field.regions[first].form, field.regions[r].form))
      ++first;
    kinetic_class_.push_back(static_cast<int>(first));
  }
  for (PlaceForms &forms : places_)
    forms.block_slot.fill(-1);
}

std::int32_t FormField::label(Place place, const NodeIndex &at) const {
  const auto &n = voxels_.grid().shape;
  NodeIndex clamped;
  for (int d = 0; d < 3; ++d)
    clamped[static_cast<std::size_t>(d)] =
        std::clamp<Index>(at[static_cast<std::size_t>(d)], -1, n[static_cast<std::size_t>(d)]);
  const PlaceMap &map = voxels_.at(place);
  return map.cells()[static_cast<std::size_t>(map.index(clamped[0], clamped[1], clamped[2]))];
}

void FormField::raw_fractions(Place place, const NodeIndex &at,
                              std::vector<double> &fractions) const {
  const int regions = material_regions();
  fractions.assign(static_cast<std::size_t>(regions), 0.0);
  const std::int32_t region = label(place, at);
  if (region >= 0) {
    if (region < regions)
      fractions[static_cast<std::size_t>(region)] = 1.0;
    return;
  }
  const double *cell = voxels_.at(place).cut_fractions(-1 - region);
  double sum = 0.0;
  for (int r = 0; r < regions; ++r)
    sum += cell[r];
  if (sum > negligible_fraction) // what lies outside a hard wall does not count
    for (int r = 0; r < regions; ++r)
      fractions[static_cast<std::size_t>(r)] = cell[r] / sum;
}

void FormField::local_fractions(Place place, const NodeIndex &at,
                                std::vector<double> &fractions) const {
  raw_fractions(place, at, fractions);
  if (options_.interface == InterfaceRule::staircase) {
    const auto largest = std::max_element(fractions.begin(), fractions.end());
    const std::size_t region = static_cast<std::size_t>(largest - fractions.begin());
    std::fill(fractions.begin(), fractions.end(), 0.0);
    fractions[region] = 1.0;
    return;
  }
  if (!options_.corrected_fractions)
    return;
  // f* = f − δ²f/24 along each axis: the mean over the voxel smooths a step with the second moment
  // h²/12 of the voxel; this takes it out again.
  std::vector<double> corrected = fractions, neighbour;
  for (std::size_t d = 0; d < 3; ++d)
    for (int side = -1; side <= 1; side += 2) {
      NodeIndex beside = at;
      beside[d] += side;
      raw_fractions(place, beside, neighbour);
      double sum = 0.0;
      for (double f : neighbour)
        sum += f;
      if (sum == 0.0) // outside a hard wall: as if the material went on
        continue;
      for (std::size_t r = 0; r < fractions.size(); ++r)
        corrected[r] -= (neighbour[r] - fractions[r]) / 24.0;
    }
  fractions = corrected;
}

void FormField::prepare(Place place, const std::vector<std::pair<int, int>> &blocks) {
  PlaceForms &forms = places_[place];
  for (const auto &[i, j] : blocks)
    if (forms.block_slot[static_cast<std::size_t>(4 * i + j)] < 0)
      forms.block_slot[static_cast<std::size_t>(4 * i + j)] = forms.blocks++;
  const PlaceMap &map = voxels_.at(place);
  const Index m = field_.orbitals;
  const Index stride = forms.blocks * m * m;
  forms.value.assign(static_cast<std::size_t>(map.cut_count() * stride), Complex(0));
  parallel_for(map.cut_count(), 64, [&](Index begin, Index end) {
    std::vector<const Eigen::MatrixXcd *> present;
    std::vector<double> fractions;
    for (Index cell = begin; cell < end; ++cell) {
      const double *all = map.cut_fractions(cell);
      present.clear();
      fractions.clear();
      double sum = 0.0;
      int first_class = -1;
      bool mixed = false;
      for (int r = 0; r < material_regions(); ++r)
        if (all[r] > negligible_fraction) {
          present.push_back(&field_.regions[static_cast<std::size_t>(r)].form);
          fractions.push_back(all[r]);
          sum += all[r];
          const int c = kinetic_class_[static_cast<std::size_t>(r)];
          mixed = mixed || (first_class >= 0 && c != first_class);
          first_class = c;
        }
      if (present.empty())
        continue;
      for (double &f : fractions)
        f /= sum;
      const Eigen::MatrixXcd form =
          mixed ? mixed_form(present, fractions, map.cut_normal(cell), options_.interface)
                : *present[0];
      Eigen::MatrixXcd local_mean = Eigen::MatrixXcd::Zero(m, m);
      if (mixed)
        for (std::size_t r = 0; r < present.size(); ++r)
          local_mean += fractions[r] * present[r]->bottomRightCorner(m, m);
      for (int slot = 0; slot < 16; ++slot) {
        const int stored = forms.block_slot[static_cast<std::size_t>(slot)];
        if (stored < 0)
          continue;
        Eigen::MatrixXcd block = form.block((slot / 4) * m, (slot % 4) * m, m, m);
        if (slot == 15) // M_33: only what the laminate adds to the mean, see entry()
          block = mixed && options_.interface == InterfaceRule::laminate
                      ? Eigen::MatrixXcd(block - local_mean)
                      : Eigen::MatrixXcd::Zero(m, m);
        for (Index a = 0; a < m; ++a)
          for (Index b = 0; b < m; ++b)
            forms.value[static_cast<std::size_t>(cell * stride + stored * m * m + a * m + b)] =
                block(a, b);
      }
    }
  });
  forms.prepared = true;
}

Complex FormField::entry(Place place, const NodeIndex &at, int i, int j, int a, int b) const {
  const Index m = field_.orbitals;
  const auto bulk = [&](std::size_t region) {
    return field_.regions[region].form(i * m + a, j * m + b);
  };
  const std::int32_t region = label(place, at);
  const PlaceForms &forms = places_[place];
  const int slot = forms.block_slot[static_cast<std::size_t>(4 * i + j)];
  const auto cut = [&](std::int32_t cell) {
    return forms.value[static_cast<std::size_t>(((cell * forms.blocks + slot) * m + a) * m + b)];
  };
  if (i == 3 && j == 3) {
    std::vector<double> fractions;
    local_fractions(place, at, fractions);
    Complex sum = region < 0 ? cut(-1 - region) : Complex(0);
    for (std::size_t r = 0; r < fractions.size(); ++r)
      if (fractions[r] != 0.0)
        sum += fractions[r] * bulk(r);
    return sum;
  }
  std::vector<double> fractions;
  if (region >= 0 && region < material_regions())
    return bulk(static_cast<std::size_t>(region));
  if (region < 0) {
    const double *cell = voxels_.at(place).cut_fractions(-1 - region);
    for (int r = 0; r < material_regions(); ++r)
      if (cell[r] > negligible_fraction)
        return cut(-1 - region);
  }
  // Just outside a hard wall: the material of the voxels around.
  for (Index x = -1; x <= 1; ++x)
    for (Index y = -1; y <= 1; ++y)
      for (Index z = -1; z <= 1; ++z) {
        raw_fractions(place, {at[0] + x, at[1] + y, at[2] + z}, fractions);
        const auto largest = std::max_element(fractions.begin(), fractions.end());
        if (*largest > 0.0)
          return bulk(static_cast<std::size_t>(largest - fractions.begin()));
      }
  return 0.0;
}

int FormField::kinetic_class(Place place, const NodeIndex &at) const {
  const std::int32_t region = label(place, at);
  if (region >= material_regions())
    return -2;
  if (region >= 0)
    return kinetic_class_[static_cast<std::size_t>(region)];
  const double *cell = voxels_.at(place).cut_fractions(-1 - region);
  int common = -1;
  for (int r = 0; r < material_regions(); ++r)
    if (cell[r] > negligible_fraction) {
      const int c = kinetic_class_[static_cast<std::size_t>(r)];
      if (common >= 0 && c != common)
        return -1;
      common = c;
    }
  return common;
}

bool FormField::uniform_around(Place place, const NodeIndex &at, unsigned axes) const {
  const int centre = kinetic_class(place, at);
  if (centre == -1)
    return false;
  const Index rx = (axes & 1u) ? 1 : 0, ry = (axes & 2u) ? 1 : 0, rz = (axes & 4u) ? 1 : 0;
  for (Index x = -rx; x <= rx; ++x)
    for (Index y = -ry; y <= ry; ++y)
      for (Index z = -rz; z <= rz; ++z)
        if (kinetic_class(place, {at[0] + x, at[1] + y, at[2] + z}) != centre)
          return false;
  return true;
}

int FormField::node_region(const NodeIndex &at) const {
  const std::int32_t region = label(node_place, at);
  return region < material_regions() ? std::max(region, -1) : -1;
}

Complex FormField::spin_orbit(Place place, const NodeIndex &at, int alpha, int beta) const {
  std::vector<double> fractions;
  local_fractions(place, at, fractions);
  Complex sum = 0.0;
  for (std::size_t r = 0; r < fractions.size(); ++r)
    if (fractions[r] != 0.0 && field_.regions[r].spin_orbit.size())
      sum += fractions[r] * field_.regions[r].spin_orbit(alpha, beta);
  return sum;
}

} // namespace heterodot
