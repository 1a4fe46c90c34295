//! Work that goes to the hub on a memory stick, and what comes back on one: bundles, from the desk.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Context;
use sha2::{Digest, Sha256};
use vereda_hardware::stick;
use vereda_web::desk::port::{
    self, Became, DeskError, Event, ReadFile, SavedOn, Session, Stick, StickState, StickWork,
    SticksView,
};

use super::SpotDesk;
use crate::bundle::export::{self, Packed, Wanted};
use crate::bundle::intake::{self, Outcome, Side};
use crate::bundle::{self, Refused};
use crate::clock;
use crate::disk;
use crate::node::Node;
use crate::store::Store;
use crate::store::key::StoreKey;
use crate::told;

/// What lies on a stick is in a folder of that name.
const FOLDER: &str = "vereda";
/// Largest file, in bytes: every stick takes it, and a stick that was pulled loses no more.
const MAX_PART_BYTES: u64 = 256 << 20;

/// What is done with a stick, or was last.
#[derive(Debug, Clone, Default)]
pub(super) struct Work(Arc<Mutex<Option<StickWork>>>);

impl Work {
    fn now(&self) -> Option<StickWork> {
        let work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        work.clone()
    }

    /// Begins, unless something is being done.
    fn begin(&self, stick: &str, state: StickState) -> Result<(), DeskError> {
        let mut work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let busy = work.as_ref().map(|work| &work.state);
        if let Some(StickState::Saving | StickState::Reading) = busy {
            return Err(DeskError::NotNow(
                "Espere: ainda se está a trabalhar com uma pen.".into(),
            ));
        }
        *work = Some(StickWork {
            stick: stick.to_owned(),
            since: clock::moment(clock::now_ms(), true),
            state,
        });
        Ok(())
    }

    fn end(&self, state: StickState) {
        let mut work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(work) = work.as_mut() {
            work.since = clock::moment(clock::now_ms(), true);
            work.state = state;
        }
    }
}

/// One that is plugged in, with its folder.
struct Plugged {
    id: String,
    stick: stick::Stick,
}

fn plugged(node: &Node) -> Result<Vec<Plugged>, DeskError> {
    let config = &node.config.sticks;
    let found = stick::plugged(&config.under)
        .map_err(|error| DeskError::NotNow(format!("O sistema não diz que pens tem: {error}.")))?;
    let fixed = config.folders.iter().filter(|folder| folder.is_dir());
    let fixed = fixed.map(|folder| stick::Stick {
        name: name_of(folder),
        writable: true,
        folder: folder.clone(),
    });
    let all = fixed.chain(found).map(|stick| {
        let id: [u8; 32] = Sha256::digest(stick.folder.as_os_str().as_encoded_bytes()).into();
        Plugged {
            id: id[..8].iter().map(|byte| format!("{byte:02x}")).collect(),
            stick,
        }
    });
    Ok(all.collect())
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy());
    name.map_or_else(String::new, |name| name.into_owned())
}

/// What of ours lies on a stick, also where people put it beside the folder.
fn on(folder: &Path) -> Vec<PathBuf> {
    let folders = [folder.to_owned(), folder.join(FOLDER)];
    let found = folders.iter().filter(|folder| folder.is_dir());
    let found = found.filter_map(|folder| bundle::files_in(folder).ok());
    found.flatten().collect()
}

fn is_receipt(file: &Path) -> bool {
    name_of(file).ends_with(bundle::RECEIPT_SUFFIX)
}

fn is_part(file: &Path) -> bool {
    name_of(file).ends_with(bundle::PART_SUFFIX)
}

