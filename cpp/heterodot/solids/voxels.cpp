#include "heterodot/solids/voxels.hpp"

#include "heterodot/parallel/parallel.hpp"
#include "heterodot/solids/plane_box.hpp"
#include "heterodot/solids/surface_samples.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heterodot {
namespace {

// Boxes are visited in blocks of 8³, and of 4³ within those that a surface comes near to.
constexpr Index block = 8, small_block = 4;

// An interface that passes near a block: the surface of solids 0 ... level together.
struct Interface {
  int level;
  std::vector<const Solid *> solids; // those that can matter here
};

struct Cuts {
  std::vector<double> fractions;
  std::vector<Vec3> normals, surfaces;
  std::vector<double> areas;
};

// What is known about a block before its boxes are looked at.
struct Surroundings {
  std::vector<Interface> near;
  std::vector<double> filled; // per level: fraction inside solids 0 ... level, where not near
};

Surroundings survey(const std::vector<const Solid *> &solids, const Vec3 &centre, double reach) {
  Surroundings result;
  std::vector<double> distance;
  double nearest = std::numeric_limits<double>::infinity();
  for (std::size_t level = 0; level < solids.size(); ++level) {
    distance.push_back(solids[level]->signed_distance(centre));
    nearest = std::min(nearest, distance.back());
    result.filled.push_back(nearest < 0.0 ? 1.0 : 0.0);
    if (std::abs(nearest) > reach)
      continue;
    Interface interface{static_cast<int>(level), {}};
    for (std::size_t s = 0; s <= level; ++s)
      if (distance[s] < nearest + 2.0 * reach)
        interface.solids.push_back(solids[s]);
    result.near.push_back(std::move(interface));
  }
  return result;
}

// The surfaces near a small block, sampled.
using NearSurfaces = std::vector<std::pair<int, SurfaceSamples>>; // with their levels

// Fills in one box; returns its uniform region or -(1 + number of the cut).
std::int32_t fill_box(const Surroundings &surroundings, NearSurfaces &surfaces,
                      const SurfaceSamples::Vertex &centre, double reach,
                      std::vector<double> &filled, Cuts &cuts) {
  Vec3 normal{}, outermost{};
  double largest = 0.0;
  filled = surroundings.filled;
  for (auto &[level, samples] : surfaces) {
    const double distance = samples.vertex(centre);
    double &fraction = filled[static_cast<std::size_t>(level)];
    fraction = distance < 0.0 ? 1.0 : 0.0;
    if (std::abs(distance) >= reach)
      continue;
    const CutBox cut = cut_box(samples, centre);
    fraction = cut.fraction;
    if (level + 1 == static_cast<int>(filled.size()))
      outermost = cut.area;
    if (const double area = norm(cut.area); area > largest) {
      largest = area;
      normal = {cut.area[0] / area, cut.area[1] / area, cut.area[2] / area};
    }
  }
  // The solids accumulate, so the filled parts never decrease outwards.
  constexpr double uniform = 1.0 - 1e-12;
  double before = 0.0;
  for (std::size_t level = 0; level < filled.size(); ++level) {
    const double now = std::max(before, filled[level]);
    filled[level] = now - before;
    if (filled[level] >= uniform)
      return static_cast<std::int32_t>(level);
    before = now;
  }
  if (1.0 - before >= uniform)
    return static_cast<std::int32_t>(filled.size());
  cuts.fractions.insert(cuts.fractions.end(), filled.begin(), filled.end());
  cuts.fractions.push_back(1.0 - before);
  if (largest == 0.0) // surfaces that cancel exactly or too fine to resolve: any direction will do
    normal = {0.0, 0.0, 1.0};
  cuts.normals.push_back(normal);
  cuts.surfaces.push_back(outermost);
  cuts.areas.push_back(largest);
  return -static_cast<std::int32_t>(cuts.normals.size());
}

} // namespace

PlaceMap::PlaceMap(const std::array<Index, 3> &nodes, int regions)
    : shape_{nodes[0] + 2, nodes[1] + 2, nodes[2] + 2}, regions_(regions),
      cells_(static_cast<std::size_t>(shape_[0] * shape_[1] * shape_[2])) {}

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

