//! What a failed Job means for the others of the same object.

/// The three policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FailurePolicy {
    /// What does not depend on it goes on.
    #[default]
    Continue,
    /// Nothing new starts.
    FailFast,
    /// Nothing new starts, and what runs is stopped.
    Terminate,
}

impl FailurePolicy {
    /// The policy of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "Continue" => Some(FailurePolicy::Continue),
            "FailFast" => Some(FailurePolicy::FailFast),
            "Terminate" => Some(FailurePolicy::Terminate),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FailurePolicy;

    #[test]
    fn every_policy_that_the_schema_allows_is_read() {
        for name in crds::FAILURE_POLICIES {
            assert!(FailurePolicy::parse(name).is_some(), "{name}");
        }
        assert_eq!(FailurePolicy::parse("failfast"), None);
    }
}
