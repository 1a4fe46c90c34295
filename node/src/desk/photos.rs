//! Photographs, scans and voice notes: taken in piece by piece, looked at before they are kept.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use vereda_sync::catalogue::Kind;
use vereda_sync::id::BlobId;
use vereda_sync::record::late;
use vereda_sync::record::sighting::Sighting;
use vereda_sync::record::voice::{self, Spoken};
use vereda_web::desk::port::{Attachment, BlobPiece, DeskError, Event, Intake, Session};

use super::{SpotDesk, fault, shots, standing::Standing, typing::still_asked};
use crate::clock;
use crate::node::{Node, random};
use crate::store::blob::{self, About, Blob, MAX_BLOB_BYTES, PIECE_BYTES};

/// Most photographs and voice notes of one field.
const MAX_OF_FIELD: usize = 30;

impl SpotDesk {
    pub(super) fn begin_photo(
        &self,
        session: &Session,
        form: &str,
        field: &str,
        name: &str,
    ) -> Result<Box<dyn Intake>, DeskError> {
        self.may_write(session, form)?;
        let standing = Standing::read(&self.node, form)?;
        let mut may_be_spoken = false;
        if field != late::PHOTO_FIELD || standing.late.is_none() {
            let definition = standing
                .service
                .as_ref()
                .and_then(|s| s.field(field))
                .filter(|f| f.kind == Kind::Photos);
            may_be_spoken = definition.ok_or(DeskError::NotFound)?.spoken;
            let service = standing.service.ok_or(DeskError::NotFound)?;
            still_asked(service, &standing.values, field)?;
        }
        let held = standing.photos(field).count();
        if held >= MAX_OF_FIELD {
            return Err(DeskError::NotNow(format!(
                "Já há {MAX_OF_FIELD} fotografias ou notas aqui. Retire uma antes de juntar outra."
            )));
        }
        Ok(Box::new(PhotoIntake {
            node: Arc::clone(&self.node),
            form: form.to_owned(),
            field: field.to_owned(),
            name: name.chars().filter(|c| !c.is_control()).take(100).collect(),
            by: session.person.name.clone(),
            seen: None,
            may_be_spoken,
            voice: None,
            key: random().map_err(fault)?,
            hash: Sha256::new(),
            media_type: None,
            bytes: 0,
            piece: Vec::with_capacity(PIECE_BYTES),
            finished: false,
        }))
    }

    pub(super) fn take_off(
        &self,
        session: &Session,
        form: &str,
        field: &str,
        id: &str,
    ) -> Result<(), DeskError> {
        self.may_write(session, form)?;
        let id = BlobId::from_hex(id).ok_or(DeskError::NotFound)?;
        blob::detach(&self.node.store.write(), form, field, id).map_err(fault)?;
        self.node.tell(Event::Record {
            id: form.to_owned(),
        });
        Ok(())
    }

    /// What photographs of a page say of themselves.
    pub(super) fn look_at_photos<'a>(
        &self,
        photos: impl IntoIterator<Item = &'a mut Attachment>,
    ) -> Result<(), DeskError> {
        let mut photos = photos.into_iter().peekable();
        if photos.peek().is_none() {
            return Ok(());
        }
        let db = self.node.store.read();
        photos.try_for_each(|photo| shots::look(&db, photo).map_err(fault))
    }

    pub(super) fn read_blob(&self, id: &str, offset: u64) -> Result<BlobPiece, DeskError> {
        piece(&self.node, id, offset)
    }
}

/// A piece of a blob that is here, from `offset`.
pub(crate) fn piece(node: &Node, id: &str, offset: u64) -> Result<BlobPiece, DeskError> {
    let id = BlobId::from_hex(id).ok_or(DeskError::NotFound)?;
    let db = node.store.read();
    let found = blob::find(&db, id)
        .map_err(fault)?
        .ok_or(DeskError::NotFound)?;
    let bytes = blob::read(&db, &id.0, offset).map_err(fault)?;
    Ok(BlobPiece {
        media_type: found.media_type,
        total_bytes: found.bytes,
        bytes,
    })
}

