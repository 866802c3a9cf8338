//! `jobflow watch`: an object as it changes, until it ends.

use std::fmt::Write as _;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use clap::Args;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval};

use super::detail::Detail;
use super::fault::{End, Fault, Result};
use super::follow::{Follower, News};
use super::get::ObjectArgs;
use super::session::Session;
use super::show;
use super::transitions::Transitions;
use super::view::{Phase, View};

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
    let is_live = io::stdout().is_terminal() && !args.plain && !args.timestamps;
    let mut screen = Screen::default();
    let mut told = Transitions::default();
    let mut pods = Vec::new();
    let mut last = None;
    let mut follower = Follower::of(&session, &view);
    let mut ticks = interval(REDRAW_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let news = tokio::select! {
            news = follower.next() => Some(news?),
            _ = ticks.tick(), if is_live => None,
        };
        match news {
            None => {
                if let Some(view) = &mut last {
                    pods = session.look_closer(view).await;
                    screen.draw(view, &pods)?;
                }
            }
            Some(News::Is(view)) => {
                if !is_live {
                    print_lines(&told.of(&view, Timestamp::now()), args.timestamps)?;
                }
                if let Some(end) = end_of(&view) {
                    return finish(&session, *view, is_live, &mut screen, end).await;
                }
                if is_live {
                    screen.draw(&view, &pods)?;
                }
                last = Some(*view);
            }
            Some(News::Gone) => return Err(Fault::refused(format!("{} was deleted before it ended", view.title()))),
        }
    }
}

/// How the command ends with an object that has ended.
pub fn end_of(view: &View) -> Option<End> {
    match view.phase() {
        Phase::Succeeded => Some(End::Done),
        Phase::Failed => Some(End::Failed),
        _ => None,
    }
}

async fn finish(session: &Session, mut view: View, is_live: bool, screen: &mut Screen, end: End) -> Result<End> {
    if is_live {
        let pods = session.look_closer(&mut view).await;
        screen.draw(&view, &pods)?;
    }
    Ok(end)
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
    let cut = |line: &str| line.chars().take(width).collect::<String>();
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
