//! The tutorial, from its first command to its last.

use documented::Page;

use crate::desk;

const TEST: &str = "tests/cluster/tests/pages/tutorial.rs::the_tutorial_prints_what_it_shows";

pub fn the_tutorial_prints_what_it_shows() {
    let (_namespace, shell) = desk("tutorial");
    let mut page = Page::open("docs/tutorial.md", TEST, &shell);
    page.play_all();
}
