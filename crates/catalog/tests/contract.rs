//! The catalog on SQLite, or on PostgreSQL if `TEST_DATABASE_URL` names a server.

#![expect(clippy::unwrap_used, reason = "an error fails the test")]

use birdhouse_catalog::apps::ClientApp;
use birdhouse_catalog::jobs::{NewJob, NewLease};
use birdhouse_catalog::media::{CompletedUpload, MediaFacts};
use birdhouse_catalog::tokens::NewAccessToken;
use birdhouse_catalog::users::User;
use birdhouse_catalog::variants::{NewVariant, Placeholders, Variant};
use birdhouse_catalog::{Catalog, Error};
use birdhouse_domain::media::Media;
use birdhouse_domain::{Access, AppId, JobKind, Kind, MediaId, StoredBlob, Timestamp, UserId};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;

const NOW: Timestamp = Timestamp(1_767_225_600_000);

static DATABASES: AtomicU64 = AtomicU64::new(1);

/// A fresh catalog with one user and one app.
struct Fixture {
    catalog: Catalog,
    user: User,
    app: ClientApp,
    url: String,
    _dir: TempDir,
}

async fn fixture() -> Fixture {
    let dir = TempDir::new().unwrap();
    let file = format!("sqlite:{}", dir.path().join("test.db").display());
    let url = postgres_url().await.unwrap_or(file);
    let catalog = Catalog::open_and_migrate(&url).await.unwrap();
    let user = User {
        id: UserId(1),
        screen_name: "Alice".into(),
        name: "Alice".into(),
        password_hash: String::new(),
        statuses_count: 0,
        created_at: NOW,
    };
    assert!(catalog.add_user(&user).await.unwrap());
    let app = ClientApp {
        id: AppId(2),
        name: "tests".into(),
        url: String::new(),
        consumer_key: "key".into(),
        consumer_secret: vec![0, 255],
        callbacks: Vec::new(),
        bearer_sealed: None,
        client_id: None,
        client_secret: None,
        is_public: false,
        created_at: NOW,
    };
    assert!(catalog.add_app(&app).await.unwrap());
    Fixture { catalog, user, app, url, _dir: dir }
}

/// Creates a PostgreSQL database, if `TEST_DATABASE_URL` is set; returns its URL.
async fn postgres_url() -> Option<String> {
    let url = std::env::var("TEST_DATABASE_URL").ok()?;
    let number = DATABASES.fetch_add(1, Ordering::Relaxed);
    let name = format!("catalog_{}_{number}", std::process::id());
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    Some(format!("{server}/{name}"))
}

