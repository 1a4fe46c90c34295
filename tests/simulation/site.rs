//! What all worlds of one run share, because making it is slow and says nothing: the
//! authority with its certificates, the catalogue, an empty store to copy.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use vereda::authority::{self, Enrolled, Role};
use vereda::config::{
    Card, Config, Contact, File, Fleet, Hub, Kind, Node, Statistics, Sticks, Store as StoreAt,
    Sync, Till, Web,
};
use vereda::exchange::Peer;
use vereda::link::seal::Seal;
use vereda::staff::Staff;
use vereda::store::Store;
use vereda::store::key::StoreKey;
use vereda_sync::catalogue::Catalogue;
use vereda_tests::folder::target;

/// The hub's identity.
pub(crate) const HUB: usize = 0;
/// Most spots of a world.
pub(crate) const MAX_SPOTS: usize = 4;
/// All scopes.
pub(crate) const SCOPES: [&str; 2] = ["monchique", "aljezur"];
/// The list of enrolled spots, beside the disks of a world.
const ENROLLED: &str = "enrolled.toml";
/// Where a folder costs no disk.
const MEMORY: &str = "/dev/shm";

/// Names of folders begin so; the process follows.
const PREFIX: &str = "vereda-simulation-";

/// Shared by all worlds; its folder goes with it.
pub(crate) struct Site {
    folder: PathBuf,
    pub(crate) catalogue: Catalogue,
    pub(crate) staff: Staff,
    pub(crate) identities: Vec<Identity>,
    empty: Vec<u8>,
    worlds: AtomicU64,
}

/// A device that the authority knows.
pub(crate) struct Identity {
    pub(crate) id: String,
    pub(crate) seal: Seal,
    /// DER.
    pub(crate) certificate: Arc<[u8]>,
    enrolled: Enrolled,
}

