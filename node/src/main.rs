//! `vereda`: reads what it is asked to do, and does it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use vereda::bundle::export::Wanted;
use vereda::commands::{
    archive, audit, bundle, catalogue, diagnose, doctor, drafts, enrol, erase, export, inspect,
    prove, publish, purge, quarantine, rebuild, restored, verify,
};
use vereda::config::Config;
use vereda::diagnosis::lately::Lately;
use vereda::link::First;
use vereda::{authority, serve, staff};
use vereda_web::place::{Zone, settle};

/// Public services where the road and the network end.
#[derive(Debug, Parser)]
#[command(name = "vereda", version, arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a spot: the desk, the citizen's screen, the way to the hub
    Spot(Serve),
    /// Run the hub: takes journals in, serves feeds and the console
    Hub(Serve),
    /// Make this machine a node of a hub, with a code that its console shows under "Postos", "Inscrever um posto"
    Enrol {
        /// Where machines enrol at the hub, as the console shows it: name and port
        #[arg(long)]
        hub: String,
        /// The code: five groups of four letters and digits
        #[arg(long)]
        code: String,
        /// The folder in which the node will live
        #[arg(long, default_value = ".")]
        folder: PathBuf,
        /// Where its pages will be, on this machine
        #[arg(long, default_value = "127.0.0.1:8107")]
        web: std::net::SocketAddr,
        /// The catalogue, where the hub hands none out: a folder
        #[arg(long)]
        catalogue: Option<PathBuf>,
    },
    /// Say what is missing, wrong or unsent, and what to do
    Doctor(Place),
    /// Write what helps to find a fault, without anything of people (zstd), for whoever looks after the node
    Diagnose {
        #[command(flatten)]
        place: Place,
        /// The file to be made, ending in .zst
        #[arg(long)]
        to: PathBuf,
    },
    /// Look into the store: journals, records, what is parked, conflicts, the quarantine, bundles
    Inspect {
        #[command(flatten)]
        place: Place,
        /// What to look at
        #[arg(value_enum)]
        what: inspect::What,
    },
    /// Hold the whole store against itself and against the seals over it, offline
    Verify(Place),
    /// Write a proof that the hub holds a record's changes, for somebody without the store
    Prove {
        #[command(flatten)]
        place: Place,
        /// The record: its id, the beginning of it, or the number of a request
        #[arg(long)]
        record: String,
        /// A proof made before: show also that nothing was changed since
        #[arg(long)]
        earlier: Option<PathBuf>,
    },
    /// Check such a proof; no store is needed
    Check {
        /// The proof
        proof: PathBuf,
        /// The certificate of the authority that hub and spots trust
        #[arg(long)]
        authority: PathBuf,
        /// The proof that was made before
        #[arg(long)]
        earlier: Option<PathBuf>,
    },
    /// Make the derived tables anew from the journals (the node must not run)
    Rebuild(Place),
    /// Write one record to standard output
    Export {
        #[command(flatten)]
        place: Place,
        /// The record: its id, the beginning of it, or the number of a request
        #[arg(long)]
        record: String,
        /// As what
        #[arg(long = "as", value_enum)]
        format: export::Format,
    },
    /// What the link does, by stick or by another vehicle
    Bundle {
        #[command(subcommand)]
        command: Bundle,
    },
    /// Copy the hub's store to a file off its disk; spots may then purge what is in it
    Archive {
        #[command(flatten)]
        place: Place,
        /// The file to be made
        #[arg(long)]
        to: PathBuf,
    },
    /// Say that the hub's store was put back from a copy: the spots bring again what is missing (the
    /// hub stopped)
    Restored(Place),
    /// Let go of old work that the hub holds and has archived (the spot stopped)
    Purge {
        #[command(flatten)]
        place: Place,
        /// What was last touched before this day (yyyy-mm-dd)
        #[arg(long)]
        before: String,
    },
    /// Erase a record at the hub and, as they hear of it, everywhere, for good (the hub stopped)
    Erase {
        #[command(flatten)]
        place: Place,
        /// The record: its id, the beginning of it, or the number of a request
        #[arg(long)]
        record: String,
        /// Why; nothing of any person, as it stays
        #[arg(long)]
        reason: String,
    },
    /// Open the copy of what was being typed at a spot, at the hub: what is in it, as JSON
    Drafts {
        #[command(flatten)]
        place: Place,
        /// The file, as it lies on the spot's stick
        file: PathBuf,
    },
    /// The services as data: check, compare, look at, sign
    Catalogue {
        #[command(subcommand)]
        command: Catalogue,
    },
    /// Sign a version of this program and hand it out to spots, which begin it when they are next started
    Publish {
        /// The program
        program: PathBuf,
        /// The configuration of the hub
        #[arg(long)]
        config: PathBuf,
        /// Its version, as 1.2.3
        #[arg(long)]
        release: String,
        /// For which machines, as x86_64-linux; without, those like this one
        #[arg(long)]
        target: Option<String>,
        /// What changed, for mediators: plain Portuguese, a sentence or two
        #[arg(long)]
        notes: String,
    },
    /// The hub's log of who saw and changed what
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
    /// What came to the hub and was not taken in
    Quarantine {
        #[command(subcommand)]
        command: Quarantine,
    },
    /// Hash a PIN (read from standard input) for the staff list
    Pin,
    /// What agencies show and get
    Agency {
        #[command(subcommand)]
        command: Agency,
    },
    /// The authority that hub and spots trust
    Authority {
        #[command(subcommand)]
        command: Authority,
    },
}

