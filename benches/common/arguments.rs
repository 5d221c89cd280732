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

/// The arguments that are words: names to choose by.
pub(crate) fn words() -> Vec<String> {
    let mut words = Vec::new();
    let mut value = false;
    for argument in std::env::args().skip(1) {
        let flag = argument.starts_with('-');
        if !flag && !value {
            words.push(argument.clone());
        }
        // Criterion has flags with values, as `--save-baseline before`; they are not for us.
        value = flag && !["--bench", "--test", "--quick"].contains(&argument.as_str());
    }
    words
}
