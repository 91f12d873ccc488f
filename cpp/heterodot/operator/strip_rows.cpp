#include "heterodot/operator/strip_rows.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

namespace heterodot {
namespace {

constexpr std::int32_t long_run = 16; // nodes from which a run of one class is a strip of its own
constexpr Index padded_planes = 4;    // no row reaches further along x

template <class Value>
bool same_row(const RowTable<Value> &table, Index a, Index b, int component) {
  if (a == b)
    return true;
  const Index begin = table.row_begin(a, component), end = table.row_end(a, component);
  const Index other = table.row_begin(b, component);
  if (table.row_end(b, component) - other != end - begin)
    return false;
  for (Index e = begin; e < end; ++e)
    if (table.offset[static_cast<std::size_t>(e)] !=
            table.offset[static_cast<std::size_t>(other + e - begin)] ||
        table.value[static_cast<std::size_t>(e)] !=
            table.value[static_cast<std::size_t>(other + e - begin)])
      return false;
  return true;
}

} // namespace

std::vector<Strip> make_strips(const std::vector<Run> &runs, const Grid &grid) {
  const Index line = grid.shape[2], margin = padded_planes * grid.shape[1] * line;
  std::vector<Strip> strips;
  bool open = false; // whether the last strip takes further short runs
  for (const Run &run : runs) {
    const bool active = run.row_class >= 0;
    const bool alone = !active || run.length >= long_run;
    const bool inner = run.first >= margin && run.first < grid.size() - margin;
    const bool joins = open && !alone && inner && run.first % line != 0;
    if (joins)
      strips.back().length += run.length;
    else
      strips.push_back({run.first, run.length, active});
    open = !alone;
  }
  return strips;
}

template <class Value>
StripRows<Value>::StripRows(const RowTable<Value> &table, const std::vector<Run> &runs,
                            const std::vector<Strip> &strips, Index nodes)
    : components_(table.components) {
  if (components_ == 0)
    return;
  rows_.reserve(strips.size() * static_cast<std::size_t>(components_));
  std::map<std::pair<std::vector<std::int32_t>, int>, Row> stored; // strips of the same classes
  std::vector<std::int32_t> classes;
  std::size_t run = 0;
  for (const Strip &strip : strips) {
    classes.clear();
    for (; run < runs.size() && runs[run].first < strip.first + strip.length; ++run)
      classes.insert(classes.end(), static_cast<std::size_t>(runs[run].length),
                     runs[run].row_class);
    for (int component = 0; component < components_; ++component) {
      if (!strip.active) {
        rows_.push_back({0, 0, 0, false});
        continue;
      }
      const std::int32_t first = classes.front();
      const bool constant = std::all_of(classes.begin(), classes.end(), [&](std::int32_t other) {
        return same_row(table, first, other, component);
      });
      const auto [found, inserted] =
          stored.try_emplace({constant ? std::vector{first} : classes, component});
      if (inserted)
        found->second = constant
                            ? append(table, first, component)
                            : append_union(table, classes, component,
                                           component * nodes + strip.first, components_ * nodes);
      rows_.push_back(found->second);
    }
  }
  single_.reserve(value_.size());
  for (const Value &value : value_)
    single_.push_back(static_cast<Single>(value));
}

template <class Value>
typename StripRows<Value>::Row StripRows<Value>::append(const RowTable<Value> &table,
                                                        Index row_class, int component) {
  const Index begin = table.row_begin(row_class, component);
  const Index end = table.row_end(row_class, component);
  const Row row{static_cast<Index>(offset_.size()), static_cast<Index>(value_.size()),
                static_cast<std::int32_t>(end - begin), false};
  offset_.insert(offset_.end(), table.offset.begin() + begin, table.offset.begin() + end);
  value_.insert(value_.end(), table.value.begin() + begin, table.value.begin() + end);
  return row;
}

template <class Value>
typename StripRows<Value>::Row
StripRows<Value>::append_union(const RowTable<Value> &table, std::span<const std::int32_t> classes,
                               int component, Index position, Index size) {
  std::vector<Index> all;
  for (const std::int32_t row_class : classes)
    all.insert(all.end(), table.offset.begin() + table.row_begin(row_class, component),
               table.offset.begin() + table.row_end(row_class, component));
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  if (position + all.front() < 0 ||
      position + static_cast<Index>(classes.size()) - 1 + all.back() >= size)
    throw std::logic_error("a row reaches beyond the first or the last plane of the grid");
  const Row row{static_cast<Index>(offset_.size()), static_cast<Index>(value_.size()),
                static_cast<std::int32_t>(all.size()), true};
  offset_.insert(offset_.end(), all.begin(), all.end());
  const std::size_t start = value_.size(), length = classes.size();
  value_.resize(start + all.size() * length, Value(0));
  for (std::size_t t = 0; t < length; ++t)
    for (Index e = table.row_begin(classes[t], component); e < table.row_end(classes[t], component);
         ++e) {
      const auto slot = static_cast<std::size_t>(
          std::lower_bound(all.begin(), all.end(), table.offset[static_cast<std::size_t>(e)]) -
          all.begin());
      value_[start + slot * length + t] += table.value[static_cast<std::size_t>(e)];
    }
  return row;
}

template <class Value> Index StripRows<Value>::memory_bytes() const {
  return static_cast<Index>(rows_.size() * sizeof(Row) + offset_.size() * sizeof(Index) +
                            value_.size() * (sizeof(Value) + sizeof(Single)));
}

template class StripRows<double>;
template class StripRows<std::complex<double>>;

} // namespace heterodot
