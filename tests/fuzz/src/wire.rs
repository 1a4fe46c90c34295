//! A stream of messages, cut into pieces anywhere.

use axum::body::{Body, Bytes};
use futures_util::stream;
use tokio::runtime::{Builder, Runtime};
use vereda::link::wire::{Messages, framed, resumes_at};
use vereda_sync::exchange::message::MAX_MESSAGE_BYTES;

thread_local! {
    static RUNTIME: Runtime = Builder::new_current_thread().build().unwrap();
}

/// The first byte is the length of the pieces. However it is cut, the same messages come.
pub fn case(input: &[u8]) {
    let Some((piece, bytes)) = input.split_first() else {
        return;
    };
    let cut = read(bytes, usize::from(*piece).max(1));
    assert_eq!(cut, read(bytes, bytes.len().max(1)));
    if let Ok(range) = std::str::from_utf8(bytes)
        && let Some(from) = resumes_at(range)
    {
        assert_eq!(resumes_at(&format!("bytes={from}-")), Some(from));
    }
}

fn read(bytes: &[u8], piece: usize) -> (Vec<Vec<u8>>, bool) {
    let pieces: Vec<Result<Bytes, std::io::Error>> = bytes
        .chunks(piece)
        .map(|p| Ok(Bytes::copy_from_slice(p)))
        .collect();
    let mut messages = Messages::of(Body::from_stream(stream::iter(pieces)));
    let mut all = Vec::new();
    RUNTIME.with(|runtime| {
        runtime.block_on(async {
            loop {
                match messages.next().await {
                    Ok(Some(message)) => {
                        let encoded = message.encode();
                        assert!(encoded.len() <= MAX_MESSAGE_BYTES);
                        all.push(encoded);
                    }
                    end => return (std::mem::take(&mut all), end.is_ok()),
                }
            }
        })
    })
}

/// A whole conversation, in large and small pieces.
pub fn seeds() -> Vec<Vec<u8>> {
    let messages = crate::message::all();
    let stream: Vec<u8> = messages.iter().flat_map(|m| framed(m).to_vec()).collect();
    vec![
        [&[255], &stream[..]].concat(),
        [&[3], &stream[..400]].concat(),
        b"\x10bytes=12345-".to_vec(),
    ]
}
