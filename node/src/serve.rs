//! Running a node: wires store, devices, link and pages together, says when it
//! serves, and ends cleanly when told to. Ending uncleanly loses nothing either.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::net::TcpListener;
use vereda_hardware::card::CardReader;
use vereda_hardware::card::pcsc::{PcscReader, ReaderFilter};
use vereda_web::HostGuard;
use vereda_web::desk::port::{Link, Near};

use crate::agencies;
use crate::audit;
use crate::bundle::door;
use crate::config::{Config, Kind};
use crate::console::HubConsole;
use crate::courier;
use crate::desk::{LinkView, SpotDesk};
use crate::keep;
use crate::lan;
use crate::link::{self, Arrival, LinkHandle, PeersHandle};
use crate::node::Node;
use crate::training::{Screens, Training};
use crate::updates;
use crate::verification;

/// Most calls into the store at once. A thousand spots that come together wait for their turn
/// instead of taking a thread each, with its memory: the store writes for one at a time anyway.
const MAX_BLOCKING: usize = 64;
/// Between two notes of how much the hub has: what came since may be missing after a restore without
/// that being noticed.
const MARK_EVERY: Duration = Duration::from_secs(60);
/// Between two looks at what is kept no longer; and when there was so much that more may be over.
const RETENTION_EVERY: Duration = Duration::from_secs(3_600);
const RETENTION_SOON: Duration = Duration::from_secs(30);
const SOON_AGAIN: u64 = 100;
/// Between two looks at what is lent until a time that has come.
const LOANS_EVERY: Duration = Duration::from_secs(60);
/// A version of the program that serves for so long is kept.
const HELD_OUT: Duration = Duration::from_secs(60);
/// The list of enrolled nodes is looked at so often: what it revokes spots are told.
const REVOCATIONS_EVERY: Duration = Duration::from_secs(2);

/// Runs a spot until it is told to stop.
///
/// # Errors
/// What keeps it from running, in words that say what to do.
pub fn spot(config: Config, stop_with_stdin: bool) -> anyhow::Result<()> {
    ensure!(
        config.node.kind != Kind::Hub,
        "this is the configuration of a hub: start it with `vereda hub`"
    );
    if let Err(error) = updates::begin_newest(&config) {
        tracing::error!(
            error = format!("{error:#}"),
            "the newer version is not begun"
        );
    }
    let _lock = lock(&config)?;
    let node = Arc::new(Node::open(config)?);
    node.tidy()?;
    runtime()?.block_on(async {
        open_door(&node);
        tokio::spawn(loans(Arc::clone(&node)));
        let card = card_reader(&node.config);
        let links = Links::start(&node)?;
        let derive = Arc::clone(&node);
        tokio::task::spawn_blocking(move || derive.derive_arrived()).await??;
        let desk = Arc::new(SpotDesk::new(Arc::clone(&node), card, Box::new(links)));
        let training = Training::beside(&node)
            .inspect_err(|error| tracing::warn!(error = format!("{error:#}"), "nobody can train"))
            .ok();
        let router = |guard| match &training {
            None => vereda_web::desk::router(Arc::clone(&desk) as _, Arc::clone(&desk) as _, guard),
            Some(Training { desk: beside, .. }) => {
                let screens = Screens {
                    real: Arc::clone(&desk),
                    training: Arc::clone(beside),
                };
                let (desk, beside) = (Arc::clone(&desk), Arc::clone(beside));
                vereda_web::desk::router_with_training(desk, beside, Arc::new(screens), guard)
            }
        };
        if let Some(keep) = &node.config.keep {
            keep::start(&node, keep.folder.clone())?;
        }
        let lan = node.config.lan.as_ref();
        let lan = lan.map(|lan| lan::serve(&node, lan, router)).transpose()?;
        let others = lan
            .as_ref()
            .map(|lan| format!("desks join at https://{}", lan.address));
        tokio::spawn(hold_out(Arc::clone(&node)));
        serve(node.config.web.listen, router, (others, stop_with_stdin)).await
    })
}

/// A version that was begun in place of another counts as good once it has served for a while.
async fn hold_out(node: Arc<Node>) {
    tokio::time::sleep(HELD_OUT).await;
    let settled = tokio::task::spawn_blocking(move || updates::settled(&node.config)).await;
    if let Err(error) = settled {
        tracing::warn!(%error, "this version counts as tried");
    }
}