impl Site {
    /// Makes it.
    pub(crate) fn make() -> anyhow::Result<Self> {
        let memory = Path::new(MEMORY);
        let base = match memory.is_dir() {
            true => memory.to_owned(),
            false => target(),
        };
        sweep(&base);
        let folder = base.join(format!("{PREFIX}{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        let authority = folder.join("authority");
        authority::new(&authority, "Vereda simulada")?;
        let mut identities = vec![enrol(&folder, "central", Role::Hub)?];
        for spot in 1..=MAX_SPOTS {
            identities.push(enrol(&folder, &format!("movel-{spot}"), Role::Spot)?);
        }
        let staff = folder.join("staff.toml");
        std::fs::write(&staff, "")?;
        let store = folder.join("empty.db");
        let key = StoreKey::load(&folder.join("store.key"), &store)?;
        drop(Store::open(&store, &key)?);
        Ok(Self {
            catalogue: Catalogue::parse(include_str!("catalogue.toml"))?,
            staff: Staff::load(&staff).map_err(anyhow::Error::msg)?,
            empty: std::fs::read(store)?,
            identities,
            folder,
            worlds: AtomicU64::new(0),
        })
    }

    /// A new folder for a world.
    pub(crate) fn room(&self) -> anyhow::Result<PathBuf> {
        let count = self.worlds.fetch_add(1, Ordering::Relaxed);
        let room = self.folder.join(format!("world-{count}"));
        std::fs::create_dir_all(&room)?;
        Ok(room)
    }

    /// Puts an empty store there.
    pub(crate) fn put_empty_store(&self, folder: &Path) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        Ok(std::fs::write(folder.join("vereda.db"), &self.empty)?)
    }

    /// Opens the store that lies there.
    pub(crate) fn open(&self, folder: &Path) -> anyhow::Result<Store> {
        let path = folder.join("vereda.db");
        Ok(Store::open(&path, &self.key(&path)?)?)
    }

    /// The key of a store.
    pub(crate) fn key(&self, store: &Path) -> anyhow::Result<StoreKey> {
        Ok(StoreKey::load(&self.folder.join("store.key"), store)?)
    }

    /// The configuration of an identity whose disk is that folder.
    pub(crate) fn config(&self, identity: usize, scopes: &[String], folder: &Path) -> Config {
        let id = self.identities[identity].id.clone();
        Config {
            node: Node {
                name: format!("Espaço {id}"),
                id: id.clone(),
                prefix: format!("S{identity:02}"),
                stop: None,
                kind: match identity {
                    HUB => Kind::Hub,
                    _ => Kind::Vehicle,
                },
                scopes: scopes.to_vec(),
                zone: vereda_web::place::Zone::LISBON,
                languages: vec![],
                position: None,
                holidays: vec![],
            },
            store: StoreAt {
                path: folder.join("vereda.db"),
                key_file: self.folder.join("store.key"),
                keep_days: None,
            },
            web: Web {
                listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            },
            hub: (identity != HUB).then(|| self.hub(&self.folder.join(&id))),
            peers: None,
            lan: None,
            keep: None,
            agencies: None,
            verify: None,
            statistics: Statistics::default(),
            fleet: Fleet::default(),
            retention: None,
            contact: Contact::default(),
            notices: None,
            enrolment: None,
            sync: (identity == HUB).then(|| self.sync(folder)),
            catalogue: File {
                file: PathBuf::new(),
            },
            staff: File {
                file: PathBuf::new(),
            },
            card: Card::default(),
            till: Till::default(),
            sticks: Sticks::default(),
        }
    }

    /// Where a spot with those keys has its hub.
    fn hub(&self, keys: &Path) -> Hub {
        Hub {
            address: "localhost:9".into(),
            name: None,
            certificate: keys.join("node.crt"),
            key: keys.join("node.key"),
            authority: self.folder.join("authority/authority.crt"),
            bundle_key: Some(keys.join("bundle.pub")),
            retry_max_s: 1,
            poll_s: 1,
            urgent_after_days: 3,
            renewal: None,
        }
    }

    /// How the hub with its disk in that folder receives spots.
    fn sync(&self, disk: &Path) -> Sync {
        let keys = self.folder.join(&self.identities[HUB].id);
        Sync {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            certificate: keys.join("node.crt"),
            key: keys.join("node.key"),
            authority: self.folder.join("authority/authority.crt"),
            enrolled: disk.with_file_name(ENROLLED),
            bundle_key: Some(keys.join("bundle.key")),
            lend_hours: 24,
            lease_ahead: 10,
        }
    }

    /// Writes the list of enrolled spots of a world; scopes by identity.
    pub(crate) fn enrol(&self, room: &Path, scopes: &[Vec<String>]) -> anyhow::Result<()> {
        let mut list = String::new();
        for (identity, scopes) in self.identities.iter().zip(scopes).skip(1) {
            let Enrolled {
                id,
                fingerprint,
                enrolled,
                ..
            } = &identity.enrolled;
            writeln!(
                list,
                "[[node]]\nid = {id:?}\nrole = \"spot\"\nscopes = {scopes:?}\nfingerprint = {fingerprint:?}\nenrolled = {enrolled:?}"
            )?;
        }
        Ok(std::fs::write(room.join(ENROLLED), list)?)
    }

    /// As the hub sees a spot at the other end of a line.
    pub(crate) fn peer(&self, identity: usize, scopes: &[String]) -> Peer {
        let identity = &self.identities[identity];
        Peer {
            spot: Enrolled {
                scopes: scopes.to_vec(),
                ..identity.enrolled.clone()
            },
            certificate: identity.certificate.clone(),
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        // A folder that stays is no reason to fail.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Removes what processes left that were killed: it takes memory.
fn sweep(base: &Path) {
    for left in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let name = left.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        if process.is_some_and(|id| !Path::new("/proc").join(id).exists()) {
            let _ = std::fs::remove_dir_all(left.path());
        }
    }
}

fn enrol(folder: &Path, id: &str, role: Role) -> anyhow::Result<Identity> {
    let (scopes, dns) = match role {
        Role::Hub => (vec![], vec!["localhost".to_owned()]),
        Role::Spot => (vec![SCOPES[0].to_owned()], vec![]),
    };
    let (authority, out) = (folder.join("authority"), folder.join(id));
    let enrolled = authority::enrol(&authority, id, role, &scopes, &dns, &out)?;
    Ok(Identity {
        id: id.to_owned(),
        seal: Seal::load(&out.join("node.key"))?,
        certificate: certificate(&out.join("node.crt"))?,
        enrolled,
    })
}

fn certificate(file: &Path) -> anyhow::Result<Arc<[u8]>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    let certificate = CertificateDer::from_pem_file(file)?;
    Ok(Arc::from(certificate.as_ref()))
}
