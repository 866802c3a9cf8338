//! Building the programs from their Go modules, once for all checkouts with the same pinned versions.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::files;
use crate::go_modules::{GoModule, module_of, source_files, sources};
use crate::interrupt;
use crate::process::{self, ProcessRecord};
use crate::state::StateFolder;
use crate::wait;

/// How often a running build says that it is alive.
const PROGRESS_INTERVAL: Duration = Duration::from_secs(10);

/// Flags for every module: static programs without a C compiler, no symbols, the same bytes in every checkout.
const FLAGS: [&str; 4] = ["build", "-v", "-trimpath", "-buildvcs=false"];

/// The folder of programs built from one module as it is pinned now. Each module has its own, so that a new one leaves
/// the others as they are.
#[derive(Debug)]
pub(crate) struct ProgramCache {
    folder: PathBuf,
}

impl ProgramCache {
    /// The folder for the module that has this program. It need not exist.
    pub(crate) fn of_program(name: &str) -> Result<Self> {
        let module = module_of(name)?;
        let mut contents = vec![FLAGS.join(" ").into_bytes(), module.ld_flags.as_bytes().to_vec()];
        for path in source_files(module)? {
            contents.push(fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?);
        }
        let hash = files::hash_name(contents.iter().map(Vec::as_slice));
        let name = format!("{}-{hash}", module.folder);
        Ok(Self {
            folder: files::cache_folder()?.join("cluster").join(name),
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Waits until no other checkout builds into this folder.
    fn lock(&self) -> Result<File> {
        let path = self.folder.join("build.lock");
        let file = File::create(&path).with_context(|| format!("{} cannot be opened", path.display()))?;
        if file.try_lock().is_err() {
            eprintln!(
                "waiting for another build of the same programs (lock {})",
                path.display()
            );
            while file.try_lock().is_err() {
                interrupt::check()?;
                thread::sleep(Duration::from_millis(200));
            }
        }
        Ok(file)
    }
}

/// The folder of the sources that Go downloaded for `package`, which a module of ours pins.
pub(crate) fn package_folder(program: &str, package: &str) -> Result<PathBuf> {
    let mut command = Command::new("go");
    command.args(["list", "-m", "-f", "{{.Dir}}", package]);
    command
        .current_dir(sources(module_of(program)?))
        .envs([("GOWORK", "off"), ("GOFLAGS", "-mod=mod")]);
    let output = command.output().context("go cannot be started")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "`go list -m {package}` failed: {}",
        complaint.trim()
    );
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

/// Builds the module that has this program, unless somebody else just did.
pub(crate) fn build_module_of(name: &str, cache: &ProgramCache, state: &StateFolder) -> Result<()> {
    let module = module_of(name)?;
    ensure_go(name)?;
    files::make_folder(cache.folder())?;
    let _lock = cache.lock()?;
    if cache.program(name).exists() {
        return Ok(());
    }
    let draft = cache.folder().join("unfinished");
    remove_folder(&draft)?;
    files::make_folder(&draft)?;
    go_build(module, cache, &draft, state)?;
    for (program, _) in module.programs {
        // Renamed only when complete: a killed build leaves nothing that could be taken for a program.
        let (from, to) = (draft.join(program), cache.program(program));
        fs::rename(&from, &to).with_context(|| format!("{} cannot be moved into place", from.display()))?;
    }
    remove_folder(&draft)
}

fn ensure_go(name: &str) -> Result<()> {
    let answer = Command::new("go").arg("version").output();
    let works = answer.is_ok_and(|output| output.status.success());
    ensure!(
        works,
        "the program '{name}' is missing, and so is Go to build it. Either install Go 1.26 or later, so that the pinned \
         versions are built once, or put etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kwok (and \
         helm, for the tests) into `PATH` or into the folder that `KUBEBUILDER_ASSETS` names"
    );
    Ok(())
}

fn go_build(module: &GoModule, cache: &ProgramCache, draft: &Path, state: &StateFolder) -> Result<()> {
    let first = module.programs.first().map_or(module.folder, |(program, _)| program);
    let log = cache.folder().join(format!("build-{first}.log"));
    eprintln!(
        "building {} once for all checkouts; on two cores this takes about {} (log {})",
        module.label,
        module.usual_minutes,
        log.display()
    );
    let mut output = draft.as_os_str().to_owned();
    // With the slash, go writes one file a package into the folder.
    output.push("/");
    let mut child = Command::new("go")
        .args(FLAGS)
        .args(["-ldflags", module.ld_flags, "-o"])
        .arg(output)
        .args(module.programs.iter().map(|(_, package)| package))
        .current_dir(sources(module))
        .envs([("CGO_ENABLED", "0"), ("GOWORK", "off"), ("GOFLAGS", "")])
        // A group of its own: stopping it stops the compilers that it runs.
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .context("go cannot be started")?;
    let record = ProcessRecord::of("go", child.id(), &log, 5)?;
    state.record_process(&record)?;
    let followed = follow(&mut child, module, &log);
    if followed.is_err() {
        process::stop_all(&[record])?;
    }
    let status = child.wait().context("go cannot be waited for")?;
    state.forget_process("go");
    followed?;
    let tail = wait::last_lines(&log, 20);
    ensure!(
        status.success(),
        "{} could not be built ({status}); go said:\n{tail}",
        module.label
    );
    Ok(())
}

/// Copies what go says into the log, and tells from time to time how far it is, until it says no more.
fn follow(child: &mut Child, module: &GoModule, log: &Path) -> Result<()> {
    let mut log_file = File::create(log).with_context(|| format!("{} cannot be written", log.display()))?;
    let lines = lines_of(child)?;
    let start = Instant::now();
    let mut told = Instant::now();
    let (mut downloaded, mut compiled) = (0, 0);
    loop {
        match lines.recv_timeout(Duration::from_millis(200)) {
            Ok(line) => {
                writeln!(log_file, "{line}")?;
                if line.starts_with("go: downloading") {
                    downloaded += 1;
                } else {
                    compiled += 1;
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => interrupt::check()?,
        }
        if told.elapsed() >= PROGRESS_INTERVAL {
            told = Instant::now();
            let seconds = start.elapsed().as_secs();
            eprintln!(
                "  {}: {seconds} s, {downloaded} modules downloaded, {compiled} packages compiled",
                module.label
            );
        }
    }
    eprintln!("  {}: done after {} s", module.label, start.elapsed().as_secs());
    Ok(())
}

fn lines_of(child: &mut Child) -> Result<Receiver<String>> {
    let Some(stream) = child.stderr.take() else {
        bail!("the output of go was not captured");
    };
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

fn remove_folder(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("{} cannot be removed", path.display()))?;
    }
    Ok(())
}
