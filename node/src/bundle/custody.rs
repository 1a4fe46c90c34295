//! Receipts: at their author the hub's word, as after an exchange; at other spots kept,
//! to be carried on.

use vereda_sync::bundle::Receipt;
use vereda_sync::exchange::custody::Says;
use vereda_web::desk::port::Event;

use super::Refused;
use super::intake::{self, Outcome, Side};
use crate::clock;
use crate::node::Node;
use crate::store::{blob, bundle, custody, journal, meta};

/// Takes in a receipt.
pub(super) fn take(node: &Node, side: Side<'_>, file: &[u8]) -> Result<Outcome, Refused> {
    let (receipt, ending) = intake::receipt(side, file)?;
    if matches!(side, Side::Hub(_)) {
        // The hub's own: whose work it is holds it already.
        return Ok(Outcome::Own);
    }
    if receipt.node == node.config.node.id {
        return own(node, &receipt, &ending.certificate);
    }
    let new = bundle::keep_receipt(&node.store.write(), &receipt, file, clock::now_ms())?;
    Ok(Outcome::ReceiptCarried {
        node: receipt.node,
        new,
    })
}

/// The hub vouches for what this node wrote: kept as after an exchange.
fn own(node: &Node, receipt: &Receipt, hub: &[u8]) -> Result<Outcome, Refused> {
    let head = receipt.held.head;
    let other = |why: &str| Refused::OtherEntries(why.to_owned());
    let db = node.store.write();
    let tx = db.unchecked_transaction().map_err(anyhow::Error::from)?;
    // The hub may have lost since what it held then; a receipt does not say which hub that was.
    let epoch: Option<[u8; 16]> = meta(&tx, "hub_epoch")?;
    if epoch != meta(&tx, "settled_epoch")? {
        return Err(Refused::Unsettled);
    }
    let journal = journal::find(&tx, head.journal)?.filter(|j| j.own);
    let journal = journal.ok_or_else(|| other("of a journal that is not here"))?;
    match journal::root_at(&tx, &head)? {
        Some(root) if root == head.root => (),
        Some(_) => return Err(other("their root is another: a copied or restored disk")),
        None => {
            return Err(other(
                "the hub holds more of them than are here: a restored disk",
            ));
        }
    }
    let new = head.size > journal.proven;
    if head.size >= journal.proven {
        journal::keep_proof(&tx, &head, clock::now_ms())?;
    }
    custody::keep(&tx, Says::Holds, &receipt.held, hub)?;
    for id in &receipt.photographs {
        blob::keep_sent(&tx, *id)?;
    }
    tx.commit().map_err(anyhow::Error::from)?;
    drop(db);
    node.tell(Event::Strip);
    Ok(Outcome::Receipt {
        journal: head.journal,
        size: head.size,
        new,
    })
}
