//! Fingerprints: by which a service knows a finding again after the file has changed elsewhere.

use std::collections::HashMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use super::remark::Remark;

/// How many bytes of the hash are shown: enough that two of a million findings never share one.
const BYTES: usize = 16;

/// Makes fingerprints, each of them once.
#[derive(Debug, Default)]
pub struct Fingerprints {
    seen: HashMap<String, usize>,
}

impl Fingerprints {
    /// The fingerprint of `remark` in the file with this path: neither lines nor places in lists are part of it, since
    /// they change with what is inserted before. What says the same twice is counted.
    pub fn of(&mut self, remark: &Remark<'_>, path: &str) -> String {
        let object = remark
            .finding
            .map(|finding| (finding.kind.as_str(), finding.name.as_str()));
        let (kind, name) = object.unwrap_or_default();
        let sentence = without_indices(&remark.sentence());
        // No part can contain the separator: names and sentences have no control characters.
        let what = [remark.id(), path, kind, name, &sentence].join("\0");
        let count = self.seen.entry(what.clone()).or_default();
        *count += 1;
        let hash = Sha256::digest(format!("{what}\0{count}"));
        hash.iter().take(BYTES).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// `spec.flows[3].name` becomes `spec.flows[].name`.
fn without_indices(sentence: &str) -> String {
    let mut out = String::with_capacity(sentence.len());
    let mut parts = sentence.split('[');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push('[');
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        let (digits, rest) = part.split_at(end);
        if !rest.starts_with(']') {
            out.push_str(digits);
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::without_indices;

    #[test]
    fn only_places_in_lists_are_left_out() {
        let sentence = "spec.flows[12].env[0]: \"[3\" is not [a1] or [7]";
        assert_eq!(
            without_indices(sentence),
            "spec.flows[].env[]: \"[3\" is not [a1] or []"
        );
    }
}
