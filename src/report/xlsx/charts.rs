//! The charts of a page as native charts.

use rust_xlsxwriter::{
    Chart as Native, ChartAxisLabelPosition, ChartErrorBars, ChartErrorBarsType, ChartFont,
    ChartFormat, ChartLine, ChartMarker, ChartMarkerType, ChartRange, ChartSeries, ChartSolidFill,
    ChartType, Color, Format, Workbook, Worksheet, XlsxError,
};

use super::super::chart::{
    Against, Axis, Bars, Chart, Dots, Form, Lines, Plot, Quantity, Scatter, Tornado, thinned,
};
use super::super::document::Block;
use super::fitting;

/// The sheet of the charts, and that of their data.
const CHARTS: &str = "Charts";
const DATA: &str = "Chart data";
/// Rows of a sheet that a chart takes.
const ROWS: u32 = 25;
/// Points of a line.
const POINTS: usize = 4000;

/// Columns of numbers with their heads, for one chart.
#[derive(Debug, Default)]
struct Data {
    title: String,
    heads: Vec<String>,
    columns: Vec<Vec<Value>>,
    share: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    Number(f64),
    Nothing,
}

impl Data {
    fn new(chart: &Chart) -> Self {
        Self { title: chart.title.clone(), ..Self::default() }
    }

    /// Adds a column and gives its place.
    fn push(&mut self, head: impl Into<String>, values: Vec<Value>) -> usize {
        self.heads.push(head.into());
        self.columns.push(values);
        self.columns.len() - 1
    }

    fn numbers(&mut self, head: impl Into<String>, values: impl Iterator<Item = f64>) -> usize {
        let value = |x: f64| if x.is_finite() { Value::Number(x) } else { Value::Nothing };
        self.push(head, values.map(value).collect())
    }
}

/// All data of the charts, one below the other.
#[derive(Debug, Default)]
pub(super) struct AllData {
    parts: Vec<(u32, Data)>,
    next: u32,
}

impl AllData {
    /// The range of a column of the data that is put next.
    fn range(&self, data: &Data, column: usize) -> ChartRange {
        let first = self.next + 2;
        let rows = data.columns[column].len().max(1) as u32;
        let column = column as u16;
        ChartRange::new_from_range(DATA, first, column, first + rows - 1, column)
    }

    fn put(&mut self, data: Data) {
        let rows = data.columns.iter().map(Vec::len).max().unwrap_or(0) as u32;
        let next = self.next + rows + 4;
        self.parts.push((self.next, data));
        self.next = next;
    }
}

/// Adds the sheet of the charts; gives their data.
pub(super) fn add(book: &mut Workbook, blocks: &[Block]) -> Result<AllData, XlsxError> {
    let mut all = AllData::default();
    let drawn: Vec<&Chart> = blocks
        .iter()
        .filter_map(|block| match block {
            Block::Chart(chart) => Some(chart.as_ref()),
            _ => None,
        })
        .collect();
    if drawn.is_empty() {
        return Ok(all);
    }
    let sheet = book.add_worksheet();
    sheet.set_name(CHARTS)?.set_screen_gridlines(false);
    super::printed(sheet);
    let mut place = 0;
    for chart in drawn {
        let mut data = Data::new(chart);
        if let Some(native) = native(chart, &mut data, &all) {
            all.put(data);
            insert(sheet, native, chart, place)?;
            place += 1;
        }
    }
    Ok(all)
}

fn insert(
    sheet: &mut Worksheet,
    mut native: Native,
    chart: &Chart,
    place: u32,
) -> Result<(), XlsxError> {
    native.title().set_name(&label(&chart.title)).set_font(ChartFont::new().set_size(13));
    native.set_alt_text(fitting(&chart.about).chars().take(250).collect::<String>());
    native.set_width(920).set_height(470);
    sheet.insert_chart(place * ROWS, 0, &native)?;
    Ok(())
}

/// Adds the sheet of the data, behind all others.
pub(super) fn add_data(book: &mut Workbook, all: &AllData) -> Result<(), XlsxError> {
    if all.parts.is_empty() {
        return Ok(());
    }
    let sheet = book.add_worksheet();
    sheet.set_name(DATA)?;
    super::printed(sheet);
    let bold = Format::new().set_bold();
    let share = Format::new().set_num_format("0.0%");
    for (top, data) in &all.parts {
        sheet.write_string_with_format(*top, 0, fitting(&data.title), &bold)?;
        for (column, (head, values)) in data.heads.iter().zip(&data.columns).enumerate() {
            let column = column as u16;
            sheet.write_string_with_format(top + 1, column, fitting(head), &bold)?;
            for (row, value) in values.iter().enumerate() {
                let row = top + 2 + row as u32;
                match value {
                    Value::Text(text) => _ = sheet.write_string(row, column, fitting(text))?,
                    Value::Number(x) if data.share => {
                        sheet.write_number_with_format(row, column, *x, &share)?;
                    }
                    Value::Number(x) => _ = sheet.write_number(row, column, *x)?,
                    Value::Nothing => {}
                }
            }
        }
    }
    sheet.set_column_width(0, 40)?;
    Ok(())
}

