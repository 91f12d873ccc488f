#include "heterodot/operator/stencil_operator.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>
#include <utility>

#include "heterodot/operator/row_kernels.hpp"
#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr Index runs_per_chunk = 256;

template <class Value> Index table_bytes(const RowTable<Value> &rows) {
  return static_cast<Index>(rows.start.size() * sizeof(Index) +
                            rows.offset.size() * (sizeof(Index) + sizeof(Value)));
}

} // namespace

StencilOperator::StencilOperator(Grid grid, int orbitals, int spins, std::vector<Place> places,
                                 std::vector<Run> runs, RowTable<double> real_rows,
                                 RowTable<Complex> complex_rows)
    : grid_(grid), orbitals_(orbitals), spins_(spins), places_(std::move(places)),
      runs_(std::move(runs)), real_rows_(std::move(real_rows)),
      complex_rows_(std::move(complex_rows)) {
  if (static_cast<int>(places_.size()) != orbitals_)
    throw std::invalid_argument("one place is needed for every orbital");
}

template <class Real, int width>
void StencilOperator::apply_rows(const Real *x, Real *y, Index count) const {
  const Index nodes = grid_.size();
  const int real_orbitals = real_rows_.components;
  const int complex_bands = complex_rows_.components;
  parallel_for(static_cast<Index>(runs_.size()), runs_per_chunk, [&](Index begin, Index end) {
    for (Index vector = 0; vector < count; ++vector) {
      const Real *xv = x + width * vector * size();
      Real *yv = y + width * vector * size();
      for (Index r = begin; r < end; ++r) {
        const Run &run = runs_[static_cast<std::size_t>(r)];
        for (int band = 0; band < bands(); ++band) {
          const Index at = width * (band * nodes + run.first);
          const int orbital = band % orbitals_;
          if (run.row_class < 0 || real_orbitals == 0)
            std::fill_n(yv + at, width * run.length, Real(0));
          if (run.row_class < 0)
            continue;
          if (real_orbitals) {
            const Index e = real_rows_.row_begin(run.row_class, orbital);
            real_row(xv + at, yv + at, &real_rows_.offset[static_cast<std::size_t>(e)],
                     &real_rows_.value[static_cast<std::size_t>(e)],
                     real_rows_.row_end(run.row_class, orbital) - e, width * run.length, width);
          }
          if constexpr (width == 2)
            if (complex_bands) {
              const Index e = complex_rows_.row_begin(run.row_class, band);
              complex_row(xv + at, yv + at, complex_rows_.offset.data() + e,
                          complex_rows_.value.data() + e,
                          complex_rows_.row_end(run.row_class, band) - e, run.length);
            }
          if (!potential_.empty())
            local_row(xv + at, yv + at,
                      &potential_[static_cast<std::size_t>(orbital * nodes + run.first)],
                      run.length, width == 2);
        }
      }
    }
  });
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
  apply_rows<double, 2>(reinterpret_cast<const double *>(x), reinterpret_cast<double *>(y), count);
}

void StencilOperator::apply_float(const ComplexFloat *x, ComplexFloat *y, Index count) const {
  apply_rows<float, 2>(reinterpret_cast<const float *>(x), reinterpret_cast<float *>(y), count);
}

void StencilOperator::apply_real(const double *x, double *y, Index count) const {
  if (!is_real())
    throw std::logic_error("only a real operator acts on real vectors");
  apply_rows<double, 1>(x, y, count);
}

void StencilOperator::apply_real_float(const float *x, float *y, Index count) const {
  if (!is_real())
    throw std::logic_error("only a real operator acts on real vectors");
  apply_rows<float, 1>(x, y, count);
}

