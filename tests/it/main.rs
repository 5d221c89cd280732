//! Integration tests: what the crate promises, checked from outside.
//!
//! `theory` compares with formulas of queueing theory, `engine` checks properties on random
//! networks and against a slow second implementation, `routes` compares with numbers computed by
//! hand, `tidy` reads the sources, and `docs` the documents. Seeds are fixed: a test passes always
//! or never.

mod docs;
mod engine;
mod routes;
mod support;
mod theory;
mod tidy;