fn native(chart: &Chart, data: &mut Data, all: &AllData) -> Option<Native> {
    match &chart.plot {
        Plot::Lines(of) => lines(of, data, all),
        Plot::Bars(of) => bars(of, data, all),
        Plot::Tornado(of) => tornado(of, data, all),
        Plot::Dots(of) => dots(of, data, all),
        Plot::Scatter(of) => scatter(of, data, all),
    }
}

/// A name: one that begins like a formula would be taken for a range of cells.
fn label(text: &str) -> String {
    let text = fitting(text);
    if text.starts_with('=') { format!(" {text}") } else { text }
}

/// Size of the unit of an axis, and its name with it.
fn unit(axis: &Axis, values: impl Iterator<Item = f64>) -> (f64, String) {
    let largest = values.filter(|x| x.is_finite()).fold(0.0, |most: f64, x| most.max(x.abs()));
    match &axis.quantity {
        Quantity::Of(shown) => match shown.unit(largest) {
            // Shares stay fractions, which Excel shows as per cent.
            (_, "%") => (1.0, axis.name.clone()),
            (size, symbol) => (size, format!("{}, {symbol}", axis.name)),
        },
        Quantity::Number(word) if !word.is_empty() => (1.0, format!("{}, {word}", axis.name)),
        _ => (1.0, axis.name.clone()),
    }
}

fn is_share(axis: &Axis) -> bool {
    matches!(&axis.quantity, Quantity::Of(shown) if shown.unit(1.0).1 == "%")
}

/// A serial number of Excel for a local date and time: `Mon 2026-11-23 00:00:00`.
fn serial(label: &str) -> Option<f64> {
    let rest = label.split_once(' ').map_or(label, |(_, rest)| rest);
    let at: jiff::civil::DateTime = label.parse().or_else(|_| rest.parse()).ok()?;
    let epoch = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0);
    Some(at.duration_since(epoch).as_secs_f64() / 86_400.0)
}

fn lines(of: &Lines, data: &mut Data, all: &AllData) -> Option<Native> {
    let heights = of.series.iter().flat_map(|series| &series.points).map(|point| point.1);
    let (size, up) = unit(&of.up, heights);
    let start = match &of.across.quantity {
        Quantity::Since(start, _) => serial(start),
        _ => None,
    };
    let places = of.series.iter().flat_map(|series| &series.points).map(|point| point.0);
    let (wide, across) = unit(&of.across, places);
    data.share = is_share(&of.up) && !is_share(&of.across);
    let mut native = Native::new(ChartType::ScatterStraight);
    for (place, series) in of.series.iter().enumerate() {
        let points = thinned(&series.points, POINTS, |point| point.1);
        let steps = of.form != Form::Straight;
        let mut path: Vec<(f64, f64)> = Vec::new();
        for (x, y) in points {
            // A value that holds until the next makes a corner.
            if let Some((_, before)) = path.last().copied().filter(|_| steps) {
                path.push((x, before));
            }
            path.push((x, y));
        }
        let at = |x: f64| start.map_or(x / wide, |start| start + x / 86_400.0);
        let x = data.numbers(across.clone(), path.iter().map(|point| at(point.0)));
        let y = data.numbers(series.name.clone(), path.iter().map(|point| point.1 / size));
        let line = native.add_series();
        line.set_name(&label(&series.name));
        line.set_format(ChartFormat::new().set_line(&coloured(place)));
        line.set_categories(&all.range(data, x)).set_values(&all.range(data, y));
    }
    if data.columns.is_empty() {
        return None;
    }
    native.x_axis().set_name(&label(&across));
    native.y_axis().set_name(&label(&up));
    if start.is_some() {
        // Dates and shares are numbers of different forms in one table.
        data.share = false;
        native.x_axis().set_num_format("ddd d mmm hh:mm");
    }
    format(&mut native, &of.up, false);
    logarithmic(&mut native, &of.across, true);
    Some(native)
}

/// Number format and scale of the axis of values.
fn format(native: &mut Native, axis: &Axis, across: bool) {
    let own = if across { native.x_axis() } else { native.y_axis() };
    if is_share(axis) {
        own.set_num_format("0%");
    }
    if axis.reach == Some(1.0) {
        own.set_min(0).set_max(1);
    }
    logarithmic(native, axis, across);
}

