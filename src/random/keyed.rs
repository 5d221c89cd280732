//! Counter-based streams: the draw of I/O number `n` needs no draw before it.

use std::convert::Infallible;

use rand::rand_core::TryRng;

/// The golden-ratio increment of `SplitMix64`.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

/// The seed of a run. The same seed, scenario, parameters and version give the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seed(pub u64);

/// The finaliser of `SplitMix64` (variant 13 of Stafford).
#[inline]
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// Makes an odd increment with enough bit changes, as `SplittableRandom` does.
#[inline]
const fn mix_gamma(mut z: u64) -> u64 {
    z = (z ^ (z >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    z = (z ^ (z >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
    z = (z ^ (z >> 33)) | 1;
    if (z ^ (z >> 1)).count_ones() < 24 { z ^ 0xAAAA_AAAA_AAAA_AAAA } else { z }
}

/// A 64-bit hash of a label (FNV-1a, then mixed), the same on every platform.
#[must_use]
pub fn label_hash(label: &str) -> u64 {
    let mut h = 0xCBF2_9CE4_8422_2325_u64;
    for byte in label.bytes() {
        h = (h ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    mix(h)
}

/// A random function: `at(n)` is the draw of I/O number `n`.
///
/// ```
/// use csvnet::random::{Seed, Stream};
/// let reads = Stream::new(Seed(7), 0, "sql1/data");
/// assert_eq!(reads.at(12), Stream::new(Seed(7), 0, "sql1/data").at(12));
/// assert_ne!(reads.at(12), reads.child(1).at(12));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    base: u64,
    gamma: u64,
}

impl Stream {
    /// The stream of a source, in one replication.
    #[must_use]
    pub fn new(seed: Seed, replication: u64, label: &str) -> Self {
        let root = mix(seed.0.wrapping_add(GAMMA)).wrapping_add(replication.wrapping_mul(GAMMA));
        let base = mix(mix(root) ^ label_hash(label));
        Self { base, gamma: mix_gamma(base.wrapping_add(GAMMA)) }
    }

    /// The stream of one role (a visit, a choice) within this stream.
    #[inline]
    #[must_use]
    pub const fn child(self, role: u64) -> Self {
        Self { base: mix(self.base ^ mix(role.wrapping_add(GAMMA))), gamma: self.gamma }
    }

    /// The 64 random bits of I/O number `n`.
    #[inline]
    #[must_use]
    pub const fn at(self, n: u64) -> u64 {
        mix(self.base.wrapping_add(n.wrapping_mul(self.gamma)))
    }

    /// A uniform draw in the open interval (0, 1) for I/O number `n`.
    #[inline]
    #[must_use]
    pub fn unit(self, n: u64) -> f64 {
        to_unit(self.at(n))
    }

    /// A generator for what needs more than one draw, keyed to I/O number `n`.
    #[must_use]
    pub const fn rng(self, n: u64) -> KeyedRng {
        KeyedRng { stream: Self { base: self.at(n), gamma: self.gamma }, next: 0 }
    }
}

/// Maps 64 random bits to the open interval (0, 1): the middles of 2^52 equal cells.
#[inline]
pub(crate) fn to_unit(bits: u64) -> f64 {
    // The upper bits as the mantissa of a number in [1, 2), less 1 and plus half a cell: exact.
    f64::from_bits((bits >> 12) | 0x3FF0_0000_0000_0000) - (1.0 - f64::EPSILON / 2.0)
}

/// A `rand` generator over one keyed stream, for the samplers of `rand_distr`.
#[derive(Clone, Debug)]
pub struct KeyedRng {
    stream: Stream,
    next: u64,
}

impl TryRng for KeyedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let bits = self.stream.at(self.next);
        self.next += 1;
        Ok(bits)
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            let bits = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&bits[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_outputs_are_those_of_splitmix64() {
        // Reference outputs of SplitMix64 seeded with 0 (state advances before it is mixed).
        let s = Stream { base: GAMMA, gamma: GAMMA };
        assert_eq!(s.at(0), 0xE220_A839_7B1D_CDAF);
        assert_eq!(s.at(1), 0x6E78_9E6A_A1B9_65F4);
        assert_eq!(s.at(2), 0x06C4_5D18_8009_454F);
    }

    #[test]
    fn streams_of_different_labels_replications_and_seeds_differ() {
        let a = Stream::new(Seed(1), 0, "a");
        for b in [
            Stream::new(Seed(1), 0, "b"),
            Stream::new(Seed(1), 1, "a"),
            Stream::new(Seed(2), 0, "a"),
            a.child(0),
        ] {
            assert_ne!(a.at(0), b.at(0));
        }
    }

    #[test]
    fn uniform_draws_pass_a_chi_square_test() {
        // 64 cells, 64,000 draws over 16 streams: 63 degrees of freedom, the 99.99 % point is 114.
        let mut cells = [0_u32; 64];
        for k in 0..16 {
            let s = Stream::new(Seed(99), k, "cells").child(k);
            for n in 0..4_000 {
                cells[(s.unit(n) * 64.0) as usize] += 1;
            }
        }
        let chi: f64 = cells.iter().map(|&c| (f64::from(c) - 1000.0).powi(2) / 1000.0).sum();
        assert!(chi < 114.0, "chi-square {chi}");
    }

    #[test]
    fn neighbouring_streams_are_not_correlated() {
        // The correlation of 10,000 pairs of independent uniforms has standard deviation 0.01.
        let s = Stream::new(Seed(3), 0, "pairs");
        let (a, b) = (s.child(1), s.child(2));
        let r: f64 =
            (0..10_000).map(|n| (a.unit(n) - 0.5) * (b.unit(n) - 0.5)).sum::<f64>() * 12.0 / 1e4;
        assert!(r.abs() < 0.045, "correlation {r}");
    }
}
