//! Newer versions of the program come down the link, when nothing else has to.
//!
//! ```text
//! GET /v1/update?target=T&after=V    200 with the sealed release of the newest version for such machines, 404: none newer
//! GET /v1/update/V?target=T          its program, with `range: bytes=N-` to resume
//! ```

use std::io::{SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use anyhow::{Context, ensure};
use axum::body::Body;
use axum::extract::{Extension, Path, Query, State};
use axum::response::{IntoResponse, Response};
use bytes::BytesMut;
use futures_util::{Stream, StreamExt, stream};
use http_body_util::{BodyExt, Limited};
use hyper::header::RANGE;
use hyper::{HeaderMap, Request, StatusCode};
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use tokio::time::{Instant, timeout};
use vereda_web::desk::port::Event;

use super::blobs::Refused;
use super::carry::Carrier;
use super::hub::{Hub, Peer};
use super::{IDLE, blocking, wire};
use crate::node::Node;
use crate::updates::{self, MAX_SEALED_BYTES, Release, Version};

/// Pause before the hub is asked again.
const ASK_AGAIN: Duration = Duration::from_secs(600);

/// What is read of a program in one go, in bytes.
const PIECE_BYTES: usize = 64 << 10;

/// What a question says.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    target: String,
    after: Option<Version>,
}

/// `GET /v1/update`.
pub(super) async fn newest(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Query(asked): Query<Asked>,
) -> Result<Response, Refused> {
    let after = asked
        .after
        .ok_or(Refused::Status(StatusCode::BAD_REQUEST))?;
    let newest = offered(&hub, &peer, asked.target, after).await?;
    let (_, sealed) = newest.ok_or(Refused::Status(StatusCode::NOT_FOUND))?;
    Ok(sealed.into_response())
}

/// `GET /v1/update/V`.
pub(super) async fn program(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(version): Path<Version>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let newest = offered(&hub, &peer, asked.target, Version::default()).await?;
    let found = newest.filter(|(release, _)| release.version == version);
    let (release, _) = found.ok_or(Refused::Status(StatusCode::NOT_FOUND))?;
    let from = headers
        .get(RANGE)
        .map_or(Some(0), |v| wire::resumes_at(v.to_str().ok()?))
        .filter(|from| *from < release.bytes)
        .ok_or(Refused::Status(StatusCode::RANGE_NOT_SATISFIABLE))?;
    let file = updates::folder(&hub.node.config).join(release.program());
    let mut file = File::open(file)
        .await
        .map_err(|_| Refused::Status(StatusCode::NOT_FOUND))?;
    file.seek(SeekFrom::Start(from))
        .await
        .map_err(|_| Refused::Status(StatusCode::NOT_FOUND))?;
    let rest = pieces(file, release.bytes - from);
    Ok((StatusCode::OK, Body::from_stream(rest)).into_response())
}

/// So many bytes of a file, a piece at a time.
fn pieces(file: File, left: u64) -> impl Stream<Item = std::io::Result<BytesMut>> {
    stream::try_unfold(file.take(left), |mut file| async move {
        let mut piece = BytesMut::with_capacity(PIECE_BYTES);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then_some((piece, file)))
    })
}

/// The newest version after that one for such machines, to a spot that is enrolled.
async fn offered(
    hub: &Arc<Hub>,
    peer: &Peer,
    target: String,
    after: Version,
) -> Result<Option<(Release, Vec<u8>)>, Refused> {
    let spot = hub.enrolled.spot(&peer.fingerprint).await;
    spot.ok_or(Refused::Status(StatusCode::FORBIDDEN))?;
    let config = hub.node.clone();
    let found = blocking(move || {
        let config = &config.config;
        let authority = config.authority().context("no authority")?;
        let all = updates::published(&updates::folder(config), authority, (&target, after));
        Ok(all.into_iter().next())
    });
    Ok(found.await?)
}

/// The spot's side, for the life of a connection.
#[derive(Debug)]
pub(super) struct Updating {
    node: Arc<Node>,
    asked: Option<Instant>,
}

impl Updating {
    pub(super) fn new(node: Arc<Node>) -> Self {
        Self { node, asked: None }
    }

    /// Asks for a newer version, when it was not asked for lately, and fetches it.
    pub(super) async fn round(&mut self, carrier: &mut Carrier) -> anyhow::Result<()> {
        if self.asked.is_some_and(|at| at.elapsed() < ASK_AGAIN) {
            return Ok(());
        }
        self.asked = Some(Instant::now());
        let (target, own) = (updates::target(), Version::own());
        let path = format!("/v1/update?target={target}&after={own}");
        let request = Request::get(path).body(Body::empty())?;
        let answer = carrier.ask_within_idle(request, &AtomicU64::new(0)).await?;
        // A hub of before has no such address.
        if answer.status() != StatusCode::OK {
            return Ok(());
        }
        let sealed = Limited::new(answer.into_body(), MAX_SEALED_BYTES).collect();
        let sealed = timeout(IDLE, sealed).await.context("it takes too long")?;
        let sealed = sealed.map_err(|e| anyhow::anyhow!("{e}"))?.to_bytes();
        let config = &self.node.config;
        let authority = config.authority().context("no authority")?;
        let release = Release::open(&sealed, authority)?;
        ensure!(
            release.target == target && release.version > own,
            "the hub offers version {} for {}: that is none for here",
            release.version,
            release.target
        );
        let folder = updates::folder(config);
        if updates::held(&folder, &release) {
            return Ok(());
        }
        // Should the line break, the next connection goes on.
        self.asked = None;
        self.fetch(carrier, (&folder, &release)).await?;
        self.asked = Some(Instant::now());
        let (node, version) = (self.node.clone(), release.version);
        blocking(move || updates::finish(&folder, &release, &sealed)).await?;
        tracing::info!(%version, "a newer version is here: it begins with the next start");
        node.tell(Event::Strip);
        Ok(())
    }

    async fn fetch(
        &self,
        carrier: &mut Carrier,
        (folder, release): (&PathBuf, &Release),
    ) -> anyhow::Result<()> {
        std::fs::create_dir_all(folder)?;
        let part = updates::part_of(folder, release);
        let held = std::fs::metadata(&part).map_or(0, |file| file.len());
        if held >= release.bytes {
            return Ok(());
        }
        let (version, target) = (release.version, &release.target);
        let request = Request::get(format!("/v1/update/{version}?target={target}"))
            .header(RANGE, format!("bytes={held}-"))
            .body(Body::empty())?;
        let answer = carrier.ask_within_idle(request, &AtomicU64::new(0)).await?;
        ensure!(
            answer.status() == StatusCode::OK,
            "the hub answers {} to the program that it offers",
            answer.status()
        );
        let mut file = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&part)?;
        let mut left = release.bytes - held;
        let mut stream = Body::new(answer.into_body()).into_data_stream();
        while let Some(bytes) = timeout(IDLE, stream.next())
            .await
            .context("nothing moves")?
        {
            let bytes = bytes?;
            left = left
                .checked_sub(bytes.len() as u64)
                .context("more comes than the program has")?;
            file = blocking(move || {
                file.write_all(&bytes)?;
                Ok(file)
            })
            .await?;
        }
        ensure!(left == 0, "the line broke within a program");
        Ok(())
    }
}
