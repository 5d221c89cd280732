//! The page as a whole, for every kind of report: what a browser, a reader of screens or a printer
//! needs of it, checked without one.

use std::collections::BTreeSet;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::{AnyReport, Format, fixture, fixture_all};

fn page(report: &AnyReport) -> String {
    let mut out = Vec::new();
    report.render(Format::Html, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Every element with its name and attributes; fails where the page is no XML.
fn elements(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut reader = Reader::from_str(page);
    reader.config_mut().check_end_names = true;
    let mut found = Vec::new();
    let mut open = Vec::new();
    let read = |start: &BytesStart<'_>| {
        let name = start.name().as_ref().to_owned();
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            let key = attribute.key.as_ref().to_owned();
            (key, attribute.value.to_string())
        });
        (name, attributes.collect::<Vec<_>>())
    };
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}: {page}")) {
            Event::Start(start) => {
                let element = read(&start);
                open.push(element.0.clone());
                found.push(element);
            }
            Event::Empty(start) => found.push(read(&start)),
            Event::End(end) => {
                let name = end.name().as_ref().to_owned();
                assert_eq!(open.pop(), Some(name));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} are not closed");
    found
}

fn attribute<'a>(element: &'a (String, Vec<(String, String)>), name: &str) -> Option<&'a str> {
    element.1.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[test]
fn every_page_is_well_formed_and_the_same_bytes_each_time() {
    for report in fixture_all::all() {
        let text = page(&report);
        assert!(text.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
        elements(&text);
        assert_eq!(text, page(&report));
    }
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    for report in fixture_all::all() {
        let text = page(&report);
        for element in elements(&text) {
            let (name, attributes) = &element;
            for banned in ["script", "link", "iframe", "object", "embed", "img", "image", "use"] {
                assert_ne!(name, banned);
            }
            for (key, value) in attributes {
                assert!(!key.starts_with("on"), "{name} {key}");
                if ["src", "href", "action", "data", "srcset", "xlink:href"].contains(&key.as_str())
                {
                    assert!(value.starts_with('#'), "{name} {key}={value}");
                }
                assert!(!value.contains("url(") || value.starts_with("url(#"), "{value}");
            }
        }
        assert!(!text.contains("@import") && !text.contains("@font-face"));
        assert!(text.contains("Content-Security-Policy\" content=\"default-src 'none';"));
        let style = text.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
        assert!(!style.contains("url(") && !style.contains("http"));
    }
}

#[test]
fn headings_go_down_one_level_at_a_time() {
    for report in fixture_all::all() {
        let mut last = 0;
        let mut tops = 0;
        for (name, _) in elements(&page(&report)) {
            let level = match name.as_str() {
                "h1" => 1,
                "h2" => 2,
                "h3" => 3,
                "h4" => 4,
                "h5" => 5,
                "h6" => 6,
                _ => continue,
            };
            tops += usize::from(level == 1);
            assert!(level <= last + 1, "h{level} after h{last} of {report:?}");
            last = level;
        }
        assert_eq!(tops, 1);
    }
}

#[test]
fn what_is_pointed_to_is_there_once() {
    for report in fixture_all::all() {
        let all = elements(&page(&report));
        let ids: Vec<&str> = all.iter().filter_map(|element| attribute(element, "id")).collect();
        let once: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), once.len(), "an id stands twice");
        for element in &all {
            let named = attribute(element, "aria-labelledby").unwrap_or_default();
            for id in named.split_whitespace() {
                assert!(once.contains(id), "{id}");
            }
            if let Some(target) = attribute(element, "href") {
                assert!(once.contains(&target[1..]), "{target}");
            }
        }
    }
}

#[test]
fn drawings_and_tables_can_be_read_without_being_seen() {
    for report in fixture_all::all() {
        let text = page(&report);
        let all = elements(&text);
        let drawings = all.iter().filter(|(name, _)| name == "svg");
        let mut count = 0;
        for drawing in drawings {
            count += 1;
            assert_eq!(attribute(drawing, "role"), Some("img"));
            assert_eq!(attribute(drawing, "aria-labelledby").unwrap().split(' ').count(), 2);
        }
        assert!(count > 0, "every report has a drawing: {report:?}");
        assert_eq!(text.matches("<desc id=").count(), count);
        for cell in all.iter().filter(|(name, _)| name == "th") {
            assert!(attribute(cell, "scope").is_some());
        }
        for landmark in ["<main id=\"main\">", "<header>", "<footer>", "class=\"skip\""] {
            assert!(text.contains(landmark), "{landmark}");
        }
    }
}

