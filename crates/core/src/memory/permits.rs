//! Limits on concurrency and memory.

use super::shares::{Holder, Pool, Share};
use crate::config::Config;
use crate::error::Result;
use crate::host::clock::Clock;
use birdhouse_domain::media_limits::VIDEO_MAX_BYTES;
use birdhouse_domain::{RateLimitKey, UserId};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// MiB that all decoders of images may take together. The largest image that is accepted takes all.
const DECODER_MIB: u32 = 1024;
/// KiB that unread responses may take together.
const RESPONSE_KIB: usize = 128 * 1024;
/// ffmpeg uses all processors by itself. One user has two at most: one for the job, one for what is
/// waited for.
const TRANSCODERS: usize = 3;
/// How many of the largest files one user alone may be sending, whatever may stay unfinished.
const LARGEST_FILES: u64 = 4;
/// How often a job that gives way looks whether it may go on.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// How long maintenance gives way to requests before each of its batches.
const MAINTENANCE_WAIT: Duration = Duration::from_millis(100);

/// Permits for connections, requests, memory and processors.
#[derive(Debug)]
pub struct Permits {
    connections: Pool,
    requests: Pool,
    request_limit: usize,
    /// KiB of form bodies.
    form_memory: Pool,
    form_kibibytes: usize,
    /// KiB of files that are being received.
    incoming: Pool,
    /// KiB of responses that are not read yet.
    response_memory: Pool,
    trusted_proxies: Vec<IpAddr>,
    /// Two for each processor, so that one user may use all of them, and the next one still starts.
    inspections: Pool,
    /// The same for decoders that run or wait for memory and processor, separate from inspections so
    /// that decoders do not delay uploads.
    decoder_places: Pool,
    /// The same for ffprobe, which may take half a minute for a video of half a gigabyte, for which no
    /// image must wait.
    probes: Pool,
    /// One permit for each processor.
    decoders: Arc<Semaphore>,
    /// One permit for each MiB of decoders.
    decoder_memory: Arc<Semaphore>,
    /// The one decoder of a job that goes on whatever else there is to do.
    steady: Arc<Semaphore>,
    transcoders: Pool,
    maintenance: Arc<Semaphore>,
}

/// Held by a decoder while it runs.
#[derive(Debug)]
pub(crate) struct DecoderPermit {
    _memory: OwnedSemaphorePermit,
    _processor: OwnedSemaphorePermit,
    _place: Share,
    _steady: Option<OwnedSemaphorePermit>,
}

impl Permits {
    /// Permits according to the settings and the number of processors.
    pub(crate) fn new(config: &Config) -> Self {
        let processors = processors();
        let permits = |count: usize| Arc::new(Semaphore::new(count));
        let limits = &config.limits;
        Self {
            connections: Pool::new(limits.connections),
            requests: Pool::new(limits.requests),
            request_limit: limits.requests,
            form_memory: Pool::new(limits.form_bytes / 1024),
            form_kibibytes: limits.form_bytes / 1024,
            incoming: Pool::new(2 * incoming_kibibytes(limits.unfinished_bytes)),
            response_memory: Pool::new(RESPONSE_KIB),
            trusted_proxies: config.trusted_proxies.clone(),
            inspections: Pool::new(2 * processors),
            probes: Pool::new(2 * processors),
            decoder_places: Pool::new(2 * processors),
            decoders: permits(processors),
            decoder_memory: permits(DECODER_MIB as usize),
            steady: permits(1),
            transcoders: Pool::new(TRANSCODERS),
            maintenance: permits(1),
        }
    }

    /// A permit for a connection from this address, once one is free; `None` if the address has its
    /// share of them.
    pub async fn connection(&self, address: IpAddr) -> Option<Share> {
        self.connections.take_free(self.holder(address)).await
    }

    /// A permit for a request of the client at this address; `None` if there are too many, of this
    /// client or of all.
    pub fn request(&self, client: IpAddr) -> Option<Share> {
        self.requests.try_take(self.holder(client), 1)
    }

    /// From now on the permit counts for the caller of the request, so that many callers may share an
    /// address; `false` if the caller has too many.
    pub fn identify(&self, request: &mut Share, caller: RateLimitKey) -> bool {
        request.pass_to(caller.into())
    }

    /// Number of requests that may still start.
    pub fn free_requests(&self) -> usize {
        self.requests.free()
    }