impl SpotDesk {
    /// Does something with a stick on a thread of its own: the desk goes on meanwhile.
    fn with_stick(
        &self,
        session: &Session,
        id: &str,
        begins: StickState,
        work: impl FnOnce(&Node, &Path) -> anyhow::Result<StickState> + Send + 'static,
    ) -> Result<(), DeskError> {
        let all = plugged(&self.node)?;
        let found = all.into_iter().find(|one| one.id == id);
        let stick = found.ok_or(DeskError::NotFound)?.stick;
        self.stick_work.begin(&stick.name, begins)?;
        let (state, node) = (self.stick_work.clone(), Arc::clone(&self.node));
        let who = session.person.id.clone();
        let run = move || {
            let ended = work(&node, &stick.folder).unwrap_or_else(|error| {
                let error_said = format!("{error:#}");
                tracing::warn!(who, error = error_said, "a stick could not be used");
                StickState::Failed(why(&error))
            });
            state.end(ended);
            node.tell(Event::Strip);
            node.tell(Event::Messages);
        };
        let started = thread::Builder::new().name("stick".into()).spawn(run);
        if let Err(error) = started {
            let why = format!("Não se conseguiu começar: {error}. Tente de novo.");
            self.stick_work.end(StickState::Failed(why));
        }
        self.node.tell(Event::Strip);
        Ok(())
    }
}

/// Writes what the hub has not acknowledged. The store is opened once more: what reads it for minutes
/// must not keep a desk waiting.
fn save(node: &Node, stick: &Path) -> anyhow::Result<StickState> {
    let folder = stick.join(FOLDER);
    if !folder.is_dir() {
        std::fs::create_dir(&folder)?;
    }
    let config = &node.config;
    let path = &config.store.path;
    let store = Store::open(path, &StoreKey::load(&config.store.key_file, path)?)?;
    let wanted = Wanted {
        all: false,
        max_bytes: MAX_PART_BYTES,
    };
    let Packed {
        parts,
        kept,
        entries,
        photographs,
        receipts,
    } = export::export(config, &store, &folder, wanted)?;
    told::write(node, &folder)?;
    Ok(StickState::Saved(SavedOn {
        parts: parts.len(),
        kept,
        changes: entries,
        photographs,
        receipts: receipts.len(),
    }))
}

fn read(node: &Node, stick: &Path) -> anyhow::Result<StickState> {
    let side = Side::of(&node.config).context("this node has no hub")?;
    let files = on(stick).into_iter().map(|path| {
        let became = match File::open(&path) {
            Ok(file) => {
                let taken = intake::import(node, side, file);
                answer(&path, taken.as_ref().ok());
                became(taken)
            }
            Err(error) => Became::Refused(format!("não se deixa ler ({error}): tente outra vez")),
        };
        ReadFile {
            name: name_of(&path),
            became,
        }
    });
    Ok(StickState::Read(files.collect()))
}

/// What became of an order goes back on the stick. One that cannot be written to takes it when something is saved to it.
fn answer(beside: &Path, outcome: Option<&Outcome>) {
    let Some(Outcome::Ordered {
        word: Some((name, word)),
        ..
    }) = outcome
    else {
        return;
    };
    let folder = beside.parent().unwrap_or(Path::new("."));
    if let Err(error) = export::write_receipt(folder, name, word) {
        tracing::warn!(
            error = format!("{error:#}"),
            "what became of an order is not on the stick yet"
        );
    }
}

fn became(outcome: Result<Outcome, Refused>) -> Became {
    match outcome {
        Ok(Outcome::Ordered { .. }) => Became::Ordered,
        Ok(Outcome::Passes | Outcome::Said { .. }) => Became::Passes,
        Ok(Outcome::Carried { node, new }) => Became::Carried { node, new },
        Ok(Outcome::Own) => Became::Own,
        Ok(Outcome::Receipt { size, new, .. }) => Became::Receipt { changes: size, new },
        Ok(Outcome::ReceiptCarried { node, new }) => Became::ReceiptCarried { node, new },
        Ok(Outcome::Taken(_) | Outcome::Impounded { .. } | Outcome::Waits { .. }) => {
            Became::Refused("só a central o abre: leve-o lá".into())
        }
        Err(refused) => Became::Refused(refusal(&refused)),
    }
}

