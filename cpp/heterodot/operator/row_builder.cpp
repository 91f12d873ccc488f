#include "heterodot/operator/row_builder.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

NodeIndex plus(const NodeIndex &at, const std::array<int, 3> &step) {
  return {at[0] + step[0], at[1] + step[1], at[2] + step[2]};
}
NodeIndex minus(const NodeIndex &at, const std::array<int, 3> &step) {
  return {at[0] - step[0], at[1] - step[1], at[2] - step[2]};
}

// g_i = −i ∂_i ψ: the factor that the conjugate (left) or plain (right) field brings.
Complex left_factor(int i) {
  return i < 3 ? Complex(0, 1) : Complex(1);
}
Complex right_factor(int j) {
  return j < 3 ? Complex(0, -1) : Complex(1);
}

// Non-zero where a coefficient of the form is, in some region or in a laminate of two: there every
// band couples to whatever its flux across a tilted interface couples to.
Eigen::MatrixXd coupling_pattern(const PolynomialField &field, InterfaceRule rule) {
  const Eigen::Index m = field.orbitals;
  Eigen::MatrixXd pattern = Eigen::MatrixXd::Zero(4 * m, 4 * m);
  for (const RegionPolynomial &region : field.regions)
    pattern += region.form.cwiseAbs();
  bool steps = false;
  for (const RegionPolynomial &region : field.regions) {
    Eigen::MatrixXcd step = region.form - field.regions[0].form;
    step.bottomRightCorner(m, m).setZero();
    steps = steps || step.cwiseAbs().maxCoeff() > 0.0;
  }
  if (rule != InterfaceRule::laminate || !steps)
    return pattern;
  Eigen::MatrixXd across = Eigen::MatrixXd::Zero(m, 4 * m);
  for (Eigen::Index i = 0; i < 3; ++i)
    across += pattern.middleRows(i * m, m);
  Eigen::MatrixXd stiffness =
      Eigen::MatrixXd::Identity(m, m); // and its powers: that of the inverse
  for (Eigen::Index power = 0; power < m; ++power)
    stiffness +=
        stiffness * (across.leftCols(m) + across.middleCols(m, m) + across.middleCols(2 * m, m));
  return pattern + across.transpose() * stiffness * across;
}

} // namespace

RowBuilder::RowBuilder(const Voxelisation &voxels, const PolynomialField &field,
                       const DiscretisationOptions &options)
    : voxels_(voxels), field_(field), options_(options), forms_(voxels, field, options),
      surface_(voxels, field.places, options.wall.present), wall_(voxels, field, surface_) {
  const int m = field.orbitals;
  const Eigen::MatrixXd pattern = coupling_pattern(field, options.interface);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 4; ++j)
      for (int a = 0; a < m; ++a)
        for (int b = 0; b < m; ++b)
          if ((i == 3 && j == 3 && a == b) || pattern(i * m + a, j * m + b) != 0.0 ||
              pattern(j * m + a, i * m + b) != 0.0)
            add_term(i, a, j, b);
  std::map<Place, std::vector<std::pair<int, int>>> blocks;
  for (const Term &term : terms_) {
    blocks[term.place].emplace_back(term.i, term.j);
    blocks[term.place].emplace_back(term.j, term.i);
  }
  for (const auto &[place, pairs] : blocks) {
    forms_.prepare(place, pairs);
    if (options.order == 4)
      mark_uniform(place);
  }
  if (!options.wall.has_tail())
    return;
  tail_.emplace(voxels, field, forms_, surface_, options.wall);
  for (const auto &[place, pairs] : blocks)
    volumes_.try_emplace(place, voxels, place, [&, at_place = place](const NodeIndex &at) {
      return std::none_of(terms_.begin(), terms_.end(), [&](const Term &term) {
        return term.place == at_place && wall_.touches(term, at);
      });
    });
}

void RowBuilder::mark_uniform(Place place) {
  const auto &n = voxels_.grid().shape;
  auto &flags = uniform_[place];
  unsigned axes = 0; // along which the stencils extend
  for (const auto &[low, high] : extent_[place])
    for (std::size_t d = 0; d < 3; ++d)
      axes |= high[d] > low[d] ? 1u << d : 0u;
  flags.assign(static_cast<std::size_t>((n[0] + 2) * (n[1] + 2) * (n[2] + 2)), 0);
  parallel_for(n[0] + 2, 1, [&](Index begin, Index end) {
    for (Index x = begin; x < end; ++x)
      for (Index y = 0; y < n[1] + 2; ++y)
        for (Index z = 0; z < n[2] + 2; ++z)
          flags[static_cast<std::size_t>((x * (n[1] + 2) + y) * (n[2] + 2) + z)] =
              forms_.uniform_around(place, {x - 1, y - 1, z - 1}, axes);
  });
}

