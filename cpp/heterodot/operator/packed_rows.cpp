#include "heterodot/operator/packed_rows.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {

PackedRows::PackedRows(const RowTable &table, const std::vector<Index> &classes,
                       const Bricks &bricks)
    : classes_(static_cast<Index>(classes.size())) {
  if (table.orbitals * bricks.offset({Bricks::halo, Bricks::halo, Bricks::halo}) >
      std::numeric_limits<std::int32_t>::max())
    throw std::length_error("a plane of the grid has too many nodes");
  constexpr Index a_chunk = RowTable::classes_a_piece;
  chunks_.resize(static_cast<std::size_t>((classes_ + a_chunk - 1) / a_chunk));
  parallel_for(static_cast<Index>(chunks_.size()), 1, [&](Index begin, Index end) {
    std::map<std::vector<std::int32_t>, std::uint32_t> known;
    std::vector<std::pair<std::int32_t, double>> entries;
    std::vector<std::int32_t> offsets;
    for (Index c = begin; c < end; ++c) {
      Chunk &own = chunks_[static_cast<std::size_t>(c)];
      known.clear();
      for (Index k = c * a_chunk; k < std::min((c + 1) * a_chunk, classes_); ++k) {
        own.first.push_back(static_cast<std::uint32_t>(own.segments.size()));
        for (Index orbital = 0; orbital < table.orbitals; ++orbital)
          for (Index turn = 0; turn < table.turns; ++turn) {
            const RowTable::Row row =
                table.row(classes[static_cast<std::size_t>(k)], orbital, turn);
            if (turn > 0 && row.entries == 0)
              continue;
            // In the order of memory, entries find more of what they need nearby.
            entries.clear();
            for (Index e = 0; e < row.entries; ++e) {
              const auto [other, step] = row.target[e];
              const Index offset = bricks.offset({step[0], step[1], step[2]});
              entries.emplace_back(static_cast<std::int32_t>(offset * table.orbitals + other),
                                   row.value[e]);
            }
            std::sort(entries.begin(), entries.end());
            RowSegment segment{static_cast<std::uint32_t>(own.value.size()), 0,
                               static_cast<std::uint16_t>(entries.size()),
                               static_cast<std::uint8_t>(orbital), static_cast<std::uint8_t>(turn)};
            offsets.assign(static_cast<std::size_t>(segment.filled()), 0);
            own.value.resize(own.value.size() + offsets.size(), 0.0);
            for (std::size_t e = 0; e < entries.size(); ++e)
              std::tie(offsets[e], own.value[segment.value + e]) = entries[e];
            const auto [found, inserted] =
                known.try_emplace(offsets, static_cast<std::uint32_t>(own.offset.size()));
            if (inserted)
              own.offset.insert(own.offset.end(), offsets.begin(), offsets.end());
            segment.offset = found->second;
            own.segments.push_back(segment);
          }
      }
      own.first.push_back(static_cast<std::uint32_t>(own.segments.size()));
      own.segments.shrink_to_fit();
      own.offset.shrink_to_fit();
      own.value.shrink_to_fit();
    }
  });
  plain_ = std::all_of(chunks_.begin(), chunks_.end(), [](const Chunk &chunk) {
    return std::all_of(chunk.segments.begin(), chunk.segments.end(),
                       [](const RowSegment &segment) { return segment.turn == 0; });
  });
}

std::shared_ptr<const PackedRows> PackedRows::triangle(bool before, Index orbitals) const {
  const std::shared_ptr<PackedRows> result(new PackedRows);
  result->classes_ = classes_;
  result->plain_ = true;
  result->only_single_ = true;
  result->chunks_.resize(chunks_.size());
  parallel_for(static_cast<Index>(chunks_.size()), 1, [&](Index begin, Index end) {
    std::map<std::vector<std::int32_t>, std::uint32_t> known;
    std::vector<std::int32_t> offsets;
    for (Index c = begin; c < end; ++c) {
      const Chunk &from = chunks_[static_cast<std::size_t>(c)];
      Chunk &own = result->chunks_[static_cast<std::size_t>(c)];
      known.clear();
      const auto add = [&](const RowSegment &whole) {
        RowSegment part = whole;
        part.value = static_cast<std::uint32_t>(own.single.size());
        offsets.clear();
        // What was found last comes last: it is waited for the longest.
        for (Index k = 0; k < whole.entries; ++k) {
          const Index e = before ? k : whole.entries - 1 - k;
          const std::int32_t offset = from.offset[whole.offset + e];
          if (before ? offset >= whole.orbital : offset <= whole.orbital)
            continue;
          offsets.push_back(offset);
          own.single.push_back(static_cast<float>(from.value[whole.value + e]));
        }
        part.entries = static_cast<std::uint16_t>(offsets.size());
        // Filled up in front with places that are read anyway.
        const auto missing = static_cast<std::size_t>(part.filled() - part.entries);
        if (missing > 0) {
          offsets.insert(offsets.begin(), missing, offsets.front());
          own.single.insert(own.single.begin() + part.value, missing, 0.0f);
        }
        const auto [found, inserted] =
            known.try_emplace(offsets, static_cast<std::uint32_t>(own.offset.size()));
        if (inserted)
          own.offset.insert(own.offset.end(), offsets.begin(), offsets.end());
        part.offset = found->second;
        own.segments.push_back(part);
      };
      for (std::size_t k = 0; k + 1 < from.first.size(); ++k) {
        own.first.push_back(static_cast<std::uint32_t>(own.segments.size()));
        for (Index n = 0; n < orbitals; ++n)
          for (std::uint32_t s = from.first[k]; s < from.first[k + 1]; ++s)
            if (from.segments[s].orbital == (before ? n : orbitals - 1 - n) &&
                from.segments[s].turn == 0)
              add(from.segments[s]);
      }
      own.first.push_back(static_cast<std::uint32_t>(own.segments.size()));
      own.segments.shrink_to_fit();
      own.offset.shrink_to_fit();
      own.single.shrink_to_fit();
    }
  });
  return result;
}

void PackedRows::prepare_single() const {
  if (only_single_)
    return;
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
    bytes += own.first.size() * sizeof(std::uint32_t) + own.segments.size() * sizeof(RowSegment) +
             own.offset.size() * sizeof(std::int32_t) + own.value.size() * sizeof(double) +
             own.single.size() * sizeof(float);
  return static_cast<Index>(bytes);
}

} // namespace heterodot
