//! The `AdmissionReview` that leaves: our own types, since kube's writes a patch as a list of numbers.

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use json_patch::Patch;
use serde::Serialize;

use crate::envelope::{API_VERSION, KIND};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: &'a Reply,
}

/// The `response` half of a review.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reply {
    /// Exactly the uid of the request.
    pub(crate) uid: String,
    pub(crate) allowed: bool,
    #[serde(flatten)]
    pub(crate) patch: Option<EncodedPatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<Status>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) warnings: Vec<String>,
}

/// A JSON Patch as the API server wants it. Its type always goes with it: either alone makes the reply invalid.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EncodedPatch {
    patch_type: &'static str,
    patch: String,
}

impl EncodedPatch {
    /// `None` for a patch that changes nothing.
    pub(crate) fn of(patch: &Patch) -> Option<Self> {
        let json = serde_json::to_vec(patch).expect("a patch holds only JSON values with text keys");
        (!patch.0.is_empty()).then(|| Self {
            patch_type: "JSONPatch",
            patch: BASE64_STANDARD.encode(json),
        })
    }
}

/// A Kubernetes `Status`: why a request is refused.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Status {
    pub(crate) status: &'static str,
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<Details>,
}

/// The part of a `Status` that kubectl prints line by line.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Details {
    pub(crate) group: String,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) causes: Vec<Cause>,
}

/// One line of [`Details`].
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cause {
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) field: String,
}

impl IntoResponse for &Reply {
    fn into_response(self) -> Response {
        let review = Review {
            api_version: API_VERSION,
            kind: KIND,
            response: self,
        };
        let json = serde_json::to_vec(&review).expect("a review holds only text, numbers and lists");
        ([(CONTENT_TYPE, "application/json")], json).into_response()
    }
}
