//! Watches a card reader and prints its states, without anybody's data:
//! `cargo run -p vereda-hardware --example card -- [any | PART OF THE READER'S NAME]`.
//! For trying a real reader by hand; it ends when the input closes (Ctrl-D).

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

use std::io::Read;
use std::time::{Duration, Instant};

use vereda_hardware::card::pcsc::{PcscReader, ReaderFilter};
use vereda_hardware::card::{CardReader, CardState};

fn main() -> std::io::Result<()> {
    let filter = std::env::args().nth(1).unwrap_or_default();
    let reader = PcscReader::start(ReaderFilter::from_config(&filter), Duration::from_secs(5));
    let begun = Instant::now();
    reader.subscribe(Box::new(move |state| {
        let ms = begun.elapsed().as_millis();
        match state {
            CardState::Failed(fault) => println!("{ms:>7} ms  {}: {fault}", fault.code()),
            // Only that there is one: whose card it is stays on the card.
            state => println!("{ms:>7} ms  {state:?}"),
        }
    }));
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
