//! What the processor at hand can do beyond the portable: wider vectors, loading ahead.
//!
//! This is the only file with `unsafe` code. Invariants: a [`Width`] exists only if the processor,
//! asked, has it, and nothing outside this file can make one; what runs at a width is safe code. A
//! prefetch changes nothing a program can see. Nothing here changes a result.

#![expect(unsafe_code, reason = "functions compiled for a vector width may be called only on it")]

/// Asks for the cache line of an element that is needed soon; out of range it asks for nothing.
#[inline]
pub(crate) fn prefetch<T>(slice: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(element) = slice.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch never faults, and SSE is part of the target.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(element).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (slice, index);
}

/// A piece of work that is compiled for each vector width.
pub(crate) trait Wide {
    /// Does it; to be marked `#[inline(always)]`, or it keeps the width of its own.
    fn run(&self, out: &mut [f64]);
}

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
    pub(crate) fn all() -> Vec<Self> {
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

    /// Does the work at this width.
    #[inline]
    pub(crate) fn run(self, work: &impl Wide, out: &mut [f64]) {
        match self.0 {
            Level::Portable => work.run(out),
            // SAFETY: a `Width` of this level exists, so the processor has AVX2.
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => unsafe { avx2(work, out) },
            // SAFETY: a `Width` of this level exists, so the processor has the three AVX-512 sets.
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => unsafe { avx512(work, out) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(work: &impl Wide, out: &mut [f64]) {
    work.run(out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl")]
fn avx512(work: &impl Wide, out: &mut [f64]) {
    work.run(out);
}
