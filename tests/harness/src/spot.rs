//! Nodes in folders of their own, made of the demonstration's files.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use anyhow::Context;
use vereda::authority::{self, Role};
use vereda::config::Config;
use vereda::desk::LinkView;
use vereda_web::desk::port::Link;

use crate::folder;

/// Who signs in at spots: id and PIN.
pub const MEDIATOR: (&str, &str) = ("ana.m", "2718");
/// Who signs in at the hub's console: id and PIN.
pub const OPERATOR: (&str, &str) = ("teresa.n", "1618");
/// Who reads and changes nothing there.
pub const AUDITOR: (&str, &str) = ("ines.f", "3606");
/// The scope of every record.
pub const SCOPE: &str = "monchique";

/// Hashing a PIN is slow on purpose, so once a process.
static STAFF: LazyLock<Result<String, String>> = LazyLock::new(|| {
    let line = |(id, pin), name, role| -> Result<String, String> {
        let hash = vereda::staff::hash_pin(pin)?;
        Ok(format!(
            "[[mediator]]\nid = \"{id}\"\nname = \"{name}\"\nrole = \"{role}\"\npin = \"{hash}\"\n"
        ))
    };
    Ok(line(MEDIATOR, "Ana Martins", "mediator")?
        + &line(OPERATOR, "Teresa Nunes", "operator")?
        + &line(AUDITOR, "Inês Farinha", "auditor")?)
});

/// A node's folder with its configuration.
#[derive(Debug)]
pub struct Place {
    folder: PathBuf,
}

impl Place {
    /// The vehicle of the demonstration, in `folder`; its hub is at `hub_port` of this
    /// machine. Certificates are there once an [`Authority`] enrolled it.
    ///
    /// # Errors
    /// What the disk says.
    pub fn spot(folder: PathBuf, hub_port: u16) -> anyhow::Result<Self> {
        Self::make(folder, "movel-07.toml", hub_port)
    }

    /// The care home's laptop of the demonstration, in `folder`.
    ///
    /// # Errors
    /// What the disk says.
    pub fn home(folder: PathBuf, hub_port: u16) -> anyhow::Result<Self> {
        Self::make(folder, "solidario-02.toml", hub_port)
    }

    /// The hub of the demonstration.
    ///
    /// # Errors
    /// What the disk says.
    pub fn hub(folder: PathBuf) -> anyhow::Result<Self> {
        Self::make(folder, "central.toml", 0)
    }

    fn make(folder: PathBuf, template: &str, hub_port: u16) -> anyhow::Result<Self> {
        let demo = folder::repository().join("images/demo");
        std::fs::create_dir_all(&folder)?;
        folder::copy(&demo.join("catalogue"), &folder.join("catalogue"))?;
        let staff = STAFF.as_ref().map_err(|why| anyhow::anyhow!("{why}"))?;
        std::fs::write(folder.join("staff.toml"), staff)?;
        let config =
            std::fs::read_to_string(demo.join(template)).with_context(|| template.to_owned())?;
        // Nobody asks there, and a port that the system picks may be one that a test keeps for another door.
        let config = without(&without(&config, "[verify]"), "[agencies]")
            .replace("{web_port}", "0")
            .replace("{hub_port}", &hub_port.to_string())
            .replace("{peers_port}", "0")
            .replace("{meet_port}", "9")
            .replace("{reader}", "none");
        std::fs::write(folder.join("config.toml"), config)?;
        Ok(Self { folder })
    }

    /// Its folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its configuration file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    /// Changes the text of its configuration.
    ///
    /// # Errors
    /// When it does not have `from`, or what the disk says.
    pub fn configure(&self, from: &str, to: &str) -> anyhow::Result<()> {
        let text = std::fs::read_to_string(self.config_file())?;
        anyhow::ensure!(text.contains(from), "the configuration lacks {from:?}");
        Ok(std::fs::write(self.config_file(), text.replace(from, to))?)
    }

    /// Its configuration.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn config(&self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.config_file())?)
    }
}

/// A configuration without a section, and those within it.
fn without(config: &str, section: &str) -> String {
    let within = format!("[{}.", section.trim_matches(['[', ']']));
    let mut left = false;
    let keeps = |line: &&str| {
        if let Some(head) = line.strip_prefix('[') {
            let inner = format!("[{}", head.trim_start_matches('['));
            left = line.starts_with(section) || inner.starts_with(&within);
        }
        !left
    };
    config
        .lines()
        .filter(keeps)
        .map(|line| format!("{line}\n"))
        .collect()
}

/// An authority in the folder `authority` beside those of its nodes, where the
/// demonstration's hub looks for the list.
#[derive(Debug)]
pub struct Authority(PathBuf);

impl Authority {
    /// Makes one among the nodes' folders.
    ///
    /// # Errors
    /// What the disk says.
    pub fn make(among: &Path) -> anyhow::Result<Self> {
        let folder = among.join("authority");
        authority::new(&folder, "Vereda bench")?;
        Ok(Self(folder))
    }

    /// Enrols a node.
    ///
    /// # Errors
    /// What is wrong.
    pub fn enrol(&self, place: &Place) -> anyhow::Result<()> {
        let node = place.config()?.node;
        let (role, names) = match node.kind {
            vereda::config::Kind::Hub => (Role::Hub, vec!["localhost".to_owned()]),
            _ => (Role::Spot, vec![]),
        };
        let out = place.folder.join("keys");
        authority::enrol(&self.0, &node.id, role, &node.scopes, &names, &out)?;
        Ok(())
    }
}

/// A desk without a way to a hub.
#[derive(Debug)]
pub struct Alone;

impl LinkView for Alone {
    fn link(&self) -> Link {
        Link::None
    }

    fn sync_now(&self) {}
}
