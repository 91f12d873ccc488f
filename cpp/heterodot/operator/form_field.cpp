#include "heterodot/operator/form_field.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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

Index FormField::cell(Place place, const NodeIndex &at) const {
  const auto &n = voxels_.grid().shape;
  return voxels_.at(place).index(std::clamp<Index>(at[0], -1, n[0]),
                                 std::clamp<Index>(at[1], -1, n[1]),
                                 std::clamp<Index>(at[2], -1, n[2]));
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

// Whether a cut voxel lies inside a wall.
bool FormField::is_whole(Place place, Index cut) const {
  const double *fractions = voxels_.at(place).cut_fractions(cut);
  return std::accumulate(fractions, fractions + material_regions(), 0.0) >
         1.0 - negligible_fraction;
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
  // Fractions f put a part of a voxel, of first moment µ, at its centre, and a whole voxel has a
  // second moment of which a sum over nodes knows nothing. f − δµ + δ²f/24 has the moments of the
  // step up to the second. (Their mean over places of the interface, f − δ²f/24, leaves levels that
  // scatter.) Where envelopes have kinks, it makes the errors of energies and of Kane terms cancel
  // as well, to second order and wherever the interface lies.
  const auto own = label(place, at);
  bool uniform = own >= 0;
  for (std::size_t d = 0; d < 3 && uniform; ++d)
    for (int side = -1; side <= 1; side += 2) {
      NodeIndex beside = at;
      beside[d] += side;
      uniform = uniform && label(place, beside) == own;
    }
  if (uniform)
    return;
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
        corrected[r] += (neighbour[r] - fractions[r]) / 24.0;
      if (const std::int32_t cut = label(place, beside); cut < 0 && is_whole(place, -1 - cut)) {
        const Vec3 *moments = voxels_.at(place).cut_moments(-1 - cut);
        for (std::size_t r = 0; r < fractions.size(); ++r)
          corrected[r] -= 0.5 * side * moments[r][d];
      }
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
  const Index stride = forms.blocks * m * m, regions = material_regions();
  forms.value.assign(static_cast<std::size_t>((regions + map.cut_count() + 1) * stride),
                     Complex(0));
  const auto store = [&](Index row, int slot, const Eigen::MatrixXcd &block) {
    const Index stored = forms.block_slot[static_cast<std::size_t>(slot)];
    for (Index a = 0; a < m && stored >= 0; ++a)
      for (Index b = 0; b < m; ++b)
        forms.value[static_cast<std::size_t>(row * stride + stored * m * m + a * m + b)] =
            block(a, b);
  };
  for (Index region = 0; region < regions; ++region)
    for (int slot = 0; slot < 15; ++slot)
      store(region, slot,
            field_.regions[static_cast<std::size_t>(region)].form.block((slot / 4) * m,
                                                                        (slot % 4) * m, m, m));
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
      for (int slot = 0; slot < 15; ++slot)
        store(regions + cell, slot, form.block((slot / 4) * m, (slot % 4) * m, m, m));
      if (mixed && options_.interface == InterfaceRule::laminate)
        store(regions + cell, 15, form.bottomRightCorner(m, m) - local_mean);
    }
  });
  find_rows(place);
}

void FormField::find_rows(Place place) {
  PlaceForms &forms = places_[place];
  const PlaceMap &map = voxels_.at(place);
  const Index regions = material_regions(), nothing = regions + map.cut_count();
  const auto &shape = map.shape();
  forms.row.resize(map.cells().size());
  parallel_for(shape[0], 1, [&](Index begin, Index end) {
    std::vector<double> fractions;
    // Just outside a hard wall: the material of the voxels around.
    const auto row_outside = [&](const NodeIndex &at) {
      for (Index x = -1; x <= 1; ++x)
        for (Index y = -1; y <= 1; ++y)
          for (Index z = -1; z <= 1; ++z) {
            raw_fractions(place, {at[0] + x, at[1] + y, at[2] + z}, fractions);
            const auto largest = std::max_element(fractions.begin(), fractions.end());
            if (*largest > 0.0)
              return static_cast<Index>(largest - fractions.begin());
          }
      return nothing;
    };
    for (Index x = begin - 1; x < end - 1; ++x)
      for (Index y = -1; y < shape[1] - 1; ++y)
        for (Index z = -1; z < shape[2] - 1; ++z) {
          const auto at = static_cast<std::size_t>(map.index(x, y, z));
          const std::int32_t label = map.cells()[at];
          bool filled = label >= 0 && label < regions;
          if (label < 0)
            for (int r = 0; r < regions; ++r)
              filled = filled || map.cut_fractions(-1 - label)[r] > negligible_fraction;
          forms.row[at] = static_cast<std::int32_t>(!filled     ? row_outside({x, y, z})
                                                    : label < 0 ? regions - 1 - label
                                                                : label);
        }
  });
}

const Complex *FormField::form(Place place, const NodeIndex &at) const {
  const PlaceForms &forms = places_[place];
  const Index m = field_.orbitals;
  return forms.value.data() +
         forms.row[static_cast<std::size_t>(cell(place, at))] * forms.blocks * m * m;
}

