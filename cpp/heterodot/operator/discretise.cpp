#include "heterodot/operator/discretise.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "heterodot/operator/row_builder.hpp"
#include "heterodot/operator/spin_turns.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr int reach = RowAccumulator::reach;
static_assert(reach <= Bricks::halo);
// Rows depend on the faces of the box through their elements, which are treated differently where
// the stencil of any orbital leaves the box.
constexpr int face_reach = 2 * reach;
// Nodes of the images on both sides of a periodic axis: beyond what the rows of any node depend on.
constexpr Index image_width = face_reach + 2;

// For every node: the region of all nodes within reach (beyond the box the outermost node is taken
// to go on), or −1.
std::vector<std::int32_t> uniform_regions(const RowBuilder &builder, const Grid &grid) {
  const auto &n = grid.shape;
  std::vector<std::int32_t> region(static_cast<std::size_t>(grid.size()));
  parallel_for(n[0], 1, [&](Index begin, Index end) {
    for (Index x = begin; x < end; ++x)
      for (Index y = 0; y < n[1]; ++y)
        for (Index z = 0; z < n[2]; ++z)
          region[static_cast<std::size_t>(grid.index(x, y, z))] = builder.node_region({x, y, z});
  });
  // Erosion by a box separates into one pass along each axis.
  const std::array<Index, 3> stride{n[1] * n[2], n[2], 1};
  for (std::size_t d = 0; d < 3; ++d) {
    const std::vector<std::int32_t> before = region;
    parallel_for(grid.size(), 4096, [&](Index begin, Index end) {
      for (Index node = begin; node < end; ++node) {
        const Index along = node / stride[d] % n[d];
        const std::int32_t centre = before[static_cast<std::size_t>(node)];
        for (Index s = std::max<Index>(-reach, -along);
             s <= std::min<Index>(reach, n[d] - 1 - along); ++s)
          if (before[static_cast<std::size_t>(node + s * stride[d])] != centre) {
            region[static_cast<std::size_t>(node)] = -1;
            break;
          }
      }
    });
  }
  return region;
}

// Where a node is on the grid that goes on into the images.
NodeIndex among_images(const Grid &grid, NodeIndex node) {
  for (std::size_t d = 0; d < 3; ++d)
    node[d] += grid.periodic[d] ? image_width : 0;
  return node;
}

// Nodes in the bulk of a region share their rows; near a face of the box the rows depend on how
// near. Returns the class key of a node, or −1 if the node may have rows of its own.
Index class_key(const Grid &grid, std::int32_t region, const NodeIndex &node) {
  if (region < 0)
    return -1;
  Index key = region;
  for (std::size_t d = 0; d < 3; ++d) {
    if (grid.periodic[d])
      continue;
    const Index low = std::min<Index>(node[d], face_reach);
    const Index high = std::min<Index>(grid.shape[d] - 1 - node[d], face_reach);
    key = (key * (face_reach + 1) + low) * (face_reach + 1) + high;
  }
  return key;
}

// Rows that reach a node with a norm of its own are scaled, and not shared.
void keep_scaled_apart(const RowBuilder &builder, const PolynomialField &field, const Grid &grid,
                       std::vector<std::int32_t> &rows) {
  const auto scaled = builder.scaled_nodes();
  if (scaled.empty())
    return;
  std::set<Index> seen;
  std::set<std::pair<int, std::array<int, 3>>> reached; // orbitals, and steps to them
  RowBuilder::Workspace work(field);
  for (Index node = 0; node < grid.size(); ++node) {
    const Index key = class_key(grid, rows[static_cast<std::size_t>(node)], grid.node(node));
    if (key < 0 || !seen.insert(key).second)
      continue;
    builder.build_rows(among_images(grid, grid.node(node)), work);
    for (const auto &row : work.orbital)
      for (const RowEntry &entry : row)
        reached.emplace(entry.component, entry.step);
  }
  for (const auto &[orbital, target] : scaled)
    for (const auto &[component, step] : reached) {
      if (component != orbital)
        continue;
      NodeIndex node = target;
      bool within = true;
      for (std::size_t d = 0; d < 3; ++d) {
        node[d] -= step[d] + (grid.periodic[d] ? image_width : 0);
        within = within && node[d] >= 0 && node[d] < grid.shape[d];
      }
      if (within)
        rows[static_cast<std::size_t>(grid.index(node[0], node[1], node[2]))] = -1;
    }
}

