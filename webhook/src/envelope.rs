//! The `AdmissionReview` that arrives: read so that the uid survives whatever else is wrong.
//!
//! The object stays raw text here. It is read later, with a limit on nesting, and only if it is for us. kube's own
//! type is not used: its `#[serde(flatten)]` buffers the whole document and so defeats the raw text.

use axum::body::Bytes;
use jobflow_core::admission::Operation;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The only version that is spoken.
pub(crate) const API_VERSION: &str = "admission.k8s.io/v1";
/// The only kind that is spoken.
pub(crate) const KIND: &str = "AdmissionReview";

/// The longest uid that is echoed. The API server sends a UUID of 36 characters.
const UID_BYTES_MAX: usize = 128;

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "apiVersion")]
    api_version: String,
    kind: String,
    #[serde(borrow)]
    request: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    uid: String,
    kind: GroupVersionKind,
    sub_resource: Option<String>,
    name: Option<String>,
    namespace: Option<String>,
    operation: String,
    #[serde(borrow)]
    object: Option<&'a RawValue>,
    #[serde(borrow)]
    old_object: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct OnlyUid {
    uid: String,
}

/// The kind of the object. `requestKind`, which may differ, is what the user wrote; the rules are for this one.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct GroupVersionKind {
    #[serde(default)]
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
}

/// A well-formed admission request.
#[derive(Clone, Debug)]
pub(crate) struct Submission {
    pub(crate) uid: String,
    pub(crate) kind: GroupVersionKind,
    /// Empty for the object itself.
    pub(crate) sub_resource: String,
    /// Empty with `generateName` in the mutating webhook.
    pub(crate) name: String,
    pub(crate) namespace: String,
    /// `None` for an operation that is not admitted by us, such as `CONNECT`.
    pub(crate) operation: Option<Operation>,
    /// JSON text: part of the body, not a copy.
    pub(crate) object: Option<Bytes>,
    pub(crate) old_object: Option<Bytes>,
}

/// A body that is no admission request.
#[derive(Debug)]
pub(crate) struct Malformed {
    /// Where there is one, the answer is a review all the same.
    pub(crate) uid: Option<String>,
    /// What is wrong, without anything of the body's content.
    pub(crate) problem: String,
}

/// Reads the envelope of `body`.
pub(crate) fn read(body: &Bytes) -> Result<Submission, Malformed> {
    let text = std::str::from_utf8(body).map_err(|_| malformed("the body is not UTF-8"))?;
    let envelope: Envelope<'_> = object(text)?;
    if envelope.api_version != API_VERSION || envelope.kind != KIND {
        return Err(malformed(format!("this webhook answers {KIND} of {API_VERSION} only")));
    }
    let text = envelope.request.map_or("", RawValue::get);
    if text.is_empty() {
        return Err(malformed("`request` must be given"));
    }
    match object::<Request<'_>>(text) {
        Ok(request) => submission(body, request),
        Err(fault) => Err(Malformed {
            uid: object::<OnlyUid>(text)
                .ok()
                .map(|only| only.uid)
                .filter(|uid| is_echoable(uid)),
            problem: format!("in `request`, {}", fault.problem),
        }),
    }
}

fn submission(body: &Bytes, request: Request<'_>) -> Result<Submission, Malformed> {
    if !is_echoable(&request.uid) {
        let problem = format!("`request.uid` must be 1 to {UID_BYTES_MAX} printable ASCII characters");
        return Err(malformed(problem));
    }
    let part = |raw: Option<&RawValue>| raw.map(|raw| body.slice_ref(raw.get().as_bytes()));
    Ok(Submission {
        uid: request.uid,
        kind: request.kind,
        sub_resource: request.sub_resource.unwrap_or_default(),
        name: request.name.unwrap_or_default(),
        namespace: request.namespace.unwrap_or_default(),
        operation: operation(&request.operation),
        object: part(request.object),
        old_object: part(request.old_object),
    })
}

/// Reads a JSON object. Serde would also take a list of the fields in order.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Malformed> {
    if !text.trim_start().starts_with('{') {
        return Err(malformed("a JSON object is expected"));
    }
    serde_json::from_str(text).map_err(|error| {
        // serde_json's text may repeat values of the body.
        let what = match error.classify() {
            serde_json::error::Category::Eof => "the JSON text ends too early",
            serde_json::error::Category::Data => "a field is missing, repeated or of the wrong type",
            _ => "the text is not JSON",
        };
        malformed(format!("{what} (line {}, column {})", error.line(), error.column()))
    })
}

fn malformed(problem: impl Into<String>) -> Malformed {
    Malformed {
        uid: None,
        problem: problem.into(),
    }
}

fn is_echoable(uid: &str) -> bool {
    (1..=UID_BYTES_MAX).contains(&uid.len()) && uid.bytes().all(|byte| byte.is_ascii_graphic())
}

fn operation(name: &str) -> Option<Operation> {
    match name {
        "CREATE" => Some(Operation::Create),
        "UPDATE" => Some(Operation::Update),
        "DELETE" => Some(Operation::Delete),
        _ => None,
    }
}
