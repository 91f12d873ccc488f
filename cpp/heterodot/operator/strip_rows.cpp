#include "heterodot/operator/strip_rows.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <stdexcept>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

constexpr std::int32_t long_run = 16; // nodes from which a run of one class is a strip of its own
constexpr Index reach = 3;            // no row reaches further along any axis

bool same_row(const RowTable &table, Index a, Index b, int component) {
  if (a == b)
    return true;
  const auto first = table.row(a, component), other = table.row(b, component);
  return first.entries == other.entries &&
         std::equal(first.offset, first.offset + first.entries, other.offset) &&
         std::equal(first.value, first.value + first.entries, other.value);
}

// The offsets of all rows of some classes, ascending and each once.
void unite_offsets(const RowTable &table, const std::int32_t *first, const std::int32_t *last,
                   int component, std::vector<Index> &all) {
  std::vector<Index> own, merged;
  all.clear();
  for (const std::int32_t *at = first; at != last; ++at) {
    if (at != first && *at == at[-1])
      continue;
    const auto row = table.row(*at, component);
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
  // A whole group at the end of a strip reads up to a group beyond it.
  const Index line = grid.shape[2];
  Index margin = (reach * grid.shape[1] + reach + 1) * line + reach + group_nodes;
  if (grid.periodic[1] || grid.periodic[2]) // columns beyond a seam lie anywhere in these planes
    margin = (reach + 1) * grid.shape[1] * line + group_nodes;
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

StripRows::StripRows(const RowTable &table, const std::vector<Run> &runs,
                     const std::vector<Strip> &strips, Index nodes)
    : components_(table.components) {
  if (components_ == 0)
    return;
  if (components_ * nodes > std::numeric_limits<std::int32_t>::max())
    throw std::length_error("an operator has at most 2147483647 rows");
  // The classes of every strip (one entry if they are all the same), each list once.
  std::map<std::vector<std::int32_t>, Index> known;
  std::vector<const std::vector<std::int32_t> *> lists;
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
      lists.push_back(&found->first);
    list_of.push_back(found->second);
  }

  constexpr Index lists_a_chunk = 64;
  const auto count = static_cast<Index>(lists.size());
  std::vector<Row> stored(lists.size() * static_cast<std::size_t>(components_));
  chunks_.resize(static_cast<std::size_t>((count + lists_a_chunk - 1) / lists_a_chunk));
  parallel_for(count, lists_a_chunk, [&](Index begin, Index end) {
    Chunk &own = chunks_[static_cast<std::size_t>(begin / lists_a_chunk)];
    for (Index l = begin; l < end; ++l) {
      const std::vector<std::int32_t> &list = *lists[static_cast<std::size_t>(l)];
      for (int component = 0; component < components_; ++component) {
        Row row{static_cast<std::int32_t>(begin / lists_a_chunk),
                static_cast<std::uint32_t>(own.groups.size()), 1, false};
        if (std::all_of(list.begin(), list.end(), [&](std::int32_t other) {
              return same_row(table, list.front(), other, component);
            }))
          add_constant(table.row(list.front(), component), own);
        else {
          row.varying = true;
          add_varying(table, list, component, own);
          row.groups = static_cast<std::int32_t>(own.groups.size() - row.group);
        }
        stored[static_cast<std::size_t>(l * components_ + component)] = row;
      }
    }
    own.value.shrink_to_fit();
    own.offset.shrink_to_fit();
  });
  rows_.reserve(strips.size() * static_cast<std::size_t>(components_));
  for (const Index list : list_of)
    for (int component = 0; component < components_; ++component)
      rows_.push_back(list < 0 ? Row{0, 0, 0, false}
                               : stored[static_cast<std::size_t>(list * components_ + component)]);
}

void StripRows::add_constant(const RowTable::Row &row, Chunk &own) const {
  own.groups.push_back({static_cast<Index>(own.value.size()),
                        static_cast<std::uint32_t>(own.offset.size()),
                        static_cast<std::int32_t>(row.entries)});
  own.offset.insert(own.offset.end(), row.offset, row.offset + row.entries);
  own.value.insert(own.value.end(), row.value, row.value + row.entries);
  // Groups begin on cache lines.
  own.value.resize((own.value.size() + group_nodes - 1) / group_nodes * group_nodes, 0.0);
}

void StripRows::add_varying(const RowTable &table, const std::vector<std::int32_t> &classes,
                            int component, Chunk &own) const {
  std::vector<Index> all, before;
  for (std::size_t first = 0; first < classes.size(); first += group_nodes) {
    const std::size_t last = std::min(first + group_nodes, classes.size());
    unite_offsets(table, classes.data() + first, classes.data() + last, component, all);
    RowGroup group{static_cast<Index>(own.value.size()),
                   static_cast<std::uint32_t>(own.offset.size()),
                   static_cast<std::int32_t>(all.size())};
    if (first > 0 && all == before)
      group.offset = own.groups.back().offset;
    else
      own.offset.insert(own.offset.end(), all.begin(), all.end());
    own.groups.push_back(group);
    own.value.resize(own.value.size() + all.size() * group_nodes, 0.0);
    double *value = own.value.data() + group.value;
    for (std::size_t t = first; t < last; ++t) {
      const auto from = table.row(classes[t], component);
      auto slot = all.begin();
      for (Index e = 0; e < from.entries; ++e) {
        if (slot == all.end() || *slot != from.offset[e])
          slot = std::lower_bound(all.begin(), all.end(), from.offset[e]);
        value[static_cast<std::size_t>(slot - all.begin()) * group_nodes + t - first] +=
            from.value[e];
        ++slot;
      }
    }
    std::swap(all, before);
  }
}

void StripRows::prepare_single() const {
  std::call_once(single_ready_, [&] {
    parallel_for(static_cast<Index>(chunks_.size()), 1, [&](Index begin, Index end) {
      for (Index c = begin; c < end; ++c) {
        const Chunk &own = chunks_[static_cast<std::size_t>(c)];
        own.single.assign(own.value.begin(), own.value.end());
      }
    });
  });
}

Index StripRows::memory_bytes() const {
  std::size_t bytes = rows_.size() * sizeof(Row);
  for (const Chunk &own : chunks_)
    bytes += own.groups.size() * sizeof(RowGroup) + own.offset.size() * sizeof(std::int32_t) +
             own.value.size() * sizeof(double) + own.single.size() * sizeof(float);
  return static_cast<Index>(bytes);
}

} // namespace heterodot
