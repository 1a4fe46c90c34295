//! Nodes that are killed, and what they acknowledged.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use sha2::{Digest, Sha256};
use vereda::config::Config;
use vereda::node::Node;
use vereda::store::blob::{self, Blob, PIECE_BYTES};
use vereda::store::{draft, journal};
use vereda_sync::exchange::frame::{self, FRAME_BYTES};
use vereda_sync::id::{BlobId, RecordId};
use vereda_tests::folder;
use vereda_tests::invented::Seeded;
use vereda_tests::spot::Place;

/// Longest wait for one line or one end.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Our own program beside the tests.
pub(crate) fn faults() -> &'static str {
    env!("CARGO_BIN_EXE_faults")
}

/// The whole store against itself and its seals, as the product's own command says it.
#[track_caller]
pub(crate) fn verified(place: &Place) -> String {
    let done = Command::new(folder::vereda_of_tests().unwrap())
        .args(["verify", "--config"])
        .arg(place.config_file())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}{errors}");
    said
}

/// A process whose lines are read as they come, each with its time in nanoseconds since 1970.
pub(crate) struct Writer {
    child: Child,
    lines: Receiver<(u128, String)>,
    said: Vec<(u128, String)>,
}

impl Writer {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let (to, lines) = channel();
        let out = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                // The last line may be cut short.
                let Some((at, line)) = line.split_once(' ') else {
                    return;
                };
                if to.send((at.parse().unwrap(), line.to_owned())).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            said: Vec::new(),
        }
    }

    /// Waits for a line that begins so.
    pub(crate) fn until(&mut self, begin: &str) {
        while !self
            .said
            .last()
            .is_some_and(|(_, line)| line.starts_with(begin))
        {
            let line = self.lines.recv_timeout(LIMIT);
            self.said
                .push(line.unwrap_or_else(|why| panic!("no {begin:?}: {why}")));
        }
    }

    /// SIGKILL; gives all that it acknowledged before a moment.
    pub(crate) fn kill(mut self, before: u128) -> Vec<String> {
        self.child.kill().unwrap();
        self.drain();
        let said = std::mem::take(&mut self.said).into_iter();
        said.filter(|(at, _)| *at < before)
            .map(|(_, line)| line)
            .collect()
    }

    /// Waits for its end; gives all that it acknowledged, and whether it ended well.
    pub(crate) fn end(&mut self) -> (Vec<String>, bool) {
        self.drain();
        let ended = self.child.wait().unwrap();
        let said = std::mem::take(&mut self.said).into_iter();
        (said.map(|(_, line)| line).collect(), ended.success())
    }

    /// Its output ends with it, whoever ended it.
    fn drain(&mut self) {
        while let Ok(line) = self.lines.recv_timeout(LIMIT) {
            self.said.push(line);
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// All that a desk acknowledged is there, each once; and what it was refused did not come in with
/// something that it was told is kept.
#[track_caller]
pub(crate) fn all_kept(place: &Place, said: &[String]) {
    let node = Node::open(place.config().unwrap()).unwrap();
    let mut notes: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for line in said {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["begun", record] => drop(notes.entry(record).or_default()),
            ["noted", record, turn] => notes.entry(record).or_default().push(turn),
            ["typed", form, turn] => {
                let kept = draft::field(&node.store.read(), form, "full-name").unwrap();
                let kept: u32 = kept.map_or(0, |d| d.value.parse().unwrap());
                assert!(kept >= turn.parse().unwrap(), "{line}, but {kept} is kept");
            }
            _ => {}
        }
    }
    for (record, turns) in notes {
        let id = RecordId::from_hex(record).unwrap();
        let kept = node.with_document(id, |d| d.notes()).unwrap();
        let kept = kept.unwrap_or_else(|| panic!("the record {record} was acknowledged"));
        let kept: Vec<String> = kept.into_iter().map(|(_, text)| text).collect();
        for turn in turns {
            let times = kept.iter().filter(|text| *text == turn).count();
            let at = said
                .iter()
                .position(|l| *l == format!("noted {record} {turn}"));
            assert_eq!(
                times,
                1,
                "the note {turn} of {record}, line {at:?} of {}",
                said.len()
            );
        }
        let refused = format!("refused {record}");
        let lines = said.iter().enumerate();
        for (at, line) in lines.filter(|(_, l)| l.starts_with(&refused)) {
            let turn = line.split(' ').nth(2).unwrap();
            let there = kept.iter().any(|text| text == turn);
            // The last thing before a death may be there: nobody built on it yet.
            let built_on = said[at..].iter().any(|l| l.starts_with("noted"));
            assert!(!built_on || !there, "{line}, but it is there");
        }
    }
}

/// What a node holds of the journal of a spot: entries, and those proven.
pub(crate) fn held(config: Config, spot: &str) -> (u64, u64, u64, [u8; 32]) {
    let node = Node::open(config).unwrap();
    let all = journal::all(&node.store.read()).unwrap();
    let found = all.iter().find(|j| j.node == spot);
    found.map_or((0, 0, 0, [0; 32]), |j| {
        (j.frontier.size(), j.acked, j.proven, j.frontier.root())
    })
}

/// Requests waiting at a spot.
pub(crate) fn fill(place: &Place, requests: u32) {
    let filled = Command::new(faults())
        .args([
            "desk",
            place.config_file().to_str().unwrap(),
            &(requests * 16).to_string(),
        ])
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(filled.success());
}

/// A photograph of so many bytes, named by a record of its own.
pub(crate) fn photographs(place: &Place, bytes: usize) {
    let node = Node::open(place.config().unwrap()).unwrap();
    let mut seeded = Seeded::new(11);
    let whole: Vec<u8> = std::iter::repeat_with(|| seeded.draw().to_le_bytes())
        .flatten()
        .take(bytes)
        .collect();
    let picture = Blob {
        id: BlobId(Sha256::digest(&whole).into()),
        media_type: "image/jpeg".into(),
        bytes: bytes as u64,
        at_ms: vereda::clock::now_ms(),
    };
    let db = node.store.write();
    for (n, piece) in whole.chunks(PIECE_BYTES).enumerate() {
        blob::add_piece(&db, &picture.id.0, (n * PIECE_BYTES) as u64, piece).unwrap();
    }
    blob::complete(&db, &picture.id.0, &picture, &node.config.node.id).unwrap();
}

/// Whether a photograph of a spot has not reached the hub.
pub(crate) fn unsent(place: &Place) -> bool {
    let config = place.config().unwrap();
    let id = config.node.id.clone();
    let node = Node::open(config).unwrap();
    let left = blob::unsent(&node.store.read(), &id).unwrap();
    !left.is_empty()
}

/// The own journal of a spot as frames in a file, for `faults frames`; gives how many entries.
pub(crate) fn frames(place: &Place, file: &Path) -> u64 {
    let node = Node::open(place.config().unwrap()).unwrap();
    let db = node.store.read();
    let own = journal::all(&db)
        .unwrap()
        .into_iter()
        .find(|j| j.own)
        .unwrap();
    let mut out = own.id.0.to_vec();
    let mut first = 1;
    while first <= own.frontier.size() {
        let entries = journal::entries(&db, own.row, first, FRAME_BYTES).unwrap();
        // Small frames, so that there are many of them.
        let entries = &entries[..frame::fitting(&entries).min(12)];
        let packed = frame::pack(entries).unwrap();
        out.extend(first.to_be_bytes());
        out.extend(u32::try_from(packed.len()).unwrap().to_be_bytes());
        out.extend(packed);
        first += entries.len() as u64;
    }
    std::fs::write(file, out).unwrap();
    own.frontier.size()
}

/// A port that nobody has now.
pub(crate) fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A command as root: directly, or through sudo, which may ask for a password.
pub(crate) fn as_root(program: &str) -> Command {
    if is_root() {
        return Command::new(program);
    }
    let mut sudo = Command::new("sudo");
    sudo.arg(program);
    sudo
}

pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}

#[track_caller]
pub(crate) fn must(command: &mut Command) {
    let done = command
        .output()
        .unwrap_or_else(|why| panic!("{command:?}: {why}"));
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {errors}");
}

/// A path as the words of a command line have it.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
