//! The crate from outside: stories with numbers that can be worked out by hand.

#[cfg(feature = "cli")]
mod cli;
mod cluster;
mod files;
mod lab;
