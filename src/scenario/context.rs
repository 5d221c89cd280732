//! What every part of the resolution shares: the document, the catalogue, faults and notes.

use std::ops::Range;

use super::document::{Document, Located, Origin, Reader};
use super::models::{Catalogue, Family, Model};
use super::traces::Traces;
use crate::diagnostic::{Diagnostics, suggest};

/// Faults beyond these are not shown one by one, so no near name is looked for.
const SUGGESTED: usize = 50;
/// Names listed in a help text before it is cut.
const LISTED: usize = 12;

/// The workbench of one resolution.
pub(super) struct Context<'a> {
    pub(super) document: &'a Document,
    pub(super) catalogue: &'a Catalogue,
    pub(super) traces: &'a Traces<'a>,
    /// Faults found apart from a [`Reader`], which holds those of its own.
    pub(super) faults: Diagnostics,
    pub(super) notes: Vec<String>,
}

impl<'a> Context<'a> {
    /// Reports a fault of something read earlier.
    pub(super) fn fault<T>(
        &mut self,
        of: &Located<T>,
        problem: impl Into<String>,
        help: Option<String>,
    ) {
        let mut fault = self.document.fault(&of.at, &of.path, problem);
        fault.help = help;
        self.faults.push(fault);
    }

    /// Reports a fault of some bytes of a text.
    pub(super) fn fault_within(
        &mut self,
        of: &Located<String>,
        part: &Range<usize>,
        problem: impl Into<String>,
        help: Option<String>,
    ) {
        let at = self.inside(of, part);
        let mut fault = self.document.fault(&at, &of.path, problem);
        fault.help = help;
        self.faults.push(fault);
    }

    /// The place of some bytes of a text; of all of it when escapes have moved them.
    fn inside(&self, of: &Located<String>, part: &Range<usize>) -> Origin {
        let written = self.document.file(of.at.file).text.get(of.at.span.clone()).unwrap_or("");
        // Quoted once, quoted as several lines, or bare on the command line.
        let quote = [1, 3, 0].into_iter().find(|&quote: &usize| {
            written.len() == of.value.len() + 2 * quote
                && written.get(quote..quote + of.value.len()) == Some(of.value.as_str())
        });
        match quote {
            Some(quote) if !part.is_empty() => {
                let start = of.at.span.start + quote;
                Origin { file: of.at.file, span: start + part.start..start + part.end }
            }
            _ => of.at.clone(),
        }
    }

    /// Tells the user something that is no fault, once.
    pub(super) fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The model named in `field` of a table, which must be there.
    pub(super) fn model(
        &self,
        reader: &mut Reader<'_, '_>,
        field: &str,
        family: Family,
    ) -> Option<(String, &'a Model)> {
        let given = reader.required::<String>(field)?;
        let catalogue = self.catalogue;
        if let Some((name, model)) = catalogue.model(family, &given) {
            return Some((name.to_owned(), model));
        }
        let problem = format!("there is no {} `{given}` in the catalogue", family.noun());
        let help = nearest(&given, || catalogue.names(family));
        reader.fault_at(field, problem, help);
        None
    }

    /// The nearest of some names, or the first of them, while anybody will read it.
    pub(super) fn near<'n, I>(&self, given: &str, names: impl Fn() -> I) -> Option<String>
    where
        I: Iterator<Item = &'n str>,
    {
        if self.faults.len() < SUGGESTED { nearest(given, names) } else { None }
    }
}

/// `did you mean`, or the first names there are.
pub(super) fn nearest<'n, I>(given: &str, names: impl Fn() -> I) -> Option<String>
where
    I: Iterator<Item = &'n str>,
{
    if let Some(near) = suggest(given, names()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let mut listed: Vec<&str> = names().take(LISTED + 1).collect();
    if listed.len() > LISTED {
        listed[LISTED] = "…";
    }
    (!listed.is_empty()).then(|| format!("there is {}", listed.join(", ")))
}

/// The table a reader stands on, as something faults can be reported of.
pub(super) fn place(reader: &Reader<'_, '_>, name: &str) -> Located<String> {
    // No field has an empty name, so this is the place of the table itself.
    Located { value: name.to_owned(), at: reader.span_of(""), path: reader.path().to_owned() }
}
