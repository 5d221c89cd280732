//! The script that gathers a cluster into a folder.

use std::fmt::Write as _;

use crate::counters::Object;

const SCRIPT: &str = include_str!("collect.ps1");

/// The whole script: Windows PowerShell 5.1, reads only, writes into a folder of its own.
#[must_use]
pub fn collect_script() -> String {
    let mut counters = String::new();
    for object in Object::ALL {
        for counter in object.counters() {
            // Writing to a text never fails.
            let _ = writeln!(counters, "    '\\{}(*)\\{}'", object.name(), counter.name);
        }
    }
    SCRIPT.replace("@COUNTERS@\n", &counters).replace("@VERSION@", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `Verb-Noun` of the script, in comments and texts too: texts are run.
    fn commands(script: &str) -> Vec<String> {
        let words = script.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        let verb_noun = |word: &&str| {
            word.split_once('-').is_some_and(|(verb, noun)| {
                let name = |part: &str| {
                    part.starts_with(|c: char| c.is_ascii_uppercase())
                        && part.chars().all(|c| c.is_ascii_alphanumeric())
                };
                name(verb) && name(noun)
            })
        };
        words.filter(verb_noun).map(str::to_owned).collect()
    }

    #[test]
    fn nothing_but_reading_is_done() {
        // Names of counters have hyphens too, and are no commands.
        let script = SCRIPT;
        let commands = commands(script);
        assert!(commands.len() > 60, "{}", commands.len());
        for command in &commands {
            let (verb, _) = command.split_once('-').unwrap();
            let reads = ["Get", "ConvertTo", "Select", "ForEach", "Where", "Write", "Join"];
            // Its own folder, whether it is there, its own log, and the same readings elsewhere.
            let own = ["New-Item", "Test-Path", "Export-Counter", "Invoke-Command"];
            assert!(reads.contains(&verb) || own.contains(&command.as_str()), "{command}");
        }
        assert_eq!(script.matches("New-Item -ItemType Directory").count(), 2);
        assert_eq!(commands.iter().filter(|command| *command == "New-Item").count(), 2);
        // Static methods: texts made, blocks made of the texts above, the folder written.
        let methods: std::collections::BTreeSet<&str> =
            script.split("]::").skip(1).map(|rest| rest.split('(').next().unwrap()).collect();
        assert_eq!(methods.into_iter().collect::<Vec<_>>(), ["Create", "WriteAllText", "new"]);
        let lower = script.to_lowercase();
        for word in ["invoke-expression", "iex ", "invoke-cimmethod", "remove-", "set-", "stop-"] {
            assert!(!lower.contains(word), "{word}");
        }
    }

    #[test]
    fn every_counter_is_logged_and_no_blank_is_left() {
        let script = collect_script();
        assert!(script.contains("    '\\Cluster CSVFS(*)\\Reads/sec'\n"));
        assert!(script.contains("    '\\Hyper-V Virtual Storage Device(*)\\Read Bytes/sec'\n"));
        assert!(!script.contains("@COUNTERS@") && !script.contains("@VERSION@"));
        assert!(script.contains(&format!("ScriptVersion = '{}'", env!("CARGO_PKG_VERSION"))));
        assert!(script.is_ascii(), "5.1 reads a script without a mark as ANSI");
    }

    #[test]
    fn every_cmdlet_that_is_read_is_gathered() {
        let script = collect_script();
        for name in super::super::folder::CMDLETS {
            assert!(script.contains(&format!("    '{name}' = '")), "{name}");
        }
    }
}
