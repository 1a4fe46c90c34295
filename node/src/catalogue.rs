//! The catalogue on disk: a folder, or one file; bounded before it is read.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, bail, ensure};
use vereda_sync::catalogue::source::{self, HEAD, SERVICES, STANDARDS, TRANSLATIONS};
use vereda_sync::catalogue::{Catalogue, MAX_CATALOGUE_BYTES, Source};

use crate::config::Config;

pub mod proposal;
pub mod publishing;
pub mod signed;
pub mod xlsform;

/// Files that a folder holds at most.
const MAX_FILES: usize = 2_100;

/// Reads and checks the catalogue in a folder, or one that is a single file.
///
/// # Errors
/// Everything that is wrong with it, a line each.
pub fn load(path: &Path) -> anyhow::Result<Catalogue> {
    let sources = sources(path)?;
    source::read(&sources).with_context(|| format!("the catalogue {}", path.display()))
}

/// The catalogue that a node is configured with.
#[derive(Debug)]
pub enum Configured {
    /// A folder, or one file of text: whoever can write there changes it.
    Plain(Catalogue),
    /// A file that ends in `.vcat`, signed by a hub of the node's authority.
    Signed(signed::Signed),
}

impl Configured {
    /// What it offers.
    #[must_use]
    pub fn catalogue(&self) -> &Catalogue {
        match self {
            Self::Plain(catalogue) => catalogue,
            Self::Signed(signed) => &signed.catalogue,
        }
    }
}

/// What a node is configured with.
///
/// # Errors
/// What is wrong with it.
pub fn configured(config: &Config) -> anyhow::Result<Configured> {
    let path = &config.catalogue.file;
    if !signed::is_signed(path) {
        return Ok(Configured::Plain(load(path)?));
    }
    let authority = config
        .authority()
        .context("a signed catalogue needs an authority: `[hub]` or `[sync]` names its file")?;
    Ok(Configured::Signed(signed::load(path, authority)?))
}

/// The files of a catalogue.
///
/// # Errors
/// When one cannot be read, or there is too much.
pub fn sources(path: &Path) -> anyhow::Result<Vec<Source>> {
    let mut reader = Reader::default();
    if !path.is_dir() {
        reader.file(path, HEAD.to_owned())?;
        return Ok(reader.sources);
    }
    reader.file(&path.join(HEAD), HEAD.to_owned())?;
    let standards = path.join(STANDARDS);
    if standards.exists() {
        reader.file(&standards, STANDARDS.to_owned())?;
    }
    for folder in [SERVICES, TRANSLATIONS] {
        reader.folder(&path.join(folder), folder)?;
    }
    Ok(reader.sources)
}

#[derive(Default)]
struct Reader {
    sources: Vec<Source>,
    bytes: u64,
}

impl Reader {
    fn file(&mut self, path: &Path, name: String) -> anyhow::Result<()> {
        let said = || format!("the catalogue {}", path.display());
        let room = (MAX_CATALOGUE_BYTES as u64).saturating_sub(self.bytes);
        let mut text = String::new();
        let file = std::fs::File::open(path).with_context(said)?;
        let read = file.take(room + 1).read_to_string(&mut text);
        let read = read.with_context(said)? as u64;
        if read > room {
            bail!(
                "{}: a catalogue has at most {MAX_CATALOGUE_BYTES} bytes, all its files together",
                path.display()
            );
        }
        self.bytes += read;
        self.sources.push(Source { name, text });
        Ok(())
    }

    fn folder(&mut self, path: &Path, name: &str) -> anyhow::Result<()> {
        if !path.exists() {
            return Ok(());
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(path).with_context(|| path.display().to_string())? {
            let entry = entry?;
            let file = entry.file_name().to_string_lossy().into_owned();
            if file.ends_with(".toml") && !file.starts_with('.') {
                files.push(file);
            }
            ensure!(
                files.len() <= MAX_FILES,
                "{}: a catalogue has at most {MAX_FILES} files",
                path.display()
            );
        }
        files.sort();
        for file in files {
            self.file(&path.join(&file), format!("{name}{file}"))?;
        }
        Ok(())
    }
}