// For every node: a number of rows that it may share, or −1.
std::vector<std::int32_t> shared_rows(const RowBuilder &builder, const PolynomialField &field,
                                      const Grid &grid, const Grid &unwrapped,
                                      const DiscretisationOptions &options) {
  std::vector<std::int32_t> rows(static_cast<std::size_t>(grid.size()), -1);
  if (!options.share_rows)
    return rows;
  std::vector<std::int32_t> regions;
  if (options.wall.has_tail())
    regions = uniform_regions(builder, unwrapped);
  parallel_for(grid.size(), 4096, [&](Index begin, Index end) {
    for (Index node = begin; node < end; ++node) {
      const NodeIndex at = among_images(grid, grid.node(node));
      const Index number = unwrapped.index(at[0], at[1], at[2]);
      if (regions.empty() || regions[static_cast<std::size_t>(number)] >= 0)
        rows[static_cast<std::size_t>(node)] = builder.shared_rows(at);
    }
  });
  keep_scaled_apart(builder, field, grid, rows);
  return rows;
}

// Multiplies every element H(r, r′) by exp(iK·(r′ − r)).
void add_phases(std::vector<RowEntry> &row, int orbital, const PolynomialField &field,
                const Grid &grid, const Vec3 &wave_vector) {
  const Place own = field.places[static_cast<std::size_t>(orbital)];
  for (RowEntry &entry : row) {
    const Place other = field.places[static_cast<std::size_t>(entry.component % field.orbitals)];
    double phase = 0.0;
    for (int d = 0; d < 3; ++d) {
      const auto axis = static_cast<std::size_t>(d);
      phase += wave_vector[axis] * grid.spacing[axis] *
               (entry.step[axis] + 0.5 * (shifted(other, d) - shifted(own, d)));
    }
    entry.value *= std::polar(1.0, phase);
  }
}

// The rows of one orbital for both spins, turn by turn; entries of one column become one.
class TurnedRows {
public:
  explicit TurnedRows(int spins) : spins_(static_cast<std::size_t>(spins)) {}

  // The same for both spins.
  void add(const RowEntry &entry) {
    entries_.emplace_back(target(entry), Block{});
    for (std::size_t spin = 0; spin < spins_; ++spin)
      entries_.back().second[spin][spin] = entry.value;
  }
  // Of the row of one spin, from the column of another.
  void add(const RowEntry &entry, std::size_t spin, std::size_t other) {
    entries_.emplace_back(target(entry), Block{});
    entries_.back().second[spin][other] = entry.value;
  }
  // Appends them to a table and forgets them.
  void take(int orbital, RowTable::Piece &piece) {
    const RowTarget own = target({orbital, {0, 0, 0}, 0.0});
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const auto &a, const auto &b) { return a.first < b.first; });
    targets_.clear();
    factors_.clear();
    for (std::size_t e = 0; e < entries_.size(); ++e) {
      auto &[target, block] = entries_[e];
      if (e + 1 < entries_.size() && entries_[e + 1].first == target) {
        for (std::size_t spin = 0; spin < 2; ++spin)
          for (std::size_t other = 0; other < 2; ++other)
            entries_[e + 1].second[spin][other] += block[spin][other];
        continue;
      }
      if (spins_ == 1)
        block[1][1] = block[0][0];
      targets_.push_back(target);
      factors_.push_back(turn_factors(block));
    }
    for (int turn = 0; turn < SpinTurn::of(static_cast<Index>(spins_)); ++turn) {
      for (std::size_t e = 0; e < targets_.size(); ++e) {
        const double factor = factors_[e][static_cast<std::size_t>(turn)];
        if (factor != 0.0 || (turn == 0 && targets_[e] == own)) // a zero row exists all the same
          piece.add(targets_[e], factor);
      }
      piece.end_row();
    }
    entries_.clear();
  }

private:
  using Block = std::array<std::array<Complex, 2>, 2>;

  static RowTarget target(const RowEntry &entry) {
    const auto byte = [](int number) { return static_cast<std::int8_t>(number); };
    return {byte(entry.component), {byte(entry.step[0]), byte(entry.step[1]), byte(entry.step[2])}};
  }

  std::size_t spins_;
  std::vector<std::pair<RowTarget, Block>> entries_;
  std::vector<RowTarget> targets_;
  std::vector<std::array<double, SpinTurn::count>> factors_;
};

// Whether all bands bend the same way, so that none lie on the other side of a gap.
bool bends_one_way(const PolynomialField &field) {
  const Eigen::Index m = field.orbitals;
  bool up = true, down = true;
  for (const RegionPolynomial &region : field.regions)
    for (Eigen::Index a = 0; a < m; ++a) {
      double curvature = 0.0;
      for (Eigen::Index i = 0; i < 3; ++i)
        curvature += region.form(i * m + a, i * m + a).real();
      up = up && curvature > 0.0;
      down = down && curvature < 0.0;
    }
  return up || down;
}

