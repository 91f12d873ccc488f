#include "heterodot/operator/row_table.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

#include "heterodot/parallel/parallel.hpp"

namespace heterodot {
namespace {

// The rows of one class lie together in its piece.
struct ClassRows {
  const Index *start; // `rows` + 1 of them
  const RowTarget *target;
  const double *value;
  Index rows, entries;

  ClassRows(const RowTable &table, Index number) : rows(table.orbitals * table.turns) {
    const auto &piece = table.pieces[static_cast<std::size_t>(number / RowTable::classes_a_piece)];
    start = piece.start.data() + number % RowTable::classes_a_piece * rows;
    target = piece.target.data() + start[0];
    value = piece.value.data() + start[0];
    entries = start[rows] - start[0];
  }
  std::size_t hash() const {
    const auto bytes = [&](const auto *from) {
      return std::hash<std::string_view>()(
          {reinterpret_cast<const char *>(from), static_cast<std::size_t>(entries) * sizeof *from});
    };
    return bytes(target) * 31 + bytes(value);
  }
  bool operator==(const ClassRows &other) const {
    if (entries != other.entries)
      return false;
    for (Index r = 1; r < rows; ++r)
      if (start[r] - start[0] != other.start[r] - other.start[0])
        return false;
    return std::equal(target, target + entries, other.target) &&
           std::equal(value, value + entries, other.value);
  }
};

} // namespace

DistinctClasses distinct_classes(const RowTable &table) {
  std::vector<std::size_t> hashes(static_cast<std::size_t>(table.classes));
  parallel_for(table.classes, 256, [&](Index begin, Index end) {
    for (Index c = begin; c < end; ++c)
      hashes[static_cast<std::size_t>(c)] = ClassRows(table, c).hash();
  });
  DistinctClasses result;
  std::unordered_multimap<std::size_t, std::int32_t> known;
  for (Index c = 0; c < table.classes; ++c) {
    const std::size_t hash = hashes[static_cast<std::size_t>(c)];
    const ClassRows own(table, c);
    const auto [begin, end] = known.equal_range(hash);
    const auto same = std::find_if(begin, end, [&](const auto &other) {
      return ClassRows(table, result.first[static_cast<std::size_t>(other.second)]) == own;
    });
    if (same != end) {
      result.number.push_back(same->second);
      continue;
    }
    result.number.push_back(static_cast<std::int32_t>(result.first.size()));
    known.emplace(hash, result.number.back());
    result.first.push_back(c);
  }
  return result;
}

} // namespace heterodot
