//! How a subcommand ends: the exit statuses, which are a contract, and what a panic becomes.

use std::panic;
use std::process::{self, ExitCode};

/// The end of a subcommand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing was denied.
    Clean = 0,
    /// Something was denied.
    Denied = 1,
    /// Something could not be read. Wrong usage ends in the same way.
    Unreadable = 2,
    /// The program itself failed.
    Internal = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// From here on a panic, in any thread, ends the program with one sentence and [`Exit::Internal`], so that a pipeline
/// cannot take it for a verdict.
pub fn on_panic() {
    panic::set_hook(Box::new(|info| {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = text.unwrap_or("unknown cause");
        let place = info.location().map_or(String::new(), |place| format!(" at {place}"));
        super::output::complain(&format!(
            "internal error: {message}{place}; please report it with the input"
        ));
        process::exit(Exit::Internal as i32);
    }));
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::Command;

    use super::on_panic;

    /// Set in the process that is to panic, so that running all ignored tests harms nobody.
    const CHILD: &str = "JOBFLOW_TEST_PANICS";

    #[test]
    #[ignore = "ends the process; run by the test below in one of its own"]
    fn child_that_panics_in_a_thread() {
        if env::var_os(CHILD).is_some() {
            on_panic();
            let _ = std::thread::spawn(|| panic!("the sky fell")).join();
        }
    }

    #[test]
    fn a_panic_ends_the_program_with_one_sentence_and_status_three() {
        let child = "cli::exit::tests::child_that_panics_in_a_thread";
        let mut command = Command::new(env::current_exe().unwrap());
        let output = command
            .env(CHILD, "1")
            .args(["--exact", child, "--ignored", "--nocapture"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(3));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.starts_with("internal error: the sky fell at "), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}
