//! The name somebody meant who mistyped one.

/// Longer names are not compared: the distance costs time quadratic in the length.
const LONGEST: usize = 64;
/// Two words this similar differ by a slip, also when a long tail is missing.
const SIMILAR: f64 = 0.92;

/// The candidate nearest to `given`, if it is near enough to be what was meant.
///
/// Near means at most one slip (a letter missing, added, changed or swapped) per three letters,
/// or a Jaro-Winkler similarity of 0.92, which favours a common beginning. Case is ignored.
/// Among equally near candidates the first wins.
///
/// ```
/// use csvnet::diagnostic::suggest;
///
/// assert_eq!(suggest("onwer", ["size", "owner"].into_iter()), Some("owner"));
/// assert_eq!(suggest("colour", ["size", "owner"].into_iter()), None);
/// ```
pub fn suggest<'a>(given: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let too_long = |name: &str| name.chars().nth(LONGEST).is_some();
    if given.is_empty() || too_long(given) {
        return None;
    }
    let given = given.to_lowercase();
    let allowed = (given.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.filter(|candidate| !too_long(candidate)) {
        let name = candidate.to_lowercase();
        let slips = strsim::damerau_levenshtein(&given, &name);
        // A single letter is one slip from every other, so nothing shorter than the slips counts.
        let near = slips <= allowed && slips < name.chars().count();
        if (near || strsim::jaro_winkler(&given, &name) >= SIMILAR)
            && best.is_none_or(|(fewest, _)| slips < fewest)
        {
            best = Some((slips, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::suggest;

    const NAMES: [&str; 5] = ["owner", "file_system", "size", "N1", "N2"];

    #[test]
    fn slips_are_understood() {
        let nearest = |given: &str| suggest(given, NAMES.into_iter());
        assert_eq!(nearest("onwer"), Some("owner"));
        assert_eq!(nearest("Owner"), Some("owner"));
        assert_eq!(nearest("filesystem"), Some("file_system"));
        assert_eq!(nearest("file_syst"), Some("file_system"));
        assert_eq!(nearest("N3"), Some("N1"));
        assert_eq!(nearest("siz"), Some("size"));
    }

    #[test]
    fn strangers_are_not() {
        for given in ["", "colour", "z", "network", &"size".repeat(100)] {
            assert_eq!(suggest(given, NAMES.into_iter()), None, "{given}");
        }
    }
}
