//! The CSV block cache of `[cluster]`, and the memory of nodes it is taken from.

use super::context::Context;
use super::document::{Located, Reader, Value};
use super::intensity::share;
use crate::topology::{BlockCache, WindowsVersion};
use crate::units::Bytes;

/// Bytes the cache has since Windows Server 2016 unless told otherwise; the overview's text says
/// so, its table says none.
const DEFAULT_BYTES: f64 = 1_073_741_824.0;

/// The cache as written.
pub(super) struct Draft {
    cache: BlockCache,
    at: Located<String>,
}

/// Reads it; none where no size is stated.
pub(super) fn read(reader: &mut Reader<'_, '_>, windows: WindowsVersion) -> Option<Draft> {
    let hit_share = share(reader, "block-cache-hits");
    let redirected = reader.or("block-cache-redirected", false);
    let at = Located {
        value: "block-cache".to_owned(),
        at: reader.span_of("block-cache"),
        path: format!("{}.block-cache", reader.path()),
    };
    let given = reader.raw("block-cache").map(|node| &node.value);
    let bytes = match given {
        None => {
            for field in ["block-cache-hits", "block-cache-redirected"] {
                if reader.has(field) {
                    let help = "write block-cache = \"1 GiB\" or block-cache = \"default\"";
                    let problem = "there is no `block-cache` it could be of";
                    reader.fault_at(field, problem, Some(help.to_owned()));
                }
            }
            return None;
        }
        Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("default") => {
            if windows < WindowsVersion::W2016 { 0.0 } else { DEFAULT_BYTES }
        }
        Some(_) => reader.optional::<Bytes>("block-cache")?.get() as f64,
    };
    let cache = BlockCache { bytes, hit_share, redirected };
    (bytes > 0.0).then_some(Draft { cache, at })
}

impl Draft {
    /// The cache, held against the memory of the nodes as far as that is stated.
    pub(super) fn build(
        self,
        context: &mut Context<'_>,
        windows: WindowsVersion,
        memories: &[Option<u64>],
    ) -> BlockCache {
        let (share, most) =
            if windows == WindowsVersion::W2012 { (0.2, "20 %") } else { (0.8, "80 %") };
        let least = memories.iter().flatten().min();
        if let Some(&least) = least
            && self.cache.bytes > share * least as f64
        {
            let problem = format!(
                "the CSV block cache takes at most {most} of a node's memory on Windows Server {}",
                windows.name()
            );
            let help = format!("the smallest node has {:#}", Bytes::new(least));
            context.fault(&self.at, problem, Some(help));
        }
        self.cache
    }
}
