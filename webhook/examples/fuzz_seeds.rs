//! Writes what the fuzzer of the webhook begins with, for `cargo xtask fuzz`: `fuzz_seeds GOLDEN_FOLDER SEEDS_FOLDER`.

#[path = "../tests/common/reviews.rs"]
mod reviews;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [golden, seeds] = arguments.as_slice() else {
        bail!("usage: fuzz_seeds GOLDEN_FOLDER SEEDS_FOLDER");
    };
    let seeds = Path::new(seeds);
    fs::create_dir_all(seeds).with_context(|| format!("{} cannot be made", seeds.display()))?;
    let reviews = reviews::of_golden_cases(Path::new(golden));
    ensure!(!reviews.is_empty(), "there are no golden cases in {golden}");
    for (name, review) in reviews {
        fs::write(seeds.join(name), review).context("a seed cannot be written")?;
    }
    Ok(())
}
