//! Names of one sort of thing, with groups made by `count`.

use std::collections::BTreeMap;
use std::ops::Range;

use super::context::Context;
use super::document::{Located, Reader, Value};

/// Names of one sort of thing. Case does not matter, as it does not to Windows.
///
/// An entry `HV` with `count = 4` makes `HV1` to `HV4`, and `HV` stands for all of them.
#[derive(Debug)]
pub(super) struct Names {
    /// What is named, such as "node".
    what: &'static str,
    index: BTreeMap<String, Range<usize>>,
    /// As written, for suggestions and messages.
    shown: Vec<String>,
    len: usize,
}

impl Names {
    pub(super) const fn new(what: &'static str) -> Self {
        Self { what, index: BTreeMap::new(), shown: Vec::new(), len: 0 }
    }

    /// Adds an entry and gives the names it makes; their positions follow those of all before.
    pub(super) fn add(
        &mut self,
        context: &mut Context<'_>,
        entry: &Located<String>,
        count: Option<u64>,
    ) -> Vec<String> {
        let first = self.len;
        let key = entry.value.trim();
        let made: Vec<String> = match count {
            None => vec![key.to_owned()],
            Some(count) => (1..=count).map(|number| format!("{key}{number}")).collect(),
        };
        self.len += made.len();
        if count.is_some() {
            self.take(context, entry, key, first..self.len);
        }
        for (offset, name) in made.iter().enumerate() {
            self.take(context, entry, name, first + offset..first + offset + 1);
        }
        made
    }

    fn take(
        &mut self,
        context: &mut Context<'_>,
        entry: &Located<String>,
        name: &str,
        ids: Range<usize>,
    ) {
        if self.index.insert(name.to_lowercase(), ids).is_some() {
            let problem = format!("there is another {} called `{name}`", self.what);
            let help = "names must differ in more than case, also those that `count` makes";
            context.fault(entry, problem, Some(help.to_owned()));
        } else {
            self.shown.push(name.to_owned());
        }
    }

    /// The `count` of an entry, `None` without one. There may be `most` of these in all.
    ///
    /// A wrong count is reported and replaced by a near one that is right, so that the names it
    /// was to make are known and each use of them is not reported as well.
    pub(super) fn count(
        &self,
        context: &mut Context<'_>,
        reader: &mut Reader<'_, '_>,
        entry: &Located<String>,
        most: u64,
    ) -> Option<u64> {
        let given = reader.raw("count").map(|node| &node.value);
        let count = match reader.count("count", 1..=most) {
            Some(count) => Some(count),
            None => given.map(|given| match given {
                Value::Integer(number) => u64::try_from(*number).map_or(1, |n| n.clamp(1, most)),
                Value::String(text) => text.trim().parse().map_or(1, |n: u64| n.clamp(1, most)),
                _ => 1,
            }),
        };
        let room = most.saturating_sub(self.len as u64);
        if count.unwrap_or(1) <= room {
            return count;
        }
        let help = format!("there may be {most} in all");
        context.fault(entry, format!("there are too many {}s", self.what), Some(help));
        count.map(|_| room.max(1))
    }

    /// How many there are, groups not counted.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// What the thing at a position is called, as written.
    pub(super) fn called(&self, position: usize) -> &str {
        let it = Some(position..position + 1);
        // A group of one is called as its only member is, and comes before it.
        self.shown.iter().rfind(|name| self.find(name) == it).map_or("", String::as_str)
    }

    /// The position of the thing or all things of a group called `name`.
    pub(super) fn find(&self, name: &str) -> Option<Range<usize>> {
        self.index.get(&name.trim().to_lowercase()).cloned()
    }

    /// All things called so; a fault when there is none.
    pub(super) fn all(
        &self,
        context: &mut Context<'_>,
        name: &Located<String>,
    ) -> Option<Range<usize>> {
        let found = self.find(&name.value);
        if found.is_none() {
            let problem = format!("there is no {} `{}`", self.what, name.value);
            let help = context.near(&name.value, || self.shown.iter().map(String::as_str));
            context.fault(name, problem, help);
        }
        found
    }

    /// All things called so by any of several names, in their order.
    pub(super) fn each(
        &self,
        context: &mut Context<'_>,
        names: &[Located<String>],
    ) -> Option<Vec<usize>> {
        let found: Vec<_> = names.iter().map(|name| self.all(context, name)).collect();
        let found: Option<Vec<_>> = found.into_iter().collect();
        found.map(|ranges| ranges.into_iter().flatten().collect())
    }

    /// The one thing called so; a fault when it is a group of several.
    pub(super) fn one(&self, context: &mut Context<'_>, name: &Located<String>) -> Option<usize> {
        let found = self.all(context, name)?;
        if found.len() == 1 {
            return Some(found.start);
        }
        let problem = format!("`{}` stands for {} {}s", name.value, found.len(), self.what);
        context.fault(name, problem, Some(format!("name one of them, such as `{}1`", name.value)));
        None
    }
}