Index FormField::form_entry(Place place, int i, int j, int a, int b) const {
  const Index m = field_.orbitals;
  return (places_[place].block_slot[static_cast<std::size_t>(4 * i + j)] * m + a) * m + b;
}

Complex FormField::entry(Place place, const NodeIndex &at, int i, int j, int a, int b) const {
  Complex sum = form(place, at)[form_entry(place, i, j, a, b)];
  if (i < 3 || j < 3)
    return sum;
  const Index m = field_.orbitals;
  std::vector<double> fractions;
  local_fractions(place, at, fractions);
  for (std::size_t r = 0; r < fractions.size(); ++r)
    if (fractions[r] != 0.0)
      sum += fractions[r] * field_.regions[r].form(3 * m + a, 3 * m + b);
  return sum;
}

bool FormField::kinetics_differ() const {
  return std::any_of(kinetic_class_.begin(), kinetic_class_.end(),
                     [](int own) { return own != 0; });
}

int FormField::kinetic_class(const PlaceMap &map, std::int32_t label) const {
  if (label >= material_regions())
    return -2;
  if (label >= 0)
    return kinetic_class_[static_cast<std::size_t>(label)];
  const double *cell = map.cut_fractions(-1 - label);
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

void FormField::keep_uniform(std::vector<std::int16_t> &labels, unsigned axes,
                             std::int16_t any) const {
  const auto &n = voxels_.grid().shape;
  const std::array<Index, 3> shape{n[0] + 2, n[1] + 2, n[2] + 2};
  const std::array<Index, 3> stride{shape[1] * shape[2], shape[2], 1};
  for (std::size_t d = 0; d < 3; ++d) {
    if (!(axes >> d & 1u))
      continue;
    const std::vector<std::int16_t> before = labels;
    parallel_for(static_cast<Index>(labels.size()), 1 << 15, [&](Index begin, Index end) {
      for (Index at = begin; at < end; ++at) {
        const Index along = at / stride[d] % shape[d];
        const std::int16_t own = before[static_cast<std::size_t>(at)];
        const auto differs = [&](Index other) {
          const std::int16_t label = before[static_cast<std::size_t>(other)];
          return label != own && label != any;
        };
        if ((along > 0 && differs(at - stride[d])) ||
            (along + 1 < shape[d] && differs(at + stride[d])))
          labels[static_cast<std::size_t>(at)] = -1;
      }
    });
  }
}

bool FormField::uniform_around(Place place, const NodeIndex &at, unsigned axes) const {
  const PlaceMap &map = voxels_.at(place);
  const int centre = kinetic_class(map, label(place, at));
  if (centre == -1)
    return false;
  const Index rx = (axes & 1u) ? 1 : 0, ry = (axes & 2u) ? 1 : 0, rz = (axes & 4u) ? 1 : 0;
  for (Index x = -rx; x <= rx; ++x)
    for (Index y = -ry; y <= ry; ++y)
      for (Index z = -rz; z <= rz; ++z)
        if (kinetic_class(map, label(place, {at[0] + x, at[1] + y, at[2] + z})) != centre)
          return false;
  return true;
}

std::vector<std::int16_t> FormField::uniform_kinetics(Place place, unsigned axes) const {
  const PlaceMap &map = voxels_.at(place);
  std::vector<std::int16_t> labels(map.cells().size());
  std::transform(map.cells().begin(), map.cells().end(), labels.begin(), [&](std::int32_t label) {
    return static_cast<std::int16_t>(kinetic_class(map, label));
  });
  keep_uniform(labels, axes, std::numeric_limits<std::int16_t>::min());
  return labels;
}

std::vector<std::int16_t> FormField::uniform_regions(Place place) const {
  constexpr std::int16_t outside = std::numeric_limits<std::int16_t>::max();
  const PlaceMap &map = voxels_.at(place);
  std::vector<std::int16_t> labels(map.cells().size());
  std::transform(map.cells().begin(), map.cells().end(), labels.begin(), [&](std::int32_t label) {
    return label < 0                     ? std::int16_t{-1}
           : label >= material_regions() ? outside
                                         : static_cast<std::int16_t>(label);
  });
  const bool corrected =
      options_.corrected_fractions && options_.interface != InterfaceRule::staircase;
  // One pass an axis on the original labels: the correction takes the six neighbours only.
  std::vector<std::int16_t> result = labels;
  for (unsigned axis = 0; axis < 3 && corrected; ++axis) {
    std::vector<std::int16_t> along = labels;
    keep_uniform(along, 1u << axis, outside);
    for (std::size_t at = 0; at < result.size(); ++at)
      if (along[at] < 0)
        result[at] = -1;
  }
  for (std::int16_t &label : result)
    if (label == outside)
      label = -1;
  return result;
}

int FormField::node_region(const NodeIndex &at) const {
  const std::int32_t region = label(node_place, at);
  return region < material_regions() ? std::max(region, -1) : -1;
}

} // namespace heterodot
