//! A line between a spot and the hub: messages wait at both ends, and go over one by one
//! in whatever order chance gives. As the link of a node does it, without TLS.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::{Context, bail};
use vereda::exchange::{Answering, Calling, Ended, Fault};
use vereda::node::{Node, OtherEntry};
use vereda_sync::exchange::message::Refusal;
use vereda_sync::exchange::{ExchangeError, Message};
use vereda_tests::invented::Seeded;

use crate::site::{HUB, Site};

/// Most exchanges that begin anew one after the other, as the link has it.
const MAX_ANEW: u32 = 4;

/// Messages on their way, as bytes.
type Way = VecDeque<Vec<u8>>;

/// An exchange that runs.
pub(crate) struct Line {
    /// The machine that calls.
    pub(crate) machine: usize,
    pub(crate) identity: usize,
    calling: Option<Calling>,
    answering: Option<Answering>,
    up: Way,
    down: Way,
    anew: u32,
    /// Why it ended, when a side refused.
    pub(crate) refused: Option<Refusal>,
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// It goes on.
    On,
    /// The exchange is over, and how; `None`: early.
    Over(Option<Ended>),
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Up,
    Down,
    Upload,
    Feed,
}

impl Line {
    /// A machine calls the hub. `scopes` as it is enrolled there.
    pub(crate) fn begin(
        site: &Site,
        (machine, identity): (usize, usize),
        (spot, hub): (&Arc<Node>, &Arc<Node>),
        scopes: &[String],
    ) -> anyhow::Result<Self> {
        let mut line = Self {
            machine,
            identity,
            calling: None,
            answering: None,
            up: Way::new(),
            down: Way::new(),
            anew: 0,
            refused: None,
        };
        line.call(site, spot, hub, scopes)?;
        Ok(line)
    }

    fn call(
        &mut self,
        site: &Site,
        spot: &Arc<Node>,
        hub: &Arc<Node>,
        scopes: &[String],
    ) -> anyhow::Result<()> {
        let seal = site.identities[self.identity].seal.clone();
        let certificate = site.identities[HUB].certificate.clone();
        let (calling, said) = Calling::begin(spot.clone(), seal, certificate)?;
        self.up = said.iter().map(Message::encode).collect();
        self.down.clear();
        self.calling = Some(calling);
        let peer = site.peer(self.identity, scopes);
        let seal = site.identities[HUB].seal.clone();
        self.answering = Some(Answering::new(hub.clone(), seal, peer));
        Ok(())
    }

    /// Once more, with the journal that was begun. Gives whether it may.
    pub(crate) fn again(
        &mut self,
        site: &Site,
        spot: &Arc<Node>,
        hub: &Arc<Node>,
        scopes: &[String],
    ) -> anyhow::Result<bool> {
        self.anew += 1;
        if self.anew > MAX_ANEW {
            return Ok(false);
        }
        self.call(site, spot, hub, scopes)?;
        Ok(true)
    }

    /// One message goes over, or one is made.
    ///
    /// # Errors
    /// What must not happen between a spot and a hub that both mean well.
    pub(crate) fn step(&mut self, chance: &mut Seeded) -> anyhow::Result<Step> {
        if let Some(ended) = self.calling.as_ref().and_then(Calling::ended) {
            return Ok(Step::Over(Some(ended)));
        }
        let Some(calling) = &self.calling else {
            return Ok(Step::Over(None));
        };
        let hub = self.answering.as_ref();
        let moves: Vec<Move> = [
            (!self.up.is_empty() && hub.is_some()).then_some(Move::Up),
            (!self.down.is_empty()).then_some(Move::Down),
            (self.up.is_empty() && calling.wants()).then_some(Move::Upload),
            hub.is_some_and(Answering::feeds).then_some(Move::Feed),
        ]
        .into_iter()
        .flatten()
        .collect();
        let pick = usize::try_from(chance.below(moves.len() as u64)).unwrap_or(0);
        match moves.get(pick) {
            Some(Move::Up) => self.carry_up()?,
            Some(Move::Down) => self.carry_down()?,
            Some(Move::Upload) => {
                let said = self.calling.as_mut().map(Calling::upload);
                self.spot_said(said)?;
            }
            Some(Move::Feed) => {
                let said = self.answering.as_mut().map(Answering::feed);
                self.hub_said(said.map(|said| said.map(Option::into_iter)))?;
            }
            // The hub hung up and all that it said has arrived.
            None if hub.is_none() => return Ok(Step::Over(None)),
            None => bail!("the exchange stalls: both sides wait for the other"),
        }
        Ok(Step::On)
    }