/// Runs a hub until it is told to stop.
///
/// # Errors
/// What keeps it from running, in words that say what to do.
pub fn hub(config: Config, stop_with_stdin: bool) -> anyhow::Result<()> {
    ensure!(
        config.node.kind == Kind::Hub,
        "this is the configuration of a spot: start it with `vereda spot`"
    );
    let sync = config
        .sync
        .clone()
        .context("a hub needs `[sync]` in its configuration: where spots reach it")?;
    let _lock = lock(&config)?;
    let node = Arc::new(Node::open(config)?);
    node.tidy()?;
    node.epoch()?;
    node.notice_restore()?;
    runtime()?.block_on(async {
        open_door(&node);
        tokio::spawn(mark(Arc::clone(&node)));
        tokio::spawn(loans(Arc::clone(&node)));
        tokio::spawn(seal_log(Arc::clone(&node)));
        tokio::spawn(retention(Arc::clone(&node)));
        tokio::spawn(revocations(Arc::clone(&node), sync.enrolled.clone()));
        let _listener = link::start_listener(Arc::clone(&node), &sync)?;
        let agencies = node.config.agencies.as_ref();
        let agencies = agencies.map(|it| agencies::start(&node, it));
        let _agencies = agencies.transpose()?;
        let notices = node.config.notices.as_ref();
        let notices = notices.map(|it| courier::start(&node, it));
        let _courier = notices.transpose()?;
        let verify = node.config.verify.as_ref();
        let verify = verify
            .map(|verify| verification::start(&node, verify))
            .transpose()?;
        let others = verify
            .as_ref()
            .map(|verify| format!("receipts are verified at http://{}", verify.address));
        let console = Arc::new(HubConsole::new(Arc::clone(&node)));
        let router = |guard| vereda_web::console::router(console, guard);
        serve(node.config.web.listen, router, (others, stop_with_stdin)).await
    })
}

/// Notes now and then how much the hub has.
async fn mark(node: Arc<Node>) {
    loop {
        let marked = Arc::clone(&node);
        let marked = tokio::task::spawn_blocking(move || marked.mark()).await;
        if let Err(error) = marked.map_err(anyhow::Error::from).flatten() {
            tracing::warn!(
                error = format!("{error:#}"),
                "a restore would not be noticed"
            );
        }
        tokio::time::sleep(MARK_EVERY).await;
    }
}

/// Erases what is kept no longer, hour by hour.
async fn retention(node: Arc<Node>) {
    loop {
        let work = Arc::clone(&node);
        let erased = tokio::task::spawn_blocking(move || work.erase_what_is_over()).await;
        let erased = match erased.map_err(anyhow::Error::from).flatten() {
            Ok(erased) => erased,
            Err(error) => {
                tracing::error!(
                    error = format!("{error:#}"),
                    "what is kept no longer is still here; it is tried again"
                );
                0
            }
        };
        if erased > 0 {
            tracing::info!(erased, "records that are kept no longer are erased");
        }
        // When there was much there may be more.
        let pause = match erased >= SOON_AGAIN {
            true => RETENTION_SOON,
            false => RETENTION_EVERY,
        };
        tokio::time::sleep(pause).await;
    }
}

/// Puts the hub's seal under the log of accesses now and then.
async fn seal_log(node: Arc<Node>) {
    loop {
        let work = Arc::clone(&node);
        let sealed = tokio::task::spawn_blocking(move || audit::put_seal(&work)).await;
        if let Err(error) = sealed.map_err(anyhow::Error::from).flatten() {
            tracing::error!(
                error = format!("{error:#}"),
                "the log of accesses is not sealed; it is tried again"
            );
        }
        tokio::time::sleep(audit::SEALED_EVERY).await;
    }
}

/// Lends for the visits of the days to come, and lets go of what is lent when its time has come.
async fn loans(node: Arc<Node>) {
    loop {
        let work = Arc::clone(&node);
        let ended = tokio::task::spawn_blocking(move || {
            work.lend_ahead()?;
            work.end_loans()
        })
        .await;
        if let Err(error) = ended.map_err(anyhow::Error::from).and_then(|e| Ok(e?)) {
            tracing::warn!(
                error = format!("{error:#}"),
                "what was lent is still here; it is tried again"
            );
        }
        tokio::time::sleep(LOANS_EVERY).await;
    }
}