fn logarithmic(native: &mut Native, axis: &Axis, across: bool) {
    if axis.log {
        let own = if across { native.x_axis() } else { native.y_axis() };
        own.set_log_base(10);
    }
}

/// Distances from values to the ends of their intervals.
fn errors(
    data: &mut Data,
    name: &str,
    size: f64,
    marks: &[Option<(f64, [f64; 2])>],
) -> Option<[usize; 2]> {
    if !marks
        .iter()
        .flatten()
        .any(|(value, ends)| ends.iter().all(|end| end.is_finite() && *end != *value))
    {
        return None;
    }
    let side = |of: &dyn Fn(f64, [f64; 2]) -> f64| -> Vec<f64> {
        let distance = |mark: &Option<(f64, [f64; 2])>| {
            mark.map_or(0.0, |(value, ends)| of(value, ends) / size).max(0.0)
        };
        marks.iter().map(distance).map(|x| if x.is_finite() { x } else { 0.0 }).collect()
    };
    let above = side(&|value, [_, high]| high - value);
    let below = side(&|value, [low, _]| value - low);
    let above = data.numbers(format!("{name}, up to the high end"), above.into_iter());
    let below = data.numbers(format!("{name}, down to the low end"), below.into_iter());
    Some([above, below])
}

fn with_errors(series: &mut ChartSeries, ranges: &[ChartRange; 2], across: bool) {
    let kind = ChartErrorBarsType::Custom(ranges[0].clone(), ranges[1].clone());
    let mut bars = ChartErrorBars::new();
    bars.set_type(kind);
    if across {
        series.set_x_error_bars(&bars)
    } else {
        series.set_y_error_bars(&bars)
    };
}

fn bars(of: &Bars, data: &mut Data, all: &AllData) -> Option<Native> {
    if of.rows.is_empty() {
        return None;
    }
    let (size, name) = unit(&of.across, of.rows.iter().map(|row| row.mark.value));
    data.share = is_share(&of.across);
    // Excel puts the first row at the bottom.
    let rows = || of.rows.iter().rev();
    let names = data.push("", rows().map(|row| Value::Text(row.name.clone())).collect());
    let values = data.numbers(name.clone(), rows().map(|row| row.mark.value / size));
    let marks: Vec<_> = rows().map(|row| Some((row.mark.value, row.mark.interval?))).collect();
    let errors = errors(data, &name, size, &marks);
    let mut native = Native::new(ChartType::Bar);
    let series = native.add_series();
    series.set_name(&label(&name)).set_gap(60);
    series.set_categories(&all.range(data, names)).set_values(&all.range(data, values));
    if let Some(columns) = errors {
        with_errors(series, &columns.map(|column| all.range(data, column)), true);
    }
    series.set_format(ChartFormat::new().set_solid_fill(&solid(0)));
    native.legend().set_hidden();
    native.x_axis().set_name(&label(&name));
    format(&mut native, &of.across, true);
    Some(native)
}

fn tornado(of: &Tornado, data: &mut Data, all: &AllData) -> Option<Native> {
    if of.rows.is_empty() {
        return None;
    }
    let effects = of.rows.iter().flat_map(|row| row.effects);
    let (size, name) = unit(&of.across, effects);
    data.share = is_share(&of.across);
    let rows = || of.rows.iter().rev();
    let names = data.push("", rows().map(|row| Value::Text(row.name.clone())).collect());
    let mut native = Native::new(ChartType::Bar);
    for (end, told) in ["low end of its range", "high end"].into_iter().enumerate() {
        let words = rows().map(|row| Value::Text(row.ends[end].clone()));
        data.push(format!("{told}, value"), words.collect());
        let effects = rows().map(|row| row.effects[end] / size);
        let values = data.numbers(told, effects);
        let series = native.add_series();
        series.set_name(told).set_gap(40).set_overlap(100);
        series.set_format(ChartFormat::new().set_solid_fill(&solid(end)));
        series.set_categories(&all.range(data, names)).set_values(&all.range(data, values));
    }
    native.y_axis().set_label_position(ChartAxisLabelPosition::Low);
    native.x_axis().set_name(&label(&name));
    format(&mut native, &of.across, true);
    Some(native)
}

/// The colours of the page on white.
const COLOURS: [u32; 7] =
    [0x000B_62B0, 0x00C2_410C, 0x0000_735C, 0x008A_3C94, 0x0080_6000, 0x004B_5868, 0x00B0_1650];

fn solid(place: usize) -> ChartSolidFill {
    let mut fill = ChartSolidFill::new();
    fill.set_color(Color::RGB(COLOURS[place % COLOURS.len()]));
    fill
}

