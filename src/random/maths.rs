//! Logarithm, exponential and normal quantile from IEEE operations only.
//!
//! Rust neither fuses nor reorders floating-point operations, so each function gives the same bits
//! on every platform, in scalar code and in a vectorised loop.

#![expect(clippy::excessive_precision, reason = "coefficients are quoted as published")]

const LN2_HI: f64 = 6.931_471_803_691_238_164_90e-01;
const LN2_LO: f64 = 1.908_214_929_270_587_700_02e-10;

/// Natural logarithm of a positive normal number; error below 1 ulp.
///
/// Method of FDLIBM `e_log.c` (Sun Microsystems 1993): `x = 2^k (1+f)`, then a polynomial in
/// `s = f/(2+f)`.
#[inline]
#[must_use]
pub fn ln(x: f64) -> f64 {
    let bits = x.to_bits();
    // Adding the distance from sqrt(1/2) to 1 moves the exponent up for mantissas above sqrt(2).
    let shifted = bits.wrapping_add(0x3FF0_0000_0000_0000 - 0x3FE6_A09E_667F_3BCD);
    let m = f64::from_bits((shifted & 0x000F_FFFF_FFFF_FFFF) + 0x3FE6_A09E_667F_3BCD);
    // The exponent in the mantissa of 2^52, less 2^52 and the bias: a conversion without one.
    let k = f64::from_bits((shifted >> 52) | 0x4330_0000_0000_0000)
        - (4_503_599_627_370_496.0 + 1023.0);
    let f = m - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let w = z * z;
    let t1 = w
        * (3.999_999_999_940_941_908e-01
            + w * (2.222_219_843_214_978_396e-01 + w * 1.531_383_769_920_937_332e-01));
    let t2 = z
        * (6.666_666_666_666_735_130e-01
            + w * (2.857_142_874_366_239_149e-01
                + w * (1.818_357_216_161_805_012e-01 + w * 1.479_819_860_511_658_591e-01)));
    let r = t2 + t1;
    let hfsq = 0.5 * f * f;
    k * LN2_HI - ((hfsq - (s * (hfsq + r) + k * LN2_LO)) - f)
}

/// Exponential of a number in [-700, 700]; relative error below 1e-15. Values outside are clamped.
#[inline]
#[must_use]
pub fn exp(x: f64) -> f64 {
    // Adding and subtracting 1.5 * 2^52 rounds to the nearest integer without a library call.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    let x = x.clamp(-700.0, 700.0);
    let rounded = x * std::f64::consts::LOG2_E + ROUND;
    let k = rounded - ROUND;
    let r = (x - k * LN2_HI) - k * LN2_LO;
    // Taylor series: |r| <= 0.35, the first term left out is below 3e-17.
    let mut p = 1.0 / 6_227_020_800.0;
    p = p * r + 1.0 / 479_001_600.0;
    p = p * r + 1.0 / 39_916_800.0;
    p = p * r + 1.0 / 3_628_800.0;
    p = p * r + 1.0 / 362_880.0;
    p = p * r + 1.0 / 40_320.0;
    p = p * r + 1.0 / 5_040.0;
    p = p * r + 1.0 / 720.0;
    p = p * r + 1.0 / 120.0;
    p = p * r + 1.0 / 24.0;
    p = p * r + 1.0 / 6.0;
    p = p * r + 0.5;
    p = p * r + 1.0;
    p = p * r + 1.0;
    // The lowest bits of `rounded` are k; shifted into the exponent they make 2^k.
    p * f64::from_bits((rounded.to_bits() << 52).wrapping_add(1023 << 52))
}

/// Distance from one half up to which the normal quantile is one rational function.
pub(super) const CENTRAL: f64 = 0.425;

/// Quantile of the standard normal distribution for `p` in (0, 1); error about 1e-16.
///
/// Wichura, Algorithm AS 241 (PPND16), Applied Statistics 37 (1988), 477-484.
#[inline]
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= CENTRAL { normal_quantile_centre(p) } else { normal_quantile_tail(p) }
}

/// The middle of [`normal_quantile`]; meaningless beyond [`CENTRAL`] from one half.
#[inline]
pub(super) fn normal_quantile_centre(p: f64) -> f64 {
    let q = p - 0.5;
    q * central(0.180_625 - q * q)
}

