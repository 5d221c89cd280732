//! What all parts of an import share: the folder, the faults, and what had to be assumed.

use super::folder::{Folder, Row};
use super::nodes::{Member, Members};
use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};
use crate::trace::powershell::PsFault;

/// Something that the folder does not say.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Assumed {
    /// What was assumed or left out.
    pub what: String,
    /// Why.
    pub because: String,
}

impl std::fmt::Display for Assumed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "assumed: {}, because {}", self.what, self.because)
    }
}

/// An import under way.
pub(super) struct Reading<'a> {
    pub(super) folder: &'a Folder,
    pub(super) faults: Diagnostics,
    pub(super) assumed: Vec<Assumed>,
}

impl<'a> Reading<'a> {
    pub(super) fn rows(&self, cmdlet: &str) -> Vec<Row<'a>> {
        self.folder.rows(cmdlet)
    }

    /// The value, or nothing and one more fault.
    pub(super) fn take<T>(&mut self, read: Result<Option<T>, PsFault>) -> Option<T> {
        match read {
            Ok(value) => value,
            Err(fault) => {
                self.faults.push(*fault);
                None
            }
        }
    }

    /// The list, or an empty one and one more fault.
    pub(super) fn all<T>(&mut self, read: Result<Vec<T>, PsFault>) -> Vec<T> {
        self.take(read.map(Some)).unwrap_or_default()
    }

    /// A fault of an object: the folder contradicts itself.
    pub(super) fn fault(&mut self, row: &Row<'_>, problem: impl Into<String>, help: &str) {
        self.faults.push(*row.item.fault(problem, help));
    }

    /// A fault of the folder as a whole.
    pub(super) fn fault_of_folder(&mut self, problem: impl Into<String>, help: &str) {
        let file = SourceFile::new(self.folder.name.as_str(), "");
        self.faults.push(Diagnostic::of_file(file, problem).with_help(help));
    }

    /// The nodes that an object of a cmdlet is about, where each node was asked for itself: the one
    /// it names, or all where it names none.
    pub(super) fn homes(&mut self, cmdlet: &str, row: &Row<'_>, members: &Members) -> Vec<String> {
        let Some(name) = &row.node else {
            if members.up.len() > 1 {
                let what = format!("what {cmdlet} tells is so on every node");
                self.assume(what, "it lies in no folder of a node, and names none itself");
            }
            return members.up.clone();
        };
        match members.find(name) {
            Member::Up(node) => vec![node],
            Member::Away => Vec::new(),
            Member::Unknown => {
                let what = format!("what {cmdlet} tells of `{name}` is left out");
                self.assume(what, "no node is called so");
                Vec::new()
            }
        }
    }

    /// Notes a guess; said once, however often it is made.
    pub(super) fn assume(&mut self, what: impl Into<String>, because: impl Into<String>) {
        // Names come from files, and what is said may go to a terminal.
        let plain = |text: String| text.replace(char::is_control, " ");
        let assumed = Assumed { what: plain(what.into()), because: plain(because.into()) };
        if !self.assumed.contains(&assumed) {
            self.assumed.push(assumed);
        }
    }
}

/// Names as Windows compares them.
pub(super) fn same(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// A computer without its domain.
pub(super) fn short(node: &str) -> &str {
    node.trim().split('.').next().unwrap_or_default()
}

/// Names in a row, `A`, `B` and `C`.
pub(super) fn list<T: AsRef<str>>(names: &[T]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
