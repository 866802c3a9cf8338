//! What holds for every answer of the webhook, whatever bytes it got. For the fuzzer, and for the test that replays what it found.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// The longest uid that is echoed.
const UID_BYTES_MAX: usize = 128;
/// An answer has at most 32 causes in 8 KiB of message and as much of causes, 4 KB of warnings, and the patch.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// The members of a JSON object as they are written, also those that are there twice.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

impl<'a> Members<'a> {
    /// The member `name`, if it is there exactly once.
    fn only(&self, name: &str) -> Option<&'a RawValue> {
        let mut found = self.0.iter().filter(|(key, _)| key == name);
        match (found.next(), found.next()) {
            (Some((_, value)), None) => Some(value),
            _ => None,
        }
    }

    fn only_text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.only(name)?.get()).ok()
    }
}

/// The uid that the answer to `body` must have. It is read in another way than the webhook reads it.
pub fn readable_uid(body: &[u8]) -> Option<String> {
    let review: Members<'_> = serde_json::from_slice(body).ok()?;
    let is_review =
        review.only_text("apiVersion")? == "admission.k8s.io/v1" && review.only_text("kind")? == "AdmissionReview";
    let request: Members<'_> = serde_json::from_str(review.only("request")?.get()).ok()?;
    let uid = request.only_text("uid")?;
    let is_echoable = (1..=UID_BYTES_MAX).contains(&uid.len()) && uid.bytes().all(|byte| byte.is_ascii_graphic());
    (is_review && is_echoable).then_some(uid)
}

/// Panics unless the answer is one that an API server can do something with. Returns its patch.
pub fn check(body: &[u8], status: u16, answer: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(answer);
    let Some(uid) = readable_uid(body) else {
        assert_eq!(status, 400, "an answer to nothing: {text}");
        return None;
    };
    assert_eq!(status, 200, "no answer with the uid: {text}");
    let review: Value = serde_json::from_slice(answer).expect("the answer is JSON");
    let response = &review["response"];
    assert_eq!(response["uid"], Value::from(uid));
    let allowed = response["allowed"].as_bool().expect("`allowed` is always said");
    assert_eq!(
        allowed,
        response["status"].is_null(),
        "a reason is given for a refusal, and for nothing else: {text}"
    );
    assert!(!text.contains("because of an internal error"), "{text}");
    let patch = response["patch"].as_str().map(str::to_owned);
    let patch_bytes = patch.as_ref().map_or(0, String::len);
    assert!(
        text.len() - patch_bytes <= ANSWER_BYTES_MAX,
        "an answer of {} bytes",
        text.len()
    );
    patch
}
