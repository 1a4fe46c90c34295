//! `cargo xtask demo`: a hub, a vehicle and a care home's laptop, with links to cut and cards to insert.

mod agency;
mod authority;
mod cards;
mod command;
mod config;
mod day;
mod link;
mod node;
mod tour;

use crate::{install, place, run};
use agency::Agency;
use cards::Cards;
use command::Command;
use config::{Layout, Person, Site};
use link::Link;
use node::Node;
use std::io::{self, BufRead, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How the demonstration was asked for.
pub(crate) struct Options {
    fresh: bool,
    devices: bool,
    open: bool,
    port_base: u16,
}

impl Options {
    /// Reads the arguments of `cargo xtask demo`.
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, String> {
        let mut options = Options {
            fresh: false,
            devices: true,
            open: false,
            port_base: 8100,
        };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--fresh" => options.fresh = true,
                "--no-devices" => options.devices = false,
                "--open" => options.open = true,
                "--port-base" => {
                    let port = rest.next().and_then(|port| port.parse().ok());
                    options.port_base = port.ok_or("--port-base takes a port number")?;
                }
                other => return Err(format!("demo does not take {other:?}")),
            }
        }
        Ok(options)
    }
}

/// Builds what is needed, starts everything and obeys the prompt until `quit`.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    let layout = Layout::new(options.port_base)?;
    install::packages(if options.devices {
        install::Purpose::Demo
    } else {
        install::Purpose::Build
    })?;
    build(options.devices)?;
    layout.await_ports()?;
    if options.fresh && layout.dir.exists() {
        std::fs::remove_dir_all(&layout.dir)
            .map_err(|error| format!("{}: {error}", layout.dir.display()))?;
    }
    let mut demo = Demo::start(layout, options.devices)?;
    println!(
        "\n{}\n\n{}\n",
        tour::text(&demo.layout, &demo.people),
        command::HELP
    );
    if options.open {
        let address = tour::address(&demo.layout, Site::Vehicle);
        if !run::succeeds(run::command("xdg-open").arg(&address)) {
            println!("no browser could be opened; the address is {address}");
        }
    }
    demo.obey(&typed_lines());
    demo.stop();
    Ok(())
}

fn build(devices: bool) -> Result<(), String> {
    let mut cargo = run::cargo();
    // The connector is an example; built apart, with other features, it would build everything once more.
    cargo.args(["build", "--release", "--bins", "--examples"]);
    cargo.args(["--package", "vereda"]);
    if devices {
        cargo.args(["--package", "vereda-devices"]);
    }
    println!("building vereda; the first time takes some minutes");
    run::timed(&mut cargo, "building vereda", "built")
}

/// Everything that runs.
struct Demo {
    layout: Layout,
    people: Vec<Person>,
    vehicle_link: Link,
    home_link: Link,
    /// Between the two spots, while they are together.
    together: Link,
    /// In the order of [`Site::ALL`]. Dropped before the cards, so that no node sees its reader die at the end.
    nodes: [Node; 3],
    agency: Option<Agency>,
    cards: Option<Cards>,
    next_card: usize,
}

impl Demo {
    fn start(layout: Layout, devices: bool) -> Result<Self, String> {
        let vereda = place::built("release", "vereda");
        std::fs::create_dir_all(&layout.dir)
            .map_err(|error| format!("{}: {error}", layout.dir.display()))?;
        println!("starting, in {}", layout.dir.display());
        authority::ready(&vereda, &layout)?;
        let cards = if devices { start_cards(&layout) } else { None };
        let people = config::write(&vereda, &layout, cards.is_some())?;
        let open = |port, to| Link::open(port, to).map_err(|error| format!("port {port}: {error}"));
        let hub = layout.sync_port(Site::Hub);
        let vehicle_link = open(layout.sync_port(Site::Vehicle), hub)?;
        let home_link = open(layout.sync_port(Site::Home), hub)?;
        let together = open(layout.meet_port(), layout.peers_port(Site::Vehicle))?;
        together.cut();
        let socket = cards.as_ref().map(Cards::socket);
        let nodes = Site::ALL.map(|site| Node::new(site, &vereda, &layout, socket));
        let mut demo = Demo {
            layout,
            people,
            cards,
            next_card: 0,
            vehicle_link,
            home_link,
            together,
            nodes,
            agency: None,
        };
        for node in &mut demo.nodes {
            node.start()?;
        }
        demo.agency = Agency::start(&demo.layout)
            .inspect_err(|why| println!("  No agency: {why}"))
            .ok();
        if let Err(why) = day::plan(&demo.layout, &demo.people) {
            println!("  No tour and no visit of today: {why}");
        }
        Ok(demo)
    }

