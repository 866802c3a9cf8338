//! How long certificates live, and what they are for.

use std::time::Duration;

/// How long a certificate lives, and how long before its end there is a new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From now to the last second of validity.
    pub life: Duration,
    /// Before the end.
    pub renew_before: Duration,
}

/// What the certificates shall be like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The names that clients ask for.
    pub hosts: Vec<String>,
    /// Of serving certificates.
    pub leaf: Span,
    /// Of authorities.
    pub authority: Span,
    /// How long a new authority is published before it signs: until every API server has heard of it.
    pub settle: Duration,
}

/// Why terms cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    /// A certificate would be renewed as soon as it is made.
    #[error("{what} must be renewed less than its life of {} s before its end, not {} s", life.as_secs(), renew_before.as_secs())]
    NoLife {
        /// Which of the two.
        what: &'static str,
        /// How long it lives.
        life: Duration,
        /// How long before its end it is renewed.
        renew_before: Duration,
    },
    /// A serving certificate would outlive its authority.
    #[error(
        "the authority must be renewed at least {} s before its end, which is what serving certificates live and how long a new authority is announced before it signs, not {} s",
        least.as_secs(), renew_before.as_secs()
    )]
    Outlived {
        /// The least that would do.
        least: Duration,
        /// What it is.
        renew_before: Duration,
    },
}

impl Terms {
    /// Whether they can be kept.
    ///
    /// # Errors
    /// Says which two do not fit each other.
    pub fn check(&self) -> Result<(), TermsError> {
        for (what, span) in [
            ("the serving certificate", self.leaf),
            ("the authority", self.authority),
        ] {
            if span.renew_before >= span.life {
                let Span { life, renew_before } = span;
                return Err(TermsError::NoLife {
                    what,
                    life,
                    renew_before,
                });
            }
        }
        let least = self.leaf.life + self.settle;
        let renew_before = self.authority.renew_before;
        if renew_before < least {
            return Err(TermsError::Outlived { least, renew_before });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(leaf: (u64, u64), authority: (u64, u64)) -> Terms {
        let span = |(life, renew_before)| Span {
            life: Duration::from_secs(life),
            renew_before: Duration::from_secs(renew_before),
        };
        Terms {
            hosts: Vec::new(),
            leaf: span(leaf),
            authority: span(authority),
            settle: Duration::from_secs(10),
        }
    }

    #[test]
    fn a_leaf_never_outlives_its_authority() {
        assert_eq!(terms((60, 30), (200, 70)).check(), Ok(()));
        let told = terms((60, 30), (200, 69)).check().unwrap_err().to_string();
        assert!(
            told.contains("at least 70 s before its end") && told.ends_with("not 69 s"),
            "{told}"
        );
    }

    #[test]
    fn nothing_is_renewed_as_soon_as_it_is_made() {
        for bad in [terms((60, 60), (200, 70)), terms((60, 30), (200, 200))] {
            let told = bad.check().unwrap_err().to_string();
            assert!(told.contains("less than its life of"), "{told}");
        }
    }
}
