//! `birdhouse upload`.

mod bars;
mod plan;
mod questions;
mod report;
mod tally;

use super::args::Upload as Args;
use super::session::{self, Usage};
use super::{glob, paths, speak};
use bars::Bars;
use birdhouse_client::connection::Connection;
use birdhouse_client::description;
use birdhouse_client::error::{Error, Result};
use birdhouse_client::media_file::{Kind, MediaFile};
use birdhouse_client::tweet;
use birdhouse_client::upload::{StateDirectory, Upload, Uploaded};
use futures_util::stream::{self, StreamExt};
use plan::{Item, Plan};
use questions::Questions;
use report::Reporter;
use serde_json::Value;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use tally::Tally;

/// What became of a file.
struct Outcome {
    /// The file and its descriptions.
    item: Item,
    /// What it is.
    kind: Option<Kind>,
    /// Its media id, if it arrived.
    media_id: Option<String>,
    /// What could not be done.
    failure: Option<Error>,
    /// The upload, until nothing of it needs to be resumed.
    uploaded: Option<Uploaded>,
    /// What the server's linter says of its descriptions.
    findings: Vec<Value>,
}

impl Outcome {
    /// Whether the same command again describes what is uploaded, instead of uploading it again.
    fn is_resumable(&self) -> bool {
        self.failure.as_ref().is_some_and(Error::is_passing)
            && self.uploaded.as_ref().is_some_and(Uploaded::is_remembered)
    }

    /// Forgets what need not be resumed.
    fn finish(self) {
        if let Some(uploaded) = self.uploaded
            && self.failure.is_none_or(|failure| !failure.is_passing())
        {
            uploaded.finish();
        }
    }
}

/// Uploads, describes and Tweets files.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let files = glob::expand(&args.files)?;
    let connection = session::connect(&args.server, args.parallel.into())?;
    let plan = Plan::read(&args, files).await?;
    if args.tweet.is_some()
        && let Some(why) = tweet::objection(&plan.kinds())
    {
        return Err(Usage(format!("{why}: nothing was uploaded")).into());
    }
    let bars = Bars::new();
    connection.observe(Arc::new(bars.clone()));
    let run = Run {
        bars,
        states: paths::states().map(StateDirectory::new),
        reporter: Reporter { is_json: args.json },
        connection,
        args,
    };
    run.all(plan).await
}

struct Run {
    args: Args,
    connection: Connection,
    states: Option<StateDirectory>,
    bars: Bars,
    reporter: Reporter,
}

impl Run {
    async fn all(&self, mut plan: Plan) -> anyhow::Result<ExitCode> {
        let files = plan.items.len();
        let mut questions = Questions::begin(&self.args, &plan);
        let rest = plan.items.split_off(questions.wait_for(&plan));
        let (mut tally, mut kept) = (Tally::default(), Vec::new());
        for mut item in plan.items {
            questions.ask(&mut item).await?;
            let outcome = self.one(item).await;
            self.done(outcome, &mut tally, &mut kept)?;
        }
        let works = rest.into_iter().map(|item| self.one(item));
        let mut works = stream::iter(works).buffered(self.connection.parallel());
        while let Some(outcome) = works.next().await {
            self.done(outcome, &mut tally, &mut kept)?;
        }
        drop(works);
        self.bars.finish();
        let is_tweeted = match &self.args.tweet {
            Some(text) => self.tweet(text, kept, tally.failed).await?,
            None => false,
        };
        if !self.args.json {
            tally.say(files, is_tweeted);
        }
        let is_done = tally.failed == 0 && (is_tweeted || self.args.tweet.is_none());
        Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Reports a file; a Tweet needs it still.
    fn done(&self, outcome: Outcome, tally: &mut Tally, kept: &mut Vec<Outcome>) -> io::Result<()> {
        tally.add(&outcome);
        self.bars.hidden(|| self.reporter.file(&outcome))?;
        if self.args.tweet.is_some() {
            kept.push(outcome);
        } else {
            outcome.finish();
        }
        Ok(())
    }

    /// Whether the Tweet is posted.
    async fn tweet(&self, text: &str, kept: Vec<Outcome>, failed: usize) -> anyhow::Result<bool> {
        if failed > 0 {
            kept.into_iter().filter(|one| one.failure.is_some()).for_each(Outcome::finish);
            speak::say("nothing is Tweeted, because not all files are ready");
            return Ok(false);
        }
        let named = kept
            .iter()
            .filter_map(|one| Some((one.media_id.clone()?, one.item.path.display().to_string())));
        let named: Vec<(String, String)> = named.collect();
        let ids: Vec<String> = named.iter().map(|(id, _)| id.clone()).collect();
        let posted = tweet::post(&self.connection, text, &ids).await;
        // Later, the same command Tweets what is uploaded.
        let is_over = posted.as_ref().err().is_none_or(|error| !error.is_passing());
        for uploaded in kept.into_iter().filter_map(|one| one.uploaded).filter(|_| is_over) {
            uploaded.finish();
        }
        self.reporter.tweet(&posted, &named)?;
        Ok(posted.is_ok())
    }

    async fn one(&self, item: Item) -> Outcome {
        let mut outcome = Outcome {
            item,
            kind: None,
            media_id: None,
            failure: None,
            uploaded: None,
            findings: Vec::new(),
        };
        outcome.failure = self.upload(&mut outcome).await.err();
        outcome
    }

    async fn upload(&self, outcome: &mut Outcome) -> Result<()> {
        let file = outcome.item.open().await?;
        outcome.kind = Some(file.kind);
        let uploaded = self.send(file).await?;
        let media_id = outcome.media_id.insert(uploaded.media_id.clone()).clone();
        outcome.uploaded = Some(uploaded);
        // Of a long list the linter is not asked: that would be a request more for each file.
        let is_linted = !self.args.json && self.args.alt_from.is_none();
        let name = outcome.item.path.file_name().map(|name| name.to_string_lossy().into_owned());
        for description in &outcome.item.descriptions {
            description.set(&self.connection, &media_id).await?;
            if is_linted {
                let found = description::findings(&self.connection, description, name.as_deref());
                outcome.findings.extend(found.await);
            }
        }
        Ok(())
    }

    async fn send(&self, file: MediaFile) -> Result<Uploaded> {
        let bar = Arc::new(self.bars.add(&file));
        let upload = Upload { file, category: self.args.category.clone(), progress: bar.clone() };
        let outcome = upload.run(&self.connection, self.states.as_ref()).await;
        bar.finish();
        outcome
    }
}
