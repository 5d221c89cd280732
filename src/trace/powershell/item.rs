//! Typed values out of an export, and the faults of those that cannot be understood.

use super::parts::{TICKS, date_ms, span_ticks};
use super::{PsObject, PsValue};
use crate::diagnostic::{Diagnostic, SourceFile};
use crate::trace::text::shortened;

/// What is wrong with a value: names the file, the object and the field.
pub type PsFault = Box<Diagnostic>;

/// What to do about an object that was cut off.
pub(super) const DEPTH: &str =
    "export again with -Depth 5 (ConvertTo-Json and Export-Clixml stop at 2 by themselves)";

/// Words of an enum, each with its number; a number may have several words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PsEnum {
    /// The name of the type, for messages.
    pub name: &'static str,
    /// Words and numbers.
    pub members: &'static [(&'static str, i64)],
}

impl PsEnum {
    fn number(&self, word: &str) -> Option<i64> {
        let word = word.trim();
        let found = self.members.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
        found.map(|(_, number)| *number)
    }

    /// The first word of a number.
    #[must_use]
    pub fn word(&self, number: i64) -> Option<&'static str> {
        self.members.iter().find(|(_, have)| *have == number).map(|(name, _)| *name)
    }

    fn help(&self) -> String {
        let words: Vec<String> =
            self.members.iter().take(12).map(|(name, n)| format!("{name} ({n})")).collect();
        format!("known are {}", words.join(", "))
    }
}

/// A value with its place in the export.
#[derive(Debug, Clone)]
pub struct PsItem<'a> {
    file: &'a str,
    /// Such as `[3] "sql".HardDrives[0].Path`.
    path: String,
    value: &'a PsValue,
}

impl<'a> PsItem<'a> {
    pub(super) fn top(file: &'a str, index: usize, value: &'a PsValue) -> Self {
        let item = Self { file, path: format!("[{index}]"), value: value.bare() };
        let name = ["Name", "VMName", "FriendlyName"].iter().find_map(|field| {
            let PsValue::Object(object) = item.value else { return None };
            match object.property(field)?.bare() {
                PsValue::Text(text) => Some(shortened(text)),
                _ => None,
            }
        });
        match name {
            Some(name) => Self { path: format!("{} {name:?}", item.path), ..item },
            None => item,
        }
    }