/// Why a file is not taken, and what to do, as a crew reads it.
fn refusal(refused: &Refused) -> String {
    match refused {
        Refused::File(_) => {
            "está estragado ou incompleto: guarde de novo na pen, no posto de onde vem".into()
        }
        Refused::Seal => {
            "foi mexido depois de guardado: guarde de novo na pen, no posto de onde vem".into()
        }
        Refused::Authority(_) => {
            "é de outra rede, ou de um posto cuja inscrição acabou: avise a central".into()
        }
        Refused::Future(at, node) => {
            format!(
                "tem a data {at}, que ainda não chegou: acerte o relógio deste posto e do {node}"
            )
        }
        Refused::OtherHub { .. } => "é para outra central: leve-o lá".into(),
        Refused::NotEnrolled(node) => {
            format!("o posto {node} já não está inscrito: fique com a pen e avise a central")
        }
        Refused::NotYours(node) => format!("não é do posto {node}, que o assinou: avise a central"),
        Refused::Diverged(node) => {
            format!("o posto {node} foi copiado ou reposto: ligue-o à central uma vez")
        }
        Refused::Quarantined { node, .. } => {
            format!("uma alteração do posto {node} está em quarentena: avise a central")
        }
        Refused::Content(node, _) => {
            format!("não se percebe o que o posto {node} guardou: atualize-o e guarde de novo")
        }
        Refused::Order(_) => "é uma ordem que não vale para este posto: avise a central".into(),
        Refused::OtherEntries(_) => {
            "o recibo não é do que este posto escreveu: avise a central".into()
        }
        Refused::Unsettled => {
            "há uma troca com a central a meio: quando acabar, ela própria diz o que tem".into()
        }
        Refused::NoRoom(_) => {
            "já não cabe mais trabalho de outros neste posto: leve primeiro o que cá está".into()
        }
        Refused::NoKey(_) => "faltam as chaves deste posto para isto: avise a central".into(),
        Refused::Own(_) => "este posto não conseguiu guardá-lo: tente outra vez".into(),
    }
}

/// Why it broke off, and what to do.
fn why(error: &anyhow::Error) -> String {
    let kind = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind);
    let said = match kind {
        Some(io::ErrorKind::StorageFull | io::ErrorKind::FileTooLarge) => {
            "A pen está cheia. Use outra, ou apague dela o que não faz falta."
        }
        Some(io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied) => {
            "A pen não se deixa escrever. Veja se tem uma patilha de proteção, ou use outra."
        }
        Some(io::ErrorKind::NotFound) => "A pen foi tirada a meio. Ligue-a e comece de novo.",
        Some(_) => "A pen avariou ou foi tirada a meio. Ligue-a e comece de novo, ou use outra.",
        None => "Não se conseguiu. Tente de novo; se voltar a acontecer, avise a central.",
    };
    format!(
        "{said} Nada se perdeu: o que ficou inteiro na pen continua bom, e tudo continua neste posto."
    )
}

impl port::Sticks for SpotDesk {
    fn sticks(&self) -> Result<SticksView, DeskError> {
        let hub = self.node.config.hub.as_ref();
        let cannot = match hub.map(|hub| hub.bundle_key.is_some()) {
            None => Some(
                "Isto é um treino, ou este posto trabalha sem central: não há para onde levar.",
            ),
            Some(false) => {
                Some("Falta a este posto a chave da central (bundle_key): avise a central.")
            }
            Some(true) => None,
        };
        if let Some(cannot) = cannot {
            return Ok(SticksView {
                sticks: vec![],
                work: None,
                cannot: Some(cannot.to_owned()),
            });
        }
        let sticks = plugged(&self.node)?
            .into_iter()
            .map(|Plugged { id, stick }| {
                let files = on(&stick.folder);
                let parts = files.iter().filter(|file| is_part(file)).count();
                Stick {
                    id,
                    free: disk::free(&stick.folder),
                    name: stick.name,
                    writable: stick.writable,
                    parts: parts as u64,
                    receipts: files.iter().filter(|file| is_receipt(file)).count() as u64,
                }
            });
        Ok(SticksView {
            sticks: sticks.collect(),
            work: self.stick_work.now(),
            cannot: None,
        })
    }

    fn save_to(&self, session: &Session, stick: &str) -> Result<(), DeskError> {
        self.with_stick(session, stick, StickState::Saving, save)
    }

    fn read_from(&self, session: &Session, stick: &str) -> Result<(), DeskError> {
        self.with_stick(session, stick, StickState::Reading, read)
    }
}
