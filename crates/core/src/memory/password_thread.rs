//! One thread hashes all passwords. Each takes 19 MiB and tens of milliseconds: on one thread they
//! take that memory once, whoever tries how many, and no processor from uploads, to which it yields.

use super::shares::{Holder, Pool};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use tokio::sync::oneshot;

/// Passwords that may wait or be hashed, for a second or two. One holder has at most half of these
/// places, so that who fills them keeps nobody else from signing in.
const PLACES: usize = 64;
/// Added to the niceness of the process.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Access to the thread, which ends with it.
#[derive(Debug)]
pub(crate) struct PasswordThread {
    jobs: Sender<Job>,
    places: Pool,
}

impl PasswordThread {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        // The places bound it.
        let (jobs, queue) = channel();
        thread::Builder::new().name("passwords".to_owned()).spawn(move || work(&queue))?;
        Ok(Self { jobs, places: Pool::new(PLACES) })
    }

    /// Runs this on the thread; `None` if too many wait, of this holder or of all. What nobody waits for
    /// any more is not run.
    pub(crate) async fn run<T, F>(&self, holder: Holder, work: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let place = self.places.try_take(holder, 1)?;
        let (reply, answer) = oneshot::channel();
        let job = move || {
            let _place = place;
            if !reply.is_closed() {
                // The receiver may be gone meanwhile.
                reply.send(work()).ok();
            }
        };
        self.jobs.send(Box::new(job)).ok()?;
        answer.await.ok()
    }
}

fn work(queue: &Receiver<Job>) {
    // On Linux this concerns the calling thread only.
    if let Err(error) = rustix::process::nice(NICENESS) {
        tracing::debug!(%error, "the thread that hashes passwords keeps its priority");
    }
    while let Ok(job) = queue.recv() {
        if catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("hashing a password panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test(flavor = "multi_thread")]
    async fn everything_runs_on_one_thread_and_nobody_has_all_places() {
        let passwords = Arc::new(PasswordThread::start().unwrap());
        let (release, held) = channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let first = tokio::spawn({
            let passwords = passwords.clone();
            async move {
                let hold = move || {
                    begun.send(()).unwrap();
                    held.recv().unwrap();
                    thread::current().id()
                };
                passwords.run(Holder::Trusted, hold).await
            }
        });
        has_begun.await.unwrap();
        let at = |address: &str| Holder::at(address.parse().unwrap());
        let id = || thread::current().id();
        // The first one has a place too.
        let of_one = (0..PLACES / 2 - 1).map(|_| passwords.run(at("192.0.2.1"), id));
        let of_others = ["192.0.2.2", "192.0.2.3"].map(|other| passwords.run(at(other), id));
        let waiting = of_one.chain(of_others);
        let more = async {
            assert!(passwords.run(at("192.0.2.1"), id).await.is_none(), "it has its share");
            release.send(()).unwrap();
        };
        let (waiting, ()) =
            futures_util::future::join(futures_util::future::join_all(waiting), more).await;
        let thread = first.await.unwrap();
        assert!(thread.is_some());
        assert!(waiting.into_iter().all(|id| id == thread));
    }

    #[tokio::test]
    async fn a_panic_does_not_end_the_thread() {
        let passwords = PasswordThread::start().unwrap();
        assert_eq!(passwords.run(Holder::Trusted, || -> i32 { panic!("on purpose") }).await, None);
        assert_eq!(passwords.run(Holder::Trusted, || 1).await, Some(1));
    }
}
