//! From the text of a path, as the API server writes it, to its parts.

use super::{FieldPath, Segment};

impl FieldPath {
    /// The path that `text` is, such as `spec.template.spec.containers[0].image` or `metadata.labels[a.b/c]`; `None` for
    /// any other text. A number in brackets counts as a position, since the text does not tell it from a key.
    pub fn parse(text: &str) -> Option<Self> {
        let (first, mut rest) = name(text)?;
        let mut segments = vec![first];
        while !rest.is_empty() {
            let (segment, behind) = match rest.strip_prefix('[') {
                Some(bracketed) => bracketed.split_once(']').and_then(|(key, behind)| entry(key, behind))?,
                None => name(rest.strip_prefix('.')?)?,
            };
            segments.push(segment);
            rest = behind;
        }
        Some(Self(segments))
    }
}

/// The name that `text` begins with, and what follows it.
fn name(text: &str) -> Option<(Segment, &str)> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    (!name.is_empty() && name.bytes().all(is_name)).then(|| (Segment::Key(name.to_owned()), rest))
}

/// What stands in brackets, and what follows them.
fn entry<'t>(key: &str, rest: &'t str) -> Option<(Segment, &'t str)> {
    let segment = match key.parse() {
        Ok(index) => Segment::Index(index),
        Err(_) if key.is_empty() => return None,
        Err(_) => Segment::MapKey(key.to_owned()),
    };
    Some((segment, rest))
}

#[cfg(test)]
mod tests {
    use super::FieldPath;

    #[test]
    fn a_path_is_read_as_it_is_printed() {
        for text in [
            "spec",
            "spec.template.spec.containers[0].image",
            "spec.template.spec.nodeSelector[beta.kubernetes.io/os]",
            "metadata.labels[a/b.c]",
        ] {
            assert_eq!(FieldPath::parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_path_is_not_taken_for_one() {
        for text in [
            "",
            "<nil>",
            "would violate PodSecurity \"restricted:latest\"",
            "spec.",
            "spec[",
            "spec[]",
            "spec..a",
            "spec[0]a",
            "[0]",
        ] {
            assert_eq!(FieldPath::parse(text), None, "{text}");
        }
    }
}