void RowBuilder::add_term(int i, int a, int j, int b) {
  const Vec3 &h = voxels_.grid().spacing;
  const Place pa = field_.places[static_cast<std::size_t>(a)];
  const Place pb = field_.places[static_cast<std::size_t>(b)];
  const auto common = [&](int left, int right) {
    const Place qa = left < 3 ? toggled(pa, left) : pa;
    const Place qb = right < 3 ? toggled(pb, right) : pb;
    return static_cast<Place>(qa | qb);
  };
  const Place place = common(i, j);
  Term term{i, a, j, b, place, i != j && i < 3 && j < 3 && common(j, i) == place, {}, {}, {}, {}};
  term.u2 = difference(pa, i, place, 2, h);
  term.v2 = difference(pb, j, place, 2, h);
  term.u4 = difference(pa, i, place, 4, h);
  term.v4 = difference(pb, j, place, 4, h);
  extent_[place].resize(static_cast<std::size_t>(field_.orbitals), {{1, 1, 1}, {0, 0, 0}});
  for (const auto &[orbital, stencil] : {std::pair{a, &term.u4}, std::pair{b, &term.v4}})
    for (const StencilPoint &point : *stencil)
      for (std::size_t d = 0; d < 3; ++d) {
        auto &[low, high] = extent_[place][static_cast<std::size_t>(orbital)];
        if (low[d] > high[d])
          low[d] = high[d] = point.step[d];
        low[d] = std::min<Index>(low[d], point.step[d]);
        high[d] = std::max<Index>(high[d], point.step[d]);
      }
  terms_.push_back(std::move(term));
}

bool RowBuilder::is_active(int orbital, const NodeIndex &node) const {
  return inside(orbital, node) || (tail_ && tail_->exists(orbital, node));
}

int RowBuilder::node_region(const NodeIndex &node) const {
  // A wall on the face between two voxels leaves the voxel whole, and takes the orbital on the
  // face.
  for (int a = 0; a < field_.orbitals; ++a)
    if (!inside(a, node))
      return -1;
  if (tail_)
    for (int a = 0; a < field_.orbitals; ++a)
      if (tail_->touches(a, node))
        return -1;
  return forms_.node_region(node);
}

// Where the kinetics are uniform around and no node of the wider stencils is missing.
bool RowBuilder::fourth_order(const Term &term, const NodeIndex &at) const {
  const Place place = term.place;
  if (options_.order != 4)
    return false;
  const auto &n = voxels_.grid().shape;
  for (std::size_t d = 0; d < 3; ++d)
    if (at[d] < -1 || at[d] > n[d])
      return false;
  if (!uniform_[place][static_cast<std::size_t>(
          ((at[0] + 1) * (n[1] + 2) + at[1] + 1) * (n[2] + 2) + at[2] + 1)])
    return false;
  if (tail_ && (is_face(term) ? tail_->owns_face(term.a, lower_node(term, at), term.i)
                              : volumes_.at(place).weight(at) != 1.0))
    return false;
  for (int a = 0; a < field_.orbitals; ++a) {
    const auto &[low, high] = extent_[place][static_cast<std::size_t>(a)];
    for (Index x = low[0]; x <= high[0]; ++x)
      for (Index y = low[1]; y <= high[1]; ++y)
        for (Index z = low[2]; z <= high[2]; ++z)
          if (!inside(a, {at[0] + x, at[1] + y, at[2] + z}))
            return false;
  }
  return true;
}

// The node below a face at which a second derivative is taken.
NodeIndex RowBuilder::lower_node(const Term &term, const NodeIndex &at) const {
  return shifted(place(term.a), term.i) ? stepped(at, term.i, -1) : at;
}

// The symmetric and the antisymmetric part of a coefficient under i ↔ j, weighted.
Complex RowBuilder::coefficient(const Term &term, const NodeIndex &at, double symmetric,
                                double antisymmetric) const {
  const Complex direct = forms_.entry(term.place, at, term.i, term.j, term.a, term.b);
  if (symmetric == 1.0 && antisymmetric == 1.0)
    return direct;
  const Complex swapped = forms_.entry(term.place, at, term.j, term.i, term.a, term.b);
  return 0.5 * (symmetric * (direct + swapped) + antisymmetric * (direct - swapped));
}