    /// The value itself.
    #[must_use]
    pub const fn value(&self) -> &'a PsValue {
        self.value
    }

    /// A fault of this value.
    #[must_use]
    pub fn fault(&self, problem: impl Into<String>, help: impl Into<String>) -> PsFault {
        let file = SourceFile::new(self.file, "");
        Box::new(Diagnostic::of_file(file, problem).about(self.path.as_str()).with_help(help))
    }

    #[expect(
        clippy::unnecessary_box_returns,
        reason = "a fault is large, and results carry it boxed"
    )]
    fn no(&self, what: &str) -> PsFault {
        let (problem, help) = match self.value {
            PsValue::Text(text) if is_cut(text) => {
                (format!("was cut off and became the text {:?}", shortened(text)), DEPTH)
            }
            PsValue::Cycle => ("refers to the object it is part of".to_owned(), DEPTH),
            other => (format!("is {}, not {what}", described(other)), "export the object again"),
        };
        self.fault(problem, help)
    }

    fn object(&self) -> Result<&'a PsObject, PsFault> {
        match self.value {
            PsValue::Object(object) => Ok(object),
            _ => Err(self.no("an object")),
        }
    }

    /// A property; none where it is missing or null.
    ///
    /// # Errors
    /// When this is no object, but what a depth limit left of one, say.
    pub fn get(&self, field: &str) -> Result<Option<Self>, PsFault> {
        let value = self.object()?.property(field).map(PsValue::bare);
        let value = value.filter(|value| !matches!(value, PsValue::Null));
        let path = || format!("{}.{field}", self.path);
        Ok(value.map(|value| Self { file: self.file, path: path(), value }))
    }

    fn read<T>(
        &self,
        field: &str,
        as_value: impl Fn(&Self) -> Result<T, PsFault>,
    ) -> Result<Option<T>, PsFault> {
        self.get(field)?.as_ref().map(as_value).transpose()
    }

    /// This value as text.
    ///
    /// # Errors
    /// When it is none, or what a depth limit left of an object.
    pub fn as_text(&self) -> Result<String, PsFault> {
        match self.value {
            PsValue::Text(text) if !is_cut(text) => Ok(text.clone()),
            PsValue::Object(object) => match &object.base {
                Some(PsValue::Text(text)) => Ok(text.clone()),
                _ => Err(self.no("a text")),
            },
            _ => Err(self.no("a text")),
        }
    }

    /// A property as text; none where it is missing, null or blank.
    ///
    /// # Errors
    /// As for [`PsItem::as_text`].
    pub fn text(&self, field: &str) -> Result<Option<String>, PsFault> {
        let text = self.read(field, Self::as_text)?;
        Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    /// The name of an object that is here: the text, which is what cluster objects print as, or
    /// the `Name` of the object.
    ///
    /// # Errors
    /// When it is neither.
    pub fn name_of(&self, field: &str) -> Result<Option<String>, PsFault> {
        let Some(item) = self.get(field)? else { return Ok(None) };
        match item.value {
            PsValue::Object(object) if object.base.is_none() => match item.text("Name")? {
                None => match &object.shown {
                    Some(shown) if !is_cut(shown) => Ok(Some(shown.clone())),
                    _ => Err(item.no("an object with a Name")),
                },
                name => Ok(name),
            },
            _ => Ok(Some(item.as_text()?.trim().to_owned()).filter(|name| !name.is_empty())),
        }
    }

    fn as_integer(&self) -> Result<i128, PsFault> {
        match self.value {
            PsValue::Integer(number) => Ok(*number),
            PsValue::Object(object) => match object.base {
                Some(PsValue::Integer(number)) => Ok(number),
                _ => Err(self.no("a whole number")),
            },
            _ => Err(self.no("a whole number")),
        }
    }

    /// A property as a whole number.
    ///
    /// # Errors
    /// When it is none, or does not fit 64 bits with a sign.
    pub fn integer(&self, field: &str) -> Result<Option<i64>, PsFault> {
        self.read(field, |item| {
            let number = item.as_integer()?;
            i64::try_from(number).map_err(|_| item.fault("is too large", "export it again"))
        })
    }

    /// A property as a whole number from zero: bytes, counts, bits a second.
    ///
    /// # Errors
    /// When it is none, is negative, or does not fit 64 bits.
    pub fn bytes(&self, field: &str) -> Result<Option<u64>, PsFault> {
        self.read(field, |item| {
            let number = item.as_integer()?;
            let problem = if number < 0 { "is negative" } else { "is too large" };
            u64::try_from(number).map_err(|_| item.fault(problem, "export it again"))
        })
    }

    /// A property as true or false.
    ///
    /// # Errors
    /// When it is neither.
    pub fn flag(&self, field: &str) -> Result<Option<bool>, PsFault> {
        self.read(field, |item| match item.value {
            PsValue::Flag(flag) => Ok(*flag),
            _ => Err(item.no("true or false")),
        })
    }

    /// A property that is a switch in one version and a number, 0 or 1, in another.
    ///
    /// # Errors
    /// When it is neither.
    pub fn switch(&self, field: &str) -> Result<Option<bool>, PsFault> {
        self.read(field, |item| match item.value {
            PsValue::Flag(flag) => Ok(*flag),
            PsValue::Integer(0) => Ok(false),
            PsValue::Integer(1) => Ok(true),
            _ => match item.as_text().as_deref().map(str::trim) {
                Ok("True" | "Enabled" | "1") => Ok(true),
                Ok("False" | "Disabled" | "0") => Ok(false),
                _ => Err(item.no("true or false, 1 or 0")),
            },
        })
    }

    /// A property as an enum: a number, a name, or a number as text.
    ///
    /// # Errors
    /// When it is none of them, or a number or name the enum does not have.
    pub fn enum_of(&self, field: &str, of: &PsEnum) -> Result<Option<i64>, PsFault> {
        self.read(field, |item| {
            let number = match item.plain(of)? {
                Plain::Number(number) => Some(number).filter(|number| of.word(*number).is_some()),
                Plain::Text(text) => of.number(&text),
            };
            number.ok_or_else(|| item.unknown(of))
        })
    }

    /// A property as flags: a number, a number as text, or names with commas. Bits that have no
    /// name are kept.
    ///
    /// # Errors
    /// When it is none of them, or has a name the flags do not have.
    pub fn flags_of(&self, field: &str, of: &PsEnum) -> Result<Option<i64>, PsFault> {
        self.read(field, |item| match item.plain(of)? {
            Plain::Number(number) => Ok(number),
            Plain::Text(text) => {
                let bits = text
                    .split(',')
                    .map(|word| of.number(word).or_else(|| word.trim().parse().ok()));
                let bits: Option<Vec<i64>> = bits.collect();
                let bits = bits.ok_or_else(|| item.unknown(of))?;
                Ok(bits.into_iter().fold(0, |all, bit| all | bit))
            }
        })
    }

    fn plain(&self, of: &PsEnum) -> Result<Plain, PsFault> {
        let text = match self.value {
            PsValue::Integer(_) => None,
            PsValue::Text(text) if !is_cut(text) => Some(text.trim()),
            PsValue::Object(object) => match (&object.base, &object.shown) {
                (Some(PsValue::Integer(_)), _) => None,
                (None, Some(shown)) if !is_cut(shown) => Some(shown.trim()),
                _ => return Err(self.no(of.name)),
            },
            _ => return Err(self.no(of.name)),
        };
        if let Some(text) = text {
            let number = text.parse().map(Plain::Number);
            return Ok(number.unwrap_or_else(|_| Plain::Text(text.to_owned())));
        }
        let number = i64::try_from(self.as_integer()?);
        number.map(Plain::Number).map_err(|_| self.unknown(of))
    }

    #[expect(
        clippy::unnecessary_box_returns,
        reason = "a fault is large, and results carry it boxed"
    )]
    fn unknown(&self, of: &PsEnum) -> PsFault {
        let shown = match self.value {
            PsValue::Text(text) => format!("{:?}", shortened(text)),
            PsValue::Integer(number) => number.to_string(),
            _ => "this".to_owned(),
        };
        self.fault(format!("{shown} is no {}", of.name), of.help())
    }

    /// A property as a time span in nanoseconds: an object with `Ticks`, a text, or a span of
    /// CLIXML.
    ///
    /// # Errors
    /// When it is none of them, is negative, or beyond 584 years.
    pub fn timespan_ns(&self, field: &str) -> Result<Option<u64>, PsFault> {
        self.read(field, |item| {
            let ticks = match item.value {
                PsValue::Ticks(ticks) => Some(*ticks),
                PsValue::Text(text) => span_ticks(text.trim()),
                PsValue::Object(_) => item.integer("Ticks")?.map(i128::from),
                _ => None,
            };
            let ticks = ticks.ok_or_else(|| item.no("a time span"))?;
            let help = "a time span counts from zero, to 584 years";
            u64::try_from(ticks * (1_000_000_000 / TICKS))
                .map_err(|_| item.fault("is no possible time span", help))
        })
    }

    /// A property as a date, in milliseconds since 1970: `/Date(…)/` or ISO 8601.
    ///
    /// # Errors
    /// When it is neither.
    pub fn date_ms(&self, field: &str) -> Result<Option<i64>, PsFault> {
        self.read(field, |item| {
            let text = item.as_text()?;
            date_ms(text.trim()).ok_or_else(|| item.no("a date"))
        })
    }

    /// A property as a list; what is missing or null has no elements, and one element alone, which
    /// PowerShell takes out of its list, is a list of one.
    ///
    /// # Errors
    /// When a depth limit cut it off.
    pub fn list(&self, field: &str) -> Result<Vec<Self>, PsFault> {
        let Some(item) = self.get(field)? else { return Ok(Vec::new()) };
        let values: &[PsValue] = match item.value {
            PsValue::List(values) => values,
            PsValue::Object(object) => match &object.base {
                Some(PsValue::List(values)) => values,
                _ => std::slice::from_ref(item.value),
            },
            PsValue::Text(text) if is_cut(text) => return Err(item.no("a list")),
            PsValue::Cycle => return Err(item.no("a list")),
            one => std::slice::from_ref(one),
        };
        let element = |(index, value): (usize, &'a PsValue)| Self {
            file: item.file,
            path: format!("{}[{index}]", item.path),
            value: value.bare(),
        };
        Ok(values.iter().enumerate().map(element).collect())
    }

    /// A property as a list of texts.
    ///
    /// # Errors
    /// When it was cut off, or an element is no text.
    pub fn texts(&self, field: &str) -> Result<Vec<String>, PsFault> {
        self.list(field)?.iter().map(Self::as_text).collect()
    }
}

