//! The command line as text that can be pasted into a shell.

use std::ffi::OsString;

use crate::report::quoted;

/// Options with a value that change no result, so that they must not change its report either.
const VALUES: [&str; 4] = ["--threads", "--checkpoint", "--trace", "--trace-ios"];

/// The same without a value.
const FLAGS: [&str; 1] = ["--profile"];

/// The command that repeats this one; the program goes by its name wherever it lies. What changes
/// no result is left out.
pub(super) fn command(given: &[OsString]) -> String {
    let mut words = vec!["csvnet".to_owned()];
    let mut arguments = given.iter().skip(1).map(|argument| argument.to_string_lossy());
    while let Some(argument) = arguments.next() {
        let (name, value) = argument.split_once('=').unzip();
        let name: &str = name.unwrap_or(&argument);
        if VALUES.contains(&name) {
            if value.is_none() {
                arguments.next();
            }
        } else if !FLAGS.contains(&name) {
            words.push(quoted(&argument));
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_goes_by_its_name() {
        let given = ["/usr/bin/csvnet", "run", "my file"].map(OsString::from);
        assert_eq!(command(&given), "csvnet run \"my file\"");
    }

    #[test]
    fn what_changes_no_result_is_left_out() {
        for line in [
            "c run --threads 2 a -o b",
            "c run a --threads=5 -o b",
            "c run a -o b",
            "c run a --checkpoint x --trace=y --trace-ios 3 -o b --profile",
            "c run --profile --checkpoint=x --trace y a --trace-ios=3 -o b",
        ] {
            let given: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(command(&given), "csvnet run a -o b");
        }
    }
}
