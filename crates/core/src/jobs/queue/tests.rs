use super::{JobKind, Result, work_once_by};
use crate::actions::access::issue::{CredentialsRequest, issue};
use crate::app::{App, Shared};
use crate::config::{Layer, load};
use crate::host::clock::Clock;
use crate::memory::shares::Holder;
use birdhouse_catalog::jobs::NewJob;
use birdhouse_catalog::media::{CompletedUpload, MediaFacts};
use birdhouse_domain::media::Media;
use birdhouse_domain::{Kind, MediaId, StoredBlob, Timestamp, UserId};
use tempfile::TempDir;

const KIND: JobKind = JobKind::DeriveSizes;
const HOLDER: Holder = Holder::User(UserId(1));
const NOW: Timestamp = Timestamp(1_767_225_600_000);

async fn app(dir: &TempDir) -> Shared {
    let none = dir.path().join("none.toml");
    std::fs::write(&none, "").unwrap();
    let layer = Layer { data_dir: Some(dir.path().join("data")), ..Layer::default() };
    let app = App::open(load(layer, Some(&none)).unwrap(), Clock::at(NOW.0)).await.unwrap();
    let user = CredentialsRequest {
        user: "alice".to_owned(),
        app: "tests".to_owned(),
        ..CredentialsRequest::default()
    };
    issue(&app, &user).await.unwrap();
    for number in 1..=2 {
        add_image_with_job(&app, number).await;
    }
    app
}

async fn add_image_with_job(app: &App, number: u8) {
    let owner = app.catalog.user_by_name("alice").await.unwrap().unwrap().id;
    let id = i64::from(number);
    let media = Media::new(MediaId(id), owner, format!("key{id}"), NOW);
    let upload = CompletedUpload {
        facts: MediaFacts { kind: Some(Kind::Image), ..MediaFacts::default() },
        blob: StoredBlob { name: format!("00/{id}"), hash: [number; 32], bytes: 1 },
        job: Some(NewJob { id: 10 + id, kind: KIND, at: NOW }),
        history_ids: vec![20 + id],
        app: app.catalog.app_by_name("tests").await.unwrap().unwrap().id,
    };
    assert!(app.catalog.add_completed(&media, &upload, &[]).await.unwrap());
}

/// Runs the oldest job; `None` if there is none.
async fn work(
    app: &App,
    run: impl AsyncFnOnce(&App, &birdhouse_catalog::jobs::Job) -> Result<()>,
) -> Option<()> {
    work_once_by(app, KIND, run).await.unwrap().then_some(())
}

#[tokio::test]
async fn a_panic_in_a_job_is_its_failure_and_holds_nothing_back() {
    let dir = TempDir::new().unwrap();
    let app = app(&dir).await;
    let all = u64::MAX;
    let on_this_thread = async |app: &App, _: &_| {
        let _lock = app.memory.media_locks.lock_of(MediaId(1)).lock_owned().await;
        let _permit = app.memory.permits.decoder(HOLDER, all).await?;
        panic!("confused by a file")
    };
    let on_another = async |app: &App, _: &_| {
        let permit = app.memory.permits.decoder(HOLDER, all).await?;
        let confused = move || {
            let _permit = permit;
            panic!("confused by a file")
        };
        Ok(tokio::task::spawn_blocking(confused).await?)
    };
    work(&app, on_this_thread).await.unwrap();
    work(&app, on_another).await.unwrap();
    assert!(work(&app, async |_: &App, _: &_| Ok(())).await.is_none(), "both wait");
    for job in app.catalog.job_rows(0, 10).await.unwrap() {
        // Waiting: the lease is ended.
        assert_eq!((job.state, job.attempts, job.suspicions), ("waiting", 1, 0));
        assert!(job.run_at.unwrap() > NOW);
        let error = job.last_error.unwrap();
        assert!(error.contains("panic"), "{error}");
        assert!(job.id == 12 || error.contains("confused by a file"), "{error}");
    }
    // Neither lock nor permit was lost, and the other job goes on.
    app.clock.advance(Timestamp::SECOND * 10);
    for _ in 0..2 {
        let sound = async |app: &App, job: &birdhouse_catalog::jobs::Job| {
            let _lock = app.memory.media_locks.lock_of(job.media).lock_owned().await;
            app.memory.permits.decoder(HOLDER, all).await.map(drop)
        };
        work(&app, sound).await.unwrap();
    }
    assert_eq!(app.catalog.job_count().await.unwrap(), 0);
}
