//! The forms that Kubernetes asks of names, and the name that an author most likely meant.

use crate::limits::{HINT_COMPARISONS_MAX, HINT_NAMES_MAX};
use crate::text;

/// Says why `name` is not a DNS label (RFC 1123), in the words of Kubernetes (`IsDNS1123Label`); `None` if it is.
pub fn dns_label_fault(name: &str) -> Option<String> {
    length_fault(name, crds::LABEL_BYTES_MAX).or_else(|| {
        (!is_dns_label(name)).then(|| {
            "must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric \
         character (e.g. 'my-name' or '123-abc')"
                .to_owned()
        })
    })
}

/// Says why `name` is not a DNS subdomain (`IsDNS1123Subdomain`, at most 253 bytes); `None` if it is.
pub fn dns_subdomain_fault(name: &str) -> Option<String> {
    length_fault(name, 253).or_else(|| {
        (!name.split('.').all(is_dns_label)).then(|| {
            "must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an \
         alphanumeric character (e.g. 'example.com')"
                .to_owned()
        })
    })
}

/// Says why `key` is not a qualified name, the form of label and annotation keys (`IsQualifiedName`).
pub fn qualified_name_fault(key: &str) -> Option<String> {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    if prefix.is_some_and(|prefix| dns_subdomain_fault(prefix).is_some()) {
        return Some("the part before '/' must be a DNS subdomain (e.g. 'example.com')".to_owned());
    }
    if name.len() > 63 {
        return Some(format!(
            "the name part must be no more than 63 bytes, and has {}",
            name.len()
        ));
    }
    (!is_label_text(name)).then(|| {
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric \
         character (e.g. 'MyName' or 'example.com/my.name')"
            .to_owned()
    })
}

/// Says why `value` is not a label value (`IsValidLabelValue`).
pub fn label_value_fault(value: &str) -> Option<String> {
    length_fault(value, 63).or_else(|| {
        (!value.is_empty() && !is_label_text(value)).then(|| {
            "must be empty, or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
         alphanumeric character (e.g. 'MyValue' or '12345')"
                .to_owned()
        })
    })
}

/// Says why `name` is not the name of an environment variable (`IsRelaxedEnvVarName`): printable ASCII but '='.
pub fn env_name_fault(name: &str) -> Option<String> {
    let printable = |byte: u8| (0x20..=0x7e).contains(&byte) && byte != b'=';
    (!name.bytes().all(printable)).then(|| "must consist only of printable ASCII characters other than '='".to_owned())
}

fn length_fault(text: &str, bytes_max: usize) -> Option<String> {
    let bytes = text.len();
    (bytes > bytes_max).then(|| format!("must be no more than {bytes_max} bytes, and has {bytes}"))
}

fn is_dns_label(name: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    ends_hold(name, alphanumeric) && name.bytes().all(|byte| alphanumeric(byte) || byte == b'-')
}

fn is_label_text(name: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let inner = |byte: u8| alphanumeric(byte) || matches!(byte, b'-' | b'_' | b'.');
    ends_hold(name, alphanumeric) && name.bytes().all(inner)
}

fn ends_hold(name: &str, allowed: impl Fn(u8) -> bool) -> bool {
    let mut bytes = name.bytes();
    let first = bytes.next();
    let last = bytes.next_back().or(first);
    first.is_some_and(&allowed) && last.is_some_and(&allowed)
}

/// A search for the name that an author meant, bounded over one whole report.
#[derive(Debug)]
pub struct Nearest {
    names_left: usize,
    comparisons_left: usize,
}

impl Default for Nearest {
    fn default() -> Self {
        Self {
            names_left: HINT_NAMES_MAX,
            comparisons_left: HINT_COMPARISONS_MAX,
        }
    }
}

impl Nearest {
    /// Advice that names the candidate nearest to `wanted`: at most 2 edits away, and at most a third of its
    /// characters. Of several that are equally near it names the first two.
    pub fn advice<'a>(&mut self, wanted: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
        let edits_max = (wanted.chars().count() / 3).clamp(1, 2);
        let mut best: Option<(usize, &str, Option<&str>)> = None;
        for candidate in candidates {
            self.names_left = self.names_left.checked_sub(1)?;
            if candidate.len().abs_diff(wanted.len()) > edits_max {
                continue;
            }
            self.comparisons_left = self.comparisons_left.checked_sub(1)?;
            let edits = strsim::osa_distance(wanted, candidate);
            match &mut best {
                _ if edits > edits_max => {}
                Some((fewest, first, second)) if edits == *fewest => {
                    if second.is_none() && candidate != *first {
                        *second = Some(candidate);
                    }
                }
                Some((fewest, ..)) if edits > *fewest => {}
                _ => best = Some((edits, candidate, None)),
            }
        }
        best.map(|(_, first, second)| match second {
            Some(second) => format!("did you mean {} or {}?", text::named(first), text::named(second)),
            None => did_you_mean(first),
        })
    }
}

