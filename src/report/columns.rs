//! A small column aligner: how wide text is, where it breaks, and how wide columns become.

/// Cells of one table. A line break in a cell is kept.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Grid {
    /// Columns.
    pub(super) columns: Vec<Column>,
    /// Rows; each has as many cells as there are columns.
    pub(super) rows: Vec<Vec<String>>,
    /// Leading columns repeated wherever the table must be split.
    pub(super) keys: usize,
    /// Rows that formats of letters show; none: all of them.
    pub(super) shown: Option<usize>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column {
    /// Heading.
    pub(super) head: String,
    /// How cells stand in it.
    pub(super) kind: Kind,
}

/// How cells stand in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text that may be wrapped.
    Text,
    /// A number: to the right, never wrapped.
    Number,
}

impl Grid {
    /// An empty table; `heads` that start with `#` are of numbers.
    pub(super) fn new(keys: usize, heads: &[&str]) -> Self {
        let column = |head: &&str| match head.strip_prefix('#') {
            Some(number) => Column { head: number.to_owned(), kind: Kind::Number },
            None => Column { head: (*head).to_owned(), kind: Kind::Text },
        };
        Self { columns: heads.iter().map(column).collect(), rows: Vec::new(), keys, shown: None }
    }

    /// The rows that formats of letters show.
    pub(super) fn first_rows(&self) -> &[Vec<String>] {
        &self.rows[..self.shown.unwrap_or(usize::MAX).min(self.rows.len())]
    }

    /// The table without a column.
    pub(super) fn without(&self, column: usize) -> Self {
        let mut rest = self.clone();
        rest.columns.remove(column);
        rest.rows.iter_mut().for_each(|row| drop(row.remove(column)));
        rest.keys -= usize::from(column < rest.keys);
        rest
    }

    /// Adds a column of numbers.
    pub(super) fn number(&mut self, head: &str) {
        self.columns.push(Column { head: head.to_owned(), kind: Kind::Number });
    }

    /// Adds a row; missing cells are empty.
    pub(super) fn row(&mut self, mut cells: Vec<String>) {
        cells.resize(self.columns.len(), String::new());
        self.rows.push(cells);
    }
}

/// `text` without characters that move the cursor or reverse the reading order: names come from
/// files, and a file must not be able to speak to the terminal. Line breaks stay.
pub(super) fn clean(text: &str) -> String {
    let seen = |letter: char| match letter {
        '\n' => Some('\n'),
        '\r' => None,
        '\t' => Some(' '),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some('\u{fffd}'),
        other if other.is_control() => Some('\u{fffd}'),
        other => Some(other),
    };
    text.chars().filter_map(seen).collect()
}

/// Columns a terminal gives to `text`: two for East Asian wide letters, none for combining marks.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(letter_width).sum()
}

