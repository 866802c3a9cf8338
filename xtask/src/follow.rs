//! Following a JobFlow as its status changes.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Deserializer, Value};
use test_cluster::{Deadline, Kubectl, interrupt};

use crate::print;

const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Prints a line for every step that changes its state, until the flow has ended, and expects it to succeed.
pub fn follow(kubectl: &Kubectl, name: &str, limit: Duration) -> Result<()> {
    let (mut watch, changes) = start_watch(kubectl, name)?;
    let ended = print_changes(name, &changes, limit);
    // The watch would go on for ever; that it may have ended by itself is no matter.
    let _ = watch.kill();
    watch.wait()?;
    let state = ended?;
    ensure!(
        state == "Succeed",
        "JobFlow '{name}' ended as '{state}', not as 'Succeed'"
    );
    Ok(())
}

fn start_watch(kubectl: &Kubectl, name: &str) -> Result<(Child, Receiver<Value>)> {
    let mut command = kubectl.command(&["get", "jobflows", name, "--watch", "-o", "json"]);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .context("kubectl cannot be run")?;
    let stream = child.stdout.take().context("the output of kubectl was not captured")?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || send_documents(stream, &sender));
    Ok((child, receiver))
}

fn send_documents(stream: impl Read, sender: &mpsc::Sender<Value>) {
    // kubectl prints one JSON document after the other with nothing between them.
    for document in Deserializer::from_reader(stream).into_iter().map_while(Result::ok) {
        if sender.send(document).is_err() {
            return;
        }
    }
}

/// Returns the state in which the flow ended.
fn print_changes(name: &str, changes: &Receiver<Value>, limit: Duration) -> Result<String> {
    let start = Instant::now();
    let deadline = Deadline::after(limit);
    let mut seen = BTreeMap::new();
    let mut last = Value::Null;
    while !deadline.has_passed() {
        interrupt::check()?;
        last = match changes.recv_timeout(POLL_INTERVAL) {
            Ok(object) => object,
            Err(RecvTimeoutError::Timeout) => continue,
            Err(RecvTimeoutError::Disconnected) => {
                bail!("kubectl stopped watching JobFlow '{name}'")
            }
        };
        for (what, state) in news(&last, &mut seen) {
            print::line(format_args!(
                "  {:>5.1} s  {what:<20} {state}",
                start.elapsed().as_secs_f64()
            ))?;
        }
        if let Some(state) = final_state(&last) {
            return Ok(state);
        }
    }
    let status = last.get("status").unwrap_or(&Value::Null);
    bail!(
        "JobFlow '{name}' did not end within {} s; its last status is {status}",
        deadline.limit_seconds()
    )
}

/// The rows whose state differs from what was seen before, in the order of the object; the flow itself comes last.
fn news(object: &Value, seen: &mut BTreeMap<String, String>) -> Vec<(String, String)> {
    let rows = object.pointer("/status/flows").and_then(Value::as_array);
    let rows = rows
        .into_iter()
        .flatten()
        .filter_map(|row| Some((text(row, "/name")?, text(row, "/state")?)));
    let whole = text(object, "/status/state").map(|state| ("(all)".to_owned(), state));
    let changed = |(name, state): &(String, String)| seen.insert(name.clone(), state.clone()).as_ref() != Some(state);
    rows.chain(whole).filter(changed).collect()
}

fn final_state(object: &Value) -> Option<String> {
    text(object, "/status/state").filter(|state| state == "Succeed" || state == "Failed")
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    Some(value.pointer(pointer)?.as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_changes_are_news() {
        let mut seen = BTreeMap::new();
        let first = json!({"status": {"state": "Running", "flows": [
            {"name": "b", "state": "Active"}, {"name": "a", "state": "Waiting"}]}});
        let second = json!({"status": {"state": "Running", "flows": [
            {"name": "b", "state": "Succeeded"}, {"name": "a", "state": "Waiting"}]}});
        let names = |news: Vec<(String, String)>| news.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        assert_eq!(names(news(&first, &mut seen)), ["b", "a", "(all)"]);
        assert_eq!(names(news(&second, &mut seen)), ["b"]);
    }

    #[test]
    fn an_object_without_status_is_neither_news_nor_ended() {
        let object = json!({"metadata": {"name": "fresh"}});
        assert!(news(&object, &mut BTreeMap::new()).is_empty());
        assert_eq!(final_state(&object), None);
    }

    #[test]
    fn documents_that_follow_each_other_are_told_apart() {
        let (sender, receiver) = mpsc::channel();
        send_documents("{\"a\": 1}\n{\"a\": 2}{\"a\"".as_bytes(), &sender);
        drop(sender);
        assert_eq!(receiver.into_iter().count(), 2);
    }
}
