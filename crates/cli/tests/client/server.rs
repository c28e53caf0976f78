//! A running server with a user, and the client's commands as that user.

use serde_json::Value;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;

pub(crate) struct Server {
    dir: TempDir,
    process: Child,
    /// Host and port.
    pub(crate) address: String,
    /// Host and port of the HTTPS listener.
    pub(crate) tls_address: Option<String>,
    keys: Value,
}

/// What a command printed.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("text");
        let code = output.status.code().unwrap_or(-1);
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }

    /// The lines, as JSON.
    pub(crate) fn json(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).expect("a JSON object on each line");
        self.out.lines().map(parse).collect()
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(flags: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().expect("a directory"), flags)
    }

    pub(crate) fn start_with_settings(settings: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("birdhouse.toml"), settings).expect("it is written");
        Self::start_in(dir, &[])
    }

    fn start_in(dir: TempDir, flags: &[&str]) -> Self {
        let mut serve = Self::program(dir.path());
        serve.args(["serve", "--listen", "127.0.0.1:0", "--data-dir", "data"]).args(flags);
        let mut process =
            serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut log = BufReader::new(process.stderr.take().expect("a log")).lines();
        let mut find = |before: &str| {
            let is_it = |line: String| Some(line.split_once(before)?.1.to_owned());
            let rest = log.find_map(|line| is_it(line.ok()?)).expect("it listens");
            rest.split([' ', ';']).next().expect("an address").to_owned()
        };
        let address = find("listening on ");
        let has_tls = flags.contains(&"--tls-dev");
        let tls_address = has_tls.then(|| find("HTTPS for hard-coded hosts on "));
        // What nobody reads would block the server.
        std::thread::spawn(move || log.for_each(drop));
        let credentials = Self::program(dir.path())
            .args(["credentials", "--json", "--data-dir", "data"])
            .output()
            .expect("it runs");
        let keys = serde_json::from_slice(&credentials.stdout).expect("JSON");
        Self { dir, process, address, tls_address, keys }
    }

    fn program(dir: &Path) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_birdhouse"));
        let home = dir.join("home");
        program.current_dir(dir).env("HOME", &home).stdin(Stdio::null());
        program.env("XDG_CONFIG_HOME", home.join("config"));
        program.env("XDG_STATE_HOME", home.join("state"));
        for proxy in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
            program.env_remove(proxy);
        }
        program
    }

    /// Runs a command as another user, who is made.
    pub(crate) fn run_as(&self, user: &str, arguments: &[&str]) -> Ran {
        let credentials = ["credentials", "--json", "--data-dir", "data", "--user", user];
        let credentials = self.anonymous(&credentials).output().expect("it runs");
        let keys: Value = serde_json::from_slice(&credentials.stdout).expect("JSON");
        Ran::of(self.command_as(&keys, &self.address, arguments).output().expect("it runs"))
    }

    /// A command without a profile.
    pub(crate) fn anonymous(&self, arguments: &[&str]) -> Command {
        let mut program = Self::program(self.dir.path());
        program.args(arguments);
        program
    }

    /// A command as the user, at this address.
    pub(crate) fn command_at(&self, address: &str, arguments: &[&str]) -> Command {
        self.command_as(&self.keys, address, arguments)
    }

    fn command_as(&self, keys: &Value, address: &str, arguments: &[&str]) -> Command {
        let mut program = self.anonymous(arguments);
        program.env("BIRDHOUSE_URL", format!("http://{address}"));
        for name in ["consumer_key", "consumer_secret", "access_token", "access_token_secret"] {
            let variable = format!("BIRDHOUSE_{}", name.to_uppercase());
            program.env(variable, keys[name].as_str().expect("a key"));
        }
        program
    }

    /// Runs a command as the user.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_at(&self.address, arguments)
    }

    pub(crate) fn run_at(&self, address: &str, arguments: &[&str]) -> Ran {
        Ran::of(self.command_at(address, arguments).output().expect("it runs"))
    }

    /// What `birdhouse credentials --json` printed.
    pub(crate) fn keys(&self) -> String {
        self.keys.to_string()
    }

    /// The directory in which commands run.
    pub(crate) fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// An OAuth 2.0 token of the user, in exchange for the one of OAuth 1.0a.
    pub(crate) fn oauth2_token(&self) -> String {
        let mut curl = Command::new("curl");
        curl.args(["-s", &format!("http://{}/2/oauth2/token", self.address), "-d"]);
        curl.arg("grant_type=urn:ietf:params:oauth:grant-type:token-exchange");
        for (parameter, key) in [
            ("subject_token", "access_token"),
            ("oauth_token_secret", "access_token_secret"),
            ("client_id", "client_id"),
            ("client_secret", "client_secret"),
        ] {
            let key = self.keys[key].as_str().expect("a key");
            curl.args(["--data-urlencode", &format!("{parameter}={key}")]);
        }
        let answer = curl.output().expect("it runs").stdout;
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }

    /// Writes a file into that directory.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.dir.path().join(name), bytes).expect("it is written");
    }

    /// Uploads an image and Tweets it; returns its media id.
    pub(crate) fn tweet_image(&self, gray: u8) -> String {
        let name = format!("{gray}.png");
        png(self.dir(), &name, gray);
        let ran = self.run(&["upload", &name, "--tweet", &name, "--json"]);
        ran.json()[0]["media_id"].as_str().expect("an id").to_owned()
    }

    /// Sends a request as another user with `birdhouse sign` and curl.
    pub(crate) fn post_json_as(&self, user: &str, target: &str, body: &str) -> String {
        self.send_json_as(Some(user), "POST", target, body)
    }

    /// Makes another user somebody who may describe the user's media.
    pub(crate) fn delegate_to(&self, user: &str) {
        self.send_json_as(None, "PUT", &format!("/birdhouse/v1/delegates/{user}"), "{}");
    }

    fn send_json_as(&self, user: Option<&str>, method: &str, target: &str, body: &str) -> String {
        let url = format!("http://{}{target}", self.address);
        let mut sign = self.anonymous(&["sign", "--data-dir", "data"]);
        sign.args(user.into_iter().flat_map(|user| ["--user", user])).args([method, &url]);
        let sign = sign.output().expect("it runs");
        let header = String::from_utf8(sign.stdout).expect("text");
        let curl = Command::new("curl")
            .args(["-s", "-X", method, "-H", &format!("Authorization: {}", header.trim())])
            .args(["-H", "Content-Type: application/json", "-d", body, &url])
            .output();
        String::from_utf8(curl.expect("it runs").stdout).expect("text")
    }

    /// The user's latest Tweets.
    pub(crate) fn timeline(&self) -> Value {
        let target = "/1.1/statuses/user_timeline.json?include_ext_alt_text=true";
        let url = format!("http://{}{target}", self.address);
        let sign =
            self.anonymous(&["sign", "--data-dir", "data", "GET", &url]).output().expect("it runs");
        let header = String::from_utf8(sign.stdout).expect("text");
        let curl = Command::new("curl")
            .args(["-s", "-H", &format!("Authorization: {}", header.trim()), &url])
            .output();
        serde_json::from_slice(&curl.expect("it runs").stdout).expect("JSON")
    }

    /// The records of uploads that were begun.
    pub(crate) fn records(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.dir.path().join("home/state/birdhouse"));
        entries.into_iter().flatten().map(|entry| entry.expect("an entry").path()).collect()
    }

    /// Whether the server has stored exactly these bytes.
    pub(crate) fn has_stored(&self, bytes: &[u8]) -> bool {
        fn any(dir: &Path, bytes: &[u8]) -> bool {
            let is_it = |path: PathBuf| {
                if path.is_dir() {
                    return any(&path, bytes);
                }
                let length = path.metadata().expect("it exists").len();
                length == bytes.len() as u64 && fs::read(path).expect("it is read") == bytes
            };
            fs::read_dir(dir).expect("a directory").any(|entry| is_it(entry.expect("one").path()))
        }
        any(&self.dir.path().join("data/blobs"), bytes)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill().and_then(|()| self.process.wait()));
    }
}