const fn letter_width(letter: char) -> usize {
    match letter {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

/// `text` in lines of at most `limit` columns, broken at spaces, within a word only when it is
/// longer than a line. At least one line. A limit under two columns counts as two.
pub(super) fn wrap(text: &str, limit: usize) -> Vec<String> {
    let limit = limit.max(2);
    text.split('\n').flat_map(|line| wrap_line(line, limit)).collect()
}

fn wrap_line(text: &str, limit: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let long = width(word);
        if used > 0 && used + 1 + long > limit {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for letter in word.chars() {
            if used + letter_width(letter) > limit {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(letter);
            used += letter_width(letter);
        }
    }
    lines.push(line);
    lines
}

/// `text` filled up with spaces to `columns`.
pub(super) fn pad(text: &str, columns: usize, kind: Kind) -> String {
    let gap = " ".repeat(columns.saturating_sub(width(text)));
    match kind {
        Kind::Text => format!("{text}{gap}"),
        Kind::Number => format!("{gap}{text}"),
    }
}

/// Widths under which a column of text is not squeezed while there is another way.
#[derive(Clone, Copy)]
struct Floors {
    /// Of the columns that say what a row is about.
    key: usize,
    other: usize,
}

/// While a table may be cut.
const EASY: Floors = Floors { key: 24, other: 13 };
/// Where that keeps it in one piece.
const TIGHT: Floors = Floors { key: 18, other: 10 };
/// Words up to this length are not broken: `FileSystemRedirected` has 20 letters.
const KEPT_WORD: usize = 22;
/// The same in the columns that say what a row is about: names of parameters.
const KEPT_KEY: usize = 36;
/// Spaces between columns.
pub(super) const GAP: usize = 2;

/// A part of a table that fits: columns by index, each with its width.
pub(super) type Part = Vec<(usize, usize)>;

/// The table in one piece of at most `limit` columns, where there is a way.
pub(super) fn whole(grid: &Grid, limit: usize) -> Option<Part> {
    let columns: Vec<usize> = (0..grid.columns.len()).collect();
    [EASY, TIGHT].into_iter().find_map(|floors| fit(&needs(grid, floors), &columns, limit))
}

fn needs(grid: &Grid, floors: Floors) -> Vec<Need> {
    (0..grid.columns.len()).map(|column| Need::of(grid, column, floors)).collect()
}

/// Cuts a table into parts that fit `limit` columns. Text is squeezed before a table is cut.
pub(super) fn parts(grid: &Grid, limit: usize) -> Vec<Part> {
    if let Some(part) = whole(grid, limit) {
        return vec![part];
    }
    let needs = needs(grid, EASY);
    let keys: Vec<usize> = (0..grid.keys.min(needs.len())).collect();
    let mut parts = Vec::new();
    let mut next = keys.len();
    loop {
        let mut chosen = keys.clone();
        let mut best = fit(&needs, &chosen, limit);
        while next < needs.len() {
            chosen.push(next);
            let Some(part) = fit(&needs, &chosen, limit) else { break };
            best = Some(part);
            next += 1;
        }
        // A single column too wide beside the keys is squeezed below what it asks for.
        if chosen.len() == keys.len() + 1 && best.as_ref().is_none_or(|p| p.len() == keys.len()) {
            best = None;
            next += usize::from(next < needs.len());
        }
        parts.push(best.unwrap_or_else(|| squeeze(&chosen, limit)));
        if next >= needs.len() {
            return parts;
        }
    }
}

/// Least and wished width of a column.
#[derive(Clone, Copy)]
struct Need {
    least: usize,
    wish: usize,
}

impl Need {
    fn of(grid: &Grid, column: usize, floors: Floors) -> Self {
        let cells = grid.rows.iter().filter_map(|row| row.get(column));
        let lines: Vec<&str> = cells.flat_map(|cell| cell.split('\n')).collect();
        let cell = lines.iter().map(|line| width(line)).max().unwrap_or(0);
        let Column { head, kind } = &grid.columns[column];
        let word = head.split(' ').map(width).max().unwrap_or(0);
        match kind {
            Kind::Number => Self { least: cell.max(word), wish: cell.max(word) },
            Kind::Text => {
                let wish = cell.max(width(head));
                let whole = lines.iter().flat_map(|line| line.split(' ')).map(width).max();
                let is_key = column < grid.keys;
                let longest = if is_key { KEPT_KEY } else { KEPT_WORD };
                let kept = whole.unwrap_or(0).min(longest).max(word);
                let floor = if is_key { floors.key } else { floors.other };
                Self { least: wish.min(floor.max(kept)), wish }
            }
        }
    }
}

fn fit(needs: &[Need], chosen: &[usize], limit: usize) -> Option<Part> {
    let mut part: Part = chosen.iter().map(|&column| (column, needs[column].least)).collect();
    let gaps = GAP * chosen.len().saturating_sub(1);
    let mut free = limit.checked_sub(gaps + part.iter().map(|(_, width)| width).sum::<usize>())?;
    while free > 0 {
        // The column that would break into most lines is widened first.
        let lines = |&(column, width): &(usize, usize)| {
            needs[column].wish.saturating_sub(1) * 1_000 / width.max(1)
        };
        let narrow = part.iter_mut().filter(|(column, width)| *width < needs[*column].wish);
        let Some(widest) = narrow.max_by_key(|entry| lines(entry)) else { break };
        widest.1 += 1;
        free -= 1;
    }
    Some(part)
}

fn squeeze(chosen: &[usize], limit: usize) -> Part {
    let count = chosen.len().max(1);
    let each = limit.saturating_sub(GAP * (count - 1)) / count;
    chosen.iter().map(|&column| (column, each.max(2))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_breaks_at_spaces_and_long_words_anywhere() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("a\n\nb", 9), ["a", "", "b"]);
        assert_eq!(wrap("", 9), [""]);
        assert_eq!(wrap("日本語", 4), ["日本", "語"]);
    }

    #[test]
    fn a_terminal_hears_nothing_from_a_name() {
        assert_eq!(clean("a\u{1b}[2Jb\tc\r\nd\u{202e}"), "a\u{fffd}[2Jb c\nd\u{fffd}");
    }

    #[test]
    fn width_counts_columns() {
        assert_eq!((width("é"), width("e\u{301}"), width("日"), width("±[…")), (1, 1, 2, 3));
    }

    #[test]
    fn numbers_stand_to_the_right() {
        assert_eq!(
            (pad("7", 3, Kind::Number), pad("7", 3, Kind::Text)),
            ("  7".into(), "7  ".into())
        );
        assert_eq!(pad("long", 2, Kind::Text), "long");
    }

    #[test]
    fn text_is_squeezed_before_a_table_is_cut() {
        let mut grid = Grid::new(1, &["name", "why", "#value"]);
        grid.row(vec!["n".into(), "w".repeat(60), "1".into()]);
        assert_eq!(parts(&grid, 40), [vec![(0, 4), (1, 27), (2, 5)]]);
        // 4 + 2 + 22 + 2 + 5 = 35 is the least width in one piece.
        assert_eq!(parts(&grid, 35), [vec![(0, 4), (1, 22), (2, 5)]]);
        assert_eq!(parts(&grid, 34), [vec![(0, 4), (1, 28)], vec![(0, 4), (2, 5)]]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn every_part_fits_and_no_column_is_lost(
            widths in prop::collection::vec((0_usize..120, any::<bool>()), 1..8),
            keys in 0_usize..3,
        ) {
            let heads: Vec<&str> =
                widths.iter().map(|(_, number)| if *number { "#n" } else { "t" }).collect();
            let mut grid = Grid::new(keys, &heads);
            grid.row(widths.iter().map(|(long, _)| "x".repeat(*long)).collect());
            let parts = parts(&grid, 80);
            let mut seen: Vec<usize> = parts.iter().flatten().map(|(column, _)| *column).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen, (0..widths.len()).collect::<Vec<_>>());
            for part in &parts {
                let sum: usize = part.iter().map(|(_, width)| width).sum();
                prop_assert!(sum + GAP * (part.len() - 1) <= 80, "{:?}", part);
            }
        }
    }
}
