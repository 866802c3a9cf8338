//! The world of the offline commands: everything that was read, and what can be made of it.

use std::path::PathBuf;

use jobflow_core::admission::{self, KnownTemplates, ObjectName, Recognized};
use jobflow_core::kinds::Kind;
use serde_json::Value;

use super::exit::Exit;
use super::input;
use super::manifest::Manifest;
use super::{output, validate};

/// What was read.
#[derive(Debug, Default)]
pub struct World {
    /// The objects of our kinds, in the order of the arguments.
    pub objects: Vec<Known>,
    /// The names of the JobTemplates among them.
    pub templates: KnownTemplates,
    /// What was read, as validate takes it.
    inputs: Vec<(String, Vec<u8>)>,
    /// Whether something could not be read.
    is_partial: bool,
}

/// An object of ours.
#[derive(Debug)]
pub struct Known {
    /// The name of the file.
    pub file: String,
    /// Its kind.
    pub kind: &'static Kind,
    /// The object.
    pub value: Value,
}

impl Known {
    /// Kind and name, as sentences call it: `JobFlow 'nightly'`.
    pub fn title(&self) -> String {
        let name = match ObjectName::of(&self.value) {
            ObjectName::Given(name) => name.to_owned(),
            ObjectName::Generated(prefix) => format!("{prefix}?????"),
            ObjectName::Missing => String::new(),
        };
        format!("{} {}", self.kind.kind, jobflow_core::text::named(&name))
    }
}

impl World {
    /// Reads all of `paths`: files, directories, or `-` for standard input, which no path at all means too if it is a pipe.
    /// What cannot be read is told on standard error. `None` where there is nothing to read.
    pub fn read(paths: &[PathBuf]) -> Option<Self> {
        let mut world = Self::default();
        for input in input::collect(paths)? {
            let read = input.and_then(|input| Ok((input.name(), input.read()?)));
            match read {
                Ok((name, bytes)) => world.take(name, bytes),
                Err(failure) => {
                    output::complain(&format!("error: {failure}"));
                    world.is_partial = true;
                }
            }
        }
        Some(world)
    }

    /// Reads more, such as templates that stand elsewhere.
    pub fn append(&mut self, paths: &[PathBuf]) {
        if let Some(mut more) = Self::read(paths) {
            for object in &more.objects {
                self.templates.note(&object.value);
            }
            self.objects.append(&mut more.objects);
            self.inputs.append(&mut more.inputs);
            self.is_partial |= more.is_partial;
        }
    }

    /// Takes the objects of a file.
    fn take(&mut self, name: String, bytes: Vec<u8>) {
        let manifest = Manifest::read(bytes.clone());
        for fault in &manifest.unreadable {
            let position = manifest.source.position(fault.span.start);
            let (line, column) = (position.line, position.column);
            output::complain(&format!(
                "error: {name}:{line}:{column}: cannot be read: {}",
                fault.message
            ));
            self.is_partial = true;
        }
        let objects = manifest.documents.into_iter().flat_map(|document| document.objects);
        for object in objects {
            self.templates.note(&object.value);
            if let Recognized::Ours(kind) = admission::recognize(&object.value) {
                self.objects.push(Known {
                    file: name.clone(),
                    kind,
                    value: object.value,
                });
            }
        }
        self.inputs.push((name, bytes));
    }

    /// How it ends if all goes well.
    pub fn exit(&self) -> Exit {
        if self.is_partial { Exit::Unreadable } else { Exit::Clean }
    }

    /// Tells what admission would deny, in the form of `jobflow validate`, on standard error.
    ///
    /// # Errors
    /// How it ends, if admission would deny anything.
    pub fn check(&mut self) -> Result<(), Exit> {
        let Some(findings) = validate::denial(std::mem::take(&mut self.inputs)) else {
            return Ok(());
        };
        output::complain(findings.trim_end());
        Err(self.exit().max(Exit::Denied))
    }
}