/// Advice that names what was meant.
pub fn did_you_mean(name: &str) -> String {
    format!("did you mean {}?", text::named(name))
}

/// The name in advice by [`did_you_mean`]; `None` in any other, and where the name is too long to be shown as it is.
pub fn meant(advice: &str) -> Option<&str> {
    let name = advice.strip_prefix("did you mean '")?.strip_suffix("'?")?;
    (did_you_mean(name) == advice && !name.contains('\'') && !name.ends_with("...")).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_labels_are_told_from_other_names() {
        for good in ["a", "0", "my-name", "123-abc", &"x".repeat(63)] {
            assert_eq!(dns_label_fault(good), None, "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "ä", " a", &"x".repeat(64)] {
            assert!(dns_label_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn subdomains_are_labels_joined_by_dots() {
        assert_eq!(dns_subdomain_fault("node-1.example.com"), None);
        for bad in ["", ".", "a..b", "a.", &"a.".repeat(127)] {
            assert!(dns_subdomain_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn label_keys_have_an_optional_subdomain_before_the_name() {
        for good in ["app", "example.com/My_name.1"] {
            assert_eq!(qualified_name_fault(good), None, "{good}");
        }
        for bad in ["", "/a", "a/", "a/b/c", "_a", "Example.com/a", &"x".repeat(64)] {
            assert!(qualified_name_fault(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn label_values_may_be_empty() {
        assert_eq!(label_value_fault(""), None);
        assert_eq!(label_value_fault("a_B.9"), None);
        assert!(label_value_fault("a b").is_some());
        assert!(label_value_fault(&"x".repeat(64)).is_some());
    }

    #[test]
    fn the_nearest_name_is_advised_and_a_far_one_is_not() {
        let names = ["extract", "transform", "load"];
        let advice = |wanted| Nearest::default().advice(wanted, names.into_iter());
        assert_eq!(advice("extrct").as_deref(), Some("did you mean 'extract'?"));
        assert_eq!(advice("laod").as_deref(), Some("did you mean 'load'?"));
        assert_eq!(advice("report"), None);
    }

    #[test]
    fn of_equally_near_names_two_are_advised() {
        let advice = |names: &[&'static str]| Nearest::default().advice("step-x", names.iter().copied());
        assert_eq!(
            advice(&["step-a", "step-b", "step-c"]).as_deref(),
            Some("did you mean 'step-a' or 'step-b'?")
        );
        assert_eq!(advice(&["step-a", "step-a"]).as_deref(), Some("did you mean 'step-a'?"));
        assert_eq!(
            advice(&["step-yy", "step-a"]).as_deref(),
            Some("did you mean 'step-a'?")
        );
    }

    #[test]
    fn what_was_meant_is_read_from_advice_that_names_one() {
        assert_eq!(meant(&did_you_mean("extract")), Some("extract"));
        assert_eq!(meant("did you mean 'a' or 'b'?"), None);
        assert_eq!(meant(&did_you_mean(&"x".repeat(100))), None);
        assert_eq!(meant("put the value in quotes"), None);
    }

    #[test]
    fn the_search_ends_when_its_comparisons_are_used_up() {
        let mut nearest = Nearest {
            comparisons_left: 1,
            ..Nearest::default()
        };
        assert_eq!(nearest.advice("ab", ["xx", "ac"].into_iter()), None);
        assert_eq!(nearest.advice("ab", ["ac"].into_iter()), None);
    }

    #[test]
    fn the_search_ends_when_it_has_looked_at_enough_names() {
        let mut nearest = Nearest {
            names_left: 1,
            ..Nearest::default()
        };
        assert_eq!(nearest.advice("ab", ["long-name", "ac"].into_iter()), None);
        assert_eq!(nearest.advice("ab", ["ac"].into_iter()), None);
    }
}
