//! Two spots that meet with no hub: what each lacks of the other goes over, message by message,
//! for as long as both are there. As the link of a node does it, without TLS.

use std::collections::VecDeque;

use anyhow::Context;
use vereda::exchange::{Meeting, Neighbour};
use vereda_sync::exchange::Message;
use vereda_tests::invented::Seeded;

use crate::world::{World, pick};

/// A meeting that runs.
pub(crate) struct Near {
    pub(crate) machines: [usize; 2],
    sides: [Side; 2],
}

/// One side of it.
struct Side {
    meeting: Meeting,
    /// What it said and the other has not heard yet, as bytes.
    said: VecDeque<Vec<u8>>,
    /// There may be something to share.
    open: bool,
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Carry(usize),
    Share(usize),
}

impl Side {
    fn say(&mut self, said: &[Message]) {
        self.said.extend(said.iter().map(Message::encode));
    }
}

impl Near {
    /// One message goes over, or one is made. Gives whether there was any.
    fn step(&mut self, chance: &mut Seeded) -> anyhow::Result<bool> {
        let moves: Vec<Move> = [0, 1]
            .into_iter()
            .flat_map(|at| {
                let side = &self.sides[at];
                let carry = (!side.said.is_empty()).then_some(Move::Carry(at));
                // As a line has it: what was said goes out before more is read.
                let share = (side.open && side.said.is_empty()).then_some(Move::Share(at));
                carry.into_iter().chain(share)
            })
            .collect();
        let Some(at) = pick(chance.draw(), moves.len()) else {
            return Ok(false);
        };
        match moves[at] {
            Move::Carry(from) => {
                let Some(bytes) = self.sides[from].said.pop_front() else {
                    return Ok(false);
                };
                let message = Message::decode(&bytes).context("a message to another spot")?;
                let to = &mut self.sides[1 - from];
                let said = to.meeting.receive(message).context("a meeting broke")?;
                to.say(&said);
                to.open = true;
            }
            Move::Share(at) => {
                let side = &mut self.sides[at];
                let said = side.meeting.share().context("a meeting broke")?;
                side.open = !said.is_empty();
                side.say(&said);
            }
        }
        Ok(true)
    }

    /// Something may have been written, or have come by another way.
    fn look(&mut self) -> anyhow::Result<()> {
        for side in &mut self.sides {
            side.meeting.look()?;
            side.open = true;
        }
        Ok(())
    }

    fn is_whole(&self) -> bool {
        self.sides.iter().all(|side| side.meeting.is_whole())
    }
}

impl World<'_> {
    /// A spot meets another, or goes on with one that it is with.
    pub(crate) fn near(&mut self, at: usize, with: u64, messages: u64) -> anyhow::Result<bool> {
        let Some(with) = self.met_by(at, with) else {
            return Ok(false);
        };
        let together = |near: &Near| near.machines.contains(&at) && near.machines.contains(&with);
        let near = match self.nears.iter().position(together) {
            Some(near) => near,
            None => {
                let sides = self.answering(&[at, with], |this| {
                    Ok([this.side(at, with)?, this.side(with, at)?])
                })?;
                let machines = [at, with];
                self.nears.push(Near { machines, sides });
                self.tally.meetings += 1;
                self.nears.len() - 1
            }
        };
        self.look_near(near)?;
        for _ in 0..messages {
            if !self.nears[near].step(&mut self.chance)? {
                let whole = self.nears[near].is_whole();
                anyhow::ensure!(whole, "a meeting stalls: both sides wait for the other");
                break;
            }
            self.tally.messages += 1;
        }
        Ok(true)
    }

    /// A meeting goes on by a message.
    pub(crate) fn come_near(&mut self, near: usize) -> anyhow::Result<()> {
        self.tally.messages += 1;
        if !self.nears[near].step(&mut self.chance)? {
            self.look_near(near)?;
        }
        Ok(())
    }

    /// At a meeting a spot may answer what the other looked up.
    fn look_near(&mut self, near: usize) -> anyhow::Result<()> {
        let machines = self.nears[near].machines;
        self.answering(&machines, |this| this.nears[near].look())
    }

    /// Whom a spot meets: one under another name, for a scope that both are enrolled for. With
    /// its own name no node speaks.
    fn met_by(&self, at: usize, with: u64) -> Option<usize> {
        let identity = self.machines[at].identity;
        let common = |other: usize| {
            let scopes = &self.scopes[other];
            scopes.iter().any(|s| self.scopes[identity].contains(s))
        };
        let others = (1..self.machines.len()).filter(|other| {
            let other = self.machines[*other].identity;
            other != identity && common(other)
        });
        let others: Vec<_> = others.collect();
        pick(with, others.len()).map(|at| others[at])
    }

    /// The side of one that meets that other.
    fn side(&self, at: usize, with: usize) -> anyhow::Result<Side> {
        let identity = self.machines[with].identity;
        let with = Neighbour {
            node: self.site.identities[identity].id.clone(),
            scopes: self.scopes[identity].clone(),
            // Nobody is revoked here.
            certificate: String::new(),
        };
        let (meeting, said) = Meeting::begin(self.machines[at].node.clone(), with)?;
        let mut side = Side {
            meeting,
            said: VecDeque::new(),
            open: true,
        };
        side.say(&said);
        Ok(side)
    }
}