/// [`normal_quantile`] further than [`CENTRAL`] from one half.
pub(super) fn normal_quantile_tail(p: f64) -> f64 {
    let q = p - 0.5;
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = (-ln(tail)).sqrt();
    let x = if r <= 5.0 { near_tail(r - 1.6) } else { far_tail(r - 5.0) };
    if q < 0.0 { -x } else { x }
}

#[inline]
fn horner(x: f64, c: [f64; 8]) -> f64 {
    let mut y = c[7];
    for i in (0..7).rev() {
        y = y * x + c[i];
    }
    y
}

#[inline]
fn central(r: f64) -> f64 {
    horner(
        r,
        [
            3.387_132_872_796_366_608_0,
            1.331_416_678_917_843_774_5e2,
            1.971_590_950_306_551_442_7e3,
            1.373_169_376_550_946_112_5e4,
            4.592_195_393_154_987_145_7e4,
            6.726_577_092_700_870_085_3e4,
            3.343_057_558_358_812_810_5e4,
            2.509_080_928_730_122_672_7e3,
        ],
    ) / horner(
        r,
        [
            1.0,
            4.231_333_070_160_091_125_2e1,
            6.871_870_074_920_579_083_0e2,
            5.394_196_021_424_751_107_7e3,
            2.121_379_430_158_659_586_7e4,
            3.930_789_580_009_271_061_0e4,
            2.872_908_573_572_194_267_4e4,
            5.226_495_278_852_545_610_0e3,
        ],
    )
}

fn near_tail(r: f64) -> f64 {
    horner(
        r,
        [
            1.423_437_110_749_683_577_34,
            4.630_337_846_156_545_295_90,
            5.769_497_221_460_691_405_50,
            3.647_848_324_763_204_605_04,
            1.270_458_252_452_368_382_58,
            2.417_807_251_774_506_117_70e-1,
            2.272_384_498_926_918_458_33e-2,
            7.745_450_142_783_414_076_40e-4,
        ],
    ) / horner(
        r,
        [
            1.0,
            2.053_191_626_637_758_821_87,
            1.676_384_830_183_803_849_40,
            6.897_673_349_851_000_045_50e-1,
            1.481_039_764_274_800_745_90e-1,
            1.519_866_656_361_645_719_66e-2,
            5.475_938_084_995_344_946_00e-4,
            1.050_750_071_644_416_843_24e-9,
        ],
    )
}

fn far_tail(r: f64) -> f64 {
    horner(
        r,
        [
            6.657_904_643_501_103_777_20,
            5.463_784_911_164_114_369_90,
            1.784_826_539_917_291_335_80,
            2.965_605_718_285_048_912_30e-1,
            2.653_218_952_657_612_309_30e-2,
            1.242_660_947_388_078_438_60e-3,
            2.711_555_568_743_487_578_15e-5,
            2.010_334_399_292_288_132_65e-7,
        ],
    ) / horner(
        r,
        [
            1.0,
            5.998_322_065_558_879_376_90e-1,
            1.369_298_809_227_358_053_10e-1,
            1.487_536_129_085_061_485_25e-2,
            7.868_691_311_456_132_591_00e-4,
            1.846_318_317_510_054_681_80e-5,
            1.421_511_758_316_445_888_70e-7,
            2.044_263_103_389_939_785_64e-15,
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use statrs::distribution::{ContinuousCDF, Normal};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn ln_agrees_with_the_library(x in 1e-300..1e300_f64) {
            prop_assert!((ln(x) - x.ln()).abs() <= 4e-16 * x.ln().abs().max(0.5));
        }

        #[test]
        fn exp_agrees_with_the_library(x in -600.0..600.0_f64) {
            prop_assert!((exp(x) / x.exp() - 1.0).abs() < 2e-14 * x.abs().max(1.0) / 10.0);
        }

        #[test]
        fn the_normal_quantile_inverts_the_normal_distribution(p in 1e-9..(1.0 - 1e-9)) {
            let normal = Normal::new(0.0, 1.0).unwrap();
            let back = normal.cdf(normal_quantile(p));
            prop_assert!((back - p).abs() < 1e-9 * p.max(1e-3), "{p} came back as {back}");
        }
    }

    #[test]
    fn ln_is_exact_at_powers_of_two() {
        assert_eq!(ln(1.0), 0.0);
        assert_eq!(ln(2.0), std::f64::consts::LN_2);
        assert_eq!(ln(0.5), -std::f64::consts::LN_2);
    }
}
