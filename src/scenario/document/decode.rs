//! From bytes to text, with a clear word about what is not text.

use crate::diagnostic::{Diagnostic, Diagnostics, SourceFile};

/// Scenario files are written by people; nobody writes more than this.
pub(super) const LARGEST_FILE: u64 = 16 << 20;

/// The text of a file, without a byte order mark.
pub(super) fn decode(name: &str, bytes: Vec<u8>) -> Result<SourceFile, Diagnostics> {
    let refuse = |problem: String, help: &str| {
        let file = SourceFile::new(name, "");
        Err(Diagnostics::from(Diagnostic::of_file(file, problem).with_help(help)))
    };
    if bytes.len() as u64 > LARGEST_FILE {
        let help = "a scenario is a text file of a few kilobytes; is this the right file?";
        return refuse("the file is larger than 16 MiB".to_owned(), help);
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return refuse("the file is UTF-16 text".to_owned(), "save it as UTF-8");
    }
    if let Some(offset) = bytes.iter().position(|byte| *byte == 0) {
        let problem = format!("the file is not text: byte {offset} is zero");
        return refuse(problem, "if it is UTF-16 text, save it as UTF-8");
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            Ok(SourceFile::new(name, text))
        }
        Err(error) => {
            let offset = error.utf8_error().valid_up_to();
            let byte = error.as_bytes()[offset];
            let line = error.as_bytes()[..offset].split(|byte| *byte == b'\n').count();
            let place = format!("byte {offset}, in line {line}, is 0x{byte:02x}");
            refuse(format!("the file is not UTF-8 text: {place}"), "save it as UTF-8")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(bytes: &[u8]) -> String {
        decode("a.toml", bytes.to_vec()).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_not_text_is_named() {
        assert_eq!(problem(b"\xff\xfex\0"), "a.toml: the file is UTF-16 text (save it as UTF-8)");
        assert_eq!(
            problem(b"x = 1\ny = '\xe4'\n"),
            "a.toml: the file is not UTF-8 text: byte 11, in line 2, is 0xe4 (save it as UTF-8)"
        );
        assert!(problem(b"MZ\0\0").contains("byte 2 is zero"));
        assert!(problem(&vec![b'#'; (16 << 20) + 1]).contains("larger than 16 MiB"));
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_text() {
        assert_eq!(&*decode("a.toml", b"\xef\xbb\xbfx = 1".to_vec()).unwrap().text, "x = 1");
    }
}
