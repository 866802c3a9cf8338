//! Any bytes as a file of `jobflow validate`, from reading to every format, and mended.
#![no_main]
#![allow(dead_code, unused_imports, reason = "the sources of the program, without its command line")]

#[path = "../../src/cli"]
mod cli {
    pub mod exit;
    pub mod input;
    pub mod manifest;
    pub mod output;
    pub mod validate {
        pub mod check;
        pub mod examine;
        pub mod fix;
        pub mod json;
        pub mod outcome;
        pub mod output;
        pub mod parallel;
        pub mod read_file;
        pub mod schema;
        pub mod settings;
        pub mod suppress;
        pub mod text;
    }
}

use std::fs;
use std::sync::LazyLock;

use clap::ValueEnum as _;
use cli::input::Input;
use cli::validate::output::{Format, Links, Plan, View};
use cli::validate::parallel::Workers;
use cli::validate::settings::Settings;
use cli::validate::{check, fix};
use libfuzzer_sys::fuzz_target;
use tempfile::{NamedTempFile, TempPath};

static FILE: LazyLock<TempPath> = LazyLock::new(|| NamedTempFile::new().expect("a file can be made").into_temp_path());

fuzz_target!(|bytes: &[u8]| {
    fs::write(&*FILE, bytes).expect("a file can be written");
    let (settings, workers) = (Settings::default(), Workers::default());
    let loaded = check::load(vec![Ok(Input::File(FILE.to_path_buf()))], &workers);
    let outcome = check::check(loaded.clone(), Vec::new(), &settings, &workers);
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    let plan = Plan {
        targets: Vec::new(),
        is_quiet: true,
        is_verbose: false,
        width: 140,
        links: Links::new(None),
    };
    let view = View::new(&outcome, &plan, outcome.exit());
    for format in Format::value_variants() {
        hold(*format, &format.render(&view), view.remarks.len());
    }
    let mended = fix::mend(&loaded, &[], &settings, &workers);
    assert!(mended.left().unreadable() <= outcome.unreadable(), "a fix made something unreadable");
});

/// What must be true of every text.
fn hold(format: Format, text: &str, remarks: usize) {
    let json = || serde_json::from_str::<serde_json::Value>(text).expect("the output is JSON");
    match format {
        Format::Json => {
            for finding in json()["findings"].as_array().expect("there is always a list") {
                let (line, column) = (finding["line"].as_u64(), finding["column"].as_u64());
                assert!(line >= Some(1) && column >= Some(1), "a finding without a place: {finding}");
            }
        }
        Format::Sarif => assert_eq!(json()["runs"][0]["results"].as_array().map(Vec::len), Some(remarks)),
        Format::Gitlab => assert_eq!(json().as_array().map(Vec::len), Some(remarks)),
        Format::Concise => assert_eq!(text.lines().count(), remarks),
        Format::Github => assert!(text.lines().count() >= remarks && text.lines().all(|line| line.starts_with("::"))),
        Format::Jsonl => assert_eq!(text.lines().count(), remarks + 1),
        Format::Junit => drop(quick_junit::Report::deserialize_from_str(text).expect("the output is JUnit")),
        Format::Tap => assert!(text.starts_with("TAP version 14\n")),
        Format::Full => {}
    }
}
