//! The pages for administrators, whose commands this test runs.

use documented::{Page, Shell, play_at_once};
use test_cluster::Chart;

const TEST: &str = "tests/cluster/tests/node_lifecycle/main.rs::an_operator_is_installed_upgraded_lost_and_removed";

/// The pages, each with the commands that are left.
pub struct Pages<'a> {
    shell: &'a Shell,
    pub certificates: Page<'a>,
    pub emergency: Page<'a>,
    pub upgrades: Page<'a>,
    /// With the first page of all, which shows the same installation.
    pub install: [Page<'a>; 2],
    migrations: [Page<'a>; 3],
}

impl<'a> Pages<'a> {
    pub fn open(shell: &'a Shell) -> Self {
        let open = |document| Page::open(document, TEST, shell);
        let mut install = [open("docs/operators/install.md"), open("README.md")];
        for page in &mut install {
            // Where the node knows the image from.
            page.stands_for("<your registry>", "docker.io/library");
        }
        Self {
            shell,
            certificates: open("docs/operators/certificates.md"),
            emergency: open("docs/operators/emergency.md"),
            upgrades: open("docs/operators/upgrades.md"),
            install,
            migrations: [
                open("docs/how-to/migrate-from-jobflow-operator.md"),
                open("docs/how-to/migrate-from-jobs-manager-operator.md"),
                open("docs/how-to/migrate-from-sequential-job-operator.md"),
            ],
        }
    }

    /// Which chart the commands mean that name one of the checkout.
    pub fn use_chart(&self, chart: &Chart) {
        self.shell.link("charts", chart.path().parent().unwrap());
    }

    /// Installs as somebody does who comes from another operator.
    pub fn migrate(&mut self) {
        play_at_once(&mut self.migrations, "helm install");
    }
}
