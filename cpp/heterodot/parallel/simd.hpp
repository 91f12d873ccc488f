// One source, several instruction sets: the loader picks the best clone at run time, so that a
// wheel built anywhere runs on any x86-64 and still uses AVX-512 where there is one.
#pragma once

#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__)
#define HETERODOT_HAS_SIMD_CLONES 1
#define HETERODOT_SIMD_CLONES                                                                      \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define HETERODOT_HAS_SIMD_CLONES 0
#define HETERODOT_SIMD_CLONES
#endif

// What such a function calls must become a part of its clones.
#define HETERODOT_INLINE inline __attribute__((always_inline))

// Kernels on packed vectors are compiled for every number of lanes that there is: kernel<lanes>(…).
#define HETERODOT_FOR_LANES(kernel, ...)                                                           \
  switch (lanes) {                                                                                 \
  case 1:                                                                                          \
    return kernel<1>(__VA_ARGS__);                                                                 \
  case 2:                                                                                          \
    return kernel<2>(__VA_ARGS__);                                                                 \
  case 4:                                                                                          \
    return kernel<4>(__VA_ARGS__);                                                                 \
  case 8:                                                                                          \
    return kernel<8>(__VA_ARGS__);                                                                 \
  case 16:                                                                                         \
    return kernel<16>(__VA_ARGS__);                                                                \
  default:                                                                                         \
    return kernel<32>(__VA_ARGS__);                                                                \
  }
