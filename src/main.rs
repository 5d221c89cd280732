//! The csvnet command.
fn main() {}
