//! A node on a folder of its own, opened as often as a test likes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use vereda::config::Config;
use vereda::console::HubConsole;
use vereda::desk::{LinkView, SpotDesk};
use vereda::node::Node;
use vereda_sync::record::papers::Said;
use vereda_web::desk::port::{Desk, Link, Session};

/// A PIN that everybody here has.
pub(crate) const PIN: &str = "2718";

/// A folder that goes when the test ends well, and stays to be looked at when not.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!(
            "vereda-desk-{}-{}",
            std::process::id(),
            NEXT.fetch_add(1, Ordering::Relaxed)
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }
}

pub(crate) fn demo(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../images/demo")
        .join(file)
}

/// Writes the configuration of a node called `id` and opens it.
pub(crate) fn node(folder: &Folder, id: &str, kind: &str) -> Arc<Node> {
    opened(folder, id, kind, &demo("catalogue"), "").unwrap()
}

/// The same with another catalogue, and what is said when it does not open. `more` stands at the
/// end of its configuration.
pub(crate) fn opened(
    folder: &Folder,
    id: &str,
    kind: &str,
    catalogue: &Path,
    more: &str,
) -> anyhow::Result<Arc<Node>> {
    let home = folder.0.join(id);
    std::fs::create_dir_all(&home).unwrap();
    let staff = home.join("staff.toml");
    if !staff.exists() {
        let pin = vereda::staff::hash_pin(PIN).unwrap();
        let people = [
            ("ana.m", "Ana Martins", "mediator"),
            ("rui.p", "Rui Pires", "mediator"),
            ("teresa.n", "Teresa Nunes", "operator"),
        ];
        let lines = people.map(|(id, name, role)| {
            format!("[[mediator]]\nid = \"{id}\"\nname = \"{name}\"\nrole = \"{role}\"\npin = \"{pin}\"\n")
        });
        std::fs::write(&staff, lines.join("\n")).unwrap();
    }
    let prefix = id
        .to_uppercase()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(6)
        .collect::<String>();
    let text = format!(
        "[node]\nid = \"{id}\"\nname = \"Espaço {id}\"\nprefix = \"{prefix}\"\nstop = \"Alferce\"\nkind = \"{kind}\"\n\
         scopes = [\"monchique\"]\n[store]\npath = \"data/vereda.db\"\nkey_file = \"data/store.key\"\n\
         [web]\nlisten = \"127.0.0.1:0\"\n[catalogue]\nfile = {catalogue:?}\n[staff]\nfile = \"staff.toml\"\n{more}",
    );
    let file = home.join("config.toml");
    std::fs::write(&file, text).unwrap();
    Ok(Arc::new(Node::open(Config::load(&file)?)?))
}

pub(crate) struct NoLink;

impl LinkView for NoLink {
    fn link(&self) -> Link {
        Link::Down { retry_in_s: 1 }
    }

    fn sync_now(&self) {}
}

pub(crate) fn desk(node: &Arc<Node>) -> SpotDesk {
    SpotDesk::new(Arc::clone(node), None, Box::new(NoLink))
}

pub(crate) fn hub(folder: &Folder) -> (Arc<Node>, HubConsole) {
    let node = node(folder, "central", "hub");
    node.epoch().unwrap();
    let console = HubConsole::new(Arc::clone(&node));
    (node, console)
}

pub(crate) fn sign_in(desk: &SpotDesk, who: &str) -> Session {
    let token = desk.sign_in(who, PIN).unwrap();
    desk.session(&token).unwrap()
}

pub(crate) fn pairs(values: &[(&str, &str)]) -> Vec<(String, String)> {
    values
        .iter()
        .map(|(f, v)| ((*f).to_owned(), (*v).to_owned()))
        .collect()
}

/// An attendance of an identified citizen.
pub(crate) fn identified(desk: &SpotDesk, session: &Session, name: &str, nif: &str) -> String {
    let attendance = desk.begin_attendance(session).unwrap();
    identify(desk, session, &attendance, name, nif);
    attendance
}

/// Says who somebody is whose attendance is open.
pub(crate) fn identify(
    desk: &SpotDesk,
    session: &Session,
    attendance: &str,
    name: &str,
    nif: &str,
) {
    let typed = pairs(&[
        ("full-name", name),
        ("birth-date", "02/03/1950"),
        ("nif", nif),
    ]);
    desk.finish_step(session, attendance, "identity", &typed)
        .unwrap();
}

/// The mediator has seen every paper that the request needs.
pub(crate) fn saw_papers(desk: &SpotDesk, session: &Session, request: &str) {
    desk.say_of_papers(session, request, None, Said::Seen)
        .unwrap();
}

/// A recorded request for the health card.
pub(crate) fn recorded(desk: &SpotDesk, session: &Session, name: &str, nif: &str) -> String {
    let attendance = identified(desk, session, name, nif);
    let request = desk.begin_request(session, &attendance, "cesd").unwrap();
    // Numbers of one's own: two people must not look like one.
    let niss = niss(nif);
    let numbers = pairs(&[("niss", &niss), ("sns", nif)]);
    desk.finish_step(session, &request, "numbers", &numbers)
        .unwrap();
    let address = pairs(&[
        ("address", "Rua da Serra 1"),
        ("postal-code", "8550 000"),
        ("locality", "Monchique"),
        ("phone", "912 345 678"),
    ]);
    desk.finish_step(session, &request, "address", &address)
        .unwrap();
    saw_papers(desk, session, &request);
    desk.confirm_by_word(session, &request).unwrap();
    desk.record(session, &request).unwrap();
    request
}

/// A right social-security number made of a tax number.
pub(crate) fn niss(nif: &str) -> String {
    let body = format!("1{nif}");
    let weights = [29, 23, 19, 17, 13, 11, 7, 5, 3, 2];
    let sum: u32 = body
        .bytes()
        .zip(weights)
        .map(|(b, w)| u32::from(b - b'0') * w)
        .sum();
    format!("{body}{}", 9 - sum % 10)
}
