//! `jobflow watch`: an object as it changes, until it ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::ops::Range;
use std::time::Duration;

use clap::Args;
use futures::StreamExt as _;
use jobflow_core::engine::{Phase, State};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt as _;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use tokio::time::{MissedTickBehavior, interval};

use super::detail::{self, Detail};
use super::fault::{End, Fault, Result};
use super::follow::{Follower, News};
use super::get::ObjectArgs;
use super::session::{Session, owner_label};
use super::show;
use super::transitions::Transitions;
use super::view::View;

/// How often the table is drawn again: durations pass.
const REDRAW_INTERVAL: Duration = Duration::from_secs(1);

/// The least lines for a table that does not fit: one of what is left out at each end, and two rows between.
const ROWS_MIN: usize = 4;

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

/// The lines that fit: a line that wraps, or a table that scrolls, could not be drawn over. Of a table that does not fit,
/// those are shown that tell of what runs, or of what failed.
fn fitted(text: &str, width: usize, height: usize) -> Vec<String> {
    let cut = |line: &str| line.chars().take(width).collect::<String>().trim_end().to_owned();
    let lines: Vec<&str> = text.lines().collect();
    let room = height.saturating_sub(1).max(1);
    if lines.len() <= room {
        return lines.into_iter().map(cut).collect();
    }
    let is_row = |line: &&str| detail::state_of_row(line).is_some();
    let head = lines.iter().position(is_row).unwrap_or(0);
    // Where so little is left, the table is not to be read anyway.
    let head = if head + ROWS_MIN > room { 0 } else { head };
    let (above, rows) = lines.split_at(head);
    let window = window(rows.len(), room - head, focus(rows));
    let (hidden, more) = (window.start, rows.len() - window.end);
    let first = (hidden > 0).then(|| cut(&format!("... {hidden} lines before")));
    let rest = (more > 0).then(|| cut(&format!("... and {more} more lines")));
    let shown = rows.get(window).unwrap_or_default();
    let above = above.iter().map(|line| cut(line));
    let shown = shown.iter().map(|line| cut(line));
    above.chain(first).chain(shown).chain(rest).collect()
}

/// The row to look at: the first that runs, else the first that failed.
fn focus(rows: &[&str]) -> usize {
    let first = |wanted| rows.iter().position(|row| detail::state_of_row(row) == Some(wanted));
    first(State::Active).or_else(|| first(State::Failed)).unwrap_or(0)
}

/// Which of `rows` stand in `room` lines, fewer than there are rows, with a line at each end that counts those left out.
fn window(rows: usize, room: usize, focus: usize) -> Range<usize> {
    let start = focus.saturating_sub(1);
    let at_end = rows.saturating_sub(room.saturating_sub(1));
    if start <= 1 || room < ROWS_MIN {
        0..room.saturating_sub(1)
    } else if start >= at_end {
        at_end..rows
    } else {
        start..(start + room - 2).min(rows)
    }
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

    /// A table of a hundred steps, of which those at `active` run.
    fn table(active: std::ops::Range<usize>, other: &str) -> String {
        let mark = |step| if active.contains(&step) { "●" } else { other };
        let rows = (0..100).map(|step| format!("├── {} s{step}\n", mark(step)));
        "n Running\nruns ● well\n\nSTEP\n".to_owned() + &rows.collect::<String>()
    }

    #[test]
    fn of_a_long_table_what_runs_is_seen() {
        let shown = |text: &str| fitted(text, 80, 10);
        let head = ["n Running", "runs ● well", "", "STEP"];
        let with = |rows: &[&'static str]| [&head[..], rows].concat();
        assert_eq!(
            shown(&table(50..52, "✔")),
            with(&[
                "... 49 lines before",
                "├── ✔ s49",
                "├── ● s50",
                "├── ● s51",
                "... and 48 more lines"
            ])
        );
        let top = with(&["├── ✔ s0", "├── ✔ s1", "├── ● s2", "├── ✔ s3", "... and 96 more lines"]);
        assert_eq!(shown(&table(2..3, "✔")), top);
        let end = with(&[
            "... 96 lines before",
            "├── ○ s96",
            "├── ○ s97",
            "├── ○ s98",
            "├── ● s99",
        ]);
        assert_eq!(shown(&table(99..100, "○")), end);
        let failed = table(0..0, "✔").replace("✔ s70", "✖ s70");
        assert!(shown(&failed).contains(&"├── ✖ s70".to_owned()));
        for height in 0..110 {
            for focus in 0..100 {
                let lines = fitted(&table(focus..focus + 1, "○"), 80, height);
                assert!(
                    lines.len() <= height.saturating_sub(1).max(1),
                    "{height} {focus} {lines:?}"
                );
                let row = format!("├── ● s{focus}");
                assert!(height < 9 || lines.contains(&row), "{height} {focus} {lines:?}");
            }
        }
    }
}
