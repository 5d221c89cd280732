//! The report as a JSON document: `schema_version`, `kind`, then the fields in the order of the
//! types. JSON has no numbers that are not finite: they are null, and `infinite` and
//! `minus_infinite` at the end point (RFC 6901) to those that are infinite, where there are any.

mod revive;
mod tree;

use std::collections::BTreeSet;
use std::io::{self, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use thiserror::Error;

use super::{Render, SCHEMA_VERSION};
use tree::Tree;

/// Writes JSON.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

/// What the machine-readable form of a report calls itself.
pub trait Kind {
    /// The word, such as `run`.
    const KIND: &'static str;
}

impl<R: Kind + Serialize> Render<R> for Json {
    fn render(&self, report: &R, out: &mut dyn Write) -> io::Result<()> {
        write(R::KIND, Tree::of(report)?, out)
    }
}

fn write(kind: &str, tree: Tree, out: &mut dyn Write) -> io::Result<()> {
    let infinite = tree.infinite();
    let Tree::Fields(fields) = tree else { return Err(io::Error::other("no fields to write")) };
    let mut written = vec![
        (VERSION.to_owned(), Tree::Plain(SCHEMA_VERSION.to_string())),
        (KIND.to_owned(), Tree::Text(kind.to_owned())),
    ];
    written.extend(fields.into_iter().filter(|(name, _)| name != VERSION));
    for (name, pointers) in INFINITE.into_iter().zip(infinite) {
        if !pointers.is_empty() {
            let pointers = pointers.into_iter().map(Tree::Text).collect();
            written.push((name.to_owned(), Tree::List(pointers)));
        }
    }
    Tree::Fields(written).write(out)?;
    writeln!(out)
}

pub(super) const VERSION: &str = "schema_version";
pub(super) const KIND: &str = "kind";
/// Where pointers to infinite numbers stand, above zero and below.
pub(super) const INFINITE: [&str; 2] = ["infinite", "minus_infinite"];

/// Why a file is no report.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SavedError {
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    Json(String),
    /// It is JSON, but no report.
    #[error(
        "it is JSON, but no report of csvnet: it has no `schema_version` and `kind`; make it with \
         `--format json`"
    )]
    Foreign,
    /// It is of another version of the schema.
    #[error(
        "it is of version {found} of the schema, and this csvnet reads version {SCHEMA_VERSION}; \
         run the command again that made it"
    )]
    Version {
        /// The version found.
        found: u64,
    },
    /// No report is of this kind.
    #[error("no report is of the kind `{found}`; there are {}", .known.join(", "))]
    Kind {
        /// The kind found.
        found: String,
        /// The kinds there are.
        known: Vec<&'static str>,
    },
    /// A value is not what stands there in a report.
    #[error("a report of the kind `{kind}` does not fit: {what}")]
    Misfit {
        /// The kind of report.
        kind: String,
        /// Where, and what does not fit.
        what: String,
    },
}

/// A document whose kind is known.
#[derive(Debug)]
pub(super) struct Saved {
    kind: String,
    document: Value,
    infinite: [BTreeSet<String>; 2],
}

impl Saved {
    pub(super) fn parse(text: &str) -> Result<Self, SavedError> {
        let document: Value =
            serde_json::from_str(text).map_err(|error| SavedError::Json(error.to_string()))?;
        let (version, kind) = (document[VERSION].as_u64(), document[KIND].as_str());
        let kind = match (version, kind) {
            (Some(version), _) if version != u64::from(SCHEMA_VERSION) => {
                return Err(SavedError::Version { found: version });
            }
            (Some(_), Some(kind)) => kind.to_owned(),
            _ => return Err(SavedError::Foreign),
        };
        let infinite = INFINITE.map(|name| {
            let pointers = document[name].as_array().into_iter().flatten();
            pointers.filter_map(Value::as_str).map(str::to_owned).collect()
        });
        Ok(Self { kind, document, infinite })
    }

    /// The report, where it is of this kind.
    pub(super) fn of<R: Kind + DeserializeOwned>(&self) -> Option<Result<R, SavedError>> {
        (self.kind == R::KIND).then(|| {
            let read = revive::revive(&self.document, &self.infinite);
            read.map_err(|fault: revive::Misfit| SavedError::Misfit {
                kind: self.kind.clone(),
                what: fault.to_string(),
            })
        })
    }

    /// Its kind.
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }
}
