//! A fault drawn with its line and a caret.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::{Diagnostic, Place, SourceFile};

/// Characters of context shown before the fault in a long line.
const BEFORE: usize = 60;
/// Characters shown from the fault on in a long line.
const AFTER: usize = 100;

/// The fault as several lines, without a line end.
pub(super) fn full(fault: &Diagnostic, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let title = if fault.field.is_empty() {
        fault.problem.clone()
    } else {
        format!("{}: {}", fault.field, fault.problem)
    };
    let title = Level::ERROR.primary_title(title);
    let mut group = Group::with_title(title);
    let shown = fault.span.as_ref().map(|span| window(&fault.file, span));
    group = match &shown {
        Some(Window { place, text, cut, caret }) => {
            let name = &*fault.file.name;
            let snippet = Snippet::source(text.as_str())
                .line_start(place.line)
                .annotation(AnnotationKind::Primary.span(caret.clone()));
            if *cut {
                // The renderer would count columns in the cut line, so the place is given to it.
                let origin = Origin::path(name).line(place.line).char_column(place.column);
                group.element(origin).element(snippet)
            } else {
                group.element(snippet.path(name))
            }
        }
        None => group.element(Origin::path(&*fault.file.name)),
    };
    if let Some(help) = &fault.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    renderer.decor_style(DecorStyle::Ascii).render(&[group])
}

/// The part of one line that is shown.
struct Window {
    place: Place,
    text: String,
    /// Whether the beginning of the line is missing.
    cut: bool,
    caret: Range<usize>,
}

/// The line that holds the start of `span`, cut to a readable length around it.
fn window(file: &SourceFile, span: &Range<usize>) -> Window {
    let start = file.floor(span.start);
    let line = file.line_around(start);
    // Within `\r\n` the start can lie behind the end of the visible line.
    let start = start.min(line.end);
    let end = file.floor(span.end).clamp(start, line.end);
    let text = &*file.text;
    let left = text[line.start..start].char_indices().rev().take(BEFORE).last();
    let from = left.map_or(start, |(offset, _)| line.start + offset);
    let right = text[start..line.end].char_indices().nth(AFTER);
    let to = right.map_or(line.end, |(offset, _)| start + offset);
    let head = if from > line.start { "…" } else { "" };
    let tail = if to < line.end { "…" } else { "" };
    Window {
        place: file.place(start),
        cut: !head.is_empty(),
        text: format!("{head}{}{tail}", &text[from..to]),
        caret: head.len() + start - from..head.len() + end.min(to) - from,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_drawn_with_its_line_and_a_caret() {
        let file = SourceFile::new("a.toml", "[nodes.N1]\nmemory = \"64K\"\ncores = 4\n");
        let fault = Diagnostic::of_file(file, "`K` can be read in two ways")
            .about("nodes.N1.memory")
            .at(20..25)
            .with_help("write \"64 KiB\"");
        let drawn = "\
error: nodes.N1.memory: `K` can be read in two ways
 --> a.toml:2:10
  |
2 | memory = \"64K\"
  |          ^^^^^
  |
  = help: write \"64 KiB\"";
        assert_eq!(full(&fault, false), drawn);
        assert!(full(&fault, true).contains('\u{1b}'));
    }

    #[test]
    fn the_drawn_column_is_the_column_of_the_short_form() {
        let file = SourceFile::new("a.toml", "\tnäme = 日本 oops\n");
        let at = file.text.find("oops").unwrap();
        let fault = Diagnostic::of_file(file, "wrong").at(at..at + 4);
        assert!(full(&fault, false).contains("--> a.toml:1:12"), "{}", full(&fault, false));
        assert!(fault.to_string().starts_with("a.toml:1:12:"));
    }

    #[test]
    fn a_fault_without_a_place_names_its_file() {
        let fault = Diagnostic::of_file(SourceFile::new("a.toml", ""), "cannot be read");
        assert_eq!(full(&fault, false), "error: cannot be read\n--> a.toml");
    }

    #[test]
    fn a_huge_line_is_cut_around_the_fault() {
        let text = format!("{}x = oops{}\r\ny = 1", "ä".repeat(1 << 20), "b".repeat(1 << 20));
        let at = text.find("oops").unwrap();
        let file = SourceFile::new("a.toml", text);
        let drawn = full(&Diagnostic::of_file(file, "wrong").at(at..at + 4), false);
        assert!(drawn.len() < 1_000, "{}", drawn.len());
        assert!(drawn.contains("a.toml:1:1048581"), "{drawn}");
        assert!(drawn.contains("x = oops") && drawn.contains("^^^^"), "{drawn}");
    }

    #[test]
    fn any_span_of_any_text_is_drawn() {
        let file = SourceFile::new("a.toml", "a = 1\r\n\tü = \"x\n\u{0}\u{200d}\n");
        for start in 0..=file.text.len() + 1 {
            for end in 0..=file.text.len() + 1 {
                let fault = Diagnostic::of_file(file.clone(), "wrong").at(start..end);
                assert!(full(&fault, false).contains("a.toml:"));
            }
        }
    }
}
