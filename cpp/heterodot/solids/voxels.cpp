#include "heterodot/solids/voxels.hpp"

#include "heterodot/parallel/parallel.hpp"
#include "heterodot/solids/cut_box.hpp"
#include "heterodot/solids/derived_maps.hpp"
#include "heterodot/solids/root_between.hpp"
#include "heterodot/solids/sampled_boxes.hpp"

#include <algorithm>
#include <stdexcept>

namespace heterodot {

Voxelisation::Voxelisation(const Grid &grid, std::vector<SolidPointer> solids)
    : grid_(grid), solids_(std::move(solids)) {
  if (solids_.empty())
    throw std::invalid_argument("a voxelisation needs at least one solid");
  for (const SolidPointer &solid : solids_)
    pointers_.push_back(solid.get());
  tolerance_ = 1e-9 * std::min({grid_.spacing[0], grid_.spacing[1], grid_.spacing[2]});
}

Voxelisation::Voxelisation(const Grid &grid, std::shared_ptr<const Voxelisation> finer)
    : Voxelisation(grid, finer->solids_) {
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (2 * grid.shape[axis] + (grid.periodic[axis] ? 0 : 1) != finer->grid_.shape[axis] ||
        grid.periodic[axis] != finer->grid_.periodic[axis])
      throw std::invalid_argument("the grid must be the coarsened grid of the finer voxels");
  finer_ = std::move(finer);
}

std::shared_ptr<const Voxelisation> Voxelisation::unwrapped(Index width) const {
  Grid grid = grid_;
  NodeIndex before{};
  for (std::size_t axis = 0; axis < 3; ++axis)
    if (grid_.periodic[axis]) {
      before[axis] = width;
      grid.shape[axis] += 2 * width;
      grid.origin[axis] -= static_cast<double>(width) * grid.spacing[axis];
    }
  grid.periodic = {};
  auto result = std::make_shared<Voxelisation>(grid, solids_);
  result->core_ = this;
  result->before_ = before;
  return result;
}

const PlaceMap &Voxelisation::at(Place place) const {
  if (const PlaceMap *map = ready_.at(place).load(std::memory_order_acquire))
    return *map;
  prepare(1u << place);
  return *ready_[place];
}

void Voxelisation::prepare(unsigned places) const {
  const std::lock_guard lock(building_);
  std::vector<Place> missing;
  for (Place place = 0; place < 8; ++place)
    if (places >> place & 1u && !ready_[place].load(std::memory_order_relaxed))
      missing.push_back(place);
  if (missing.empty())
    return;
  std::vector<PlaceMap> maps = built(missing);
  for (std::size_t p = 0; p < missing.size(); ++p) {
    close_seams(maps[p], grid_);
    maps[p].find_moments(grid_.spacing);
    auto &kept = maps_[missing[p]];
    kept = std::make_unique<PlaceMap>(std::move(maps[p]));
    ready_[missing[p]].store(kept.get(), std::memory_order_release);
  }
}

std::vector<PlaceMap> Voxelisation::built(std::span<const Place> places) const {
  if (!core_ && !finer_)
    return sampled_boxes(grid_, pointers_, places);
  std::vector<PlaceMap> maps;
  for (const Place place : places)
    maps.push_back(core_ ? unwrapped_map(core_->at(place), core_->grid_, before_, grid_)
                         : coarsened_map(finer_->at(7), finer_->grid_, grid_, place));
  return maps;
}

double Voxelisation::signed_distance(const Vec3 &point) const {
  return SolidUnion{pointers_}.signed_distance(point);
}

std::vector<std::uint8_t> Voxelisation::inside(Place place) const {
  std::vector<std::uint8_t> result(static_cast<std::size_t>(grid_.size()));
  const PlaceMap &map = at(place);
  parallel_for(grid_.shape[0], 1, [&](Index begin, Index end) {
    for (Index i = begin; i < end; ++i)
      for (Index j = 0; j < grid_.shape[1]; ++j)
        for (Index k = 0; k < grid_.shape[2]; ++k) {
          // A box that is filled completely leaves no doubt about its centre.
          const std::int32_t region = map.entry(map.index(i, j, k));
          result[static_cast<std::size_t>(grid_.index(i, j, k))] =
              region < 0 ? inside(grid_.position(i, j, k, place)) : region + 1 < regions();
        }
  });
  return result;
}

std::vector<double> Voxelisation::volumes() const {
  const PlaceMap &map = at(node_place);
  std::vector<double> total(static_cast<std::size_t>(regions()), 0.0);
  for (Index i = 0; i < grid_.shape[0]; ++i)
    for (Index j = 0; j < grid_.shape[1]; ++j)
      for (Index k = 0; k < grid_.shape[2]; ++k)
        for (int region = 0; region < regions(); ++region)
          total[static_cast<std::size_t>(region)] += map.fraction(map.index(i, j, k), region);
  for (double &volume : total)
    volume *= grid_.cell_volume();
  return total;
}

double Voxelisation::wall_fraction(const Vec3 &a, const Vec3 &b) const {
  const auto distance = [&](double t) {
    return signed_distance(
        {a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])});
  };
  constexpr double precision = 1e-14;
  const FunctionValue end{1.0, distance(1.0)}, begin{0.0, distance(0.0)};
  if (end.value < 0.0)
    return 1.0;
  if (begin.value >= 0.0)
    return precision;
  return std::clamp(root_between(distance, end, begin, precision), precision, 1.0);
}

} // namespace heterodot
