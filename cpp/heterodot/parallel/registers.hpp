// One kernel for registers of 64, 32 and 16 bytes, chosen by what the processor has.
#pragma once

#include "heterodot/parallel/simd.hpp"

namespace heterodot {

#if HETERODOT_HAS_SIMD_CLONES
template <class Job, class... Arguments>
__attribute__((target("arch=x86-64-v4"))) void run_with_64_bytes(const Job &job,
                                                                 Arguments... arguments) {
  job.template run<64>(arguments...);
}
template <class Job, class... Arguments>
__attribute__((target("arch=x86-64-v3"))) void run_with_32_bytes(const Job &job,
                                                                 Arguments... arguments) {
  job.template run<32>(arguments...);
}

inline int widest_registers() {
  static const int bytes =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vl")
          ? 64
      : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
              __builtin_cpu_supports("bmi2")
          ? 32
          : 16;
  return bytes;
}
#endif

// Calls job.run<bytes>(arguments…), an always inlined member, with the widest registers.
template <class Job, class... Arguments>
void run_with_widest_registers(const Job &job, Arguments... arguments) {
#if HETERODOT_HAS_SIMD_CLONES
  switch (widest_registers()) {
  case 64:
    return run_with_64_bytes(job, arguments...);
  case 32:
    return run_with_32_bytes(job, arguments...);
  default:
    break;
  }
#endif
  job.template run<16>(arguments...);
}

} // namespace heterodot
