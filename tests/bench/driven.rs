//! An exchange whose two sides are driven by hand, with nothing between them: tells the payload
//! from what TLS and HTTP put around it, and the spot's work from the hub's.

use std::collections::VecDeque;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use vereda::authority::{Enrolled, Role};
use vereda::exchange::{Answering, Calling, Ended, Fault, Peer};
use vereda::link::seal::Seal;
use vereda::link::tls;
use vereda::node::Node;
use vereda_sync::exchange::Message;

use vereda_tests::spot::{Authority, Place};

use crate::records::NODE;

/// More messages than any exchange has.
const MAX_TURNS: usize = 1_000_000;

/// What went over.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cost {
    /// Bytes of messages with their lengths, without HTTP and TLS.
    pub(crate) up: u64,
    pub(crate) down: u64,
    pub(crate) messages: u64,
    /// How often the spot waited for the hub before it could go on.
    pub(crate) round_trips: u64,
    /// Time in the spot's hands, and in the hub's: one thread, so as good as CPU, and the disk's.
    pub(crate) spot: Duration,
    pub(crate) hub: Duration,
}

impl Cost {
    pub(crate) fn bytes(&self) -> u64 {
        self.up + self.down
    }

    pub(crate) fn time(&self) -> Duration {
        self.spot + self.hub
    }
}

/// A spot and its hub, enrolled and opened.
pub(crate) struct Pair {
    pub(crate) spot: Arc<Node>,
    pub(crate) hub: Arc<Node>,
    /// Their folders.
    pub(crate) places: [Place; 2],
    /// Who enrolled them.
    pub(crate) authority: Authority,
    seals: [Seal; 2],
    certificates: [Arc<[u8]>; 2],
}

impl Pair {
    pub(crate) fn make(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let authority = Authority::make(folder)?;
        let places = [
            Place::spot(folder.join(NODE), 9)?,
            Place::hub(folder.join("central"))?,
        ];
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let listen = |port| format!("127.0.0.1:{port}\"\ncertificate");
        places[1].configure(&listen(0), &listen(port))?;
        for place in &places {
            authority.enrol(place)?;
        }
        let [spot, hub] = &places;
        let keys = |place: &Place| place.folder().join("keys");
        let certificate = |place: &Place| -> anyhow::Result<Arc<[u8]>> {
            let read = tls::certificate(&keys(place).join("node.crt"))?;
            Ok(read.to_vec().into())
        };
        let seal = |place: &Place| Seal::load(&keys(place).join("node.key"));
        Ok(Self {
            seals: [seal(spot)?, seal(hub)?],
            certificates: [certificate(spot)?, certificate(hub)?],
            spot: Arc::new(Node::open(spot.config()?)?),
            hub: Arc::new(Node::open(hub.config()?)?),
            places,
            authority,
        })
    }

    /// One exchange, to its end.
    pub(crate) fn exchange(&self) -> anyhow::Result<Cost> {
        let of = &self.spot.config.node;
        let peer = Peer {
            spot: Enrolled {
                id: of.id.clone(),
                role: Role::Spot,
                scopes: of.scopes.clone(),
                fingerprint: String::new(),
                enrolled: String::new(),
                zone: None,
                ends: None,
                revoked: None,
            },
            certificate: Arc::clone(&self.certificates[0]),
        };
        let [spot_seal, hub_seal] = self.seals.clone();
        let mut cost = Cost::default();
        let mut sides = Sides {
            calling: None,
            answering: Answering::new(Arc::clone(&self.hub), hub_seal, peer),
        };
        let begin = || {
            let hub = Arc::clone(&self.certificates[1]);
            Calling::begin(Arc::clone(&self.spot), spot_seal, hub).map_err(Fault::from)
        };
        let (calling, first) = timed(&mut cost.spot, begin)?;
        sides.calling = Some(calling);
        sides.go_on(first, &mut cost)?;
        Ok(cost)
    }
}

struct Sides {
    calling: Option<Calling>,
    answering: Answering,
}

impl Sides {
    fn go_on(&mut self, first: Vec<Message>, cost: &mut Cost) -> anyhow::Result<()> {
        let (mut up, mut down) = (VecDeque::from(first), VecDeque::new());
        let calling = self.calling.as_mut().context("no caller")?;
        let answering = &mut self.answering;
        let size = |message: &Message| message.encode().len() as u64 + 4;
        for _ in 0..MAX_TURNS {
            match calling.ended() {
                Some(Ended::Well) => return Ok(()),
                Some(other) => bail!("the exchange ended otherwise: {other:?}"),
                None => (),
            }
            while calling.wants() {
                up.extend(timed(&mut cost.spot, || calling.upload())?);
            }
            cost.round_trips += u64::from(!up.is_empty());
            while let Some(message) = up.pop_front() {
                cost.up += size(&message);
                cost.messages += 1;
                down.extend(timed(&mut cost.hub, || answering.receive(message))?);
            }
            while answering.feeds() {
                down.extend(timed(&mut cost.hub, || answering.feed())?);
            }
            while let Some(message) = down.pop_front() {
                cost.down += size(&message);
                cost.messages += 1;
                up.extend(timed(&mut cost.spot, || calling.receive(message))?);
            }
        }
        bail!("an exchange without an end: {cost:?}")
    }
}

fn timed<T>(sum: &mut Duration, act: impl FnOnce() -> Result<T, Fault>) -> anyhow::Result<T> {
    let begun = Instant::now();
    let done = act();
    *sum += begun.elapsed();
    done.map_err(anyhow::Error::from)
}
