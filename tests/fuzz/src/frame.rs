//! A frame's two parts: what is coded, and what goes as it is, which the target compresses.

use vereda_sync::exchange::frame;

use crate::invented::morning;

/// Both sides have the same words.
const WORDS: &[u8] = include_bytes!("../../../sync/src/exchange/columns/words.txt");
const DIGEST_BYTES: usize = 8;
const ENCODING: u8 = 3;
/// Frames of zstd travel without it.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const MAX_PLAIN_BYTES: usize = 8 << 20;

/// The input is the length of what is coded (two bytes), that, what goes as it is, digest.
pub fn case(input: &[u8]) {
    let Some((length, rest)) = input.split_first_chunk::<2>() else {
        return;
    };
    let length = usize::from(u16::from_be_bytes(*length));
    let Some((coded, rest)) = rest.split_at_checked(length) else {
        return;
    };
    let Some((plain, digest)) = rest.split_last_chunk::<DIGEST_BYTES>() else {
        return;
    };
    let mut packed = vec![ENCODING];
    let mut left = coded.len();
    while left >= 0x80 {
        packed.push(left.to_le_bytes()[0] | 0x80);
        left >>= 7;
    }
    packed.push(left.to_le_bytes()[0]);
    packed.extend(coded);
    if !plain.is_empty() {
        let mut words = zstd::bulk::Compressor::with_dictionary(1, WORDS).unwrap();
        let plain = words.compress(plain).unwrap();
        packed.extend(plain.strip_prefix(&MAGIC).unwrap());
    }
    packed.extend(digest);
    crate::packed::case(&packed);
}

/// The parts of honest frames.
pub fn seeds() -> Vec<Vec<u8>> {
    let all = morning(4);
    [&all[..1], &all[..3], &all[..], &all[5..], &all[20..]]
        .map(|entries| parts(&frame::pack(entries).unwrap()))
        .to_vec()
}

fn parts(packed: &[u8]) -> Vec<u8> {
    let (mut length, mut at) = (0, 1);
    for shift in (0..).step_by(7) {
        length |= usize::from(packed[at] & 0x7f) << shift;
        at += 1;
        if packed[at - 1] & 0x80 == 0 {
            break;
        }
    }
    let (coded, rest) = packed[at..].split_at(length);
    let (plain, digest) = rest.split_at(rest.len() - DIGEST_BYTES);
    let plain = match plain {
        [] => vec![],
        plain => {
            let mut words = zstd::bulk::Decompressor::with_dictionary(WORDS).unwrap();
            let plain = [&MAGIC, plain].concat();
            words.decompress(&plain, MAX_PLAIN_BYTES).unwrap()
        }
    };
    let length = u16::try_from(coded.len()).unwrap().to_be_bytes();
    [&length[..], coded, &plain, digest].concat()
}
