//! What is of note about a cluster: behaviour that bears on it, and what will not work.
//!
//! Each behaviour tells what it does to this cluster where it applies, in a sentence with its
//! numbers; `explain` shows them all, a run shows the warnings.

use super::build::Build;

/// Whether a finding explains or warns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// Something asked for does not work, or costs more than it should.
    Warning,
    /// How the cluster behaves.
    Behaviour,
}

impl FindingKind {
    /// What reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Behaviour => "behaviour",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Whether it explains or warns.
    pub kind: FindingKind,
    /// What it is about: a volume, a disk, a node, a network.
    pub subject: String,
    /// What, in a sentence without full stop.
    pub text: String,
}

impl Build<'_> {
    /// Notes how the cluster behaves. What is told twice stands once.
    pub(super) fn tell(&mut self, subject: &str, text: impl Into<String>) {
        self.find(FindingKind::Behaviour, subject, text.into());
    }

    /// Notes what will not work, or costs more than it should.
    pub(super) fn warn(&mut self, subject: &str, text: impl Into<String>) {
        self.find(FindingKind::Warning, subject, text.into());
    }

    fn find(&mut self, kind: FindingKind, subject: &str, text: String) {
        self.findings.insert(Finding { kind, subject: subject.to_owned(), text });
    }
}
