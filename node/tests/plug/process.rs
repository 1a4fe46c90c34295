//! Nodes as real processes: configured, filled, started, killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use vereda::config::Config;
use vereda::node::Node;
use vereda_sync::answer::{Answer, Provenance};
use vereda_sync::id::RecordId;
use vereda_sync::record::request;

pub(crate) fn vereda(arguments: &[&str]) {
    let done = Command::new(env!("CARGO_BIN_EXE_vereda"))
        .args(arguments)
        .status()
        .unwrap();
    assert!(done.success(), "vereda {arguments:?}");
}

/// A node's process, ended when the test is.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn start(role: &str, config: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_vereda"))
            .args([role, "--stop-with-stdin", "--config"])
            .arg(config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.starts_with("serving http://"), "{role}: {line}");
        Self(child)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // SIGKILL: nobody gets to tidy up.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

pub(crate) fn configure(folder: &Path, id: &str, kind: &str, rest: &str) -> PathBuf {
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../images/demo");
    let home = folder.join(id);
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("staff.toml"), "").unwrap();
    let prefix = id[..3].to_uppercase();
    let text = format!(
        "[node]\nid = \"{id}\"\nname = \"{id}\"\nprefix = \"{prefix}\"\nkind = \"{kind}\"\nscopes = [\"monchique\"]\n\
         [store]\npath = \"vereda.db\"\nkey_file = \"store.key\"\n[web]\nlisten = \"127.0.0.1:0\"\n\
         [catalogue]\nfile = {:?}\n[staff]\nfile = \"staff.toml\"\n[card]\nreader = \"none\"\n{rest}",
        demo.join("catalogue"),
    );
    let file = home.join("config.toml");
    std::fs::write(&file, text).unwrap();
    let (authority, out) = (folder.join("authority"), home.join("keys"));
    let role = if kind == "hub" { "hub" } else { "spot" };
    let mut enrol = vec![
        "authority",
        "enrol",
        "--dir",
        authority.to_str().unwrap(),
        "--node",
        id,
        "--role",
        role,
    ];
    enrol.extend(["--scope", "monchique", "--out", out.to_str().unwrap()]);
    if kind == "hub" {
        enrol.extend(["--dns", "localhost"]);
    }
    vereda(&enrol);
    file
}

/// Fills a spot with requests, five changes each.
pub(crate) fn fill(config: &Path, requests: u32) {
    let node = Node::open(Config::load(config).unwrap()).unwrap();
    let answers = |i: u32, step: u32| {
        let value = format!("resposta {i} do passo {step}");
        [(
            "address".to_owned(),
            Answer {
                value,
                provenance: Provenance::Typed,
            },
        )]
        .into()
    };
    for i in 0..requests {
        let record = node
            .begin("Ana", |author, at| {
                request::begin(author, at, ("cesd", 3), RecordId([7; 32]), &answers(i, 0))
            })
            .unwrap();
        for step in 1..4 {
            let id = format!("step-{step}");
            let write = |d: &mut _, author: &_, at| {
                request::finish_step(d, author, at, &id, &answers(i, step), &[])
            };
            node.change(record, "Ana", write, |_| Ok(())).unwrap();
        }
        let number = format!("SPO-{i:08}");
        node.change(
            record,
            "Ana",
            |d, a, at| request::record(d, a, at, &number, 0, None),
            |_| Ok(()),
        )
        .unwrap();
    }
}
