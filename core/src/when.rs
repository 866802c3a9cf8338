//! When a step starts, by what became of the steps that it depends on.

/// When a step starts, once all its dependencies have ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// When all of them succeeded. It need not wait for the others once one has not.
    #[default]
    OnSuccess,
    /// When at least one of them failed, or was skipped because of a failure before it.
    OnFailure,
    /// However they ended.
    Always,
}

impl When {
    /// The condition of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "OnSuccess" => Some(When::OnSuccess),
            "OnFailure" => Some(When::OnFailure),
            "Always" => Some(When::Always),
            _ => None,
        }
    }

    /// Whether it is for what comes after a failure too. Such a step runs under every failure policy.
    pub fn survives_failure(self) -> bool {
        self != When::OnSuccess
    }
}

#[cfg(test)]
mod tests {
    use super::When;

    #[test]
    fn every_condition_that_the_schema_allows_is_read() {
        for name in crds::CONDITIONS_OF_START {
            assert!(When::parse(name).is_some(), "{name}");
        }
        assert_eq!(When::parse("onSuccess"), None);
    }
}