fn coloured(place: usize) -> ChartLine {
    let mut line = ChartLine::new();
    line.set_color(Color::RGB(COLOURS[place % COLOURS.len()])).set_width(1.75);
    line
}

/// The marks of the n-th of several.
const MARKERS: [ChartMarkerType; 6] = [
    ChartMarkerType::Circle,
    ChartMarkerType::Square,
    ChartMarkerType::Triangle,
    ChartMarkerType::Diamond,
    ChartMarkerType::X,
    ChartMarkerType::PlusSign,
];

fn marker(place: usize) -> ChartMarker {
    let mut marker = ChartMarker::new();
    marker.set_type(MARKERS[place % MARKERS.len()]).set_size(8);
    marker.set_format(ChartFormat::new().set_solid_fill(&solid(place)));
    marker
}

fn dots(of: &Dots, data: &mut Data, all: &AllData) -> Option<Native> {
    let marks = || of.rows.iter().flat_map(|row| row.marks.iter().flatten());
    if !marks().any(|mark| mark.value.is_finite()) {
        return None;
    }
    let (size, name) = unit(&of.across, marks().map(|mark| mark.value));
    data.share = is_share(&of.across);
    let names = of.rows.iter().map(|row| Value::Text(row.name.replace('\n', ", "))).collect();
    let names = data.push("", names);
    let mut native = Native::new(ChartType::Line);
    for (place, told) in of.names.iter().enumerate() {
        let mark = |row: &super::super::chart::DotRow| row.marks.get(place).cloned().flatten();
        let value = |row| mark(row).map_or(f64::NAN, |mark| mark.value / size);
        let values = data.numbers(told.clone(), of.rows.iter().map(value));
        let marks: Vec<_> = of
            .rows
            .iter()
            .map(|row| mark(row).and_then(|mark| Some((mark.value, mark.interval?))))
            .collect();
        let errors = errors(data, told, size, &marks);
        let series = native.add_series();
        series.set_name(&label(told)).set_marker(&marker(place));
        series.set_format(ChartFormat::new().set_no_line());
        series.set_categories(&all.range(data, names)).set_values(&all.range(data, values));
        if let Some(columns) = errors {
            with_errors(series, &columns.map(|column| all.range(data, column)), false);
        }
    }
    native.y_axis().set_name(&label(&name));
    format(&mut native, &of.across, false);
    Some(native)
}

fn scatter(of: &Scatter, data: &mut Data, all: &AllData) -> Option<Native> {
    let room = |log: bool, value: f64| value.is_finite() && (!log || value > 0.0);
    let seen = |at: (f64, f64)| room(of.across.log, at.0) && room(of.up.log, at.1);
    let points: Vec<_> = of.points.iter().filter(|point| seen(point.at)).collect();
    if points.is_empty() {
        return None;
    }
    let (wide, across) = unit(&of.across, points.iter().map(|point| point.at.0));
    let (size, up) = unit(&of.up, points.iter().map(|point| point.at.1));
    let told = points.iter().map(|point| Value::Text(point.told.clone())).collect();
    data.push("point", told);
    let x = data.numbers(across.clone(), points.iter().map(|point| point.at.0 / wide));
    let y = data.numbers(up.clone(), points.iter().map(|point| point.at.1 / size));
    let marks: Vec<_> = points.iter().map(|point| Some((point.at.1, point.interval?))).collect();
    let errors = errors(data, &up, size, &marks);
    let mut native = Native::new(ChartType::Scatter);
    let series = native.add_series();
    series.set_name(&label(&up)).set_marker(&marker(0));
    series.set_categories(&all.range(data, x)).set_values(&all.range(data, y));
    if let Some(columns) = errors {
        with_errors(series, &columns.map(|column| all.range(data, column)), false);
    }
    let ends = points.iter().fold([f64::INFINITY, 0.0], |[low, high]: [f64; 2], point| {
        [low.min(point.at.0), high.max(point.at.0)]
    });
    let line = match &of.against {
        Against::Equal => Some(("equal", ends.map(|end| end / size))),
        Against::Height(line) => Some(("against", [line.at / size; 2])),
        Against::Nothing => None,
    };
    if let Some((name, heights)) = line {
        let x = data.numbers(name, ends.iter().map(|end| end / wide));
        let y = data.numbers(name, heights.into_iter());
        let series = native.add_series();
        series.set_name(name).set_marker(ChartMarker::new().set_none());
        series.set_format(ChartFormat::new().set_line(&coloured(1)));
        series.set_categories(&all.range(data, x)).set_values(&all.range(data, y));
    }
    native.x_axis().set_name(&label(&across));
    native.y_axis().set_name(&label(&up));
    format(&mut native, &of.across, true);
    format(&mut native, &of.up, false);
    Some(native)
}
