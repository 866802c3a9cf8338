//! Why a reconcile could not be finished. All of these are tried again.

use std::error::Error as StdError;

use thiserror::Error;

/// What went wrong.
#[derive(Debug, Error)]
pub(crate) enum Error {
    /// Somebody else wrote the object since we read it: what we concluded may be wrong by now.
    #[error("the object has changed in the meantime")]
    Outdated,
    /// The status could not be written.
    #[error("cannot write the status")]
    WriteStatus {
        /// The API server's answer.
        source: kube::Error,
    },
    /// A Job could not be read.
    #[error("cannot read the job '{name}'")]
    ReadJob {
        /// The Job's name.
        name: String,
        /// The API server's answer.
        source: kube::Error,
    },
    /// A Job could not be created, for a reason that may pass by itself.
    #[error("cannot create the job '{name}'")]
    CreateJob {
        /// The Job's name.
        name: String,
        /// The API server's answer.
        source: kube::Error,
    },
    /// A Job could not be deleted.
    #[error("cannot delete the job '{name}'")]
    DeleteJob {
        /// The Job's name.
        name: String,
        /// The API server's answer.
        source: kube::Error,
    },
    /// A Job could not be suspended or resumed.
    #[error("cannot suspend or resume the job '{name}'")]
    SuspendJob {
        /// The Job's name.
        name: String,
        /// The API server's answer.
        source: kube::Error,
    },
    /// The object could not be deleted after its time.
    #[error("cannot delete the object, whose `ttlSecondsAfterFinished` has passed")]
    DeleteObject {
        /// The API server's answer.
        source: kube::Error,
    },
    /// A Job was there when we wanted to create it, and gone when we looked.
    #[error("the job '{name}' existed and is gone again")]
    JobVanished {
        /// The Job's name.
        name: String,
    },
    /// The reconcile panicked, which is a fault of ours.
    #[error("the reconcile panicked; this is a bug in jobflow")]
    Panicked,
}

/// An error with all its causes, in one line.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        // Many libraries repeat the cause in their own text.
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_tells_each_cause_once() {
        let answer = kube::core::Status::failure("quota exceeded", "Forbidden").boxed();
        let error = Error::CreateJob {
            name: "f-x".to_owned(),
            source: kube::Error::Api(answer),
        };
        let text = chain(&error);
        assert!(
            text.starts_with("cannot create the job 'f-x': ApiError: quota exceeded: Forbidden"),
            "{text}"
        );
        assert_eq!(text.matches("cannot create").count(), 1);
    }
}
