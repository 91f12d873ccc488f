#include "heterodot/operator/stencil_operator.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "heterodot/operator/stencil_stream.hpp"

namespace heterodot {

StencilOperator::StencilOperator(Grid grid, int orbitals, int spins, std::vector<Place> places,
                                 const std::vector<Run> &runs, const RowTable &real_rows,
                                 const std::array<RowTable, 2> &complex_rows)
    : grid_(grid), orbitals_(orbitals), spins_(spins), places_(std::move(places)),
      strips_(make_strips(runs, grid)),
      real_rows_(std::make_shared<StripRows>(real_rows, runs, strips_, grid.size())),
      complex_rows_{std::make_shared<StripRows>(complex_rows[0], runs, strips_, grid.size()),
                    std::make_shared<StripRows>(complex_rows[1], runs, strips_, grid.size())},
      active_(static_cast<std::size_t>(size()), 0),
      row_classes_(real_rows.components ? real_rows.classes : complex_rows[0].classes) {
  if (static_cast<int>(places_.size()) != orbitals_)
    throw std::invalid_argument("one place is needed for every orbital");
  for (const Run &run : runs)
    for (int band = 0; band < bands() && run.row_class >= 0; ++band) {
      const int orbital = band % orbitals_;
      bool has_row = real_rows.components && real_rows.row(run.row_class, orbital).entries > 0;
      for (const RowTable &part : complex_rows)
        has_row = has_row || (part.components && part.row(run.row_class, band).entries > 0);
      std::fill_n(active_.begin() + band * grid_.size() + run.first, run.length, has_row ? 1 : 0);
    }
}

template <class Number>
void StencilOperator::apply_number(const Number *x, Number *y, Index count) const {
  stream(x, count, [&](Index vector, Index at, Index length, const Number *hx) {
    std::copy_n(hx, length, y + vector * size() + at);
  });
  for (const Strip &strip : strips_)
    if (!strip.active)
      for (Index vector = 0; vector < count; ++vector)
        for (int band = 0; band < bands(); ++band)
          std::fill_n(y + vector * size() + band * grid_.size() + strip.first, strip.length,
                      Number(0));
}

std::shared_ptr<StencilOperator>
StencilOperator::with_potential(const std::vector<double> &potential) const {
  if (static_cast<Index>(potential.size()) != orbitals_ * grid_.size())
    throw std::invalid_argument("a potential needs one value for every orbital and node");
  auto result = std::make_shared<StencilOperator>(*this);
  if (potential_.empty())
    result->potential_ = potential;
  else
    std::transform(potential.begin(), potential.end(), potential_.begin(),
                   result->potential_.begin(), std::plus<double>());
  return result;
}

void StencilOperator::apply(const Complex *x, Complex *y, Index count) const {
  apply_number(x, y, count);
}

void StencilOperator::apply_float(const ComplexFloat *x, ComplexFloat *y, Index count) const {
  apply_number(x, y, count);
}

void StencilOperator::apply_real(const double *x, double *y, Index count) const {
  apply_number(x, y, count);
}

void StencilOperator::apply_real_float(const float *x, float *y, Index count) const {
  apply_number(x, y, count);
}

template <class Use>
void StencilOperator::for_each_entry(Index strip, int band, Index t, const Use &use) const {
  const auto visit = [&](const StripRows &rows, int component, Complex factor) {
    if (rows.components())
      rows.for_each_entry(strip, component, t, [&](Index offset, double value) {
        // Padding is zero; what reaches nowhere must not be looked up.
        if (value != 0.0 || offset == 0)
          use(offset, factor * value);
      });
  };
  visit(*real_rows_, band % orbitals_, 1.0);
  visit(*complex_rows_[0], band, 1.0);
  visit(*complex_rows_[1], band, Complex(0, 1));
  if (!potential_.empty())
    use(0,
        potential_[static_cast<std::size_t>(band % orbitals_ * grid_.size() +
                                            strips_[static_cast<std::size_t>(strip)].first + t)]);
}

std::vector<double> StencilOperator::diagonal() const {
  std::vector<double> diagonal(static_cast<std::size_t>(size()), 0.0);
  for (Index s = 0; s < static_cast<Index>(strips_.size()); ++s) {
    const Strip &strip = strips_[static_cast<std::size_t>(s)];
    for (int band = 0; band < bands() && strip.active; ++band)
      for (Index t = 0; t < strip.length; ++t)
        for_each_entry(s, band, t, [&](Index offset, Complex value) {
          if (offset == 0)
            diagonal[static_cast<std::size_t>(band * grid_.size() + strip.first + t)] +=
                value.real();
        });
  }
  return diagonal;
}

std::vector<float> StencilOperator::interpolation_weights() const {
  std::vector<float> weights(active_.begin(), active_.end());
  if (std::find(active_.begin(), active_.end(), 0) == active_.end())
    return weights; // no wall
  for (Index s = 0; s < static_cast<Index>(strips_.size()); ++s) {
    const Strip &strip = strips_[static_cast<std::size_t>(s)];
    for (int band = 0; band < bands() && strip.active; ++band)
      for (Index t = 0; t < strip.length; ++t) {
        double diagonal = 0.0, beside = 0.0;
        for_each_entry(s, band, t, [&](Index offset, Complex value) {
          if (offset == 0)
            diagonal += value.real();
          else
            beside += std::abs(value);
        });
        float &weight = weights[static_cast<std::size_t>(band * grid_.size() + strip.first + t)];
        weight *= static_cast<float>(std::min(1.0, beside / std::max(std::abs(diagonal), 1e-300)));
      }
  }
  return weights;
}

Index StencilOperator::memory_bytes() const {
  return real_rows_->memory_bytes() + complex_rows_[0]->memory_bytes() +
         complex_rows_[1]->memory_bytes() +
         static_cast<Index>(strips_.size() * sizeof(Strip) + active_.size() +
                            potential_.size() * sizeof(double));
}

StencilOperator::CompressedRows StencilOperator::compressed_rows(Index first, Index last) const {
  // Numbers of the active degrees of freedom in the compressed matrix.
  const std::vector<std::uint8_t> &mask = active_;
  std::vector<Index> number(mask.size(), -1);
  Index count = 0;
  for (std::size_t dof = 0; dof < mask.size(); ++dof)
    if (mask[dof])
      number[dof] = count++;
  if (first < 0 || last > count || first > last)
    throw std::out_of_range("rows must lie between 0 and " + std::to_string(count));

  std::vector<std::int32_t> strip_of(static_cast<std::size_t>(grid_.size()));
  for (std::size_t s = 0; s < strips_.size(); ++s)
    std::fill_n(strip_of.begin() + strips_[s].first, strips_[s].length,
                static_cast<std::int32_t>(s));

  CompressedRows rows;
  rows.row_pointer.push_back(0);
  std::vector<std::pair<Index, Complex>> row;
  for (std::size_t dof = 0; dof < mask.size(); ++dof) {
    if (!mask[dof] || number[dof] < first || number[dof] >= last)
      continue;
    const Index at = static_cast<Index>(dof), node = at % grid_.size();
    const std::int32_t strip = strip_of[static_cast<std::size_t>(node)];
    row.clear();
    for_each_entry(strip, static_cast<int>(at / grid_.size()),
                   node - strips_[static_cast<std::size_t>(strip)].first,
                   [&](Index offset, Complex value) {
                     row.emplace_back(number[static_cast<std::size_t>(at + offset)], value);
                   });
    std::sort(row.begin(), row.end(),
              [](const auto &a, const auto &b) { return a.first < b.first; });
    for (const auto &[column, value] : row) {
      if (static_cast<Index>(rows.column.size()) > rows.row_pointer.back() &&
          rows.column.back() == column)
        rows.value.back() += value;
      else {
        rows.column.push_back(column);
        rows.value.push_back(value);
      }
    }
    rows.row_pointer.push_back(static_cast<Index>(rows.column.size()));
  }
  return rows;
}

} // namespace heterodot
