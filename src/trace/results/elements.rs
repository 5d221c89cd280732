//! Values of XML elements, with every fault of them gathered.

use super::number::{DECIMAL_HELP, WHOLE_HELP, decimal, whole as whole_number};
use crate::trace::xml::Element;
use crate::trace::{Gathered, TraceFault, TraceProblem};

/// Values of elements, and what is wrong with them.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) gathered: Gathered,
}

impl Fields {
    pub(crate) fn push(&mut self, fault: TraceFault) {
        self.gathered.push(fault);
    }

    /// The only child of a name.
    pub(crate) fn one<'e>(&mut self, of: &'e Element, name: &'static str) -> Option<&'e Element> {
        let mut all = of.all(name);
        let first = all.next();
        if let Some(second) = all.next() {
            self.push(second.content(format!("<{name}> is given twice"), "keep one of them"));
        }
        first
    }

    /// The same, which must be there.
    pub(crate) fn must<'e>(&mut self, of: &'e Element, name: &'static str) -> Option<&'e Element> {
        let found = self.one(of, name);
        if found.is_none() {
            self.push(of.content(
                format!("it has no <{name}>"),
                "give the whole file as the tool wrote it",
            ));
        }
        found
    }

    /// The first of any number, of which there must be one.
    pub(crate) fn must_first<'e>(
        &mut self,
        of: &'e Element,
        name: &'static str,
    ) -> Option<&'e Element> {
        let found = of.child(name);
        if found.is_none() {
            self.push(of.content(format!("it has no <{name}>"), "give one at least"));
        }
        found
    }

    pub(crate) fn text(&mut self, of: &Element, name: &'static str) -> Option<String> {
        self.one(of, name).map(|e| e.text.clone()).filter(|text| !text.is_empty())
    }

    pub(crate) fn decimal(&mut self, of: &Element, name: &'static str) -> Option<f64> {
        let element = self.one(of, name)?;
        self.value(element, decimal(&element.text), DECIMAL_HELP)
    }

    pub(crate) fn whole(&mut self, of: &Element, name: &'static str) -> Option<u64> {
        let element = self.one(of, name)?;
        self.value(element, whole_number(&element.text), WHOLE_HELP)
    }

    fn value<T>(&mut self, of: &Element, value: Result<T, TraceProblem>, help: &str) -> Option<T> {
        value.map_err(|problem| self.push(of.fault(problem, help))).ok()
    }
}