#[derive(Debug, Subcommand)]
enum Agency {
    /// Draw a token for an agency, and its hash for `tokens` of the hub's configuration
    Token,
    /// Draw a secret that signs what is sent to an agency, for the file that `webhook_secret` names
    Secret,
}

#[derive(Debug, Subcommand)]
enum Authority {
    /// Make a new authority
    New {
        /// Folder for its certificate and key
        #[arg(long)]
        dir: PathBuf,
        /// Its name
        #[arg(long)]
        name: String,
    },
    /// Give a node a certificate and put it on the list of enrolled nodes
    Enrol {
        /// Folder of the authority
        #[arg(long)]
        dir: PathBuf,
        /// Id of the node
        #[arg(long)]
        node: String,
        /// What it is
        #[arg(long, value_enum)]
        role: Role,
        /// Scopes whose records it may hold; new ones belong to the first
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// Names under which it is reached
        #[arg(long = "dns")]
        dns: Vec<String>,
        /// The time zone of its place, as `[node] zone` says it there; Lisbon's without
        #[arg(long, value_parser = |name: &str| Zone::try_from(name.to_owned()))]
        zone: Option<Zone>,
        /// Folder for the node's certificate and key
        #[arg(long)]
        out: PathBuf,
    },
    /// Revoke a node: from the next request on the hub gives it nothing, and what it had not
    /// delivered goes into quarantine
    Revoke {
        /// Folder of the authority
        #[arg(long)]
        dir: PathBuf,
        /// Id of the node
        #[arg(long)]
        node: String,
    },
}