enum Plain {
    Number(i64),
    Text(String),
}

fn described(value: &PsValue) -> String {
    match value {
        PsValue::Null => "null".to_owned(),
        PsValue::Flag(flag) => format!("{flag}"),
        PsValue::Integer(number) => format!("the number {number}"),
        PsValue::Number(number) => format!("the number {number}"),
        PsValue::Text(text) => format!("the text {:?}", shortened(text)),
        PsValue::Ticks(_) => "a time span".to_owned(),
        PsValue::List(_) => "a list".to_owned(),
        PsValue::Object(_) | PsValue::Cycle => "an object".to_owned(),
    }
}

/// Whether a text is what `ToString()` made of an object beyond the depth limit: the name of a
/// type, of an array, a hashtable with its entries, or a CIM instance with its keys.
pub(super) fn is_cut(text: &str) -> bool {
    let text = text.trim();
    if text.starts_with("@{") && text.ends_with('}') {
        return true;
    }
    let class = text.split_once(" (").map(|(class, _)| class);
    if class.is_some_and(|c| {
        ["MSFT_", "MSCluster_", "Msvm_", "Win32_", "CIM_"].iter().any(|p| c.starts_with(p))
    }) {
        return true;
    }
    let name = text.strip_suffix("[]").unwrap_or(text);
    let parts: Vec<&str> = name.split('.').collect();
    let word = |part: &&str| {
        !part.is_empty()
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '`' | '+'))
            && !part.starts_with(|c: char| c.is_ascii_digit())
    };
    let spaces = ["System", "Microsoft", "Deserialized", "MSCluster", "Selected"];
    let known = parts.first().is_some_and(|first| spaces.contains(first));
    known
        && parts.len() >= 2
        && parts.iter().all(word)
        && (parts.len() > 2 || text.ends_with("[]") || name.starts_with("System."))
}
