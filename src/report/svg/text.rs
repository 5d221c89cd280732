//! How wide text will be. A page is drawn by a browser that nobody asks, so widths are those of a
//! wide font (`DejaVu Sans`), and what is narrower leaves a little room.

use super::super::columns::clean;

/// Size of the letters of a chart.
pub(super) const SIZE: f64 = 15.0;

/// Width of text in letters of a size.
pub(super) fn width(text: &str, size: f64) -> f64 {
    clean(text).chars().map(letter).sum::<f64>() * size
}

/// Width of a letter as a share of its size.
const fn letter(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | '\'' | '|' | '.' | ',' | ':' | ';' | 'I' | '!' => 0.33,
        'f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '/' | '-' => 0.41,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.96,
        'A'..='Z' | '+' | '=' | '<' | '>' | '~' | '±' | '≥' | '≤' | '…' => 0.76,
        '\u{2e80}'..='\u{ffff}' | '\u{1f300}'..='\u{3fffd}' => 1.05,
        _ => 0.63,
    }
}

/// The text, cut with an ellipsis where it is wider than there is room.
pub(super) fn fit(text: &str, size: f64, room: f64) -> String {
    let text = clean(text).replace('\n', " ");
    if width(&text, size) <= room {
        return text;
    }
    let mut used = letter('…') * size;
    let mut cut = String::new();
    for next in text.chars() {
        used += letter(next) * size;
        if used > room {
            break;
        }
        cut.push(next);
    }
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_where_there_is_no_room() {
        assert_eq!(fit("short", 10.0, 100.0), "short");
        let cut = fit("a rather long name of a variant", 10.0, 100.0);
        assert!(cut.ends_with('…') && width(&cut, 10.0) <= 100.0 && cut.len() > 10, "{cut}");
        assert_eq!(fit("abc", 10.0, 0.0), "…");
    }
}