// Coarse node i is fine node 2i + 1, so that the box of any place is made of eight fine boxes
// around cell centres.
void Voxelisation::build_from_finer(PlaceMap &map, Place place) const {
  constexpr double uniform = 1.0 - 1e-12;
  const PlaceMap &fine = finer_->at(7);
  const auto &n = finer_->grid_.shape;
  std::vector<double> fractions;
  for (Index i = -1; i < map.shape_[0] - 1; ++i)
    for (Index j = -1; j < map.shape_[1] - 1; ++j)
      for (Index k = -1; k < map.shape_[2] - 1; ++k) {
        std::int32_t &entry = map.cells_[static_cast<std::size_t>(map.index(i, j, k))];
        fractions.assign(static_cast<std::size_t>(regions()), 0.0);
        Vec3 normal{}, surface{};
        for (unsigned octant = 0; octant < 8; ++octant) {
          std::array<Index, 3> at{i, j, k};
          for (unsigned axis = 0; axis < 3; ++axis) {
            const Index along =
                2 * at[axis] + (octant >> axis & 1u) + shifted(place, static_cast<int>(axis));
            at[axis] = std::clamp<Index>(finer_->grid_.wrapped(along, axis), -1, n[axis]);
          }
          const Index cell = fine.index(at[0], at[1], at[2]);
          for (int region = 0; region < regions(); ++region)
            fractions[static_cast<std::size_t>(region)] += fine.fraction(cell, region) / 8.0;
          if (!fine.is_cut(cell))
            continue;
          const Index cut = -1 - fine.cells()[static_cast<std::size_t>(cell)];
          for (std::size_t axis = 0; axis < 3; ++axis) {
            normal[axis] += fine.cut_area(cut) * fine.cut_normal(cut)[axis];
            surface[axis] += fine.cut_surface(cut)[axis];
          }
        }
        const auto largest = std::max_element(fractions.begin(), fractions.end());
        entry = static_cast<std::int32_t>(largest - fractions.begin());
        if (*largest >= uniform)
          continue;
        const double area = norm(normal);
        for (double &component : normal)
          component = area > 0.0 ? component / area : 0.0;
        if (area == 0.0)
          normal[2] = 1.0;
        map.fractions_.insert(map.fractions_.end(), fractions.begin(), fractions.end());
        map.normals_.push_back(normal);
        map.surfaces_.push_back(surface);
        map.areas_.push_back(area);
        entry = -static_cast<std::int32_t>(map.normals_.size());
      }
}