    /// Reads commands until `quit`, and between them notices a node that has ended. When the input is closed it goes on
    /// until it is killed: the demonstration may have been started without a terminal.
    fn obey(&mut self, typed: &mpsc::Receiver<String>) {
        let prompting = io::stdin().is_terminal();
        let mut prompt_is_due = prompting;
        loop {
            if std::mem::take(&mut prompt_is_due) {
                print!("demo> ");
                let _ = io::stdout().flush();
            }
            match typed.recv_timeout(Duration::from_millis(500)) {
                Ok(line) => {
                    prompt_is_due = prompting;
                    match Command::parse(&line) {
                        Ok(Command::Quit) => return,
                        Ok(command) => {
                            if let Err(why) = self.carry_out(command) {
                                println!("{why}");
                            }
                        }
                        Err(why) => println!("{why}"),
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                // A closed channel answers at once, so the pause is ours to make.
                Err(RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(500)),
            }
            prompt_is_due |= self.notice_ended() && prompting;
        }
    }

    fn carry_out(&mut self, command: Command) -> Result<(), String> {
        match command {
            Command::Cut(site) => self.cut(site),
            Command::Restore(site) => self.restore(site)?,
            Command::Toggle(site) if self.link(site).is_up() => self.cut(site),
            Command::Toggle(site) => self.restore(site)?,
            Command::Meet => {
                self.together
                    .restore()
                    .map_err(|error| format!("they cannot meet: {error}"))?;
                println!("the vehicle and the home are in one network");
            }
            Command::Part => {
                self.together.cut();
                println!("the vehicle and the home are apart");
            }
            Command::Insert(key, site) => self.insert(&key, site)?,
            Command::NextCard(site) => self.insert_next(site)?,
            Command::TakeOut(site) => {
                self.cards()?.remove(site)?;
                println!("no card in the reader of the {}", site.word());
            }
            Command::Cards => println!(
                "{}\nnow: {}",
                self.cards()?.keys()?.join("  "),
                self.cards()?.state()?
            ),
            Command::Kill(site) => self.kill(site)?,
            Command::Status => self.status(),
            Command::Tour => println!("{}", tour::text(&self.layout, &self.people)),
            Command::Help => println!("{}", command::HELP),
            Command::Quit | Command::Nothing => {}
        }
        Ok(())
    }

    fn link(&self, site: Site) -> &Link {
        if site == Site::Home {
            &self.home_link
        } else {
            &self.vehicle_link
        }
    }

    fn cut(&self, site: Site) {
        self.link(site).cut();
        println!("the link of the {} is cut", site.word());
    }

    fn restore(&self, site: Site) -> Result<(), String> {
        self.link(site)
            .restore()
            .map_err(|error| format!("the link cannot listen again: {error}"))?;
        println!("the link of the {} is up", site.word());
        Ok(())
    }

    fn cards(&mut self) -> Result<&mut Cards, String> {
        self.cards
            .as_mut()
            .ok_or_else(|| "this demonstration runs without a card reader".into())
    }

    fn insert(&mut self, key: &str, site: Site) -> Result<(), String> {
        let name = self
            .cards()?
            .insert(site, key)
            .map_err(|why| format!("no card: {why} (`cards` lists them)"))?;
        println!("the card of {name} is in the reader of the {}", site.word());
        Ok(())
    }

    fn insert_next(&mut self, site: Site) -> Result<(), String> {
        let keys = self.cards()?.keys()?;
        let key = keys
            .get(self.next_card % keys.len().max(1))
            .ok_or("there are no cards")?;
        self.next_card += 1;
        self.insert(key, site)
    }

    fn kill(&mut self, site: Site) -> Result<(), String> {
        let begun = Instant::now();
        let node = self.node(site);
        node.pull_the_plug();
        println!("the {}'s plug is pulled; starting it again", site.word());
        node.start()?;
        println!(
            "the {} was away for {}",
            site.word(),
            run::spoken(begun.elapsed())
        );
        Ok(())
    }

    fn node(&mut self, site: Site) -> &mut Node {
        let index = Site::ALL
            .iter()
            .position(|other| *other == site)
            .unwrap_or(0);
        &mut self.nodes[index]
    }

    fn status(&mut self) {
        for site in Site::ALL {
            let address = tour::address(&self.layout, site);
            let running = self.node(site).process_id();
            let process =
                running.map_or_else(|| "not running".into(), |id| format!("process {id}"));
            println!("  {:8} {address}  {process}", site.word());
        }
        for site in Site::SPOTS {
            let link = self.link(site);
            let state = if link.is_up() {
                format!("up, {} connections", link.carried())
            } else {
                "cut".into()
            };
            println!("  link of the {:8} {state}", site.word());
        }
        let near = if self.together.is_up() {
            "in one network"
        } else {
            "apart"
        };
        println!("  vehicle and home  {near}");
        println!(
            "  card reader  {}",
            if self.cards.is_some() {
                "two virtual ones"
            } else {
                "none"
            }
        );
    }

    /// Says which nodes have ended without being told to.
    fn notice_ended(&mut self) -> bool {
        let mut noticed = false;
        for node in &mut self.nodes {
            if let Some(status) = node.ended_by_itself() {
                let word = node.site.word();
                println!(
                    "\nthe {word} has ended by itself ({status}); `kill {word}` starts it again"
                );
                println!("{}", node.last_words());
                noticed = true;
            }
        }
        noticed
    }

    /// Asks all nodes to end together, then waits for each.
    fn stop(mut self) {
        self.agency = None;
        println!("stopping; the data stay in {}", self.layout.dir.display());
        self.nodes.iter_mut().for_each(Node::close_stdin);
    }
}

fn start_cards(layout: &Layout) -> Option<Cards> {
    Cards::start(&place::built("release", "devices"), layout)
        .inspect_err(|why| {
            println!("  No card reader: {why}. The demonstration goes on without cards.")
        })
        .ok()
}

/// The lines that somebody types, read on a thread of their own; the channel closes when the input does.
fn typed_lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(
            &line
                .split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn options_are_read() {
        let plain = parse("").unwrap();
        assert!(!plain.fresh && plain.devices && !plain.open && plain.port_base == 8100);
        let all = parse("--fresh --no-devices --open --port-base 9000").unwrap();
        assert!(all.fresh && !all.devices && all.open && all.port_base == 9000);
    }

    #[test]
    fn an_option_that_is_not_understood_is_refused() {
        for line in ["--frsh", "--port-base", "--port-base many", "vehicle"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
