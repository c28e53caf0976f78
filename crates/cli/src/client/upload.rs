//! `birdhouse upload`.

mod bars;
mod plan;
mod report;

use super::args::Upload as Args;
use super::session::{self, Usage};
use super::{glob, paths, speak};
use bars::Bars;
use birdhouse_client::connection::Connection;
use birdhouse_client::error::{Error, Result};
use birdhouse_client::media_file::{Kind, MediaFile};
use birdhouse_client::tweet;
use birdhouse_client::upload::{StateDirectory, Upload, Uploaded};
use futures_util::stream::{self, StreamExt};
use plan::{Item, Plan};
use report::Reporter;
use std::process::ExitCode;
use std::sync::Arc;

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
}

/// Uploads, describes and Tweets files.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let files = glob::expand(&args.files)?;
    let connection = session::connect(&args.server, args.parallel.into())?;
    let mut plan = Plan::read(&args, files).await?;
    if args.tweet.is_some()
        && let Some(why) = tweet::objection(&plan.kinds())
    {
        return Err(Usage(format!("{why}: nothing was uploaded")).into());
    }
    plan.ask(&args).await?;
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
    async fn all(&self, plan: Plan) -> anyhow::Result<ExitCode> {
        let works = plan.items.into_iter().map(|item| self.one(item));
        let mut works = stream::iter(works).buffered(self.connection.parallel());
        let (mut failed, mut kept) = (0, Vec::new());
        while let Some(mut outcome) = works.next().await {
            self.bars.hidden(|| self.reporter.file(&outcome))?;
            failed += u32::from(outcome.failure.is_some());
            if self.args.tweet.is_some() {
                kept.push(outcome);
            } else if let Some(uploaded) = outcome.uploaded.take() {
                uploaded.finish();
            }
        }
        drop(works);
        self.bars.finish();
        let is_tweeted = match &self.args.tweet {
            Some(text) => self.tweet(text, kept, failed).await?,
            None => true,
        };
        Ok(if failed == 0 && is_tweeted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Whether the Tweet is posted.
    async fn tweet(&self, text: &str, kept: Vec<Outcome>, failed: u32) -> anyhow::Result<bool> {
        if failed > 0 {
            speak::say("nothing is Tweeted, because not all files are ready");
            return Ok(false);
        }
        let ids: Vec<String> = kept.iter().filter_map(|one| one.media_id.clone()).collect();
        let posted = tweet::post(&self.connection, text, &ids).await;
        // Later, the same command Tweets what is uploaded.
        let is_over = posted.as_ref().err().is_none_or(|error| !error.is_passing());
        for uploaded in kept.into_iter().filter_map(|one| one.uploaded).filter(|_| is_over) {
            uploaded.finish();
        }
        self.reporter.tweet(&posted, &ids)?;
        Ok(posted.is_ok())
    }

    async fn one(&self, item: Item) -> Outcome {
        let (mut media_id, mut kind) = (None, None);
        let result = self.upload(&item, &mut kind, &mut media_id).await;
        let (failure, uploaded) = match result {
            Ok(uploaded) => (None, Some(uploaded)),
            Err(error) => (Some(error), None),
        };
        Outcome { item, kind, media_id, failure, uploaded }
    }

    async fn upload(
        &self,
        item: &Item,
        kind: &mut Option<Kind>,
        media_id: &mut Option<String>,
    ) -> Result<Uploaded> {
        let file = item.open().await?;
        *kind = Some(file.kind);
        let uploaded = self.send(file).await?;
        *media_id = Some(uploaded.media_id.clone());
        for description in &item.descriptions {
            if let Err(error) = description.set(&self.connection, &uploaded.media_id).await {
                if !error.is_passing() {
                    uploaded.finish();
                }
                return Err(error);
            }
        }
        Ok(uploaded)
    }

    async fn send(&self, file: MediaFile) -> Result<Uploaded> {
        let bar = Arc::new(self.bars.add(&file));
        let upload = Upload { file, category: self.args.category.clone(), progress: bar.clone() };
        let outcome = upload.run(&self.connection, self.states.as_ref()).await;
        bar.finish();
        outcome
    }
}
