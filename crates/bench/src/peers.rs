//! Birdhouse and the peers: nginx, rustus, and bare SQLite commits.

use anyhow::{Context, Result, ensure};
use birdhouse_oauth::client::Credentials;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// How long a part waits for the jobs of the one before.
const PATIENCE: Duration = Duration::from_mins(15);
/// How often that wait is reported.
const REPORT_EVERY: Duration = Duration::from_secs(15);

/// A running Birdhouse.
pub(crate) struct Birdhouse {
    child: Child,
    pub(crate) port: u16,
    pub(crate) keys: Credentials,
    /// Id and secret for OAuth 2.0.
    pub(crate) client: (String, String),
    pub(crate) cold_start_ms: f64,
}

impl Birdhouse {
    /// Starts it twice: once to create the data directory, once to measure the start.
    pub(crate) async fn start(binary: &Path, data_dir: &Path) -> Result<Self> {
        let database = format!("sqlite:{}", data_dir.join("birdhouse.db").display());
        Self::start_on(binary, data_dir, &database).await
    }

    /// The same with a database of this URL.
    pub(crate) async fn start_on(binary: &Path, data_dir: &Path, database: &str) -> Result<Self> {
        let port = free_port().await?;
        let (mut first, _) = spawn(binary, data_dir, database, port).await?;
        let (keys, client) = credentials(binary, data_dir, database).await?;
        terminate(&mut first).await?;
        let (child, cold_start_ms) = spawn(binary, data_dir, database, port).await?;
        Ok(Self { child, port, keys, client, cold_start_ms })
    }

    /// Resident memory now and at its highest, in MiB.
    pub(crate) fn memory(&self) -> Result<(f64, f64)> {
        let pid = self.child.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let field = |name: &str| -> Result<f64> {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let kilobytes =
                line.and_then(|l| l.split_whitespace().next()).context("no such field")?;
            Ok(kilobytes.parse::<f64>()? / 1024.0)
        };
        Ok((field("VmRSS:")?, field("VmHWM:")?))
    }

    /// Waits until no job is left, for at most a quarter of an hour, and reports how many are.
    #[expect(clippy::print_stderr, reason = "the wait is long, and standard output is the table")]
    pub(crate) async fn idle(&self) -> Result<()> {
        let started = Instant::now();
        let mut report_at = REPORT_EVERY;
        loop {
            let jobs = self.jobs().await?;
            if jobs == 0 {
                return Ok(());
            }
            let waited = started.elapsed();
            ensure!(waited < PATIENCE, "{jobs} jobs are left after {} s", waited.as_secs());
            if waited >= report_at {
                eprintln!("bench: {jobs} jobs are left after {} s", waited.as_secs());
                report_at += REPORT_EVERY;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The number of jobs that are left.
    async fn jobs(&self) -> Result<u64> {
        let request = crate::load::prepare("GET", "/metrics", &[], b"");
        let text = crate::load::once(self.port, &request).await?;
        let text = String::from_utf8_lossy(&text);
        let value = text.lines().find_map(|line| line.strip_prefix("birdhouse_jobs "));
        Ok(value.context("no metric birdhouse_jobs")?.trim().parse()?)
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        terminate(&mut self.child).await
    }
}

async fn spawn(binary: &Path, data_dir: &Path, database: &str, port: u16) -> Result<(Child, f64)> {
    let started = Instant::now();
    let child = Command::new(binary)
        .args(["serve", "--log", "error", "--rate-limits", "false", "--listen"])
        .arg(format!("127.0.0.1:{port}"))
        .arg("--data-dir")
        .arg(data_dir)
        .args(["--database-url", database])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let request = crate::load::prepare("GET", "/healthz", &[], b"");
    wait_for(port, Duration::from_secs(10)).await?;
    crate::load::once(port, &request).await?;
    Ok((child, started.elapsed().as_secs_f64() * 1000.0))
}

async fn wait_for(port: u16, limit: Duration) -> Result<()> {
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        ensure!(started.elapsed() < limit, "nobody listens on port {port}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

async fn terminate(child: &mut Child) -> Result<()> {
    if let Some(pid) = child.id() {
        Command::new("kill").arg(pid.to_string()).status().await?;
    }
    child.wait().await?;
    Ok(())
}

async fn credentials(
    binary: &Path,
    data_dir: &Path,
    database: &str,
) -> Result<(Credentials, (String, String))> {
    let issue = Command::new(binary)
        .args(["credentials", "--json", "--database-url", database, "--data-dir"])
        .arg(data_dir)
        .output();
    let issued: serde_json::Value = serde_json::from_slice(&issue.await?.stdout)?;
    let text = |name: &str| issued[name].as_str().map(str::to_owned).context("no credentials");
    let keys = Credentials {
        consumer_key: text("consumer_key")?,
        consumer_secret: text("consumer_secret")?,
        token: text("access_token")?,
        token_secret: text("access_token_secret")?,
    };
    Ok((keys, (text("client_id")?, text("client_secret")?)))
}

pub(crate) async fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}

/// nginx, which stores PUT bodies without fsync.
pub(crate) struct Nginx {
    child: Child,
    pub(crate) port: u16,
}

impl Nginx {
    pub(crate) async fn start(directory: &Path) -> Result<Self> {
        let (root, port) = (directory.join("nginx"), free_port().await?);
        std::fs::create_dir_all(root.join("store"))?;
        let config = format!(
            "daemon off; worker_processes 2; pid {root}/pid; error_log {root}/error.log; user root;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; client_max_body_size 512m; client_body_temp_path {root}/body;\n\
             client_body_buffer_size 256k; server {{ listen 127.0.0.1:{port}; root {root}/store;\n\
             dav_methods PUT; }} }}\n",
            root = root.display()
        );
        let path = root.join("nginx.conf");
        std::fs::write(&path, config)?;
        let child = Command::new("nginx").arg("-c").arg(&path).kill_on_drop(true).spawn()?;
        wait_for(port, Duration::from_secs(5)).await?;
        Ok(Self { child, port })
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        terminate(&mut self.child).await
    }
}

/// rustus, a server for the tus protocol.
pub(crate) struct Rustus {
    child: Child,
    pub(crate) port: u16,
}

impl Rustus {
    pub(crate) async fn start(binary: &Path, directory: &Path, with_fsync: bool) -> Result<Self> {
        let port = free_port().await?;
        let root: PathBuf = directory.join(if with_fsync { "rustus-fsync" } else { "rustus" });
        std::fs::create_dir_all(&root)?;
        let mut command = Command::new(binary);
        command
            .args([
                "--host",
                "127.0.0.1",
                "--log-level",
                "ERROR",
                "--max-body-size",
                "67108864",
                "--port",
            ])
            .arg(port.to_string())
            .arg("--data-dir")
            .arg(root.join("data"))
            .arg("--info-dir")
            .arg(root.join("info"));
        if with_fsync {
            command.args(["--force-fsync", "true"]);
        }
        let child = command.stdout(Stdio::null()).kill_on_drop(true).spawn()?;
        wait_for(port, Duration::from_secs(5)).await?;
        Ok(Self { child, port })
    }

    pub(crate) async fn stop(mut self) -> Result<()> {
        terminate(&mut self.child).await
    }
}

/// Durable commits of one row a second, in sequence.
pub(crate) fn sqlite_commits(directory: &Path, count: u32) -> Result<f64> {
    let db = rusqlite::Connection::open(directory.join("bare.db"))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, text TEXT)",
    )?;
    let started = Instant::now();
    for _ in 0..count {
        db.execute("INSERT INTO t (text) VALUES (?1)", ["a red square"])?;
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}
