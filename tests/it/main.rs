//! Integration tests: what the crate promises, checked from outside.
//!
//! `theory` compares with formulas of queueing theory, `engine` checks properties on random
//! networks and against a slow second implementation, `routes`, `cluster` and `stories` compare
//! with numbers computed by hand, `lab` holds the examples against the findings and measurements
//! they come from, `testbed` a validation family against its series, `facts` holds the facts against
//! their tests, `catalogue` and `files` look at what comes with the crate, `docs` and `cli` at what
//! users see, `builder` at scenarios in code, `plan` at the questions of design reviews, `questions`
//! runs those that people ask, and `tidy` reads the sources.
//! Seeds are fixed: a test passes always or never.

mod align;
mod builder;
mod calibrate;
mod catalogue;
#[cfg(feature = "cli")]
mod cli;
mod cluster;
mod docs;
mod engine;
mod facts;
mod files;
mod lab;
mod library;
mod plan;
#[cfg(feature = "cli")]
mod questions;
mod routes;
mod stories;
mod support;
mod testbed;
mod theory;
mod tidy;
mod timeline;