struct PhotoIntake {
    node: Arc<Node>,
    form: String,
    field: String,
    name: String,
    by: String,
    seen: Option<Sighting>,
    may_be_spoken: bool,
    /// It is to be a voice note; how long, where that is known.
    voice: Option<Option<u32>>,
    /// The pieces' key until the hash is known; half as wide as an id.
    key: [u8; 16],
    hash: Sha256,
    media_type: Option<&'static str>,
    bytes: u64,
    piece: Vec<u8>,
    finished: bool,
}

impl PhotoIntake {
    /// What it is, by its first bytes.
    fn look(&self) -> Result<&'static str, DeskError> {
        match self.voice {
            Some(_) if !self.may_be_spoken => Err(DeskError::NotFound),
            Some(_) => voice::container(&self.piece).ok_or(DeskError::NotASound),
            None => media_type(&self.piece).ok_or(DeskError::NotAnImage),
        }
    }

    fn most(&self) -> u64 {
        self.voice.map_or(MAX_BLOB_BYTES, |_| voice::MAX_BYTES)
    }

    /// Writes the full piece. The first one tells whether it is what it is to be.
    fn flush(&mut self) -> Result<(), DeskError> {
        if self.piece.is_empty() {
            return Ok(());
        }
        if self.media_type.is_none() {
            self.media_type = Some(self.look()?);
        }
        blob::add_piece(&self.node.store.write(), &self.key, self.bytes, &self.piece)
            .map_err(fault)?;
        self.bytes += self.piece.len() as u64;
        self.piece.clear();
        Ok(())
    }
}

impl Intake for PhotoIntake {
    fn stood(&mut self, seen: Sighting) {
        self.seen = Some(seen);
    }

    fn is_voice(&mut self, seconds: Option<u32>) {
        self.voice = Some(seconds);
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), DeskError> {
        let max = self.most();
        if self.bytes + (self.piece.len() + bytes.len()) as u64 > max {
            return Err(DeskError::TooLarge { max });
        }
        self.hash.update(bytes);
        while !bytes.is_empty() {
            let room = PIECE_BYTES - self.piece.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == PIECE_BYTES {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<Attachment, DeskError> {
        self.flush()?;
        let media_type = match self.media_type {
            Some(found) => found,
            None => self.look()?,
        };
        let spoken = self.voice.map(|seconds| Spoken {
            seconds,
            by: self.by.clone(),
        });
        let id = BlobId(self.hash.clone().finalize().into());
        let now = clock::now_ms();
        let taken = Blob {
            id,
            media_type: media_type.into(),
            bytes: self.bytes,
            at_ms: now,
        };
        let db = self.node.store.write();
        blob::complete(&db, &self.key, &taken, &self.node.config.node.id).map_err(fault)?;
        blob::attach(
            &db,
            &self.form,
            &self.field,
            id,
            About {
                name: &self.name,
                seen: self.seen,
                spoken: spoken.as_ref(),
            },
            now,
        )
        .map_err(fault)?;
        drop(db);
        self.finished = true;
        self.node.unsent.notify_one();
        self.node.tell(Event::Record {
            id: self.form.clone(),
        });
        self.node.tell(Event::Strip);
        Ok(Attachment {
            blob: id.to_string(),
            name: self.name.clone(),
            media_type: media_type.into(),
            bytes: taken.bytes,
            taken: clock::moment(now, self.node.clock_is_sure()),
            here: true,
            seen: self.seen,
            spoken,
            shot: None,
        })
    }
}

impl Drop for PhotoIntake {
    /// What was cut off leaves nothing behind.
    fn drop(&mut self) {
        if !self.finished
            && let Err(error) = blob::drop_pieces(&self.node.store.write(), &self.key)
        {
            tracing::warn!(%error, "pieces of an unfinished photograph stay until the next start");
        }
    }
}

/// The media type of an image that has a size, or of a PDF; by its bytes, not by its name.
fn media_type(first: &[u8]) -> Option<&'static str> {
    if first.starts_with(b"%PDF-") {
        return Some("application/pdf");
    }
    imagesize::blob_size(first)
        .ok()
        .filter(|s| s.width > 0 && s.height > 0)?;
    match imagesize::image_type(first).ok()? {
        imagesize::ImageType::Jpeg => Some("image/jpeg"),
        imagesize::ImageType::Png => Some("image/png"),
        imagesize::ImageType::Webp => Some("image/webp"),
        imagesize::ImageType::Heif(_) => Some("image/heif"),
        _ => None,
    }
}
