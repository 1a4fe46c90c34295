//! The dialogue with the chip: which applications and files, in which order,
//! how much of them. No daemon in here, so any [`Channel`] will do.

use super::apdu::{self, Channel, Status};
use super::cc1;
use super::{CardFault, Identity};

/// The cards before June 2024.
const AID_CC1: [u8; 7] = [0x60, 0x46, 0x32, 0xFF, 0x00, 0x00, 0x02];
/// The national data of the cards since June 2024.
const AID_CC2: [u8; 7] = [0x60, 0x46, 0x32, 0xFF, 0x00, 0x00, 0x05];
const PATH_TRACE: [u8; 2] = [0x00, 0x03];
const PATH_IDENTITY: [u8; 4] = [0x5F, 0x00, 0xEF, 0x02];

/// Longest piece asked for at once. Under the 256 of the standard: some readers
/// count the status bytes in.
const PIECE: u16 = 250;
/// A chip may give less than was asked for, but not byte by byte for ever.
const MAX_PIECES: usize = 512;

/// Reads a citizen card. `progress(done, total)` is told after every piece, in
/// bytes, and ends the reading with [`CardFault::Removed`] by returning false.
///
/// # Errors
/// The fault that ended it, or what the channel met.
pub fn identity(
    channel: &mut dyn Channel,
    progress: &mut dyn FnMut(u32, u32) -> bool,
) -> Result<Identity, CardFault> {
    recognise(channel)?;

    select(channel, &PATH_TRACE, "trace file")?;
    let trace = read_file(channel, cc1::TRACE_LEN, &mut |_, _| true)?;
    cc1::active(&trace)?;

    let description = select(channel, &PATH_IDENTITY, "EF02")?;
    let size = cc1::file_size(&description)?;
    let file = read_file(channel, size, progress)?;
    cc1::parse(&file)
}

/// By application, not by ATR: the ATRs in use vary within one generation.
fn recognise(channel: &mut dyn Channel) -> Result<(), CardFault> {
    if apdu::exchange(channel, &apdu::select_application(&AID_CC1))?.status == Status::OK {
        return Ok(());
    }
    match apdu::exchange(channel, &apdu::select_application(&AID_CC2))?.status {
        Status::OK | Status::SECURITY => Err(CardFault::Unsupported),
        _ => Err(CardFault::Unknown),
    }
}

fn select(
    channel: &mut dyn Channel,
    path: &[u8],
    what: &'static str,
) -> Result<Vec<u8>, CardFault> {
    let command = apdu::select_path(path);
    let mut answer = apdu::exchange(channel, &command)?;
    if answer.status == Status::OK && answer.data.is_empty() {
        // Over T=1 a command without Le may be taken as "no description wanted".
        let mut with_le = command;
        with_le.push(0);
        answer = apdu::exchange(channel, &with_le)?;
    }
    if answer.status == Status::OK {
        Ok(answer.data)
    } else {
        Err(CardFault::Malformed { what })
    }
}

fn read_file(
    channel: &mut dyn Channel,
    size: u16,
    progress: &mut dyn FnMut(u32, u32) -> bool,
) -> Result<Vec<u8>, CardFault> {
    const CUT: CardFault = CardFault::Malformed {
        what: "file cut short",
    };
    let mut file = Vec::with_capacity(usize::from(size));
    for _ in 0..MAX_PIECES {
        let done = u16::try_from(file.len()).map_err(|_| CUT)?;
        if !progress(u32::from(done), u32::from(size)) {
            return Err(CardFault::Removed);
        }
        if done >= size {
            return Ok(file);
        }
        let wanted = PIECE.min(size - done);
        let command = apdu::read_binary(done, wanted).ok_or(CUT)?;
        let answer = apdu::exchange(channel, &command)?;
        if answer.status != Status::OK || answer.data.is_empty() {
            return Err(CUT);
        }
        if answer.data.len() > usize::from(wanted) {
            return Err(CardFault::Malformed {
                what: "more than was asked for",
            });
        }
        file.extend_from_slice(&answer.data);
    }
    Err(CUT)
}
