//! Counter paths, `\\HOST\Object(Instance)\Counter`.

/// What a column of a log counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterPath {
    /// The node that counted, as written.
    pub host: String,
    /// The object.
    pub object: String,
    /// Its instance with parent, parentheses and `#n` as written; empty for an object without.
    pub instance: String,
    /// The counter.
    pub counter: String,
}

impl CounterPath {
    /// Reads a path.
    ///
    /// An instance may itself have parentheses and backslashes, as that of an SMB share has, so it
    /// reaches from the first `(` behind the object to the last `)\`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (host, rest) = text.trim().strip_prefix(r"\\")?.split_once('\\')?;
        let (object, instance, counter) = match (rest.find('('), rest.rfind(r")\")) {
            (Some(open), Some(close)) if open < close => {
                (&rest[..open], &rest[open + 1..close], &rest[close + 2..])
            }
            _ => {
                let (object, counter) = rest.split_once('\\')?;
                (object, "", counter)
            }
        };
        let path = [host, object, counter];
        let whole = path.iter().all(|part| !part.trim().is_empty()) && !object.contains('\\');
        whole.then(|| Self {
            host: host.trim().to_owned(),
            object: object.trim().to_owned(),
            instance: instance.trim().to_owned(),
            counter: counter.trim().to_owned(),
        })
    }
}

/// A name for comparing: small letters, and only letters, digits, `%` and `/`.
///
/// Case, dashes, dots and spaces of names differ from version to version and from tool to tool.
pub(super) fn alike(name: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '%' | '/');
    name.chars().filter(kept).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<[String; 4]> {
        CounterPath::parse(text).map(|p| [p.host, p.object, p.instance, p.counter])
    }

    #[test]
    fn every_kind_of_path_is_taken_apart() {
        for (text, expected) in [
            (r"\\HV1\Memory\Available MBytes", ["HV1", "Memory", "", "Available MBytes"]),
            (
                r"\\HV1\Network Interface(Intel[R] Ethernet, Port 2 _2)\Bytes Total/sec",
                ["HV1", "Network Interface", "Intel[R] Ethernet, Port 2 _2", "Bytes Total/sec"],
            ),
            (
                r"\\hv1\RDMA Activity(Intel(R) Ethernet (25G) #2)\RDMA Inbound Bytes/sec",
                ["hv1", "RDMA Activity", "Intel(R) Ethernet (25G) #2", "RDMA Inbound Bytes/sec"],
            ),
            (
                r"\\HV1\SMB Client Shares(\HV2\CSV$)\Read Bytes/sec",
                ["HV1", "SMB Client Shares", r"\HV2\CSV$", "Read Bytes/sec"],
            ),
            (
                r"\\HV1\Thread(System/12#3)\% Processor Time",
                ["HV1", "Thread", "System/12#3", "% Processor Time"],
            ),
            (
                r"\\HV1\SMB Direct Connection(10.0.0.1:5 10.0.0.2:6)\Stalls (Send Queue)/sec",
                [
                    "HV1",
                    "SMB Direct Connection",
                    "10.0.0.1:5 10.0.0.2:6",
                    "Stalls (Send Queue)/sec",
                ],
            ),
            (r"\\HV1\System\Odd (thing)", ["HV1", "System", "", "Odd (thing)"]),
        ] {
            assert_eq!(parts(text).unwrap(), expected, "{text}");
        }
        for wrong in
            ["", r"\Memory\Free", r"\\HV1", r"\\HV1\Memory", r"\\HV1\(x)\y", r"\\HV1\a(b)\"]
        {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn names_that_differ_in_signs_are_alike() {
        assert_eq!(
            alike("IO Read Bytes/sec - Redirected"),
            alike("io read-bytes/Sec – redirected")
        );
        assert_ne!(alike("% Total Run Time"), alike("Total Run Time"));
    }
}
