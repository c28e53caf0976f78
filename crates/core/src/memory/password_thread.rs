//! One thread hashes all passwords. Each takes 19 MiB and tens of milliseconds: on one thread they
//! take that memory once, whoever tries how many, and no processor from uploads, to which it yields.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use tokio::sync::oneshot;

/// Passwords that may wait, for about a second.
const QUEUE: usize = 32;
/// Added to the niceness of the process.
const NICENESS: i32 = 10;

type Job = Box<dyn FnOnce() + Send>;

/// Access to the thread, which ends with it.
#[derive(Debug)]
pub(crate) struct PasswordThread {
    jobs: SyncSender<Job>,
}

impl PasswordThread {
    /// Starts the thread.
    pub(crate) fn start() -> std::io::Result<Self> {
        let (jobs, queue) = sync_channel(QUEUE);
        thread::Builder::new().name("passwords".to_owned()).spawn(move || work(&queue))?;
        Ok(Self { jobs })
    }

    /// Runs this on the thread; `None` if too many wait. What nobody waits for any more is not run.
    pub(crate) async fn run<T, F>(&self, work: F) -> Option<T>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = move || {
            if !reply.is_closed() {
                // The receiver may be gone meanwhile.
                reply.send(work()).ok();
            }
        };
        self.jobs.try_send(Box::new(job)).ok()?;
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
    async fn everything_runs_on_one_thread_and_too_much_is_refused() {
        let passwords = Arc::new(PasswordThread::start().unwrap());
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (begun, has_begun) = oneshot::channel();
        let first = tokio::spawn({
            let passwords = passwords.clone();
            async move {
                let hold = move || {
                    begun.send(()).unwrap();
                    held.recv().unwrap();
                    thread::current().id()
                };
                passwords.run(hold).await
            }
        });
        has_begun.await.unwrap();
        let waiting = (0..QUEUE).map(|_| passwords.run(|| thread::current().id()));
        let more = async {
            assert!(passwords.run(|| ()).await.is_none(), "the queue is full");
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
        assert_eq!(passwords.run(|| -> i32 { panic!("on purpose") }).await, None);
        assert_eq!(passwords.run(|| 1).await, Some(1));
    }
}
