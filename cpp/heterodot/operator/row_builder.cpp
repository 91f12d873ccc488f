#include "heterodot/operator/row_builder.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

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
      surface_(voxels, field.places, options.wall.present),
      layers_(voxels, field, forms_, surface_), wall_(voxels, field, forms_, surface_, layers_),
      cells_(voxels, field, forms_, options),
      flags_(voxels.grid(), field, forms_, surface_, cells_, options),
      fourth_order_(voxels, field, forms_, surface_, options),
      steps_(voxels, field, forms_, surface_, options), spin_orbit_(field, forms_, surface_) {
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
  unsigned places = 0;
  for (const Term &term : terms_) {
    blocks[term.place].emplace_back(term.i, term.j);
    blocks[term.place].emplace_back(term.j, term.i);
    places |= 1u << term.place;
  }
  voxels.prepare(places);
  for (const auto &[place, pairs] : blocks) {
    forms_.prepare(place, pairs);
    flags_.prepare(place, extent_[place], options.order == 4 && wide_[place]);
  }
  for (std::size_t term = 0; term < terms_.size(); ++term)
    add_element_taps(term);
  for (const SpinOrbitRows::Tap &tap : spin_orbit_.taps())
    flags_.prepare_regions(tap.place);
  if (options.wall.present && !options.wall.has_tail())
    layers_.find_norms();
  if (!options.wall.has_tail())
    return;
  tail_.emplace(voxels, field, forms_, surface_, options);
  for (const auto &[place, pairs] : blocks)
    volumes_.try_emplace(place, voxels, place, [&, at_place = place](const NodeIndex &at) {
      return std::none_of(terms_.begin(), terms_.end(), [&](const Term &term) {
        return term.place == at_place && wall_.touches(term, at);
      });
    });
}

int RowBuilder::shared_rows(const NodeIndex &node) const {
  int kinetics = -1, region = -1;
  const auto agrees = [](int value, int &common) {
    if (value < 0 || (common >= 0 && value != common))
      return false;
    common = value;
    return true;
  };
  for (Place place = 0; place < 8; ++place)
    for (const Element &element : elements_[place]) {
      const NodeIndex at = plus(node, element.step);
      if (!agrees(flags_.kinetics(place, at), kinetics) ||
          (element.has_local && !agrees(flags_.region(place, at), region)))
        return -1;
    }
  for (const SpinOrbitRows::Tap &tap : spin_orbit_.taps())
    if (!agrees(flags_.region(tap.place, plus(node, tap.element)), region))
      return -1;
  if (!fourth_order_.uniform_around(node, kinetics))
    return -1;
  return kinetics * static_cast<int>(field_.regions.size()) + std::max(region, 0);
}

