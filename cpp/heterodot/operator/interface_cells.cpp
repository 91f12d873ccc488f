#include "heterodot/operator/interface_cells.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>

#include "heterodot/parallel/parallel.hpp"
#include "heterodot/solids/plane_box.hpp"

namespace heterodot {
namespace {

// The part of a leg on the inner, negative side.
double inner_part(double from, double to) {
  if ((from < 0.0) == (to < 0.0))
    return from < 0.0 ? 1.0 : 0.0;
  return std::min(from, to) / (std::min(from, to) - std::max(from, to));
}

// The energy of the field at one corner as a form of the gradients along its legs, of which the
// parts `along` lie in material a; so does the part `volume` of the corner's eighth of the cell.
//
// With φ = Σ n_i² f_i, v_i = n_i (f_i − φ) and s the jump of the normal gradient, the gradient
// "at φ" is δ − v s, those in a and b are it plus (1 − φ) n s and − φ n s, and continuity of the
// flux reads K s = −Δ_n·(δ − v s) with K = (1 − φ) A_nn + φ B_nn, Δ = A − B.
Eigen::MatrixXcd corner_form(const Eigen::MatrixXcd &a, const Eigen::MatrixXcd &b,
                             const NormalJump &normal_jump, const Vec3 &normal, const Vec3 &along,
                             double volume) {
  const Eigen::Index m = a.rows() / 4;
  double phi = 0.0;
  for (std::size_t i = 0; i < 3; ++i)
    phi += normal[i] * normal[i] * along[i];
  Eigen::MatrixXcd jump = normal_jump.at(phi).leftCols(3 * m);
  Eigen::MatrixXcd tilt = Eigen::MatrixXcd::Identity(m, m); // 1 + Σ_j S_j v_j
  for (std::size_t j = 0; j < 3; ++j)
    tilt += normal[j] * (along[j] - phi) * jump.middleCols(static_cast<Eigen::Index>(j) * m, m);
  const Eigen::PartialPivLU<Eigen::MatrixXcd> lu(tilt);
  jump = lu.solve(jump).eval();
  Eigen::MatrixXcd in_a = Eigen::MatrixXcd::Identity(3 * m, 3 * m), in_b = in_a;
  for (std::size_t i = 0; i < 3; ++i) {
    const Eigen::Index row = static_cast<Eigen::Index>(i) * m;
    const double v = normal[i] * (along[i] - phi);
    in_a.middleRows(row, m) += ((1.0 - phi) * normal[i] - v) * jump;
    in_b.middleRows(row, m) += (-phi * normal[i] - v) * jump;
  }
  return volume * in_a.adjoint() * a.topLeftCorner(3 * m, 3 * m) * in_a +
         (1.0 - volume) * in_b.adjoint() * b.topLeftCorner(3 * m, 3 * m) * in_b;
}

} // namespace

InterfaceCells::InterfaceCells(const Voxelisation &voxels, const PolynomialField &field,
                               const FormField &forms, const DiscretisationOptions &options)
    : voxels_(voxels), field_(field), forms_(forms) {
  const Index m = field.orbitals;
  bool fits =
      options.cut_cells && options.interface == InterfaceRule::laminate && forms.kinetics_differ();
  for (const Place place : field.places)
    fits = fits && place == node_place;
  for (const RegionPolynomial &region : field.regions)
    fits = fits && region.form.topRightCorner(3 * m, m).cwiseAbs().maxCoeff() == 0.0;
  if (!fits)
    return;
  map_ = &voxels.at(cell_place);
  number_.assign(map_->cells().size(), -1);
  std::int32_t count = 0;
  std::vector<Index> cells;
  for (std::size_t cell = 0; cell < number_.size(); ++cell)
    if (map_->cells()[cell] < 0 && forms.kinetic_class(*map_, map_->cells()[cell]) == -1) {
      number_[cell] = count++;
      cells.push_back(static_cast<Index>(cell));
    }
  value_.resize(static_cast<std::size_t>(count * 8 * 9 * m * m));
  parallel_for(count, 16, [&](Index begin, Index end) {
    for (Index cut = begin; cut < end; ++cut)
      fill(cells[static_cast<std::size_t>(cut)], cut);
  });
}

void InterfaceCells::fill(Index cell, Index cut) {
  const Index m = field_.orbitals;
  const Index number = -1 - map_->cells()[static_cast<std::size_t>(cell)];
  const double *fractions = map_->cut_fractions(number);
  const Vec3 &normal = map_->cut_normal(number), &h = voxels_.grid().spacing;
  std::vector<Side> sides;
  double filled = 0.0;
  for (std::size_t r = 0; r < field_.regions.size(); ++r)
    if (fractions[r] > 0.0) {
      sides.push_back({&field_.regions[r].form, fractions[r]});
      filled += fractions[r];
    }
  Complex *values = value_.data() + cut * 8 * 9 * m * m;
  const auto store = [&](unsigned corner, const Eigen::MatrixXcd &form) {
    for (Index i = 0; i < 3; ++i)
      for (Index j = 0; j < 3; ++j)
        for (Index a = 0; a < m; ++a)
          for (Index b = 0; b < m; ++b)
            values[(((corner * 3 + i) * 3 + j) * m + a) * m + b] = form(i * m + a, j * m + b);
  };
  if (sides.size() != 2 || filled < 1.0 - 1e-6) { // three materials, or a surface as well
    std::vector<const Eigen::MatrixXcd *> present;
    std::vector<double> parts;
    for (const Side &side : sides) {
      present.push_back(side.form);
      parts.push_back(side.fraction / filled);
    }
    const Eigen::MatrixXcd form = mixed_form(present, parts, normal, InterfaceRule::laminate);
    for (unsigned corner = 0; corner < 8; ++corner)
      store(corner, form);
    return;
  }
  const double offset = plane_box_offset(sides[0].fraction / filled, normal, h);
  const NormalJump jump(*sides[0].form, *sides[1].form, normal);
  const auto height = [&](unsigned corner, double scale) {
    double value = offset;
    for (unsigned d = 0; d < 3; ++d)
      value += normal[d] * h[d] * (corner >> d & 1u ? scale : -scale);
    return value;
  };
  for (unsigned corner = 0; corner < 8; ++corner) {
    Vec3 along;
    for (unsigned d = 0; d < 3; ++d)
      along[d] = inner_part(height(corner, 0.5), height(corner ^ 1u << d, 0.5));
    const double volume =
        plane_box_fraction(height(corner, 0.25), normal, {0.5 * h[0], 0.5 * h[1], 0.5 * h[2]});
    store(corner, corner_form(*sides[0].form, *sides[1].form, jump, normal, along, volume));
  }
}

NodeIndex InterfaceCells::on_map(NodeIndex at) const {
  for (std::size_t d = 0; d < 3; ++d)
    at[d] = std::clamp<Index>(at[d], -1, voxels_.grid().shape[d]);
  return at;
}

bool InterfaceCells::mixed(Place place, const NodeIndex &at) const {
  if (!map_ || place == node_place)
    return false;
  for (unsigned bits = 0; bits < 8; ++bits) {
    if (bits & place)
      continue;
    NodeIndex cell = at;
    for (unsigned d = 0; d < 3; ++d)
      cell[d] -= bits >> d & 1u;
    cell = on_map(cell);
    if (number_[static_cast<std::size_t>(map_->index(cell[0], cell[1], cell[2]))] >= 0)
      return true;
  }
  return false;
}

std::optional<Complex> InterfaceCells::corner(const Term &term, const NodeIndex &at,
                                              unsigned bits) const {
  const NodeIndex cell = on_map(at);
  const Index index = map_->index(cell[0], cell[1], cell[2]), m = field_.orbitals;
  const std::int32_t number = number_[static_cast<std::size_t>(index)];
  if (number >= 0)
    return value_[static_cast<std::size_t>(
        ((((Index{number} * 8 + bits) * 3 + term.i) * 3 + term.j) * m + term.a) * m + term.b)];
  const int own = forms_.kinetic_class(*map_, map_->cells()[static_cast<std::size_t>(index)]);
  if (own < 0)
    return std::nullopt;
  return field_.regions[static_cast<std::size_t>(own)].form(term.i * m + term.a,
                                                            term.j * m + term.b);
}

Complex InterfaceCells::coefficient(const Term &term, const NodeIndex &at, unsigned own) const {
  const unsigned axes = (1u << term.i) | (1u << term.j);
  // The cells around the element lie at −1 or 0 along the axes that it does not extend along.
  Complex sum = 0.0;
  double corners = 0.0; // those outside a wall do not count
  for (unsigned other = 0; other < 8; ++other) {
    if (other & axes)
      continue;
    NodeIndex cell = at;
    for (unsigned d = 0; d < 3; ++d)
      cell[d] -= other >> d & 1u;
    if (const auto value = corner(term, cell, own | other)) {
      sum += *value;
      corners += term.i == term.j ? 2.0 : 4.0; // of the element
    }
  }
  return corners > 0.0 ? sum / corners : sum;
}

void InterfaceCells::add(const Term &term, const NodeIndex &at, Complex factor,
                         RowAccumulator &rows) const {
  const Vec3 &h = voxels_.grid().spacing;
  const unsigned axes = (1u << term.i) | (1u << term.j);
  for (unsigned own = 0; own < 8; ++own) { // the element's corners
    if (own & ~axes)
      continue;
    // Each corner's leg along i begins at its place along j, and the other way round.
    NodeIndex low_i = at, low_j = at;
    if (term.i != term.j) {
      low_i = stepped(at, term.j, static_cast<int>(own >> term.j & 1u));
      low_j = stepped(at, term.i, static_cast<int>(own >> term.i & 1u));
    }
    const bool is_low = rows.node() == low_i;
    if (!is_low && rows.node() != stepped(low_i, term.i, 1))
      continue;
    const Complex value =
        (is_low ? -1.0 : 1.0) * factor * coefficient(term, at, own) /
        (h[static_cast<std::size_t>(term.i)] * h[static_cast<std::size_t>(term.j)]);
    if (value == Complex(0))
      continue;
    rows.add(term.a, term.b, low_j, -value);
    rows.add(term.a, term.b, stepped(low_j, term.j, 1), value);
  }
}

} // namespace heterodot
