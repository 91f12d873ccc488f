#include "heterodot/operator/discretise.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "heterodot/operator/row_builder.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr int reach = RowAccumulator::reach;
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

// For every node: a number of rows that it may share, or −1.
std::vector<std::int32_t> shared_rows(const RowBuilder &builder, const Grid &grid,
                                      const Grid &unwrapped, const DiscretisationOptions &options) {
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
  return rows;
}

// Nodes in the bulk of a region share their rows; near a face of the box the rows depend on how
// near, and near a seam the columns do. Returns the class key of a node, or −1 if the node has rows
// of its own.
Index class_key(const Grid &grid, std::int32_t region, const NodeIndex &node) {
  if (region < 0)
    return -1;
  Index key = region;
  for (std::size_t d = 0; d < 3; ++d) {
    const Index near = grid.periodic[d] ? reach : face_reach;
    const Index low = std::min(node[d], near);
    const Index high = std::min(grid.shape[d] - 1 - node[d], near);
    key = (key * (face_reach + 1) + low) * (face_reach + 1) + high;
  }
  return key;
}

// One row among the degrees of freedom of a grid.
struct RowPlace {
  const Grid &grid;
  NodeIndex node;
  Index component;

  // From this degree of freedom to that of an entry, across seams.
  Index offset(const RowEntry &entry) const {
    NodeIndex step;
    for (std::size_t d = 0; d < 3; ++d)
      step[d] = grid.wrapped(node[d] + entry.step[d], d) - node[d];
    return (entry.component - component) * grid.size() +
           (step[0] * grid.shape[1] + step[1]) * grid.shape[2] + step[2];
  }
};

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

void append_real_row(RowTable::Piece &piece, const std::vector<RowEntry> &row,
                     const RowPlace &place) {
  for (const RowEntry &entry : row)
    piece.add(place.offset(entry), entry.value.real());
  piece.end_row();
}

// Real and imaginary part on their own; entries of one column become one.
void append_complex_row(RowTable::Piece &real, RowTable::Piece &imaginary,
                        const std::vector<RowEntry> &row, const RowPlace &place) {
  std::vector<std::pair<Index, Complex>> sorted;
  for (const RowEntry &entry : row)
    sorted.emplace_back(place.offset(entry), entry.value);
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto &a, const auto &b) { return a.first < b.first; });
  for (std::size_t e = 0; e < sorted.size(); ++e) {
    const auto [offset, value] = sorted[e];
    if (e + 1 < sorted.size() && sorted[e + 1].first == offset) {
      sorted[e + 1].second += value;
      continue;
    }
    if (value.real() != 0.0 || offset == 0) // a zero row exists all the same
      real.add(offset, value.real());
    if (value.imag() != 0.0)
      imaginary.add(offset, value.imag());
  }
  real.end_row();
  imaginary.end_row();
}

bool is_real(const PolynomialField &field) {
  const Index m = field.orbitals;
  for (const RegionPolynomial &region : field.regions)
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) {
        // k → −i∂ makes the blocks with one derivative real when they are imaginary.
        const Eigen::MatrixXcd block = region.form.block(i * m, j * m, m, m);
        const bool one_derivative = (i < 3) != (j < 3);
        const double wrong = one_derivative ? block.real().cwiseAbs().maxCoeff()
                                            : block.imag().cwiseAbs().maxCoeff();
        if (wrong > 1e-14)
          return false;
      }
  return true;
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
      shared_rows(builder, grid, surroundings.grid(), options);
  const bool has_spin_orbit =
      std::any_of(field.regions.begin(), field.regions.end(),
                  [](const RegionPolynomial &region) { return region.spin_orbit.size() > 0; });
  const bool phases = options.wave_vector != Vec3{};
  const bool real = is_real(field) && !phases;
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

  RowTable real_rows;
  std::array<RowTable, 2> complex_rows;
  const auto classes = static_cast<Index>(representative.size());
  constexpr Index piece_size = RowTable::classes_a_piece;
  const auto start_table = [&](RowTable &table, int components) {
    table.components = components;
    table.classes = classes;
    table.pieces.resize(static_cast<std::size_t>((classes + piece_size - 1) / piece_size));
  };
  const bool any_complex = !real || has_spin_orbit;
  if (real)
    start_table(real_rows, m);
  for (RowTable &part : complex_rows)
    if (any_complex)
      start_table(part, field.bands());
  parallel_for(classes, piece_size, [&](Index begin, Index end) {
    RowBuilder::Workspace work(field);
    std::vector<RowEntry> all;
    for (Index c = begin; c < end; ++c) {
      const auto piece = static_cast<std::size_t>(c / piece_size);
      const NodeIndex at = grid.node(representative[static_cast<std::size_t>(c)]);
      builder.build_rows(among_images(grid, at), work);
      for (int a = 0; a < m && phases; ++a)
        add_phases(work.orbital[static_cast<std::size_t>(a)], a, field, grid, options.wave_vector);
      for (int band = 0; band < field.bands() && phases; ++band)
        add_phases(work.spin_orbit[static_cast<std::size_t>(band)], band % m, field, grid,
                   options.wave_vector);
      for (int a = 0; a < m && real; ++a)
        append_real_row(real_rows.pieces[piece], work.orbital[static_cast<std::size_t>(a)],
                        {grid, at, a});
      for (int band = 0; band < field.bands() && any_complex; ++band) {
        all = work.spin_orbit[static_cast<std::size_t>(band)];
        if (!real)
          for (RowEntry entry : work.orbital[static_cast<std::size_t>(band % m)]) {
            entry.component += band / m * m;
            all.push_back(entry);
          }
        append_complex_row(complex_rows[0].pieces[piece], complex_rows[1].pieces[piece], all,
                           {grid, at, band});
      }
    }
  });

  std::vector<Run> runs;
  for (Index node = 0; node < grid.size(); ++node) {
    const std::int32_t row_class = class_of[static_cast<std::size_t>(node)];
    if (!runs.empty() && runs.back().row_class == row_class && node % grid.shape[2] != 0)
      ++runs.back().length;
    else
      runs.push_back({node, 1, row_class});
  }
  return std::make_shared<StencilOperator>(grid, m, field.spins, field.places, runs, real_rows,
                                           complex_rows);
}

} // namespace heterodot
