//! Drawings as a whole: well-formed, and what they hold.

use super::super::chart::{
    Against, Axis, Bar, Bars, Chart, DotRow, Dots, Form, Line, Lines, Mark, Plot, Point, Quantity,
    Scatter, Series, Swing, Tone, Tornado,
};
use super::super::map::{Load, Map, MapFlow, MapLink, MapNode, MapStorage};
use super::super::number::Shown;

fn drawn(plot: Plot) -> String {
    let chart = Chart { title: "A <title>".into(), about: "What & why".into(), plot };
    let svg = super::chart(&chart, "c").unwrap();
    well_formed(&svg);
    assert_eq!(svg, super::chart(&chart, "c").unwrap(), "the same chart is the same bytes");
    svg
}

/// Whether every element ends, and no place is missing.
fn well_formed(svg: &str) {
    let mut reader = quick_xml::Reader::from_str(svg);
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => break,
            Ok(_) => {}
            Err(error) => panic!("{error}: {svg}"),
        }
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf\"") && !svg.contains("Infinity"), "{svg}");
}

fn mark(value: f64, interval: Option<[f64; 2]>) -> Mark {
    let told = if value.is_finite() { format!("{value}") } else { "-".to_owned() };
    Mark { value, interval, told }
}

#[test]
fn bars_have_names_numbers_intervals_and_limits() {
    let row = |name: &str, value, interval| Bar {
        name: name.into(),
        mark: mark(value, interval),
        tone: Tone::Plain,
    };
    let rows = vec![
        row("N1/smb1 tx", 0.5, Some([0.4, 0.7])),
        row(
            "a name that is so long that nobody would want to read all of it, not even once",
            0.1,
            None,
        ),
        row("odd", f64::NAN, Some([f64::NAN, 1.0])),
        row("saturated", f64::INFINITY, Some([0.5, f64::INFINITY])),
    ];
    let limits = vec![Line { at: 0.8, name: "utilisation <= 80 %".into() }];
    let svg = drawn(Plot::Bars(Bars { across: Axis::share("busy"), rows, limits }));
    assert_eq!(svg.matches("<rect class=\"a t-plain\"").count(), 4);
    assert!(svg.contains(">0.5</text>") && svg.contains(">busy, %</text>"), "{svg}");
    assert!(svg.contains("…</text>") && svg.contains("not even once</title>"), "{svg}");
    assert!(svg.contains("utilisation &lt;= 80 %"));
    let none = Plot::Bars(Bars { across: Axis::share("busy"), rows: vec![], limits: vec![] });
    let none = Chart { title: String::new(), about: String::new(), plot: none };
    assert_eq!(super::chart(&none, "c"), None);
}

#[test]
fn lines_are_told_apart_by_dashes_marks_and_names() {
    let series = |name: &str, values: &[f64]| Series {
        name: name.into(),
        points: values.iter().enumerate().map(|(x, y)| (x as f64, *y)).collect(),
    };
    let of = |form| Lines {
        across: Axis {
            quantity: Quantity::Since("Mon 2026-11-23 00:00:00".into(), "UTC".into()),
            ..Axis::of("", Shown::Seconds)
        },
        up: Axis::of("load", Shown::Bytes),
        series: vec![series("one", &[1e6, f64::NAN, 3e6]), series("two", &[2e6, 1e6, 1e6])],
        form,
        limits: vec![Line { at: 2.5e6, name: "limit".into() }],
        stretch: Some((0.5, 1.0, "worst".into())),
    };
    for form in [Form::Straight, Form::Steps] {
        let svg = drawn(Plot::Lines(of(form)));
        assert!(svg.contains("class=\"l s0 d0\"") && svg.contains("class=\"l s1 d1\""));
        assert!(svg.contains(">one</text>") && svg.contains(">load, MB/s</text>"), "{svg}");
    }
    let svg = drawn(Plot::Lines(of(Form::Stacked)));
    assert!(svg.contains("class=\"a s0\"") && svg.contains("url(#c-p1)"), "{svg}");
}

#[test]
fn a_tornado_has_both_ends_of_each_change() {
    let swing =
        |effects| Swing { name: "smb.cpu".into(), ends: ["5 us".into(), "20 us".into()], effects };
    let rows = vec![swing([-0.2, 0.4]), swing([0.1, f64::INFINITY]), swing([f64::NAN, 0.0])];
    let svg = drawn(Plot::Tornado(Tornado { across: Axis::of("change", Shown::Percent), rows }));
    for told in ["5 us: -20.0 %", "20 us: +40.0 %", "20 us: without limit"] {
        assert!(svg.contains(told), "{told}: {svg}");
    }
}

