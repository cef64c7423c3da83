//! Sixteen bytes as one value, on each machine by its own instructions. The only file with `unsafe` in it.
//!
//! SSE2 is part of every x86-64, so nothing has to be detected at run time; on Wasm the module is built with `simd128` or it
//! is not.

use super::BLOCK;

#[cfg(target_arch = "wasm32")]
pub(super) use simd128::Lane;
#[cfg(target_arch = "x86_64")]
pub(super) use sse2::Lane;

impl Lane {
    /// Sixteen bytes from `at` on, if there are so many.
    #[inline]
    pub(super) fn at(bytes: &[u8], at: usize) -> Option<Lane> {
        bytes.get(at..)?.first_chunk::<16>().map(Lane::load)
    }

    /// A block.
    #[inline]
    pub(super) fn four(block: &[u8; BLOCK]) -> [Lane; 4] {
        let mut parts = block.chunks_exact(16).filter_map(|part| part.first_chunk::<16>());
        std::array::from_fn(|_| parts.next().map_or_else(|| Lane::load(&[0; 16]), Lane::load))
    }
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_min_epu8, _mm_movemask_epi8,
        _mm_or_si128, _mm_set1_epi8, _mm_sub_epi8, _mm_xor_si128,
    };

    /// Sixteen bytes.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Lane(__m128i);

    impl Lane {
        #[inline]
        pub(in super::super) fn load(bytes: &[u8; 16]) -> Lane {
            // SAFETY: sixteen bytes are there to read, the load needs no alignment, and SSE2 is part of x86-64.
            Lane(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) })
        }

        #[inline]
        pub(in super::super) fn is(self, byte: u8) -> Lane {
            // SAFETY (here and below): arithmetic on registers; SSE2 is part of x86-64.
            Lane(unsafe { _mm_cmpeq_epi8(self.0, _mm_set1_epi8(byte.cast_signed())) })
        }

        #[inline]
        pub(in super::super) fn same(self, other: Lane) -> Lane {
            Lane(unsafe { _mm_cmpeq_epi8(self.0, other.0) })
        }

        #[inline]
        pub(in super::super) fn at_most(self, byte: u8) -> Lane {
            Lane(unsafe { _mm_cmpeq_epi8(self.0, _mm_min_epu8(self.0, _mm_set1_epi8(byte.cast_signed()))) })
        }

        #[inline]
        pub(in super::super) fn turned(self, bits: u8) -> Lane {
            Lane(unsafe { _mm_xor_si128(self.0, _mm_set1_epi8(bits.cast_signed())) })
        }

        #[inline]
        pub(in super::super) fn minus(self, byte: u8) -> Lane {
            Lane(unsafe { _mm_sub_epi8(self.0, _mm_set1_epi8(byte.cast_signed())) })
        }

        #[inline]
        pub(in super::super) fn fold(self) -> Lane {
            Lane(unsafe { _mm_or_si128(self.0, _mm_set1_epi8(0x20)) })
        }

        #[inline]
        pub(in super::super) fn or(self, other: Lane) -> Lane {
            Lane(unsafe { _mm_or_si128(self.0, other.0) })
        }

        #[inline]
        pub(in super::super) fn and(self, other: Lane) -> Lane {
            Lane(unsafe { _mm_and_si128(self.0, other.0) })
        }

        #[inline]
        pub(in super::super) fn bits(self) -> u16 {
            let bits = unsafe { _mm_movemask_epi8(self.0) };
            bits.cast_unsigned() as u16
        }

        #[inline]
        pub(in super::super) fn any(self) -> bool {
            self.bits() != 0
        }
    }
}

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128 {
    use std::arch::wasm32::{
        u8x16_bitmask, u8x16_eq, u8x16_le, u8x16_splat, u8x16_sub, v128, v128_and, v128_any_true, v128_load,
        v128_or, v128_xor,
    };

    /// Sixteen bytes.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Lane(v128);

    impl Lane {
        #[inline]
        pub(in super::super) fn load(bytes: &[u8; 16]) -> Lane {
            // SAFETY: sixteen bytes are there to read, and the load needs no alignment.
            Lane(unsafe { v128_load(bytes.as_ptr().cast()) })
        }

        #[inline]
        pub(in super::super) fn is(self, byte: u8) -> Lane {
            Lane(u8x16_eq(self.0, u8x16_splat(byte)))
        }

        #[inline]
        pub(in super::super) fn same(self, other: Lane) -> Lane {
            Lane(u8x16_eq(self.0, other.0))
        }

        #[inline]
        pub(in super::super) fn at_most(self, byte: u8) -> Lane {
            Lane(u8x16_le(self.0, u8x16_splat(byte)))
        }

        #[inline]
        pub(in super::super) fn turned(self, bits: u8) -> Lane {
            Lane(v128_xor(self.0, u8x16_splat(bits)))
        }

        #[inline]
        pub(in super::super) fn minus(self, byte: u8) -> Lane {
            Lane(u8x16_sub(self.0, u8x16_splat(byte)))
        }

        #[inline]
        pub(in super::super) fn fold(self) -> Lane {
            Lane(v128_or(self.0, u8x16_splat(0x20)))
        }

        #[inline]
        pub(in super::super) fn or(self, other: Lane) -> Lane {
            Lane(v128_or(self.0, other.0))
        }

        #[inline]
        pub(in super::super) fn and(self, other: Lane) -> Lane {
            Lane(v128_and(self.0, other.0))
        }

        #[inline]
        pub(in super::super) fn bits(self) -> u16 {
            u8x16_bitmask(self.0)
        }

        #[inline]
        pub(in super::super) fn any(self) -> bool {
            v128_any_true(self.0)
        }
    }
}
