//! What the demonstration writes before it starts: folders, ports, configs, staff.

use crate::{place, run};
use std::fs;
use std::io::{self, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

/// The three machines of the demonstration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// The hub.
    Hub,
    /// The vehicle, Espaço Móvel 07.
    Vehicle,
    /// The laptop that is taken to care homes, Espaço Solidário 02.
    Home,
}

impl Site {
    pub(super) const ALL: [Site; 3] = [Site::Hub, Site::Vehicle, Site::Home];
    pub(super) const SPOTS: [Site; 2] = [Site::Vehicle, Site::Home];

    /// The node's stable id, which also names its folder and its template.
    pub(super) fn id(self) -> &'static str {
        match self {
            Site::Hub => "central",
            Site::Vehicle => "movel-07",
            Site::Home => "solidario-02",
        }
    }

    /// What it is called at the prompt.
    pub(super) fn word(self) -> &'static str {
        match self {
            Site::Hub => "hub",
            Site::Vehicle => "vehicle",
            Site::Home => "home",
        }
    }

    /// The role, and so the subcommand of `vereda`.
    pub(super) fn role(self) -> &'static str {
        if self == Site::Hub { "hub" } else { "spot" }
    }

    /// The slot of the virtual card reader.
    pub(super) fn slot(self) -> u8 {
        u8::from(self == Site::Home)
    }
}

/// Folders and ports.
pub(super) struct Layout {
    pub(super) dir: PathBuf,
    port_base: u16,
}

impl Layout {
    pub(super) fn new(port_base: u16) -> Result<Self, String> {
        if !(1024..=u16::MAX - 50).contains(&port_base) {
            return Err(format!(
                "ports count from 1024 to {}, not from {port_base}",
                u16::MAX - 50
            ));
        }
        Ok(Layout {
            dir: place::root().join("demo"),
            port_base,
        })
    }

    pub(super) fn folder(&self, site: Site) -> PathBuf {
        self.dir.join(site.id())
    }

    /// Where its pages are.
    pub(super) fn web_port(&self, site: Site) -> u16 {
        self.port_base
            + match site {
                Site::Hub => 0,
                Site::Vehicle => 7,
                Site::Home => 2,
            }
    }

    /// Where it syncs: for the hub its own port, for a spot that of its link to the hub.
    pub(super) fn sync_port(&self, site: Site) -> u16 {
        self.port_base
            + match site {
                Site::Hub => 43,
                Site::Vehicle => 47,
                Site::Home => 42,
            }
    }

    /// Where a spot listens for others; the hub does not.
    pub(super) fn peers_port(&self, site: Site) -> u16 {
        self.sync_port(site) + 10
    }

    /// Where the home looks for the vehicle: a link that is there while they are together.
    pub(super) fn meet_port(&self) -> u16 {
        self.port_base + 60
    }

    /// Where agencies reach the hub.
    pub(super) fn agencies_port(&self) -> u16 {
        self.port_base + 44
    }

    /// Where the agency of the demonstration takes requests.
    pub(super) fn agency_port(&self) -> u16 {
        self.port_base + 45
    }

    /// The agency's folder.
    pub(super) fn agency(&self) -> PathBuf {
        self.dir.join("seguranca-social")
    }

    /// Where the hub shows the state of receipts.
    pub(super) fn verify_port(&self) -> u16 {
        self.port_base + 10
    }