void RowBuilder::add_element_taps(std::size_t number) {
  const Term &term = terms_[number];
  auto &elements = elements_[term.place];
  const auto element = [&](const StencilPoint &tap) -> ElementTaps & {
    const std::array<int, 3> step{-tap.step[0], -tap.step[1], -tap.step[2]};
    auto found = std::find_if(elements.begin(), elements.end(),
                              [&](const Element &own) { return own.step == step; });
    if (found == elements.end())
      found = elements.insert(elements.end(), {step, false, {}});
    found->has_local = found->has_local || (term.i == 3 && term.j == 3);
    if (found->terms.empty() || found->terms.back().term != number)
      found->terms.push_back({number,
                              left_factor(term.i) * right_factor(term.j),
                              forms_.form_entry(term.place, term.i, term.j, term.a, term.b),
                              forms_.form_entry(term.place, term.j, term.i, term.a, term.b),
                              {},
                              {}});
    return found->terms.back();
  };
  const auto add = [](RowAccumulator::Taps &taps, const StencilPoint &left, const Stencil &right) {
    for (const StencilPoint &tap : right)
      taps.add({tap.step[0] - left.step[0], tap.step[1] - left.step[1], tap.step[2] - left.step[2]},
               left.weight * tap.weight);
  };
  for (const StencilPoint &tap : term.u2)
    add(element(tap).second, tap, term.v2);
  if (options_.order == 4)
    for (const StencilPoint &tap : term.u4)
      add(element(tap).fourth, tap, term.v4);
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
  const bool planar = i != j && i < 3 && j < 3;
  const bool compact = planar && toggled(pa, i) == place && toggled(pb, j) == place;
  Term term{i, a, j, b, place, planar && (compact || common(j, i) == place), {}, {}, {}, {}};
  term.u2 = difference(pa, i, place, 2, h);
  term.v2 = difference(pb, j, place, 2, h);
  const int order = fourth_order_.applies(i, j, pa, pb) ? 2 : 4;
  term.u4 = difference(pa, i, place, order, h);
  term.v4 = difference(pb, j, place, order, h);
  wide_[place] = wide_[place] || term.u4.size() > term.u2.size() || term.v4.size() > term.v2.size();
  extent_[place].resize(static_cast<std::size_t>(field_.orbitals), {{1, 1, 1}, {0, 0, 0}});
  const auto extend = [&](int orbital, const std::array<int, 3> &step) {
    for (std::size_t d = 0; d < 3; ++d) {
      auto &[low, high] = extent_[place][static_cast<std::size_t>(orbital)];
      if (low[d] > high[d])
        low[d] = high[d] = step[d];
      low[d] = std::min<Index>(low[d], step[d]);
      high[d] = std::max<Index>(high[d], step[d]);
    }
  };
  for (const auto &[orbital, stencil] : {std::pair{a, &term.u4}, std::pair{b, &term.v4}})
    for (const StencilPoint &point : *stencil)
      extend(orbital, point.step);
  // At a wall, a first derivative is taken on the legs between the nodes, up to the second next.
  if (options_.wall.present && FourthOrder::compact_slope(i, j, pa, pb))
    for (const int steps : {-2, 2}) {
      std::array<int, 3> step{0, 0, 0};
      step[static_cast<std::size_t>(std::min(i, j))] = steps;
      extend(i == 3 ? a : b, step);
    }
  // A derivative that is averaged back along its own axis is too wide for the window of columns.
  for (const StencilPoint &left : term.u4)
    for (const StencilPoint &right : term.v4)
      for (std::size_t d = 0; d < 3; ++d)
        if (std::abs(right.step[d] - left.step[d]) > RowAccumulator::reach) {
          term.u4 = term.u2;
          term.v4 = term.v2;
          terms_.push_back(std::move(term));
          return;
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

void RowBuilder::add_regular_element(const Element &element, const NodeIndex &at, bool fourth,
                                     RowAccumulator &rows) const {
  const Complex *form = forms_.form(terms_[element.terms.front().term].place, at);
  for (const ElementTaps &own : element.terms) {
    const Term &term = terms_[own.term];
    if (term.i == 3 && term.j == 3)
      continue;
    const Complex direct = form[own.direct], swapped = form[own.swapped];
    if (!fourth || term.split) {
      const Complex second = fourth ? 0.5 * (direct - swapped) : direct;
      if (second != Complex(0))
        rows.add(term.a, term.b, own.second, own.factor * second);
    }
    if (fourth) {
      const Complex wide = term.split ? 0.5 * (direct + swapped) : direct;
      if (wide != Complex(0))
        rows.add(term.a, term.b, own.fourth, own.factor * wide);
    }
  }
}

bool RowBuilder::add_regular_elements(RowAccumulator &kinetic, RowAccumulator &local,
                                      std::vector<double> &fractions) const {
  bool others = false;
  for (Place place = 0; place < 8; ++place)
    for (const Element &element : elements_[place]) {
      const NodeIndex at = plus(kinetic.node(), element.step);
      if (!flags_.regular(place, at)) {
        others = true;
        continue;
      }
      const bool fourth = flags_.regular_fourth(place, at);
      add_regular_element(element, at, fourth, kinetic);
      if (!element.has_local)
        continue;
      forms_.local_fractions(place, at, fractions);
      const Complex *form = forms_.form(place, at);
      for (const ElementTaps &own : element.terms) {
        const Term &term = terms_[own.term];
        if (term.i < 3 || term.j < 3)
          continue;
        Complex coefficient = form[own.direct];
        for (std::size_t r = 0; r < fractions.size(); ++r)
          if (fractions[r] != 0.0)
            coefficient += fractions[r] * field_.regions[r].form(3 * field_.orbitals + term.a,
                                                                 3 * field_.orbitals + term.b);
        if (coefficient != Complex(0))
          local.add(term.a, term.b, fourth ? own.fourth : own.second, coefficient);
      }
    }
  return others;
}

// Elements at a wall, at a tail or at a face of the box.
void RowBuilder::add_irregular_elements(const Term &term, RowAccumulator &rows) const {
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
    if (flags_.regular(term.place, at))
      continue;
    if (flags_.interface(term.place, at)) {
      cells_.add(term, at, factor, rows);
      continue;
    }
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
    } else if (volume == 1.0 && cells_.mixed(term.place, at) && !wall_.touches(term, at))
      cells_.add(term, at, factor, rows);
    else
      add_element(term.v2, tap.weight, at, volume * coefficient(term, at, 1.0, 1.0));
  }
}

void RowBuilder::build_rows(const NodeIndex &node, Workspace &work) const {
  const int m = field_.orbitals;
  // Local terms are exempt from the scaling of the norm.
  const bool norms = tail_ || layers_.has_norms();
  RowAccumulator &kinetic = work.kinetic, &local = norms ? work.local : work.kinetic;
  work.kinetic.move_to(node);
  work.local.move_to(node);
  if (add_regular_elements(kinetic, local, work.fractions))
    for (const Term &term : terms_)
      if (inside(term.a, node))
        add_irregular_elements(term, term.i == 3 && term.j == 3 ? local : kinetic);
  fourth_order_.add(kinetic);
  steps_.add(local);
  if (tail_)
    for (int a = 0; a < m; ++a) {
      tail_->add_rows(a, kinetic);
      if (!inside(a, node) && tail_->exists(a, node))
        local.add(a, a, node, tail_->tail_energy());
    }
  Rows &result = work.orbital;
  for (auto &row : result)
    row.clear();
  kinetic.take([&](int row, int column, const std::array<int, 3> &step, Complex value) {
    if (norms)
      value *= scale(row, node) * scale(column, plus(node, step));
    result[static_cast<std::size_t>(row)].push_back({column, step, value});
  });
  if (norms)
    local.take([&](int row, int column, const std::array<int, 3> &step, Complex value) {
      auto &own = result[static_cast<std::size_t>(row)];
      const auto same = std::find_if(own.begin(), own.end(), [&](const RowEntry &entry) {
        return entry.component == column && entry.step == step;
      });
      if (same == own.end())
        own.push_back({column, step, value});
      else
        same->value += value;
    });
  for (int a = 0; a < m; ++a) // a zero row exists all the same
    if (result[static_cast<std::size_t>(a)].empty() && is_active(a, node))
      result[static_cast<std::size_t>(a)].push_back({a, {0, 0, 0}, 0.0});
  spin_orbit_.add(node, work.fractions, work.spin_orbit);
}

double RowBuilder::scale(int orbital, const NodeIndex &node) const {
  return tail_ ? tail_->scale(orbital, node) : layers_.scale(orbital, node);
}

} // namespace heterodot
