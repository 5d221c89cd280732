//! `curve` and `when` of workloads, backups and traffic.

use super::times::{Clock, Times, length};
use crate::scenario::context::{Context, place};
use crate::scenario::document::{Located, Reader};
use crate::scenario::names::Names;
use crate::schedule::{LoadPlan, When};
use crate::units::Bytes;

/// What a load is, as far as `when` asks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::scenario) enum Kind {
    /// On disks, each of which may start later than the one before it.
    Workload,
    /// A backup or traffic.
    Other,
}

/// How a load follows time, as written.
#[derive(Default)]
pub(in crate::scenario) struct LoadDraft {
    entry: String,
    curve: Option<Located<String>>,
    when: Option<WhenDraft>,
}

struct WhenDraft {
    entry: Located<String>,
    times: Times,
    lasts_ms: Option<u64>,
    amount_bytes: Option<f64>,
    stagger_ms: u64,
}

impl LoadDraft {
    /// The fields `curve` and `when` of a table.
    pub(in crate::scenario) fn read(reader: &mut Reader<'_, '_>, kind: Kind) -> Self {
        let entry = reader.path().to_owned();
        let curve = reader.name("curve");
        Self { entry, curve, when: reader.table("when", |reader| WhenDraft::read(reader, kind)) }
    }

    /// What needs a timeline, the first of it.
    pub(in crate::scenario) fn place(&self) -> Option<&Located<String>> {
        let when = self.when.as_ref().map(|when| &when.entry);
        self.curve.as_ref().or(when)
    }

    pub(super) fn settle(
        &self,
        context: &mut Context<'_>,
        clock: &Clock,
        curves: &Names,
    ) -> LoadPlan {
        let curve = self.curve.as_ref().and_then(|name| curves.one(context, name));
        let when = self.when.as_ref().and_then(|when| {
            let starts = clock.recurrence(context, &when.times, &self.entry)?;
            Some(When {
                starts,
                lasts_ms: when.lasts_ms,
                amount_bytes: when.amount_bytes,
                stagger_ms: when.stagger_ms,
            })
        });
        LoadPlan { curve, when }
    }
}

impl WhenDraft {
    fn read(reader: &mut Reader<'_, '_>, kind: Kind) -> Self {
        let entry = place(reader, "when");
        let times = Times::read(reader);
        let lasts_ms = length(reader, "for");
        let stated = reader.raw("amount").is_some();
        let amount = if stated { reader.positive::<Bytes>("amount") } else { None };
        if !stated && !reader.has("for") {
            let help = "write for = \"2 h\", or amount = \"200 GB\", or both".to_owned();
            reader.fault("nothing tells when it ends", Some(help));
        }
        if let (Some(lasts), Some(period)) = (lasts_ms, times.period_ms())
            && lasts > period
        {
            reader.fault_at("for", "is longer than the time until it starts again", None);
        }
        let stagger_ms = length(reader, "stagger").unwrap_or(0);
        if reader.has("stagger") && kind != Kind::Workload {
            let help = "it is for workloads on several disks".to_owned();
            reader.fault_at("stagger", "there is nothing to start one after the other", Some(help));
        }
        let amount_bytes = amount.map(|bytes| bytes.get() as f64);
        Self { entry, times, lasts_ms, amount_bytes, stagger_ms }
    }
}