    /// Waits until every port is free: the nodes of a demonstration that was just left may still be ending.
    pub(super) fn await_ports(&self) -> Result<(), String> {
        let deadline = Instant::now() + Duration::from_secs(10);
        for port in Site::ALL
            .into_iter()
            .flat_map(|site| {
                [
                    self.web_port(site),
                    self.sync_port(site),
                    self.peers_port(site),
                ]
            })
            .chain([
                self.meet_port(),
                self.agencies_port(),
                self.agency_port(),
                self.verify_port(),
            ])
        {
            while TcpListener::bind(("127.0.0.1", port)).is_err() {
                if Instant::now() > deadline {
                    return Err(format!(
                        "port {port} is taken; is another demonstration running? --port-base N counts from N"
                    ));
                }
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        Ok(())
    }
}

/// Somebody who can sign in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) pin: String,
}

/// Writes every node's folder. The catalogue and the config follow their templates at each start; data stays.
pub(super) fn write(vereda: &Path, layout: &Layout, cards: bool) -> Result<Vec<Person>, String> {
    let samples = place::root().join("images/demo");
    let staff_template = read(&samples.join("staff.toml"))?;
    let people = people(&staff_template);
    let token = super::agency::token(vereda, layout)?;
    let mut staff = None;
    // Stands for a memory stick.
    let pen = layout.dir.join("pen");
    fs::create_dir_all(&pen).map_err(|error| format!("{}: {error}", pen.display()))?;
    for site in Site::ALL {
        let folder = layout.folder(site);
        fs::create_dir_all(folder.join("data"))
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        let config = fill(
            &read(&samples.join(format!("{}.toml", site.id())))?,
            layout,
            (site, cards),
            &token,
        );
        save(&folder.join("config.toml"), &config)?;
        renew(&samples.join("catalogue"), &folder.join("catalogue"))?;
        let staff_file = folder.join("staff.toml");
        // Hashing a PIN is slow on purpose, so a file that still fits its template stays.
        if !is_newer(&staff_file, &samples.join("staff.toml")) {
            let hashed = match &staff {
                Some(hashed) => hashed,
                None => staff.insert(hash_pins(&staff_template, |pin| hash(vereda, pin))?),
            };
            save(&staff_file, hashed)?;
        }
    }
    Ok(people)
}

fn fill(template: &str, layout: &Layout, (site, cards): (Site, bool), token: &str) -> String {
    let reader = match cards {
        false => "none".into(),
        true if site == Site::Vehicle && super::cards::real_reader().is_some() => {
            "!Virtual PCD".into()
        }
        true => format!("Virtual PCD 00 {:02}", site.slot()),
    };
    template
        .replace("{web_port}", &layout.web_port(site).to_string())
        .replace("{hub_port}", &layout.sync_port(site).to_string())
        .replace("{peers_port}", &layout.peers_port(site).to_string())
        .replace("{agencies_port}", &layout.agencies_port().to_string())
        .replace("{agency_token}", token)
        .replace("{verify_port}", &layout.verify_port().to_string())
        .replace("{meet_port}", &layout.meet_port().to_string())
        .replace("{reader}", &reader)
}

/// The people of the staff template, in its order.
fn people(template: &str) -> Vec<Person> {
    let value = |block: &str, key: &str| {
        block
            .lines()
            .find_map(|line| quoted(line, key))
            .unwrap_or_default()
            .to_owned()
    };
    template
        .split("[[mediator]]")
        .skip(1)
        .map(|block| Person {
            id: value(block, "id"),
            name: value(block, "name"),
            role: first_role(block),
            pin: value(block, "demo_pin"),
        })
        .collect()
}

/// What somebody does, or does first.
fn first_role(block: &str) -> String {
    let line = block.lines().find(|line| line.starts_with("role"));
    let role = line.and_then(|line| line.split('"').nth(1));
    role.unwrap_or_default().to_owned()
}

/// The staff template with each `demo_pin` turned into the hash that vereda reads.
fn hash_pins(
    template: &str,
    hash: impl Fn(&str) -> Result<String, String>,
) -> Result<String, String> {
    let mut staff = String::new();
    for line in template.lines() {
        match quoted(line, "demo_pin") {
            Some(pin) => staff.push_str(&format!("pin = \"{}\"", hash(pin)?)),
            None => staff.push_str(line),
        }
        staff.push('\n');
    }
    Ok(staff)
}

/// The value of a line `key = "value"`.
fn quoted<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let (name, value) = line.split_once('=')?;
    let value = value.trim().strip_prefix('"')?.strip_suffix('"')?;
    (name.trim() == key).then_some(value)
}

fn hash(vereda: &Path, pin: &str) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("vereda pin: {error}");
    let mut command = run::command(vereda);
    let mut child = command
        .arg("pin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        writeln!(stdin, "{pin}").map_err(failed)?;
    }
    let out = child.wait_with_output().map_err(failed)?;
    let hash = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    if out.status.success() && hash.starts_with("$argon2id$") {
        Ok(hash)
    } else {
        Err(format!("vereda pin made no hash ({})", out.status))
    }
}