std::vector<double> StencilOperator::diagonal() const {
  std::vector<double> diagonal(static_cast<std::size_t>(size()), 0.0);
  for (const Run &run : runs_) {
    if (run.row_class < 0)
      continue;
    for (int band = 0; band < bands(); ++band) {
      double value = 0.0;
      if (real_rows_.components)
        for (Index e = real_rows_.row_begin(run.row_class, band % orbitals_);
             e < real_rows_.row_end(run.row_class, band % orbitals_); ++e)
          if (real_rows_.offset[static_cast<std::size_t>(e)] == 0)
            value += real_rows_.value[static_cast<std::size_t>(e)];
      if (complex_rows_.components)
        for (Index e = complex_rows_.row_begin(run.row_class, band);
             e < complex_rows_.row_end(run.row_class, band); ++e)
          if (complex_rows_.offset[static_cast<std::size_t>(e)] == 0)
            value += complex_rows_.value[static_cast<std::size_t>(e)].real();
      const auto at = diagonal.begin() + band * grid_.size() + run.first;
      std::fill_n(at, run.length, value);
      if (!potential_.empty())
        for (Index t = 0; t < run.length; ++t)
          at[t] +=
              potential_[static_cast<std::size_t>(band % orbitals_ * grid_.size() + run.first + t)];
    }
  }
  return diagonal;
}

std::vector<std::uint8_t> StencilOperator::active() const {
  std::vector<std::uint8_t> active(static_cast<std::size_t>(size()), 0);
  for (const Run &run : runs_) {
    if (run.row_class < 0)
      continue;
    for (int band = 0; band < bands(); ++band) {
      const bool has_row =
          (real_rows_.components && real_rows_.row_end(run.row_class, band % orbitals_) >
                                        real_rows_.row_begin(run.row_class, band % orbitals_)) ||
          (complex_rows_.components && complex_rows_.row_end(run.row_class, band) >
                                           complex_rows_.row_begin(run.row_class, band));
      std::fill_n(active.begin() + band * grid_.size() + run.first, run.length, has_row ? 1 : 0);
    }
  }
  return active;
}

Index StencilOperator::memory_bytes() const {
  return table_bytes(real_rows_) + table_bytes(complex_rows_) +
         static_cast<Index>(runs_.size() * sizeof(Run) + potential_.size() * sizeof(double));
}

StencilOperator::CompressedRows StencilOperator::compressed_rows(Index first, Index last) const {
  // Numbers of the active degrees of freedom in the compressed matrix.
  const std::vector<std::uint8_t> mask = active();
  std::vector<Index> number(mask.size(), -1);
  Index count = 0;
  for (std::size_t dof = 0; dof < mask.size(); ++dof)
    if (mask[dof])
      number[dof] = count++;
  if (first < 0 || last > count || first > last)
    throw std::out_of_range("rows must lie between 0 and " + std::to_string(count));

  std::vector<std::int32_t> class_of(static_cast<std::size_t>(grid_.size()), -1);
  for (const Run &run : runs_)
    std::fill_n(class_of.begin() + run.first, run.length, run.row_class);

  CompressedRows rows;
  rows.row_pointer.push_back(0);
  std::vector<std::pair<Index, Complex>> row;
  for (std::size_t dof = 0; dof < mask.size(); ++dof) {
    if (!mask[dof] || number[dof] < first || number[dof] >= last)
      continue;
    const Index at = static_cast<Index>(dof);
    const int band = static_cast<int>(at / grid_.size());
    const std::int32_t row_class = class_of[static_cast<std::size_t>(at % grid_.size())];
    row.clear();
    if (real_rows_.components)
      for (Index e = real_rows_.row_begin(row_class, band % orbitals_);
           e < real_rows_.row_end(row_class, band % orbitals_); ++e)
        row.emplace_back(
            number[static_cast<std::size_t>(at + real_rows_.offset[static_cast<std::size_t>(e)])],
            real_rows_.value[static_cast<std::size_t>(e)]);
    if (complex_rows_.components)
      for (Index e = complex_rows_.row_begin(row_class, band);
           e < complex_rows_.row_end(row_class, band); ++e)
        row.emplace_back(number[static_cast<std::size_t>(
                             at + complex_rows_.offset[static_cast<std::size_t>(e)])],
                         complex_rows_.value[static_cast<std::size_t>(e)]);
    if (!potential_.empty())
      row.emplace_back(number[dof], potential_[static_cast<std::size_t>(
                                        band % orbitals_ * grid_.size() + at % grid_.size())]);
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