std::shared_ptr<const Voxelisation> Voxelisation::unwrapped(Index width) const {
  Grid grid = grid_;
  std::array<Index, 3> before{};
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

// Copies, so that both sides of a seam see the same to the last bit.
void Voxelisation::build_from_core(PlaceMap &map, Place place) const {
  const PlaceMap &core = core_->at(place);
  for (Index i = -1; i < map.shape_[0] - 1; ++i)
    for (Index j = -1; j < map.shape_[1] - 1; ++j)
      for (Index k = -1; k < map.shape_[2] - 1; ++k)
        map.cells_[static_cast<std::size_t>(map.index(i, j, k))] =
            core.cells_[static_cast<std::size_t>(core.index(
                core_->grid_.wrapped(i - before_[0], 0), core_->grid_.wrapped(j - before_[1], 1),
                core_->grid_.wrapped(k - before_[2], 2)))];
  map.fractions_ = core.fractions_;
  map.normals_ = core.normals_;
  map.surfaces_ = core.surfaces_;
  map.areas_ = core.areas_;
}

// Along periodic axes the boxes at −1 and n are those at n − 1 and 0.
void Voxelisation::close_seams(PlaceMap &map) const {
  if (!grid_.is_periodic())
    return;
  for (Index i = -1; i < map.shape_[0] - 1; ++i)
    for (Index j = -1; j < map.shape_[1] - 1; ++j)
      for (Index k = -1; k < map.shape_[2] - 1; ++k)
        map.cells_[static_cast<std::size_t>(map.index(i, j, k))] =
            map.cells_[static_cast<std::size_t>(
                map.index(grid_.wrapped(i, 0), grid_.wrapped(j, 1), grid_.wrapped(k, 2)))];
}

void Voxelisation::find_moments(PlaceMap &map) const {
  map.moments_.assign(map.fractions_.size(), Vec3{});
  parallel_for(map.cut_count(), 256, [&](Index begin, Index end) {
    for (Index cut = begin; cut < end; ++cut) {
      double filled = 0.0;
      Vec3 before{};
      for (int region = 0; region < map.regions_; ++region) {
        const auto own = static_cast<std::size_t>(cut * map.regions_ + region);
        if (map.fractions_[own] <= 0.0)
          continue;
        filled += map.fractions_[own];
        const Vec3 now = plane_box_moment(filled, map.cut_normal(cut), grid_.spacing);
        for (std::size_t d = 0; d < 3; ++d)
          map.moments_[own][d] = now[d] - before[d];
        before = now;
      }
    }
  });
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
    if (places >> place & 1u && !ready_[place].load(std::memory_order_relaxed)) {
      missing.push_back(place);
      maps_[place] = std::make_unique<PlaceMap>(grid_.shape, regions());
    }
  if (missing.empty())
    return;
  for (const Place place : missing)
    if (core_)
      build_from_core(*maps_[place], place);
    else if (finer_)
      build_from_finer(*maps_[place], place);
  if (!core_ && !finer_)
    build(missing);
  for (const Place place : missing) {
    close_seams(*maps_[place]);
    find_moments(*maps_[place]);
    ready_[place].store(maps_[place].get(), std::memory_order_release);
  }
}

// All places at once: their boxes share the samples of the surfaces.
void Voxelisation::build(const std::vector<Place> &places) const {
  using Corner = std::array<Index, 3>;
  const Corner &shape = maps_[places[0]]->shape_;
  const auto blocks_along = [&](std::size_t axis) { return (shape[axis] + block - 1) / block; };
  const Corner blocks{blocks_along(0), blocks_along(1), blocks_along(2)};
  const Index count = blocks[0] * blocks[1] * blocks[2];
  std::vector<std::vector<Cuts>> cuts(static_cast<std::size_t>(count),
                                      std::vector<Cuts>(places.size()));
  const double reach = 0.5 * norm(grid_.spacing);

  const auto bounds = [&](Index number) {
    const Corner at{number / (blocks[1] * blocks[2]), number / blocks[2] % blocks[1],
                    number % blocks[2]};
    std::pair<Corner, Corner> result;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      result.first[axis] = at[axis] * block - 1;
      result.second[axis] = std::min(result.first[axis] + block, shape[axis] - 1);
    }
    return result;
  };
  // Applies action(i, j, k) to the nodes of a block.
  const auto for_nodes = [](const Corner &begin, const Corner &end, const auto &action) {
    for (Index i = begin[0]; i < end[0]; ++i)
      for (Index j = begin[1]; j < end[1]; ++j)
        for (Index k = begin[2]; k < end[2]; ++k)
          action(i, j, k);
  };
  // The surroundings of the boxes of all places: from half a step before the first node to one
  // step behind the last.
  const auto surroundings_of = [&](const Corner &begin, const Corner &end) {
    Vec3 extent, centre;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      const double steps = static_cast<double>(end[axis] - begin[axis]) + 0.5;
      extent[axis] = steps * grid_.spacing[axis];
      centre[axis] = grid_.origin[axis] +
                     (static_cast<double>(begin[axis]) - 0.5 + 0.5 * steps) * grid_.spacing[axis];
    }
    return survey(pointers_, centre, 0.5 * norm(extent));
  };
  const auto fill_uniform = [&](const Corner &begin, const Corner &end,
                                const Surroundings &surroundings) {
    std::int32_t region = 0;
    while (region < static_cast<std::int32_t>(surroundings.filled.size()) &&
           surroundings.filled[static_cast<std::size_t>(region)] == 0.0)
      ++region;
    for (const Place place : places)
      for_nodes(begin, end, [&, &map = *maps_[place]](Index i, Index j, Index k) {
        map.cells_[static_cast<std::size_t>(map.index(i, j, k))] = region;
      });
  };
  const auto fill_small = [&](const Corner &begin, const Corner &end, std::vector<Cuts> &own) {
    const Surroundings surroundings = surroundings_of(begin, end);
    if (surroundings.near.empty()) {
      fill_uniform(begin, end, surroundings);
      return;
    }
    NearSurfaces surfaces;
    for (const Interface &interface : surroundings.near) {
      surfaces.emplace_back(interface.level, SurfaceSamples(grid_, begin, end));
      surfaces.back().second.reset(SolidUnion{interface.solids});
    }
    std::vector<double> filled;
    for (std::size_t p = 0; p < places.size(); ++p)
      for_nodes(begin, end,
                [&, place = places[p], &map = *maps_[places[p]]](Index i, Index j, Index k) {
                  const SurfaceSamples::Vertex centre{2 * (i - begin[0]) + 1 + shifted(place, 0),
                                                      2 * (j - begin[1]) + 1 + shifted(place, 1),
                                                      2 * (k - begin[2]) + 1 + shifted(place, 2)};
                  map.cells_[static_cast<std::size_t>(map.index(i, j, k))] =
                      fill_box(surroundings, surfaces, centre, reach, filled, own[p]);
                });
  };
  // Applies action(begin, end) to the small blocks of a block, in order.
  const auto for_small_blocks = [](const Corner &begin, const Corner &end, const auto &action) {
    Corner low, high;
    for (low[0] = begin[0]; low[0] < end[0]; low[0] += small_block)
      for (low[1] = begin[1]; low[1] < end[1]; low[1] += small_block)
        for (low[2] = begin[2]; low[2] < end[2]; low[2] += small_block) {
          for (std::size_t axis = 0; axis < 3; ++axis)
            high[axis] = std::min(low[axis] + small_block, end[axis]);
          action(low, high);
        }
  };

  parallel_for(count, 1, [&](Index first, Index last) {
    for (Index number = first; number < last; ++number) {
      const auto [begin, end] = bounds(number);
      const Surroundings surroundings = surroundings_of(begin, end);
      if (surroundings.near.empty())
        fill_uniform(begin, end, surroundings);
      else
        for_small_blocks(begin, end, [&](const Corner &low, const Corner &high) {
          fill_small(low, high, cuts[static_cast<std::size_t>(number)]);
        });
    }
  });

  // Number the cuts through, block after block: the result does not depend on the threads.
  parallel_for(static_cast<Index>(places.size()), 1, [&](Index first, Index last) {
    for (Index p = first; p < last; ++p) {
      PlaceMap &map = *maps_[places[static_cast<std::size_t>(p)]];
      std::int32_t offset = 0;
      for (Index number = 0; number < count; ++number) {
        Cuts &own = cuts[static_cast<std::size_t>(number)][static_cast<std::size_t>(p)];
        if (own.normals.empty())
          continue;
        const auto [begin, end] = bounds(number);
        for_nodes(begin, end, [&](Index i, Index j, Index k) {
          if (auto &cell = map.cells_[static_cast<std::size_t>(map.index(i, j, k))]; cell < 0)
            cell -= offset;
        });
        offset += static_cast<std::int32_t>(own.normals.size());
        map.fractions_.insert(map.fractions_.end(), own.fractions.begin(), own.fractions.end());
        map.normals_.insert(map.normals_.end(), own.normals.begin(), own.normals.end());
        map.surfaces_.insert(map.surfaces_.end(), own.surfaces.begin(), own.surfaces.end());
        map.areas_.insert(map.areas_.end(), own.areas.begin(), own.areas.end());
        own = {};
      }
    }
  });
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
          const std::int32_t region = map.cells_[static_cast<std::size_t>(map.index(i, j, k))];
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