/// Tells all spots whose certificate was revoked, as soon as the list says so.
async fn revocations(node: Arc<Node>, list: PathBuf) {
    let mut told_of = None;
    loop {
        let written = std::fs::metadata(&list)
            .and_then(|file| file.modified())
            .ok();
        if written != told_of {
            let work = Arc::clone(&node);
            let told = tokio::task::spawn_blocking(move || work.tell_revocations()).await;
            match told.map_err(anyhow::Error::from).and_then(|e| Ok(e?)) {
                Ok(_) => told_of = written,
                Err(error) => tracing::warn!(
                    error = format!("{error:#}"),
                    "not all spots know whose certificate was revoked; it is tried again"
                ),
            }
        }
        tokio::time::sleep(REVOCATIONS_EVERY).await;
    }
}

fn lock(config: &Config) -> anyhow::Result<door::Lock> {
    door::lock(&config.store.path)?.context(
        "this node runs already, or a bundle is being imported into its store: wait for that, or stop it",
    )
}

/// Lets commands hand bundles to this node. Without, it does all else.
fn open_door(node: &Arc<Node>) {
    match door::open(Arc::clone(node)) {
        Ok(door) => drop(tokio::spawn(door)),
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                "bundles can only be imported while this node is stopped"
            );
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        .max_blocking_threads(MAX_BLOCKING)
        .build()?)
}

fn card_reader(config: &Config) -> Option<Box<dyn CardReader>> {
    let deadline = Duration::from_secs(u64::from(config.card.deadline_s));
    match config.card.reader.as_str() {
        "none" => None,
        name => Some(Box::new(PcscReader::start(
            ReaderFilter::from_config(name),
            deadline,
        ))),
    }
}

async fn serve(
    address: SocketAddr,
    router: impl FnOnce(HostGuard) -> axum::Router,
    (others, stop_with_stdin): (Option<String>, bool),
) -> anyhow::Result<()> {
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("{address} cannot be used: is another node running there? Change `listen` in `[web]`, or stop it")
    })?;
    let address = listener.local_addr()?;
    let port = address.port();
    let guard = HostGuard::new([
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
    ])
    .marked(&port.to_string());
    writeln!(std::io::stdout(), "serving http://{address}")?;
    if let Some(others) = others {
        writeln!(std::io::stdout(), "{others}")?;
    }
    std::io::stdout().flush()?;
    tokio::select! {
        served = axum::serve(listener, router(guard)) => served.context("the pages")?,
        reason = stopped(stop_with_stdin) => tracing::info!(reason, "ending"),
    }
    Ok(())
}

/// Waits until the node is to end; says why.
async fn stopped(with_stdin: bool) -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    let (closed, stdin) = tokio::sync::oneshot::channel();
    if with_stdin {
        // A thread of its own: a blocked read must not keep the runtime from ending.
        std::thread::spawn(move || {
            let mut sink = [0; 256];
            while std::io::stdin().read(&mut sink).is_ok_and(|n| n > 0) {}
            closed.send(()).ok();
        });
    } else {
        std::mem::forget(closed);
    }
    tokio::select! {
        _ = tokio::signal::ctrl_c() => "interrupted",
        () = terminate => "told to end",
        _ = stdin => "standard input closed",
    }
}

/// The ways of a spot to others, as far as they are configured.
struct Links {
    hub: Option<LinkHandle>,
    peers: Option<PeersHandle>,
}

impl Links {
    fn start(node: &Arc<Node>) -> anyhow::Result<Self> {
        let (hub, peers) = (&node.config.hub, &node.config.peers);
        let start = |hub| link::start_caller(Arc::clone(node), hub);
        let meet = |(hub, peers)| link::start_peers(Arc::clone(node), hub, peers);
        Ok(Self {
            hub: hub.as_ref().map(start).transpose()?,
            peers: hub.as_ref().zip(peers.as_ref()).map(meet).transpose()?,
        })
    }
}

impl LinkView for Links {
    fn link(&self) -> Link {
        self.hub.as_ref().map_or(Link::None, LinkHandle::state)
    }

    fn sync_now(&self) {
        if let Some(hub) = &self.hub {
            hub.sync_now();
        }
    }

    fn arrival(&self) -> Option<Arrival> {
        self.hub.as_ref().and_then(LinkHandle::arrival)
    }

    fn near(&self) -> Vec<Near> {
        self.peers.as_ref().map_or_else(Vec::new, PeersHandle::near)
    }
}
