//! The console: requests made twice, found and not found, beside Splink; and its pages, a new request's duplicates, and a
//! decision's way to a desk with a million requests at the hub.

mod decided;
mod pages;
mod population;
mod splink;
mod twice;

use crate::report::Row;

pub(crate) fn run() -> anyhow::Result<Vec<Row>> {
    let mut rows = twice::run()?;
    rows.extend(pages::run()?);
    Ok(rows)
}
