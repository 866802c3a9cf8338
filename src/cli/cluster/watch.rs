//! `jobflow watch`: an object as it changes, until it ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use clap::Args;
use futures::StreamExt as _;
use jobflow_core::engine::Phase;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt as _;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::time::{MissedTickBehavior, interval};

use super::detail::Detail;
use super::fault::{End, Fault, Result};
use super::follow::{Follower, News};
use super::get::ObjectArgs;
use super::session::{Session, owner_label};
use super::show;
use super::transitions::Transitions;
use super::view::View;

/// How often the table is drawn again: durations pass.
const REDRAW_INTERVAL: Duration = Duration::from_secs(1);

/// Follow an object until it ends: a live table on a terminal, a line a change elsewhere
///
/// Exit status: 0 when it has succeeded, 1 when it has failed or was deleted, 2 for wrong usage, 4 when the cluster cannot
/// be asked or has no such object.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  jobflow watch nightly\n  jobflow watch @latest --plain --timestamps")]
pub struct WatchArgs {
    /// A line a change, on a terminal too
    #[arg(long)]
    plain: bool,
    /// Begin each line with the time
    #[arg(long)]
    timestamps: bool,
    #[command(flatten)]
    object: ObjectArgs,
}

/// Runs the subcommand.
pub async fn run(args: &WatchArgs) -> Result<End> {
    let (session, view) = args.object.find().await?;
    if io::stdout().is_terminal() && !args.plain && !args.timestamps {
        return live(&session, &view).await;
    }
    let mut told = Transitions::default();
    let mut follower = Follower::of(&session, &view);
    loop {
        let current = match follower.next().await? {
            News::Is(view) => view,
            News::Gone => return Err(gone(&view)),
        };
        print_lines(&told.of(&current, Timestamp::now()), args.timestamps)?;
        if let Some(end) = end_of(&current) {
            return Ok(end);
        }
    }
}

/// Draws the table again with each change, and each second.
async fn live(session: &Session, view: &View) -> Result<End> {
    let config = watcher::Config::default().labels(&owner_label(view));
    let mut changes = watcher(session.pods(), config).default_backoff().boxed();
    let mut follower = Follower::of(session, view);
    let mut ticks = interval(REDRAW_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut screen = Screen::default();
    let mut pods = BTreeMap::new();
    let mut current = None;
    loop {
        tokio::select! {
            news = follower.next() => match news? {
                News::Is(mut view) => {
                    session.time_steps(&mut view).await?;
                    current = Some(view);
                }
                News::Gone => return Err(gone(view)),
            },
            Some(change) = changes.next() => {
                note(&mut pods, change);
                continue;
            }
            _ = ticks.tick() => {}
        }
        let Some(current) = &mut current else {
            continue;
        };
        let end = end_of(current);
        if end.is_some() {
            // The pods of the last moment, which the watch may not have brought yet.
            let last = session.look_closer(current).await;
            screen.draw(current, &last)?;
        } else {
            let pods: Vec<Pod> = pods.values().cloned().collect();
            screen.draw(current, &pods)?;
        }
        if let Some(end) = end {
            return Ok(end);
        }
    }
}

/// Keeps the pods as a watch tells of them. One that breaks begins again by itself.
fn note(pods: &mut BTreeMap<String, Pod>, change: watcher::Result<Event<Pod>>) {
    match change {
        Ok(Event::Apply(pod) | Event::InitApply(pod)) => {
            pods.insert(pod.name_any(), pod);
        }
        Ok(Event::Delete(pod)) => {
            pods.remove(&pod.name_any());
        }
        Ok(Event::Init) => pods.clear(),
        Ok(Event::InitDone) | Err(_) => {}
    }
}

fn gone(view: &View) -> Fault {
    Fault::refused(format!("{} was deleted before it ended", view.title()))
}

/// How the command ends with an object that has ended.
fn end_of(view: &View) -> Option<End> {
    match view.phase() {
        Phase::Succeeded => Some(End::Done),
        Phase::Failed => Some(End::Failed),
        _ => None,
    }
}

fn print_lines(lines: &[String], timestamps: bool) -> Result<()> {
    let time = || {
        if timestamps {
            format!("{:.0} ", Timestamp::now())
        } else {
            String::new()
        }
    };
    let text: String = lines.iter().map(|line| format!("{}{line}\n", time())).collect();
    show(&text)
}

/// What stands on the terminal, so that it can be drawn over.
#[derive(Debug, Default)]
struct Screen {
    lines: usize,
}

impl Screen {
    fn draw(&mut self, view: &View, pods: &[Pod]) -> Result<()> {
        let now = Timestamp::now();
        let detail = Detail { view, pods, now }.to_string();
        let (width, height) = terminal_size::terminal_size().map_or((80, 24), |(width, height)| (width.0, height.0));
        let lines = fitted(&detail, width.into(), height.into());
        let mut text = String::new();
        if self.lines > 0 {
            // Up to where the last drawing began, and clear all below.
            let _ = write!(text, "\x1b[{}A\x1b[J", self.lines);
        }
        for line in &lines {
            text.push_str(line);
            text.push('\n');
        }
        self.lines = lines.len();
        let mut out = io::stdout().lock();
        let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        written.map_err(|error| Fault::unknown(format!("cannot write to the terminal: {error}")))
    }
}

/// The lines that fit: a line that wraps, or a table that scrolls, could not be drawn over.
fn fitted(text: &str, width: usize, height: usize) -> Vec<String> {
    let cut = |line: &str| line.chars().take(width).collect::<String>().trim_end().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    let room = height.saturating_sub(1).max(1);
    if lines.len() <= room {
        return lines.into_iter().map(cut).collect();
    }
    let kept = room - 1;
    let more = lines.len() - kept;
    let rest = cut(&format!("... and {more} more lines"));
    lines.into_iter().take(kept).map(cut).chain([rest]).collect()
}

#[cfg(test)]
mod tests {
    use super::fitted;

    #[test]
    fn a_drawing_never_wraps_and_never_scrolls() {
        assert_eq!(fitted("abcdef\ng\n", 3, 24), ["abc", "g"]);
        assert_eq!(fitted("1\n2\n3\n4\n", 80, 4), ["1", "2", "... and 2 more lines"]);
        assert_eq!(fitted("1\n2\n3\n", 80, 4), ["1", "2", "3"]);
    }
}
