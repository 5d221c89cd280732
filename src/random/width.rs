//! Chooses the widest vector unit of the processor at run time.
//!
//! This is the only file with `unsafe` code. Invariant: a [`Width`] exists only if the processor,
//! asked, has it; nothing outside this file can make one. What runs at a width is safe code.

#![expect(unsafe_code, reason = "functions compiled for a vector width may be called only on it")]

use super::block::{BLOCK, Fill};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// What every processor of the target has.
    Portable,
    /// 256 bits.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// 512 bits.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

/// A width of the vector unit that this processor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Width(Level);

impl Width {
    /// The widest there is.
    pub(crate) fn widest() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx512f")
                && std::arch::is_x86_feature_detected!("avx512dq")
                && std::arch::is_x86_feature_detected!("avx512vl")
            {
                return Self(Level::Avx512);
            }
            if std::arch::is_x86_feature_detected!("avx2") {
                return Self(Level::Avx2);
            }
        }
        Self(Level::Portable)
    }

    /// Every width this processor has.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        let mut all = vec![Self(Level::Portable)];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") {
                all.push(Self(Level::Avx2));
            }
            if Self::widest().0 == Level::Avx512 {
                all.push(Self::widest());
            }
        }
        all
    }

    /// Fills a block at this width.
    #[inline]
    pub(super) fn fill(self, fill: &impl Fill, out: &mut [f64; BLOCK]) {
        match self.0 {
            Level::Portable => fill.fill(out),
            // SAFETY: a `Width` of this level exists, so the processor has AVX2.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2(fill, out) },
            // SAFETY: a `Width` of this level exists, so the processor has the three AVX-512 sets.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512(fill, out) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(fill: &impl Fill, out: &mut [f64; BLOCK]) {
    fill.fill(out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn avx512(fill: &impl Fill, out: &mut [f64; BLOCK]) {
    fill.fill(out);
}
