//! Any bytes as a file of `jobflow validate`, from reading to both forms of output, and mended.
#![no_main]
#![allow(dead_code, reason = "the sources of the program, without its command line")]

#[path = "../../src/cli"]
mod cli {
    pub mod exit;
    pub mod input;
    pub mod manifest;
    pub mod output;
    pub mod validate {
        pub mod check;
        pub mod fix;
        pub mod json;
        pub mod parallel;
        pub mod schema;
        pub mod settings;
        pub mod suppress;
        pub mod text;
    }
}

use std::fs;
use std::sync::LazyLock;

use cli::input::Input;
use cli::validate::settings::Settings;
use cli::validate::{check, fix, json, text};
use libfuzzer_sys::fuzz_target;
use tempfile::{NamedTempFile, TempPath};

static FILE: LazyLock<TempPath> = LazyLock::new(|| NamedTempFile::new().expect("a file can be made").into_temp_path());

fuzz_target!(|bytes: &[u8]| {
    fs::write(&*FILE, bytes).expect("a file can be written");
    let (settings, loaded) = (Settings::default(), check::load(vec![Ok(Input::File(FILE.to_path_buf()))]));
    let outcome = check::check(loaded.clone(), Vec::new(), &settings);
    assert!(outcome.failures.is_empty(), "{:?}", outcome.failures);
    let document: serde_json::Value = serde_json::from_str(&json::document(&outcome)).expect("the output is JSON");
    let findings = document["findings"].as_array().expect("there is always a list");
    for finding in findings {
        let (line, column) = (finding["line"].as_u64(), finding["column"].as_u64());
        assert!(
            line >= Some(1) && column >= Some(1),
            "a finding without a place: {finding}"
        );
    }
    assert_eq!(text::findings(&outcome).is_empty(), findings.is_empty());
    assert!(!text::summary(&outcome).is_empty());
    let mended = fix::mend(&loaded, &[], &settings);
    assert!(mended.after.unreadable() <= outcome.unreadable(), "a fix made something unreadable");
});
