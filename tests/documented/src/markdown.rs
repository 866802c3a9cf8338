//! Reading our documents: fenced blocks, links and headings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders with documents, and how deep below them documents are.
const FOLDERS: [(&str, usize); 3] = [(".", 1), ("docs", 4), ("charts/jobflow-operator", 1)];

/// A document.
pub struct Document {
    /// Its path from the root of the repository.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// A fenced block.
pub struct Block {
    /// What stands behind the opening fence, such as `console cluster`.
    pub info: String,
    /// The number of its first line in the document, from 0.
    pub first: usize,
    /// How far it is indented, which its lines are without.
    pub indent: usize,
    /// What stands between the fences.
    pub lines: Vec<String>,
}

/// The root of the repository.
pub fn root() -> &'static Path {
    let this_crate = Path::new(env!("CARGO_MANIFEST_DIR"));
    this_crate.ancestors().nth(2).unwrap_or(this_crate)
}

/// All documents, sorted by path.
pub fn documents() -> Vec<Document> {
    let mut paths = BTreeSet::new();
    for (folder, depth) in FOLDERS {
        for entry in walkdir::WalkDir::new(root().join(folder)).max_depth(depth) {
            let path = entry.unwrap().into_path();
            if path.extension().is_some_and(|extension| extension == "md") {
                paths.insert(path);
            }
        }
    }
    paths.iter().map(|path| Document::read(path)).collect()
}

impl Document {
    /// Reads one by its path.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let path = path.strip_prefix(root()).unwrap_or(path);
        Self {
            path: path.to_string_lossy().trim_start_matches("./").to_owned(),
            text,
        }
    }

    /// The folder that relative links start from.
    pub fn folder(&self) -> PathBuf {
        root().join(&self.path).parent().unwrap().to_owned()
    }

    /// Where `block` begins, as an editor takes it.
    pub fn place(&self, block: &Block) -> String {
        format!("{}:{}", self.path, block.first)
    }

    /// Its fenced blocks; those in lists are indented.
    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut open: Option<Block> = None;
        for (number, line) in self.text.lines().enumerate() {
            let content = line.trim_start();
            let fence = content.strip_prefix("```");
            match (&mut open, fence) {
                (None, Some(info)) => {
                    open = Some(Block {
                        info: info.trim().to_owned(),
                        first: number + 1,
                        indent: line.len() - content.len(),
                        lines: Vec::new(),
                    });
                }
                (Some(_), Some(_)) => blocks.extend(open.take()),
                (Some(block), None) => block
                    .lines
                    .push(line.get(block.indent..).unwrap_or_default().to_owned()),
                (None, None) => {}
            }
        }
        assert!(open.is_none(), "{}: a fenced block has no end", self.path);
        blocks
    }

    /// The targets of its links.
    pub fn links(&self) -> impl Iterator<Item = String> {
        let mut links = Vec::new();
        for line in self.prose() {
            // What stands between back-quotes is no link, but may be the text of one.
            let plain: String = line.split('`').step_by(2).collect();
            links.extend(
                plain
                    .split("](")
                    .skip(1)
                    .filter_map(|rest| rest.split_once(')').map(|(target, _)| target.to_owned())),
            );
        }
        links.into_iter()
    }

    /// What `#...` may name in it, as GitHub makes it of headings.
    pub fn anchors(&self) -> BTreeSet<String> {
        let headings = self.prose().filter(|line| line.starts_with('#'));
        let anchor = |heading: &str| -> String {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading
                .chars()
                .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        };
        headings.map(anchor).collect()
    }

    /// The lines that are in no fenced block.
    fn prose(&self) -> impl Iterator<Item = &str> {
        let mut is_open = false;
        self.text.lines().filter(move |line| {
            let is_fence = line.trim_start().starts_with("```");
            is_open ^= is_fence;
            !is_open && !is_fence
        })
    }
}

impl Block {
    /// Whether the first word behind the fence is this.
    pub fn is(&self, language: &str) -> bool {
        self.info.split(' ').next() == Some(language)
    }

    /// The words behind the first one.
    pub fn marks(&self) -> Vec<&str> {
        self.info.split(' ').skip(1).collect()
    }
}
