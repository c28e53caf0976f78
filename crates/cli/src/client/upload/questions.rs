//! A person at the terminal describes each image that has no description, right before it is uploaded: what
//! was answered is not lost where the rest is interrupted.

use super::plan::{Item, Plan};
use crate::client::args::Upload as Args;
use crate::client::{speak, terminal};
use birdhouse_client::description::Description;

/// The questions of a run.
pub(super) struct Questions {
    lang: Option<String>,
    missing: usize,
    asked: usize,
    is_over: bool,
}

impl Questions {
    /// None where nobody is to be asked.
    pub(super) fn begin(args: &Args, plan: &Plan) -> Self {
        let missing = plan.items.iter().filter(|item| item.needs_description()).count();
        let is_over = missing == 0 || args.json || !terminal::is_interactive();
        if !is_over {
            speak::say(
                "what would you tell somebody on the phone about it? Enter leaves an image \
                 undescribed",
            );
        }
        Self { lang: args.lang.clone(), missing, asked: 0, is_over }
    }

    /// How many of the first items of the plan must wait for an answer.
    pub(super) fn wait_for(&self, plan: &Plan) -> usize {
        let last = plan.items.iter().rposition(Item::needs_description);
        last.filter(|_| !self.is_over).map_or(0, |last| last + 1)
    }

    /// Asks for the description of an item, if it has none; never again after the end of input.
    pub(super) async fn ask(&mut self, item: &mut Item) -> anyhow::Result<()> {
        if self.is_over || !item.needs_description() {
            return Ok(());
        }
        self.asked += 1;
        let name = speak::excerpt(&item.path.display().to_string(), 60);
        let of = match self.missing {
            1 => String::new(),
            missing => format!(" ({} of {missing})", self.asked),
        };
        let Some(answer) = terminal::ask(format!("{name}{of}: ")).await? else {
            self.is_over = true;
            return Ok(());
        };
        let described = Description {
            lang: self.lang.clone(),
            alt_text: Some(answer),
            ..Description::default()
        };
        let described = described.without_blanks();
        if described.is_empty() {
            speak::say(&format!("{name} stays undescribed: who cannot see it learns nothing"));
        } else {
            item.descriptions.push(described);
        }
        Ok(())
    }
}