    /// Whether no request runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.free_requests() >= self.request_limit
    }

    /// Memory for a form body of whom a request claims to be from, once enough is free; `None` if there
    /// never is so much.
    pub async fn form_memory(&self, claimed: RateLimitKey, kibibytes: usize) -> Option<Share> {
        if kibibytes > self.form_kibibytes {
            return None;
        }
        Some(self.form_memory.take(claimed.into(), kibibytes).await)
    }

    /// Room on the disk for a file of `bytes` that this caller sends, in KiB; `None` if that is not free,
    /// or what the caller sends takes its share of it.
    pub fn incoming(&self, caller: RateLimitKey, bytes: u64) -> Option<Share> {
        let kibibytes = usize::try_from(bytes.div_ceil(1024)).ok()?;
        self.incoming.try_take(caller.into(), kibibytes)
    }

    /// Memory for a response of `bytes` to a holder, or to the client at this address; `None` if it is not
    /// free, or unread responses take the client's share of it.
    pub fn response_memory(
        &self,
        holder: Option<Holder>,
        client: IpAddr,
        bytes: u64,
    ) -> Option<Share> {
        let kibibytes = usize::try_from(bytes.div_ceil(1024)).ok()?;
        self.response_memory.try_take(holder.unwrap_or_else(|| self.holder(client)), kibibytes)
    }

    /// Who has what the clients at this address take.
    pub(crate) fn holder(&self, address: IpAddr) -> Holder {
        let address = address.to_canonical();
        let is_proxy = self.trusted_proxies.contains(&address);
        if is_proxy { Holder::Trusted } else { Holder::at(address) }
    }

    /// A permit to inspect a file of this user. The work holds it itself, because it continues when its
    /// client disconnects.
    pub(crate) async fn inspection(&self, user: UserId) -> Share {
        self.inspections.take(Holder::User(user), 1).await
    }

    /// The same for a video that ffprobe inspects.
    pub(crate) async fn probe(&self, user: UserId) -> Share {
        self.probes.take(Holder::User(user), 1).await
    }

    /// How many users wait for that.
    #[cfg(test)]
    pub(crate) fn waiting_for_probes(&self) -> usize {
        self.probes.waiting()
    }

    /// A permit for a decoder that takes this many bytes, for somebody who waits.
    pub(crate) async fn decoder(&self, holder: Holder, bytes: u64) -> Result<DecoderPermit> {
        let place = self.decoder_places.take(holder, 1).await;
        self.decoder_in(place, bytes, None).await
    }

    async fn decoder_in(
        &self,
        place: Share,
        bytes: u64,
        steady: Option<OwnedSemaphorePermit>,
    ) -> Result<DecoderPermit> {
        let mebibytes = u32::try_from(bytes.div_ceil(1 << 20)).unwrap_or(u32::MAX);
        let mebibytes = mebibytes.clamp(1, DECODER_MIB);
        // Memory first: who waits for it keeps no processor from others.
        let memory = self.decoder_memory.clone().acquire_many_owned(mebibytes).await?;
        let processor = self.decoders.clone().acquire_owned().await?;
        Ok(DecoderPermit { _memory: memory, _processor: processor, _place: place, _steady: steady })
    }

    /// The same for a job. One job always goes on, so that their number falls; the others give way to
    /// requests.
    pub(crate) async fn background_decoder(
        &self,
        clock: &Clock,
        user: UserId,
        bytes: u64,
    ) -> Result<DecoderPermit> {
        loop {
            // First: who waits for the others of its owner must not have what lets the jobs of all others
            // go on; nor does it keep its place from its owner's readers while it gives way.
            let place = self.decoder_places.take(Holder::User(user), 1).await;
            if let Ok(steady) = self.steady.clone().try_acquire_owned() {
                return self.decoder_in(place, bytes, Some(steady)).await;
            }
            if self.is_idle() {
                return self.decoder_in(place, bytes, None).await;
            }
            drop(place);
            clock.sleep(LOOK_AGAIN).await;
        }
    }

    /// A permit for one small batch of deleting or comparing, of which there is one at a time. It waits
    /// until no request runs, but not for long: what is to be deleted must not pile up.
    pub(crate) async fn maintenance(&self, clock: &Clock) -> Result<OwnedSemaphorePermit> {
        let permit = self.maintenance.clone().acquire_owned().await?;
        let idle = async {
            while !self.is_idle() {
                clock.sleep(LOOK_AGAIN).await;
            }
        };
        // Either is a good time.
        let _is_idle = clock.timeout(MAINTENANCE_WAIT, idle).await;
        Ok(permit)
    }

    /// A permit to run ffmpeg for a media of this user.
    pub(crate) async fn transcoder(&self, owner: UserId) -> Share {
        self.transcoders.take(Holder::User(owner), 1).await
    }
}

/// KiB that one user alone may be sending: as much as may stay unfinished, but at least some of the
/// largest files.
fn incoming_kibibytes(unfinished_bytes: u64) -> usize {
    let bytes = unfinished_bytes.max(LARGEST_FILES * VIDEO_MAX_BYTES);
    usize::try_from(bytes / 1024).unwrap_or(usize::MAX / 4).min(usize::MAX / 4)
}

