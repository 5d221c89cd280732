//! The workbook opened again.

use std::collections::BTreeSet;
use std::io::{Cursor, Read as _};

use super::super::{AnyReport, Format, fixture, fixture_all};

fn book(report: &AnyReport) -> Vec<u8> {
    let mut out = Vec::new();
    report.render(Format::Xlsx, &mut out).unwrap();
    out
}

/// Its parts by name; each of them is read as XML.
fn parts(book: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut parts = Vec::new();
    for place in 0..archive.len() {
        let mut part = archive.by_index(place).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = String::new();
        part.read_to_string(&mut text).unwrap();
        let mut reader = quick_xml::Reader::from_str(&text);
        loop {
            let event = reader.read_event().unwrap_or_else(|error| panic!("{name}: {error}"));
            if matches!(event, quick_xml::events::Event::Eof) {
                break;
            }
        }
        parts.push((name, text));
    }
    parts
}

/// Numbers of the cells of all sheets.
fn numbers(parts: &[(String, String)]) -> BTreeSet<u64> {
    let sheets = parts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/sheet"));
    let mut found = BTreeSet::new();
    for (_, text) in sheets {
        for cell in text.split("<c ").skip(1).filter(|cell| !cell.contains(" t=\"s\"")) {
            if let Some(value) = cell.split("<v>").nth(1).and_then(|rest| rest.split('<').next()) {
                found.insert(value.parse::<f64>().unwrap().to_bits());
            }
        }
    }
    found
}

#[test]
fn every_workbook_opens_and_is_the_same_bytes_each_time() {
    for report in fixture_all::all() {
        let bytes = book(&report);
        assert!(bytes == book(&report));
        let parts = parts(&bytes);
        let of = |prefix: &str| parts.iter().filter(|(name, _)| name.starts_with(prefix)).count();
        assert!(of("xl/charts/chart") > 0, "{report:?}");
        assert!(of("xl/tables/table") > 0, "{report:?}");
        let core = parts.iter().find(|(name, _)| name == "docProps/core.xml").unwrap();
        assert!(core.1.contains("2000-01-01"), "no time of its own");
        let external = parts.iter().any(|(_, text)| text.contains("TargetMode=\"External\""));
        assert!(!external, "no link to another file");
    }
}

#[test]
fn every_number_of_the_csv_is_a_number_of_the_workbook() {
    let report = AnyReport::Run(Box::new(fixture::report()));
    let in_book = numbers(&parts(&book(&report)));
    let mut text = Vec::new();
    report.render(Format::Csv, &mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_slice());
    let mut compared = 0;
    for record in reader.records() {
        let record = record.unwrap();
        for cell in (5..10).filter_map(|column| record.get(column)) {
            // A seed of twenty digits is text in a workbook, which has no such numbers.
            if cell.is_empty() || cell.len() > 19 {
                continue;
            }
            let number: f64 = cell.parse().unwrap();
            assert!(in_book.contains(&number.to_bits()), "{cell} of {record:?}");
            compared += 1;
        }
    }
    assert!(compared > 500, "{compared}");
}

#[test]
fn tables_have_heads_filters_and_frozen_panes() {
    let parts = parts(&book(&AnyReport::Run(Box::new(fixture::report()))));
    for (name, text) in parts.iter().filter(|(name, _)| name.starts_with("xl/tables/table")) {
        assert!(text.contains("<autoFilter"), "{name}");
    }
    let sheets: Vec<&String> = parts
        .iter()
        .filter(|(name, text)| name.starts_with("xl/worksheets/") && text.contains("<tableParts"))
        .map(|(_, text)| text)
        .collect();
    assert!(sheets.len() > 8);
    assert!(sheets.iter().all(|text| text.contains("state=\"frozen\"")));
}

#[test]
fn a_name_that_looks_like_a_formula_stays_text() {
    let mut report = fixture::report();
    for variant in &mut report.variants {
        variant.name = "=HYPERLINK(\"http://example.org\")".into();
        variant.workloads[0].name = "=1+1".into();
        variant.resources[0].resource = "+cmd".into();
    }
    report.title = "=2".repeat(40_000);
    let parts = parts(&book(&AnyReport::Run(Box::new(report))));
    let sheets = parts.iter().filter(|(name, _)| name.starts_with("xl/worksheets/"));
    for (name, text) in sheets {
        assert!(!text.contains("<f>"), "{name}");
    }
}