void validate(const Voxelisation &voxels, const PolynomialField &field,
              const DiscretisationOptions &options) {
  const std::size_t expected =
      static_cast<std::size_t>(voxels.regions()) - (options.wall.present ? 1 : 0);
  if (field.regions.size() != expected)
    throw std::invalid_argument("one polynomial is needed for each of the " +
                                std::to_string(expected) + " regions, got " +
                                std::to_string(field.regions.size()));
  if (options.order != 2 && options.order != 4)
    throw std::invalid_argument("order must be 2 or 4, got " + std::to_string(options.order));
  const Wall &wall = options.wall;
  if (wall.has_tail()) {
    const double height = wall.barrier_edge - wall.reference_energy;
    if (!(height * (wall.barrier_edge - wall.tangential_energy) > 0.0))
      throw std::invalid_argument(
          "the reference energies of a tail must lie on the same side of the "
          "barrier's edge");
  }
  for (const RegionPolynomial &region : field.regions) {
    if (region.form.rows() != 4 * field.orbitals || region.form.cols() != 4 * field.orbitals)
      throw std::invalid_argument("a form must have 4 x orbitals rows and columns");
    if (!region.form.allFinite() || (region.form - region.form.adjoint()).cwiseAbs().maxCoeff() >
                                        1e-10 * (1 + region.form.cwiseAbs().maxCoeff()))
      throw std::invalid_argument("a form must be finite and Hermitian");
  }
}

} // namespace

std::shared_ptr<StencilOperator> discretise(const Voxelisation &voxels,
                                            const PolynomialField &field,
                                            const DiscretisationOptions &options) {
  validate(voxels, field, options);
  const Grid &grid = voxels.grid();
  const std::shared_ptr<const Voxelisation> images =
      grid.is_periodic() ? voxels.unwrapped(image_width) : nullptr;
  const Voxelisation &surroundings = images ? *images : voxels;
  const RowBuilder builder(surroundings, field, options);
  const std::vector<std::int32_t> regions =
      shared_rows(builder, field, grid, surroundings.grid(), options);
  const bool phases = options.wave_vector != Vec3{};
  const int m = field.orbitals;

  // Number the classes: shared ones by key, then one for each node with rows of its own.
  std::vector<std::int32_t> class_of(static_cast<std::size_t>(grid.size()), -1);
  std::map<Index, std::int32_t> shared;
  std::vector<Index> representative;
  for (Index node = 0; node < grid.size(); ++node) {
    const NodeIndex at = grid.node(node);
    bool active = false;
    for (int a = 0; a < m && !active; ++a)
      active = builder.is_active(a, among_images(grid, at));
    if (!active)
      continue;
    const Index key = class_key(grid, regions[static_cast<std::size_t>(node)], at);
    const auto next = static_cast<std::int32_t>(representative.size());
    if (key >= 0) {
      const auto [found, inserted] = shared.emplace(key, next);
      class_of[static_cast<std::size_t>(node)] = found->second;
      if (!inserted)
        continue;
    } else
      class_of[static_cast<std::size_t>(node)] = next;
    representative.push_back(node);
  }

  const auto classes = static_cast<Index>(representative.size());
  constexpr Index piece_size = RowTable::classes_a_piece;
  RowTable table(m, SpinTurn::of(field.spins), classes);
  parallel_for(classes, piece_size, [&](Index begin, Index end) {
    RowBuilder::Workspace work(field);
    TurnedRows rows(field.spins);
    for (Index c = begin; c < end; ++c) {
      const NodeIndex at = grid.node(representative[static_cast<std::size_t>(c)]);
      builder.build_rows(among_images(grid, at), work);
      for (int a = 0; a < m && phases; ++a)
        add_phases(work.orbital[static_cast<std::size_t>(a)], a, field, grid, options.wave_vector);
      for (int band = 0; band < field.bands() && phases; ++band)
        add_phases(work.spin_orbit[static_cast<std::size_t>(band)], band % m, field, grid,
                   options.wave_vector);
      for (int a = 0; a < m; ++a) {
        for (const RowEntry &entry : work.orbital[static_cast<std::size_t>(a)])
          rows.add(entry);
        for (int spin = 0; spin < field.spins; ++spin)
          for (RowEntry entry : work.spin_orbit[static_cast<std::size_t>(spin * m + a)]) {
            const int other = std::exchange(entry.component, entry.component % m) / m;
            rows.add(entry, static_cast<std::size_t>(spin), static_cast<std::size_t>(other));
          }
        rows.take(a, table.pieces[static_cast<std::size_t>(c / piece_size)]);
      }
    }
  });

  const DistinctClasses distinct = distinct_classes(table);
  std::vector<Run> runs;
  for (Index node = 0; node < grid.size(); ++node) {
    std::int32_t row_class = class_of[static_cast<std::size_t>(node)];
    if (row_class >= 0)
      row_class = distinct.number[static_cast<std::size_t>(row_class)];
    if (!runs.empty() && runs.back().row_class == row_class && node % grid.shape[2] != 0)
      ++runs.back().length;
    else
      runs.push_back({node, 1, row_class});
  }
  const Bricks bricks(grid, field.bands(), !bends_one_way(field));
  auto rows = std::make_shared<PackedRows>(table, distinct.first, bricks);
  return std::make_shared<StencilOperator>(bricks, m, field.spins, field.places, runs,
                                           std::move(rows));
}

} // namespace heterodot
