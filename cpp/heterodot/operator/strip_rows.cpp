#include "heterodot/operator/strip_rows.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <stdexcept>
#include <utility>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr std::int32_t long_run = 16; // nodes from which a run of one class is a strip of its own
constexpr Index padded_planes = 4;    // no row reaches further along x

template <class Value>
bool same_row(const RowTable<Value> &table, Index a, Index b, int component) {
  if (a == b)
    return true;
  const auto first = table.row(a, component), other = table.row(b, component);
  return first.entries == other.entries &&
         std::equal(first.offset, first.offset + first.entries, other.offset) &&
         std::equal(first.value, first.value + first.entries, other.value);
}

// The offsets of all rows of a strip, ascending and each once.
template <class Value>
void unite_offsets(const RowTable<Value> &table, const std::vector<std::int32_t> &classes,
                   int component, std::vector<Index> &all) {
  std::vector<Index> own, merged;
  all.clear();
  for (std::size_t t = 0; t < classes.size(); ++t) {
    if (t > 0 && classes[t] == classes[t - 1])
      continue;
    const auto row = table.row(classes[t], component);
    own.assign(row.offset, row.offset + row.entries);
    if (!std::is_sorted(own.begin(), own.end()))
      std::sort(own.begin(), own.end());
    own.erase(std::unique(own.begin(), own.end()), own.end());
    if (own == all) // neighbours mostly have entries at the same places
      continue;
    merged.clear();
    std::set_union(all.begin(), all.end(), own.begin(), own.end(), std::back_inserter(merged));
    std::swap(all, merged);
  }
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
  // The classes of every strip (one entry if they are all the same), each list once.
  std::map<std::vector<std::int32_t>, Index> known;
  std::vector<std::pair<const std::vector<std::int32_t> *, Index>> lists; // and a strip with it
  std::vector<Index> list_of;
  std::vector<std::int32_t> classes;
  std::size_t run = 0;
  for (std::size_t s = 0; s < strips.size(); ++s) {
    classes.clear();
    for (; run < runs.size() && runs[run].first < strips[s].first + strips[s].length; ++run)
      classes.insert(classes.end(), static_cast<std::size_t>(runs[run].length),
                     runs[run].row_class);
    if (!strips[s].active) {
      list_of.push_back(-1);
      continue;
    }
    if (std::all_of(classes.begin(), classes.end(),
                    [&](std::int32_t other) { return other == classes.front(); }))
      classes.resize(1);
    const auto [found, inserted] = known.try_emplace(classes, static_cast<Index>(lists.size()));
    if (inserted)
      lists.emplace_back(&found->first, static_cast<Index>(s));
    list_of.push_back(found->second);
  }

  constexpr Index lists_a_chunk = 64;
  const auto count = static_cast<Index>(lists.size());
  std::vector<Row> stored(lists.size() * static_cast<std::size_t>(components_));
  chunks_.resize(static_cast<std::size_t>((count + lists_a_chunk - 1) / lists_a_chunk));
  parallel_for(count, lists_a_chunk, [&](Index begin, Index end) {
    Chunk &own = chunks_[static_cast<std::size_t>(begin / lists_a_chunk)];
    std::vector<Index> all;
    for (Index l = begin; l < end; ++l) {
      const auto &[list, strip] = lists[static_cast<std::size_t>(l)];
      for (int component = 0; component < components_; ++component) {
        const auto first = table.row(list->front(), component);
        Row row{static_cast<Index>(own.offset.size()), static_cast<Index>(own.value.size()),
                static_cast<std::int32_t>(begin / lists_a_chunk),
                static_cast<std::int32_t>(first.entries), false};
        if (std::all_of(list->begin(), list->end(), [&](std::int32_t other) {
              return same_row(table, list->front(), other, component);
            })) {
          own.offset.insert(own.offset.end(), first.offset, first.offset + first.entries);
          own.value.insert(own.value.end(), first.value, first.value + first.entries);
        } else {
          unite_offsets(table, *list, component, all);
          const Index position = component * nodes + strips[static_cast<std::size_t>(strip)].first;
          if (position + all.front() < 0 ||
              position + static_cast<Index>(list->size()) - 1 + all.back() >= components_ * nodes)
            throw std::logic_error("a row reaches beyond the first or the last plane of the grid");
          row.entries = static_cast<std::int32_t>(all.size());
          row.varying = true;
          own.offset.insert(own.offset.end(), all.begin(), all.end());
          const std::size_t start = own.value.size(), length = list->size();
          own.value.resize(start + all.size() * length, Value(0));
          for (std::size_t t = 0; t < length; ++t) {
            const auto from = table.row((*list)[t], component);
            auto slot = all.begin();
            for (Index e = 0; e < from.entries; ++e) {
              if (*slot != from.offset[e])
                slot = std::lower_bound(*slot < from.offset[e] ? slot : all.begin(), all.end(),
                                        from.offset[e]);
              own.value[start + static_cast<std::size_t>(varying_index(
                                    slot - all.begin(), static_cast<Index>(t), row.entries,
                                    static_cast<Index>(length)))] += from.value[e];
              if (slot + 1 != all.end())
                ++slot;
            }
          }
        }
        stored[static_cast<std::size_t>(l * components_ + component)] = row;
      }
    }
  });
  rows_.reserve(strips.size() * static_cast<std::size_t>(components_));
  for (const Index list : list_of)
    for (int component = 0; component < components_; ++component)
      rows_.push_back(list < 0 ? Row{0, 0, 0, 0, false}
                               : stored[static_cast<std::size_t>(list * components_ + component)]);
}

template <class Value> void StripRows<Value>::prepare_single() const {
  std::call_once(single_ready_, [&] {
    parallel_for(static_cast<Index>(chunks_.size()), 1, [&](Index begin, Index end) {
      for (Index c = begin; c < end; ++c) {
        const Chunk &own = chunks_[static_cast<std::size_t>(c)];
        own.single.resize(own.value.size());
        std::transform(own.value.begin(), own.value.end(), own.single.begin(),
                       [](const Value &value) { return static_cast<Single>(value); });
      }
    });
  });
}

template <class Value> Index StripRows<Value>::memory_bytes() const {
  std::size_t bytes = rows_.size() * sizeof(Row);
  for (const Chunk &own : chunks_)
    bytes += own.offset.size() * sizeof(Index) + own.value.size() * sizeof(Value) +
             own.single.size() * sizeof(Single);
  return static_cast<Index>(bytes);
}

template class StripRows<double>;
template class StripRows<std::complex<double>>;

} // namespace heterodot
