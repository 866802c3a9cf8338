//! Sizes: what admission accepts can be stored, with its status too, however it ends.

use crds::{ManagedJob, ManagedJobStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::size::{Size, bytes};
use super::super::{examine, status};
use super::world::{Age, World, object};
use crate::engine::{Counts, Course, Headline, Phase, Row, Standing, State};
use crate::limits::{MESSAGE_BYTES_MAX, STORED_BYTES_MAX};
use crate::testing::any_json;

/// The status of `object` when all its jobs have ended in these ways, over and over, each with as long a reason as there is.
fn ended(object: &Value, ways: &[State]) -> ManagedJobStatus {
    let time = Time(Timestamp::from_second(1_800_000_000).unwrap());
    let typed: ManagedJob = serde_json::from_value(object.clone()).unwrap();
    let model = examine(object).model.unwrap();
    let row = |state: State| Row {
        start: (state != State::Skipped).then(|| time.clone()),
        end: (state != State::Skipped).then(|| time.clone()),
        ..Row::new(
            state,
            (state != State::Succeeded).then_some(&*format!("BackoffLimitExceeded: {}", "x".repeat(500))),
        )
    };
    let rows: Vec<Row> = ways
        .iter()
        .cycle()
        .take(model.jobs().len())
        .map(|&state| row(state))
        .collect();
    let course = Course {
        phase: Phase::Failed,
        start: Some(time.clone()),
        end: Some(time.clone()),
        retry: None,
    };
    assert_eq!(Counts::of(&rows).total, model.jobs().len());
    let headline = Headline::new(Standing::Failed, "JobFailed", "x".repeat(MESSAGE_BYTES_MAX));
    status::next(&typed, &model, &rows, &course, &headline, &time)
}

fn size(object: &Value) -> Size {
    Size::of(
        object,
        &serde_json::from_value(object["spec"].clone()).unwrap(),
        "demo".len(),
    )
}

/// Every part of the stored object takes no more than was counted for it.
fn assert_counted(object: &Value, ways: &[State]) {
    let size = size(object);
    let status = bytes(&serde_json::to_value(ended(object, ways)).unwrap());
    assert!(status <= size.status, "{status} of {} for {ways:?}", size.status);
    let mut stored = object.clone();
    stored["status"] = Value::Null;
    let stored = bytes(&stored);
    assert!(stored <= size.manifest + size.compiled, "{stored} of {size:?}");
}

fn jobs(count: usize, parallel: bool, args: usize) -> Value {
    let job =
        |n| json!({"name": format!("j{n}"), "image": "busybox", "parallel": parallel, "args": ["x".repeat(args)]});
    (0..count).map(job).collect()
}

#[test]
fn five_thousand_jobs_in_a_row_have_a_status_that_fits() {
    let object = object(json!({"groups": [{"name": "g", "jobs": jobs(5_000, false, 10)}]}));
    for ways in [
        &[State::Succeeded][..],
        &[State::Failed],
        &[State::Skipped],
        &[State::Failed, State::Skipped],
    ] {
        assert_counted(&object, ways);
    }
    let size = size(&object);
    assert!(size.total() <= STORED_BYTES_MAX, "{size:?}");
    let planned = World::new(&object).plan(Age::default());
    assert_eq!(planned.actions.len(), 1);
    let rows = &planned.status.groups[0].jobs;
    assert_eq!(rows[4_999].dependencies, ["demo-g-j4998"]);
}

#[test]
fn what_is_told_of_dependencies_is_all_of_them_where_that_is_short() {
    let told = |count| {
        let object = object(json!({"groups": [{"name": "g", "jobs": jobs(count, false, 1)}]}));
        let rows = World::new(&object).plan(Age::default()).status.groups.remove(0).jobs;
        rows.last().unwrap().dependencies.len()
    };
    // 63 * 62 / 2 = 1,953.
    assert_eq!((told(63), told(64)), (62, 1));
}

#[test]
fn a_status_tells_the_words_of_reasons_where_there_are_too_many() {
    let object = object(json!({"groups": [{"name": "g", "jobs": jobs(2_000, true, 1)}]}));
    let rows = ended(&object, &[State::Failed]).groups.remove(0).jobs;
    let reason = |at: usize| rows[at].reason.as_deref().unwrap().len();
    assert_eq!((reason(0), reason(1_999)), (120, "BackoffLimitExceeded".len()));
}

#[test]
fn what_go_escapes_is_counted_as_it_is_stored() {
    assert_eq!(
        bytes(&json!({"a": "<&>\u{1}é"})),
        r#"{"a":"\u003c\u0026\u003e\u0001é"}"#.len()
    );
}

proptest! {
    #[test]
    fn every_part_is_counted_from_above(
        groups in proptest::collection::vec((any::<bool>(), 1..9_usize, "[a-z]{1,20}", "[a-z]{0,9}"), 1..6),
        params in any::<bool>(),
        ways in proptest::collection::vec(
            prop_oneof![Just(State::Succeeded), Just(State::Failed), Just(State::Skipped)], 1..4
        ),
    ) {
        let group = |(at, (parallel, count, name, label)): (usize, &(bool, usize, String, String))| {
            let mut group = json!({"name": format!("{name}{at}"), "parallel": parallel, "jobs": jobs(*count, *parallel, 3)});
            if params {
                group["params"] = json!({"labels": {format!("l{label}"): label}, "env": [{"name": "A", "value": "<b>"}]});
            }
            let last = count - 1;
            group["jobs"][last]["dependencies"] = if last > 0 { json!([{"name": "j0"}]) } else { json!([]) };
            group
        };
        let mut spec = json!({"groups": groups.iter().enumerate().map(group).collect::<Vec<_>>()});
        if params {
            spec["params"] = json!({"env": [{"name": "A"}, {"name": "B"}]});
        }
        assert_counted(&object(spec), &ways);
    }
}

proptest! {
    #[test]
    fn the_size_is_that_of_compact_json_as_go_writes_it(value in any_json()) {
        let text = value.to_string();
        let longer = text.matches(['<', '>', '&']).count() * 5;
        prop_assert_eq!(bytes(&value), text.len() + longer);
    }
}
