//! Whether messages are coloured.

use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal};

use clap::{ColorChoice, ValueEnum};

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, ValueEnum)]
pub(super) enum Color {
    // Not a doc comment: the help says it once, for all three.
    // On a terminal that has colours, unless `NO_COLOR` is set.
    #[default]
    Auto,
    Always,
    Never,
}

impl Color {
    /// Whether standard error gets colour.
    pub(super) fn on_stderr(self) -> bool {
        let set = |name| std::env::var_os(name).filter(|value: &OsString| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        self.decide(io::stderr().is_terminal() && !dumb, set("NO_COLOR").is_some())
    }

    /// An explicit wish wins over `NO_COLOR`, as <https://no-color.org> asks.
    pub(super) const fn decide(self, terminal: bool, refused: bool) -> bool {
        match self {
            Self::Auto => terminal && !refused,
            Self::Always => true,
            Self::Never => false,
        }
    }

    /// The wish in arguments that may be wrong elsewhere: the message about them obeys it too.
    pub(super) fn foreseen(given: &[OsString]) -> Self {
        let mut color = Self::Auto;
        let mut arguments = given.iter().map(OsString::as_os_str);
        while let Some(argument) = arguments.next() {
            if argument == OsStr::new("--") {
                break;
            }
            let joined = argument.to_str().and_then(|text| text.strip_prefix("--color="));
            let mut apart = || arguments.next().and_then(OsStr::to_str);
            let value = if argument == "--color" { apart() } else { joined };
            color = value.and_then(|name| Self::from_str(name, false).ok()).unwrap_or(color);
        }
        color
    }

    /// The same for the messages of clap, which looks for the terminal itself.
    pub(super) const fn of_clap(self) -> ColorChoice {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
    }
}
