//! What went wrong, as the pages need to know it.

use vereda_sync::id::RecordId;
use vereda_sync::record::document::DocumentError;
use vereda_web::desk::port::DeskError;

use crate::node::random;
use crate::people::hex;
use crate::store::StoreError;

/// What a fault of the store is for the person at the desk. What nobody there
/// can mend goes to the log under a reference.
#[must_use]
pub fn fault(error: StoreError) -> DeskError {
    match error {
        StoreError::DiskFull => DeskError::DiskFull,
        StoreError::DiskFailing(code) => {
            tracing::error!(code, "the disk answers with errors");
            DeskError::NotNow(
                "O disco deste posto responde com erros: isto não ficou guardado. Nada do que foi confirmado se perdeu. Copie o que está nesta página e chame o apoio."
                    .into(),
            )
        }
        StoreError::Document(DocumentError::Newer(_)) => DeskError::NotNow(
            "Este registo foi escrito por uma versão mais recente do programa. Pode lê-lo; para o mudar, atualize este posto."
                .into(),
        ),
        StoreError::Document(DocumentError::Incomplete(_)) => DeskError::NotNow(
            "Ainda não chegou tudo deste registo. Espere que o posto volte a falar com a central.".into(),
        ),
        StoreError::OnlyLent { .. } => DeskError::NotNow(
            "Este pedido é de outro posto e está aqui só para consulta. Para o mudar, peça a esse posto que o passe para este."
                .into(),
        ),
        StoreError::OutOfBounds => DeskError::NotFound,
        StoreError::Spent => DeskError::NotNow(
            "Entretanto esta referência ou hora foi dada a outro pedido, ou deixou de ser deste posto. Escolha outra."
                .into(),
        ),
        error => {
            let reference = hex(&random::<4>().unwrap_or_default());
            tracing::error!(%error, reference, "the desk could not do what was asked");
            DeskError::Broken { reference }
        }
    }
}

/// The record that a page names.
///
/// # Errors
/// [`DeskError::NotFound`].
pub fn record_id(hex: &str) -> Result<RecordId, DeskError> {
    RecordId::from_hex(hex).ok_or(DeskError::NotFound)
}
