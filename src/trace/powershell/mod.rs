//! Objects as PowerShell exports them: `ConvertTo-Json` of 5.1 and 7, and `Export-Clixml`.
//!
//! A document is a list of objects, however it was written: one object, an array, the wrapper
//! `{"value": [...], "Count": n}`, or CLIXML. [`PsItem`] takes typed values out of it, tolerant of
//! what the versions of PowerShell do to a value and of nothing else: enums are numbers, names or
//! numbers as text, flags also lists of names; dates are `/Date(…)/` or ISO; and an object that
//! `-Depth` cut off, which became a text such as `System.Object[]`, is told as such and never taken
//! for a value.

mod clixml;
mod item;
mod json;
mod parts;
#[cfg(test)]
mod tests;

use std::io::Read;
use std::sync::Arc;

use super::text::{shortened, whole, whole_line};
use super::{TraceError, TraceProblem};

pub use item::{PsEnum, PsFault, PsItem};

/// A longer document is refused.
const MAX_BYTES: usize = 64 << 20;

/// A value in an export.
#[derive(Debug, Clone, PartialEq)]
pub enum PsValue {
    /// `null`, or `$null` as CLIXML.
    Null,
    /// `true` or `false`.
    Flag(bool),
    /// A whole number of any width.
    Integer(i128),
    /// A number with a fraction or an exponent.
    Number(f64),
    /// A text; dates are texts too.
    Text(String),
    /// A time span in units of 100 ns, as CLIXML has it.
    Ticks(i128),
    /// Several values.
    List(Vec<PsValue>),
    /// An object.
    Object(Arc<PsObject>),
    /// A reference from an object to one that it is part of.
    Cycle,
}

/// An object with its properties.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PsObject {
    /// Names as written, each with its value, in their order.
    properties: Vec<(String, PsValue)>,
    /// What the object prints as, where CLIXML says so.
    shown: Option<String>,
    /// What is under the properties: the number of an enum, the elements of a list.
    base: Option<PsValue>,
    /// Objects within each other from here on. CLIXML refers back to objects, so this is not
    /// bounded by the depth of the document alone.
    height: usize,
}

impl PsObject {
    /// The value of a property; PowerShell does not tell case apart, so an exact name only wins.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&PsValue> {
        let exact = self.properties.iter().find(|(have, _)| have == name);
        let found =
            exact.or_else(|| self.properties.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)));
        found.map(|(_, value)| value)
    }

    /// What PowerShell wrapped in an object to hang more properties on, such as the list in
    /// `{"value": [...], "Count": 2}` or the number in `{"value": 2, "Value": "Running"}`.
    fn wrapped(&self) -> Option<&PsValue> {
        /// Properties that a wrapper has beside its value.
        const BESIDE: [&str; 13] = [
            "Value",
            "Count",
            "DisplayHint",
            "DateTime",
            "PSComputerName",
            "RunspaceId",
            "PSShowComputerName",
            "PSPath",
            "PSParentPath",
            "PSChildName",
            "PSDrive",
            "PSProvider",
            "ReadCount",
        ];
        let (_, inner) = self.properties.iter().find(|(name, _)| name == "value")?;
        let known = |name: &str| name == "value" || BESIDE.contains(&name);
        self.properties.iter().all(|(name, _)| known(name)).then_some(inner)
    }
}

impl PsValue {
    /// The value without what PowerShell wrapped around it.
    fn bare(&self) -> &Self {
        let mut value = self;
        loop {
            let Self::Object(object) = value else { return value };
            value = match (&object.base, object.wrapped()) {
                (Some(list @ Self::List(_)), _) if object.properties.is_empty() => list,
                (None, Some(inner)) => inner,
                _ => return value,
            };
        }
    }
}

/// The objects of one export.
#[derive(Debug, Clone, PartialEq)]
pub struct PsDocument {
    file: String,
    objects: Vec<PsValue>,
}

impl PsDocument {
    /// Reads an export; `name` is how its faults name the file. What begins with `<` is CLIXML,
    /// everything else JSON. Encodings are those Windows writes, UTF-16 of `>` among them.
    ///
    /// # Errors
    /// [`TraceError`] when it is not well formed, longer than 64 MiB, too deep, has no objects but
    /// bare values, or cannot be read.
    pub fn read<R: Read>(name: &str, reader: R) -> Result<Self, TraceError> {
        let text = whole(name, reader, MAX_BYTES)?;
        let start = text.trim_start();
        if start.is_empty() {
            let help = "write [] where a cmdlet gave nothing, or delete the file";
            return Err(TraceError::one(name, whole_line(1, TraceProblem::Empty, help)));
        }
        let objects = if start.starts_with('<') {
            clixml::read(name, &text)?
        } else {
            match json::read(name, &text)? {
                PsValue::Null => Vec::new(),
                PsValue::List(objects) => objects,
                one => match one.bare() {
                    PsValue::List(objects) => objects.clone(),
                    _ => vec![one],
                },
            }
        };
        if let Some(PsValue::Text(text)) = objects.first() {
            let cut = item::is_cut(text);
            let text = format!("there is the text {:?} and no object", shortened(text));
            let help = if cut { item::DEPTH } else { "give what ConvertTo-Json wrote" };
            let problem = TraceProblem::Content { text };
            return Err(TraceError::one(name, whole_line(1, problem, help)));
        }
        Ok(Self { file: name.to_owned(), objects })
    }

    /// The name given when reading.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Every object in its order.
    pub fn items(&self) -> impl Iterator<Item = PsItem<'_>> {
        self.objects.iter().enumerate().map(|(index, value)| PsItem::top(&self.file, index, value))
    }
}
