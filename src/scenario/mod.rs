//! The scenario file: read, resolved, validated.

pub mod document;