// Bracketed inverse quadratic interpolation (Chandrupatla, Adv. Eng. Softw. 28, 145 (1997)).
double Voxelisation::wall_fraction(const Vec3 &a, const Vec3 &b) const {
  const auto value = [&](double t) {
    return signed_distance(
        {a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1]), a[2] + t * (b[2] - a[2])});
  };
  constexpr double precision = 1e-14;
  double t1 = 1.0, f1 = value(1.0); // the newest point
  double t2 = 0.0, f2 = value(0.0); // the other side of the root
  if (f1 < 0.0)
    return 1.0;
  if (f2 >= 0.0)
    return precision;
  double t = 0.5;
  for (int iteration = 0; iteration < 100 && f1 != 0.0; ++iteration) {
    const double f = value(t);
    double t3 = t2, f3 = f2;
    if ((f < 0.0) == (f1 < 0.0)) {
      t3 = t1;
      f3 = f1;
    } else {
      t2 = t1;
      f2 = f1;
    }
    t1 = t;
    f1 = f;
    const double margin = precision / std::abs(t2 - t1);
    if (margin > 0.5)
      break;
    const double xi = (t1 - t2) / (t3 - t2), phi = (f1 - f2) / (f3 - f2);
    double step = 0.5;
    if (1.0 - std::sqrt(1.0 - xi) < phi && phi < std::sqrt(xi))
      step =
          f1 / (f2 - f1) * f3 / (f2 - f3) + (t3 - t1) / (t2 - t1) * f1 / (f3 - f1) * f2 / (f3 - f2);
    t = t1 + std::clamp(step, margin, 1.0 - margin) * (t2 - t1);
  }
  const double root = std::abs(f1) < std::abs(f2) ? t1 : t2;
  return std::clamp(root, precision, 1.0);
}

} // namespace heterodot