/// The text of a page, without markup.
fn plain(page: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in page.chars() {
        match letter {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            letter if !inside => text.push(letter),
            _ => {}
        }
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'")
        .replace("&amp;", "&")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn what_the_table_shows_is_on_the_page_in_the_same_words() {
    for report in fixture_all::all() {
        let page = plain(&page(&report)).replace(' ', "");
        let mut out = Vec::new();
        report.render(Format::Markdown, &mut out).unwrap();
        let mut cells = 0;
        for line in String::from_utf8(out).unwrap().lines().filter(|line| line.starts_with('|')) {
            for cell in line.split(" | ").flat_map(|cell| cell.split("<br>")) {
                let cell = cell.replace('\\', "");
                let cell: String = cell.trim_matches(['|', ' ', '-', ':']).replace(' ', "");
                assert!(page.contains(&cell), "{cell} of {line}");
                cells += 1;
            }
        }
        assert!(cells > 10);
    }
}

#[test]
fn every_figure_of_a_run_is_on_its_page() {
    let report = fixture::report();
    let page = plain(&page(&AnyReport::Run(Box::new(report.clone()))));
    for variant in &report.variants {
        for row in &variant.workloads {
            for figure in [&row.iops, &row.throughput, &row.latency_p50, &row.latency_p99] {
                assert!(page.contains(&super::super::number::value(figure)));
                assert!(page.contains(&super::super::number::prediction(figure)));
            }
        }
        for row in &variant.resources {
            assert!(page.contains(&super::super::number::value(&row.utilisation)));
        }
        for row in &variant.limits {
            assert!(page.contains(&row.limit));
        }
    }
    for row in &report.assumptions {
        assert!(page.contains(&row.parameter), "those beyond the table are folded, not left out");
    }
    assert!(page.contains("NOT CALIBRATED") && page.contains(&report.run.command));
    assert!(page.contains(&report.run.scenario_hash) && page.contains("18446744073709551615"));
}

#[test]
fn nothing_in_a_name_becomes_markup() {
    let mut report = fixture::report();
    let evil = "</style><script>alert(1)</script>'\"&\u{0}\u{202e}";
    report.title = evil.to_owned();
    report.run.command = evil.to_owned();
    report.warnings = vec![evil.to_owned()];
    let variant = &mut report.variants[0];
    variant.name = evil.to_owned();
    variant.workloads[0].name = evil.to_owned();
    variant.layout.nodes[0].name = evil.to_owned();
    variant.resources[0].resource = evil.to_owned();
    variant.limits[0].limit = evil.to_owned();
    report.assumptions[0].range = evil.to_owned();
    let text = page(&AnyReport::Run(Box::new(report)));
    elements(&text);
    assert!(!text.contains("<script") && !text.contains("alert(1)</script>"));
    assert_eq!(text.matches("</style>").count(), 1);
}

/// Relative luminance of a colour (WCAG 2.2).
fn luminance(colour: &str) -> f64 {
    let part = |place: usize| {
        let value = u8::from_str_radix(&colour[place..place + 2], 16).unwrap();
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[test]
fn text_stands_out_by_4_5_to_1_and_marks_by_3_to_1_in_the_light_and_in_the_dark() {
    for style in [include_str!("style.css"), include_str!("dark.css")] {
        let colour = |name: &str| {
            let found = style.split(&format!("--{name}: ")).nth(1).unwrap();
            found[..7].to_owned()
        };
        let contrast = |a: &str, b: &str| {
            let (a, b) = (luminance(&colour(a)), luminance(&colour(b)));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for paper in ["paper", "sheet"] {
            for text in ["ink", "soft", "link", "good", "bad", "unsure"] {
                assert!(contrast(text, paper) >= 4.5, "{text} on {paper}");
            }
            for mark in ["direct", "redirected", "mixed", "plain", "neutral"] {
                assert!(contrast(mark, paper) >= 3.0, "{mark} on {paper}");
            }
            for place in 0..7 {
                assert!(contrast(&format!("s{place}"), paper) >= 3.0, "s{place} on {paper}");
            }
        }
    }
}