#[test]
fn dots_have_a_shape_for_each_value() {
    let row = |name: &str, tone| DotRow {
        name: name.into(),
        tone,
        marks: vec![Some(mark(1e-3, Some([5e-4, 2e-3]))), None, Some(mark(f64::NAN, None))],
    };
    let dots = Dots {
        across: Axis::log("latency", Shown::Seconds),
        names: vec!["p50".into(), "p95".into(), "p99".into()],
        rows: vec![row("on the owner\ndirect", Tone::Direct), row("off", Tone::Redirected)],
        tones: vec![(Tone::Direct, "direct".into())],
        limits: vec![Line { at: 5e-3, name: "p99 <= 5 ms".into() }],
    };
    let svg = drawn(Plot::Dots(dots));
    assert_eq!(svg.matches("class=\"m t-direct\"").count(), 1);
    assert_eq!(svg.matches("class=\"m t-neutral\"").count(), 3, "the legend");
    assert!(
        svg.contains("class=\"note\"") && svg.contains(">p50: 0.001</title>")
            || svg.contains("<title>p50: 0.001</title>"),
        "{svg}"
    );
}

#[test]
fn points_are_held_against_a_line() {
    let point = |x, y, tone| Point {
        at: (x, y),
        interval: Some([y * 0.9, y * 1.1]),
        told: "line 7".into(),
        name: if tone == Tone::Bad { "far".into() } else { String::new() },
        tone,
    };
    let scatter = |against| Scatter {
        across: Axis::log("measured", Shown::Iops),
        up: Axis::log("predicted", Shown::Iops),
        points: vec![
            point(10.0, 11.0, Tone::Plain),
            point(1000.0, 700.0, Tone::Bad),
            point(0.0, 1.0, Tone::Plain),
            point(f64::NAN, 1.0, Tone::Plain),
        ],
        tones: vec![(Tone::Bad, "outlier".into())],
        against,
        frontier: vec![(10.0, 11.0), (1000.0, 700.0)],
    };
    let svg = drawn(Plot::Scatter(scatter(Against::Equal)));
    assert_eq!(svg.matches("<title>line 7</title>").count(), 2, "nothing at zero of a log axis");
    assert!(svg.contains("class=\"limit\"") && svg.contains(">far</text>"));
    let height = Against::Height(Line { at: 20.0, name: "target".into() });
    assert!(drawn(Plot::Scatter(scatter(height))).contains(">target</text>"));
}

#[test]
fn a_cluster_is_drawn_at_every_size() {
    for nodes in [1, 2, 5, 16, 64] {
        let load = |name: &str, busy: f64| {
            Some(Load { name: name.into(), busy, told: format!("{:.0} %", 100.0 * busy) })
        };
        let node = |place: usize| MapNode {
            name: format!("HV{place}"),
            nodes: 1,
            machines: 3,
            owns: vec![format!("CSV{place}")],
            sends: load("smb1", 0.1),
            receives: load("smb2", 0.9),
            cpu: load("", 0.05),
        };
        let map = Map {
            title: "Cluster".into(),
            about: "Nodes".into(),
            nodes: (0..nodes).map(node).collect(),
            beside: vec!["backup night".into()],
            storages: vec![MapStorage {
                name: "array".into(),
                kind: "array".into(),
                load: load("controller 1", 0.4),
            }],
            links: (0..nodes)
                .map(|node| MapLink {
                    node,
                    storage: 0,
                    bytes_per_s: Some(1e6),
                    load: load("fc", 0.1),
                })
                .collect(),
            flows: (0..nodes)
                .map(|from| MapFlow { from, to: nodes - 1, bytes_per_s: Some(1e8) })
                .collect(),
        };
        let svg = super::map(&map.grouped(), "m").unwrap();
        well_formed(&svg);
        let boxes = svg.matches("class=\"box\"").count();
        assert_eq!(boxes, nodes.min(16) + 1, "{nodes} nodes");
        assert!(svg.contains("sends smb1 10 %") || svg.contains("smb1 10 %"), "{svg}");
    }
    assert_eq!(super::map(&Map::default(), "m"), None);
}
