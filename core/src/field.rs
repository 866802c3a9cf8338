//! Field paths: where in an object something is, in the notation of Kubernetes (`spec.flows[2].name`).

mod parse;

use std::fmt;

/// One part of a path.
///
/// The order (keys before indexes, indexes by number) is the order in which reports are sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A member of an object whose name the schema knows: `.name`.
    Key(String),
    /// A key that the author chose, in a map such as `metadata.labels`: `[key]`.
    MapKey(String),
    /// A position in a list, from 0: `[2]`.
    Index(usize),
}

impl Segment {
    /// The name or key; nothing for a position.
    pub fn name(&self) -> &str {
        match self {
            Segment::Key(name) | Segment::MapKey(name) => name,
            Segment::Index(_) => "",
        }
    }
}

/// An owned path, kept in a [`crate::diagnostic::Diagnostic`]; ordered by position in the object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Segment>);

impl FieldPath {
    /// A path from its parts, outermost first.
    pub fn new(segments: Vec<Segment>) -> Self {
        Self(segments)
    }

    /// The parts, outermost first.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this path is `other` or lies inside it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// What stands at `inner` in what stands at this path.
    #[must_use]
    pub fn below(&self, inner: &[Segment]) -> Self {
        Self([self.segments(), inner].concat())
    }

    /// The path as an RFC 6901 JSON pointer (`/spec/flows/2/name`).
    pub fn to_pointer(&self) -> String {
        let mut pointer = String::new();
        for segment in &self.0 {
            pointer.push('/');
            match segment {
                Segment::Key(key) | Segment::MapKey(key) => {
                    pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                }
                Segment::Index(index) => pointer.push_str(&index.to_string()),
            }
        }
        pointer
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
                Segment::MapKey(key) => write!(f, "[{key}]")?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// A place that a check has walked to.
///
/// It lives on the stack and points to the place it came from, so walking costs nothing: only a
/// fault turns it into a [`FieldPath`]. A manifest of 1,000 flows has some 20,000 places and mostly no
/// fault.
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    parent: Option<&'a At<'a>>,
    segment: Option<Step<'a>>,
}

#[derive(Clone, Copy, Debug)]
enum Step<'a> {
    Key(&'a str),
    MapKey(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    /// The object itself.
    pub const ROOT: At<'static> = At {
        parent: None,
        segment: None,
    };

    /// The `spec` of the object.
    pub const SPEC: At<'static> = At {
        parent: Some(&At::ROOT),
        segment: Some(Step::Key("spec")),
    };

    /// The member `key` of this place.
    #[must_use]
    pub fn key(&'a self, key: &'a str) -> Self {
        self.child(Step::Key(key))
    }

    /// The entry of this place, a map, with the author's own `key`.
    #[must_use]
    pub fn map_key(&'a self, key: &'a str) -> Self {
        self.child(Step::MapKey(key))
    }

    /// The element at `index` of this place, a list.
    #[must_use]
    pub fn index(&'a self, index: usize) -> Self {
        self.child(Step::Index(index))
    }

    fn child(&'a self, step: Step<'a>) -> Self {
        At {
            parent: Some(self),
            segment: Some(step),
        }
    }
}

impl From<&At<'_>> for FieldPath {
    fn from(at: &At<'_>) -> Self {
        let mut segments = Vec::new();
        let mut here = Some(at);
        while let Some(place) = here {
            match place.segment {
                Some(Step::Key(key)) => segments.push(Segment::Key(key.to_owned())),
                Some(Step::MapKey(key)) => segments.push(Segment::MapKey(key.to_owned())),
                Some(Step::Index(index)) => segments.push(Segment::Index(index)),
                None => {}
            }
            here = place.parent;
        }
        segments.reverse();
        Self(segments)
    }
}

#[cfg(test)]
mod tests {
    use super::{At, FieldPath};

    fn label_path() -> FieldPath {
        let metadata = At::ROOT.key("metadata");
        let labels = metadata.key("labels");
        FieldPath::from(&labels.map_key("a/b~c"))
    }

    #[test]
    fn a_path_prints_as_kubernetes_prints_it() {
        let spec = At::ROOT.key("spec");
        let flows = spec.key("flows");
        let flow = flows.index(2);
        assert_eq!(FieldPath::from(&flow.key("name")).to_string(), "spec.flows[2].name");
        assert_eq!(label_path().to_string(), "metadata.labels[a/b~c]");
    }

    #[test]
    fn a_pointer_escapes_tildes_and_slashes() {
        assert_eq!(label_path().to_pointer(), "/metadata/labels/a~1b~0c");
    }

    #[test]
    fn paths_sort_by_number_and_not_by_digit() {
        let spec = At::ROOT.key("spec");
        assert!(FieldPath::from(&spec.index(2)) < FieldPath::from(&spec.index(10)));
    }

    #[test]
    fn a_path_is_within_itself_and_its_ancestors_only() {
        let spec = At::ROOT.key("spec");
        let inner = FieldPath::from(&spec.key("flows"));
        assert!(inner.is_within(&FieldPath::from(&spec)));
        assert!(inner.is_within(&inner));
        assert!(!FieldPath::from(&spec).is_within(&inner));
    }
}
