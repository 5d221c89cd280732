//! What happened, and what could not.

use crate::schedule::Moment;

/// What sort of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// Something was done or befell the cluster.
    Done,
    /// Something that was asked for could not be done.
    Refused,
    /// Machines or volumes are out of use.
    Outage,
}

impl EntryKind {
    /// What reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Outage => "outage",
        }
    }
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// What sort.
    pub kind: EntryKind,
    /// What it is about: an event, a node, a machine.
    pub subject: String,
    /// What happened.
    pub text: String,
}
