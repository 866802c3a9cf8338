//! Doing what a document shows, command by command.

use std::thread;
use std::time::{Duration, Instant};

use crate::commands::Shown;
use crate::runners::{Runner, runner};
use crate::shell::Shell;
use crate::tab::tell_left_out;
use crate::words::normal;
use crate::{Document, commands, is_offline, is_shown, root};

/// How long something that is looked at may take to be as it is shown.
const LIMIT: Duration = Duration::from_secs(90);

/// Asks for the exit status of the command before it.
const STATUS: &str = "echo $?";

const PAUSE: Duration = Duration::from_millis(300);

/// The commands of a document that one test runs. All of them must have been run when the value is dropped.
#[derive(Debug)]
pub struct Page<'a> {
    document: &'static str,
    left: Vec<Shown>,
    shell: &'a Shell,
    /// What the document writes, and what stands for it here.
    stands_for: Vec<(String, String)>,
    status: i32,
}

impl<'a> Page<'a> {
    /// The commands of this document that belong to this test.
    ///
    /// # Panics
    /// When there are none.
    pub fn open(document: &'static str, test: &str, shell: &'a Shell) -> Self {
        let blocks = Document::read(&root().join(document)).blocks();
        let shown = blocks.iter().filter(|block| is_shown(block) && !is_offline(block));
        let is_ours = |shown: &Shown| matches!(runner(document, shown), Some(Runner::Test(name)) if name == test);
        let left: Vec<Shown> = shown.flat_map(commands).filter(is_ours).collect();
        assert!(!left.is_empty(), "{document} has no commands for the test {test}");
        Self {
            document,
            left,
            shell,
            stands_for: Vec::new(),
            status: 0,
        }
    }

    /// Takes out the commands that contain this, with what asks for their status, to be run in a shell of their own.
    ///
    /// # Panics
    /// When there are none.
    pub fn part(&mut self, name: &str, shell: &'a Shell) -> Self {
        let mut is_part = false;
        let (part, left) = std::mem::take(&mut self.left).into_iter().partition(|shown: &Shown| {
            is_part = shown.command.contains(name) || (is_part && shown.command == STATUS);
            is_part
        });
        self.left = left;
        let part = Self {
            document: self.document,
            left: part,
            shell,
            stands_for: Vec::new(),
            status: 0,
        };
        assert!(!part.left.is_empty(), "{} has no commands with {name}", self.document);
        part
    }

    /// From now on `here` stands for what the document writes: a placeholder, or a name that was generated.
    pub fn stands_for(&mut self, written: &str, here: &str) {
        self.stands_for.retain(|(known, _)| known != written);
        self.stands_for.push((written.to_owned(), here.to_owned()));
    }

    /// Runs the next command that begins so, and compares what it prints; where nothing is shown it must succeed.
    ///
    /// # Panics
    /// When there is no such command, or it does something else than is shown.
    pub fn play(&mut self, beginning: &str) {
        let shown = self.take(beginning);
        if let Some(fault) = self.fault(&shown) {
            panic!("{}: {fault}", self.document);
        }
    }

    /// Runs all that are left in their order, as [`Page::play`] does; events, which come when they come, as [`Page::see`] does.
    ///
    /// # Panics
    /// When one of them does something else than is shown.
    pub fn play_all(&mut self) {
        while let Some(command) = self.left.first().map(|shown| shown.command.clone()) {
            if command.starts_with("kubectl events") {
                self.see(&command);
            } else {
                self.play(&command);
            }
        }
    }

    /// Runs the next command that begins so until it prints what is shown: it looks at something that is on its way.
    ///
    /// # Panics
    /// When there is no such command, or it is not so in time.
    pub fn see(&mut self, beginning: &str) {
        let shown = self.take(beginning);
        let start = Instant::now();
        while let Some(fault) = self.fault(&shown) {
            assert!(start.elapsed() < LIMIT, "{}, at last: {fault}", self.document);
            thread::sleep(PAUSE);
        }
    }

    /// Does not run the next command that begins so, and says what is not tested where nothing hides it.
    ///
    /// # Panics
    /// When there is no such command.
    pub fn leave_out(&mut self, beginning: &str, what: &str) {
        self.take(beginning);
        tell_left_out(what);
    }

    fn take(&mut self, beginning: &str) -> Shown {
        let found = self.left.iter().position(|shown| shown.command.starts_with(beginning));
        let left = || self.left.iter().map(|shown| shown.command.as_str()).collect::<Vec<_>>();
        let at = found.unwrap_or_else(|| panic!("{} has no `{beginning}` among {:?}", self.document, left()));
        self.left.remove(at)
    }

    /// What a command does otherwise than is shown.
    fn fault(&mut self, shown: &Shown) -> Option<String> {
        let replaced = |text: &str, is_back: bool| {
            self.stands_for.iter().fold(text.to_owned(), |text, (written, here)| {
                let (from, to) = if is_back { (here, written) } else { (written, here) };
                text.replace(from.as_str(), to)
            })
        };
        let (status, text) = self.shell.run(&replaced(&shown.command, false), self.status);
        let found = normal(&shown.command, &replaced(&text, true));
        let expected = normal(&shown.command, &shown.output.join("\n"));
        self.status = status;
        let is_so = if shown.output.is_empty() {
            status == 0
        } else {
            found == expected
        };
        (!is_so).then(|| {
            format!(
                "`{}` ended with {status} and printed\n{text}\n-- of which is left\n{}\n-- and what is shown is\n{}",
                shown.command,
                found.join("\n"),
                expected.join("\n"),
            )
        })
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        let left: Vec<&str> = self.left.iter().map(|shown| shown.command.as_str()).collect();
        if !thread::panicking() {
            assert!(left.is_empty(), "{}: was not run: {left:?}", self.document);
        }
    }
}

/// Runs a command once that several documents show in the same words.
///
/// # Panics
/// When they differ, and as [`Page::play`] does.
pub fn play_at_once(pages: &mut [Page<'_>], beginning: &str) {
    let shown: Vec<Shown> = pages.iter_mut().map(|page| page.take(beginning)).collect();
    let Some((first, page)) = shown.first().zip(pages.first_mut()) else {
        return;
    };
    assert!(shown.iter().all(|other| other == first), "they differ: {shown:?}");
    if let Some(fault) = page.fault(first) {
        panic!("{}: {fault}", page.document);
    }
}