/// Waits until something is so, at most a minute.
pub(crate) fn wait_until(is_so: impl Fn() -> bool) {
    for _ in 0..6000 {
        if is_so() {
            return;
        }
        pause();
    }
    panic!("it does not happen");
}

#[expect(clippy::disallowed_methods, reason = "another process uses real time")]
fn pause() {
    std::thread::sleep(Duration::from_millis(10));
}

/// A PNG that every decoder accepts, with this gray.
pub(crate) fn png(dir: &Path, name: &str, gray: u8) {
    ffmpeg(
        dir,
        &["-f", "lavfi", "-i", &format!("color=0x{gray:02x}8080:s=16x16"), "-frames:v", "1", name],
    );
}

/// A video of at least so many bytes, most of which are in a box that players skip.
pub(crate) fn video(dir: &Path, name: &str, bytes: usize) -> Vec<u8> {
    ffmpeg(
        dir,
        &[
            "-f",
            "lavfi",
            "-i",
            "testsrc=s=64x64:d=1",
            "-pix_fmt",
            "yuv420p",
            "-c:v",
            "libx264",
            name,
        ],
    );
    let path = dir.join(name);
    let mut video = fs::read(&path).expect("it is read");
    let padding = u32::try_from(bytes.saturating_sub(video.len())).expect("a small box").max(8);
    video.extend(padding.to_be_bytes());
    video.extend(b"free");
    let mut state = 1_u32;
    video.extend((8..padding).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    }));
    fs::write(path, &video).expect("it is written");
    video
}

fn ffmpeg(dir: &Path, arguments: &[&str]) {
    let mut ffmpeg = Command::new("ffmpeg");
    let status = ffmpeg.current_dir(dir).args(["-v", "error", "-y"]).args(arguments).status();
    assert!(status.expect("ffmpeg runs").success());
}
