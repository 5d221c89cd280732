//! The crate from outside: stories with numbers that can be worked out by hand.

mod cluster;
mod lab;
