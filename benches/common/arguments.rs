//! What cargo tells a bench.

/// Whether only to show that everything works: `cargo bench -- --test`, and `cargo test`, which
/// does not say `--bench`.
pub(crate) fn smoke() -> bool {
    has("--test") || !has("--bench")
}

/// Whether the arguments have a flag.
pub(crate) fn has(flag: &str) -> bool {
    std::env::args().skip(1).any(|argument| argument == flag)
}
