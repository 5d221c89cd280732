//! Grammar, round trips and refusals of the quantities.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use proptest::prelude::*;

use super::*;

fn round_trips<T>(value: T)
where
    T: Copy + PartialEq + Debug + Display + FromStr<Err = QuantityError>,
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let text = format!("{value:#}");
    assert_eq!(text.parse::<T>().as_ref(), Ok(&value), "{text}");
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

fn help<T: FromStr<Err = QuantityError> + Debug>(text: &str) -> String {
    let error = text.parse::<T>().unwrap_err();
    format!("{error}: {}", error.help())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn exact_text_of_integers_parses_back(value: u64, drop in 0_u32..64) {
        // Shifting covers every magnitude, not only the largest.
        let value = value >> drop;
        round_trips(SimTime::from_ps(value));
        round_trips(SimDuration::from_ps(value));
        round_trips(Bytes::new(value));
        round_trips(BitRate::from_bps(value));
    }

    #[test]
    fn exact_text_of_floats_parses_back(value in prop::num::f64::POSITIVE | prop::num::f64::ZERO) {
        // A hundredfold must stay finite for the text in percent to be readable by others too.
        prop_assume!(value.is_finite());
        round_trips(Iops::new(value).unwrap());
        round_trips(Ratio::from_fraction(value).unwrap());
    }

    #[test]
    fn any_text_is_read_or_refused_with_help(text in ".{0,40}") {
        use UnitKind::{Bytes as Size, Count, Iops as Ops, Rate, Ratio as Share, Time};
        for kind in [Time, Size, Rate, Ops, Share, Count] {
            if let Err(error) = parse_as(kind, &text) {
                prop_assert!(!error.help().is_empty());
            }
        }
        let _ = (text.parse::<SimDuration>(), text.parse::<Bytes>(), text.parse::<BitRate>());
    }

    #[test]
    fn numbers_with_units_agree_between_the_integer_and_the_float_reading(
        number in 0.001_f64..9e5, unit in prop::sample::select(vec!["us", "ms", "s", "min", "h"]),
    ) {
        let text = format!("{number} {unit}");
        if let Ok(span) = text.parse::<SimDuration>() {
            let secs = parse_as(UnitKind::Time, &text).unwrap();
            prop_assert!((span.as_secs_f64() - secs).abs() <= 1e-12 + secs * 1e-15);
        }
    }

    #[test]
    fn time_for_is_the_least_time_at_the_rate(bytes in 0_u64..1 << 40, rate in 1_u64..1 << 40) {
        let ps = BitRate::from_bps(rate).time_for(Bytes::new(bytes)).as_ps();
        let (bit_ps, rate) = (u128::from(bytes) * 8_000_000_000_000, u128::from(rate));
        if ps < u64::MAX {
            prop_assert!(u128::from(ps) * rate >= bit_ps);
            prop_assert!(ps == 0 || u128::from(ps - 1) * rate < bit_ps);
        }
    }
}

#[test]
fn people_read_three_significant_digits() {
    let time = |ps| SimDuration::from_ps(ps).to_string();
    assert_eq!(time(12_345_678), "12.3 us");
    assert_eq!(time(1_200_000_000), "1.20 ms");
    assert_eq!(time(999_999_999), "1.00 ms");
    assert_eq!(time(0), "0 ps");
    assert_eq!(time(7), "7.00 ps");
    assert_eq!(SimDuration::from_secs(90).to_string(), "90.0 s");
    assert_eq!(SimDuration::from_secs(5_400).to_string(), "90.0 min");
    assert_eq!(SimDuration::from_secs(86_400).to_string(), "24.0 h");
    assert_eq!(format!("{:>9}|", SimDuration::from_ms(2)), "  2.00 ms|");
    let size = |bytes| Bytes::new(bytes).to_string();
    assert_eq!(size(8_192), "8 KiB");
    assert_eq!(size(30_000_000_000), "30 GB");
    assert_eq!(size(1_500), "1500 B");
    assert_eq!(size(123_456_789), "123 MB");
    assert_eq!(BitRate::from_bps(2_500_000_000).to_string(), "2.5 Gbit/s");
    assert_eq!(BitRate::from_bps(9_876_543_210).to_string(), "9.88 Gbit/s");
    assert_eq!(Iops::new(133_012.4).unwrap().to_string(), "133012 IOPS");
    assert_eq!(Ratio::from_fraction(0.07).unwrap().to_string(), "7 %");
    assert_eq!(format_as(UnitKind::Bytes, 1536.5), "1.54 kB");
    assert_eq!(format_as(UnitKind::Rate, 1e10), "10.0 Gbit/s");
    assert_eq!(format_as(UnitKind::Count, 1.5), "1.5");
    assert_eq!(format_as(UnitKind::Time, f64::INFINITY), "inf");
}

