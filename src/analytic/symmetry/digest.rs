//! Digests of 128 bits, by which things are told apart.
//!
//! Two different things share one with probability `2^-128`; among a million things none do, with
//! probability `1 - 1e-27`.

use crate::network::{Amount, Framing, Service};
use crate::random::Shape;

/// A digest of a sequence of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Digest(u64, u64);

impl Digest {
    /// A digest that starts with `kind`.
    pub(super) fn of(kind: u64) -> Self {
        Self(0x243F_6A88_85A3_08D3, 0x1319_8A2E_0370_7344).and(kind)
    }

    /// The digest of the sequence with one more number.
    #[must_use]
    pub(super) fn and(self, x: u64) -> Self {
        let spread = x.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self(mix(self.0 ^ x), mix(self.1.wrapping_add(spread)))
    }

    /// The same with a float, by its bits.
    #[must_use]
    pub(super) fn and_float(self, x: f64) -> Self {
        self.and(x.to_bits())
    }

    /// The same with all of another digest.
    #[must_use]
    pub(super) fn and_all(self, other: Self) -> Self {
        self.and(other.0).and(other.1)
    }

    /// Adds a member of a set that knows no order.
    pub(super) fn join(&mut self, member: Self) {
        self.0 = self.0.wrapping_add(member.0);
        self.1 = self.1.wrapping_add(member.1);
    }

    /// The sequence with what a visit asks.
    #[must_use]
    pub(super) fn and_service(self, service: &Service) -> Self {
        let framed =
            |d: Self, f: &Framing| d.and(u64::from(f.payload) << 32 | u64::from(f.overhead));
        match service {
            Service::Time { base_ps, per_byte_ps, per_frame_ps, framing, shape } => {
                let times = self.and(1).and_float(*base_ps).and_float(*per_byte_ps);
                framed(times.and_float(*per_frame_ps), framing).and_shape(*shape)
            }
            Service::Wire { header_bytes, payload, framing } => {
                framed(self.and(2).and((*header_bytes).into()).and((*payload).into()), framing)
            }
        }
    }

    fn and_shape(self, shape: Shape) -> Self {
        match shape {
            Shape::Constant => self.and(1),
            Shape::Exponential => self.and(2),
            Shape::LogNormal { sigma } => self.and(3).and_float(sigma),
            Shape::Gamma { k } => self.and(4).and_float(k),
            Shape::HyperExponential { p } => self.and(5).and_float(p),
        }
    }

    /// The sequence with an amount of tokens.
    #[must_use]
    pub(super) fn and_amount(self, amount: Amount) -> Self {
        match amount {
            Amount::Fixed(n) => self.and(1).and(n),
            Amount::PerBytes { unit } => self.and(2).and(unit),
        }
    }
}

/// The finaliser of `SplitMix64` (variant 13 of Stafford).
const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