/// Number of processors.
pub(crate) fn processors() -> usize {
    std::thread::available_parallelism().map_or(2, std::num::NonZero::get)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layer, LimitsLayer, load};
    use birdhouse_domain::AppId;
    use futures_util::FutureExt;
    use std::net::Ipv4Addr;

    const LARGE: u64 = 700 << 20;
    const HOLDER: Holder = Holder::User(UserId(1));

    fn permits() -> Permits {
        let config = load(Layer::default(), Some(std::path::Path::new("/dev/null")));
        let mut permits = Permits::new(&config.unwrap());
        permits.decoders = Arc::new(Semaphore::new(8));
        permits.decoder_places = Pool::new(16);
        permits
    }

    #[test]
    fn no_image_waits_for_videos_to_be_probed() {
        let permits = permits();
        let probe = || permits.probe(UserId(1)).now_or_never();
        let all: Vec<_> = (0..processors()).map(|_| probe().unwrap()).collect();
        assert!(probe().is_none());
        assert!(permits.inspection(UserId(1)).now_or_never().is_some());
        drop(all);
    }

    #[test]
    fn largest_files_of_several_users_are_received_at_a_time_whatever_may_stay_unfinished() {
        let limits = LimitsLayer { unfinished_bytes: Some(1), ..LimitsLayer::default() };
        let layer = Layer { limits: Some(limits), ..Layer::default() };
        let config = load(layer, Some(std::path::Path::new("/dev/null")));
        let permits = Permits::new(&config.unwrap());
        let file = |user| {
            let room =
                permits.incoming(RateLimitKey::User(UserId(user), AppId(1)), VIDEO_MAX_BYTES);
            room.is_some().then_some(room)
        };
        let of_one: Vec<_> = std::iter::from_fn(|| file(1)).collect();
        assert_eq!(of_one.len(), 4);
        let others: Vec<_> = [2, 3].into_iter().map_while(file).collect();
        assert_eq!(others.len(), 2);
    }

    #[test]
    fn images_that_take_too_much_memory_together_are_decoded_one_after_the_other() {
        let permits = permits();
        let first = permits.decoder(HOLDER, LARGE).now_or_never().unwrap().unwrap();
        let small = permits.decoder(HOLDER, 1 << 20).now_or_never().unwrap().unwrap();
        assert!(permits.decoder(HOLDER, LARGE).now_or_never().is_none());
        drop(first);
        assert!(permits.decoder(HOLDER, LARGE).now_or_never().is_some());
        drop(small);
        // More than there is takes all there is.
        assert!(permits.decoder(HOLDER, u64::MAX).now_or_never().is_some());
    }

    #[test]
    fn no_user_keeps_another_from_having_a_file_inspected_or_transcoded() {
        let permits = permits();
        let alone = |user| {
            let inspection = || permits.inspection(UserId(user)).now_or_never();
            std::iter::from_fn(inspection).collect::<Vec<_>>()
        };
        let many = alone(1);
        assert_eq!(many.len(), processors(), "one alone uses all processors");
        assert!(!alone(2).is_empty());
        let running = [1, 1, 2].map(|user| permits.transcoder(UserId(user)).now_or_never());
        assert!(running.iter().all(Option::is_some));
    }

    #[test]
    fn all_jobs_but_one_give_way_to_requests() {
        let (permits, clock) = (permits(), Clock::at(0));
        let job = || permits.background_decoder(&clock, UserId(1), 1).now_or_never();
        let request = permits.request(Ipv4Addr::LOCALHOST.into());
        let first = job().unwrap().unwrap();
        assert!(job().is_none());
        drop(first);
        let first = job().unwrap().unwrap();
        drop(request);
        let second = job().unwrap().unwrap();
        drop((first, second));
    }

    #[test]
    fn a_job_that_waits_for_its_owners_readers_holds_up_no_job_of_others() {
        let (permits, clock) = (permits(), Clock::at(0));
        let _request = permits.request(Ipv4Addr::LOCALHOST.into());
        let reader = || permits.decoder_places.take(HOLDER, 1).now_or_never();
        let readers: Vec<_> = std::iter::from_fn(reader).collect();
        let mut waiting = Box::pin(permits.background_decoder(&clock, UserId(1), 1));
        assert!((&mut waiting).now_or_never().is_none());
        let other = permits.background_decoder(&clock, UserId(2), 1).now_or_never();
        assert!(other.is_some());
        drop((other, readers));
        assert!(waiting.now_or_never().is_some());
    }

    #[test]
    fn each_batch_of_maintenance_gives_way_to_requests_but_not_for_long() {
        let (permits, clock) = (permits(), Clock::at(0));
        let batch = || Box::pin(permits.maintenance(&clock));
        let running = batch().now_or_never().unwrap().unwrap();
        assert!(batch().now_or_never().is_none(), "one at a time");
        drop(running);
        let request = permits.request(Ipv4Addr::LOCALHOST.into());
        let mut waiting = batch();
        assert!((&mut waiting).now_or_never().is_none());
        clock.advance(50);
        assert!((&mut waiting).now_or_never().is_none());
        clock.advance(50);
        assert!(waiting.now_or_never().is_some());
        drop(request);
        assert!(batch().now_or_never().is_some());
    }
}
