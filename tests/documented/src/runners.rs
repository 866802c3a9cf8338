//! Who runs each command of the documents: every one has a test, or a reason why it cannot be run here.

use crate::commands::Shown;

/// A test that runs commands of a document by a [`crate::Page`].
#[derive(Debug)]
pub struct Played {
    /// Its path from the root of the repository.
    pub document: &'static str,
    /// What those of its commands contain that the test runs, of what is not named before.
    pub part: &'static str,
    /// The file, or the `main.rs` of its folder, and the function.
    pub test: &'static str,
}

/// A command that no test runs.
#[derive(Debug)]
pub struct NotRun {
    /// Its path from the root of the repository.
    pub document: &'static str,
    /// How it begins.
    pub command: &'static str,
    /// Why it cannot be run here, or what is run in its place.
    pub reason: &'static str,
}

/// Who runs a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// A test, by its file and function.
    Test(&'static str),
    /// Nobody, for this reason.
    Nobody(&'static str),
}

/// Who runs this command, which needs more than our program; nobody knows where there is no entry.
pub fn runner(document: &str, shown: &Shown) -> Option<Runner> {
    let is_not_run = |entry: &&NotRun| entry.document == document && shown.command.starts_with(entry.command);
    let is_played = |entry: &&Played| entry.document == document && shown.command.contains(entry.part);
    match NOT_RUN.iter().find(is_not_run) {
        Some(entry) => Some(Runner::Nobody(entry.reason)),
        None => PLAYED.iter().find(is_played).map(|entry| Runner::Test(entry.test)),
    }
}

const LIFECYCLE: &str =
    "tests/cluster/tests/node_lifecycle/main.rs::an_operator_is_installed_upgraded_lost_and_removed";
const KINDS: &str = "tests/cluster/tests/pages/kinds.rs::the_smallest_manifest_of_each_kind_does_what_its_page_shows";
const PIPELINES: &str = "tests/cluster/tests/pages/pipelines.rs::what_others_render_or_hold_is_piped_as_shown";
const COMMAND_LINE: &str = "tests/cluster/tests/node_authors/command_line.rs::the_page_prints_what_it_shows";

/// Which test runs what. The first entry counts that fits.
pub const PLAYED: [Played; 24] = [
    part("README.md", "helm", LIFECYCLE),
    all(
        "README.md",
        "tests/cluster/tests/pages/readme.rs::the_readme_prints_what_it_shows",
    ),
    all("docs/ci.md", PIPELINES),
    all(
        "docs/completions.md",
        "tests/completions.rs::what_the_page_shows_is_saved_where_shells_and_man_find_it",
    ),
    all("docs/daemon-job.md", KINDS),
    all("docs/graph.md", PIPELINES),
    all("docs/how-to/gitops.md", PIPELINES),
    part("docs/how-to/migrate-from-jobflow-operator.md", "helm", LIFECYCLE),
    all("docs/how-to/migrate-from-jobflow-operator.md", PIPELINES),
    part("docs/how-to/migrate-from-jobs-manager-operator.md", "helm", LIFECYCLE),
    all("docs/how-to/migrate-from-jobs-manager-operator.md", PIPELINES),
    part("docs/how-to/migrate-from-sequential-job-operator.md", "helm", LIFECYCLE),
    all("docs/how-to/migrate-from-sequential-job-operator.md", PIPELINES),
    all("docs/job-flow.md", KINDS),
    all("docs/job-template.md", KINDS),
    all("docs/kubectl-jobflow.md", COMMAND_LINE),
    all("docs/managed-job.md", KINDS),
    all("docs/operators/certificates.md", LIFECYCLE),
    all("docs/operators/emergency.md", LIFECYCLE),
    all("docs/operators/install.md", LIFECYCLE),
    all("docs/operators/upgrades.md", LIFECYCLE),
    all("docs/render.md", PIPELINES),
    all("docs/sequential-job.md", KINDS),
    all(
        "docs/tutorial.md",
        "tests/cluster/tests/pages/tutorial.rs::the_tutorial_prints_what_it_shows",
    ),
];

/// What cannot be run here, and why.
pub const NOT_RUN: [NotRun; 8] = [
    not_run(
        "CONTRIBUTING.md",
        "cargo test",
        "has a placeholder, and would build inside of a test; it is how this test is run",
    ),
    not_run(
        "CONTRIBUTING.md",
        "UPDATE_EXPECT=1 cargo test",
        "writes into the checkout; that nothing is left to be written is what the test of this name says",
    ),
    not_run(
        "CONTRIBUTING.md",
        "cargo xtask gen",
        "writes into the checkout; `generated_files_are_current` says that nothing is left to be written",
    ),
    not_run(
        "README.md",
        "cargo xtask demo",
        "starts a cluster of its own beside the one of the tests, and stays until Ctrl-C",
    ),
    not_run("README.md", "cargo xtask test", "is what runs this test"),
    not_run(
        "docs/operators/install.md",
        "docker build",
        "needs the internet for Alpine; `cargo xtask image` builds the same for the tests on a node",
    ),
    not_run(
        "docs/operators/install.md",
        "docker push",
        "needs a registry; the nodes of the tests get the image without one",
    ),
    not_run(
        "docs/tutorial.md",
        "cargo xtask demo",
        "starts a cluster of its own beside the one of the tests, and stays until Ctrl-C",
    ),
];

const fn all(document: &'static str, test: &'static str) -> Played {
    part(document, "", test)
}

const fn part(document: &'static str, part: &'static str, test: &'static str) -> Played {
    Played { document, part, test }
}

const fn not_run(document: &'static str, command: &'static str, reason: &'static str) -> NotRun {
    NotRun {
        document,
        command,
        reason,
    }
}
