//! `csvnet run`.

use std::num::NonZeroUsize;
use std::sync::atomic::Ordering;

use super::exit::{self, Exit};
use super::progress::Progress;
use super::{Failure, RunArguments, interrupt, output};
use crate::app::{self, Hooks, Options};
use crate::report::Render;

/// Runs a scenario and writes its report; the verdicts decide the exit code.
pub(super) fn command(arguments: &RunArguments, repeat: String) -> Result<Exit, Failure> {
    let target = arguments.output.as_deref();
    output::refuse(target, &arguments.file)?;
    let flag = interrupt::flag();
    let progress = Progress::new();
    let hooks = Hooks {
        cancelled: &|| flag.load(Ordering::Relaxed),
        progress: &|share, doing| progress.tell(share, doing),
    };
    let report = app::run(&arguments.file, &options(arguments, repeat), &hooks)?;
    // The bar leaves the terminal before the report enters it.
    drop(progress);
    output::write(target, &|out| arguments.format.render(&report, out))?;
    Ok(exit::of_report(&report))
}

fn options(arguments: &RunArguments, repeat: String) -> Options {
    Options {
        seed: arguments.seed,
        replications: arguments.replications,
        threads: arguments.threads.map(NonZeroUsize::get),
        set: arguments.set.clone(),
        variant: arguments.variant.clone(),
        command: repeat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_becomes_an_option() {
        let arguments = RunArguments {
            file: "a.toml".into(),
            format: crate::report::Format::Csv,
            output: None,
            seed: Some(7),
            replications: Some(3),
            threads: NonZeroUsize::new(2),
            set: vec![("a.b".into(), "1".into())],
            variant: vec!["base".into()],
        };
        let expected = Options {
            seed: Some(7),
            replications: Some(3),
            threads: Some(2),
            set: arguments.set.clone(),
            variant: arguments.variant.clone(),
            command: "csvnet run".into(),
        };
        assert_eq!(options(&arguments, "csvnet run".into()), expected);
    }
}