#[derive(Debug, Subcommand)]
enum Bundle {
    /// Write what the hub has not acknowledged, encrypted to it; receipts for other nodes too
    Export {
        #[command(flatten)]
        place: Place,
        /// Folder, on the stick
        #[arg(long)]
        to: PathBuf,
        /// Everything, also what the hub has acknowledged
        #[arg(long)]
        all: bool,
        /// Largest file, in MiB
        #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=1024))]
        max_mib: u64,
    },
    /// Take in bundles and receipts; at a spot those of others are kept, to be carried on
    Import {
        #[command(flatten)]
        place: Place,
        /// Files, or folders with them
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// At the hub: write what it ordered a node, and has no outcome of, onto a stick
    Orders {
        #[command(flatten)]
        place: Place,
        /// Id of the node
        #[arg(long)]
        node: String,
        /// Folder, on the stick
        #[arg(long)]
        to: PathBuf,
    },
    /// Show what is on a stick, without any key
    Inspect {
        /// Files, or folders with them
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum Catalogue {
    /// Say everything that is wrong with a catalogue, with its line and what to do
    Check {
        /// Its folder
        folder: PathBuf,
    },
    /// Say what changed between two catalogues, and what becomes of open drafts
    Diff {
        /// The older one: a folder, or a signed file
        old: PathBuf,
        /// The newer one
        new: PathBuf,
        /// For signed ones: the certificate of the authority that hub and spots trust
        #[arg(long)]
        authority: Option<PathBuf>,
    },
    /// Show what is asked, step by step; with a node's configuration also what becomes of its open drafts
    Preview {
        /// Its folder
        folder: PathBuf,
        /// One service alone
        #[arg(long)]
        service: Option<String>,
        /// The configuration of a node (stopped)
        #[arg(long)]
        store: Option<PathBuf>,
    },
    /// Print the JSON Schema of catalogues
    Schema,
    /// Make a service of a simple XLSForm: FORM.xlsx, or survey.csv with choices.csv beside it
    Import {
        /// The form
        form: PathBuf,
        /// The id of the service
        #[arg(long)]
        service: String,
        /// The id of its agency
        #[arg(long)]
        agency: String,
        /// The folder of the catalogue
        #[arg(long)]
        to: PathBuf,
    },
    /// Sign a catalogue with the hub's key: one file for every spot
    Sign {
        /// Its folder
        folder: PathBuf,
        /// The configuration of the hub
        #[arg(long)]
        config: PathBuf,
        /// The id of an administrator of the hub who agrees; twice, two different ones
        #[arg(long, required = true)]
        by: Vec<String>,
        /// The one that it follows; without, what stands under the name of `--out`
        #[arg(long)]
        after: Option<PathBuf>,
        /// The file to be made, ending in .vcat
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Hold every line against the tree over all of them and against the seals of the hub and of the spots, offline
    Verify {
        #[command(flatten)]
        place: Place,
        /// What `vereda audit seen` printed at a spot
        #[arg(long)]
        seen: Option<PathBuf>,
    },
    /// At a spot: print how far it saw its hub's log grow
    Seen(Place),
}

#[derive(Debug, Subcommand)]
enum Quarantine {
    /// Show it: whose, which change of which record, why, and whether its author's seal is over it
    List {
        #[command(flatten)]
        place: Place,
        /// Of this node alone
        #[arg(long)]
        node: Option<String>,
    },
    /// Take in what waits of a node, as if it were enrolled for these scopes (the hub stopped)
    Release {
        #[command(flatten)]
        place: Place,
        /// Id of the node
        #[arg(long)]
        node: String,
        /// Scopes that it may write; new records belong to the first
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
    },
    /// Keep what waits of a node out for good; it is not deleted (the hub stopped)
    Reject {
        #[command(flatten)]
        place: Place,
        /// Id of the node
        #[arg(long)]
        node: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Role {
    Spot,
    Hub,
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The configuration file
    #[arg(long)]
    config: PathBuf,
}

#[derive(Debug, clap::Args)]
struct Serve {
    #[command(flatten)]
    place: Place,
    /// End when standard input closes, so that no parent leaves it behind
    #[arg(long)]
    stop_with_stdin: bool,
}

fn main() -> ExitCode {
    log();
    match run(Arguments::parse().command) {
        Ok(code) => code,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Logs go to standard error; `VEREDA_LOG` is `error`, `warn`, `info` (the default), `debug` or `trace`.
fn log() {
    let level = std::env::var("VEREDA_LOG")
        .ok()
        .and_then(|l| l.parse().ok())
        .unwrap_or(tracing::Level::INFO);
    // Automerge tells of every column that it reads, at a price.
    let said = Targets::new()
        .with_default(level)
        .with_target("automerge", level.min(tracing::Level::WARN));
    let out = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false);
    tracing_subscriber::registry()
        .with(out)
        .with(Lately)
        .with(said)
        .init();
}

/// The configuration of a node, at whose place this process stands from here on.
fn at_its_place(file: &Path) -> anyhow::Result<Config> {
    let config = Config::load(file)?;
    settle(config.node.zone, &config.node.languages);
    Ok(config)
}

fn run(command: Command) -> anyhow::Result<ExitCode> {
    let load = |place: &Place| at_its_place(&place.config);
    match command {
        Command::Spot(how) => serve::spot(load(&how.place)?, how.stop_with_stdin)?,
        Command::Hub(how) => serve::hub(load(&how.place)?, how.stop_with_stdin)?,
        Command::Enrol {
            hub,
            code,
            folder,
            web,
            catalogue,
        } => enrol::run(&First {
            hub: &hub,
            code: &code,
            folder: &folder,
            web,
            catalogue: catalogue.as_deref(),
        })?,
        Command::Doctor(place) => return doctor::run(&place.config),
        Command::Diagnose { place, to } => diagnose::run(load(&place)?, &to)?,
        Command::Inspect { place, what } => inspect::run(load(&place)?, what)?,
        Command::Verify(place) => return verify::run(load(&place)?),
        Command::Publish {
            program,
            config,
            release,
            target,
            notes,
        } => {
            let hub = Config::load(&config)?;
            publish::publish(&program, &hub, (&release, target.as_deref()), &notes)?;
        }
        Command::Prove {
            place,
            record,
            earlier,
        } => prove::run(load(&place)?, &record, earlier.as_deref())?,
        Command::Check {
            proof,
            authority,
            earlier,
        } => prove::check(&proof, &authority, earlier.as_deref())?,
        Command::Rebuild(place) => rebuild::run(load(&place)?)?,
        Command::Export {
            place,
            record,
            format,
        } => export::run(load(&place)?, &record, format)?,
        Command::Bundle { command } => match command {
            Bundle::Export {
                place,
                to,
                all,
                max_mib,
            } => {
                let max_bytes = max_mib << 20;
                bundle::export(&load(&place)?, &to, Wanted { all, max_bytes })?;
            }
            Bundle::Import { place, paths } => return bundle::import(load(&place)?, &paths),
            Bundle::Orders { place, node, to } => bundle::orders(&load(&place)?, &node, &to)?,
            Bundle::Inspect { paths } => return bundle::inspect(&paths),
        },
        Command::Archive { place, to } => archive::run(&load(&place)?, &to)?,
        Command::Restored(place) => restored::run(load(&place)?)?,
        Command::Purge { place, before } => purge::run(load(&place)?, &before)?,
        Command::Erase {
            place,
            record,
            reason,
        } => erase::run(load(&place)?, &record, &reason)?,
        Command::Drafts { place, file } => drafts::run(&load(&place)?, &file)?,
        Command::Catalogue { command } => match command {
            Catalogue::Check { folder } => return catalogue::check(&folder),
            Catalogue::Diff {
                old,
                new,
                authority,
            } => catalogue::diff(&old, &new, authority.as_deref())?,
            Catalogue::Preview {
                folder,
                service,
                store,
            } => catalogue::preview(&folder, service.as_deref(), store.as_ref())?,
            Catalogue::Import {
                form,
                service,
                agency,
                to,
            } => catalogue::import(&form, &service, &agency, &to)?,
            Catalogue::Schema => say(vereda_sync::catalogue::SCHEMA.trim_end())?,
            Catalogue::Sign {
                folder,
                config,
                by,
                after,
                out,
            } => catalogue::sign(
                &folder,
                &at_its_place(&config)?,
                &by,
                (after.as_deref(), &out),
            )?,
        },
        Command::Audit { command } => match command {
            Audit::Verify { place, seen } => {
                return audit::verify(load(&place)?, seen.as_deref());
            }
            Audit::Seen(place) => return audit::show_seen(load(&place)?),
        },
        Command::Quarantine { command } => match command {
            Quarantine::List { place, node } => {
                quarantine::run_list(load(&place)?, node.as_deref())?
            }
            Quarantine::Release {
                place,
                node,
                scopes,
            } => quarantine::release(load(&place)?, &node, &scopes)?,
            Quarantine::Reject {
                place,
                node,
                reason,
            } => quarantine::reject(load(&place)?, &node, &reason)?,
        },
        Command::Pin => say(&pin()?)?,
        Command::Agency { command } => match command {
            Agency::Token => {
                let token = vereda::agencies::drawn()?;
                say(&format!("for the agency:            {token}"))?;
                say(&format!(
                    "for the hub's configuration: {}",
                    vereda::agencies::hashed(&token)
                ))?;
            }
            Agency::Secret => say(&vereda::agencies::secret()?)?,
        },
        Command::Authority { command } => match command {
            Authority::New { dir, name } => authority::new(&dir, &name)?,
            Authority::Enrol {
                dir,
                node,
                role,
                scopes,
                dns,
                zone,
                out,
            } => {
                let role = match role {
                    Role::Spot => authority::Role::Spot,
                    Role::Hub => authority::Role::Hub,
                };
                authority::enrol(&dir, &node, role, &scopes, &dns, &out)?;
                if let Some(zone) = zone {
                    authority::locate(&dir, &node, zone)?;
                }
            }
            Authority::Revoke { dir, node } => {
                anyhow::ensure!(
                    authority::revoke(&dir, &node)?,
                    "no node {node} is enrolled"
                );
            }
        },
    }
    Ok(ExitCode::SUCCESS)
}

fn pin() -> anyhow::Result<String> {
    let mut typed = String::new();
    std::io::stdin()
        .take(1024)
        .read_to_string(&mut typed)
        .context("reading the PIN")?;
    staff::hash_pin(typed.trim()).map_err(anyhow::Error::msg)
}

fn say(line: &str) -> anyhow::Result<()> {
    use std::io::Write;
    Ok(writeln!(std::io::stdout(), "{line}")?)
}