impl Fixture {
    /// Changes the database behind the catalog's back.
    async fn execute(&self, text: &str) {
        let Some(path) = self.url.strip_prefix("sqlite:") else {
            let (client, connection) =
                tokio_postgres::connect(&self.url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            return client.batch_execute(text).await.unwrap();
        };
        rusqlite::Connection::open(path).unwrap().execute_batch(text).unwrap();
    }

    fn new_token(&self, token: &str) -> NewAccessToken {
        NewAccessToken {
            token: token.to_owned(),
            secret: vec![0, 255],
            user: self.user.id,
            app: self.app.id,
            access: Access::Read,
        }
    }

    /// Adds a video with its job, as a completed upload does.
    async fn add_video_with_job(&self, id: i64) {
        self.add_video_of(self.user.id, id).await;
    }

    async fn add_video_of(&self, user: UserId, id: i64) {
        let media = Media {
            is_async: true,
            total_bytes: 1,
            expires_at: Some(NOW.plus(Timestamp::DAY)),
            ..Media::new(MediaId(id), user, format!("key{id}"), NOW)
        };
        let hash = [u8::try_from(id % 256).unwrap(); 32];
        let upload = CompletedUpload {
            facts: MediaFacts { kind: Some(Kind::Video), ..MediaFacts::default() },
            blob: StoredBlob { name: format!("00/{id}"), hash, bytes: 1 },
            job: Some(NewJob { id: id + 1000, kind: JobKind::ProcessVideo, at: NOW }),
            history_ids: vec![id + 2000],
            app: self.app.id,
        };
        assert!(self.catalog.add_completed(&media, &upload, &[]).await.unwrap());
    }
}

#[tokio::test]
async fn adding_a_user_with_a_taken_name_returns_false() {
    let test = fixture().await;
    let user = test.catalog.user_by_name("ALICE").await.unwrap().unwrap();
    assert!(!test.catalog.add_user(&user).await.unwrap());
    assert!(test.catalog.user_by_name("nobody").await.unwrap().is_none());
}

#[tokio::test]
async fn a_failed_guard_rolls_back_the_whole_write() {
    let test = fixture().await;
    // Without the request token no access token is added.
    let new = test.new_token("1-x");
    assert!(!test.catalog.exchange_request_token("none", &new, NOW).await.unwrap());
    assert!(test.catalog.access_token("1-x", "key").await.unwrap().is_none());
}

#[tokio::test]
async fn a_thousand_concurrent_writes_are_all_durable() {
    let test = Arc::new(fixture().await);
    let mut writes = tokio::task::JoinSet::new();
    for number in 0..1000 {
        let test = test.clone();
        let new = test.new_token(&format!("1-{number}"));
        writes.spawn(async move { test.catalog.add_token(&new, NOW).await.unwrap() });
    }
    assert!(writes.join_all().await.into_iter().all(|added| added));
    for number in (0..1000).step_by(97) {
        let token = format!("1-{number}");
        assert!(test.catalog.access_token(&token, "key").await.unwrap().is_some(), "{token}");
    }
}

#[tokio::test]
async fn eight_workers_take_each_job_once() {
    let test = Arc::new(fixture().await);
    for id in 1..=40 {
        test.add_video_with_job(id).await;
    }
    let mut workers = tokio::task::JoinSet::new();
    for owner in 0..8 {
        let test = test.clone();
        workers.spawn(async move {
            let mut taken = Vec::new();
            let lease = NewLease { owner, until: NOW.plus(60_000) };
            let kind = JobKind::ProcessVideo;
            while let Some(job) = test.catalog.take_job(kind, NOW, lease, UserId(0)).await.unwrap()
            {
                taken.push(job.id);
            }
            taken
        });
    }
    let taken: Vec<i64> = workers.join_all().await.into_iter().flatten().collect();
    let distinct: HashSet<i64> = taken.iter().copied().collect();
    assert_eq!((taken.len(), distinct.len()), (40, 40));
}

#[tokio::test]
async fn users_take_turns_however_many_jobs_one_of_them_has() {
    let test = fixture().await;
    for (id, name) in [(3, "bob"), (2, "carol")] {
        let (screen_name, name) = (name.to_owned(), name.to_owned());
        let user = User { id: UserId(id), screen_name, name, ..test.user.clone() };
        assert!(test.catalog.add_user(&user).await.unwrap());
    }
    for id in 10..16 {
        test.add_video_of(UserId(2), id).await;
    }
    for (user, id) in [(3, 20), (3, 21), (1, 30)] {
        test.add_video_of(UserId(user), id).await;
    }
    let mut taken = Vec::new();
    let mut last = UserId(2);
    for owner in 0..9 {
        let lease = NewLease { owner, until: NOW.plus(60_000) };
        let job = test.catalog.take_job(JobKind::ProcessVideo, NOW, lease, last).await.unwrap();
        let job = job.unwrap();
        last = job.user;
        taken.push(job.media.0);
    }
    assert_eq!(taken, [20, 30, 10, 21, 11, 12, 13, 14, 15]);
}

#[tokio::test]
async fn sizes_are_added_together_with_the_end_of_their_job_or_not_at_all() {
    let test = fixture().await;
    test.add_video_with_job(1).await;
    let (kind, media, later) = (JobKind::ProcessVideo, MediaId(1), NOW.plus(120_000));
    let lease = |owner, at: Timestamp| NewLease { owner, until: at.plus(60_000) };
    let slow = test.catalog.take_job(kind, NOW, lease(1, NOW), UserId(0)).await.unwrap().unwrap();
    let quick =
        test.catalog.take_job(kind, later, lease(2, later), UserId(0)).await.unwrap().unwrap();
    let size = |id: u8| NewVariant {
        variant: Variant { name: format!("size{id}"), ..Variant::default() },
        blob: StoredBlob { name: format!("01/{id}"), hash: [100 + id; 32], bytes: 1 },
    };
    let placeholders = Placeholders { blurhash: "x".to_owned(), thumbhash: vec![1] };
    let (catalog, placeholders) = (&test.catalog, &placeholders);
    assert!(!catalog.add_sizes(media, &[size(1)], placeholders, Some(&slow)).await.unwrap());
    assert!(catalog.variants(media).await.unwrap().is_empty());
    assert!(catalog.placeholders(media).await.unwrap().is_none());
    assert!(catalog.blob_with_hash(&[101; 32]).await.unwrap().is_none());
    assert_eq!(catalog.job_count().await.unwrap(), 1);
    assert!(catalog.add_sizes(media, &[size(2)], placeholders, Some(&quick)).await.unwrap());
    assert_eq!(catalog.variants(media).await.unwrap().len(), 1);
    assert_eq!(catalog.job_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_reopened_catalog_keeps_its_rows() {
    let dir = TempDir::new().unwrap();
    let file = format!("sqlite:{}", dir.path().join("test.db").display());
    let url = postgres_url().await.unwrap_or(file);
    for has_users in [false, true] {
        let catalog = Catalog::open_and_migrate(&url).await.unwrap();
        assert_eq!(catalog.has_users().await.unwrap(), has_users);
        let user = User {
            id: UserId(7),
            screen_name: "bob".into(),
            name: "Bob".into(),
            password_hash: String::new(),
            statuses_count: 0,
            created_at: NOW,
        };
        assert_eq!(catalog.add_user(&user).await.unwrap(), !has_users);
        catalog.close().await;
    }
}

#[tokio::test]
async fn expired_media_that_stay_do_not_hide_the_others() {
    let test = fixture().await;
    for id in 1..=5 {
        test.add_video_with_job(id).await;
    }
    let later = NOW.plus(2 * Timestamp::DAY);
    let (mut after, mut listed) = ((Timestamp(i64::MIN), MediaId(i64::MIN)), Vec::new());
    while let [.., last] = test.catalog.expired_media(later, after, 2).await.unwrap()[..] {
        after = last;
        listed.push(last.1.0);
    }
    assert_eq!(listed, [2, 4, 5]);
}

#[tokio::test]
async fn garbage_that_is_referred_to_is_not_deleted_and_does_not_hide_the_rest() {
    let test = fixture().await;
    for id in 1..=3 {
        test.add_video_with_job(id).await;
        test.catalog.add_garbage(&[format!("00/{id}")]).await.unwrap();
    }
    assert_eq!(test.catalog.garbage(NOW, 1000, 2).await.unwrap(), [""; 0]);
    test.catalog.add_garbage(&["01/7".to_owned()]).await.unwrap();
    let (later, latest) = (NOW.plus(500), NOW.plus(1500));
    assert_eq!(test.catalog.garbage(later, 1000, 2).await.unwrap(), [""; 0]);
    assert_eq!(test.catalog.garbage(latest, 1000, 2).await.unwrap(), ["01/7"]);
    let names = ["00/1", "01/7", "02/8"].map(str::to_owned);
    assert_eq!(test.catalog.unreferenced(&names).await.unwrap(), ["02/8"]);
}

/// Only PostgreSQL has connections to lose.
#[tokio::test]
async fn a_connection_that_postgresql_ends_in_answer_to_a_commit_is_a_lost_one() {
    let Some(url) = postgres_url().await else { return };
    let catalog = Catalog::open_and_migrate(&url).await.unwrap();
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let ends_at_commit = "CREATE FUNCTION end_connection() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'; \
        CREATE CONSTRAINT TRIGGER ends AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED \
        FOR EACH ROW EXECUTE FUNCTION end_connection()";
    client.batch_execute(ends_at_commit).await.unwrap();
    let user = User {
        id: UserId(7),
        screen_name: "bob".into(),
        name: "Bob".into(),
        password_hash: String::new(),
        statuses_count: 0,
        created_at: NOW,
    };
    // Looked up, and found not to be applied.
    let outcome = catalog.add_user(&user).await;
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
    assert!(!catalog.has_users().await.unwrap());
}

/// As after a failover, when the server of a connection is no longer the one that writes.
#[tokio::test]
async fn a_connection_whose_server_only_reads_is_replaced_by_a_new_one() {
    let Some(url) = postgres_url().await else { return };
    let only_reads = async |yes: &str| {
        let (client, connection) =
            tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let (_, name) = url.rsplit_once('/').unwrap();
        let set = format!("ALTER DATABASE {name} SET default_transaction_read_only = {yes}");
        client.batch_execute(&format!("SET transaction_read_only = off; {set}")).await.unwrap();
    };
    Catalog::open_and_migrate(&url).await.unwrap().close().await;
    only_reads("on").await;
    let catalog = Catalog::open(&url).await.unwrap();
    catalog.ping().await.unwrap();
    let outcome = catalog.try_write().await;
    assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
    only_reads("off").await;
    catalog.try_write().await.unwrap();
}

#[tokio::test]
async fn sizes_of_a_media_that_was_deleted_leave_no_reference() {
    let test = fixture().await;
    let media = MediaId(9);
    test.add_video_with_job(media.0).await;
    let late = NOW.plus(2 * Timestamp::DAY);
    let blob = StoredBlob { name: "09/size".into(), hash: [99; 32], bytes: 1 };
    let small = Variant { name: "small".into(), mime: "image/png".into(), ..Variant::default() };
    let new = [NewVariant { variant: small, blob }];
    let placeholders = Placeholders { blurhash: String::new(), thumbhash: Vec::new() };
    for _ in 0..20 {
        let (deleted, added) = tokio::join!(
            test.catalog.expire_media(media, late),
            test.catalog.add_sizes(media, &new, &placeholders, None),
        );
        assert!(deleted.unwrap());
        added.unwrap();
        assert!(test.catalog.blob_row("09/size").await.unwrap().is_none());
        test.add_video_with_job(media.0).await;
    }
}

#[tokio::test]
async fn a_commit_is_flushed_before_it_is_answered_whatever_the_database_is_set_up_for() {
    let Some(url) = postgres_url().await else { return };
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let (_, name) = url.rsplit_once('/').unwrap();
    let set = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    client.batch_execute(&set).await.unwrap();
    Catalog::open_and_migrate(&url).await.unwrap().close().await;
    let notes_setting = "CREATE TABLE noted (setting TEXT); \
        CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS \
        'BEGIN INSERT INTO noted SELECT current_setting(''synchronous_commit''); RETURN NULL; END'; \
        CREATE TRIGGER notes AFTER INSERT ON blob_garbage FOR EACH ROW EXECUTE FUNCTION note()";
    client.batch_execute(notes_setting).await.unwrap();
    let catalog = Catalog::open(&url).await.unwrap();
    catalog.add_garbage(&["00/1".to_owned()]).await.unwrap();
    let noted: String = client.query_one("SELECT setting FROM noted", &[]).await.unwrap().get(0);
    assert_eq!(noted, "on");
}

#[tokio::test]
async fn a_database_that_cannot_hold_every_text_is_refused() {
    let Some(url) = postgres_url().await else { return };
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let (server, name) = url.rsplit_once('/').unwrap();
    let create =
        format!("CREATE DATABASE {name}_l ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
    client.batch_execute(&create).await.unwrap();
    let refusal = Catalog::open_and_migrate(&format!("{server}/{name}_l")).await.err().unwrap();
    assert!(refusal.to_string().contains("ENCODING 'UTF8'"), "{refusal}");
}

#[tokio::test]
async fn the_row_of_a_blob_that_was_lost_is_restored() {
    let test = fixture().await;
    test.add_video_with_job(1).await;
    test.add_video_with_job(2).await;
    assert_eq!(test.catalog.names_without_row(9).await.unwrap(), [""; 0]);
    test.execute("DELETE FROM blobs").await;
    assert_eq!(test.catalog.names_without_row(9).await.unwrap(), ["00/1", "00/2"]);
    // Both turn out to hold the same bytes.
    for name in ["00/1", "00/2"] {
        let blob = StoredBlob { name: name.to_owned(), hash: [7; 32], bytes: 1 };
        assert!(test.catalog.restore_row(&blob).await.unwrap());
    }
    assert_eq!(test.catalog.names_without_row(9).await.unwrap(), [""; 0]);
    assert_eq!(test.catalog.blob_row("00/1").await.unwrap().unwrap().refs, 2);
    assert_eq!(test.catalog.referrers("00/1").await.unwrap().originals.len(), 2);
}