fn is_newer(file: &Path, than: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|it| it.modified());
    matches!((modified(file), modified(than)), (Ok(file), Ok(than)) if file >= than)
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Makes a folder what another one is: what the other lacks goes.
fn renew(from: &Path, to: &Path) -> Result<(), String> {
    let said = |path: &Path, error: io::Error| format!("{}: {error}", path.display());
    match fs::remove_dir_all(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(said(to, error)),
        _ => {}
    }
    fs::create_dir_all(to).map_err(|error| said(to, error))?;
    for entry in fs::read_dir(from).map_err(|error| said(from, error))? {
        let inside = entry.map_err(|error| said(from, error))?.path();
        let there = to.join(inside.file_name().unwrap_or_default());
        match inside.is_dir() {
            true => renew(&inside, &there)?,
            false => drop(fs::copy(&inside, &there).map_err(|error| said(&inside, error))?),
        }
    }
    Ok(())
}

fn save(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAFF: &str = "# people\n[[mediator]]\nid = \"ana.m\"\nname = \"Ana Martins\"\nrole = \"mediator\"\n\
                         demo_pin = \"2718\"\n\n[[mediator]]\nid = \"t\"\nname = \"T\"\nrole = \"operator\"\ndemo_pin = \"1\"\n";

    #[test]
    fn people_are_read_from_the_template() {
        let people = people(STAFF);
        assert_eq!(people.len(), 2);
        assert_eq!(
            (people[0].id.as_str(), people[0].pin.as_str()),
            ("ana.m", "2718")
        );
        assert_eq!(
            (people[1].role.as_str(), people[1].name.as_str()),
            ("operator", "T")
        );
    }

    #[test]
    fn no_pin_is_left_in_a_staff_file() {
        let staff = hash_pins(STAFF, |pin| Ok(format!("$argon2id${}", pin.len()))).unwrap();
        assert!(staff.contains("pin = \"$argon2id$4\"\n"), "{staff}");
        assert!(
            !staff.contains("2718") && !staff.contains("demo_pin"),
            "{staff}"
        );
        assert!(hash_pins(STAFF, |_| Err("broken".into())).is_err());
    }

    #[test]
    fn every_template_is_filled_whole() {
        let layout = Layout::new(8100).unwrap();
        for site in Site::ALL {
            let template =
                read(&place::root().join(format!("images/demo/{}.toml", site.id()))).unwrap();
            let config = fill(&template, &layout, (site, true), "00");
            let values = config
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect::<String>();
            assert!(!values.contains(['{', '}']), "{values}");
            assert!(config.contains(&format!("127.0.0.1:{}", layout.web_port(site))));
        }
    }

    #[test]
    fn no_two_things_share_a_port() {
        let layout = Layout::new(8100).unwrap();
        let mut ports: Vec<u16> = Site::ALL
            .into_iter()
            .flat_map(|s| {
                [
                    layout.web_port(s),
                    layout.sync_port(s),
                    layout.peers_port(s),
                ]
            })
            .chain([
                layout.meet_port(),
                layout.agencies_port(),
                layout.agency_port(),
            ])
            .collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 12);
        assert!(Layout::new(80).is_err() && Layout::new(65_530).is_err());
    }

    /// `[table] key` for every line of a config that sets a value.
    fn keys(config: &str) -> Vec<String> {
        let mut table = "";
        let mut keys = Vec::new();
        for line in config.lines() {
            if line.starts_with('[') {
                table = line;
            } else if let Some((key, _)) = line
                .split_once(" = ")
                .filter(|(key, _)| !key.starts_with('#'))
            {
                keys.push(format!("{table} {key}"));
            }
        }
        keys
    }

    #[test]
    fn the_sample_configs_explain_what_the_demonstration_uses() {
        let images = place::root().join("images");
        for (sample, demo) in [
            ("spot", "movel-07"),
            ("spot", "solidario-02"),
            ("hub", "central"),
        ] {
            let sample = read(&images.join(format!("{sample}.toml"))).unwrap();
            let demo = read(&images.join(format!("demo/{demo}.toml"))).unwrap();
            // What few need is explained and not set.
            let mut explained = keys(&sample);
            explained.extend(keys(&sample.replace("\n# ", "\n")));
            for key in keys(&demo) {
                assert!(explained.contains(&key), "{key} is not explained");
            }
        }
    }
}
