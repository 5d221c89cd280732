//! csvnet predicts the load redirected I/O puts on the CSV (Cluster Shared Volume) network of a
//! Hyper-V failover cluster, and what the guests feel of it.
//!
//! # The way of the data
//!
//! ```text
//! scenario.toml -> Document -> Scenario -> Network -> RunRecords -> Measurements -> Report
//!                  every       typed and   stations   one for each   intervals      six
//!                  value has   validated   and their  replication                   formats
//!                  its place               programs
//! ```
//!
//! * [`scenario`] reads a file, resolves hardware by name, and reports all faults at once.
//! * [`cluster`] knows how a cluster behaves: which path an I/O takes and what it costs there. It
//!   compiles a [`topology::Cluster`] and its [`workload`]s into a [`network::Network`].
//! * [`engine`] runs a network I/O by I/O; [`analytic`] approximates its means in
//!   microseconds to milliseconds.
//! * [`experiment`] replicates, up to a precision where one is asked for, finds the warm-up, goes
//!   on from a checkpoint, compares two runs on common random numbers, and adds what parameters and
//!   model error contribute to the uncertainty.
//! * [`timeline`] follows a cluster over hours to years, by what [`schedule`] says is planned.
//! * [`plan`] answers the questions of a design review.
//! * [`report`] is one serialisable result and a small file for each format, from a table for the
//!   terminal to a page for a design review.
//! * [`app`] is what the commands do, as functions.
//!
//! # From a file to a number
//!
//! ```
//! use csvnet::app::{Hooks, Options, run};
//!
//! let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/first-run.toml");
//! let options = Options { replications: Some(2), ..Options::default() };
//! let report = run(file.as_ref(), &options, &Hooks::silent())?;
//! let (aligned, redirected) = (&report.variants[0], &report.variants[1]);
//! let mean = |v: &csvnet::report::VariantReport| v.workloads[0].latency_mean.value;
//! assert!(mean(redirected) > mean(aligned), "the CSV network is not free");
//! assert!(redirected.ports.iter().any(|p| p.wire.value > 0.0));
//! assert!(aligned.ports.iter().all(|p| p.wire.value == 0.0));
//! # Ok::<(), csvnet::app::AppError>(())
//! ```
//!
//! # From code to a number
//!
//! The engine runs any network; a cluster is only one way to make one.
//!
//! ```
//! use csvnet::experiment::{Plan, WarmUp, run};
//! use csvnet::network::{Framing, Network, Service, Source, Station, Visit};
//!
//! let mut net = Network::default();
//! let port = net.add_station(Station::port("tx", 10e9, 1_000_000));
//! let wire = Service::Wire { header_bytes: 0, payload: true, framing: Framing::NONE };
//! let route = net.add_route("send", vec![Visit::new(port, "tx", wire).into()]);
//! let mut source = Source::closed("sender", route, 4);
//! source.mix[0].bytes = 1_250_000; // a millisecond at 10 Gb/s
//! net.add_source(source);
//! let plan = Plan { duration_s: Some(1.0), warm_up: WarmUp::Fixed(0.1), ..Plan::default() };
//! let measured = run(&net, &plan, &|| false, &|_| {})?;
//! assert!((measured.groups[0].iops.mean - 1000.0).abs() < 1.5);
//! # Ok::<(), csvnet::experiment::ExperimentError>(())
//! ```
//!
//! # Guarantees
//!
//! 1. A run is a function of scenario, parameters, seed and version: the same figures at any number
//!    of threads and in any order of declaration, and with the same command line, which the report
//!    echoes with its paths, the same bytes.
//! 2. Random draws belong to the I/O; changing one thing leaves every other draw as it was.
//! 3. I/Os and bytes are conserved, checked in every run.
//! 4. No input makes it panic, and nothing is written half.
//!
//! # Features
//!
//! `cli` (default) adds the command and its dependencies, `xlsx` (with `cli`) reports as Excel
//! workbooks; the library needs none of either. `milp` (default) adds a solver by which
//! `plan::align` proves plans for small clusters to be the best.

pub mod analytic;
pub mod app;
pub mod calibrate;
#[cfg(feature = "cli")]
pub mod cli;
pub mod cluster;
pub mod counters;
pub mod diagnostic;
pub mod engine;
pub mod experiment;
pub mod import;
pub mod network;
pub mod plan;
pub mod policy;
mod processor;
pub mod provenance;
pub mod random;
pub mod report;
pub mod scenario;
pub mod schedule;
pub mod stats;
pub mod timeline;
pub mod topology;
pub mod trace;
pub mod units;
pub mod workload;

/// What is written down beside the interface, one document each.
#[expect(clippy::doc_markdown, reason = "the documents are prose, in which products have names")]
pub mod docs {
    #[doc = include_str!("docs/scenario.md")]
    pub mod scenario {}

    #[doc = include_str!("docs/design.md")]
    pub mod design {}

    #[doc = include_str!("docs/assumptions.md")]
    pub mod assumptions {}

    #[doc = include_str!("docs/facts.md")]
    pub mod facts {}

    #[doc = include_str!("docs/trace.md")]
    pub mod trace {}

    #[doc = include_str!("docs/counters.md")]
    pub mod counters {}

    #[doc = include_str!("docs/calibration.md")]
    pub mod calibration {}

    #[doc = include_str!("docs/measurements.md")]
    pub mod measurements {}

    #[doc = include_str!("docs/timeline.md")]
    pub mod timeline {}

    #[doc = include_str!("docs/questions.md")]
    pub mod questions {}

    #[doc = include_str!("docs/planning.md")]
    pub mod planning {}

    #[doc = include_str!("docs/sweep.md")]
    pub mod sweep {}

    #[doc = include_str!("docs/placement.md")]
    pub mod placement {}

    #[doc = include_str!("docs/report.md")]
    pub mod report {}
}
