#include "heterodot/operator/stencil_operator.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

#include "heterodot/operator/spin_turns.hpp"
#include "heterodot/operator/stencil_stream.hpp"

namespace heterodot {
StencilOperator::StencilOperator(const Bricks &bricks, int orbitals, int spins,
                                 std::vector<Place> places, const std::vector<Run> &runs,
                                 std::shared_ptr<const PackedRows> rows)
    : grid_(bricks.grid), bricks_(bricks), orbitals_(orbitals), spins_(spins),
      places_(std::move(places)), rows_(std::move(rows)), scratch_(std::make_shared<Scratch>()),
      active_(static_cast<std::size_t>(size()), 0) {
  if (static_cast<int>(places_.size()) != orbitals_)
    throw std::invalid_argument("one place is needed for every orbital");
  Lines lines{runs, {}};
  for (std::size_t r = 0; r < runs.size(); ++r)
    if (runs[r].first % grid_.shape[2] == 0)
      lines.first_run.push_back(static_cast<Index>(r));
  lines.first_run.push_back(static_cast<Index>(runs.size()));
  if (static_cast<Index>(lines.first_run.size()) != grid_.shape[0] * grid_.shape[1] + 1)
    throw std::invalid_argument("runs must cover the grid line by line");
  lines_ = std::make_shared<const Lines>(std::move(lines));
  for (const Run &run : runs) {
    if (run.row_class < 0)
      continue;
    const NodeRows<double> own = rows_->rows<double>(run.row_class);
    for (Index s = 0; s < own.segments; ++s)
      for (Index spin = 0; spin < spins_ && own.segment[s].entries > 0; ++spin)
        std::fill_n(active_.begin() + (spin * orbitals_ + own.segment[s].orbital) * grid_.size() +
                        run.first,
                    run.length, 1);
  }
}

double *StencilOperator::Scratch::reals(double, Index size) {
  doubles.resize(std::max(doubles.size(), static_cast<std::size_t>(size)));
  return doubles.data();
}
float *StencilOperator::Scratch::reals(float, Index size) {
  floats.resize(std::max(floats.size(), static_cast<std::size_t>(size)));
  return floats.data();
}

template <class Real>
void StencilOperator::apply_reals(const Real *x, Real *y, Index count, Index width) const {
  const Packing any = packing(1, width);
  const std::lock_guard<std::mutex> lock(scratch_->busy);
  for (Index first = 0; first < count;) {
    const Packing own = any.next(count - first, sizeof(Real));
    const Index vectors = std::min(own.vectors, count - first);
    Real *packed = scratch_->reals(Real(), own.reals());
    Real *to = y + first * size() * width;
    pack(own, x + first * size() * width, vectors, packed);
    stream(packed, own.lanes(), [&](Index node, Index nodes, const Real *hx) {
      unpack(own, node, nodes, hx, to, vectors);
    });
    for (const Run &run : lines_->runs)
      if (run.row_class < 0)
        for (Index band = 0; band < vectors * bands(); ++band)
          std::fill_n(to + width * (band * grid_.size() + run.first), width * run.length, Real(0));
    first += vectors;
  }
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
  apply_reals(reinterpret_cast<const double *>(x), reinterpret_cast<double *>(y), count, 2);
}

void StencilOperator::apply_float(const ComplexFloat *x, ComplexFloat *y, Index count) const {
  apply_reals(reinterpret_cast<const float *>(x), reinterpret_cast<float *>(y), count, 2);
}

void StencilOperator::apply_real(const double *x, double *y, Index count) const {
  apply_reals(x, y, count, 1);
}

void StencilOperator::apply_real_float(const float *x, float *y, Index count) const {
  apply_reals(x, y, count, 1);
}

const Run *StencilOperator::run_at(Index node) const {
  const auto &first = lines_->first_run;
  const auto line = static_cast<std::size_t>(node / grid_.shape[2]);
  const auto run =
      std::upper_bound(lines_->runs.begin() + first[line], lines_->runs.begin() + first[line + 1],
                       node, [](Index n, const Run &other) { return n < other.first; });
  return &*std::prev(run);
}

template <class Use>
void StencilOperator::for_each_entry(Index node, int band, const Use &use) const {
  const std::int32_t row_class = run_at(node)->row_class;
  if (row_class < 0)
    return;
  const int orbital = band % orbitals_, spin = band / orbitals_;
  const Index nodes = grid_.size();
  const NodeRows<double> rows = rows_->rows<double>(row_class);
  for (Index s = 0; s < rows.segments; ++s) {
    const RowSegment &own = rows.segment[s];
    if (own.orbital != orbital)
      continue;
    const Complex factor = SpinTurn::factor(own.turn, spin);
    const Index first_band = SpinTurn::column_spin(own.turn, spin) * orbitals_;
    for (Index e = 0; e < own.entries; ++e) {
      const Index offset = rows.offset[own.offset + e];
      const Index other = (offset % orbitals_ + orbitals_) % orbitals_;
      use((first_band + other) * nodes + bricks_.neighbour(node, (offset - other) / orbitals_),
          factor * rows.value[own.value + e]);
    }
  }
  if (!potential_.empty())
    use(band * nodes + node, potential_[static_cast<std::size_t>(orbital * nodes + node)]);
}

std::vector<double> StencilOperator::diagonal() const {
  std::vector<double> diagonal(static_cast<std::size_t>(size()), 0.0);
  const Index nodes = grid_.size();
  parallel_for(static_cast<Index>(lines_->runs.size()), 256, [&](Index begin, Index end) {
    for (Index r = begin; r < end; ++r) {
      const Run &run = lines_->runs[static_cast<std::size_t>(r)];
      if (run.row_class < 0)
        continue;
      const NodeRows<double> rows = rows_->rows<double>(run.row_class);
      for (Index s = 0; s < rows.segments; ++s) {
        const RowSegment &own = rows.segment[s];
        for (Index e = 0; e < own.entries; ++e)
          if (rows.offset[own.offset + e] == own.orbital)
            for (int spin = 0; spin < spins_; ++spin)
              if (SpinTurn::column_spin(own.turn, spin) == spin) {
                const double value =
                    (SpinTurn::factor(own.turn, spin) * rows.value[own.value + e]).real();
                double *first = diagonal.data() + (spin * orbitals_ + own.orbital) * nodes;
                std::for_each(first + run.first, first + run.first + run.length,
                              [&](double &sum) { sum += value; });
              }
      }
    }
  });
  if (!potential_.empty())
    for (Index band = 0; band < bands(); ++band)
      for (Index node = 0; node < nodes; ++node)
        if (active_[static_cast<std::size_t>(band * nodes + node)])
          diagonal[static_cast<std::size_t>(band * nodes + node)] +=
              potential_[static_cast<std::size_t>(band % orbitals_ * nodes + node)];
  return diagonal;
}

std::vector<double> StencilOperator::coupling_squares(const std::vector<bool> &to,
                                                      const std::vector<double> &weight) const {
  std::vector<double> sums(static_cast<std::size_t>(size()), 0.0);
  const Index nodes = grid_.size();
  for (int band = 0; band < bands(); ++band)
    if (to[static_cast<std::size_t>(band % orbitals_)])
      parallel_for(nodes, 4096, [&](Index begin, Index end) {
        for (Index node = begin; node < end; ++node)
          for_each_entry(node, band, [&](Index column, Complex value) {
            const auto orbital = static_cast<std::size_t>(column / nodes % orbitals_);
            if (!to[orbital])
              sums[static_cast<std::size_t>(band * nodes + node)] +=
                  std::norm(value) * weight[static_cast<std::size_t>(column)];
          });
      });
  return sums;
}

std::vector<float> StencilOperator::interpolation_weights() const {
  std::vector<float> weights(active_.begin(), active_.end());
  if (std::find(active_.begin(), active_.end(), 0) == active_.end())
    return weights; // no wall
  const std::vector<double> own_terms = diagonal();
  const Index nodes = grid_.size();
  parallel_for(static_cast<Index>(lines_->runs.size()), 256, [&](Index begin, Index end) {
    std::vector<double> beside(static_cast<std::size_t>(bands()));
    for (Index r = begin; r < end; ++r) {
      const Run &run = lines_->runs[static_cast<std::size_t>(r)];
      if (run.row_class < 0)
        continue;
      std::fill(beside.begin(), beside.end(), 0.0);
      const NodeRows<double> rows = rows_->rows<double>(run.row_class);
      for (Index s = 0; s < rows.segments; ++s) {
        const RowSegment &own = rows.segment[s];
        for (int spin = 0; spin < spins_; ++spin) {
          const double factor = std::abs(SpinTurn::factor(own.turn, spin));
          const bool turned = SpinTurn::column_spin(own.turn, spin) != spin;
          double &sum = beside[static_cast<std::size_t>(spin * orbitals_ + own.orbital)];
          for (Index e = 0; e < own.entries; ++e)
            if (turned || rows.offset[own.offset + e] != own.orbital)
              sum += factor * std::abs(rows.value[own.value + e]);
        }
      }
      for (int band = 0; band < bands(); ++band)
        for (Index node = run.first; node < run.first + run.length; ++node) {
          const auto at = static_cast<std::size_t>(band * nodes + node);
          const double part =
              beside[static_cast<std::size_t>(band)] / std::max(std::abs(own_terms[at]), 1e-300);
          weights[at] *= static_cast<float>(std::min(1.0, part));
        }
    }
  });
  return weights;
}

Index StencilOperator::memory_bytes() const {
  return rows_->memory_bytes() +
         static_cast<Index>(lines_->runs.size() * sizeof(Run) + active_.size() +
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

  CompressedRows rows;
  rows.row_pointer.push_back(0);
  std::vector<std::pair<Index, Complex>> row;
  for (std::size_t dof = 0; dof < mask.size(); ++dof) {
    if (!mask[dof] || number[dof] < first || number[dof] >= last)
      continue;
    const Index at = static_cast<Index>(dof);
    row.clear();
    for_each_entry(at % grid_.size(), static_cast<int>(at / grid_.size()),
                   [&](Index column, Complex value) {
                     row.emplace_back(number[static_cast<std::size_t>(column)], value);
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
