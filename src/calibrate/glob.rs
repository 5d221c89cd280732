//! Names with `*` for any characters.

/// Patterns of which one must fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glob {
    patterns: Vec<String>,
}

impl Glob {
    /// Fits every name.
    #[must_use]
    pub fn all() -> Self {
        Self { patterns: vec!["*".to_owned()] }
    }

    /// Fits the names that one of the patterns fits; none fits where there is none.
    #[must_use]
    pub fn any_of(patterns: &[String]) -> Self {
        Self { patterns: patterns.to_vec() }
    }

    /// The patterns.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }

    /// Whether a name fits.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.patterns.iter().any(|pattern| fits(pattern, name))
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        let fit = |pattern: &str, name: &str| Glob::any_of(&[pattern.to_owned()]).matches(name);
        assert!(fit("host.*", "host.per-io") && fit("*", "") && fit("a*b*c", "a-b-b-c"));
        assert!(!fit("host.*", "smb.host.per-io") && !fit("a", "ab") && !fit("a*a", "a"));
        assert!(!Glob::default().matches("x") && Glob::all().matches("x"));
    }
}
