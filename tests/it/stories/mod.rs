//! Small clusters of which the answer can be computed by hand, one topic a file.

mod compute;
mod counters;
