//! A small APDU layer: the four commands the reading needs, and the answers of
//! ISO 7816-4 that ask for another command (61xx, 6Cxx).

use super::CardFault;

/// Something that carries a command to a chip and its answer back.
pub trait Channel {
    /// Sends one command APDU and returns the answer with its status bytes.
    ///
    /// # Errors
    /// The fault that the transport itself met.
    fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault>;
}

/// The status bytes at the end of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Status(pub u16);

impl Status {
    /// Done, nothing to add.
    pub const OK: Self = Self(0x9000);
    /// The file or application is there, but a condition (PIN, PACE) is not met.
    pub const SECURITY: Self = Self(0x6982);
}

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The data, without the status bytes.
    pub data: Vec<u8>,
    /// The status bytes.
    pub status: Status,
}

/// A chip may answer "more" or "wrong length" for ever: this many follow-ups.
const MAX_FOLLOW_UPS: usize = 8;

/// SELECT an application by its identifier, without asking for its description.
#[must_use]
pub fn select_application(aid: &[u8]) -> Vec<u8> {
    with_data([0x00, 0xA4, 0x04, 0x0C], aid)
}

/// SELECT a file by its path from the root (3F00 left out).
#[must_use]
pub fn select_path(path: &[u8]) -> Vec<u8> {
    with_data([0x00, 0xA4, 0x08, 0x00], path)
}

/// READ BINARY of up to 256 bytes; `None` from 8000h on, where the first bit of
/// the offset would name another file.
#[must_use]
pub fn read_binary(offset: u16, length: u16) -> Option<Vec<u8>> {
    if offset >= 0x8000 || length == 0 || length > 256 {
        return None;
    }
    let [high, low] = offset.to_be_bytes();
    // 256 is written as 0; the truncation is meant.
    Some(vec![0x00, 0xB0, high, low, length.to_be_bytes()[1]])
}

fn with_data(header: [u8; 4], data: &[u8]) -> Vec<u8> {
    // Paths and identifiers here are constants of at most 16 bytes.
    let length = u8::try_from(data.len()).unwrap_or(u8::MAX);
    let mut command = header.to_vec();
    command.push(length);
    command.extend_from_slice(&data[..usize::from(length)]);
    command
}

/// Sends a command and follows 61xx (GET RESPONSE) and 6Cxx (right length)
/// until the answer is whole.
///
/// # Errors
/// What the transport met; `Removed` for an answer without status bytes, and
/// `Malformed` when the chip keeps asking for more.
pub fn exchange(channel: &mut dyn Channel, command: &[u8]) -> Result<Answer, CardFault> {
    let mut data = Vec::new();
    let mut next = command.to_vec();
    for _ in 0..=MAX_FOLLOW_UPS {
        let mut piece = channel.transmit(&next)?;
        let (Some(low), Some(high)) = (piece.pop(), piece.pop()) else {
            // What a transport gives for a card that has just left.
            return Err(CardFault::Removed);
        };
        data.append(&mut piece);
        match high {
            0x61 => next = vec![0x00, 0xC0, 0x00, 0x00, low],
            0x6C if next.len() >= 5 => {
                next.truncate(4);
                next.push(low);
            }
            _ => {
                let status = Status(u16::from_be_bytes([high, low]));
                return Ok(Answer { data, status });
            }
        }
    }
    Err(CardFault::Malformed {
        what: "answer without end",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers from a list and keeps what was sent.
    struct Script {
        answers: Vec<Vec<u8>>,
        sent: Vec<Vec<u8>>,
    }

    impl Channel for Script {
        fn transmit(&mut self, command: &[u8]) -> Result<Vec<u8>, CardFault> {
            self.sent.push(command.to_vec());
            Ok(self
                .answers
                .get(self.sent.len() - 1)
                .cloned()
                .unwrap_or(vec![0x61, 0x01]))
        }
    }

    fn script(answers: &[&[u8]]) -> Script {
        Script {
            answers: answers.iter().map(|a| a.to_vec()).collect(),
            sent: Vec::new(),
        }
    }

    #[test]
    fn commands_have_the_bytes_of_the_recipe() {
        assert_eq!(
            select_path(&[0x5F, 0x00, 0xEF, 0x02])[..5],
            [0x00, 0xA4, 0x08, 0x00, 4]
        );
        assert_eq!(read_binary(0x0102, 256), Some(vec![0x00, 0xB0, 1, 2, 0]));
        assert_eq!(read_binary(0x8000, 1), None);
        assert_eq!(read_binary(0, 257), None);
        assert_eq!(read_binary(0, 0), None);
    }

    #[test]
    fn more_is_fetched_and_a_wrong_length_corrected() {
        let mut card = script(&[&[0x61, 2], &[7, 8, 0x90, 0x00]]);
        let answer = exchange(&mut card, &select_path(&[0, 3])).expect("an answer");
        assert_eq!((answer.data, answer.status), (vec![7, 8], Status::OK));
        assert_eq!(card.sent[1], [0x00, 0xC0, 0, 0, 2]);

        let mut card = script(&[&[0x6C, 1], &[9, 0x90, 0x00]]);
        let answer = exchange(&mut card, &[0x00, 0xB0, 0, 0, 5]).expect("an answer");
        assert_eq!(answer.data, [9]);
        assert_eq!(card.sent[1], [0x00, 0xB0, 0, 0, 1]);
    }

    #[test]
    fn a_chip_that_never_ends_is_left() {
        let mut card = script(&[]);
        assert!(exchange(&mut card, &[0x00, 0xB0, 0, 0, 5]).is_err());
        assert_eq!(card.sent.len(), MAX_FOLLOW_UPS + 1);
        let cut = exchange(&mut script(&[&[0x90]]), &[0, 0, 0, 0]);
        assert_eq!(cut.err(), Some(CardFault::Removed));
    }
}