#[test]
fn units_are_read_as_written() {
    let time = |text: &str| text.parse::<SimDuration>().unwrap().as_ps();
    assert_eq!(time("1.5us"), 1_500_000);
    assert_eq!(time(" 2 µs "), 2_000_000);
    assert_eq!(time("2 μs"), 2_000_000);
    assert_eq!(time("+1e-3 s"), 1_000_000_000);
    assert_eq!(time(".5 ns"), 500);
    assert_eq!(time("1.4995 ns"), 1_500);
    assert_eq!(time("2 h"), 7_200_000_000_000_000);
    assert_eq!(time("-0 s"), 0);
    let size = |text: &str| text.parse::<Bytes>().unwrap().get();
    assert_eq!((size("64KiB"), size("64 kB"), size("64 KB")), (65_536, 64_000, 64_000));
    assert_eq!((size("1.5 GiB"), size("1e3 TB")), (1_610_612_736, 1_000_000_000_000_000));
    let rate = |text: &str| text.parse::<BitRate>().unwrap().bps();
    for text in ["10 Gbps", "10Gb/s", "10 Gbit/s", "10 gbps", "1.25 GB/s"] {
        assert_eq!(rate(text), 10_000_000_000, "{text}");
    }
    assert_eq!((rate("1 MiB/s"), rate("1 B/s"), rate("1 kB/s")), (8_388_608, 8, 8_000));
    assert_eq!("50%".parse(), Ratio::from_fraction(0.5));
    assert_eq!("200 /s".parse(), Iops::new(200.0));
}

#[test]
fn each_fault_says_what_would_be_right() {
    assert_eq!(
        help::<SimDuration>("10"),
        "`10` has no unit: write \"10 s\", \"10 ms\" or \"10 us\""
    );
    assert_eq!(
        help::<Bytes>("64K"),
        "`K` can be read in two ways: write \"64 KiB\" (binary) or \"64 kB\" (decimal)"
    );
    assert_eq!(
        help::<BitRate>("10 gb/s"),
        "`gb/s` can be read in two ways: write \"10 Gbit/s\" (bits) or \"10 GB/s\" (bytes)"
    );
    assert_eq!(
        help::<SimDuration>("5m"),
        "`m` can be read in two ways: write \"5 min\" or \"5 ms\""
    );
    assert_eq!(help::<Ratio>("0.07"), "`0.07` has no unit: write \"7 %\"");
    assert_eq!(help::<SimDuration>("1_000 s"), "`1_000 s` is not a time: write \"1000 s\"");
    assert_eq!(help::<SimDuration>("1,5 s"), "`1,5 s` is not a time: write \"1.5 s\"");
    assert!(help::<SimDuration>("3 seconds").contains("write \"3 s\""));
    assert!(help::<Bytes>("3 furlongs").starts_with("`furlongs` is not a unit of a size"));
    assert!(help::<Bytes>("").starts_with("the text is empty"));
    let count = parse_as(UnitKind::Count, "4 s").unwrap_err();
    assert_eq!(count.help(), "write 4 without a unit");
}

#[test]
fn numbers_out_of_range_are_refused_each_in_its_own_way() {
    let fault = |text: &str| text.parse::<SimDuration>().unwrap_err();
    assert!(matches!(fault("nan s"), QuantityError::NotFinite { .. }));
    assert!(matches!(fault("-inf s"), QuantityError::NotFinite { .. }));
    assert!(matches!(fault("-1 s"), QuantityError::Negative { .. }));
    assert!(matches!(fault("1e400 s"), QuantityError::TooLarge { .. }));
    assert!(matches!(fault("1e99999999999999999999 s"), QuantityError::TooLarge { .. }));
    assert!(matches!(fault("214 d"), QuantityError::TooLarge { .. }));
    assert!(matches!(fault("1e-30 s"), QuantityError::TooSmall { .. }));
    assert_eq!("18446744073709551615 ps".parse(), Ok(SimDuration::MAX));
    assert!(matches!(fault("18446744073709551616 ps"), QuantityError::TooLarge { .. }));
    assert!(matches!("1e400 IOPS".parse::<Iops>(), Err(QuantityError::TooLarge { .. })));
    assert!(matches!(Iops::new(f64::NAN), Err(QuantityError::NotFinite { .. })));
    assert!(matches!(SimDuration::try_from_secs_f64(2e7), Err(QuantityError::TooLarge { .. })));
    assert_eq!(SimDuration::try_from_secs_f64(1e-12), Ok(SimDuration::from_ps(1)));
}

#[test]
fn arithmetic_saturates() {
    let (one, never) = (SimDuration::from_ps(1), SimTime::MAX);
    assert_eq!(never + one, never);
    assert_eq!(SimTime::ZERO - never, SimDuration::ZERO);
    assert_eq!(SimTime::ZERO.checked_since(never), None);
    assert_eq!(SimDuration::MAX + one, SimDuration::MAX);
    assert_eq!(SimDuration::from_secs(u64::MAX), SimDuration::MAX);
    assert_eq!(Bytes::new(u64::MAX) + Bytes::new(1), Bytes::new(u64::MAX));
    assert_eq!(BitRate::ZERO.time_for(Bytes::new(1)), SimDuration::MAX);
    assert_eq!(BitRate::ZERO.time_for(Bytes::ZERO), SimDuration::ZERO);
    assert_eq!(BitRate::from_gbps(8).ps_per_byte(), 1_000.0);
}

#[test]
fn a_bare_number_in_json_is_told_its_unit_is_missing() {
    let fault = serde_json::from_str::<Bytes>("64").unwrap_err().to_string();
    assert!(fault.contains("`64` has no unit; write \"64 B\", \"64 KiB\""), "{fault}");
    let fault = serde_json::from_str::<SimDuration>("true").unwrap_err().to_string();
    assert!(fault.contains("a time written as text with a unit"), "{fault}");
}
