#include "heterodot/operator/packed_rows.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {

PackedRows::PackedRows(const RowTable &table, const std::vector<Run> &runs, Index nodes,
                       const std::vector<Index> &slot)
    : components_(table.components) {
  if (components_ == 0)
    return;
  if (components_ * nodes > std::numeric_limits<std::int32_t>::max())
    throw std::length_error("an operator has at most 2147483647 rows");
  // Which component an entry reaches follows from any node of its class.
  std::vector<Index> node_of(static_cast<std::size_t>(table.classes), -1);
  for (const Run &run : runs)
    if (run.row_class >= 0)
      node_of[static_cast<std::size_t>(run.row_class)] = run.first;
  std::vector<int> component_at(slot.size());
  for (std::size_t component = 0; component < slot.size(); ++component)
    component_at[static_cast<std::size_t>(slot[component])] = static_cast<int>(component);

  constexpr Index classes = RowTable::classes_a_piece;
  chunks_.resize(static_cast<std::size_t>((table.classes + classes - 1) / classes));
  parallel_for(static_cast<Index>(chunks_.size()), 1, [&](Index begin, Index end) {
    std::map<std::vector<std::int32_t>, std::uint32_t> known;
    std::vector<std::int32_t> offsets;
    for (Index c = begin; c < end; ++c) {
      Chunk &own = chunks_[static_cast<std::size_t>(c)];
      known.clear();
      for (Index k = c * classes; k < std::min((c + 1) * classes, table.classes); ++k)
        for (Index place = 0; place < components_; ++place) {
          const int component = component_at[static_cast<std::size_t>(place)];
          const RowTable::Row row = table.row(k, component);
          const Index node = node_of[static_cast<std::size_t>(k)];
          const Index entries = node < 0 ? 0 : row.entries;
          offsets.clear();
          for (Index e = 0; e < entries; ++e) {
            const Index target = component * nodes + node + row.offset[e];
            offsets.push_back(
                static_cast<std::int32_t>((target % nodes - node) * components_ +
                                          slot[static_cast<std::size_t>(target / nodes)] - place));
          }
          const auto [found, inserted] =
              known.try_emplace(offsets, static_cast<std::uint32_t>(own.offset.size()));
          if (inserted)
            own.offset.insert(own.offset.end(), offsets.begin(), offsets.end());
          own.rows.push_back({static_cast<std::uint32_t>(own.value.size()), found->second,
                              static_cast<std::int32_t>(entries)});
          own.value.insert(own.value.end(), row.value, row.value + entries);
        }
      own.offset.shrink_to_fit();
      own.value.shrink_to_fit();
    }
  });
}

void PackedRows::prepare_single() const {
  std::call_once(single_ready_, [&] {
    parallel_for(static_cast<Index>(chunks_.size()), 1, [&](Index begin, Index end) {
      for (Index c = begin; c < end; ++c) {
        const Chunk &own = chunks_[static_cast<std::size_t>(c)];
        own.single.assign(own.value.begin(), own.value.end());
      }
    });
  });
}

Index PackedRows::memory_bytes() const {
  std::size_t bytes = 0;
  for (const Chunk &own : chunks_)
    bytes += own.rows.size() * sizeof(Place) + own.offset.size() * sizeof(std::int32_t) +
             own.value.size() * sizeof(double) + own.single.size() * sizeof(float);
  return static_cast<Index>(bytes);
}

} // namespace heterodot
