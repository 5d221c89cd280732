//! One of several words.

use super::field::Field;
use super::node::Value;
use crate::diagnostic::suggest;

/// What the word in the value stands for. Case does not matter, nor do `-`, `_` and blanks differ.
pub(super) fn choose<T: Clone>(field: &mut Field<'_, '_>, options: &[(&str, T)]) -> Option<T> {
    let Value::String(text) = field.value() else {
        return field.mismatch("text", Some(format!("write {}", listed(options))));
    };
    let plain = |word: &str| word.trim().to_lowercase().replace(['-', ' '], "_");
    let given = plain(text);
    if let Some((_, meaning)) = options.iter().find(|(word, _)| plain(word) == given) {
        return Some(meaning.clone());
    }
    let near = suggest(text.trim(), options.iter().map(|(word, _)| *word));
    let guess = near.map(|word| format!("did you mean \"{word}\"? ")).unwrap_or_default();
    let shown = super::path::quote(text);
    let problem = format!("{shown} is not one of the possible values");
    field.fault(problem, Some(format!("{guess}write {}", listed(options))))
}

/// `"a", "b" or "c"`.
fn listed<T>(options: &[(&str, T)]) -> String {
    let quoted: Vec<String> = options.iter().map(|(word, _)| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
