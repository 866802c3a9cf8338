//! Lines of logs: from the stream of a container to standard output, whole and with their prefix.

use std::io::{self, Write as _};

use futures::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};
use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use kube::ResourceExt as _;
use tokio::sync::mpsc;

use super::fault::{Fault, Result};
use super::logs::{LogOptions, Prefix};
use crate::cli::output;

/// A longer line is printed in parts: what a container prints need not have an end.
const LINE_BYTES_MAX: u64 = 1 << 20;

/// A container whose log can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The pod.
    pub pod: String,
    /// The container.
    pub container: String,
    /// What its lines begin with.
    pub prefix: String,
    /// Whether it prints no more.
    pub has_ended: bool,
}

/// A line as it is printed, its end included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line(Vec<u8>);

/// The containers of a pod that have started, in the order in which they do.
pub fn sources(pod: &Pod, step: &str, options: &LogOptions) -> Vec<Source> {
    let Some(status) = &pod.status else {
        return Vec::new();
    };
    let lists = [&status.init_container_statuses, &status.container_statuses];
    let all: Vec<&ContainerStatus> = lists.iter().flat_map(|list| list.iter().flatten()).collect();
    let name = pod.name_any();
    let source = |container: &&ContainerStatus| Source {
        pod: name.clone(),
        container: container.name.clone(),
        prefix: prefix(options.prefix, step, &name, &container.name, all.len()),
        has_ended: container.state.as_ref().is_some_and(|state| state.terminated.is_some()),
    };
    let wanted = all
        .iter()
        .filter(|container| has_started(container) && options.wants_container(&container.name));
    wanted.map(source).collect()
}

fn has_started(container: &ContainerStatus) -> bool {
    let state = container.state.as_ref();
    state.is_some_and(|state| state.running.is_some() || state.terminated.is_some())
}

fn prefix(form: Prefix, step: &str, pod: &str, container: &str, containers: usize) -> String {
    match form {
        Prefix::None => String::new(),
        Prefix::Step if containers > 1 => format!("[{step}/{container}] "),
        Prefix::Step => format!("[{step}] "),
        Prefix::Pod => format!("[{step} {pod}/{container}] "),
    }
}

/// Prints a whole log.
pub async fn print_all(source: &Source, stream: impl AsyncBufRead) -> Result<()> {
    let mut stream = std::pin::pin!(stream);
    while let Some(line) = next_line(source, &mut stream).await {
        print(&line)?;
    }
    Ok(())
}

/// Sends a log line by line, until it or whoever reads it ends.
pub async fn copy(source: &Source, stream: impl AsyncBufRead, sender: &mpsc::Sender<Line>) {
    let mut stream = std::pin::pin!(stream);
    while let Some(line) = next_line(source, &mut stream).await {
        if sender.send(line).await.is_err() {
            return;
        }
    }
}

/// The next line; a last one without an end gets one, so that the next container's begins anew.
async fn next_line(source: &Source, stream: &mut (impl AsyncBufRead + Unpin)) -> Option<Line> {
    let mut line = source.prefix.clone().into_bytes();
    match stream.take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
        Ok(0) => None,
        Ok(_) => {
            if line.last() != Some(&b'\n') {
                line.push(b'\n');
            }
            Some(Line(line))
        }
        Err(error) => {
            let (pod, container) = (&source.pod, &source.container);
            output::complain(&format!(
                "warning: the log of '{container}' in the pod '{pod}' breaks off: {error}"
            ));
            None
        }
    }
}

/// Prints a line as it came: a program may read it. A reader that has seen enough (`| head`) ends the command.
pub fn print(line: &Line) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(&line.0).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Fault::unknown(format!("cannot write to standard output: {error}"))),
    }
}

#[cfg(test)]
mod tests {
    use futures::io::Cursor;
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::json;
    use tokio::sync::mpsc;

    use super::super::logs::{LogOptions, Prefix};
    use super::{Line, Source, copy, sources};

    fn pod() -> Pod {
        let status = |name: &str, state: &str| json!({"name": name, "image": "i", "imageID": "", "ready": false, "restartCount": 0, "state": {state: {"exitCode": 0}}});
        serde_json::from_value(json!({"metadata": {"name": "n-a-x"}, "status": {
            "initContainerStatuses": [status("init", "terminated")],
            "containerStatuses": [status("main", "running"), status("late", "waiting")],
        }}))
        .unwrap()
    }

    #[test]
    fn containers_that_have_started_are_read_in_their_order() {
        let with = |prefix| {
            let mut options = LogOptions::followed();
            options.prefix = prefix;
            let sources = sources(&pod(), "a", &options);
            sources
                .into_iter()
                .map(|source| source.prefix + &source.container)
                .collect::<Vec<_>>()
        };
        assert_eq!(with(Prefix::Step), ["[a/init] init", "[a/main] main"]);
        assert_eq!(with(Prefix::Pod), ["[a n-a-x/init] init", "[a n-a-x/main] main"]);
        assert_eq!(with(Prefix::None), ["init", "main"]);
    }

    #[tokio::test]
    async fn lines_keep_their_bytes_and_the_last_one_gets_an_end() {
        let source = Source {
            pod: "p".to_owned(),
            container: "c".to_owned(),
            prefix: "[a] ".to_owned(),
            has_ended: false,
        };
        let (sender, mut lines) = mpsc::channel(8);
        copy(&source, Cursor::new(b"one\n\n\xff\x1b[1m".to_vec()), &sender).await;
        drop(sender);
        let mut seen = Vec::new();
        while let Some(Line(bytes)) = lines.recv().await {
            seen.push(bytes);
        }
        assert_eq!(
            seen,
            [b"[a] one\n".to_vec(), b"[a] \n".to_vec(), b"[a] \xff\x1b[1m\n".to_vec()]
        );
    }
}
