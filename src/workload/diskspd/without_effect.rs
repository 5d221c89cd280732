//! Flags that do not describe a load: accepted with a reason, or refused.

use super::fault::FaultKind;
use super::parse::{LARGEST_COUNT, Parser};
use super::value;

const TRACE_EVENTS: [&str; 8] = [
    "PROCESS",
    "THREAD",
    "IMAGE_LOAD",
    "DISK_IO",
    "MEMORY_PAGE_FAULTS",
    "MEMORY_HARD_FAULTS",
    "NETWORK",
    "REGISTRY",
];

impl Parser {
    /// Flags that do not describe a load: accepted with a reason, or refused.
    pub(super) fn flag_without_effect(&mut self, word: usize, letter: char, value: &str) {
        let number = |text: &str, most: u64| {
            text.is_empty() || matches!(value::digits(text), Ok((n, "")) if n <= most)
        };
        let (fits, why) = match letter {
            'a' => match value::affinity(value) {
                Ok(assigns) => {
                    if assigns {
                        self.draft.affinity = Some(word);
                    }
                    (true, "which processors run the threads is not part of the load")
                }
                Err(problem) => {
                    let help = "list processors as in -a0,1 or -ag0,0,1,g1,0";
                    return self.fault(word, FaultKind::Malformed, &problem, help);
                }
            },
            'n' => {
                self.draft.no_affinity = Some(word);
                (value.is_empty(), "which processors run the threads is not part of the load")
            }
            'x' => {
                self.draft.completion_routines = Some(word);
                (value.is_empty(), "how completions reach the threads is not part of the load")
            }
            'D' => (number(value, LARGEST_COUNT), "what is measured does not change the load"),
            'L' => (value.is_empty(), "what is measured does not change the load"),
            'P' => (number(value, LARGEST_COUNT), "progress dots do not change the load"),
            'v' => (matches!(value, "" | "s"), "what is printed does not change the load"),
            'R' => {
                let form = value.strip_prefix('p').unwrap_or(value);
                let fits = matches!(form, "text" | "xml") || value == "p";
                (fits, "the form of the output does not change the load")
            }
            'l' => (value.is_empty(), "the memory behind the buffers is not part of the load"),
            'z' => (number(value, u64::from(u32::MAX)), "a run here has a seed of its own"),
            ':' => (number(value, LARGEST_COUNT), "experimental flags only change how it sleeps"),
            'Z' => return self.write_buffer(word, value),
            'e' => {
                // DiskSpd compares the one-letter forms by their first letter only.
                let fits = value.starts_with(['p', 'q', 's', 'c']) || TRACE_EVENTS.contains(&value);
                (fits, "event tracing does not change the load")
            }
            'y' => match value.chars().next() {
                Some('e') => {
                    let problem = "sets an event and quits without any I/O";
                    return self.fault(word, FaultKind::Refused, problem, "leave it out");
                }
                first => {
                    let fits = matches!(first, Some('s' | 'f' | 'r' | 'p')) && value.len() > 1;
                    (fits, "events only tie the run to other programs")
                }
            },
            'X' => {
                let help = "XML profiles are read separately; give the flags themselves here";
                return self.fault(word, FaultKind::Refused, "names an XML profile", help);
            }
            '?' => {
                let problem = "prints the usage and quits without any I/O";
                return self.fault(word, FaultKind::Refused, problem, "leave it out");
            }
            _ => {
                let help = "see `diskspd -?`; flags are case sensitive";
                return self.fault(word, FaultKind::Unknown, "is not a flag of DiskSpd 2.2", help);
            }
        };
        if fits {
            self.ignore(word, why);
        } else {
            let help = "see `diskspd -?` for its values, or leave it out: it does not matter here";
            self.fault(word, FaultKind::Malformed, "the value is not one of its values", help);
        }
    }

    fn write_buffer(&mut self, word: usize, value: &str) {
        if !matches!(value, "" | "r") {
            let size = value.split_once(',').map_or(value, |(size, _)| size);
            let Some(size) = self.size(word, size, 1) else { return };
            if size < u64::from(self.draft.block_bytes) {
                let help = "the write buffer is at least a block";
                return self.fault(word, FaultKind::Conflict, "the buffer is too small", help);
            }
        }
        self.ignore(word, "what is written is not modelled, only how much");
    }
}
