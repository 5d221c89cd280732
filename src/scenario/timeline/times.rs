//! Instants and lengths of time as a timeline writes them, and what recurs.

use crate::scenario::context::Context;
use crate::scenario::document::{Located, Reader, Value};
use crate::schedule::{Calendar, CalendarError, Moment, Recurrence, Span};

/// What recurs more often is no matter of a timeline.
const SHORTEST_PERIOD_MS: u64 = 1_000;
/// Times that something recurs; more would take longer than anybody waits.
const MOST_TIMES: u64 = 1_000_000;

/// A fixed day; the days of the calendar, which differ in length, are those of cron.
const DAY_MS: u64 = 86_400_000;

/// Text, or a date and time without quotes.
pub(super) fn instant(reader: &mut Reader<'_, '_>, field: &str) -> Option<Located<String>> {
    if let Value::Datetime(text) = &reader.raw(field)?.value {
        let path = format!("{}.{field}", reader.path());
        return Some(Located { value: text.clone(), at: reader.span_of(field), path });
    }
    reader.optional(field)
}

/// A length of time, which may hold months.
pub(super) fn span(reader: &mut Reader<'_, '_>, field: &str) -> Option<Span> {
    let text: String = reader.optional(field)?;
    match Span::parse(&text) {
        Ok(span) if span.is_zero() => {
            reader.fault_at(field, "must be above zero", None);
            None
        }
        Ok(span) => Some(span),
        Err(error) => {
            let help = "write a number with a unit, ms, s, min, h, d, wk, mo or y, such as \
                        \"90 min\"; mo and y are whole, and 50 y is the most";
            reader.fault_at(field, error.to_string(), Some(help.to_owned()));
            None
        }
    }
}

/// A length of time in milliseconds; months differ in length and are refused.
pub(super) fn length(reader: &mut Reader<'_, '_>, field: &str) -> Option<u64> {
    let span = span(reader, field)?;
    if span.months > 0 {
        let help = "write it in days, or use cron".to_owned();
        reader.fault_at(field, "months differ in length", Some(help));
        return None;
    }
    let days = u64::try_from(span.days).unwrap_or(0);
    Some(days.saturating_mul(DAY_MS).saturating_add(span.ms))
}

/// When something happens, as written.
pub(in crate::scenario) struct Times {
    at: Option<Located<String>>,
    cron: Option<Located<String>>,
    every: Option<Located<u64>>,
    first: Option<Located<String>>,
}

impl Times {
    pub(super) fn read(reader: &mut Reader<'_, '_>) -> Self {
        let ways = ["at", "cron", "every"];
        let stated: Vec<&str> = ways.into_iter().filter(|way| reader.has(way)).collect();
        match stated.as_slice() {
            [_] => {}
            [] => {
                let help = "write at = \"2026-11-24 22:00\", every = \"1 h\" or cron = \
                            \"0 2 * * *\"";
                reader.fault("nothing tells when it happens", Some(help.to_owned()));
            }
            [first, second, ..] => {
                let problem = format!("`{first}` and `{second}` exclude each other");
                reader.fault_at(second, problem, None);
            }
        }
        if reader.has("first") && !reader.has("every") && !stated.is_empty() {
            reader.fault_at("first", "`first` goes with `every` only", None);
        }
        let (at, cron) = (instant(reader, "at"), reader.optional("cron"));
        let every = length(reader, "every").map(|value| Located {
            value,
            at: reader.span_of("every"),
            path: format!("{}.every", reader.path()),
        });
        let every = every.filter(|every| {
            let enough = every.value >= SHORTEST_PERIOD_MS;
            if !enough {
                reader.fault_at("every", "recurs more often than once a second", None);
            }
            enough
        });
        Self { at, cron, every, first: instant(reader, "first") }
    }

    /// When it is the first time, or what recurs.
    fn place(&self) -> Option<&Located<String>> {
        self.at.as_ref().or(self.first.as_ref()).or(self.cron.as_ref())
    }

    /// Milliseconds from one time to the next, where that is fixed.
    pub(super) fn period_ms(&self) -> Option<u64> {
        self.every.as_ref().map(|every| every.value)
    }
}

/// The calendar of a timeline and its end.
pub(super) struct Clock {
    pub(super) calendar: Calendar,
    pub(super) end: Moment,
}

impl Clock {
    /// The instant of a date and time, or of a length of time since the start.
    fn instant(&self, context: &mut Context<'_>, text: &Located<String>) -> Option<Moment> {
        if let Ok(span) = Span::parse(&text.value) {
            return Some(self.calendar.after(Moment::START, span));
        }
        match self.calendar.parse(&text.value) {
            Ok(moment) => Some(moment),
            Err(error) => {
                let help = match error {
                    CalendarError::Before(_) => {
                        format!("it starts at {}", self.calendar.label(Moment::START))
                    }
                    _ => "write a local date and time such as \"2026-11-24 22:00\", or a time \
                          since the start such as \"26 h\""
                        .to_owned(),
                };
                context.fault(text, error.to_string(), Some(help));
                None
            }
        }
    }

    /// When it happens; a note when that is never within the timeline.
    pub(super) fn recurrence(
        &self,
        context: &mut Context<'_>,
        times: &Times,
        what: &str,
    ) -> Option<Recurrence> {
        let found = match times {
            Times { at: Some(at), .. } => Recurrence::Once(self.instant(context, at)?),
            Times { cron: Some(cron), .. } => match Recurrence::cron(&cron.value, &self.calendar) {
                Ok(found) => found,
                Err(error) => {
                    let help = "five fields: minute, hour, day of month, month, day of week, \
                                    as in \"0 22 * * TUE\"";
                    context.fault(cron, error.to_string(), Some(help.to_owned()));
                    return None;
                }
            },
            Times { every: Some(every), first, .. } => {
                let first = match first {
                    Some(first) => self.instant(context, first)?,
                    None => Moment::START,
                };
                if self.end.ms().saturating_sub(first.ms()) / every.value > MOST_TIMES {
                    let problem = format!("recurs more than {MOST_TIMES} times");
                    context.fault(every, problem, None);
                    return None;
                }
                Recurrence::Every { first, period_ms: every.value }
            }
            _ => return None,
        };
        let next = found.at_or_after(&self.calendar, Moment::START);
        if next.is_none_or(|next| next >= self.end) {
            let when = times.place().map_or("", |place| place.value.as_str());
            context.note(format!(
                "{what}: `{when}` is not before the end of the timeline, {}",
                self.calendar.label(self.end)
            ));
        }
        Some(found)
    }
}