    fn carry_up(&mut self) -> anyhow::Result<()> {
        let Some(bytes) = self.up.pop_front() else {
            return Ok(());
        };
        let message = Message::decode(&bytes).context("a message to the hub")?;
        let said = self.answering.as_mut().map(|hub| hub.receive(message));
        self.hub_said(said)
    }

    fn carry_down(&mut self) -> anyhow::Result<()> {
        let Some(bytes) = self.down.pop_front() else {
            return Ok(());
        };
        let message = Message::decode(&bytes).context("a message to a spot")?;
        let said = self.calling.as_mut().map(|spot| spot.receive(message));
        self.spot_said(said)
    }

    fn hub_said(
        &mut self,
        said: Option<Result<impl IntoIterator<Item = Message>, Fault>>,
    ) -> anyhow::Result<()> {
        match said {
            None => (),
            Some(Ok(said)) => self.down.extend(said.into_iter().map(|m| m.encode())),
            Some(Err(fault)) => {
                let word = self.answering.as_mut().and_then(|hub| hub.goodbye(&fault));
                self.down.extend(word.map(|m| m.encode()));
                self.answering = None;
                self.refused = Some(refusal(fault).context("at the hub")?);
            }
        }
        Ok(())
    }

    fn spot_said(&mut self, said: Option<Result<Vec<Message>, Fault>>) -> anyhow::Result<()> {
        match said {
            None => (),
            Some(Ok(said)) => self.up.extend(said.iter().map(Message::encode)),
            Some(Err(fault)) => {
                self.calling = None;
                self.refused = Some(refusal(fault).context("at the spot")?);
            }
        }
        Ok(())
    }

    /// The hub ends it, since the spot calls anew: that much it still says.
    pub(crate) fn end_at_hub(&mut self) {
        if let Some(mut hub) = self.answering.take() {
            let word = hub.goodbye(&Fault::refuse(Refusal::NotNow));
            self.down.extend(word.map(|m| m.encode()));
        }
    }

    /// The line breaks; what was on its way to the hub may still come.
    pub(crate) fn cut(self) -> Option<Late> {
        let answering = self.answering?;
        (!self.up.is_empty()).then_some(Late {
            answering,
            up: self.up,
        })
    }
}

/// What a spot said before its line broke, and the hub that still listens.
pub(crate) struct Late {
    answering: Answering,
    up: Way,
}

impl Late {
    /// One more message comes. Gives whether there are others.
    pub(crate) fn step(&mut self) -> anyhow::Result<bool> {
        let Some(bytes) = self.up.pop_front() else {
            return Ok(false);
        };
        let message = Message::decode(&bytes).context("a late message to the hub")?;
        match self.answering.receive(message) {
            Ok(_) => Ok(!self.up.is_empty()),
            Err(fault) => refusal(fault).map(|_| false),
        }
    }
}

/// A refusal is an answer; anything else is a fault of one side.
fn refusal(fault: Fault) -> anyhow::Result<Refusal> {
    match fault {
        Fault::Exchange(ExchangeError::Refused(
            refusal @ (Refusal::NotNow | Refusal::Diverged),
        )) => Ok(refusal),
        // A copied disk wrote between its hello and what the other machine delivered: the next hello
        // tells the hub of it.
        Fault::Own(error) if error.is::<OtherEntry>() => Ok(Refusal::NotNow),
        other => Err(anyhow::Error::new(other).context("an exchange broke")),
    }
}
