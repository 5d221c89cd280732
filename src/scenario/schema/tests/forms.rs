//! The forms of quantities against the parsers of quantities.

use boon::{Compiler, SchemaIndex, Schemas};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::text;
use crate::schedule::Span;
use crate::units::{UnitKind, parse_as};

fn pattern(form: &str) -> (Schemas, SchemaIndex) {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.add_resource("form.json", json!({ "pattern": form })).unwrap();
    let index = compiler.compile("form.json", &mut schemas).unwrap();
    (schemas, index)
}

const KINDS: [UnitKind; 5] =
    [UnitKind::Time, UnitKind::Bytes, UnitKind::Rate, UnitKind::Iops, UnitKind::Ratio];

const UNITS: [&str; 61] = [
    "", " ", "ps", "ns", "us", "µs", "μs", "ms", "s", "min", "h", "d", "m", "S", "Min", "wk", "mo",
    "y", "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "kB", "KB", "MB", "GB", "TB", "PB", "K",
    "kib", "b", "bit/s", "b/s", "bps", "kbit/s", "Kbit/s", "Mbit/s", "Gbit/s", "Tbit/s", "mbit/s",
    "kbps", "mbps", "gbps", "tbps", "Gbps", "gb/s", "Gb/s", "MB/s", "MiB/s", "PB/s", "PiB/s",
    "B/s", "IOPS", "iops", "Iops", "/s", "%", "%%",
];

const NUMBERS: [&str; 19] = [
    "1", "10", "1.5", ".5", "5.", "0", "2e3", "2E-3", "2e", "+3", "1,5", "1_000", "1 000", "", "x",
    "-1", "1.2.3", "inf", "e3",
];

#[test]
fn a_quantity_has_the_form_of_its_kind_where_it_is_one() {
    for kind in KINDS {
        let (schemas, index) = pattern(text::of(kind));
        for number in NUMBERS {
            for unit in UNITS {
                for text in [format!("{number}{unit}"), format!(" {number} {unit} ")] {
                    let fits = schemas.validate(&Value::String(text.clone()), index).is_ok();
                    assert_eq!(fits, parse_as(kind, &text).is_ok(), "{kind:?} `{text}`");
                }
            }
        }
        assert!(parse_as(kind, text::example(kind)).is_ok());
    }
}

#[test]
fn a_length_has_its_form_where_it_is_one() {
    let (long, any) = pattern(text::LONG_LENGTH);
    let (short, plain) = pattern(text::LENGTH);
    for number in NUMBERS {
        for unit in UNITS {
            for text in [format!("{number}{unit}"), format!(" {number} {unit} ")] {
                let value = Value::String(text.clone());
                let span = Span::parse(&text).ok();
                assert_eq!(long.validate(&value, any).is_ok(), span.is_some(), "`{text}`");
                let days = span.is_some_and(|span| span.months == 0) && !text.contains(['o', 'y']);
                assert_eq!(short.validate(&value, plain).is_ok(), days, "`{text}`");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is a quantity has its form: an editor never marks what csvnet takes.
    #[test]
    fn no_quantity_is_without_its_form(text in "[ ]?[+]?[0-9.e]{1,4}[ ]?[a-zA-Z%/]{0,6}") {
        for kind in KINDS {
            if parse_as(kind, &text).is_ok() {
                let (schemas, index) = pattern(text::of(kind));
                prop_assert!(schemas.validate(&json!(text), index).is_ok());
            }
        }
    }
}