void RowBuilder::add_rows(const Term &term, RowAccumulator &rows) const {
  const NodeIndex &node = rows.node();
  const Complex factor = left_factor(term.i) * right_factor(term.j);
  const auto add_element = [&](const Stencil &v, double weight, const NodeIndex &at,
                               Complex coefficient) {
    if (coefficient == Complex(0))
      return;
    for (const StencilPoint &tap : v)
      if (const NodeIndex target = plus(at, tap.step); inside(term.b, target))
        rows.add(term.a, term.b, target, factor * coefficient * weight * tap.weight);
  };
  const auto add_cut_element = [&](const NodeIndex &at, Complex coefficient) {
    for (const WallElements::Point &point : wall_.points(term, at))
      for (const auto &[left, weight] : point.u)
        if (left == node)
          for (const auto &[right, other] : point.v)
            rows.add(term.a, term.b, right, factor * coefficient * point.weight * weight * other);
  };
  const bool local = term.i == 3 && term.j == 3;
  for (const StencilPoint &tap : term.u2) {
    const NodeIndex at = minus(node, tap.step);
    // With a tail, faces at the surface are its own; other elements that need a node outside hand
    // their volume to those inside.
    const bool face = tail_ && is_face(term);
    if (face && tail_->owns_face(term.a, lower_node(term, at), term.i))
      continue;
    const double volume = tail_ && !local && !face ? volumes_.at(term.place).weight(at) : 1.0;
    if (!tail_ && options_.wall.present && wall_.touches(term, at)) {
      add_cut_element(at, coefficient(term, at, 1.0, term.split ? 0.0 : 1.0));
      if (term.split)
        add_element(term.v2, tap.weight, at, coefficient(term, at, 0.0, 1.0));
    } else if (!fourth_order(term, at))
      add_element(term.v2, tap.weight, at, volume * coefficient(term, at, 1.0, 1.0));
    else if (term.split)
      add_element(term.v2, tap.weight, at, coefficient(term, at, 0.0, 1.0));
  }
  if (options_.order == 4)
    for (const StencilPoint &tap : term.u4) {
      const NodeIndex at = minus(node, tap.step);
      if (fourth_order(term, at))
        add_element(term.v4, tap.weight, at, coefficient(term, at, 1.0, term.split ? 0.0 : 1.0));
    }
}

Rows RowBuilder::orbital_rows(const NodeIndex &node) const {
  const int m = field_.orbitals;
  RowAccumulator kinetic(m, node), local(m, node);
  for (const Term &term : terms_)
    if (inside(term.a, node))
      add_rows(term, term.i == 3 && term.j == 3 ? local : kinetic);
  if (tail_)
    for (int a = 0; a < m; ++a) {
      tail_->add_rows(a, kinetic);
      if (!inside(a, node) && tail_->exists(a, node))
        local.add(a, a, node, tail_->tail_energy());
    }
  Rows result = kinetic.rows([&](int row, int column, const NodeIndex &target) {
    return tail_ ? tail_->scale(row, node) * tail_->scale(column, target) : 1.0;
  });
  const Rows rest = local.rows([](int, int, const NodeIndex &) { return 1.0; });
  for (std::size_t a = 0; a < result.size(); ++a) {
    for (const RowEntry &entry : rest[a]) {
      const auto same = std::find_if(result[a].begin(), result[a].end(), [&](const RowEntry &own) {
        return own.component == entry.component && own.step == entry.step;
      });
      if (same == result[a].end())
        result[a].push_back(entry);
      else
        same->value += entry.value;
    }
    if (result[a].empty() && is_active(static_cast<int>(a), node)) // a zero row exists all the same
      result[a].push_back({static_cast<int>(a), {0, 0, 0}, 0.0});
  }
  return result;
}

Rows RowBuilder::spin_orbit_rows(const NodeIndex &node) const {
  const int m = field_.orbitals, bands = field_.bands();
  Rows rows(static_cast<std::size_t>(bands));
  const Vec3 &h = voxels_.grid().spacing;
  for (int alpha = 0; alpha < bands; ++alpha) {
    if (!inside(alpha % m, node))
      continue;
    for (int beta = 0; beta < bands; ++beta) {
      if (std::none_of(
              field_.regions.begin(), field_.regions.end(), [&](const RegionPolynomial &region) {
                return region.spin_orbit.size() && region.spin_orbit(alpha, beta) != Complex(0);
              }))
        continue;
      const Place pa = field_.places[static_cast<std::size_t>(alpha % m)];
      const Place pb = field_.places[static_cast<std::size_t>(beta % m)];
      const Place place = static_cast<Place>(pa | pb);
      for (const StencilPoint &tap : difference(pa, 3, place, 2, h)) {
        const NodeIndex at = minus(node, tap.step);
        const Complex coefficient = forms_.spin_orbit(place, at, alpha, beta);
        for (const StencilPoint &other : difference(pb, 3, place, 2, h)) {
          const NodeIndex target = plus(at, other.step);
          if (inside(beta % m, target))
            rows[static_cast<std::size_t>(alpha)].push_back(
                {beta,
                 {static_cast<int>(target[0] - node[0]), static_cast<int>(target[1] - node[1]),
                  static_cast<int>(target[2] - node[2])},
                 coefficient * tap.weight * other.weight});
        }
      }
    }
  }
  return rows;
}

} // namespace heterodot
